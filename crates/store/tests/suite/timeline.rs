//! The journal by time, over workers and starts.

use tollgate_core::record::Entry;
use tollgate_store::journal::{happened_at, timeline};

use crate::entries::{FIRST_MS, admitted, open, payloads, refused, request, settled, write};

#[test]
fn entries_of_all_workers_come_by_time() {
    let directory = tempfile::tempdir().unwrap();
    for start in 0..3 {
        let journal = open(directory.path(), 2);
        let writers = [journal.writer(0).unwrap(), journal.writer(1).unwrap()];
        for n in (0..1000).map(|n| start * 1000 + n) {
            let writer = &writers[usize::from(n % 7 < 3)];
            write(writer, [Entry::Admission(admitted(n)), Entry::Settlement(settled(n))]);
        }
        let minute = FIRST_MS / 1000 / 60 * 60;
        write(&writers[1], [Entry::RefusalCount(refused(minute, start))]);
    }

    let entries: Vec<_> = timeline(directory.path()).unwrap().map(|entry| entry.unwrap().1).collect();

    let times: Vec<_> = entries.iter().map(|bytes| happened_at(&Entry::decode(bytes).unwrap())).collect();
    assert!(times.is_sorted());
    let sorted = |mut entries: Vec<Vec<u8>>| {
        entries.sort_unstable();
        entries
    };
    assert_eq!(sorted(entries), sorted(payloads(directory.path())));
}

#[test]
fn what_is_written_late_stands_where_its_time_is() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), 1);
    let writer = journal.writer(0).unwrap();
    for n in (100..2000).chain([50]) {
        write(&writer, [Entry::Admission(admitted(n))]);
    }

    let first = timeline(directory.path()).unwrap().next().unwrap().unwrap().1;

    let Some(Entry::Admission(first)) = Entry::decode(&first) else { panic!("an admission was written") };
    assert_eq!(first.request, request(50));
}

#[test]
fn an_unreadable_segment_is_an_error_and_the_others_follow() {
    let directory = tempfile::tempdir().unwrap();
    for n in 0..2 {
        let journal = open(directory.path(), 1);
        write(&journal.writer(0).unwrap(), [Entry::Admission(admitted(n))]);
    }
    std::fs::copy(
        directory.path().join("00000001-w00-00000001.log"),
        directory.path().join("00000001-w00-00000009.log"),
    )
    .unwrap();

    let mut timeline = timeline(directory.path()).unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = timeline.by_ref().partition(Result::is_ok);

    assert_eq!((good.len(), bad.len()), (2, 1));
    assert_eq!(timeline.condition().damage, []);
}
