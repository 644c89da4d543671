//! What stands behind a place of a segment that does not read as an entry: nothing, or good entries.
//!
//! In: a reader at its end. Out: whether it can go on further behind. A frame is checked under the checksum before it,
//! which stands in the file, so that an entry can be told from other bytes wherever it begins.
//!
//! A byte that looks like a frame is not trusted for that alone: callers choose some of the texts in entries, and a
//! checksum is no secret. Frames in a text end inside the entry that holds it. So only a run counts that is longer than
//! any entry, or that ends where the segment does.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::format::{self, FRAME_MAX, Frame, HEADER_BYTES, SegmentId};
use super::reader::{End, ReadError, SegmentReader};

/// Bytes looked through at once.
const WINDOW: usize = 1 << 18;
/// Bytes of the checksum before a frame.
const BEFORE: usize = 4;

impl SegmentReader {
    /// To be called at the end: if good entries stand further behind, the next one read is the first of these, and the
    /// bytes between are returned, for they are damaged. An empty range says that nothing was wrong: the segment is
    /// being written, and what looked torn has become whole meanwhile.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn skip_damage(&mut self) -> Result<Option<Range<u64>>, ReadError> {
        let Some(End::Clean { offset } | End::Torn { offset }) = self.end else { return Ok(None) };
        let from = offset.max(HEADER_BYTES);
        // Behind a damaged header stands the first frame, which may be whole.
        let start = if offset == 0 { from } else { from + 1 };
        let Some(found) = self.find(start)? else { return Ok(None) };
        // Asked only now: whatever was found behind has been written after this.
        if offset > 0 && self.has_entry()? {
            return Ok(Some(from..from));
        }
        self.go_to(found)?;
        Ok(Some(offset..found))
    }

    /// Whether something stands behind the end that is not nothing, a write that was cut off or damage.
    pub(super) fn is_torn(&mut self) -> Result<bool, ReadError> {
        match self.end {
            Some(End::Clean { offset }) => Ok(!self.only_zeros_from(offset)?),
            Some(End::Torn { .. }) => Ok(true),
            None => Ok(false),
        }
    }

    /// Where the first frame at or behind `at` stands that can be trusted.
    fn find(&mut self, mut at: u64) -> Result<Option<u64>, ReadError> {
        let mut window = vec![0; WINDOW];
        loop {
            let filled = self.read_at(&mut window, at - BEFORE as u64)?;
            // Elsewhere a frame might go beyond the window; it is looked at again in the next one.
            let whole = if filled < WINDOW { filled } else { filled - FRAME_MAX };
            let mut next = BEFORE;
            while let Some(candidate) = candidate(&window[..whole], next) {
                let chain = number_at(&window, candidate - BEFORE);
                let place = at + (candidate - BEFORE) as u64;
                let frame = format::read_frame(&window[candidate..filled], chain);
                if matches!(frame, Frame::Entry { .. }) && self.is_trusted(place)? {
                    return Ok(Some(place));
                }
                next = candidate + 1;
            }
            if filled < WINDOW {
                return Ok(None);
            }
            at += (whole - BEFORE) as u64;
        }
    }

    /// Whether the frames from `place` on are what a writer wrote there: see the head of this file.
    fn is_trusted(&mut self, place: u64) -> Result<bool, ReadError> {
        let mut bytes = vec![0; BEFORE + 3 * FRAME_MAX];
        let filled = self.read_at(&mut bytes, place - BEFORE as u64)?;
        let (mut at, mut chain) = (BEFORE, number_at(&bytes, 0));
        while at - BEFORE <= FRAME_MAX {
            match format::read_frame(&bytes[at..filled], chain) {
                Frame::Entry { size, chain: next } => (at, chain) = (at + size, next),
                Frame::End => return self.only_zeros_from(place + (at - BEFORE) as u64),
                Frame::Torn => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Bytes of a segment behind `from` that something was written to; 0 where it cannot be read. It costs a few reads.
#[must_use]
pub fn written_behind(directory: &Path, segment: SegmentId, from: u64) -> u64 {
    let Ok(file) = File::open(directory.join(segment.file_name())) else { return 0 };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut block = [0; FRAME_MAX];
    let blocks = length.saturating_sub(from).div_ceil(FRAME_MAX as u64);
    let mut last_byte = |block_number: u64| {
        let read = file.read_at(&mut block, from + block_number * FRAME_MAX as u64).unwrap_or(0);
        block[..read].iter().rposition(|&b| b != 0)
    };
    // Writes come one behind the other, and no entry holds so many zeros: the first block of zeros is the end.
    let (mut some, mut none, mut bytes) = (0, blocks, 0);
    while some < none {
        let middle = some + (none - some) / 2;
        match last_byte(middle) {
            Some(last) => {
                some = middle + 1;
                bytes = middle * FRAME_MAX as u64 + last as u64 + 1;
            }
            None => none = middle,
        }
    }
    bytes
}

/// The first position from `from` on at which a frame's length may stand: small, and not zero.
fn candidate(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        // Most of a segment's end is zeros; of a length, the first or the second byte is none.
        let nonzero = at + bytes.get(at..)?.iter().position(|&b| b != 0)?;
        at = nonzero.saturating_sub(1).max(at);
        match bytes.get(at..at + 4)? {
            [_, _, 0, 0] => return Some(at),
            _ => at += 1,
        }
    }
}

fn number_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
