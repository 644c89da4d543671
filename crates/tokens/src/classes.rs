//! The kinds of characters that OpenAI's splitting expressions tell apart.
//!
//! In: a character. Out: one bit, or two for a line end. The ranges come from the Unicode tables of `regex-syntax`, so
//! that a character is of the kind that a regular expression would find it to be.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// `\p{Lu}` and `\p{Lt}`
pub(crate) const UPPER: u8 = 1;
/// `\p{Ll}`
pub(crate) const LOWER: u8 = 1 << 1;
/// `\p{Lm}` and `\p{Lo}`: letters that are neither.
pub(crate) const CASELESS: u8 = 1 << 2;
/// `\p{M}`
pub(crate) const MARK: u8 = 1 << 3;
/// `\p{N}`
pub(crate) const NUMBER: u8 = 1 << 4;
/// `\s`
pub(crate) const SPACE: u8 = 1 << 5;
/// `[\r\n]`, which are spaces too.
pub(crate) const NEWLINE: u8 = 1 << 6;
/// `\p{L}`
pub(crate) const LETTER: u8 = UPPER | LOWER | CASELESS;

const SOURCES: [(&str, u8); 7] = [
    (r"[\p{Lu}\p{Lt}]", UPPER),
    (r"\p{Ll}", LOWER),
    (r"[\p{Lm}\p{Lo}]", CASELESS),
    (r"\p{M}", MARK),
    (r"\p{N}", NUMBER),
    (r"\s", SPACE),
    (r"[\r\n]", NEWLINE),
];

/// Characters below this are looked up, the others searched for.
const BASIC: usize = 1 << 16;

/// The kind of every character.
pub(crate) struct Classes {
    basic: Box<[u8]>,
    /// First, last and kind of what is beyond [`BASIC`], in order.
    beyond: Vec<(u32, u32, u8)>,
}

/// The one table.
pub(crate) static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::build);

impl Classes {
    /// The kind of `character`: 0 for whatever is none of the above.
    pub(crate) fn of(&self, character: char) -> u8 {
        let code = u32::from(character);
        if let Some(class) = self.basic.get(code as usize) {
            return *class;
        }
        let after = self.beyond.partition_point(|(first, ..)| *first <= code);
        match after.checked_sub(1).map(|at| self.beyond[at]) {
            Some((_, last, class)) if code <= last => class,
            _ => 0,
        }
    }

    fn build() -> Self {
        let mut classes = Self { basic: vec![0; BASIC].into_boxed_slice(), beyond: Vec::new() };
        for (source, class) in SOURCES {
            for (first, last) in ranges(source) {
                for code in first..=last.min(BASIC as u32 - 1) {
                    classes.basic[code as usize] |= class;
                }
                if last >= BASIC as u32 {
                    classes.beyond.push((first.max(BASIC as u32), last, class));
                }
            }
        }
        classes.beyond.sort_unstable();
        classes
    }
}

fn ranges(source: &str) -> Vec<(u32, u32)> {
    let hir = regex_syntax::parse(source).expect("the sources are expressions");
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_of_their_kind() {
        let kinds = [
            ('A', UPPER),
            ('ǅ', UPPER),
            ('ß', LOWER),
            ('日', CASELESS),
            ('\u{301}', MARK),
            ('½', NUMBER),
            ('\u{a0}', SPACE),
            ('\n', SPACE | NEWLINE),
            ('-', 0),
            ('😀', 0),
            ('𝒜', UPPER),
            ('𠀀', CASELESS),
            ('𝟘', NUMBER),
        ];

        for (character, kind) in kinds {
            assert_eq!(CLASSES.of(character), kind, "{character:?}");
        }
    }
}
