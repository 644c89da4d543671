//! Requests that were admitted and have not been settled so far.
//!
//! In: admissions. Out: what a settlement needs of one, or those that nobody will settle any more. They are in memory;
//! those whose segments are done with are in the table `pending` too (kept), the others are found again in their
//! segments when the process starts anew. So most requests never touch the table.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use tollgate_core::id::RequestId;
use tollgate_core::record::Admission;

use super::names::{Name, Names};
use super::row::{Sent, Whose};

/// What an admission says, texts turned into numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    pub(super) whose: Whose,
    pub(super) sent: Sent,
    pub(super) model: i64,
    pub(super) stream: bool,
    pub(super) epoch: u32,
    pub(super) worker: u16,
    /// It is in the table.
    pub(super) kept: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    all: HashMap<RequestId, Pending>,
}

impl Pending {
    pub(super) fn of(
        admission: &Admission<'_>,
        lane: (u32, u16),
        connection: &Connection,
        names: &mut Names,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            whose: Whose {
                project: names.number(connection, admission.project)?,
                key: names.number(connection, admission.key.digits())?,
                operation: admission.operation as u8,
            },
            sent: Sent {
                model: names.number(connection, admission.model_sent)?,
                deployment: names.number(connection, admission.deployment)?,
                request_bytes: admission.request_bytes,
            },
            model: names.number(connection, admission.model_asked)?,
            stream: admission.stream,
            epoch: lane.0,
            worker: lane.1,
            kept: false,
        })
    }

    /// The model as asked.
    pub(super) fn model(&self) -> Name {
        Name::Number(self.model)
    }
}

impl Admitted {
    /// Those in the table.
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(
            "SELECT request, epoch, worker, project, key, operation, stream, request_bytes, model, model_sent, deployment \
             FROM pending",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            let pending = Pending {
                epoch: row.get(1)?,
                worker: row.get(2)?,
                whose: Whose { project: row.get(3)?, key: row.get(4)?, operation: row.get(5)? },
                stream: row.get(6)?,
                sent: Sent { request_bytes: row.get(7)?, model: row.get(9)?, deployment: row.get(10)? },
                model: row.get(8)?,
                kept: true,
            };
            Ok((RequestId::from_bytes(row.get(0)?), pending))
        };
        let all = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
        Ok(Self { all })
    }

    /// A request is about to be sent. One that is in the table stays as it is.
    pub(super) fn add(&mut self, request: RequestId, pending: Pending) {
        self.all.entry(request).or_insert(pending);
    }

    /// A request was settled: its admission, if there is one, which must then be [`forget`]-ten if it is kept.
    pub(super) fn take(&mut self, request: RequestId) -> Option<Pending> {
        self.all.remove(&request)
    }

    /// Starts of the process that have some.
    pub(super) fn epochs(&self) -> HashSet<u32> {
        self.all.values().map(|pending| pending.epoch).collect()
    }

    /// Takes out those of a start of the process that is over.
    pub(super) fn take_epoch(&mut self, epoch: u32) -> Vec<(RequestId, Pending)> {
        self.all.extract_if(|_, pending| pending.epoch == epoch).collect()
    }

    /// Puts into the table those of a worker that are not there.
    pub(super) fn keep(&mut self, lane: (u32, u16), connection: &Connection) -> rusqlite::Result<()> {
        let of_lane = self.all.iter_mut().filter(|(_, p)| (p.epoch, p.worker) == lane && !p.kept);
        let mut statement =
            connection.prepare_cached("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        for (request, p) in of_lane {
            p.kept = true;
            let Pending { whose, sent, .. } = *p;
            statement.execute((
                request.as_bytes(),
                p.epoch,
                p.worker,
                whose.project,
                whose.key,
                whose.operation,
                p.stream,
                sent.request_bytes,
                p.model,
                sent.model,
                sent.deployment,
            ))?;
        }
        Ok(())
    }
}

/// Takes settled ones out of the table.
pub(super) fn forget(requests: &[RequestId], connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM pending WHERE request = ?")?;
    requests.iter().try_for_each(|request| statement.execute([request.as_bytes()]).map(|_| ()))
}
