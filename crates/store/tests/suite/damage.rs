//! A journal whose bytes were changed after they were written: told, and everything but the changed entries read.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tollgate_core::record::{Admission, Entry, RefusalCount};
use tollgate_store::journal::{Damage, Place, SegmentId, read_dir};

use crate::entries::{admitted, bytes, open, payloads, refused, settled, write, write_whole};

const FIRST: SegmentId = SegmentId { epoch: 1, worker: 0, sequence: 1 };

/// A closed journal with one segment of entries, and where they stand.
struct Written {
    directory: TempDir,
    whole: Vec<u8>,
    entries: Vec<(Place, Vec<u8>)>,
}

impl Written {
    fn new<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(directory.path(), 1);
        write(&journal.writer(0).unwrap(), entries);
        drop(journal);
        let whole = fs::read(directory.path().join(FIRST.file_name())).unwrap();
        let entries = read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
        Self { directory, whole, entries }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join(FIRST.file_name())
    }

    /// The segment with something else in it, read.
    fn read(&self, bytes: &[u8]) -> (Vec<(Place, Vec<u8>)>, Vec<Damage>) {
        fs::write(self.path(), bytes).unwrap();
        let mut entries = read_dir(self.directory.path()).unwrap();
        let found = entries.by_ref().map(Result::unwrap).collect();
        (found, entries.condition().damage.clone())
    }
}

fn some(n: u64) -> Vec<Entry<'static>> {
    (0..n).flat_map(|n| [Entry::Admission(admitted(n)), Entry::Settlement(settled(n))]).collect()
}

#[test]
fn a_flipped_byte_anywhere_costs_two_entries_at_most_and_is_told() {
    let written = Written::new(some(40));
    let count = written.entries.len();
    let last = &written.entries[count - 1].0;

    for at in (64..last.end as usize).step_by(13) {
        let mut damaged = written.whole.clone();
        damaged[at] ^= 0x15;
        let (found, damage) = written.read(&damaged);

        assert!(found.iter().all(|entry| written.entries.contains(entry)), "byte {at}");
        assert!(found.len() >= count - 2, "byte {at}: {} of {count}", found.len());
        let behind = written.entries.iter().filter(|(place, _)| place.offset > at as u64 + 8).count();
        match damage.as_slice() {
            [one] => assert!(one.segment == FIRST && one.bytes.contains(&(at as u64)), "byte {at}: {one:?}"),
            none => assert!(none.is_empty() && behind <= 1, "byte {at}: {none:?}, {behind} entries behind"),
        }
    }
}

#[test]
fn a_page_of_zeros_in_the_middle_is_damage_and_not_the_end() {
    let written = Written::new(some(60));
    let mut damaged = written.whole.clone();
    damaged[4096..8192].fill(0);

    let (found, damage) = written.read(&damaged);

    assert_eq!(damage.len(), 1);
    assert!(damage[0].bytes.start <= 4096 && damage[0].bytes.end >= 8192, "{damage:?}");
    let whole = |place: &Place| place.end <= damage[0].bytes.start || place.offset >= damage[0].bytes.end;
    assert_eq!(found, written.entries.iter().filter(|(place, _)| whole(place)).cloned().collect::<Vec<_>>());
    assert_eq!(found.last(), written.entries.last());
}

#[test]
fn a_damaged_header_is_told_and_costs_no_entry() {
    let written = Written::new(some(5));
    let mut damaged = written.whole.clone();
    damaged[9] ^= 1;

    let (found, damage) = written.read(&damaged);

    assert_eq!(found, written.entries);
    assert_eq!(damage, [Damage { segment: FIRST, bytes: 0..64 }]);
}

#[test]
fn a_cut_off_write_at_the_end_is_no_damage() {
    let written = Written::new(some(5));
    let end = written.entries[9].0.end as usize;

    let (found, damage) = written.read(&written.whole[..end - 3]);

    assert_eq!((found.len(), damage), (9, vec![]));
}

#[test]
fn a_cut_off_segment_is_damage_where_the_worker_went_on_behind_it() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), 1);
    let writer = journal.writer(0).unwrap();
    write_whole(&writer, 0..600);
    drop((writer, journal));
    let before = payloads(directory.path()).len();
    let path = directory.path().join(FIRST.file_name());
    let whole = fs::read(&path).unwrap();

    fs::write(&path, &whole[..30_000]).unwrap();
    let mut entries = read_dir(directory.path()).unwrap();
    let found = entries.by_ref().map(Result::unwrap).count();

    assert!(found < before);
    let [damage] = entries.condition().damage.as_slice() else { panic!("{:?}", entries.condition()) };
    assert_eq!((damage.segment, damage.bytes.end), (FIRST, 30_000));
}

/// Bytes that read as a frame behind four certain ones, all of them characters, so that they can stand in a text.
fn forged() -> String {
    const BEFORE: &[u8; 4] = b"aaaa";
    (0u64..)
        .find_map(|count| {
            let payload =
                bytes(&Entry::RefusalCount(RefusalCount { count: count & 0x7f, ..refused(count & 0x7f7f7f7f7f, 1) }));
            let mut frame = (payload.len() as u32).to_le_bytes().to_vec();
            frame.extend_from_slice(&payload);
            let mut hasher = crc32fast::Hasher::new_with_initial(u32::from_le_bytes(*BEFORE));
            hasher.update(&frame);
            frame.extend_from_slice(&hasher.finalize().to_le_bytes());
            frame.extend_from_slice(&[0; 32]);
            String::from_utf8([BEFORE.as_slice(), &frame].concat()).ok()
        })
        .unwrap()
}

#[test]
fn a_frame_in_a_text_that_a_caller_chose_is_never_an_entry() {
    let forged = forged();
    let mut entries = some(30);
    entries[10] = Entry::Admission(Admission { model_asked: &forged, ..admitted(5) });
    let written = Written::new(entries);
    let (place, holder) = &written.entries[10];
    assert!(holder.windows(forged.len()).any(|w| w == forged.as_bytes()));

    for at in place.offset..place.offset + 4 {
        let mut damaged = written.whole.clone();
        damaged[at as usize] ^= 0x40;
        let (found, damage) = written.read(&damaged);

        let expected: Vec<_> = written.entries.iter().filter(|(p, _)| p != place).cloned().collect();
        assert_eq!((found, damage.len()), (expected, 1), "byte {at}");
    }
}

#[test]
fn the_next_start_keeps_what_stands_behind_damage() {
    let written = Written::new(some(40));
    let mut damaged = written.whole.clone();
    damaged[1000] ^= 1;
    let (found, _) = written.read(&damaged);

    drop(open(written.directory.path(), 1));

    let of_first =
        |path: &Path| read_dir(path).unwrap().map(Result::unwrap).filter(|(p, _)| p.segment == FIRST).collect();
    let kept: Vec<_> = of_first(written.directory.path());
    assert_eq!(kept, found);
}
