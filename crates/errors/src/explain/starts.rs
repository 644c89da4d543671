//! Words by how they begin: which of some thousand stand at a place of a text, with few comparisons.
//!
//! In: words once, then places in texts. Out: the numbers of the words that stand there, in the order they were given.
//! An automaton over the same words finds no faster where they are short and texts are too, takes milliseconds to build,
//! which every run of the command would pay, and ten times the memory.

use crate::pairs::Pairs;

/// Bytes of a word that are compared at once.
const HEAD: usize = 8;
/// Words are kept apart by their first bytes, mostly by three, in so many places.
const APART: usize = 3;
const SLOTS: usize = 4096;

/// Some words.
pub(crate) struct Starts {
    /// Where the words of each slot begin in `words`.
    slots: Box<[u16]>,
    words: Box<[Word]>,
    /// What the words have behind their heads.
    rests: Box<[u8]>,
    /// By how many bytes words are kept apart.
    apart: usize,
    /// Whether some word has one byte only, two, and so on.
    short: Box<[bool]>,
    /// The two bytes that some word begins with: at most places of a text none does, which this tells at once.
    pairs: Pairs,
}

#[derive(Clone, Copy, Default)]
struct Word {
    head: u64,
    rest: u32,
    len: u16,
    number: u16,
}

impl Starts {
    /// These words; their numbers are their places in the list. Empty ones are never found.
    pub(crate) fn new(words: &[impl AsRef<[u8]>]) -> Self {
        Self::kept_apart(words, APART)
    }

    /// The same for very many words, kept apart by their first `apart` bytes: a good many begin with `not`. Each length
    /// below it that some word has costs a further look at every place.
    pub(crate) fn kept_apart(words: &[impl AsRef<[u8]>], apart: usize) -> Self {
        let slot = |word: &[u8]| slot(head(word), word.len().min(apart));
        let mut slots = vec![0u16; SLOTS + 1].into_boxed_slice();
        for word in words {
            slots[slot(word.as_ref()) + 1] += 1;
        }
        for at in 0..SLOTS {
            slots[at + 1] += slots[at];
        }
        let mut next = slots.clone();
        let mut placed = vec![Word::default(); words.len()].into_boxed_slice();
        let mut rests = Vec::new();
        let mut short = vec![false; apart - 1].into_boxed_slice();
        for (number, word) in words.iter().map(AsRef::<[u8]>::as_ref).enumerate() {
            let place = &mut next[slot(word)];
            let small = |n: usize| u16::try_from(n).expect("there are thousands of words at most, of some bytes each");
            placed[usize::from(*place)] = Word {
                head: head(word),
                rest: u32::try_from(rests.len()).expect("they have some hundred thousand bytes"),
                len: small(word.len()),
                number: small(number),
            };
            *place += 1;
            rests.extend_from_slice(word.get(HEAD..).unwrap_or_default());
            if let Some(short) = word.len().checked_sub(1).and_then(|at| short.get_mut(at)) {
                *short = true;
            }
        }
        let pairs = Pairs::of(words.iter().map(AsRef::as_ref));
        Self { slots, words: placed, rests: rests.into_boxed_slice(), apart, short, pairs }
    }

    /// Calls `found` with number and length of each word that `text` begins with, until it says that this is enough.
    #[inline]
    pub(crate) fn at(&self, text: &[u8], mut found: impl FnMut(usize, usize) -> bool) -> bool {
        self.pairs.may_begin(text) && self.among(text, &mut found)
    }

    fn among(&self, text: &[u8], found: &mut impl FnMut(usize, usize) -> bool) -> bool {
        let start = head(text);
        self.in_slot(slot(start, self.apart), start, text, found)
            || (1..self.apart.min(text.len()))
                .any(|len| self.short[len - 1] && text[len] != 0 && self.in_slot(slot(start, len), start, text, found))
    }

    fn in_slot(&self, slot: usize, start: u64, text: &[u8], found: &mut impl FnMut(usize, usize) -> bool) -> bool {
        let (from, to) = (usize::from(self.slots[slot]), usize::from(self.slots[slot + 1]));
        self.words[from..to].iter().any(|word| {
            let len = usize::from(word.len);
            let stands = (start ^ word.head) & mask(len) == 0
                && len <= text.len()
                && (len <= HEAD || text[HEAD..len] == self.rests[word.rest as usize..][..len - HEAD]);
            stands && len > 0 && found(usize::from(word.number), len)
        })
    }
}

/// Where words are that begin with the first `len` bytes of a head.
fn slot(head: u64, len: usize) -> usize {
    // Fibonacci's way to spread numbers: the highest bits of the product.
    ((head & mask(len)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SLOTS.ilog2())) as usize
}

/// The first bytes as a number, the first in its lowest place.
fn head(text: &[u8]) -> u64 {
    match text.first_chunk::<HEAD>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)),
    }
}

/// The bits of a head that a word of this length has.
fn mask(len: usize) -> u64 {
    match len {
        0 => 0,
        1..HEAD => u64::MAX >> (8 * (HEAD - len)),
        _ => u64::MAX,
    }
}

/// A word that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Its place in the list of words.
    pub(crate) word: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Words to be found wherever they stand, without regard to the case of ASCII letters.
pub(crate) struct Needles(Starts);

impl Needles {
    /// These words.
    pub(crate) fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let lower: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        Self(Starts::new(&lower))
    }

    /// The first word in `text` of which `is_it` holds.
    pub(crate) fn first(&self, text: &str, mut is_it: impl FnMut(Hit) -> bool) -> Option<Hit> {
        let lower = text.to_ascii_lowercase();
        let bytes = lower.as_bytes();
        let mut first = None;
        (0..bytes.len()).any(|start| {
            self.0.at(&bytes[start..], |word, len| {
                let hit = Hit { word, start, end: start + len };
                let found = is_it(hit);
                first = found.then_some(hit);
                found
            })
        });
        first
    }

    /// Calls `found` with each word in `text`, in the order in which they begin.
    pub(crate) fn each(&self, text: &str, mut found: impl FnMut(Hit)) {
        self.first(text, |hit| {
            found(hit);
            false
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Needles::new(words.iter().copied()).each(text, |hit| found.push((hit.start, hit.word)));
        found
    }

    #[test]
    fn words_are_found_in_whatever_case_and_within_each_other() {
        let words = ["Open", "openai", "ai", "n", "a word that is longer", "ключ"];

        let found = all(&words, "my OPENAI ключ: A word that is longer");

        assert_eq!(found, [(3, 0), (3, 1), (6, 3), (7, 2), (10, 5), (20, 4), (37, 3)]);
    }

    #[test]
    fn the_search_ends_where_it_is_told() {
        let mut asked = 0;

        let found = Needles::new(["a"].into_iter()).first("aaa", |hit| {
            asked += 1;
            hit.start == 1
        });

        assert_eq!(found.map(|hit| hit.end), Some(2));
        assert_eq!(asked, 2);
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_stands_there(
            words in proptest::collection::vec("[abй ]{1,12}", 1..20),
            text in "[abAй ]{0,60}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let lower = text.to_ascii_lowercase();
            let mut expected = Vec::new();
            for start in 0..lower.len() {
                for (number, word) in words.iter().enumerate() {
                    if lower.as_bytes()[start..].starts_with(word.as_bytes()) {
                        expected.push((start, number));
                    }
                }
            }
            let mut found = all(&words, &text);
            found.sort_unstable();

            prop_assert_eq!(found, expected);
        }
    }
}
