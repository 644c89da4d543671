//! Sizes in pixels, read from the headers of the four formats that models read.
//!
//! In: the bytes of a file, or its beginning. Out: width and height, as far as the header is whole.

use crate::picture::Format;

/// Which format the first bytes are those of.
pub(crate) fn format(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
        _ => None,
    }
}

/// Width and height, where the header has them.
pub(crate) fn size(format: Format, bytes: &[u8]) -> Option<(u32, u32)> {
    match format {
        Format::Png => png(bytes),
        Format::Gif => gif(bytes),
        Format::Jpeg => jpeg(bytes.get(2..)?),
        Format::Webp => webp(bytes),
    }
}

fn big(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The first chunk is the header: length, `IHDR`, width, height.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24)?.strip_prefix(b"IHDR")?;
    Some((big(&header[..4]), big(&header[4..])))
}

fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let screen = bytes.get(6..10)?;
    Some((little(&screen[..2]), little(&screen[2..])))
}

/// Segments, each behind its marker and its length, until the frame's.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        rest = rest.strip_prefix(&[0xff])?;
        let (marker, behind) = rest.split_first()?;
        match marker {
            // A filling byte: the marker is still to come.
            0xff => {}
            // Markers that stand alone.
            0x01 | 0xd0..=0xd7 => rest = behind,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let frame = behind.get(3..7)?;
                return Some((big(&frame[2..]), big(&frame[..2])));
            }
            0xd8..=0xda => return None,
            _ => rest = behind.get(big(behind.get(..2)?) as usize..)?,
        }
    }
}

/// Lossy, lossless and extended files have their size in three places.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let at = |from: usize, to: usize| bytes.get(from..to).map(little);
    match bytes.get(12..16)? {
        b"VP8 " => Some((at(26, 28)? & 0x3fff, at(28, 30)? & 0x3fff)),
        b"VP8L" => {
            let bits = at(21, 25)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((at(24, 27)? + 1, at(27, 30)? + 1)),
        _ => None,
    }
}
