//! What only the inside can show: when a wait ends in strict mode, and what happens when the disk fails.

use std::fs::{File, OpenOptions};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{
    Admission, EVIDENCE_MAX, Entry, Identity, Outcome, Recorder, RecorderError, RecorderHealth, RefusalCount,
    Settlement,
};
use tollgate_core::usage::Usage;

use super::background::{Attempt, Synchroniser, attend};
use super::format::{FRAME_BYTES, FRAME_MAX, SETTLEMENT_ROOM};
use super::segment::Segment;
use super::*;

const SMALL: Settings =
    Settings { segment_bytes: SEGMENT_BYTES_LEAST, bound_bytes: 64 << 20, sync: Sync::Periodic(Duration::ZERO) };

/// A journal behind which nothing happens by itself.
struct Bench {
    directory: tempfile::TempDir,
    shared: Arc<Shared>,
    writer: Writer,
}

impl Bench {
    fn new(sync: Sync) -> Self {
        Self::with_first_segment(sync, None)
    }

    /// The writer's first segment is `file`, which stands for a disk that fails.
    fn with_first_segment(sync: Sync, file: Option<File>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let shared = Arc::new(prepare(directory.path(), Settings { sync, ..SMALL }, 1).unwrap());
        let lane = Arc::clone(&shared.lanes[0]);
        if let Some(file) = file {
            while lane.take_ready().is_some() {}
            let id = SegmentId { epoch: 1, worker: 0, sequence: 99 };
            lane.add_ready(Segment::of(file, id, SMALL.segment_bytes));
        }
        let writer = Writer::new(Arc::new(Engine::without_thread(Arc::clone(&shared))), lane);
        Self { directory, shared, writer }
    }

    fn poll(&self, position: u64) -> Poll<Result<(), RecorderError>> {
        self.writer.poll_written(position, &mut Context::from_waker(Waker::noop()))
    }

    fn found(&self) -> usize {
        read_dir(self.directory.path()).unwrap().filter(Result::is_ok).count()
    }
}

/// What a reader sees that looks behind the end while a server writes.
#[test]
fn what_is_written_while_somebody_looks_behind_the_end_is_no_torn_end() {
    let bench = Bench::new(Sync::Strict);
    let segment = segments(bench.directory.path()).unwrap()[0];
    bench.writer.append(&admission("")).unwrap();
    bench.writer.flush();
    let mut reader = SegmentReader::open(bench.directory.path(), segment).unwrap();
    assert!(reader.next_entry().unwrap().is_some());
    assert!(reader.next_entry().unwrap().is_none());
    assert!(!reader.is_torn().unwrap() && !reader.has_grown().unwrap());

    bench.writer.append(&admission("")).unwrap();
    bench.writer.flush();

    assert!(reader.is_torn().unwrap(), "it looks so");
    assert!(reader.has_grown().unwrap());
    assert!(reader.next_entry().unwrap().is_some());
    assert!(reader.next_entry().unwrap().is_none());
    assert!(!reader.is_torn().unwrap());
}

#[test]
fn a_segment_whose_header_comes_while_it_is_read_is_read() {
    let bench = Bench::new(Sync::Strict);
    bench.writer.append(&admission("")).unwrap();
    bench.writer.flush();
    let segment = segments(bench.directory.path()).unwrap()[0];
    let written = std::fs::read(bench.directory.path().join(segment.file_name())).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join(segment.file_name());
    std::fs::write(&file, vec![0; written.len()]).unwrap();
    let mut reader = SegmentReader::open(elsewhere.path(), segment).unwrap();
    assert!(reader.next_entry().unwrap().is_none());
    assert!(!reader.is_torn().unwrap() && !reader.has_grown().unwrap());

    std::fs::write(&file, written).unwrap();

    assert!(reader.has_grown().unwrap());
    assert!(reader.next_entry().unwrap().is_some());
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn in_strict_mode_only_the_synchronisation_wakes() {
    let bench = Bench::new(Sync::Strict);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let position = bench.writer.append(&admission("")).unwrap();

    bench.writer.flush();
    assert!(bench.writer.poll_written(position, &mut Context::from_waker(&waker)).is_pending());
    assert_eq!((bench.found(), woken.0.load(Ordering::SeqCst)), (1, 0));
    let later = bench.writer.append(&settlement("", None)).unwrap();
    assert!(bench.poll(later).is_pending());
    Synchroniser::default().run(&bench.shared);

    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert_eq!((bench.poll(position), bench.poll(later)), (Poll::Ready(Ok(())), Poll::Pending));
}

#[test]
fn in_strict_mode_a_failed_synchronisation_fails_the_wait_and_the_segment_is_left() {
    // A pipe takes no fdatasync, and no pwrite either; so what is written here is written before.
    let bench = Bench::new(Sync::Strict);
    let position = bench.writer.append(&admission("")).unwrap();
    bench.writer.flush();
    let (_, pipe) = std::io::pipe().unwrap();
    let id = SegmentId { epoch: 1, worker: 0, sequence: 99 };
    let lane = &bench.shared.lanes[0];
    lane.add_ready(Segment::of(File::from(std::os::fd::OwnedFd::from(pipe)), id, SMALL.segment_bytes));
    while lane.take_ready().is_some() {}

    Synchroniser::default().run(&bench.shared);

    assert_eq!(bench.poll(position), Poll::Ready(Err(RecorderError::Failed)));
    assert_eq!(bench.shared.fill_permille(), None);
    assert_eq!(bench.writer.append(&admission("")), Err(RecorderError::Failed));
    let before = bench.found();
    assert!(bench.writer.append(&settlement("", None)).is_ok());
    bench.writer.flush();
    let places: Vec<_> = read_dir(bench.directory.path()).unwrap().map(|e| e.unwrap().0).collect();
    assert_eq!(places.len(), before + 1);
    assert_ne!(places[0].segment, places[1].segment, "nothing is written behind what may be a hole");
}

#[test]
fn a_full_disk_refuses_admissions_and_is_tried_again() {
    let full = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
    let bench = Bench::with_first_segment(SMALL.sync, Some(full));

    let position = bench.writer.append(&admission("")).unwrap();
    bench.writer.flush();
    assert_eq!(bench.poll(position), Poll::Ready(Err(RecorderError::Full)));
    assert_eq!(bench.shared.fill_permille(), Some(1000));
    assert!(!attend(&bench.shared, Attempt::Again), "there is room beside /dev/full");

    assert_eq!(bench.shared.fill_permille(), Some(bench.shared.space.fill_permille()));
}

#[test]
fn a_settlement_in_a_lost_group_hears_that_writing_failed() {
    let full = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
    let bench = Bench::with_first_segment(SMALL.sync, Some(full));

    bench.writer.append(&admission("")).unwrap();
    let position = bench.writer.append(&settlement("", None)).unwrap();
    bench.writer.flush();

    assert_eq!(bench.poll(position), Poll::Ready(Err(RecorderError::Failed)));
}

#[test]
fn a_failing_disk_is_failing_until_a_probe_succeeds_and_lost_admissions_hold_no_room() {
    let read_only = File::open("/dev/null").unwrap();
    let bench = Bench::with_first_segment(SMALL.sync, Some(read_only));

    for _ in 0..5 {
        bench.shared.lanes[0].state.failing.store(false, Ordering::Relaxed);
        let position = bench.writer.append(&admission("")).unwrap();
        bench.writer.flush();
        assert_eq!(bench.poll(position), Poll::Ready(Err(RecorderError::Failed)));
    }
    assert_eq!(bench.shared.fill_permille(), None);
    assert_eq!(bench.writer.append(&admission("")), Err(RecorderError::Failed));
    assert!(attend(&bench.shared, Attempt::Asked), "what failed a moment ago is left alone");
    assert_eq!(bench.shared.fill_permille(), None);
    attend(&bench.shared, Attempt::Again);

    assert!(bench.shared.fill_permille().is_some());
    assert!(bench.writer.append(&admission("")).is_ok());
    assert_eq!(format!("{:?}", bench.writer), "Writer { worker: 0, outstanding: 1, .. }");
}

#[test]
fn the_largest_entries_fit_what_is_set_aside_for_them() {
    let long = "x".repeat(EVIDENCE_MAX);
    let identity = Identity {
        key: key(),
        operation: Operation::ALL[0],
        project: &long,
        model_asked: &long,
        stream: false,
        request_bytes: 1,
    };
    let refusals = RefusalCount { minute: 0, count: 0, cause: &long, prefix: &long, sample: &long };
    let size = |entry: &Entry<'_>| {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        bytes.len() + FRAME_BYTES
    };

    assert_eq!(size(&settlement(&long, None)), 3613);
    assert!(size(&settlement(&long, None)) as u64 <= SETTLEMENT_ROOM);
    assert_eq!(size(&settlement(&long, Some(identity))), 4659);
    for entry in [settlement(&long, Some(identity)), admission(&long), Entry::RefusalCount(refusals)] {
        assert!(size(&entry) <= FRAME_MAX);
    }
}

fn key() -> KeyId {
    KeyId::from_digits(b"0123456789Ab").unwrap()
}

fn admission(text: &str) -> Entry<'_> {
    Entry::Admission(Admission {
        request: RequestId::new(1, 2),
        key: key(),
        operation: Operation::ALL[0],
        stream: false,
        request_bytes: 100,
        project: text,
        model_asked: text,
        model_sent: text,
        deployment: text,
    })
}

fn settlement<'a>(text: &'a str, identity: Option<Identity<'a>>) -> Entry<'a> {
    Entry::Settlement(Settlement {
        request: RequestId::new(1, 2),
        status: 200,
        attempts: 1,
        outcome: Outcome::Complete,
        usage: Usage::default(),
        first_byte_us: 1,
        duration_us: 2,
        upstream_us: 3,
        answer_bytes: 4,
        cause: text,
        model_answered: text,
        deployment: text,
        fallback: text,
        upstream_request_id: text,
        evidence: text,
        failed_attempts: text,
        estimated: true,
        on_own_account: false,
        identity,
    })
}
