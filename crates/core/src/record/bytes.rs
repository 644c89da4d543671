//! Entries of the journal as bytes.
//!
//! In: an [`Entry`]. Out: its bytes, and back. The layout is little-endian, fixed fields first, then strings with a 16-bit
//! length. A journal is read by the version that wrote it and by later ones: once there is a release, a new field makes a
//! new kind of entry.

use super::{Admission, EVIDENCE_MAX, Entry, FAILED_ATTEMPTS_MAX, Identity, Outcome, RefusalCount, Settlement};
use crate::id::{KEY_ID_LEN, KeyId, RequestId};
use crate::operation::Operation;
use crate::usage::Usage;

/// At most so many bytes of any other text (model, deployment, project) are kept.
const TEXT_MAX: usize = 512;
/// At most so many bytes of a cause's slug; the longest has half of them.
const SLUG_MAX: usize = 64;
/// At most so many bytes of a provider's request id; the gateway takes no longer one.
const UPSTREAM_ID_MAX: usize = 128;

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
    out.push(u8::from(s.estimated) | u8::from(s.on_own_account) << 1);
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
    let flags;
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
        estimated: {
            flags = r.u8()?;
            flags & 1 != 0
        },
        on_own_account: flags & 2 != 0,
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
            on_own_account: true,
            identity,
        }
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
