//! How a segment looks on disk: its name, its header, and the frames around its entries.
//!
//! In: ids and payloads. Out: bytes, and back. It opens no file.
//!
//! ```text
//! segment   header (64 bytes), frames, zeros up to the preallocated size
//! header    magic (8), version u32, worker u32, epoch u32, sequence u32, zeros (36), CRC-32 of all before
//! frame     payload length u32, payload, CRC-32
//! ```
//!
//! All numbers are little-endian. A frame's CRC-32 goes over its length and payload and **continues from the CRC
//! before it** (the header's, for the first frame). So a frame counts only behind the very frames it was written
//! behind: what an earlier, longer write or a reused disk block left behind never reads as an entry. It stands at the
//! end of the frame so that a reader that resumes at an offset finds the CRC to continue from in the four bytes before.

use std::fmt;

use crc32fast::Hasher;

/// Bytes before the first frame.
pub(super) const HEADER_BYTES: u64 = 64;
/// Bytes that a frame adds to its payload.
pub(super) const FRAME_BYTES: usize = 8;
/// No frame is larger. The largest today is a refusal with full evidence and full identity, 4,659 bytes.
pub(super) const FRAME_MAX: usize = 8192;
/// Room that an admission sets aside for its settlement; the largest settlement without identity takes 3,613 bytes.
pub(super) const SETTLEMENT_ROOM: u64 = 4096;

const MAGIC: [u8; 8] = *b"TOLLJRNL";
const VERSION: u32 = 1;
const HEADER: usize = HEADER_BYTES as usize;

/// Names one segment. Segments sort in the order they were written: by epoch, within it by worker and sequence.
/// Entries of one request are all in segments of one epoch and one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    /// Which start of the process, from 1; never used twice in one directory.
    pub epoch: u32,
    /// Which serving worker, from 0.
    pub worker: u16,
    /// Which segment of this worker, from 1; numbers may be missing.
    pub sequence: u32,
}

impl SegmentId {
    /// Its file's name, for example `00000007-w03-00000012.log`. `Display` shows the same.
    #[must_use]
    pub fn file_name(self) -> String {
        self.to_string()
    }

    /// The segment that a file name means; `None` where it is not exactly the name of one.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".log")?.splitn(3, '-');
        let epoch = parts.next()?.parse().ok()?;
        let worker = parts.next()?.strip_prefix('w')?.parse().ok()?;
        let sequence = parts.next()?.parse().ok()?;
        let id = Self { epoch, worker, sequence };
        (id.file_name() == name).then_some(id)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}-w{:02}-{:08}.log", self.epoch, self.worker, self.sequence)
    }
}

/// What the first bytes of a file say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A segment; frames continue from `chain`.
    Segment { id: SegmentId, chain: u32 },
    /// Zeros: preallocated, nothing written yet.
    Blank,
    /// A segment of another version of the format.
    Version(u32),
    /// Cut off or damaged.
    Damaged,
}

/// The header of a segment, its last four bytes the CRC from which the first frame continues.
pub(super) fn header(id: SegmentId) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&u32::from(id.worker).to_le_bytes());
    bytes[16..20].copy_from_slice(&id.epoch.to_le_bytes());
    bytes[20..24].copy_from_slice(&id.sequence.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..HEADER - 4]);
    bytes[HEADER - 4..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads what [`header`] wrote; `bytes` may be shorter.
pub(super) fn read_header(bytes: &[u8]) -> Header {
    let Some(bytes) = bytes.first_chunk::<HEADER>() else {
        return if bytes.iter().all(|&b| b == 0) { Header::Blank } else { Header::Damaged };
    };
    if bytes.iter().all(|&b| b == 0) {
        return Header::Blank;
    }
    let chain = u32_at(bytes, HEADER - 4);
    if bytes[..8] != MAGIC || crc32fast::hash(&bytes[..HEADER - 4]) != chain {
        return Header::Damaged;
    }
    match (u32_at(bytes, 8), u16::try_from(u32_at(bytes, 12))) {
        (VERSION, Ok(worker)) => {
            let id = SegmentId { epoch: u32_at(bytes, 16), worker, sequence: u32_at(bytes, 20) };
            Header::Segment { id, chain }
        }
        (VERSION, Err(_)) => Header::Damaged,
        (other, _) => Header::Version(other),
    }
}

/// Appends a frame to `group`, its payload written by `encode`, its CRC left open for [`seal`]. Returns the frame's
/// size in bytes.
pub(super) fn push_frame(group: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = group.len();
    group.extend_from_slice(&[0; 4]);
    encode(group);
    let payload = group.len() - start - 4;
    group[start..start + 4].copy_from_slice(&(payload as u32).to_le_bytes());
    group.extend_from_slice(&[0; 4]);
    payload + FRAME_BYTES
}

/// Size in bytes of the frame at the start of `bytes`, which [`push_frame`] wrote.
pub(super) fn frame_size(bytes: &[u8]) -> usize {
    u32_at(bytes, 0) as usize + FRAME_BYTES
}

/// Fills in the CRC of exactly one frame, continuing from `chain`. Returns the CRC for the next one.
pub(super) fn seal(frame: &mut [u8], chain: u32) -> u32 {
    let (body, crc) = frame.split_at_mut(frame.len() - 4);
    let sum = checksum(body, chain);
    crc.copy_from_slice(&sum.to_le_bytes());
    sum
}

/// What stands at some offset of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// An entry of `size` bytes with its frame; the next continues from `chain`.
    Entry { size: usize, chain: u32 },
    /// Zeros, or nothing: all that was written has been read.
    End,
    /// Neither an entry nor the end, or an entry that goes beyond these bytes.
    Torn,
}

/// Reads the frame at the start of `bytes`, which hold at least [`FRAME_MAX`] bytes or all to the end of the file.
pub(super) fn read_frame(bytes: &[u8], chain: u32) -> Frame {
    let Some(length) = bytes.first_chunk::<4>() else {
        return if bytes.iter().all(|&b| b == 0) { Frame::End } else { Frame::Torn };
    };
    let payload = u32::from_le_bytes(*length) as usize;
    if payload == 0 {
        // A damaged length may be zero as well, but no payload begins with this many zeros.
        let behind = &bytes[..bytes.len().min(FRAME_BYTES + 8)];
        return if behind.iter().all(|&b| b == 0) { Frame::End } else { Frame::Torn };
    }
    if payload > FRAME_MAX - FRAME_BYTES || bytes.len() < payload + FRAME_BYTES {
        return Frame::Torn;
    }
    let crc = u32_at(bytes, 4 + payload);
    if checksum(&bytes[..4 + payload], chain) == crc {
        Frame::Entry { size: payload + FRAME_BYTES, chain: crc }
    } else {
        Frame::Torn
    }
}

fn checksum(body: &[u8], chain: u32) -> u32 {
    let mut hasher = Hasher::new_with_initial(chain);
    hasher.update(body);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_read_back(a in any::<(u32, u16, u32)>(), b in (0..99u32, 0..99u16, 0..99u32)) {
            let id = |(epoch, worker, sequence)| SegmentId { epoch, worker, sequence };

            prop_assert_eq!(SegmentId::from_file_name(&id(a).file_name()), Some(id(a)));
            prop_assert_eq!(SegmentId::from_file_name(&id(b).file_name()), Some(id(b)));
        }

        #[test]
        fn a_header_with_any_bit_turned_is_damaged(bit in 0..HEADER * 8) {
            let id = SegmentId { epoch: 7, worker: 3, sequence: 12 };
            let mut bytes = header(id);
            let chain = u32_at(&bytes, HEADER - 4);
            prop_assert_eq!(read_header(&bytes), Header::Segment { id, chain });

            bytes[bit / 8] ^= 1 << (bit % 8);

            prop_assert_eq!(read_header(&bytes), Header::Damaged);
        }
    }

    #[test]
    fn other_names_are_not_segments() {
        for name in ["7-w3-12.log", "00000007-w03-00000012.lock", "00000007.log", "+0000007-w03-00000012.log", ""] {
            assert_eq!(SegmentId::from_file_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_frame_counts_only_behind_the_frames_it_was_written_behind() {
        let mut group = Vec::new();
        let first = push_frame(&mut group, |out| out.extend_from_slice(b"first"));
        push_frame(&mut group, |out| out.extend_from_slice(b"other"));
        let chain = seal(&mut group[..first], 1);
        seal(&mut group[first..], chain);
        assert!(matches!(read_frame(&group[first..], chain), Frame::Entry { .. }));

        let mut again = Vec::new();
        push_frame(&mut again, |out| out.extend_from_slice(b"FIRST"));
        let chain = seal(&mut again, 1);

        assert_eq!(read_frame(&group[first..], chain), Frame::Torn);
    }
}
