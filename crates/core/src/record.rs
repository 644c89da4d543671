//! What a request leaves behind: an admission before the provider is asked, a settlement before the caller's last
//! byte.
//!
//! In: facts of a request. Out: an [`Entry`], which `bytes` writes compactly and reads back, and `recorder` hands on to be
//! kept. Writing it down is the store's business.

mod bytes;
mod recorder;

use std::fmt;

pub use self::recorder::{Recorder, RecorderError, RecorderHealth};

use crate::id::{KeyId, RequestId};
use crate::operation::Operation;
use crate::usage::Usage;

/// At most so many bytes of evidence are kept of one request.
pub const EVIDENCE_MAX: usize = 1024;
/// At most so many bytes are kept of the attempts that failed before the last one.
pub const FAILED_ATTEMPTS_MAX: usize = 768;

/// A request is about to be sent to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission<'a> {
    /// Which request; its id carries the time of acceptance.
    pub request: RequestId,
    /// Whose key.
    pub key: KeyId,
    /// What was asked for.
    pub operation: Operation,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// Size of the request body.
    pub request_bytes: u32,
    /// Project of the key.
    pub project: &'a str,
    /// Model as the caller wrote it.
    pub model_asked: &'a str,
    /// Model as the provider is asked.
    pub model_sent: &'a str,
    /// First deployment to be tried.
    pub deployment: &'a str,
}

/// A request has ended. For a refusal before any provider was asked, `identity` says whose it was; else the
/// admission does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement<'a> {
    /// Which request.
    pub request: RequestId,
    /// Status that the caller was given.
    pub status: u16,
    /// How many tries at deployments were made.
    pub attempts: u8,
    /// What kind of end it was.
    pub outcome: Outcome,
    /// Tokens, as far as known.
    pub usage: Usage,
    /// Microseconds from acceptance to the first content byte of the answer; 0 where none came.
    pub first_byte_us: u32,
    /// Microseconds from acceptance to the settlement.
    pub duration_us: u32,
    /// Of these, spent waiting for the provider.
    pub upstream_us: u32,
    /// Bytes of the answer's body.
    pub answer_bytes: u64,
    /// Slug of the cause where it failed; empty for a success.
    pub cause: &'a str,
    /// Model named in the provider's answer.
    pub model_answered: &'a str,
    /// Deployment asked last, where it is not the admission's: `provider/model`.
    pub deployment: &'a str,
    /// Public name of the model whose deployment that is, where it stands in for the one asked for.
    pub fallback: &'a str,
    /// The provider's own request id.
    pub upstream_request_id: &'a str,
    /// Masked facts about a failure.
    pub evidence: &'a str,
    /// The attempts that failed before the last one, a line each: see [`failed_attempts`].
    pub failed_attempts: &'a str,
    /// Tokens were reckoned from what had arrived, for the provider named none.
    pub estimated: bool,
    /// The deployment asked last was asked on an own account of the caller's organization.
    pub on_own_account: bool,
    /// For a refusal: whose request it was.
    pub identity: Option<Identity<'a>>,
}

impl Settlement<'_> {
    /// Model as the deployment asked last was asked, where that is not the admission's.
    #[must_use]
    pub fn model_sent(&self) -> &str {
        // No provider's name has a slash.
        self.deployment.split_once('/').map_or("", |(_, model)| model)
    }
}

/// One attempt that failed and was followed by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedAttempt<'a> {
    /// Which deployment.
    pub deployment: &'a str,
    /// The provider's status; 0 where none came.
    pub status: u16,
    /// Slug of the cause.
    pub cause: &'a str,
    /// Microseconds from the attempt's start to its failure.
    pub duration_us: u32,
    /// Microseconds of the pause behind it.
    pub pause_us: u32,
}

impl fmt::Display for FailedAttempt<'_> {
    /// The line of [`Settlement::failed_attempts`], its end included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deployment, status, cause, duration_us, pause_us } = self;
        writeln!(f, "{deployment}\t{status}\t{cause}\t{duration_us}\t{pause_us}")
    }
}

/// Reads [`Settlement::failed_attempts`]; a line that was cut off is left out.
pub fn failed_attempts(text: &str) -> impl Iterator<Item = FailedAttempt<'_>> {
    text.split_inclusive('\n').filter_map(|line| {
        let mut fields = line.strip_suffix('\n')?.split('\t');
        Some(FailedAttempt {
            deployment: fields.next()?,
            status: fields.next()?.parse().ok()?,
            cause: fields.next()?,
            duration_us: fields.next()?.parse().ok()?,
            // Lines that were written before pauses were have none.
            pause_us: fields.next().map_or(Some(0), |us| us.parse().ok())?,
        })
    })
}

/// Whose request a refusal was, where no admission says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Whose key.
    pub key: KeyId,
    /// What was asked for.
    pub operation: Operation,
    /// Project of the key.
    pub project: &'a str,
    /// Model as the caller wrote it, where it came so far.
    pub model_asked: &'a str,
    /// Whether a stream was asked for, where it came so far.
    pub stream: bool,
    /// Size of the request body, as far as it was read.
    pub request_bytes: u32,
}

/// How a request ended. The numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// Answered in full.
    Complete = 1,
    /// Refused or failed; the cause says why.
    Failed = 2,
    /// The answer broke off after it had begun, on the provider's side or because the gateway's process died.
    Interrupted = 3,
    /// The caller left before the end.
    Abandoned = 4,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Complete, Self::Failed, Self::Interrupted, Self::Abandoned];

    /// The outcome of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|o| *o as u8 == number)
    }

    /// The word used in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Refusals of callers that we do not know, counted per cause, address prefix and minute: never one record each,
/// so that a flood of wrong keys cannot fill the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalCount<'a> {
    /// Start of the minute, Unix seconds.
    pub minute: u64,
    /// How many.
    pub count: u64,
    /// Slug of the cause.
    pub cause: &'a str,
    /// Address prefix, for example `203.0.113.0/24`.
    pub prefix: &'a str,
    /// A masked example.
    pub sample: &'a str,
}

/// One journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// Before the provider is asked.
    Admission(Admission<'a>),
    /// At the end.
    Settlement(Settlement<'a>),
    /// Refusals of unknown callers.
    RefusalCount(RefusalCount<'a>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_attempts_read_back_as_written() {
        let first = FailedAttempt {
            deployment: "openai/gpt-4o",
            status: 503,
            cause: "server_error",
            duration_us: 1200,
            pause_us: 250_000,
        };
        let second = FailedAttempt { deployment: "azure/gpt-4o", status: 0, cause: "connect_timeout", ..first };
        let text = format!("{first}{second}");

        assert_eq!(failed_attempts(&text).collect::<Vec<_>>(), [first, second]);
        assert_eq!(failed_attempts(&text[..text.len() - 2]).collect::<Vec<_>>(), [first]);
    }
}
