//! One pass over a text for everything that can announce a key, and what the places found turn out to be.
//!
//! In: bytes. Out: candidates, each with its vendor and its bytes, in the order of their places. An automaton finds prefixes
//! and words of vendors at once; only where it stops is anything else looked at, so that a text without keys costs one
//! pass. How bad a place is, is not decided here.

mod around;
mod beside;
mod encoded;
mod pem;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use tollgate_core::key::Presented;

use crate::alphabet::Alphabet;
use crate::judge::{is_cut, is_dashed, is_example, is_placeholder, is_random};
use crate::names::Names;
use crate::vendors::{CONTEXTUAL, PREFIXED, Prefixed, Proof, SK_BY_NAME};

/// "OpenAI" in base64: it stands in the middle of OpenAI's keys of every form.
const OPENAI_MARK: &[u8] = b"T3BlbkFJ";
/// What stands in the middle of Azure's newer keys.
const AZURE_MARK: &str = "jqqj99";
/// Azure's newer keys are so long.
const AZURE_LEN: usize = 84;
/// A secret of Kubernetes has Docker's configuration in base64, which has its passwords in base64.
const ENCODED_DEEP: usize = 2;

/// A key, as far as its text and the words around it tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) vendor: &'static str,
    /// Its place in the text.
    pub(crate) at: usize,
    pub(crate) key: String,
    pub(crate) names: Names,
    /// Whether it stands there in base64.
    pub(crate) in_base64: bool,
}

/// What the automaton may stop at.
#[derive(Debug, Clone, Copy)]
enum Anchor {
    Prefix(&'static Prefixed),
    AzureMark,
    PrivateKey,
    /// A word of these forms, by their places in [`CONTEXTUAL`]: bit by bit.
    Word(u32),
}

/// What is looked through: bytes of a program have no words around their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Text of any kind.
    Text,
    /// Anything else.
    Binary,
}

/// The automaton. Made once: it takes some milliseconds.
#[derive(Debug)]
pub struct Search {
    automaton: AhoCorasick,
    anchors: Vec<Anchor>,
}

impl Search {
    /// An automaton of all prefixes and words.
    #[must_use]
    pub fn new() -> Self {
        let mut patterns: Vec<&str> = Vec::new();
        let mut anchors = Vec::new();
        for form in &PREFIXED {
            patterns.push(form.prefix);
            anchors.push(Anchor::Prefix(form));
        }
        patterns.push(AZURE_MARK);
        anchors.push(Anchor::AzureMark);
        patterns.push(pem::MARK);
        anchors.push(Anchor::PrivateKey);
        for (word, forms) in words() {
            patterns.push(word);
            anchors.push(Anchor::Word(forms));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .expect("some hundred short patterns fit into an automaton");
        Self { automaton, anchors }
    }

    /// Everything in `bytes` that is a key by its form and by what stands around it.
    pub(crate) fn candidates(&self, bytes: &[u8], content: Content) -> Vec<Candidate> {
        let mut found = self.in_clear(bytes, content);
        if content == Content::Text {
            found.extend(self.in_base64(bytes, 0, ENCODED_DEEP));
        }
        // Stable: what a prefix or a name says comes before what only stands near.
        found.sort_by_key(|candidate| candidate.at);
        found.dedup_by_key(|candidate| candidate.at);
        found
    }

    /// Those in texts that lie in this one in base64, from `from` on.
    fn in_base64(&self, bytes: &[u8], from: usize, deep: usize) -> Vec<Candidate> {
        let mut found = Vec::new();
        for text in encoded::texts(bytes, from) {
            let mut inner = self.in_clear(&text.bytes, Content::Text);
            if deep > 1 {
                inner.extend(self.in_base64(&text.bytes, text.begins, deep - 1));
            }
            let placed = |one: Candidate| Some(Candidate { at: text.place(one.at)?, in_base64: true, ..one });
            found.extend(inner.into_iter().filter_map(placed));
        }
        found
    }

    fn in_clear(&self, bytes: &[u8], content: Content) -> Vec<Candidate> {
        let mut found = Vec::new();
        let mut words = Vec::new();
        for hit in self.automaton.find_iter(bytes) {
            match self.anchors[hit.pattern().as_usize()] {
                Anchor::Prefix(form) => found.extend(of_prefix(bytes, hit.start(), form)),
                Anchor::AzureMark => found.extend(of_azure(bytes, hit.start())),
                Anchor::PrivateKey => found.extend(pem::key(bytes, hit.start(), hit.end())),
                Anchor::Word(forms) if content == Content::Text => words.push((hit.start(), hit.end(), forms)),
                Anchor::Word(_) => {}
            }
        }
        found.extend(around::words(bytes, &words));
        found.extend(beside::words(bytes, &words));
        found.extend(beside_ids(bytes, &found));
        found
    }
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

/// Each word once, with the forms that it can announce.
fn words() -> Vec<(&'static str, u32)> {
    let mut words: Vec<(&'static str, u32)> = Vec::new();
    for (at, form) in CONTEXTUAL.iter().enumerate() {
        for word in form.words {
            match words.iter_mut().find(|(known, _)| known == word) {
                Some((_, forms)) => *forms |= 1 << at,
                None => words.push((*word, 1 << at)),
            }
        }
    }
    words
}

fn of_prefix(bytes: &[u8], at: usize, form: &'static Prefixed) -> Option<Candidate> {
    let start = at + form.prefix.len();
    if !bytes[at..].starts_with(form.prefix.as_bytes()) || !stands_alone(bytes, at, form) {
        return None;
    }
    let run = form.alphabet.run(&bytes[start..], form.most + 1);
    let len = without_end(&bytes[start..start + run]);
    let body = &bytes[start..start + len];
    let goes_on = bytes.get(start + len).is_some_and(u8::is_ascii_alphanumeric);
    if len < form.least || len > form.most || goes_on || is_cut(&bytes[start + len..]) || is_placeholder(body) {
        return None;
    }
    let key = String::from_utf8_lossy(&bytes[at..start + len]).into_owned();
    let names = Names::before(bytes, at);
    if is_example(&key) || !is_proven(form, &key, body, &names) {
        return None;
    }
    Some(Candidate { vendor: vendor(form, body, &names), at, key, names, in_base64: false })
}

/// How much of a run is the key's: a full stop of a sentence, or dashes before a comment, are not.
fn without_end(run: &[u8]) -> usize {
    let mut run = run;
    while run.ends_with(b".") || run.ends_with(b"--") {
        run = &run[..run.len() - 1];
    }
    run.len()
}

/// Nothing before it that it could be the rest of. Behind a `\n` of JSON or a `%20` of an address a letter is no word.
fn stands_alone(bytes: &[u8], at: usize, form: &Prefixed) -> bool {
    let before = &bytes[..at];
    let Some(last) = before.last() else { return true };
    if !Alphabet::Token.has(*last) {
        return true;
    }
    let escaped = matches!(last, b'n' | b't' | b'r') && before.ends_with(&[b'\\', *last]);
    let hex_after = |mark: u8, digits: usize| {
        before.len() > digits
            && before[before.len() - digits - 1] == mark
            && before[before.len() - digits..].iter().all(u8::is_ascii_hexdigit)
    };
    let strong = form.proof == Proof::Prefix && form.prefix.len() >= 6 && matches!(last, b'-' | b'_');
    escaped || strong || hex_after(b'%', 2) || (hex_after(b'u', 4) && before[..before.len() - 5].ends_with(b"\\"))
}

fn is_proven(form: &Prefixed, key: &str, body: &[u8], names: &Names) -> bool {
    match form.proof {
        Proof::OurChecksum => matches!(Presented::read(key.as_bytes()), Presented::Ours(_)),
        Proof::AwsId => {
            let named = names.mean_a_key() || names.contain("aws");
            let usual = body.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let has_digit = body.iter().any(u8::is_ascii_digit);
            if usual { has_digit || named } else { named && is_random(body) }
        }
        Proof::Prefix => is_random(body),
        Proof::Random => is_random(body) && !is_of_another_kind(form, body),
    }
}

/// What begins like a key and was drawn from fewer letters, or was written by somebody.
fn is_of_another_kind(form: &Prefixed, body: &[u8]) -> bool {
    let is_token = form.alphabet == Alphabet::Token;
    let is_hash = form.prefix.len() <= 3 && form.prefix != "sk-" && body.iter().all(|byte| Alphabet::Hex.has(*byte));
    is_token && (is_hash || is_dashed(body))
}

/// `sk-` is what keys of a dozen vendors begin with: the form decides, then the name that the key is given to.
fn vendor(form: &'static Prefixed, body: &[u8], names: &Names) -> &'static str {
    if form.prefix != "sk-" || memchr::memmem::find(body, OPENAI_MARK).is_some() {
        return form.vendor;
    }
    let nearest = names.nearest().unwrap_or_default().to_ascii_lowercase();
    if let Some((_, vendor)) = SK_BY_NAME.iter().find(|(word, _)| nearest.contains(word)) {
        return vendor;
    }
    let is_hex = body.iter().all(|byte| Alphabet::Hex.has(*byte));
    if body.len() == 32 && is_hex && !nearest.contains("openai") { "deepseek" } else { form.vendor }
}

/// A key that has Azure's mark in it.
fn of_azure(bytes: &[u8], mark: usize) -> Option<Candidate> {
    let before = bytes[mark.saturating_sub(AZURE_LEN)..mark].iter().rev();
    let at = mark - before.take_while(|byte| Alphabet::Alphanumeric.has(**byte)).count();
    let len = Alphabet::Alphanumeric.run(&bytes[at..], AZURE_LEN + 1);
    let body = &bytes[at..at + len.min(AZURE_LEN)];
    let marked = bytes[mark..].starts_with(b"JQQJ99");
    // The same form with another mark is a token of Azure's development services.
    let is_other = memchr::memmem::find(body, b"AZDO").is_some();
    if len != AZURE_LEN || !marked || is_other || is_placeholder(body) || is_cut(&bytes[at + len..]) {
        return None;
    }
    let key = String::from_utf8_lossy(body).into_owned();
    Some(Candidate { vendor: "azure", at, key, names: Names::before(bytes, at), in_base64: false })
}

/// The secret that stands right behind an AWS key's id: `AKIA…,secret`, as the console's CSV file has it.
fn beside_ids(bytes: &[u8], found: &[Candidate]) -> Vec<Candidate> {
    let ids = found.iter().filter(|one| one.vendor == "aws" && one.key.len() == 20);
    let secret = |id: &Candidate| {
        let end = id.at + id.key.len();
        let between = bytes[end..].iter().take(8).take_while(|byte| b",:;|\t \"'".contains(*byte)).count();
        let at = end + between;
        let len = Alphabet::Base64.run(&bytes[at..], 41);
        let body = &bytes[at..at + len];
        let fits = between > 0 && len == 40 && is_random(body) && !is_placeholder(body);
        let key = String::from_utf8_lossy(body).into_owned();
        let names = Names::before(bytes, at);
        (fits && !is_example(&key)).then_some(Candidate { vendor: "aws", at, key, names, in_base64: false })
    };
    ids.filter_map(secret).collect()
}

#[cfg(test)]
mod tests;
