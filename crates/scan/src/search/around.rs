//! Keys without a prefix of their own: what is given to a name of a vendor, or beside one.
//!
//! In: a text and where it names vendors. Out: values of the vendor's length and alphabet that are given to a name which
//! means a key. Only some lines around each word are looked at.

use crate::alphabet::Alphabet;
use crate::judge::{is_cut, is_example, is_placeholder, is_random};
use crate::names::Names;
use crate::search::Candidate;
use crate::vendors::{CONTEXTUAL, Contextual, Near};

/// How far before and behind a word its value may be, where it is in the same statement.
const STATEMENT: (usize, usize) = (80, 200);
/// The same, where client and endpoint are configured some lines apart.
const LINES: (usize, usize) = (1200, 1200);
/// Longer than any key: a file of base64 in one line is not measured again from every word in it.
const RUN_MAX: usize = 512;

/// Keys around words: start and end of each, and the forms that it can announce, bit by bit.
pub(super) fn words(bytes: &[u8], hits: &[(usize, usize, u32)]) -> Vec<Candidate> {
    let mut found = Vec::new();
    if hits.is_empty() {
        return found;
    }
    // A name says more than what stands near: the first one found at a place is taken.
    let named = |wanted: Near| CONTEXTUAL.iter().enumerate().filter(move |(_, form)| form.near == wanted);
    for (at, form) in named(Near::Name).chain(named(Near::Lines)) {
        let (before, behind) = if form.near == Near::Lines { LINES } else { STATEMENT };
        let mut done = 0;
        for (start, end, _) in hits.iter().filter(|(_, _, forms)| forms & (1 << at) != 0) {
            let from = start.saturating_sub(before).max(done);
            let to = (end + behind).min(bytes.len());
            if from < to {
                values(bytes, from, to, form, form.near == Near::Lines, &mut found);
                done = to;
            }
        }
    }
    found
}

/// Values that begin between `from` and `to`. `beside` says that they stand where a name of no service is the vendor's.
pub(super) fn values(
    bytes: &[u8],
    from: usize,
    to: usize,
    form: &Contextual,
    beside: bool,
    found: &mut Vec<Candidate>,
) {
    let mut at = from;
    while at < to {
        if !form.alphabet.has(bytes[at]) {
            at += 1;
            continue;
        }
        let (start, len) = whole(bytes, at, form);
        if form.lengths.contains(&len) {
            found.extend(judged(bytes, start, len, form, beside));
        }
        at = start + len.max(1);
    }
}

/// A run of the alphabet. `=` belongs to base64 at its end alone; at its start it gives the value to a name.
fn whole(bytes: &[u8], at: usize, form: &Contextual) -> (usize, usize) {
    let start = at + bytes[at..].iter().take_while(|byte| **byte == b'=').count();
    let len = form.alphabet.run(&bytes[start..], RUN_MAX);
    match memchr::memchr(b'=', &bytes[start..start + len]) {
        // `name=value` in one run, or the end of base64.
        Some(sign) if start + sign + 2 < start + len => (start, sign),
        _ => (start, len),
    }
}

fn judged(bytes: &[u8], at: usize, len: usize, form: &Contextual, beside: bool) -> Option<Candidate> {
    let body = &bytes[at..at + len];
    let goes_on = |byte: u8| byte != b'=' && (form.alphabet.has(byte) || Alphabet::Token.has(byte));
    let escaped = at >= 2 && bytes[at - 2] == b'\\';
    // Behind a slash it is a part of an address: a version in a vault, a commit, a file's name.
    let begins = at == 0 || escaped || !(goes_on(bytes[at - 1]) || bytes[at - 1] == b'/');
    let ends = bytes.get(at + len).is_none_or(|byte| !goes_on(*byte));
    if !begins || !ends || is_cut(&bytes[at + len..]) || is_placeholder(body) || !is_random(body) {
        return None;
    }
    if form.alphabet == Alphabet::Uuid && !is_uuid(body) {
        return None;
    }
    let key = String::from_utf8_lossy(body).into_owned();
    let names = Names::before(bytes, at);
    let is_named = form.words.iter().any(|word| names.contain(word) || names.on_line(word));
    // Beside Azure's endpoint a value is Azure's, unless its name says that it is another service's.
    let is_near = is_named || (beside && names.are_anybodys());
    let found = is_near && names.mean_a_key() && !is_example(&key);
    found.then_some(Candidate { vendor: form.vendor, at, key, names, in_base64: false })
}

fn is_uuid(body: &[u8]) -> bool {
    body.len() == 36 && body.iter().enumerate().all(|(at, byte)| (*byte == b'-') == matches!(at, 8 | 13 | 18 | 23))
}
