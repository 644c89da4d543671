//! Whether the end of a picture is there.
//!
//! In: the bytes of a whole file whose header is in order. Out: what is missing at its end. Files are cut off where an
//! upload broke off, or where a file was read while it was written; their headers look as good as ever. What follows the
//! end is nobody's concern: cameras put their own data there.

use crate::gif::{self, Part};
use crate::picture::Format;

/// The end of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is there.
    There,
    /// All pixels are there, and what marks the end is not.
    Unmarked,
    /// Something of it is missing: what, in words.
    Missing(&'static str),
}

/// How a picture ends.
pub(crate) fn of(format: Format, bytes: &[u8]) -> End {
    let (has_end, missing) = match format {
        Format::Png => (png(bytes), "the chunk IEND is missing"),
        Format::Jpeg => (jpeg(bytes), "the end marker FF D9 is missing"),
        Format::Gif => return gif(bytes),
        Format::Webp => (webp(bytes), "it has fewer bytes than its RIFF header says"),
    };
    if has_end { End::There } else { End::Missing(missing) }
}

/// Parts until the trailer. It may be missing behind a whole frame: an icon that Python ships is so, and is shown
/// everywhere.
fn gif(bytes: &[u8]) -> End {
    match gif::parts(bytes).last() {
        Some(Part::Trailer) => End::There,
        Some(Part::Frame) => End::Unmarked,
        Some(Part::CutOff) => End::Missing("a frame is not whole"),
        None => End::Missing("it has no frame"),
    }
}

/// Chunks, each of length, kind, content and checksum, until the last.
fn png(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let whole = (u32::from_be_bytes(*length) as usize).saturating_add(12);
        match rest.get(whole..) {
            Some(_) if behind.starts_with(b"IEND") => return true,
            Some(next) => rest = next,
            None => return false,
        }
    }
    false
}

/// Markers until the end's. A thumbnail in a segment has an end of its own, so segments are stepped over by their lengths;
/// within pixels a byte FF is followed by 00 or a restart marker. (ITU-T T.81, B.1.1.)
fn jpeg(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = memchr::memchr(0xff, rest) {
        rest = &rest[at + 1..];
        match rest.first() {
            // A filling byte: the marker is still to come.
            Some(0xff) | None => {}
            Some(0xd9) => return true,
            Some(0x00 | 0x01 | 0xd0..=0xd8) => rest = &rest[1..],
            Some(_) => {
                let length = rest.get(1..3).map_or(usize::MAX, |two| usize::from(two[0]) << 8 | usize::from(two[1]));
                rest = rest.get(length.saturating_add(1)..).unwrap_or_default();
            }
        }
    }
    false
}

/// The header counts what follows its first eight bytes. Decoders hold to it: libwebp calls less a truncated bitstream.
fn webp(bytes: &[u8]) -> bool {
    let said = bytes.get(4..8).map_or(usize::MAX, |four| four.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)));
    said.saturating_add(8) <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two segments, the first with a thumbnail in it, then pixels with a filled FF and a restart marker.
    const JPEG: &[u8] = b"\xff\xd8\xff\xe1\0\x08\xff\xd8ab\xff\xd9\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03\
        aaaaaaaaa\xff\xda\0\x02pix\xff\0els\xff\xd0more\xff\xff\xd9";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0CRC!\
        \0\0\0\x04IDATIENDCRC!\0\0\0\0IEND\xae\x42\x60\x82";
    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0\
        \x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x3b\x01\0\x3b";
    const WEBP: &[u8] = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";

    const ALL: [(Format, &[u8]); 4] =
        [(Format::Jpeg, JPEG), (Format::Png, PNG), (Format::Gif, GIF), (Format::Webp, WEBP)];

    #[test]
    fn a_picture_lacks_its_end_wherever_it_is_cut() {
        for (format, whole) in ALL {
            assert_eq!(of(format, whole), End::There, "{format}");
            for length in 0..whole.len() {
                let cut = of(format, &whole[..length]);
                // Behind a whole frame nothing but the mark is missing.
                let unmarked = format == Format::Gif && length + 1 == whole.len();
                assert!(
                    if unmarked { cut == End::Unmarked } else { matches!(cut, End::Missing(_)) },
                    "{format} of {length}"
                );
            }
        }
    }

    #[test]
    fn what_follows_the_end_and_zeros_between_the_parts_do_no_harm() {
        for (format, whole) in ALL {
            assert_eq!(of(format, &[whole, b"\0\0SEFT"].concat()), End::There, "{format}");
        }
        let padded = [&GIF[..GIF.len() - 1], b"\0\0\x3b"].concat();
        assert_eq!(of(Format::Gif, &padded), End::There);
    }
}
