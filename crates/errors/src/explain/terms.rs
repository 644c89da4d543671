//! Which of the words that rules ask for stand in which sentence, found in one pass.
//!
//! In: text. Out: its normal form, and the set of terms in it. The normal form is lower case, without quotation marks,
//! brackets and commas, with single blanks, and with a blank at both ends, so that ``The model `x` doesn't exist`` and
//! `the model 'x' does not exist` read alike. A term begins at the start of a word and may end in the middle of one
//! (`token` finds `tokens`); a term that ends with `.` is a whole word.

use std::borrow::Cow;

use super::bits::Bits;
use super::starts::Starts;

/// Negations in one form: in full, after the apostrophe is gone, and without a word in between.
const SPELLED_OUT: [(&str, &str); 14] = [
    (" isnt ", " is not "),
    (" arent ", " are not "),
    (" doesnt ", " does not "),
    (" dont ", " do not "),
    (" didnt ", " did not "),
    (" cant ", " can not "),
    (" cannot ", " can not "),
    (" couldnt ", " could not "),
    (" wasnt ", " was not "),
    (" wont ", " will not "),
    (" hasnt ", " has not "),
    (" havent ", " have not "),
    (" not currently ", " not "),
    (" currently not ", " not "),
];

/// `text` in normal form.
pub(crate) fn normal(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    let mut blank = true;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        // Nearly all of nearly every text.
        if byte.is_ascii_alphanumeric() || b"_$%=+@#*<>".contains(byte) {
            out.push(char::from(byte.to_ascii_lowercase()));
            (blank, at) = (false, at + 1);
            continue;
        }
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else { break };
        at += c.len_utf8();
        let next = || rest[c.len_utf8()..].chars().next();
        // A full stop or dash belongs to a word only where one goes on behind it (the stop of `tools[0].name` begins
        // none), a colon only before a number: messages stand behind their origin without a blank, `error:invalid`.
        let kept = match c {
            '\'' | '’' if !blank && next() == Some('t') => continue,
            '-' | '/' => !blank || next().is_some_and(char::is_alphanumeric),
            '.' => !blank && next().is_some_and(char::is_alphanumeric),
            ':' => !blank && next().is_some_and(|n| n.is_ascii_digit()),
            c => !c.is_ascii() && c.is_alphanumeric(),
        };
        if kept {
            // Scripts that write without blanks stand directly beside words of other languages: `出现not found`.
            let is_unspaced = c >= '\u{2E80}';
            if is_unspaced && out.ends_with(|before: char| before.is_ascii_alphanumeric()) {
                out.push(' ');
            }
            out.extend(c.to_lowercase());
            blank = is_unspaced && next().is_some_and(|n| n.is_ascii_alphanumeric());
            if blank {
                out.push(' ');
            }
        } else if !blank {
            out.push(' ');
            blank = true;
        }
    }
    if !blank {
        out.push(' ');
    }
    // Most texts have none of them, and looking for each takes longer than all the rest.
    if ["nt ", "cannot ", "currently "].iter().any(|part| out.contains(part)) {
        for (short, long) in SPELLED_OUT {
            if out.contains(short) {
                out = out.replace(short, long);
            }
        }
    }
    out
}

/// Which groups have a term in a text.
pub(crate) type GroupSet = Bits;

/// All terms of all rules, and the groups that each is in.
///
/// Rules have most of their terms in groups that many of them share, so each group is read once, and what a text is
/// asked in the end is a bit. Terms begin where words do: there are few places in a text where one can stand.
pub(crate) struct Terms {
    /// Terms of fewer bytes than [`LONG`], and the others, with the numbers that they have among all.
    short: (Starts, Box<[u16]>),
    long: (Starts, Box<[u16]>),
    /// Where the groups of each term begin in `groups`; the next term's are behind.
    first: Box<[u32]>,
    groups: Box<[u16]>,
    count: usize,
}

/// Terms of so many bytes and more are kept apart by the first six: hundreds begin with `not` or `can not`.
const LONG: usize = 6;

/// Numbers groups while rules are put together.
#[derive(Default)]
pub(crate) struct Numbers {
    groups: Numbered,
    terms: Numbered,
    /// Term and group.
    pairs: Vec<(u16, u16)>,
}

impl Numbers {
    /// The number of a group of terms with `|` between.
    pub(crate) fn of(&mut self, group: &'static str) -> u16 {
        let (number, is_new) = self.groups.of(group);
        if is_new {
            for term in group.split('|').map(|term| term.trim_matches(' ')).filter(|term| !term.is_empty()) {
                self.pairs.push((self.terms.of(term).0, number));
            }
        }
        number
    }

    /// The terms of all groups so far.
    pub(crate) fn terms(self) -> Terms {
        let count = self.groups.listed.len();
        let patterns: Vec<Cow<'static, [u8]>> = self.terms.listed.iter().map(|term| pattern(term)).collect();
        drop((self.groups, self.terms));
        let mut first = vec![0u32; patterns.len() + 1].into_boxed_slice();
        for (term, _) in &self.pairs {
            first[usize::from(*term) + 1] += 1;
        }
        for at in 0..patterns.len() {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut groups = vec![0u16; self.pairs.len()].into_boxed_slice();
        for (term, group) in self.pairs {
            let place = &mut next[usize::from(term)];
            groups[*place as usize] = group;
            *place += 1;
        }
        let of_length = |is_long: bool| {
            let numbers: Box<[u16]> = (0u16..)
                .zip(&patterns)
                .filter(|(_, pattern)| (pattern.len() >= LONG) == is_long)
                .map(|(number, _)| number)
                .collect();
            let listed: Vec<&[u8]> = numbers.iter().map(|number| &*patterns[usize::from(*number)]).collect();
            (if is_long { Starts::kept_apart(&listed, LONG) } else { Starts::new(&listed) }, numbers)
        };
        Terms { short: of_length(false), long: of_length(true), first, groups, count }
    }
}

/// Texts in the order in which they were first seen. A map of the library's takes six times the memory, which stays with
/// the process for a while, and is filled anew whenever it grows.
struct Numbered {
    listed: Vec<&'static str>,
    /// Numbers, each at the hash of its text or behind it.
    places: Box<[u16]>,
}

impl Default for Numbered {
    fn default() -> Self {
        Self { listed: Vec::new(), places: vec![Self::FREE; Self::PLACES].into_boxed_slice() }
    }
}

impl Numbered {
    /// Twice as many as texts are expected.
    const PLACES: usize = 1 << 15;
    const FREE: u16 = u16::MAX;

    /// The text's number, and whether it is new.
    fn of(&mut self, text: &'static str) -> (u16, bool) {
        let mut at = hash(text);
        loop {
            let place = &mut self.places[at % Self::PLACES];
            if *place == Self::FREE {
                assert!(self.listed.len() < Self::PLACES - 1, "rules have some ten thousand terms");
                *place = u16::try_from(self.listed.len()).expect("a place more than these fits");
                self.listed.push(text);
                return (*place, true);
            }
            if self.listed[usize::from(*place)] == text {
                return (*place, false);
            }
            at += 1;
        }
    }
}

/// Eight bytes at once, for texts that nobody chose to collide.
fn hash(text: &str) -> usize {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let rest = rest.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
    let hash = words
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .chain([rest])
        .fold(text.len() as u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
    // The product has its best bits highest.
    (hash >> 40) as usize
}

impl Terms {
    /// The groups of which a term stands in a text of normal form.
    pub(crate) fn in_text(&self, normal: &str) -> GroupSet {
        let mut found = Bits::below(self.count);
        let bytes = normal.as_bytes();
        for (at, byte) in bytes.iter().enumerate().skip(1) {
            // The start of a word, or a character of a language that has none.
            if bytes[at - 1] != b' ' && *byte < 0xC0 {
                continue;
            }
            for (starts, numbers) in [&self.short, &self.long] {
                starts.at(&bytes[at..], |term, _| {
                    let term = usize::from(numbers[term]);
                    let (from, to) = (self.first[term] as usize, self.first[term + 1] as usize);
                    self.groups[from..to].iter().for_each(|group| found.insert(*group));
                    false
                });
            }
        }
        found
    }
}

/// What is looked for in normal forms, from the first letter on: mostly the term as it is written.
fn pattern(term: &'static str) -> Cow<'static, [u8]> {
    let (words, whole) = match term.strip_suffix('.') {
        Some(words) => (words, true),
        None => (term, false),
    };
    let blank = if whole { " " } else { "" };
    match is_normal(words) {
        true if !whole => Cow::Borrowed(words.as_bytes()),
        true => Cow::Owned(format!("{words}{blank}").into_bytes()),
        false => Cow::Owned(format!("{}{blank}", normal(words).trim()).into_bytes()),
    }
}

/// Whether a term surely is in normal form: lower-case words of ASCII with single blanks, none of them a negation.
fn is_normal(term: &str) -> bool {
    let mut last = b' ';
    term.bytes().all(|byte| {
        // `cannot`, `currently`, and what ends with `nt`.
        let doubtful = matches!((last, byte), (b' ', b' ') | (b'n', b't' | b'n'));
        last = byte;
        (byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b' ')) && !doubtful
    }) && last != b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_and_short_forms_make_no_difference() {
        assert_eq!(normal("The model `gpt-4o` doesn’t exist."), " the model gpt-4o does not exist ");
        assert_eq!(normal("the model 'gpt-4o' does not exist"), " the model gpt-4o does not exist ");
        assert_eq!(normal("[Errno 111] (refused), really"), " errno 111 refused really ");
        assert_eq!(normal("'tools[0].function.name' of gpt-3.5"), " tools 0 function.name of gpt-3.5 ");
        assert_eq!(normal("出现not found。"), " 出现 not found ");
        assert_eq!(normal("stage:Error at localhost:8000"), " stage error at localhost:8000 ");
    }

    #[test]
    fn a_term_begins_with_a_word_and_ends_where_it_says() {
        let mut numbers = Numbers::default();
        let [token, tool, visit, both] = ["token", "tool.", "访问", "tool.| token "].map(|group| numbers.of(group));
        let again = numbers.of("token");
        let terms = numbers.terms();

        let found = terms.in_text(&normal("2 tokens, toolbox, 您的访问密码"));

        assert!(found.has(token) && found.has(visit) && found.has(both));
        assert!(!found.has(tool));
        assert_eq!(again, token);
    }

    #[test]
    fn a_term_is_looked_for_in_normal_form() {
        for (term, form) in [
            ("not found", "not found"),
            ("isn't", "is not"),
            ("cannot", "can not"),
            ("Not  Found", "not found"),
            ("stop.", "stop "),
            ("tool_call", "tool_call"),
            ("max-tokens", "max-tokens"),
            ("没有", "没有"),
        ] {
            assert_eq!(pattern(term), form.as_bytes(), "{term}");
        }
    }
}
