//! Takes secrets out of text.
//!
//! In: any text: a provider's error, a header, a log line. Out: the same text with everything that looks like a
//! credential in its redacted form ([`tollgate_core::key::redact`]: 8 characters, stars, 4 characters; all stars when
//! short). A bounded number of passes, no backtracking
//! beyond a constant. What has no known shape and no name before it is not found.

mod broken;
mod words;

use std::sync::LazyLock;

use tollgate_core::key::redact;

pub(crate) use broken::{IDS, broken_off};

use crate::pairs::Pairs;
use crate::vendors::VENDORS;

/// What keys begin with, and how many characters must follow for a text to be one, beside those of [`VENDORS`].
///
/// `sk-` covers ours, OpenAI's, Anthropic's (`sk-ant-`), OpenRouter's (`sk-or-`) and the short hand-made keys of
/// other gateways (`sk-1234`); `eyJ` begins JSON web tokens. Our sessions and invites have beginnings of their own.
const PREFIXES: [(&str, usize); 6] =
    [("sk-", 4), ("sk_", 12), ("ya29.", 8), ("eyJ", 20), ("tg-session-", 8), ("tg-invite-", 8)];

/// The first two bytes of what is looked for, in lower case: at nearly all places of nearly every text nothing begins.
static FIRST: LazyLock<Pairs> = LazyLock::new(|| {
    let prefixes = PREFIXES.iter().map(|(prefix, _)| *prefix).chain(VENDORS.iter().map(|v| v.prefix));
    let words = prefixes.chain(NAMED).chain(HEADERS).chain(["bearer", "basic"]).chain(words::BEGINNINGS);
    // `:` of addresses and echoes, whatever is behind.
    let all: Vec<Vec<u8>> = words.chain([":"]).map(|word| word.bytes().map(lower).collect()).collect();
    Pairs::of(all.iter().map(Vec::as_slice))
});

/// A letter in lower case. Other bytes may become what they are not; nothing is taken for a secret by that alone.
fn lower(byte: u8) -> u8 {
    byte | 0x20
}

/// All prefixes by the byte they begin with.
static BY_FIRST: LazyLock<Vec<Vec<(&str, usize)>>> = LazyLock::new(|| {
    let mut by_first = vec![Vec::new(); 256];
    for (prefix, least) in PREFIXES.into_iter().chain(VENDORS.iter().map(|v| (v.prefix, v.least))) {
        by_first[usize::from(prefix.as_bytes()[0])].push((prefix, least));
    }
    by_first
});

/// Names whose value behind `=` is a secret, in lower case: query parameters, settings, signed URLs.
const NAMED: [&str; 6] = ["key=", "token=", "secret=", "password=", "sig=", "signature="];

/// Header names whose value is a secret, in lower case.
const HEADERS: [&str; 4] = ["api-key", "api_key", "apikey", "cookie"];

/// Words after `Bearer` that say something about the mistake and are no secret.
const NOT_SECRET: [&str; 14] = [
    "auth",
    "authentication",
    "bearer",
    "is",
    "key",
    "none",
    "null",
    "prefix",
    "scheme",
    "token",
    "twice",
    "undefined",
    "your_key",
    "<key>",
];

/// Bytes of an address in which user and password can stand.
const ADDRESS_LOOKED_AT: usize = 512;

/// How often a text is gone through at most after the first time.
const PASSES: usize = 64;

/// Characters of a token that are looked at to decide whether it is a secret in the middle of a word.
const LOOK_AHEAD: usize = 64;

/// `text` with every secret in its redacted form.
///
/// Known shapes are keys of the large vendors and ours, AWS key ids, JSON web tokens, the value after `Bearer` or
/// `Basic`, values of `key=` and alike in queries, and of `api-key:` headers. Linear in the text's length.
#[must_use]
pub fn mask(text: &str) -> String {
    let mut masked = pass(text);
    // Most texts hold no secret.
    if masked == text {
        return masked;
    }
    // What a first pass puts in stars may uncover the name of a second secret; each further pass finds less.
    for _ in 0..PASSES {
        let again = pass(&masked);
        if again == masked {
            break;
        }
        masked = again;
    }
    masked
}

fn pass(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        match secret_at(text, at) {
            Some((start, end)) => {
                out.push_str(&text[copied..start]);
                out.push_str(&redact(&text[start..end]));
                copied = end;
                at = end;
                if let Some((start, end)) = named_across(text.as_bytes(), end) {
                    out.push_str(&text[copied..start]);
                    out.push_str(&redact(&text[start..end]));
                    copied = end;
                    at = end;
                }
            }
            None => at += 1,
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// A value whose name is the tail of the secret that ends at `end`: `eyJ…key=value`.
fn named_across(bytes: &[u8], end: usize) -> Option<(usize, usize)> {
    let longest = NAMED.iter().chain(&HEADERS).map(|name| name.len()).max().unwrap_or(0);
    (end.saturating_sub(longest)..end).find_map(|at| by_name(bytes, at).filter(|(start, _)| *start > end))
}

/// Start and end of the secret that `at` announces.
fn secret_at(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if !bytes.get(at + 1).is_none_or(|next| FIRST.has(lower(bytes[at]), lower(*next))) {
        return None;
    }
    let known = match bytes[at] {
        b':' => by_address(bytes, at),
        b'-' => None,
        _ => by_prefix(bytes, at).or_else(|| by_scheme(bytes, at)).or_else(|| by_name(bytes, at)),
    };
    known.or_else(|| words::announced(text, at))
}

/// The password in `https://user:password@host`.
fn by_address(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at + 3;
    let rest = bytes.get(start..).filter(|_| bytes[at..].starts_with(b"://"))?;
    let rest = &rest[..rest.len().min(ADDRESS_LOOKED_AT)];
    let end = rest.iter().position(|b| *b == b'@' || *b == b'/' || *b == b'"' || b.is_ascii_whitespace())?;
    let colon = rest[..end].iter().position(|b| *b == b':')?;
    // A character cut in two would be no character.
    let is_whole = !rest[colon + 1..end].is_empty() && rest[end] == b'@';
    is_whole.then_some((start + colon + 1, start + end))
}

fn by_prefix(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..];
    let (prefix, least) =
        *BY_FIRST[usize::from(bytes[at])].iter().find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let tail = &rest[prefix.len()..];
    let seen = tail.iter().take(LOOK_AHEAD).take_while(|&&b| in_token(b)).count();
    let end = at + prefix.len() + seen;
    if let Some(end) = broken::broken(bytes, end).filter(|_| seen < LOOK_AHEAD && !in_word(bytes, at)) {
        return Some((at, end));
    }
    if seen < least || (in_word(bytes, at) && !looks_random(&tail[..seen])) || ends_a_word(bytes, at, prefix) {
        return None;
    }
    let len = seen + tail[seen..].iter().take_while(|&&b| in_token(b)).count();
    // The full stop of a sentence is not the key's.
    let dots = tail[..len].iter().rev().take_while(|&&b| b == b'.').count();
    (len - dots >= least).then_some((at, at + prefix.len() + len - dots))
}

/// `Bearer <value>` and `Basic <value>`, also percent-encoded.
fn by_scheme(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let after = ["bearer", "basic"].iter().find_map(|scheme| strip(bytes, at, scheme))?;
    let start = skip_blanks(bytes, after);
    let end = value_end(bytes, start);
    let value = &bytes[start..end];
    if start == after || value.is_empty() || is_word(value) {
        return None;
    }
    // "basic" is also an English word: its value must look like base64.
    let basic = after - at == "basic".len();
    let encoded = value.len() >= 8 && value.iter().any(|b| !b.is_ascii_lowercase());
    (!basic || encoded).then_some((start, end))
}

/// `key=<value>` and `api-key: <value>`.
fn by_name(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = match NAMED.iter().find_map(|name| strip(bytes, at, name)) {
        Some(start) => start,
        None => {
            let after = HEADERS.iter().find_map(|name| strip(bytes, at, name))?;
            let quote = usize::from(matches!(bytes.get(after), Some(b'"' | b'\'')));
            if bytes.get(after + quote) != Some(&b':') {
                return None;
            }
            skip_blanks(bytes, after + quote + 1)
        }
    };
    let start = start + usize::from(matches!(bytes.get(start), Some(b'"' | b'\'')));
    let end = value_end(bytes, start);
    (end > start && !is_word(&bytes[start..end])).then_some((start, end))
}

/// The position behind `lower` at `at`, whatever its case.
fn strip(bytes: &[u8], at: usize, lower: &str) -> Option<usize> {
    let end = at + lower.len();
    bytes.get(at..end)?.eq_ignore_ascii_case(lower.as_bytes()).then_some(end)
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'+' | b'"' | b'\'') => at += 1,
            Some(b'%') if bytes[at..].starts_with(b"%20") => at += 3,
            _ => return at,
        }
    }
}

/// A value ends at a blank, a quote or what separates it from the next; it starts and ends at whole characters
/// because all of these are ASCII.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let ends = |b: &u8| b.is_ascii_whitespace() || b.is_ascii_control() || b"\"'`&,;)]}#".contains(b);
    bytes[start..].iter().position(ends).map_or(bytes.len(), |len| start + len)
}

fn is_word(value: &[u8]) -> bool {
    let value = value.strip_suffix(b".").unwrap_or(value);
    NOT_SECRET.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*')
}

/// Whether a letter or digit stands before: `task-force` holds no key.
fn in_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1].is_ascii_alphanumeric()
}

/// Whether a prefix of two letters is the end of a word, as in `group_` of an id, and not behind an escape such as `\n`.
fn ends_a_word(bytes: &[u8], at: usize, prefix: &str) -> bool {
    let is_letter = |back: usize| at >= back && bytes[at - back].is_ascii_lowercase();
    prefix.len() == 3 && prefix.ends_with('_') && is_letter(1) && is_letter(2)
}

/// Long and with a digit: a key behind `%22` or `\n` stands in no word, though a letter or digit is before it.
fn looks_random(tail: &[u8]) -> bool {
    tail.len() >= 16 && tail.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_known_shape_is_redacted() {
        for (text, expected) in [
            ("key sk-tg-abcdefghijklmnop0123 refused", "key sk-tg-ab**************0123 refused"),
            ("sk-1234", "*******"),
            ("AIzaSyA1234567890abcdefg.", "AIzaSyA1************defg."),
            ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer abcdefgh**************wxyz"),
            ("authorization=bearer%20hunter22", "authorization=bearer%20********"),
            ("Basic dXNlcjpwYXNzd29yZA==", "Basic dXNlcjpw********ZA=="),
            ("GET /v1/models?key=topsecretvalue&x=1", "GET /v1/models?key=**************&x=1"),
            ("{\"api-key\": \"0123456789abcdef0123\"}", "{\"api-key\": \"01234567********0123\"}"),
            ("a=%22sk-proj-0123456789abcdefgh%22", "a=%22sk-proj-**************efgh%22"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSF********MPLE"),
            ("gsk_0123456789abcdef xai-0123456789abcdef", "gsk_0123********cdef xai-0123********cdef"),
            ("hf_abcdefghijklmnopqrs", "hf_abcde**********pqrs"),
            ("http://bob:p4ss!w@10.0.0.1:80/x https://h:443/a@b", "http://bob:******@10.0.0.1:80/x https://h:443/a@b"),
            ("cookie: __cf_bm=Xk29slPq81xx; a", "cookie: __cf_bm=********81xx; a"),
            ("apikey: q8Zt3Lw9Vb2N", "apikey: ************"),
            (
                "GET /v1/tollgate/invites/tg-invite-abcdefghij0123/acept",
                "GET /v1/tollgate/invites/tg-invit************0123/acept",
            ),
            ("tg-session-abcdefghij0123", "tg-sessi*************0123"),
            ("\\nup_0123456789abcdefghijklmnop", "\\nup_01234*****************mnop"),
            ("eyJ0123456789012345678901key=topsecret", "eyJ01234****************1key=*********"),
        ] {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn prose_is_left_alone() {
        for text in [
            "a task-force on risk-based work",
            "keys start with sk- or AIza",
            "send Authorization: Bearer <key>",
            "Authorization: Bearer undefined",
            "the Bearer prefix is written twice, basic auth was used",
            "the api-key header is Azure's",
            "No group found with id 'group_2jXWAabcdefghijk0123IZoX'",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once_and_no_text_makes_it_panic(text in "(sk-|Bearer |key=|api-key:|AKIA|é|[ -~]){0,40}") {
            let once = mask(&text);

            prop_assert_eq!(mask(&once), once);
        }

        #[test]
        fn a_key_is_found_wherever_it_stands(before in "[ -~]{0,20}", key in "[A-Za-z]{15}[0-9][A-Za-z]{24}", after in "([^A-Za-z0-9*_.-].{0,20})?") {
            let masked = mask(&format!("{before}sk-tg-{key}{after}"));

            prop_assert!(!masked.contains(&key[4..30]), "{}", masked);
        }
    }

    #[test]
    fn a_megabyte_of_almost_keys_takes_one_pass() {
        for unit in [
            "ask-",
            "bearer ",
            "key=",
            "eyJ",
            "AKIA ",
            "sk-a ",
            "key '",
            " -u a:",
            "key:key ",
            "sk-\n",
            "key provided: a ",
        ] {
            let text = unit.repeat(1_000_000 / unit.len());
            assert!(mask(&text).len() <= text.len());
        }
    }
}
