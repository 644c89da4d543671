//! Reads a provider's body as a tree, however long it is.
//!
//! In: a body. Out: its tree; of a long one with every text cut and what comes late left out. Servers that repeat what they
//! refuse (FastAPI, images in base64) answer with hundreds of kilobytes, and say what is wrong beside it. One pass over
//! the bytes; a body that breaks off is closed where it does.

use std::borrow::Cow;

use serde_json::Value;

/// A shorter body is read as it is.
const LONG_BYTES: usize = 32 * 1024;
/// Of a text in a long body, what is kept.
const TEXT_MAX_BYTES: usize = 4 * 1024;
/// Of a long body, what is kept in all.
const KEPT_MAX_BYTES: usize = 32 * 1024;
/// Objects and lists inside of each other that are read.
const DEPTH_MAX: usize = 100;

/// `body` as a tree; `None` where it is not JSON.
#[must_use]
pub fn tree(body: &[u8]) -> Option<Value> {
    match body.len() < LONG_BYTES {
        true => serde_json::from_slice(body).ok(),
        false => serde_json::from_slice(&shortened(body, TEXT_MAX_BYTES)).ok(),
    }
}

/// `body`, or of a long one what is said in it, with every text cut to `text_max_bytes`.
pub(crate) fn excerpt(body: &[u8], text_max_bytes: usize) -> Cow<'_, [u8]> {
    match body.len() < LONG_BYTES || !matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
        true => Cow::Borrowed(body),
        false => Cow::Owned(shortened(body, text_max_bytes)),
    }
}

/// JSON with its texts cut and its end left out. What is not JSON does not become it.
fn shortened(body: &[u8], text_max_bytes: usize) -> Vec<u8> {
    let mut short = Short::default();
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        if short.kept.len() >= KEPT_MAX_BYTES {
            break;
        }
        at = match byte {
            b'"' => short.text(body, at, text_max_bytes),
            b'{' | b'[' if short.open.len() >= DEPTH_MAX => break,
            b'{' | b'[' => {
                short.open.push(if *byte == b'{' { b'}' } else { b']' });
                short.byte(*byte);
                short.is_sound();
                at + 1
            }
            b'}' | b']' => {
                short.open.pop();
                short.byte(*byte);
                short.is_sound();
                at + 1
            }
            b',' => {
                short.is_sound();
                short.byte(*byte);
                at + 1
            }
            _ => {
                short.byte(*byte);
                at + 1
            }
        };
    }
    short.closed(at == body.len())
}

#[derive(Default)]
struct Short {
    kept: Vec<u8>,
    /// What closes the objects and lists that are open.
    open: Vec<u8>,
    /// How much of both can be closed to a whole.
    sound: (usize, usize),
}

impl Short {
    fn byte(&mut self, byte: u8) {
        self.kept.push(byte);
    }

    fn is_sound(&mut self) {
        self.sound = (self.kept.len(), self.open.len());
    }

    /// Keeps the beginning of the text at `start`; the position behind it.
    fn text(&mut self, body: &[u8], start: usize, most: usize) -> usize {
        let is_value = self.open.last() == Some(&b']') || self.kept.trim_ascii_end().last() == Some(&b':');
        let inside = start + 1;
        let end = end_of_text(body, inside);
        let text = &body[inside..end.unwrap_or(body.len())];
        let whole = end.is_some() && text.len() <= most;
        let kept = if whole { text } else { &text[..whole_units(text, most)] };
        self.byte(b'"');
        self.kept.extend_from_slice(kept);
        self.byte(b'"');
        if is_value {
            self.is_sound();
        }
        end.map_or(body.len(), |end| end + 1)
    }

    fn closed(mut self, to_the_end: bool) -> Vec<u8> {
        if !to_the_end || !self.open.is_empty() {
            self.kept.truncate(self.sound.0);
            self.open.truncate(self.sound.1);
        }
        self.kept.extend(self.open.iter().rev());
        self.kept
    }
}

/// The position of the quotation mark that ends a text.
fn end_of_text(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', body.get(at..)?)?;
        if body[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The most bytes of a text, up to `most`, that cut no character and no escape.
fn whole_units(text: &[u8], most: usize) -> usize {
    let most = most.min(text.len());
    let mut at = 0;
    while at < most {
        let rest = &text[at..];
        let unit = match rest {
            // The first half of a pair is nothing by itself.
            [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', ..] => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            [lead, ..] => match lead {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            },
            [] => 1,
        };
        if at + unit > most {
            break;
        }
        at += unit;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_beside_a_long_echo_is_read() {
        let echo = "A".repeat(300_000);
        let body = json!({ "detail": [{ "type": "missing", "input": { "x": echo }, "msg": "Field required" }] });

        let tree = tree(body.to_string().as_bytes()).unwrap();

        assert_eq!(tree["detail"][0]["msg"], "Field required");
        assert_eq!(tree["detail"][0]["input"]["x"].as_str().unwrap().len(), TEXT_MAX_BYTES);
    }

    #[test]
    fn a_body_that_breaks_off_is_closed_where_it_does() {
        let whole = json!({ "error": { "code": "context_length_exceeded", "message": "é\u{1f600}".repeat(50_000) } })
            .to_string();
        for cut in (LONG_BYTES..LONG_BYTES + 40).chain([whole.len() - 3, whole.len() - 2]) {
            let tree = tree(&whole.as_bytes()[..cut]).unwrap();

            assert_eq!(tree["error"]["code"], "context_length_exceeded", "{cut}");
            assert!(tree["error"]["message"].as_str().unwrap().starts_with("é\u{1f600}é"));
        }
    }

    #[test]
    fn what_comes_late_is_left_out() {
        let many: Vec<_> = (0..20_000).map(|n| json!({ "n": n, "s": "\\u00e9\"" })).collect();
        let body = json!({ "message": "m", "numbers": many }).to_string();

        let short = shortened(body.as_bytes(), TEXT_MAX_BYTES);

        assert!(short.len() < KEPT_MAX_BYTES + 200, "{}", short.len());
        assert_eq!(tree(body.as_bytes()).unwrap()["message"], "m");
        assert_eq!(tree("[".repeat(100_000).as_bytes()).map(|tree| tree.is_array()), Some(true));
        assert_eq!(tree("x".repeat(100_000).as_bytes()), None);
    }

    proptest! {
        #[test]
        fn whatever_is_cut_off_json_stays_json(text in r#"[ -~é😀\\\\"\n]{0,40}"#, at in 0usize..400) {
            let body = json!([{ "a": text, "b": [1, 2.5, null, true, { "c": text }] }, text, "\u{10ffff}"]).to_string();
            let cut = &body.as_bytes()[..at.min(body.len())];

            let short = shortened(cut, 16);

            prop_assert!(short.is_empty() || serde_json::from_slice::<Value>(&short).is_ok(), "{}", String::from_utf8_lossy(&short));
        }

        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'u'), any::<u8>()], 0..300)) {
            let _ = shortened(&body, 16);
        }
    }
}
