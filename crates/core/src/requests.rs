//! Requests as they are kept: what became of one, and the port through which it is looked up.
//!
//! In: a project and a request id. Out: its record, once the request has ended. How records are kept is the store's
//! business, how they are shown that of whoever asks.

use crate::id::{KeyId, RequestId};
use crate::operation::Operation;
use crate::record::{FailedAttempt, Outcome};
use crate::usage::Usage;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// Which request; its id carries the time of acceptance.
    pub id: RequestId,
    /// Project of the key; empty where it is not known.
    pub project: String,
    /// Whose key; `None` where it is not known.
    pub key: Option<KeyId>,
    /// What was asked for; `None` where it is not known.
    pub operation: Option<Operation>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// Status that the caller was given; `None` where it is not known, for the process died.
    pub status: Option<u16>,
    /// What kind of end it was.
    pub outcome: Outcome,
    /// How many tries at deployments were made; `None`, as what follows, where the process died meanwhile.
    pub attempts: Option<u8>,
    /// Slug of the cause where it failed; empty for a success.
    pub cause: String,
    /// Model as the caller wrote it; empty where none came so far.
    pub model: String,
    /// Public name of the model that stood in for it; empty where none did.
    pub fallback: String,
    /// Model as the provider asked last was asked; empty where none was.
    pub model_sent: String,
    /// Model named in the provider's answer; empty where none was.
    pub model_answered: String,
    /// The deployment asked last; empty where none was.
    pub deployment: String,
    /// That was asked on an own account of the caller's organization.
    pub on_own_account: bool,
    /// Tokens.
    pub usage: Usage,
    /// Who says how many tokens.
    pub usage_source: UsageSource,
    /// Size of the request body, as far as it was read.
    pub request_bytes: u32,
    /// Bytes of the answer's body; `None` where it is not known.
    pub answer_bytes: Option<u64>,
    /// Microseconds from acceptance to the first content byte of the answer; `None` where none came.
    pub first_byte_us: Option<u32>,
    /// Microseconds from acceptance to the end; `None` where it is not known.
    pub duration_us: Option<u32>,
    /// Of these, spent waiting for the provider.
    pub upstream_us: Option<u32>,
    /// The provider's own request id; empty where none came.
    pub upstream_request_id: String,
    /// Masked facts about a failure. **For operators alone**: it may name what callers must not know.
    pub evidence: String,
    /// The attempts before the last one.
    pub failed_attempts: Vec<PastAttempt>,
}

impl RequestRecord {
    /// Microseconds spent in pauses between attempts.
    #[must_use]
    pub fn paused_us(&self) -> u64 {
        self.failed_attempts.iter().map(|attempt| u64::from(attempt.pause_us)).sum()
    }
}

/// Who says how many tokens a request used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageSource {
    /// The provider counted them.
    Told,
    /// They were reckoned from what had arrived.
    Estimated,
    /// A provider was asked and may have counted some; it told none, or nobody was left to hear it.
    Unknown,
    /// There was nothing to count: no provider was reached, or it is a moderation.
    None,
}

/// One attempt that failed and was followed by another; see [`FailedAttempt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAttempt {
    /// Which deployment.
    pub deployment: String,
    /// The provider's status; `None` where none came.
    pub status: Option<u16>,
    /// Slug of the cause.
    pub cause: String,
    /// Microseconds from the attempt's start to its failure.
    pub duration_us: u32,
    /// Microseconds of the pause behind it.
    pub pause_us: u32,
}

impl From<FailedAttempt<'_>> for PastAttempt {
    fn from(attempt: FailedAttempt<'_>) -> Self {
        Self {
            deployment: attempt.deployment.to_owned(),
            status: (attempt.status != 0).then_some(attempt.status),
            cause: attempt.cause.to_owned(),
            duration_us: attempt.duration_us,
            pause_us: attempt.pause_us,
        }
    }
}

/// What a look-up found.
pub type Found = Result<Option<Box<RequestRecord>>, RecordsAway>;

/// What is told once a look-up is over.
pub type Reply = Box<dyn FnOnce(Found) + Send>;

/// The port through which a request's record is looked up.
pub trait RequestRecords: Send + Sync {
    /// Looks for a request of a project; that of another project is not found. `reply` is called once, from another
    /// thread, or at once where too many wait. A request is found from when its caller could have its last byte.
    fn find(&self, project: &str, request: RequestId, reply: Reply);
}

/// Whether the record exists cannot be said at the moment; asking again later can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordsAway {
    /// Too many look-ups wait already.
    #[error("too many look-ups of records at once")]
    Busy,
    /// The database of records does not answer.
    #[error("the database of records is locked, or does not answer")]
    Failed,
    /// It is not there, but not all of the journal has been read into the database.
    #[error("the record may still be in the journal alone")]
    Behind,
}
