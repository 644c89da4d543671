//! Stored responses: retrieved, streamed again, cancelled, deleted, and what they were made of.
//!
//! In: an operation, and an id out of the path. Out: what the sandbox has stored for the caller's project, or why there is
//! nothing. Only what the sandbox made is stored here; a project sees nothing of another's.

use std::time::Duration;

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_providers::sandbox::{self, Gone, Memory, Reply, StoredAsk};

use crate::request::Request;
use crate::worker::Worker;

/// What is stored.
pub(crate) struct Stored {
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// Why it is not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoredError {
    /// The project has no response of this id.
    #[error("no response {id:?}: {why:?}")]
    Absent {
        /// The id in the path.
        id: String,
        /// What is known of it.
        why: Gone,
    },
    /// It has, and cannot do this with it.
    #[error("refused with {status}")]
    Refused {
        /// The status.
        status: u16,
        /// OpenAI's error object.
        body: Vec<u8>,
    },
}

/// Where the sandbox keeps the responses of a caller, at the time of its request.
pub(crate) fn memory<'a>(worker: &'a Worker, caller: &'a Key, request: &Request) -> Memory<'a> {
    let now_ms = worker.clock.unix_ms(request.accepted);
    Memory { store: &worker.shared.responses, project: &caller.project.id, now_ms }
}

/// Does `operation` with the response of this id.
pub(crate) async fn reply(
    worker: &Worker,
    request: &Request,
    caller: &Key,
    operation: Operation,
    id: &str,
) -> Result<Stored, StoredError> {
    let memory = memory(worker, caller, request);
    let ask = StoredAsk { operation, id, query: request.query(), memory };
    match sandbox::stored(&ask).map_err(|why| StoredError::Absent { id: id.to_owned(), why })? {
        Reply::Whole { status: 200, body, .. } => Ok(Stored { content_type: "application/json", body }),
        Reply::Whole { status, body, .. } => Err(StoredError::Refused { status, body }),
        Reply::Stream { events, before, .. } => {
            // What is not finished is waited for, and leaves as a whole.
            if before > Duration::ZERO {
                tokio::time::sleep(before).await;
            }
            Ok(Stored { content_type: "text/event-stream; charset=utf-8", body: events.concat() })
        }
    }
}
