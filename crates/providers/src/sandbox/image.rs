//! Images that come in a request: what they are, read from their own bytes.
//!
//! In: the `url` of an image part. Out: format and size of a data URL's image, or OpenAI's refusal of what is not one.
//! The sandbox itself has no network: of images elsewhere only the address is known, unless whoever asks has downloaded
//! them and put them in their addresses' place.

use std::fmt;

use tollgate_media::picture;
use tollgate_media::{DataUrl, DataUrlError, Format, Picture};
use tollgate_tokens::images::Detail;

use super::refusal::Refusal;

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
        format: Format,
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
        if !url.starts_with("data:") {
            return Self::elsewhere(url, param);
        }
        // A line break at its end is what commands leave.
        let data = DataUrl::read(url.trim_ascii_end())
            .map_err(|_| bad_data_url(param, "a data URL that is not base64-encoded"))?;
        let kind = data.media_type;
        if !kind.is_empty() && !kind.starts_with("image/") {
            return Err(bad_data_url(param, &format!("unsupported MIME type '{kind}'")));
        }
        let bytes = data.decode().map_err(|error| match error {
            DataUrlError::Empty => bad_data_url(param, "empty base64-encoded bytes"),
            _ => Refusal::new("Invalid base64 image_url.").about(param).code("invalid_image_url"),
        })?;
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

/// What the bytes are, whatever they are called. Nothing if they are not an image, or not a whole one.
fn sniffed(bytes: &[u8]) -> Option<Image> {
    let Picture { format, width, height, .. } = picture::read(bytes).ok()?;
    Some(Image::Here { format, width, height })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use insta::assert_snapshot;

    use super::*;

    fn told(url: &str) -> String {
        match Image::of_url(url, "url") {
            Ok(image) => image.to_string(),
            Err(refusal) => format!("{} [{}]", refusal.message, refusal.code.unwrap_or("null")),
        }
    }

    fn told_of_bytes(bytes: &[u8]) -> String {
        told(&format!("data:image/png;base64,{}", STANDARD.encode(bytes)))
    }

    #[test]
    fn formats_and_sizes_are_read_from_the_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0\
            \0\0\0\0IEND\xae\x42\x60\x82";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03aaaaaaaaa\xff\xd9";
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\x00";
        let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";

        assert_snapshot!(told_of_bytes(png), @"a PNG of 640 × 480 pixels");
        assert_snapshot!(told_of_bytes(b"GIF89a\x80\x02\xe0\x01\0\0\0\x3b"), @"a GIF of 640 × 480 pixels");
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
        assert_snapshot!(told_of_bytes(b"GIF89a\x80\x02\xe0\x01\0\0\0"), @"You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']. [invalid_image_format]");
        assert_snapshot!(told("data:image/png;base64,"), @"Invalid 'url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got empty base64-encoded bytes. [invalid_value]");
        assert_snapshot!(told("data:text/plain;base64,aGk="), @"Invalid 'url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type 'text/plain'. [invalid_value]");
        assert_snapshot!(told("picture.png"), @"Invalid 'url'. Expected a valid URL, but got a value with an invalid format. [invalid_value]");
        assert_snapshot!(told("https://example.com/a.png"), @"the image at https://example.com/a.png, which the sandbox does not download");
    }
}
