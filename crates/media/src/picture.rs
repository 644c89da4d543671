//! What bytes are, whatever they are called.
//!
//! In: the bytes of a whole file. Out: a picture in one of the four formats that models read, or what the bytes are
//! instead.

use std::fmt::{self, Display, Formatter};

use memchr::memmem;

use crate::end::{self, End};
use crate::gif::{self, Part};
use crate::header;

/// A format that models read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// image/png
    Png,
    /// image/jpeg
    Jpeg,
    /// image/gif
    Gif,
    /// image/webp
    Webp,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// Whether a sender means this format by that media type. `image/jpg` is written often and understood everywhere.
    #[must_use]
    pub fn is_called(self, media_type: &str) -> bool {
        let called = |name: &str| media_type.eq_ignore_ascii_case(name);
        called(self.media_type()) || (self == Self::Jpeg && called("image/jpg"))
    }
}

impl Display for Format {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WEBP",
        })
    }
}

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether it has more than one frame.
    pub animated: bool,
    /// Whether the mark of its end is missing behind all of its pixels: most decoders do without.
    pub unmarked: bool,
}

/// Why bytes are not a picture that models read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPicture {
    /// There are none.
    #[error("empty")]
    Empty,
    /// A web page, which is what a login or a sharing link answers with.
    #[error("a web page (HTML)")]
    Page,
    /// A drawing as text.
    #[error("an SVG drawing, which is text and not pixels")]
    Drawing,
    /// Some other text.
    #[error("text")]
    Text,
    /// Another format.
    #[error("{0}")]
    Other(&'static str),
    /// Its first bytes are those of a picture, and its header ends before the size.
    #[error("the beginning of a {0} whose header is cut off or damaged")]
    Damaged(Format),
    /// Its header is in order, and its end is not there.
    #[error("a {format} that is cut off: {lacks}")]
    CutOff {
        /// What it is the beginning of.
        format: Format,
        /// What is missing.
        lacks: &'static str,
    },
    /// Nothing known.
    #[error("of no known format")]
    Unknown,
}

/// Reads a picture's header, and looks whether its end is there.
///
/// # Errors
/// The bytes are something else, or not whole.
pub fn read(bytes: &[u8]) -> Result<Picture, NotAPicture> {
    let format = header::format(bytes).ok_or_else(|| instead(bytes))?;
    let (width @ 1.., height @ 1..) = header::size(format, bytes).ok_or(NotAPicture::Damaged(format))? else {
        return Err(NotAPicture::Damaged(format));
    };
    let unmarked = match end::of(format, bytes) {
        End::There => false,
        End::Unmarked => true,
        End::Missing(lacks) => return Err(NotAPicture::CutOff { format, lacks }),
    };
    Ok(Picture { format, width, height, animated: is_animated(format, bytes), unmarked })
}

fn instead(bytes: &[u8]) -> NotAPicture {
    if bytes.is_empty() {
        return NotAPicture::Empty;
    }
    if let Some(kind) = infer::get(bytes)
        && !matches!(kind.mime_type(), "text/html" | "text/xml")
    {
        return NotAPicture::Other(kind.mime_type());
    }
    let head = &bytes[..bytes.len().min(1024)];
    if head.contains(&0) {
        return NotAPicture::Unknown;
    }
    let head = head.to_ascii_lowercase();
    let has = |what: &str| memmem::find(&head, what.as_bytes()).is_some();
    match () {
        () if has("<svg") => NotAPicture::Drawing,
        () if has("<html") || has("<!doctype html") => NotAPicture::Page,
        () if is_text(&head) => NotAPicture::Text,
        () => NotAPicture::Unknown,
    }
}

/// Whether it is UTF-8, but for a character that the end of what is looked at cuts in two.
fn is_text(head: &[u8]) -> bool {
    std::str::from_utf8(head).err().is_none_or(|error| error.error_len().is_none())
}

/// Whether there is a second frame, as far as the bytes that are there tell.
fn is_animated(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Jpeg => false,
        // The extended header's flags; the control chunk of animated PNG stands before the first pixels.
        Format::Webp => bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0),
        Format::Png => png_chunks(bytes).any(|kind| kind == b"acTL"),
        Format::Gif => gif::parts(bytes).filter(|part| *part == Part::Frame).nth(1).is_some(),
    }
}

/// The kinds of chunks before the first one of pixels.
fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (kind, _) = behind.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        // Length, kind and checksum are four bytes each.
        rest = rest.get(length.checked_add(12)?..).unwrap_or_default();
        (kind != b"IDAT").then_some(kind)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0";
    const IEND: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

    fn size(bytes: &[u8]) -> (Format, u32, u32, bool) {
        let picture = read(bytes).unwrap();
        (picture.format, picture.width, picture.height, picture.animated)
    }

    #[test]
    fn formats_and_sizes_are_read_from_the_bytes() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03aaaaaaaaa\xff\xd9";
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\x00";
        let moving = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x02\0\0\0\x7f\x02\0\xdf\x01\0";

        assert_eq!(size(&[PNG, IEND].concat()), (Format::Png, 640, 480, false));
        assert_eq!(size(b"GIF89a\x80\x02\xe0\x01\0\0\0\x3b"), (Format::Gif, 640, 480, false));
        assert_eq!(size(jpeg), (Format::Jpeg, 640, 480, false));
        assert_eq!(size(lossy), (Format::Webp, 640, 480, false));
        assert_eq!(size(lossless), (Format::Webp, 640, 480, false));
        assert_eq!(size(moving), (Format::Webp, 640, 480, true));
    }

    #[test]
    fn pictures_that_move_are_told_from_those_that_do_not() {
        let frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
        let still = [b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(), frame, b"\x3b"].concat();
        let moving = [b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(), frame, frame, b"\x3b"].concat();
        let apng = [PNG, b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0IDAT\0\0\0\0", IEND].concat();

        assert!(!read(&still).unwrap().animated && !read(&still).unwrap().unmarked);
        assert!(read(&still[..still.len() - 1]).unwrap().unmarked, "all of its pixels are there");
        assert!(read(&moving).unwrap().animated);
        assert!(read(&apng).unwrap().animated);
    }

    #[test]
    fn what_it_is_instead_is_told() {
        let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(told(b""), "empty");
        assert_eq!(told(b"<!DOCTYPE html><html><title>Sign in"), "a web page (HTML)");
        assert_eq!(
            told(b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\">"),
            "an SVG drawing, which is text and not pixels"
        );
        assert_eq!(told(b"{\"error\":\"not found\"}"), "text");
        assert_eq!(told(b"%PDF-1.7\n"), "application/pdf");
        assert_eq!(told(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "image/bmp");
        assert_eq!(told(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "image/heif");
        assert_eq!(told(b"\x89PNG\r\n\x1a\n"), "the beginning of a PNG whose header is cut off or damaged");
        assert_eq!(told(PNG), "a PNG that is cut off: the chunk IEND is missing");
        assert_eq!(told(b"GIF89a\x80\x02\xe0\x01\0\0\0"), "a GIF that is cut off: it has no frame");
        assert_eq!(told(b"\0\x01\x02\x03\x04\x05\x06"), "of no known format");
    }

    #[test]
    fn a_media_type_is_compared_as_people_write_it() {
        assert!(Format::Jpeg.is_called("image/JPG"));
        assert!(Format::Png.is_called("image/png"));
        assert!(!Format::Png.is_called("image/jpeg"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(head in 0_usize..5, rest in proptest::collection::vec(any::<u8>(), 0..120)) {
            let heads: [&[u8]; 5] = [PNG, b"GIF89a\x01\0\x01\0\x80", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8", b"\0\0\0\x18ftyp"];

            let _ = read(&[heads[head], &rest].concat());
        }
    }
}
