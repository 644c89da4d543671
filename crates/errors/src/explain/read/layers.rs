//! Peels a text: objects are taken out and read, texts inside them peeled in turn, the rest read line by line.
//!
//! In: a text and how deep it stood. Out: notes. A text in an object is peeled up to [`DEPTH_MAX`] times, and
//! all that is decoded together is bounded.

use super::escapes::unescaped;
use super::lines::{Level, Line, lines};
use super::notes::Notes;
use super::object::object_at;
use super::{members, page, prose};
use crate::explain::case::Standing;

/// Wrappers around wrappers that are opened.
const DEPTH_MAX: u8 = 6;
/// Bytes decoded out of texts, all together.
const DECODED_MAX_BYTES: usize = 512 * 1024;
/// Stands where an object was taken out.
pub(super) const TAKEN: char = '\u{fffc}';

/// Reads a text that may hold objects, pages and lines of several programs.
pub(super) fn read(text: &str, depth: u8, notes: &mut Notes) {
    notes.decoded += text.len();
    if depth > DEPTH_MAX || notes.decoded > DECODED_MAX_BYTES {
        notes.sentence(text, Standing::Text, depth);
        return;
    }
    let without_pages = page::take(text, depth, notes);
    let found = lines(without_pages.as_deref().unwrap_or(text));
    let levels: Vec<Level> = found.lines.iter().map(|line| line.level).collect();
    let joined: Vec<&str> = found.lines.iter().map(|line| line.text.as_str()).collect();
    let rest = take_objects(&joined.join("\n"), &levels, depth, notes);
    prose::read(&rest, depth, notes);
    for glued in &found.joined {
        let line = Line { text: glued.clone(), level: Level::None };
        let rest = take_objects(&line.text, &[line.level], depth, notes);
        prose::read(&rest, depth, notes);
    }
}

/// Whether a text is more than one message: it holds objects, a page or several lines.
pub(super) fn has_layers(text: &str) -> bool {
    text.contains('{') || text.contains('\n') || page::looks_like(text)
}

/// Reads the objects in `text`; out come its lines without them.
fn take_objects(text: &str, levels: &[Level], depth: u8, notes: &mut Notes) -> Vec<Line> {
    let mut rest = Rest { lines: Vec::new(), current: String::new(), line: 0, starts: 0, levels };
    let mut strangers = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
        at += found;
        if let Some(object) = object_at(text, at) {
            rest.copy(&text[copied..at]);
            rest.take(&text[at..object.end]);
            members::read(&object.value, depth + 1, notes);
            strangers.extend(object.strangers);
            (copied, at) = (object.end, object.end);
        } else if let Some(end) = escaped_region(text.as_bytes(), at) {
            rest.copy(&text[copied..at]);
            rest.take(&text[at..end]);
            read(&unescape(&text[at..end]), depth + 1, notes);
            (copied, at) = (end, end);
        } else {
            at += 1;
        }
    }
    rest.copy(&text[copied..]);
    let mut lines = rest.finish();
    lines.extend(strangers.into_iter().map(|text| Line { text, level: Level::None }));
    lines
}

/// The end of the string in which the object at `at` stands, its quotation marks escaped; `None` where they are not.
fn escaped_region(bytes: &[u8], at: usize) -> Option<usize> {
    let mut first = at + 1;
    // Blanks, and line ends written as `\n`.
    for _ in 0..100 {
        match bytes.get(first)? {
            b' ' | b'\n' | b'\r' => first += 1,
            b'\\' if matches!(bytes.get(first + 1), Some(b'n' | b'r' | b't')) => first += 2,
            b'\\' if bytes.get(first + 1) == Some(&b'\\') && matches!(bytes.get(first + 2), Some(b'n' | b't')) => {
                first += 3;
            }
            _ => break,
        }
    }
    let escapes = bytes[first..].iter().take(16).take_while(|b| **b == b'\\').count();
    let mark = *bytes.get(first + escapes)?;
    if escapes == 0 || !matches!(mark, b'"' | b'\'') {
        return None;
    }
    let mut before = 0;
    for (offset, byte) in bytes[first..].iter().enumerate() {
        match byte {
            b'\\' => before += 1,
            _ if *byte == mark && before < escapes => return Some(first + offset),
            _ => before = 0,
        }
    }
    Some(bytes.len())
}

/// `text` with one level of escapes resolved.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            let (resolved, len) = unescaped(&bytes[at..]);
            out.extend_from_slice(resolved.as_slice());
            at += len;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The lines that are left, each with the level of the line it began on.
struct Rest<'l> {
    lines: Vec<Line>,
    current: String,
    /// The line of the text that is being read, and that on which `current` began.
    line: usize,
    starts: usize,
    levels: &'l [Level],
}

impl Rest<'_> {
    fn copy(&mut self, text: &str) {
        let mut parts = text.split('\n');
        self.current.push_str(parts.next().unwrap_or_default());
        for part in parts {
            self.end_line();
            self.current.push_str(part);
        }
    }

    fn take(&mut self, object: &str) {
        self.line += memchr::memchr_iter(b'\n', object.as_bytes()).count();
        self.current.push(TAKEN);
    }

    fn end_line(&mut self) {
        let level = self.levels.get(self.starts).copied().unwrap_or(Level::None);
        self.lines.push(Line { text: std::mem::take(&mut self.current), level });
        self.line += 1;
        self.starts = self.line;
    }

    fn finish(mut self) -> Vec<Line> {
        self.end_line();
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_in_an_escaped_string_is_found_and_the_rest_of_its_line_kept() {
        let text = r#"Body: "{\"message\":\"the key\\nis wrong\"}" sent"#;
        let mut notes = Notes::default();

        let rest = take_objects(text, &[Level::None], 0, &mut notes);

        assert_eq!(rest[0].text, format!("Body: \"{TAKEN}\" sent"));
        assert_eq!(notes.messages().next().map(|(text, _)| text), Some("the key is wrong"));
    }
}
