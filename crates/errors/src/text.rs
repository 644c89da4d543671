//! Makes text of unknown origin fit to be told: no control characters, no secrets, bounded.
//!
//! In: anything a caller, a provider or the operating system supplied. Out: a short line of clean text.

use crate::mask::mask;

/// What is looked at of any text: more than is ever shown, so that a secret is seen whole before the text is cut.
const LOOKED_AT_BYTES: usize = 8 * 1024;

/// `text` in one line, secrets masked, of at most `max_bytes` bytes, with an ellipsis where it was cut.
///
/// The order matters. Characters are dropped before secrets are looked for, or `sk-<NUL>…` would be put together
/// again afterwards; the cut comes last, or the rest of a secret would no longer look like one.
pub(crate) fn clean(text: &str, max_bytes: usize) -> String {
    let looked_at = &text[..text.floor_char_boundary(LOOKED_AT_BYTES)];
    let visible: String = looked_at.chars().filter_map(visible).collect();
    cut(mask(&visible), max_bytes)
}

/// `text` of at most `max_bytes` bytes, with an ellipsis where it was cut and one fits.
pub(crate) fn cut(mut text: String, max_bytes: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= max_bytes {
        return text;
    }
    let room = max_bytes.saturating_sub(ELLIPSIS.len());
    text.truncate(text.floor_char_boundary(room));
    if max_bytes >= ELLIPSIS.len() {
        text.push_str(ELLIPSIS);
    }
    text
}

/// Line breaks become blanks; other control characters and the invisible ones that reorder or split a line are
/// dropped (zero width: U+200B to U+200F, U+2060 to U+2064, U+FEFF; direction: U+202A to U+202E, U+2066 to U+2069).
fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_split_by_an_invisible_character_is_still_masked() {
        let clean = clean("got sk-\u{0}proj\u{200B}ABCDEFGHIJKLMNOPQRSTUVWX end", 256);

        assert!(!clean.contains("EFGHIJ"), "{clean}");
        assert!(clean.ends_with(" end"));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let clean = clean(&"é".repeat(500), 255);

        assert!(clean.len() <= 255);
        assert!(clean.ends_with("é…"));
    }
}
