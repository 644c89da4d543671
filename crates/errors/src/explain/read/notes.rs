//! Where everything that is read out of a paste is noted, once each, the innermost first.
//!
//! In: single features, with how deep in wrappers each stood. Out: the [`Case`]. Everything is bounded here.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::explain::case::{Address, Case, EchoedKey, Sentence, Standing};
use crate::explain::rules::rules;
use crate::explain::terms::{GroupSet, normal};

/// What is known beside the text stands before all that is in it.
pub(super) const CONTEXT: u8 = u8::MAX;
/// Sentences that are kept; of more, the first and the last half.
const SENTENCES_MAX: usize = 600;
/// A longer sentence is kept in parts.
const SENTENCE_MAX_BYTES: usize = 1200;
/// Values of one kind.
const VALUES_MAX: usize = 64;
/// Bytes of one value.
const VALUE_MAX_BYTES: usize = 200;

struct Told {
    text: String,
    standing: Standing,
    depth: u8,
}

/// The features noted so far.
#[derive(Default)]
pub(super) struct Notes {
    /// What needs no order by depth goes in directly.
    pub(super) case: Case,
    told: Vec<Told>,
    statuses: Vec<(u8, u16)>,
    /// Numbers that are statuses where the text is about a call and no other was told.
    likely_statuses: Vec<(u8, u16)>,
    codes: Vec<(u8, String)>,
    models: Vec<(u8, String)>,
    /// Hashes of the texts whose features were noted, with their depths.
    read: HashSet<u64>,
    /// Bytes of decoded text, against nesting dolls.
    pub(super) decoded: usize,
    /// Vendors by whose form a key was shown.
    pub(super) key_vendors: Vec<&'static str>,
    /// Whether the text holds a web page.
    pub(super) is_page: bool,
    /// An object has a member `error` that says something.
    pub(super) reports_error: bool,
    /// The error grammar of a language-model API was seen.
    grammar: bool,
}

impl Notes {
    /// Whether the features of this text are still to be noted.
    pub(super) fn is_new(&mut self, text: &str, depth: u8) -> bool {
        let mut hasher = DefaultHasher::new();
        (text, depth).hash(&mut hasher);
        self.read.insert(hasher.finish())
    }

    pub(super) fn status(&mut self, depth: u8, status: u16) {
        if self.statuses.len() < VALUES_MAX && !self.statuses.contains(&(depth, status)) {
            self.statuses.push((depth, status));
        }
    }

    pub(super) fn likely_status(&mut self, depth: u8, status: u16) {
        if self.likely_statuses.len() < VALUES_MAX {
            self.likely_statuses.push((depth, status));
        }
    }

    /// Takes the likely statuses for such, where nothing surer was told.
    pub(super) fn settle_statuses(&mut self) {
        if self.statuses.is_empty() && self.case.api_signs > 0 {
            self.statuses = std::mem::take(&mut self.likely_statuses);
        }
    }

    pub(super) fn code(&mut self, depth: u8, code: &str) {
        let code = short(code).to_lowercase();
        if !code.is_empty() && self.codes.len() < VALUES_MAX && !self.codes.iter().any(|(_, c)| *c == code) {
            self.codes.push((depth, code));
        }
    }

    pub(super) fn model(&mut self, depth: u8, model: &str) {
        let model = short(model).split(['(', '\\', '\n']).next().unwrap_or_default().to_lowercase();
        let word = ["this", "unable", "none", "null", "the", "undefined", "error", "xxx", "unknown"];
        if !model.is_empty()
            && !word.contains(&model.as_str())
            && self.models.len() < VALUES_MAX
            && !self.models.iter().any(|(_, m)| *m == model)
        {
            self.models.push((depth, model));
        }
    }

    pub(super) fn param(&mut self, param: &str) {
        if !["null", "none", "undefined", "nil"].iter().any(|nothing| param.eq_ignore_ascii_case(nothing)) {
            once(&mut self.case.params, short(param).to_lowercase());
        }
    }

    pub(super) fn exception(&mut self, class: &str) {
        let class = class.rsplit(['.', ':', '$', '\\']).next().unwrap_or(class);
        once(&mut self.case.exceptions, short(class).to_lowercase());
        // With and without the prefix of Vercel's SDK.
        if let Some(class) = class.strip_prefix("AI_") {
            once(&mut self.case.exceptions, short(class).to_lowercase());
        }
    }

    pub(super) fn os_error(&mut self, name: &str) {
        once(&mut self.case.os_errors, name.to_owned());
    }

    pub(super) fn provider(&mut self, provider: &str) {
        once(&mut self.case.providers, short(provider).to_lowercase());
    }

    pub(super) fn address(&mut self, address: Address) {
        // One was written with its port or path, the other without.
        let fits = |a: &Address| {
            a.host == address.host
                && (a.port.is_none() || address.port.is_none() || a.port == address.port)
                && (a.path.is_empty() || address.path.is_empty() || a.path == address.path)
        };
        match self.case.addresses.iter().position(fits) {
            Some(at) => {
                let known = &mut self.case.addresses[at];
                known.called |= address.called;
                known.port = known.port.or(address.port);
                if known.path.is_empty() {
                    known.path = address.path;
                }
                if known.scheme.is_empty() {
                    known.scheme = address.scheme;
                }
            }
            None if self.case.addresses.len() < VALUES_MAX => self.case.addresses.push(address),
            None => {}
        }
    }

    pub(super) fn key(&mut self, key: EchoedKey) {
        if self.case.keys.len() < VALUES_MAX && !self.case.keys.iter().any(|k| k.shown == key.shown) {
            self.case.keys.push(key);
        }
    }

    /// A line or a message, which may be long; white space is made single.
    pub(super) fn sentence(&mut self, text: &str, standing: Standing, depth: u8) {
        let text = spaced(text);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (part, more) = rest.split_at(part_len(rest));
            self.told.push(Told { text: part.trim().to_owned(), standing, depth });
            rest = more;
        }
    }

    /// The sentences so far that are about the failure itself, the innermost first.
    pub(super) fn messages(&self) -> impl Iterator<Item = (&str, u8)> {
        let mut told: Vec<&Told> = self.told.iter().filter(|told| told.standing != Standing::Around).collect();
        told.sort_by_key(|told| rank(told));
        told.into_iter().map(|told| (told.text.as_str(), told.depth))
    }

    /// The names of one object's members: `type`, `param` and `code` beside a message are OpenAI's grammar.
    pub(super) fn grammar<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let names: Vec<&str> = names.take(20).collect();
        let has = |wanted: &[&str]| wanted.iter().all(|name| names.contains(name));
        self.grammar |= has(&["message", "type", "param"]) || has(&["message", "param", "code"]);
    }

    /// 1 where the error grammar of a language-model API was seen.
    pub(super) fn grammar_signs(&self) -> u32 {
        u32::from(self.grammar)
    }

    /// The models noted that are of a known family.
    pub(super) fn models_known(&self) -> Vec<&str> {
        self.models.iter().map(|(_, model)| model.as_str()).filter(|model| super::models::is_known(model)).collect()
    }

    /// Whether a status of a failure was noted.
    pub(super) fn has_status(&self) -> bool {
        self.statuses.iter().any(|(_, status)| *status >= 400)
    }

    /// Puts everything in its order.
    pub(super) fn into_case(mut self) -> Case {
        let by_depth = |depth: &u8| std::cmp::Reverse(*depth);
        self.statuses.sort_by_key(|(depth, _)| by_depth(depth));
        self.codes.sort_by_key(|(depth, _)| by_depth(depth));
        self.models.sort_by_key(|(depth, _)| by_depth(depth));
        self.told.sort_by_key(rank);
        let mut case = self.case;
        for (_, status) in self.statuses {
            if !case.statuses.contains(&status) {
                case.statuses.push(status);
            }
        }
        case.codes = self.codes.into_iter().map(|(_, code)| code).collect();
        case.models = self.models.into_iter().map(|(_, model)| model).collect();
        case.sentences = sentences(self.told);
        let mut all = GroupSet::default();
        case.sentences.iter().for_each(|sentence| all.add(&sentence.groups));
        case.groups = all;
        case
    }
}

fn rank(told: &Told) -> (u8, std::cmp::Reverse<u8>) {
    let standing = match told.standing {
        Standing::Message => 0,
        Standing::Text => 1,
        Standing::Around => 2,
    };
    (standing, std::cmp::Reverse(told.depth))
}

/// Each sentence once: those that differ in their numbers alone (attempts, times) are one where there are many.
fn sentences(told: Vec<Told>) -> Vec<Sentence> {
    let many = told.len() > 100;
    let mut known = HashSet::new();
    let mut kept: Vec<(Told, String)> = Vec::new();
    for told in told {
        let normal = normal(&told.text);
        let same = if many { normal.chars().filter(|c| !c.is_ascii_digit()).collect() } else { normal.clone() };
        if normal.len() > 2 && known.insert(same) {
            kept.push((told, normal));
        }
    }
    if kept.len() > SENTENCES_MAX {
        let surplus = kept.len() - SENTENCES_MAX;
        kept.drain(SENTENCES_MAX / 2..SENTENCES_MAX / 2 + surplus);
    }
    kept.into_iter()
        .map(|(told, normal)| {
            let groups = rules().terms.in_text(&normal);
            Sentence { text: told.text, normal, standing: told.standing, groups }
        })
        .collect()
}

/// With single blanks, and one behind a colon that stands between words: `stage1:Incorrect`, `报错:openai`.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let colon = word.find(':').filter(|at| {
            let (before, behind) = (word[..*at].chars().next_back(), word[at + 1..].chars().next());
            let capital = behind.is_some_and(|c| c.is_ascii_uppercase());
            let letter = behind.is_some_and(char::is_alphabetic);
            before.is_some_and(|c| c.is_ascii_alphanumeric() && capital || !c.is_ascii() && letter)
        });
        match colon {
            Some(at) => {
                out.push_str(&word[..=at]);
                out.push(' ');
                out.push_str(&word[at + 1..]);
            }
            None => out.push_str(word),
        }
    }
    out
}

/// Bytes of the first part of a text: all of it, or up to the end of a sentence.
fn part_len(text: &str) -> usize {
    if text.len() <= SENTENCE_MAX_BYTES {
        return text.len();
    }
    let most = text.floor_char_boundary(SENTENCE_MAX_BYTES);
    text[..most].rfind(". ").filter(|at| *at > SENTENCE_MAX_BYTES / 4).map_or(most, |at| at + 2)
}

fn once(values: &mut Vec<String>, value: String) {
    if !value.is_empty() && values.len() < VALUES_MAX && !values.contains(&value) {
        values.push(value);
    }
}

fn short(text: &str) -> &str {
    let text = text.trim();
    &text[..text.floor_char_boundary(VALUE_MAX_BYTES)]
}
