//! What a GIF is made of, part by part.
//!
//! In: the bytes of a file. Out: its frames and its end, in their order. (GIF89a specification, 1990, sections 17 to 27.)

/// A part that somebody asks for. Extensions are stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// One that begins.
    Frame,
    /// The end.
    Trailer,
    /// The file ends within the part before.
    CutOff,
}

/// The parts behind the header. After the trailer, or where the file is cut off, there are no more.
pub(crate) fn parts(bytes: &[u8]) -> impl Iterator<Item = Part> {
    let mut next = Some(bytes.get(10).map_or(usize::MAX, |flags| 13 + colours(*flags)));
    std::iter::from_fn(move || {
        loop {
            let at = next.filter(|at| *at != bytes.len())?;
            match bytes.get(at) {
                None => {
                    next = None;
                    return Some(Part::CutOff);
                }
                // Its label, then blocks.
                Some(0x21) => next = Some(behind_blocks(bytes, at + 2)),
                // Nine bytes, perhaps colours of its own, the width of its codes, then blocks.
                Some(0x2c) => {
                    let own = bytes.get(at + 9).map_or(0, |flags| colours(*flags));
                    next = Some(behind_blocks(bytes, at + 11 + own));
                    return Some(Part::Frame);
                }
                Some(0x3b) => {
                    next = None;
                    return Some(Part::Trailer);
                }
                // Writers have left zeros between the parts; decoders step over them.
                Some(_) => next = Some(at + 1),
            }
        }
    })
}

/// How long the table of colours is that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Blocks, each behind its length, until an empty one.
fn behind_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(length @ 1..) = bytes.get(at) {
        at += 1 + usize::from(*length);
    }
    at + 1
}
