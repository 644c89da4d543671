//! The row of a request, as the table `requests` has it.
//!
//! In: an admission and its settlement, or one of them, with their texts turned into numbers. Out: bound values. How a
//! row is read again is in `read`.

use rusqlite::Statement;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use tollgate_core::id::RequestId;
use tollgate_core::record::Outcome;
use tollgate_core::usage::Usage;

use super::bulk::Bind;
use super::names::Name;

/// A stream was asked for.
pub(super) const STREAM: u8 = 1;
/// There was an admission: a provider was asked, or was about to be.
pub(super) const ADMITTED: u8 = 2;
/// Tokens were reckoned.
pub(super) const ESTIMATED: u8 = 4;
/// Nobody told how many tokens, and a provider may have counted some.
pub(super) const UNKNOWN: u8 = 8;
/// The deployment asked last was asked on an own account of the caller's organization.
pub(super) const OWN_ACCOUNT: u8 = 16;

/// Columns of the table, in the order of [`Row::bind`].
pub(super) const COLUMNS: &str = "id, project, key, operation, status, outcome, flags, attempts, cause, model, model_sent, \
    model_answered, deployment, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, \
    request_bytes, answer_bytes, first_byte_us, duration_us, upstream_us, upstream_request_id, evidence, failed_attempts, \
    fallback";

/// One request. Numbers without a unit are names.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: RequestId,
    pub(super) whose: Whose,
    pub(super) sent: Sent,
    pub(super) status: u16,
    pub(super) outcome: Outcome,
    pub(super) flags: u8,
    pub(super) attempts: u8,
    pub(super) cause: i64,
    pub(super) model: Name,
    pub(super) model_answered: Name,
    pub(super) usage: Usage,
    pub(super) answer_bytes: u64,
    pub(super) first_byte_us: u32,
    pub(super) duration_us: u32,
    pub(super) upstream_us: u32,
    pub(super) upstream_request_id: Box<str>,
    pub(super) evidence: Box<str>,
    pub(super) failed_attempts: Box<str>,
    pub(super) fallback: i64,
}

/// Whose request it was, and for what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whose {
    pub(super) project: i64,
    pub(super) key: i64,
    pub(super) operation: u8,
}

/// What was sent; all zero where nothing was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sent {
    pub(super) model: i64,
    pub(super) deployment: i64,
    pub(super) request_bytes: u32,
}

impl Bind for Row {
    const COLUMNS: usize = 29;

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> rusqlite::Result<()> {
        let Usage { input, cached_input, cache_write, audio_input, output, reasoning, audio_output } = self.usage;
        statement.raw_bind_parameter(at, self.id.as_bytes().as_slice())?;
        let small = [
            self.whose.project,
            self.whose.key,
            i64::from(self.whose.operation),
            i64::from(self.status),
            i64::from(self.outcome as u8),
            i64::from(self.flags),
            i64::from(self.attempts),
            self.cause,
        ];
        for (n, value) in small.iter().enumerate() {
            statement.raw_bind_parameter(at + 1 + n, value)?;
        }
        statement.raw_bind_parameter(at + 9, &self.model)?;
        statement.raw_bind_parameter(at + 10, self.sent.model)?;
        statement.raw_bind_parameter(at + 11, &self.model_answered)?;
        statement.raw_bind_parameter(at + 12, self.sent.deployment)?;
        let tokens = [input, cached_input, cache_write, audio_input, output, reasoning, audio_output];
        for (n, value) in tokens.iter().enumerate() {
            statement.raw_bind_parameter(at + 13 + n, value)?;
        }
        statement.raw_bind_parameter(at + 20, self.sent.request_bytes)?;
        statement.raw_bind_parameter(at + 21, i64::try_from(self.answer_bytes).unwrap_or(i64::MAX))?;
        statement.raw_bind_parameter(at + 22, self.first_byte_us)?;
        statement.raw_bind_parameter(at + 23, self.duration_us)?;
        statement.raw_bind_parameter(at + 24, self.upstream_us)?;
        match bytes_of(&self.upstream_request_id) {
            Some(id) => statement.raw_bind_parameter(at + 25, id.as_bytes().as_slice())?,
            None => statement.raw_bind_parameter(at + 25, filled(&self.upstream_request_id))?,
        }
        statement.raw_bind_parameter(at + 26, filled(&self.evidence))?;
        statement.raw_bind_parameter(at + 27, filled(&self.failed_attempts))?;
        statement.raw_bind_parameter(at + 28, self.fallback)
    }
}

/// Only texts that say something take room.
fn filled(text: &str) -> ToSqlOutput<'_> {
    if text.is_empty() { Null.into() } else { ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())) }
}

/// The 16 bytes of a provider's id in OpenAI's form, `req_` and 32 digits, which have the form of our own.
fn bytes_of(text: &str) -> Option<RequestId> {
    let id: RequestId = text.parse().ok()?;
    (id.text() == text.as_bytes()).then_some(id)
}
