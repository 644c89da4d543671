//! The journal: no segment makes its reader panic, and only what was written behind a valid chain is ever an entry.
//!
//! Half of the inputs are a segment as it is; the other half are entries that this target frames itself, so that the
//! fuzzer gets past the checksums, and then one damage.

#![no_main]

use std::cell::LazyCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use tollgate_core::record::Entry;
use tollgate_store::journal::{End, SegmentId, SegmentReader, read_dir};

const ID: SegmentId = SegmentId { epoch: 1, worker: 0, sequence: 1 };
const HEADER: usize = 64;

thread_local! {
    static DIRECTORY: LazyCell<tempfile::TempDir> = const {
        LazyCell::new(|| {
            // In memory where there is such a place: this is about bytes, not about disks.
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory for one file")
        })
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[kind, a, b], rest)) = bytes.split_first_chunk() else { return };
    entry_reads_back(rest);
    if kind & 1 == 0 {
        read_all(rest);
        let mut headed = header();
        headed.extend_from_slice(rest);
        read_all(&headed);
        return;
    }
    let entries: Vec<&[u8]> = rest.split(|&b| b == 0xff).filter(|e| !e.is_empty() && e.len() < 8000).collect();
    let (mut segment, ends) = framed(&entries);
    let damage_at = (usize::from(a) << 8 | usize::from(b)) % segment.len();
    match kind >> 1 & 3 {
        0 => {}
        1 => segment.truncate(damage_at),
        2 => segment[damage_at] ^= 1 << (kind >> 3 & 7),
        _ => segment.extend_from_slice(rest),
    }
    let read = read_all(&segment);
    assert!(read.len() <= entries.len() || kind >> 1 & 3 == 3, "entries that nobody wrote");
    // What stands behind the damage is read as well, so entries may be missing in the middle.
    let mut written = entries.iter();
    for read in &read {
        assert!(kind >> 1 & 3 == 3 || written.any(|written| read == written), "an entry that nobody wrote there");
    }
    // Everything before the damage is read.
    let whole = match kind >> 1 & 3 {
        1 | 2 if damage_at < HEADER => 0,
        1 => ends.iter().filter(|&&end| end <= damage_at).count(),
        2 => ends.iter().filter(|&&end| end <= damage_at).count(),
        _ => entries.len(),
    };
    assert!(read.len() >= whole, "{} entries of {whole} were read", read.len());
});

/// An entry that decodes is written back as an entry that says the same.
fn entry_reads_back(bytes: &[u8]) {
    let Some(entry) = Entry::decode(bytes) else { return };
    let mut written = Vec::new();
    entry.encode(&mut written);
    let mut again = Vec::new();
    Entry::decode(&written).expect("what was encoded decodes").encode(&mut again);
    assert_eq!(again, written);
}

fn read_all(segment: &[u8]) -> Vec<Vec<u8>> {
    DIRECTORY.with(|directory| {
        let path = directory.path();
        fs::write(path.join(ID.file_name()), segment).expect("the file can be written");
        let mut entries = Vec::new();
        let Ok(mut all) = read_dir(path) else { return entries };
        let mut before = 0;
        for read in all.by_ref() {
            let Ok((place, bytes)) = read else { break };
            assert!(place.offset >= before && place.end > place.offset && place.end <= segment.len() as u64);
            before = place.end;
            // Reading on from here finds the same next entry.
            let resumed = SegmentReader::resume(path, ID, place.end).expect("the segment was just read");
            drop(resumed);
            let _ = Entry::decode(&bytes);
            entries.push(bytes);
        }
        for (_, end) in &all.condition().ends {
            let (End::Clean { offset } | End::Torn { offset }) = end;
            assert!(*offset <= segment.len() as u64);
        }
        entries
    })
}

fn header() -> Vec<u8> {
    let mut bytes = b"TOLLJRNL".to_vec();
    for number in [1, u32::from(ID.worker), ID.epoch, ID.sequence] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.resize(HEADER - 4, 0);
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// A segment with these entries, and where each ends.
fn framed(entries: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
    let mut segment = header();
    let mut chain = crc32fast::hash(&segment[..HEADER - 4]);
    let mut ends = Vec::new();
    for entry in entries {
        let start = segment.len();
        segment.extend_from_slice(&(entry.len() as u32).to_le_bytes());
        segment.extend_from_slice(entry);
        let mut sum = crc32fast::Hasher::new_with_initial(chain);
        sum.update(&segment[start..]);
        chain = sum.finalize();
        segment.extend_from_slice(&chain.to_le_bytes());
        ends.push(segment.len());
    }
    (segment, ends)
}
