//! Images that come in a request: what they are, read from their own bytes.
//!
//! In: the `url` of an image part. Out: format and size of a data URL's image, or OpenAI's refusal of what is not one.
//! Images elsewhere on the web are not downloaded: of those only the address is known.

use std::fmt;

use tollgate_tokens::images::Detail;

use super::{base64, refusal::Refusal};

/// Tokens of an image whose size is unknown are those of a square of this side, in pixels.
const SIDE_OF_UNKNOWN: u32 = 512;

/// Longest address that is repeated, in characters.
const ADDRESS: usize = 80;

/// An image of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Image {
    /// One that came along.
    Here {
        /// What it is.
        format: &'static str,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// One on the web.
    Elsewhere {
        /// Where, perhaps shortened.
        address: String,
    },
}

impl Image {
    /// The image that `url` stands for, or what is wrong with it at `param`.
    pub(super) fn of_url(url: &str, param: &str) -> Result<Self, Refusal> {
        let Some(rest) = url.strip_prefix("data:") else { return Self::elsewhere(url, param) };
        let encoded = rest.split_once(',').and_then(|(kind, data)| Some((kind.strip_suffix(";base64")?, data)));
        let Some((kind, data)) = encoded else {
            return Err(bad_data_url(param, "a data URL that is not base64-encoded"));
        };
        // Parameters such as a name may stand between type and encoding.
        let kind = kind.split(';').next().unwrap_or(kind);
        if !kind.is_empty() && !kind.starts_with("image/") {
            return Err(bad_data_url(param, &format!("unsupported MIME type '{kind}'")));
        }
        if data.trim().is_empty() {
            return Err(bad_data_url(param, "empty base64-encoded bytes"));
        }
        let bytes = base64::decode(data)
            .ok_or_else(|| Refusal::new("Invalid base64 image_url.").about(param).code("invalid_image_url"))?;
        sniffed(&bytes).ok_or_else(|| {
            Refusal::new(
                "You uploaded an unsupported image. Please make sure your image has of one the following formats: \
                 ['png', 'jpeg', 'gif', 'webp'].",
            )
            .code("invalid_image_format")
        })
    }

    fn elsewhere(url: &str, param: &str) -> Result<Self, Refusal> {
        let host = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
        if host.is_none_or(|(_, host)| host.is_empty() || host.starts_with('/')) {
            return Err(Refusal::new(format!(
                "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format."
            ))
            .about(param)
            .code("invalid_value"));
        }
        let mut address: String = url.chars().take(ADDRESS).collect();
        if address.len() < url.len() {
            address.push('…');
        }
        Ok(Self::Elsewhere { address })
    }

    /// What it costs.
    pub(super) fn tokens(&self, model: &str, detail: Detail) -> u32 {
        let (width, height) = match self {
            Self::Here { width, height, .. } => (*width, *height),
            Self::Elsewhere { .. } => (SIDE_OF_UNKNOWN, SIDE_OF_UNKNOWN),
        };
        tollgate_tokens::images::tokens(model, width, height, detail)
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here { format, width, height } => write!(f, "a {format} of {width} × {height} pixels"),
            Self::Elsewhere { address } => {
                write!(f, "the image at {address}, which the sandbox does not download")
            }
        }
    }
}

fn bad_data_url(param: &str, got: &str) -> Refusal {
    Refusal::new(format!(
        "Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type (e.g. \
         'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {got}."
    ))
    .about(param)
    .code("invalid_value")
}

/// What the bytes are, whatever they are called. Nothing if they are no image, or one without a size.
fn sniffed(bytes: &[u8]) -> Option<Image> {
    let (format, (width, height)) = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ("PNG", png(bytes)?),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ("GIF", gif(bytes)?),
        [0xff, 0xd8, ..] => ("JPEG", jpeg(&bytes[2..])?),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("WEBP", webp(bytes)?),
        _ => return None,
    };
    (width > 0 && height > 0).then_some(Image::Here { format, width, height })
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn told(url: &str) -> String {
        match Image::of_url(url, "url") {
            Ok(image) => image.to_string(),
            Err(refusal) => format!("{} [{}]", refusal.message, refusal.code.unwrap_or("null")),
        }
    }

    fn told_of_bytes(bytes: &[u8]) -> String {
        told(&format!("data:image/png;base64,{}", base64::encode(bytes)))
    }

    #[test]
    fn formats_and_sizes_are_read_from_the_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03";
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\x00";
        let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";

        assert_snapshot!(told_of_bytes(png), @"a PNG of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(b"GIF89a\x80\x02\xe0\x01"), @"a GIF of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(jpeg), @"a JPEG of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(lossy), @"a WEBP of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(lossless), @"a WEBP of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(extended), @"a WEBP of 640 × 480 pixels");
    }

    #[test]
    fn what_is_not_an_image_gets_openais_sentence() {
        assert_snapshot!(told("data:image/png;base64,iVBO!"), @"Invalid base64 image_url. [invalid_image_url]");
        assert_snapshot!(told_of_bytes(b"hello there"), @"You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']. [invalid_image_format]");
        assert_snapshot!(told_of_bytes(b"\x89PNG\r\n\x1a\n"), @"You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']. [invalid_image_format]");
        assert_snapshot!(told("data:image/png;base64,"), @"Invalid 'url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got empty base64-encoded bytes. [invalid_value]");
        assert_snapshot!(told("data:text/plain;base64,aGk="), @"Invalid 'url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type 'text/plain'. [invalid_value]");
        assert_snapshot!(told("picture.png"), @"Invalid 'url'. Expected a valid URL, but got a value with an invalid format. [invalid_value]");
        assert_snapshot!(told("https://example.com/a.png"), @"the image at https://example.com/a.png, which the sandbox does not download");
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(head in 0_usize..4, rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let heads: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8"];

            let _ = sniffed(&[heads[head], &rest].concat());
        }
    }
}
