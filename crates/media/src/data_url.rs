//! data: URLs, and what people get wrong about them.
//!
//! In: the text of a URL that begins with `data:`. Out: its media type and its bytes, or the exact place where it is not
//! one. What several parsers take and others refuse (line breaks, the URL-safe alphabet, missing padding) is refused with
//! its reason: the provider decides by its own parser, and the caller can mend it either way.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding may be left out: most decoders do without. A length that cannot be is told apart.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A data: URL, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataUrl<'a> {
    /// What it says that it is; empty where it does not say.
    pub media_type: &'a str,
    /// In base64.
    encoded: &'a str,
}

/// What is wrong with a data: URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataUrlError {
    /// It does not begin with `data:`.
    #[error("it does not begin with data:")]
    NoScheme,
    /// Nothing separates its head from its content.
    #[error("no comma separates the media type from the content")]
    NoComma,
    /// It does not say that it is base64.
    #[error("`;base64` is missing in front of the comma")]
    NotBase64,
    /// The head stands twice.
    #[error("the prefix `data:…;base64,` stands twice")]
    Twice,
    /// Nothing behind the comma.
    #[error("nothing stands behind the comma")]
    Empty,
    /// Python's way of writing bytes.
    #[error("the base64 text stands in Python's b'…'")]
    Python,
    /// A line break or a space.
    #[error("the base64 text has {what} at byte {at}")]
    Space {
        /// Which.
        what: &'static str,
        /// Where, counted from the comma.
        at: usize,
    },
    /// The alphabet for URLs.
    #[error("the base64 text is of the URL-safe alphabet: {character:?} at byte {at}")]
    UrlSafe {
        /// Which.
        character: char,
        /// Where, counted from the comma.
        at: usize,
    },
    /// Percent-encoded.
    #[error("the base64 text is percent-encoded at byte {at}")]
    Percent {
        /// Where, counted from the comma.
        at: usize,
    },
    /// A character that base64 does not have.
    #[error("the base64 text has the character {character:?} at byte {at}")]
    Character {
        /// Which.
        character: char,
        /// Where, counted from the comma.
        at: usize,
    },
    /// It ends too early.
    #[error("the base64 text is cut off: {letters} letters are not a whole number of bytes")]
    CutOff {
        /// How many there are without padding.
        letters: usize,
    },
    /// Padding within, or too much of it.
    #[error("the padding (=) of the base64 text is wrong")]
    Padding,
}

impl<'a> DataUrl<'a> {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// It is not one in base64. Whether the base64 is right shows when it is decoded.
    pub fn read(url: &'a str) -> Result<Self, DataUrlError> {
        let scheme = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"));
        let rest = scheme.map(|_| &url[5..]).ok_or(DataUrlError::NoScheme)?;
        let (head, encoded) = rest.split_once(',').ok_or(DataUrlError::NoComma)?;
        let (head, last) = head.rsplit_once(';').unwrap_or(("", head));
        if !last.trim().eq_ignore_ascii_case("base64") {
            return Err(DataUrlError::NotBase64);
        }
        // Parameters such as a name may stand between type and encoding.
        let media_type = head.split(';').next().unwrap_or(head).trim();
        Ok(Self { media_type, encoded })
    }

    /// How many bytes it decodes to, about: exact but for wrong padding.
    #[must_use]
    pub fn decoded_len(&self) -> usize {
        self.encoded.trim_end_matches('=').len() / 4 * 3 + [0, 0, 1, 2][self.encoded.trim_end_matches('=').len() % 4]
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The text is not base64, and why.
    pub fn decode(&self) -> Result<Vec<u8>, DataUrlError> {
        if self.encoded.trim().is_empty() {
            return Err(DataUrlError::Empty);
        }
        // None at all is a habit, one too few or too many a mistake.
        let padding = self.encoded.len() - self.encoded.trim_end_matches('=').len();
        if padding > 0 && !self.encoded.len().is_multiple_of(4) {
            return Err(self.fault());
        }
        DECODER.decode(self.encoded).map_err(|_| self.fault())
    }

    /// Why it does not decode, by what people do.
    fn fault(&self) -> DataUrlError {
        if self.encoded.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            return DataUrlError::Twice;
        }
        if self.encoded.starts_with("b'") || self.encoded.starts_with("b\"") {
            return DataUrlError::Python;
        }
        let letters = self.encoded.trim_end_matches('=');
        match letters.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))) {
            None if letters.len() % 4 == 1 => DataUrlError::CutOff { letters: letters.len() },
            None | Some((_, '=')) => DataUrlError::Padding,
            Some((at, '\n' | '\r')) => DataUrlError::Space { what: "a line break", at },
            Some((at, character)) if character.is_whitespace() => DataUrlError::Space { what: "a space", at },
            Some((at, character @ ('-' | '_'))) => DataUrlError::UrlSafe { character, at },
            Some((at, '%')) => DataUrlError::Percent { at },
            Some((at, character)) => DataUrlError::Character { character, at },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(url: &str) -> Result<Vec<u8>, DataUrlError> {
        DataUrl::read(url)?.decode()
    }

    #[test]
    fn media_type_and_bytes_are_read() {
        let url = DataUrl::read("data:image/png;name=a.png;base64,aGVsbG8=").unwrap();
        assert_eq!((url.media_type, url.decoded_len()), ("image/png", 5));
        assert_eq!(url.decode().unwrap(), b"hello");
        assert_eq!(decoded("DATA:;BASE64,aGVsbG8").unwrap(), b"hello");
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        let error = |url| decoded(url).unwrap_err();
        assert_eq!(error("image/png;base64,aGVsbG8="), DataUrlError::NoScheme);
        assert_eq!(error("data:image/png;base64aGVsbG8="), DataUrlError::NoComma);
        assert_eq!(error("data:image/png,aGVsbG8="), DataUrlError::NotBase64);
        assert_eq!(error("data:image/png;base64,"), DataUrlError::Empty);
        assert_eq!(error("data:image/png;base64,data:image/png;base64,aGVsbG8="), DataUrlError::Twice);
        assert_eq!(error("data:image/png;base64,b'aGVsbG8='"), DataUrlError::Python);
        assert_eq!(error("data:image/png;base64,aGVs\nbG8="), DataUrlError::Space { what: "a line break", at: 4 });
        assert_eq!(error("data:image/png;base64,aGVs bG8="), DataUrlError::Space { what: "a space", at: 4 });
        assert_eq!(error("data:image/png;base64,aG-s_G8="), DataUrlError::UrlSafe { character: '-', at: 2 });
        assert_eq!(error("data:image/png;base64,aGVsbG8%3D"), DataUrlError::Percent { at: 7 });
        assert_eq!(error("data:image/png;base64,aGV…"), DataUrlError::Character { character: '…', at: 3 });
        assert_eq!(error("data:image/png;base64,aGVsb"), DataUrlError::CutOff { letters: 5 });
        for padding in ["aGVs=bG8", "aGVsbA=", "aGVsbG8==", "aGVsbG8h="] {
            let url = format!("data:image/png;base64,{padding}");
            assert_eq!(decoded(&url), Err(DataUrlError::Padding), "{padding}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,200}") {
            let _ = decoded(&text);
            let _ = decoded(&format!("data:image/png;base64,{text}"));
        }

        #[test]
        fn what_is_encoded_comes_back(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let url = format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(&bytes));

            prop_assert_eq!(DataUrl::read(&url).unwrap().decoded_len(), bytes.len());
            prop_assert_eq!(decoded(&url).unwrap(), bytes);
        }
    }
}
