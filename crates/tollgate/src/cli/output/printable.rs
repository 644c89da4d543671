//! What a server says, made fit for a terminal.
//!
//! In: texts of strangers. Out: the same with every character shown that would steer a terminal or turn the direction of
//! what stands around it: escape sequences, controls of either range, marks of direction, invisible ones.

use std::borrow::Cow;

/// The text with such characters as pictures or as their numbers; a line break stays.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && steers(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => shown.push('␡'),
            c if steers(c) => shown.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// JSON in which such characters stand as escapes, which mean the same to who reads it.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    // JSON itself has those below a space escaped already, and outside of strings there are none of the others.
    if !json.chars().any(steers) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match steers(c) {
            true => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_obeyed() {
        assert_eq!(printable("gpt\x1b[31m\x1b]0;pwn\x07"), "gpt␛[31m␛]0;pwn␇");
        assert_eq!(printable("a\u{9b}2Jb\u{202e}c\u{e0041}"), "a<U+009B>2Jb<U+202E>c<U+E0041>");
        assert_eq!(printable("naïve – 模型\nok"), "naïve – 模型\nok");
    }

    #[test]
    fn json_means_the_same_with_its_escapes() {
        let value = serde_json::json!({ "model": "a\u{1b}\u{9b}\u{202e}b\u{e0041}" });
        let plain = value.to_string();

        let json = escaped(&plain);

        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
