//! Cutting a text into the pieces within which tokens are merged.
//!
//! In: a text and the vocabulary's manner. Out: pieces, which together are the text. OpenAI publishes both manners as
//! regular expressions (`tiktoken`, `openai_public.py`); written out they need no look-ahead, no backtracking beyond
//! one step, and one pass. A test beside the vocabularies compares with what `tiktoken` makes of the same texts.

use crate::classes::{CASELESS, CLASSES, Classes, LETTER, LOWER, MARK, NEWLINE, NUMBER, SPACE, UPPER};

/// What a word of `o200k_base` may begin with, and go on with.
const HEAD: u8 = UPPER | CASELESS | MARK;
const TAIL: u8 = LOWER | CASELESS | MARK;

/// Which expression is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Cl100k,
    O200k,
}

/// The pieces of a text.
pub(crate) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    manner: Manner,
    classes: &'static Classes,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(text: &'a str, manner: Manner) -> Self {
        Self { text, at: 0, manner, classes: &CLASSES }
    }

    /// The kind and length of the character at `at`; nothing at the end.
    fn class(&self, at: usize) -> Option<(u8, usize)> {
        let character = self.text[at..].chars().next()?;
        Some((self.classes.of(character), character.len_utf8()))
    }

    /// Where the characters that `fit` end.
    fn run(&self, from: usize, fit: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text[from..];
        let end = rest.char_indices().find(|(_, character)| !fit(self.classes.of(*character)));
        end.map_or(self.text.len(), |(length, _)| from + length)
    }

    fn end(&self) -> usize {
        let found = match self.manner {
            Manner::Cl100k => self.contraction().or_else(|| self.word()),
            Manner::O200k => self.cased_word(),
        };
        found.or_else(|| self.number()).or_else(|| self.symbols()).unwrap_or_else(|| self.spaces())
    }

    /// `'(?i:[sdmt]|ll|ve|re)` by itself.
    fn contraction(&self) -> Option<usize> {
        let end = self.with_contraction(self.at);
        (end > self.at).then_some(end)
    }

    /// Past a contraction that begins at `from`, if one does.
    fn with_contraction(&self, from: usize) -> usize {
        let Some(rest) = self.text[from..].strip_prefix('\'') else { return from };
        let mut letters = rest.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let second = letters.next().map(|letter| letter.to_ascii_lowercase());
        match (first, second) {
            (Some('s' | 't' | 'm' | 'd'), _) => from + 2,
            // Without regard to case this is an s.
            (Some('ſ'), _) => from + 1 + 'ſ'.len_utf8(),
            (Some('r' | 'v'), Some('e')) | (Some('l'), Some('l')) => from + 3,
            _ => from,
        }
    }

    /// Where a word may begin: behind one character that is neither letter, number nor line end, or here.
    fn beginnings(&self) -> impl Iterator<Item = usize> + use<'a> {
        let behind = self.class(self.at).filter(|(class, _)| class & (NEWLINE | LETTER | NUMBER) == 0);
        let behind = behind.map(|(_, length)| self.at + length);
        behind.into_iter().chain(std::iter::once(self.at))
    }

    /// `[^\r\n\p{L}\p{N}]?\p{L}+`
    fn word(&self) -> Option<usize> {
        self.beginnings().find_map(|from| {
            let end = self.run(from, |class| class & LETTER != 0);
            (end > from).then_some(end)
        })
    }

    /// The two alternatives of `o200k_base`: capitals, then at least one small letter; or at least one capital.
    fn cased_word(&self) -> Option<usize> {
        let small = self.beginnings().find_map(|from| self.with_small_letter(from));
        let end = small.or_else(|| self.beginnings().find_map(|from| self.with_capital(from)))?;
        Some(self.with_contraction(end))
    }

    fn with_small_letter(&self, from: usize) -> Option<usize> {
        let middle = self.run(from, |class| class & HEAD != 0);
        let end = self.run(middle, |class| class & TAIL != 0);
        if end > middle {
            return Some(end);
        }
        // The capitals give back what may also be a small letter; only the last such can be the tail.
        let last = self.text[from..middle].char_indices().rev().find(|(_, c)| self.classes.of(*c) & TAIL != 0);
        last.map(|(length, character)| from + length + character.len_utf8())
    }

    fn with_capital(&self, from: usize) -> Option<usize> {
        let middle = self.run(from, |class| class & HEAD != 0);
        (middle > from).then(|| self.run(middle, |class| class & TAIL != 0))
    }

    /// `\p{N}{1,3}`
    fn number(&self) -> Option<usize> {
        let mut end = self.at;
        for _ in 0..3 {
            match self.class(end) {
                Some((class, length)) if class & NUMBER != 0 => end += length,
                _ => break,
            }
        }
        (end > self.at).then_some(end)
    }

    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*`, for `o200k_base` with slashes among the line ends.
    fn symbols(&self) -> Option<usize> {
        let from = if self.text[self.at..].starts_with(' ') { self.at + 1 } else { self.at };
        let end = self.run(from, |class| class & (SPACE | LETTER | NUMBER) == 0);
        if end == from {
            return None;
        }
        let slashes = self.manner == Manner::O200k;
        let tail = self.text[end..].bytes().take_while(|b| matches!(b, b'\r' | b'\n') || slashes && *b == b'/').count();
        Some(end + tail)
    }

    /// White space: up to its last line end, or all but the space that belongs to the next word.
    fn spaces(&self) -> usize {
        let end = self.run(self.at, |class| class & SPACE != 0);
        let run = &self.text[self.at..end];
        let at_the_end = end == self.text.len();
        if self.manner == Manner::Cl100k && at_the_end {
            return end;
        }
        if let Some(last) = run.rfind(['\r', '\n']) {
            return self.at + last + 1;
        }
        let last = run.chars().next_back().map_or(0, char::len_utf8);
        if at_the_end || run.len() == last { end } else { end - last }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.at == self.text.len() {
            return None;
        }
        let from = self.at;
        self.at = self.end();
        Some(&self.text[from..self.at])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str, manner: Manner) -> Vec<&str> {
        Pieces::new(text, manner).collect()
    }

    #[test]
    fn words_take_the_space_before_them_and_numbers_come_in_threes() {
        let text = "I'll  go at 12345 o'clock!\n\n  Yes";

        let o200k = ["I'll", " ", " go", " at", " ", "123", "45", " o", "'clock", "!\n\n", " ", " Yes"];
        assert_eq!(pieces(text, Manner::O200k), o200k);
        let cl100k = ["I", "'ll", " ", " go", " at", " ", "123", "45", " o", "'clock", "!\n\n", " ", " Yes"];
        assert_eq!(pieces(text, Manner::Cl100k), cl100k);
    }

    #[test]
    fn capitals_begin_a_word_of_the_newer_vocabulary() {
        assert_eq!(pieces("HelloWorld XMLHttp日本ABC", Manner::O200k), ["Hello", "World", " XMLHttp日本", "ABC"]);
        assert_eq!(pieces("HelloWorld", Manner::Cl100k), ["HelloWorld"]);
    }

    proptest! {
        #[test]
        fn pieces_together_are_the_text(text in "(.|\\s|[A-Za-z'日\u{301} /\r\n])*") {
            prop_assert_eq!(pieces(&text, Manner::O200k).concat(), text.clone());
            prop_assert_eq!(pieces(&text, Manner::Cl100k).concat(), text);
        }
    }
}
