//! A text that a regular expression matches.
//!
//! In: a pattern, as JSON Schema has them: ECMAScript's, matching anywhere. Out: the plainest text that matches, or
//! nothing where the pattern is not regular (look-around, back-references). Letters and digits go through the alphabet,
//! so that `^[A-Z]{3}-\d{4}$` becomes `ABC-1234`. Boundaries inside a pattern are not looked at.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};

/// Repetitions beyond a pattern's least that are tried to reach a least length.
const MOST_STRETCH: u32 = 1 << 14;
/// The longest text made; a pattern may multiply its repetitions.
const MOST_BYTES: usize = 16 << 10;
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "1234567890";

/// The largest compiled pattern, in nested parts.
const MOST_NESTING: u32 = 100;

/// A text of `least` to `most` characters that `pattern` matches; another `nth` begins elsewhere in the alphabet.
pub(super) fn matching(pattern: &str, nth: usize, least: usize, most: usize) -> Option<String> {
    let hir = parse(pattern)?;
    let written = |stretch: u32| {
        let mut writer = Writer { text: String::new(), letters: nth, digits: nth, stretch };
        writer.write(&hir);
        let length = writer.text.chars().count();
        (writer.text, length)
    };
    // More repetitions never make it shorter: the fewest that are long enough are searched for.
    let (mut few, mut enough) = (0, 0);
    while written(enough).1 < least && enough < MOST_STRETCH {
        (few, enough) = (enough, (enough * 2).clamp(1, MOST_STRETCH));
    }
    while few + 1 < enough {
        let middle = few + (enough - few) / 2;
        if written(middle).1 < least { few = middle } else { enough = middle }
    }
    let (text, length) = written(enough);
    let fits = length >= least && length <= most && text.len() < MOST_BYTES;
    fits.then_some(text)
}

/// Whether a pattern is a regular expression.
pub(super) fn is_regular(pattern: &str) -> bool {
    parse(pattern).is_some()
}

fn parse(pattern: &str) -> Option<Hir> {
    let parsed = |pattern: &str| ParserBuilder::new().nest_limit(MOST_NESTING).build().parse(pattern).ok();
    parsed(pattern).or_else(|| parsed(&for_rust(pattern)))
}

/// What ECMAScript allows and `regex-syntax` does not: a hyphen behind a class of characters, `\/` and `\-` anywhere,
/// and a brace that opens no repetition.
fn for_rust(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut after_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                out.push('\\');
                let next = characters.next().unwrap_or('\\');
                out.push(next);
                after_class = matches!(next, 'w' | 'W' | 'd' | 'D' | 's' | 'S');
                continue;
            }
            '-' if after_class => out.push_str("\\-"),
            '{' if !characters.peek().is_some_and(char::is_ascii_digit) => out.push_str("\\{"),
            other => out.push(other),
        }
        after_class = false;
    }
    out
}

struct Writer {
    text: String,
    /// How far the alphabet has been gone through.
    letters: usize,
    /// The same of the digits.
    digits: usize,
    /// Repetitions that are still to be added where one allows more.
    stretch: u32,
}

impl Writer {
    fn write(&mut self, hir: &Hir) {
        if self.text.len() >= MOST_BYTES {
            return;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(Class::Unicode(class)) => self.pick(class),
            HirKind::Class(Class::Bytes(_)) => self.text.push('a'),
            HirKind::Repetition(repetition) => self.repeat(repetition),
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.write(part)),
            HirKind::Alternation(parts) => {
                let part = parts.iter().find(|part| !is_empty(part)).or(parts.first());
                part.into_iter().for_each(|part| self.write(part));
            }
        }
    }

    fn repeat(&mut self, repetition: &Repetition) {
        let most = repetition.max.unwrap_or(u32::MAX);
        // `a*` reads better with one than with none, as long as nothing has to be short.
        let least = repetition.min;
        let more = self.stretch.min(most - least);
        self.stretch -= more;
        for _ in 0..least.saturating_add(more) {
            if self.text.len() >= MOST_BYTES {
                return;
            }
            self.write(&repetition.sub);
        }
    }

    /// A character of the class: capitals, small letters and digits before all others.
    fn pick(&mut self, class: &ClassUnicode) {
        let has = |character: &char| {
            class.ranges().iter().any(|range| range.start() <= *character && *character <= range.end())
        };
        // In a class of one range capitals are meant; in `\w` they would shout.
        let letters = if class.ranges().len() == 1 { [CAPITALS, SMALL] } else { [SMALL, CAPITALS] };
        let letter = letters.into_iter().find_map(|letters| turned(letters, self.letters).find(has));
        if let Some(letter) = letter {
            self.letters += 1;
            return self.text.push(letter);
        }
        if let Some(digit) = turned(DIGITS, self.digits).find(has) {
            self.digits += 1;
            return self.text.push(digit);
        }
        let printable = (' '..='~').find(has);
        let first = class.ranges().first().map(regex_syntax::hir::ClassUnicodeRange::start);
        self.text.extend(printable.or(first));
    }
}

/// The characters of `alphabet`, from the one at `from` on, each once.
fn turned(alphabet: &'static str, from: usize) -> impl Iterator<Item = char> {
    alphabet.chars().cycle().skip(from % alphabet.len()).take(alphabet.len())
}

fn is_empty(hir: &Hir) -> bool {
    hir.properties().maximum_len() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pattern: &str) -> String {
        matching(pattern, 0, 0, usize::MAX).unwrap_or_default()
    }

    #[test]
    fn texts_look_like_what_they_match() {
        assert_eq!(made(r"^[A-Z]{3}-\d{4}$"), "ABC-1234");
        assert_eq!(made("^@[a-zA-Z0-9_]+$"), "@a");
        assert_eq!(made(r"^(\+\d{1,3} )?(cat|dog)s?$"), "cat");
        assert_eq!(made(r"^[\w-.]+@[\w-]+\.\w{2,4}$"), "a@b.cd");
        assert_eq!(made(r"^\{[^}]*\}$"), "{}");
    }

    #[test]
    fn lengths_are_reached_by_repeating() {
        assert_eq!(matching("^[a-z]+$", 0, 5, 8).as_deref(), Some("abcde"));
        assert_eq!(matching("^[a-z]{2,4}[0-9]*$", 0, 7, 8).map(|text| text.len()), Some(7));
        assert_eq!(matching("^ab$", 0, 5, 8), None);
    }

    #[test]
    fn what_is_not_regular_or_without_end_is_told() {
        assert!(!is_regular("^(?=a)b$"));
        assert!(!is_regular(r"(a)\1"));
        assert_eq!(matching("((a{1000}){1000}){1000}", 0, 0, usize::MAX), None);
    }
}
