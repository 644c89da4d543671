//! What a request leaves behind: an admission before the provider is asked, a settlement before the caller's last
//! byte; and the port through which both are written.
//!
//! In: facts of a request. Out: compact bytes (and back). Writing them is the store's business. The layout is
//! little-endian, fixed fields first, then strings with a 16-bit length. A journal is read by the version that wrote it
//! and by later ones: once there is a release, a new field makes a new kind of entry.

use std::fmt;
use std::task::{Context, Poll};

use crate::id::{KEY_ID_LEN, KeyId, RequestId};
use crate::operation::Operation;
use crate::usage::Usage;

/// At most so many bytes of evidence are kept of one request.
pub const EVIDENCE_MAX: usize = 1024;
/// At most so many bytes are kept of the attempts that failed before the last one.
pub const FAILED_ATTEMPTS_MAX: usize = 768;
/// At most so many bytes of any other text (model, deployment, project) are kept.
const TEXT_MAX: usize = 512;
/// At most so many bytes of a cause's slug; the longest has half of them.
const SLUG_MAX: usize = 64;
/// At most so many bytes of a provider's request id; the gateway takes no longer one.
const UPSTREAM_ID_MAX: usize = 128;

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

impl<'a> Entry<'a> {
    /// Appends the entry's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Admission(a) => {
                out.push(1);
                out.extend_from_slice(a.request.as_bytes());
                out.extend_from_slice(&a.key.0);
                out.push(a.operation as u8);
                out.push(u8::from(a.stream));
                out.extend_from_slice(&a.request_bytes.to_le_bytes());
                for text in [a.project, a.model_asked, a.model_sent, a.deployment] {
                    put_text(out, text, TEXT_MAX);
                }
            }
            Self::Settlement(s) => encode_settlement(out, s),
            Self::RefusalCount(r) => {
                out.push(3);
                out.extend_from_slice(&r.minute.to_le_bytes());
                out.extend_from_slice(&r.count.to_le_bytes());
                put_text(out, r.cause, TEXT_MAX);
                put_text(out, r.prefix, TEXT_MAX);
                put_text(out, r.sample, EVIDENCE_MAX);
            }
        }
    }

    /// The entry of some bytes; `None` where they are not one (a newer kind, or damage that the checksum let pass).
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        match r.u8()? {
            1 => Some(Self::Admission(Admission {
                request: r.request()?,
                key: r.key()?,
                operation: Operation::from_number(r.u8()?)?,
                stream: r.u8()? != 0,
                request_bytes: r.u32()?,
                project: r.text()?,
                model_asked: r.text()?,
                model_sent: r.text()?,
                deployment: r.text()?,
            })),
            2 => decode_settlement(&mut r).map(Self::Settlement),
            3 => Some(Self::RefusalCount(RefusalCount {
                minute: r.u64()?,
                count: r.u64()?,
                cause: r.text()?,
                prefix: r.text()?,
                sample: r.text()?,
            })),
            _ => None,
        }
    }
}

fn encode_settlement(out: &mut Vec<u8>, s: &Settlement<'_>) {
    out.push(2);
    out.extend_from_slice(s.request.as_bytes());
    out.extend_from_slice(&s.status.to_le_bytes());
    out.push(s.attempts);
    out.push(s.outcome as u8);
    let u = &s.usage;
    for number in [
        u.input,
        u.cached_input,
        u.cache_write,
        u.audio_input,
        u.output,
        u.reasoning,
        u.audio_output,
        s.first_byte_us,
        s.duration_us,
        s.upstream_us,
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&s.answer_bytes.to_le_bytes());
    put_text(out, s.cause, SLUG_MAX);
    for text in [s.model_answered, s.deployment, s.fallback] {
        put_text(out, text, TEXT_MAX);
    }
    put_text(out, s.upstream_request_id, UPSTREAM_ID_MAX);
    put_text(out, s.evidence, EVIDENCE_MAX);
    put_text(out, s.failed_attempts, FAILED_ATTEMPTS_MAX);
    out.push(u8::from(s.estimated));
    match &s.identity {
        None => out.push(0),
        Some(i) => {
            out.push(1);
            out.extend_from_slice(&i.key.0);
            out.push(i.operation as u8);
            put_text(out, i.project, TEXT_MAX);
            put_text(out, i.model_asked, TEXT_MAX);
            out.push(u8::from(i.stream));
            out.extend_from_slice(&i.request_bytes.to_le_bytes());
        }
    }
}

fn decode_settlement<'a>(r: &mut Reader<'a>) -> Option<Settlement<'a>> {
    Some(Settlement {
        request: r.request()?,
        status: u16::from_le_bytes(r.take()?),
        attempts: r.u8()?,
        outcome: Outcome::from_number(r.u8()?)?,
        usage: Usage {
            input: r.u32()?,
            cached_input: r.u32()?,
            cache_write: r.u32()?,
            audio_input: r.u32()?,
            output: r.u32()?,
            reasoning: r.u32()?,
            audio_output: r.u32()?,
        },
        first_byte_us: r.u32()?,
        duration_us: r.u32()?,
        upstream_us: r.u32()?,
        answer_bytes: r.u64()?,
        cause: r.text()?,
        model_answered: r.text()?,
        deployment: r.text()?,
        fallback: r.text()?,
        upstream_request_id: r.text()?,
        evidence: r.text()?,
        failed_attempts: r.text()?,
        estimated: r.u8()? != 0,
        identity: match r.u8()? {
            0 => None,
            _ => Some(Identity {
                key: r.key()?,
                operation: Operation::from_number(r.u8()?)?,
                project: r.text()?,
                model_asked: r.text()?,
                stream: r.u8()? != 0,
                request_bytes: r.u32()?,
            }),
        },
    })
}

/// Writes a length and at most `max` bytes of `text`, cut at a character.
fn put_text(out: &mut Vec<u8>, text: &str, max: usize) {
    let text = &text[..text.floor_char_boundary(max)];
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(|[b]| b)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn request(&mut self) -> Option<RequestId> {
        self.take().map(RequestId::from_bytes)
    }

    fn key(&mut self) -> Option<KeyId> {
        self.take::<KEY_ID_LEN>().and_then(|digits| KeyId::from_digits(&digits))
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = usize::from(u16::from_le_bytes(self.take()?));
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// The port through which entries are written. One recorder belongs to one serving worker and is never shared
/// between threads.
///
/// Entries appended in the same tick are written together by one `write(2)`: the worker calls [`Recorder::flush`]
/// once all its ready requests have run, and each waits with [`Recorder::poll_written`] before its next send.
pub trait Recorder {
    /// Appends an entry to this tick's group. Returns the position to wait for.
    ///
    /// # Errors
    /// [`RecorderError::Full`] where the bound is reached, so that a new request is refused instead of served
    /// unmetered. A settlement of an admitted request never gets it: room for it was set aside by the admission.
    fn append(&self, entry: &Entry<'_>) -> Result<u64, RecorderError>;

    /// Writes this tick's group and wakes those who wait for it.
    fn flush(&self);

    /// Ready once everything up to `position` has returned from `write(2)` (with strict synchronisation: from
    /// `fdatasync(2)`).
    fn poll_written(&self, position: u64, cx: &mut Context<'_>) -> Poll<Result<(), RecorderError>>;
}

/// How full the journal is, for `/readyz` and metrics.
pub trait RecorderHealth: Send + Sync {
    /// Thousandths of the bound in use, 0 to 1000; `None` where writing fails.
    fn fill_permille(&self) -> Option<u32>;
}

/// Why an entry could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecorderError {
    /// The bound of the journal is reached.
    #[error("the journal is full")]
    Full,
    /// The operating system refused the write.
    #[error("the journal cannot be written")]
    Failed,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> KeyId {
        KeyId::from_digits(b"0123456789Ab").unwrap()
    }

    fn settlement<'a>(evidence: &'a str, cause: &'a str, identity: Option<Identity<'a>>) -> Settlement<'a> {
        Settlement {
            request: RequestId::new(5, 7),
            status: 429,
            attempts: 2,
            outcome: Outcome::Interrupted,
            usage: Usage {
                input: 1,
                cached_input: 2,
                cache_write: 3,
                audio_input: 4,
                output: 5,
                reasoning: 6,
                audio_output: 7,
            },
            first_byte_us: 8,
            duration_us: 9,
            upstream_us: 10,
            answer_bytes: 11,
            cause,
            model_answered: "gpt-4o-mini-2024-07-18",
            deployment: "openai/gpt-4o-mini",
            fallback: "small",
            upstream_request_id: "req_1",
            evidence,
            failed_attempts: "a/b\t503\tserver_error\t7\t0\n",
            estimated: true,
            identity,
        }
    }

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

    proptest! {
        #[test]
        fn entries_read_back_as_written(a in ".{0,80}", b in ".{0,80}", c in ".{0,400}", n in any::<u32>(), with in any::<bool>()) {
            let admission = Entry::Admission(Admission {
                request: RequestId::new(u64::from(n), 99),
                key: key(),
                operation: Operation::Responses,
                stream: with,
                request_bytes: n,
                project: &a,
                model_asked: &b,
                model_sent: "m",
                deployment: "",
            });
            let identity = with.then_some(Identity { key: key(), operation: Operation::Embeddings, project: &a,
                model_asked: &b, stream: true, request_bytes: n });
            let c = &c[..c.floor_char_boundary(EVIDENCE_MAX)];
            let slug = &a[..a.floor_char_boundary(SLUG_MAX)];
            for entry in [admission, Entry::Settlement(settlement(c, slug, identity)),
                Entry::RefusalCount(RefusalCount { minute: u64::from(n), count: 3, cause: &a, prefix: &b, sample: "" })] {
                let mut bytes = Vec::new();
                entry.encode(&mut bytes);

                prop_assert_eq!(Entry::decode(&bytes), Some(entry));
                for cut in 0..bytes.len() {
                    prop_assert_ne!(Entry::decode(&bytes[..cut]), Some(entry));
                }
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Entry::decode(&bytes);
        }
    }

    #[test]
    fn evidence_is_cut_at_its_bound_and_at_a_character() {
        let long = "é".repeat(2000);
        let mut bytes = Vec::new();

        Entry::Settlement(settlement(&long, "x", None)).encode(&mut bytes);

        let Some(Entry::Settlement(read)) = Entry::decode(&bytes) else { panic!("a settlement was written") };
        assert_eq!(read.evidence.len(), EVIDENCE_MAX);
    }
}
