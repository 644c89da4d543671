//! The journal as its users see it: workers that write, consumers that read, and a process that dies.

#![expect(clippy::unwrap_used, reason = "what the tests share is outside of test functions")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use proptest::prelude::*;
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{
    Admission, EVIDENCE_MAX, Entry, Identity, Outcome, Recorder, RecorderError, RefusalCount, Settlement,
};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{
    End, Journal, JournalError, Place, ReadError, SEGMENT_BYTES_LEAST, SegmentId, SegmentReader, Settings, Sync,
    Writer, read_dir, segments, timeline,
};

const SMALL: Settings = Settings {
    segment_bytes: SEGMENT_BYTES_LEAST,
    bound_bytes: 64 << 20,
    sync: Sync::Periodic(std::time::Duration::from_millis(10)),
};
const HEADER: u64 = 64;

#[test]
fn a_flushed_group_reads_back_as_appended_and_nothing_before_the_flush() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();

    let first = writer.append(&admission(1)).unwrap();
    let second = writer.append(&refusals("incorrect_api_key")).unwrap();
    assert_eq!(payloads(directory.path()), Vec::<Vec<u8>>::new());
    assert_eq!(poll(&writer, first), Poll::Pending);
    writer.flush();

    assert_eq!(payloads(directory.path()), [bytes(&admission(1)), bytes(&refusals("incorrect_api_key"))]);
    assert_eq!((poll(&writer, first), poll(&writer, second)), (Poll::Ready(Ok(())), Poll::Ready(Ok(()))));
}

#[test]
fn a_flush_wakes_those_who_wait() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let (one, other) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
    let position = writer.append(&admission(1)).unwrap();
    for _ in 0..3 {
        for waiter in [&one, &other] {
            let waker = Waker::from(Arc::clone(waiter));
            assert!(writer.poll_written(position, &mut Context::from_waker(&waker)).is_pending());
        }
    }

    writer.flush();
    assert!(one.times() >= 1 && other.times() >= 1);
    let before = one.times();
    writer.append(&settlement(1, "")).unwrap();
    writer.flush();

    assert_eq!(one.times(), before, "a waiter is forgotten once it is woken");
}

#[test]
fn files_are_the_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data/journal");

    let _journal = Journal::open(&directory, SMALL, 2).unwrap();

    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in std::fs::read_dir(&directory).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn entries_roll_over_segments_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let mut written = Vec::new();

    for n in 0..3000 {
        for entry in [admission(n), settlement(n, "evidence")] {
            writer.append(&entry).unwrap();
            written.push(bytes(&entry));
        }
        if n % 7 == 0 {
            writer.flush();
        }
    }
    writer.flush();

    assert_eq!(payloads(directory.path()), written);
    assert!(segments(directory.path()).unwrap().len() > 5);
}

#[test]
fn a_group_larger_than_a_segment_is_split_between_entries() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let long = "x".repeat(EVIDENCE_MAX);
    let mut written = Vec::new();

    for n in 0..300 {
        for entry in [admission(n), settlement(n, &long), refusals(&long)] {
            writer.append(&entry).unwrap();
            written.push(bytes(&entry));
        }
    }
    writer.flush();

    assert!(written.iter().map(Vec::len).sum::<usize>() as u64 > 5 * SEGMENT_BYTES_LEAST);
    assert_eq!(payloads(directory.path()), written);
}

#[test]
fn a_reader_resumes_at_any_entry_and_finds_what_came_since() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let segment = SegmentId { epoch: 1, worker: 0, sequence: 1 };
    for n in 0..20 {
        writer.append(&admission(n)).unwrap();
    }
    writer.flush();
    let all: Vec<_> = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();

    for (n, (place, _)) in all.iter().enumerate() {
        let mut reader = SegmentReader::resume(directory.path(), segment, place.end).unwrap();
        assert_eq!(rest(&mut reader), all[n + 1..]);
        assert_eq!(reader.end(), Some(End::Clean { offset: all[19].0.end }));
        let mut astray = SegmentReader::resume(directory.path(), segment, place.end - 1).unwrap();
        assert_eq!(rest(&mut astray), []);
        assert!(matches!(astray.end(), Some(End::Torn { .. })));
    }

    let mut reader = SegmentReader::open(directory.path(), segment).unwrap();
    assert_eq!(rest(&mut reader).len(), 20);
    writer.append(&settlement(1, "later")).unwrap();
    writer.flush();
    assert_eq!(rest(&mut reader).iter().map(|(_, b)| b.clone()).collect::<Vec<_>>(), [bytes(&settlement(1, "later"))]);
}

#[test]
fn every_truncation_replays_a_prefix() {
    let (directory, segment, written) = one_segment(12);
    let path = directory.path().join(segment.file_name());
    let last = written[written.len() - 1].0.end;

    // Some bytes beyond the data as well: there the tail is clean and nothing is missing.
    for length in (0..=last + 40).rev() {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        let mut reader = SegmentReader::open(directory.path(), segment).unwrap();
        let found = rest(&mut reader);

        let expected: Vec<_> = written.iter().filter(|(p, _)| p.end <= length).cloned().collect();
        assert_eq!(found, expected, "cut at {length}");
        let end = found.last().map_or(HEADER, |(p, _)| p.end);
        let expected = match length {
            0 => End::Clean { offset: 0 },
            1..HEADER => End::Torn { offset: 0 },
            _ if length == end || length > last => End::Clean { offset: end },
            _ => End::Torn { offset: end },
        };
        assert_eq!(reader.end(), Some(expected), "cut at {length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn turned_bits_never_make_a_wrong_entry(
        bits in proptest::collection::vec(any::<prop::sample::Index>(), 1..4),
        beyond in 0..300_usize,
    ) {
        let (directory, segment, written) = one_segment(6);
        let path = directory.path().join(segment.file_name());
        let mut whole = std::fs::read(&path).unwrap();
        let data = (written[written.len() - 1].0.end as usize + beyond).min(whole.len());
        for bit in &bits {
            let bit = bit.index(data * 8);
            whole[bit / 8] ^= 1 << (bit % 8);
        }
        std::fs::write(&path, &whole).unwrap();

        let Ok(mut reader) = SegmentReader::open(directory.path(), segment) else { return Ok(()) };
        let found = rest(&mut reader);

        prop_assert!(written.starts_with(&found));
        let intact = bits.iter().map(|b| b.index(data * 8) as u64 / 8).min().unwrap();
        let before = written.iter().filter(|(p, _)| p.end <= intact && intact >= HEADER).count();
        prop_assert!(found.len() >= before, "what stands before the damage is read");
    }

    #[test]
    fn no_file_makes_the_reader_panic(
        mut content in proptest::collection::vec(any::<u8>(), 0..2000),
        with_header in any::<bool>(),
    ) {
        let (directory, segment, _) = one_segment(1);
        let path = directory.path().join(segment.file_name());
        if with_header {
            let header = std::fs::read(&path).unwrap();
            content.splice(0..0, header[..HEADER as usize].iter().copied());
        }
        std::fs::write(&path, &content).unwrap();

        let mut reader = SegmentReader::open(directory.path(), segment).unwrap();

        prop_assert_eq!(rest(&mut reader), []);
        prop_assert!(reader.end().is_some());
    }
}

#[test]
fn what_an_earlier_write_left_behind_is_not_read() {
    let (directory, segment, written) = one_segment(6);
    let path = directory.path().join(segment.file_name());
    let whole = std::fs::read(&path).unwrap();
    // One entry in the place of another: both are whole, and of one size.
    let range = |n: usize| written[n].0.offset as usize..written[n].0.end as usize;
    assert_eq!(range(2).len(), range(4).len());
    let mut mixed = whole.clone();
    mixed[range(2)].copy_from_slice(&whole[range(4)]);
    std::fs::write(&path, mixed).unwrap();

    let mut reader = SegmentReader::open(directory.path(), segment).unwrap();

    assert_eq!(rest(&mut reader), written[..2]);
    assert_eq!(reader.end(), Some(End::Torn { offset: written[1].0.end }));
}

#[test]
fn a_segment_under_a_wrong_name_or_of_another_version_is_an_error_and_the_others_are_read() {
    let (directory, segment, written) = one_segment(3);
    let path = directory.path().join(segment.file_name());
    let renamed = SegmentId { sequence: 9, ..segment };
    std::fs::copy(&path, directory.path().join(renamed.file_name())).unwrap();

    let read: Vec<_> = read_dir(directory.path()).unwrap().collect();

    assert_eq!(read.iter().filter(|r| r.is_ok()).count(), written.len());
    assert!(matches!(read.last(), Some(Err(ReadError::Misnamed { found, .. })) if *found == segment));
}

#[test]
fn a_segment_that_was_released_while_the_others_are_read_is_not_missed() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let text = "x".repeat(EVIDENCE_MAX);
    while written_segments(directory.path()) < 4 {
        writer.append(&settlement(1, &text)).unwrap();
        writer.flush();
    }
    let mut entries = read_dir(directory.path()).unwrap();
    let mut by_time = timeline(directory.path()).unwrap();
    let (first, _) = entries.next().unwrap().unwrap();
    let listed = segments(directory.path()).unwrap();

    for segment in &listed[..2] {
        journal.release(*segment).unwrap();
    }

    let rest: Vec<Place> = entries.by_ref().map(|read| read.unwrap().0).collect();
    assert!(rest.iter().any(|place| place.segment == first.segment), "it was open, and is read to its end");
    assert!(rest.iter().all(|place| place.segment != listed[1]));
    assert!(rest.iter().any(|place| place.segment == listed[2]));
    assert_eq!((entries.condition().gone, &entries.condition().damage[..]), (1, &[][..]));
    assert!(by_time.by_ref().all(|read| read.is_ok()));
    assert_eq!(by_time.condition().gone, 2);
}

#[test]
fn a_journal_that_is_written_while_it_is_read_has_no_torn_end() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();

    let writing = std::thread::spawn(move || {
        let writer = journal.writer(0).unwrap();
        for n in 0..20_000 {
            writer.append(&settlement(n, "")).unwrap();
            writer.flush();
        }
    });

    let mut reads = 0;
    while reads == 0 || !writing.is_finished() {
        let mut entries = read_dir(directory.path()).unwrap();
        assert!(entries.by_ref().all(|read| read.is_ok()));
        let condition = entries.condition();
        assert!(condition.ends.iter().all(|(_, end)| matches!(end, End::Clean { .. })), "{condition:?}");
        assert_eq!(condition.damage, []);
        reads += 1;
    }
    writing.join().unwrap();
}

#[test]
fn at_the_bound_admissions_are_refused_and_every_settlement_still_goes() {
    let directory = tempfile::tempdir().unwrap();
    let bound_bytes = 4 * SEGMENT_BYTES_LEAST;
    let journal = Journal::open(directory.path(), Settings { bound_bytes, ..SMALL }, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let health = journal.health();
    assert_eq!(health.fill_permille(), Some(500));
    let mut written = Vec::new();

    let admitted = (0..).take_while(|&n| match writer.append(&admission(n)) {
        Ok(_) => {
            written.push(bytes(&admission(n)));
            writer.flush();
            true
        }
        Err(error) => {
            assert_eq!(error, RecorderError::Full);
            false
        }
    });
    let admitted = admitted.count() as u64;
    assert!((40..60).contains(&admitted), "{admitted}");
    assert_eq!(health.fill_permille(), Some(1000));
    let long = "x".repeat(EVIDENCE_MAX);
    for n in 0..admitted {
        let entry = largest_settlement(n, &long, None);
        let position = writer.append(&entry).unwrap();
        written.push(bytes(&entry));
        if n % 5 == 0 {
            writer.flush();
            assert_eq!(poll(&writer, position), Poll::Ready(Ok(())));
        }
    }
    writer.flush();
    // Refusals take no room that is set aside for others, so they are refused in the end.
    let identity = Identity {
        key: key(),
        operation: Operation::ALL[0],
        project: &long,
        model_asked: &long,
        stream: false,
        request_bytes: 1,
    };
    let refusal = largest_settlement(1, &long, Some(identity));
    while writer.append(&refusal).is_ok() {
        writer.flush();
        written.push(bytes(&refusal));
    }
    while writer.append(&refusals(&long)).is_ok() {
        writer.flush();
        written.push(bytes(&refusals(&long)));
    }
    assert_eq!(writer.append(&admission(0)), Err(RecorderError::Full));

    assert_eq!(payloads(directory.path()), written);
    assert!(journal.in_use_bytes() <= bound_bytes);
    assert!(bytes_on_disk(directory.path()) <= bound_bytes);

    for segment in segments(directory.path()).unwrap() {
        if !journal.is_open(segment) {
            journal.release(segment).unwrap();
        }
    }
    assert!(writer.append(&admission(1)).is_ok(), "room that was given back is used again");
    assert_ne!(health.fill_permille(), Some(1000));
}

#[test]
fn many_requests_at_once_get_room_made_for_them() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();

    for n in 0..5000 {
        writer.append(&admission(n)).unwrap();
    }

    // 4 KiB each, and each segment keeps a little back.
    assert!(journal.in_use_bytes() >= 5000 * 4096);
}

#[test]
fn a_segment_that_is_written_is_not_released_and_a_released_one_counts_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    for n in 0..400 {
        writer.append(&admission(n)).unwrap();
        writer.append(&settlement(n, "")).unwrap();
        writer.flush();
    }
    let all = segments(directory.path()).unwrap();
    let (done, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|&s| !journal.is_open(s));
    assert!(!done.is_empty() && !open.is_empty());

    for segment in open {
        assert!(matches!(journal.release(segment), Err(JournalError::InUse { .. })));
    }
    for segment in done {
        let before = journal.in_use_bytes();
        journal.release(segment).unwrap();
        // The background thread may make one more in the meantime.
        assert!(journal.in_use_bytes() <= before);
        assert!(!directory.path().join(segment.file_name()).exists());
        journal.release(segment).unwrap();
    }
}

#[test]
fn each_start_has_an_epoch_of_its_own_even_beside_a_living_one() {
    let directory = tempfile::tempdir().unwrap();
    let first = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = first.writer(0).unwrap();
    writer.append(&admission(1)).unwrap();
    writer.flush();

    let second = Journal::open(directory.path(), SMALL, 1).unwrap();

    assert_eq!((first.epoch(), second.epoch()), (1, 2));
    let of_first = SegmentId { epoch: 1, worker: 0, sequence: 1 };
    assert!(second.is_open(of_first), "it belongs to a living process");
    assert!(matches!(second.release(of_first), Err(JournalError::InUse { .. })));
    writer.append(&settlement(1, "")).unwrap();
    writer.flush();
    assert_eq!(payloads(directory.path()).len(), 2, "nothing of a living epoch is trimmed");

    drop((writer, first, second));
    for segment in segments(directory.path()).unwrap() {
        std::fs::remove_file(directory.path().join(segment.file_name())).unwrap();
    }
    assert_eq!(Journal::open(directory.path(), SMALL, 1).unwrap().epoch(), 3, "numbers are not used twice");
}

#[test]
fn old_segments_stay_and_count_and_only_unused_room_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 2).unwrap();
    let writer = journal.writer(0).unwrap();
    for n in 0..300 {
        writer.append(&admission(n)).unwrap();
        writer.append(&settlement(n, "")).unwrap();
        writer.flush();
    }
    drop((writer, journal));
    let before: Vec<_> = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();

    let journal = Journal::open(directory.path(), SMALL, 2).unwrap();

    let after: Vec<_> = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(after, before);
    let last = after.last().unwrap().0;
    let old: Vec<_> = segments(directory.path()).unwrap().into_iter().filter(|s| s.epoch == 1).collect();
    assert_eq!(old.last(), Some(&last.segment), "segments without entries are gone");
    assert_eq!(directory.path().join(last.segment.file_name()).metadata().unwrap().len(), last.end);
    assert_eq!(journal.in_use_bytes(), bytes_on_disk(directory.path()));
    let before = journal.in_use_bytes();
    journal.release(last.segment).unwrap();
    assert_eq!(before - journal.in_use_bytes(), last.end);
}

#[test]
fn a_torn_tail_of_an_old_epoch_is_left_as_it_is() {
    let (directory, segment, written) = one_segment(4);
    let path = directory.path().join(segment.file_name());
    let end = written[3].0.end;
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"half an ent", end).unwrap();
    let before = std::fs::read(&path).unwrap();

    let _next = Journal::open(directory.path(), SMALL, 1).unwrap();

    assert_eq!(std::fs::read(&path).unwrap(), before);
    let mut entries = read_dir(directory.path()).unwrap();
    assert_eq!(entries.by_ref().map(Result::unwrap).collect::<Vec<_>>(), written);
    assert_eq!(entries.condition().ends[0], (segment, End::Torn { offset: end }));
    assert_eq!(entries.condition().damage, []);
}

#[test]
fn in_strict_mode_the_wait_ends_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), Settings { sync: Sync::Strict, ..SMALL }, 1).unwrap();
    let writer = journal.writer(0).unwrap();

    for n in 0..50 {
        let position = writer.append(&admission(n)).unwrap();
        assert_eq!(poll(&writer, position), Poll::Pending);
        writer.flush();
        assert_eq!(wait(&writer, position), Ok(()));
        assert_eq!(payloads(directory.path()).len() as u64, n + 1);
    }
}

#[test]
fn workers_write_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 2).unwrap();
    assert!(matches!(journal.writer(2), Err(JournalError::NoSuchWriter { worker: 2 })));

    std::thread::scope(|scope| {
        for worker in 0..2 {
            let writer = journal.writer(worker).unwrap();
            assert!(matches!(journal.writer(worker), Err(JournalError::NoSuchWriter { .. })));
            scope.spawn(move || {
                for n in 0..2000 {
                    writer.append(&admission(n * 2 + worker as u64)).unwrap();
                    writer.append(&settlement(n * 2 + worker as u64, "")).unwrap();
                    writer.flush();
                }
            });
        }
    });

    let all: Vec<_> = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
    for worker in 0..2 {
        let of_worker = all.iter().filter(|(p, _)| p.segment.worker == worker).map(|(_, b)| b.clone());
        let numbers = (0..2000).map(|n| n * 2 + u64::from(worker));
        let expected = numbers.flat_map(|n| [bytes(&admission(n)), bytes(&settlement(n, ""))]);
        assert!(of_worker.eq(expected));
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let open = |segment_bytes, bound_bytes| {
        Journal::open(directory.path(), Settings { segment_bytes, bound_bytes, ..SMALL }, 2).map(|_| ())
    };

    assert!(matches!(open(1024, 1 << 30), Err(JournalError::SegmentTooSmall { segment_bytes: 1024 })));
    let least = 8 << 20;
    assert!(
        matches!(open(1 << 20, least - 1), Err(JournalError::BoundTooSmall { least_bytes, .. }) if least_bytes == least)
    );
    assert!(open(1 << 20, least).is_ok());
}

#[test]
fn everything_flushed_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(KILL_ME), "").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "appends_until_killed", "--ignored", "--nocapture"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut flushed = 0;
    let mut killed = false;

    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The last line may have been cut off; each number ends in a full stop.
        if let Some(number) = line.split("flushed ").nth(1).and_then(|n| n.strip_suffix('.')) {
            flushed = number.parse().unwrap();
        }
        if flushed >= 3000 && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();

    let found = payloads(&directory.path().join("journal"));
    assert!(flushed >= 3000 && found.len() >= flushed, "{flushed} flushed, {} found", found.len());
    let expected = (0..).flat_map(|n| [bytes(&admission(n)), bytes(&settlement(n, "to be killed"))]);
    assert!(found.into_iter().zip(expected).all(|(found, expected)| found == expected));
}

const KILL_ME: &str = "kill-me";

/// Not a test by itself: the process that [`everything_flushed_survives_a_kill`] starts and kills.
#[test]
#[ignore = "started by another test"]
fn appends_until_killed() {
    if !Path::new(KILL_ME).exists() {
        return;
    }
    let journal = Journal::open(Path::new("journal"), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    let mut out = std::io::stdout().lock();
    for n in 0.. {
        writer.append(&admission(n)).unwrap();
        writer.append(&settlement(n, "to be killed")).unwrap();
        writer.flush();
        writeln!(out, "flushed {}.", n * 2 + 2).unwrap();
    }
}

/// A directory whose only segment has `count` entries, written by a journal that is closed. The places tell where.
fn one_segment(count: u64) -> (tempfile::TempDir, SegmentId, Vec<(Place, Vec<u8>)>) {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), SMALL, 1).unwrap();
    let writer = journal.writer(0).unwrap();
    for n in 0..count {
        if n % 2 == 0 {
            writer.append(&admission(n)).unwrap()
        } else {
            writer.append(&settlement(n, "e")).unwrap()
        };
        if n % 3 == 0 {
            writer.flush();
        }
    }
    drop((writer, journal));
    let segment = SegmentId { epoch: 1, worker: 0, sequence: 1 };
    let unused = SegmentId { sequence: 2, ..segment };
    std::fs::remove_file(directory.path().join(unused.file_name())).unwrap();
    let written = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
    (directory, segment, written)
}

fn rest(reader: &mut SegmentReader) -> Vec<(Place, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some((place, bytes)) = reader.next_entry().unwrap() {
        found.push((place, bytes.to_vec()));
    }
    found
}

fn written_segments(directory: &Path) -> usize {
    let mut written: Vec<_> = read_dir(directory).unwrap().map(|read| read.unwrap().0.segment).collect();
    written.dedup();
    written.len()
}

fn payloads(directory: &Path) -> Vec<Vec<u8>> {
    read_dir(directory).unwrap().map(|entry| entry.unwrap().1).collect()
}

fn bytes_on_disk(directory: &Path) -> u64 {
    segments(directory).unwrap().iter().map(|s| directory.join(s.file_name()).metadata().unwrap().len()).sum()
}

fn bytes(entry: &Entry<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes
}

fn poll(writer: &Writer, position: u64) -> Poll<Result<(), RecorderError>> {
    writer.poll_written(position, &mut Context::from_waker(Waker::noop()))
}

fn wait(writer: &Writer, position: u64) -> Result<(), RecorderError> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match writer.poll_written(position, &mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl Woken {
    fn times(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

fn key() -> KeyId {
    KeyId::from_digits(b"0123456789Ab").unwrap()
}

fn admission(n: u64) -> Entry<'static> {
    Entry::Admission(Admission {
        request: RequestId::new(n, 7),
        key: key(),
        operation: Operation::ALL[0],
        stream: false,
        request_bytes: 100,
        project: "proj_1",
        model_asked: "gpt-4o-mini",
        model_sent: "gpt-4o-mini",
        deployment: "openai/gpt-4o-mini",
    })
}

fn settlement(n: u64, evidence: &str) -> Entry<'_> {
    let Entry::Settlement(s) = largest_settlement(n, "", None) else { unreachable!() };
    Entry::Settlement(Settlement { evidence, ..s })
}

fn largest_settlement<'a>(n: u64, text: &'a str, identity: Option<Identity<'a>>) -> Entry<'a> {
    Entry::Settlement(Settlement {
        request: RequestId::new(n, 7),
        status: 200,
        attempts: 1,
        outcome: Outcome::Complete,
        usage: Usage { input: 3, output: 4, ..Usage::default() },
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

fn refusals(text: &str) -> Entry<'_> {
    Entry::RefusalCount(RefusalCount { minute: 60, count: 5, cause: text, prefix: "203.0.113.0/24", sample: text })
}
