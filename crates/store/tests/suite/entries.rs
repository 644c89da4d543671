//! Entries of a journal, and journals that hold them.

use std::path::Path;

use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Outcome, Recorder, RefusalCount, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{Journal, SEGMENT_BYTES_LEAST, Settings, Writer, read_dir};

/// Small, so that a test soon has several segments.
pub(crate) const SMALL: Settings = Settings {
    segment_bytes: SEGMENT_BYTES_LEAST,
    bound_bytes: 64 << 20,
    sync: tollgate_store::journal::Sync::Periodic(std::time::Duration::from_millis(10)),
};

/// Unix milliseconds at which request 0 is accepted; each later one comes a millisecond later.
pub(crate) const FIRST_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(n: u64) -> KeyId {
    KeyId::from_digits(format!("{n:012}").as_bytes()).unwrap()
}

pub(crate) fn request(n: u64) -> RequestId {
    RequestId::new(FIRST_MS + n, u128::from(n) + 1)
}

/// Request `n` is about to be sent.
pub(crate) fn admitted(n: u64) -> Admission<'static> {
    Admission {
        request: request(n),
        key: key(n % 3),
        operation: Operation::ChatCompletions,
        stream: n.is_multiple_of(2),
        request_bytes: 100,
        project: "proj_1",
        model_asked: "fast",
        model_sent: "gpt-4o-mini",
        deployment: "openai/gpt-4o-mini",
    }
}

/// Request `n` has been answered after two milliseconds.
pub(crate) fn settled(n: u64) -> Settlement<'static> {
    Settlement {
        request: request(n),
        status: 200,
        attempts: 1,
        outcome: Outcome::Complete,
        usage: Usage { input: 30, output: 7, ..Usage::default() },
        first_byte_us: 1500,
        duration_us: 2000,
        upstream_us: 1800,
        answer_bytes: 400,
        cause: "",
        model_answered: "gpt-4o-mini-2024-07-18",
        deployment: "",
        fallback: "",
        upstream_request_id: "req_0123456789abcdef0123456789abcdef",
        evidence: "",
        failed_attempts: "",
        estimated: false,
        on_own_account: false,
        identity: None,
    }
}

pub(crate) fn refused(minute: u64, count: u64) -> RefusalCount<'static> {
    RefusalCount { minute, count, cause: "key_typo", prefix: "203.0.113.0/24", sample: "sk-tg-…" }
}

/// Writes entries in one group.
pub(crate) fn write<'a>(writer: &Writer, entries: impl IntoIterator<Item = Entry<'a>>) {
    for entry in entries {
        writer.append(&entry).unwrap();
    }
    writer.flush();
}

/// Writes requests from admission to settlement, a group each.
pub(crate) fn write_whole(writer: &Writer, requests: impl IntoIterator<Item = u64>) {
    for n in requests {
        write(writer, [Entry::Admission(admitted(n)), Entry::Settlement(settled(n))]);
    }
}

pub(crate) fn open(directory: &Path, workers: usize) -> Journal {
    Journal::open(directory, SMALL, workers).unwrap()
}

pub(crate) fn bytes(entry: &Entry<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes
}

/// All good entries of a directory, as bytes.
pub(crate) fn payloads(directory: &Path) -> Vec<Vec<u8>> {
    read_dir(directory).unwrap().map(|entry| entry.unwrap().1).collect()
}
