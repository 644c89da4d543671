//! Which of the words that rules ask for stand in which sentence, found in one pass.
//!
//! In: text. Out: its normal form, and the set of terms in it. The normal form is lower case, without quotation marks,
//! brackets and commas, with single blanks, and with a blank at both ends, so that ``The model `x` doesn't exist`` and
//! `the model 'x' does not exist` read alike. A term begins at the start of a word and may end in the middle of one
//! (`token` finds `tokens`); a term that ends with `.` is a whole word.

use std::collections::HashMap;

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
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    let mut blank = true;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let apostrophe = matches!(c, '\'' | '’') && !blank && characters.peek().is_some_and(|next| *next == 't');
        if apostrophe {
            continue;
        }
        // A full stop or dash belongs to a word only where one goes on behind it (the stop of `tools[0].name` begins
        // none), a colon only before a number: messages stand behind their origin without a blank, `error:invalid`.
        let inner = match c {
            '-' | '/' => characters.peek().is_some_and(|n| n.is_alphanumeric()),
            '.' => !blank && characters.peek().is_some_and(|n| n.is_alphanumeric()),
            ':' => !blank && characters.peek().is_some_and(char::is_ascii_digit),
            _ => false,
        };
        let kept =
            c.is_alphanumeric() || inner || matches!(c, '_' | '$' | '%' | '=' | '+' | '@' | '#' | '*' | '<' | '>');
        if kept || (c == '/' || c == '-') && !blank {
            out.extend(c.to_lowercase());
            blank = false;
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

/// A set of terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TermSet(Vec<u64>);

impl TermSet {
    fn with_room_for(terms: usize) -> Self {
        Self(vec![0; terms.div_ceil(64)])
    }

    fn insert(&mut self, term: u32) {
        self.0[term as usize / 64] |= 1 << (term % 64);
    }

    /// Whether the term is in the set.
    pub(crate) fn has(&self, term: u32) -> bool {
        self.0.get(term as usize / 64).is_some_and(|word| word & (1 << (term % 64)) != 0)
    }

    /// Adds all terms of another set.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// All terms of all rules, by what they begin with.
///
/// Terms begin where words do, so there are few places in a text where one can stand: there, those that begin with the
/// same two bytes are compared. An automaton over all of them finds no faster, and takes twenty milliseconds to build,
/// which every run of the command would pay.
pub(crate) struct Terms {
    /// Numbers by the term as a rule writes it.
    ids: HashMap<String, u32>,
    by_start: HashMap<[u8; 2], Vec<(String, u32)>>,
    count: usize,
}

impl Terms {
    /// These terms, as rules write them.
    pub(crate) fn new<'t>(written: impl Iterator<Item = &'t str>) -> Self {
        let mut terms = Self { ids: HashMap::new(), by_start: HashMap::new(), count: 0 };
        let mut known: HashMap<String, u32> = HashMap::new();
        for term in written {
            if terms.ids.contains_key(term) {
                continue;
            }
            let pattern = pattern(term);
            let id = *known.entry(pattern.clone()).or_insert_with(|| {
                let id = u32::try_from(terms.count).expect("rules have thousands of terms at most");
                terms.count += 1;
                terms.by_start.entry(start(pattern.as_bytes())).or_default().push((pattern, id));
                id
            });
            terms.ids.insert(term.to_owned(), id);
        }
        terms
    }

    /// The number of a term, as a rule writes it.
    pub(crate) fn id(&self, term: &str) -> u32 {
        self.ids[term]
    }

    /// The terms that stand in a text of normal form.
    pub(crate) fn in_text(&self, normal: &str) -> TermSet {
        let mut found = TermSet::with_room_for(self.count);
        let bytes = normal.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            // The blank before a word, or a character of a language that has none.
            if *byte != b' ' && *byte < 0xC0 {
                continue;
            }
            let rest = &bytes[at..];
            let begins = start(rest);
            for (pattern, id) in [begins, [begins[0], 0]].iter().filter_map(|s| self.by_start.get(s)).flatten() {
                if rest.starts_with(pattern.as_bytes()) {
                    found.insert(*id);
                }
            }
        }
        found
    }
}

/// The first byte of a word behind its blank and the one after (0 where there is none), or the first two of a character
/// outside ASCII.
fn start(text: &[u8]) -> [u8; 2] {
    let at = usize::from(text.first() == Some(&b' '));
    [text.get(at).copied().unwrap_or_default(), text.get(at + 1).copied().unwrap_or_default()]
}

/// What is looked for in normal forms.
fn pattern(term: &str) -> String {
    let whole = term.ends_with('.');
    let form = normal(term);
    let words = form.trim_end();
    // Languages without blanks between words.
    let words = if words.trim_start().starts_with(|c: char| !c.is_ascii()) { words.trim_start() } else { words };
    if whole { format!("{words} ") } else { words.to_owned() }
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
        assert_eq!(normal("stage:Error at localhost:8000"), " stage error at localhost:8000 ");
    }

    #[test]
    fn a_term_begins_with_a_word_and_ends_where_it_says() {
        let terms = Terms::new(["token", "tool.", "访问"].into_iter());

        let found = terms.in_text(&normal("2 tokens, toolbox, 您的访问密码"));

        assert!(found.has(terms.id("token")));
        assert!(!found.has(terms.id("tool.")));
        assert!(found.has(terms.id("访问")));
    }
}
