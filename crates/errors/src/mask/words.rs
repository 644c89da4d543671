//! Secrets that only the words around them give away: `Your API key X is invalid`, `password X`, `curl -u name:X`.
//!
//! In: a text and a place in it. Out: where the secret is that the words there announce. The same words stand before names,
//! numbers and other words too, so a text counts as a secret only where letters and digits alternate in it, as often as
//! the words before it leave in doubt. Each look is bounded.

use super::{IDS, is_word, skip_blanks, strip};

/// What the ids of keys and of their owners begin with.
const IDS_OF_KEYS: [&str; 5] = ["key_", "proj_", "org-", "org_", "user-"];
/// Of what is in quotation marks or stands behind `provided:`, the most that is a secret.
const VALUE_MAX: usize = 200;
/// Longer words are not keys that need words to be known.
const WORD_MAX: usize = 512;
/// How far back `curl` is looked for.
const COMMAND_MAX: usize = 200;

/// What a secret is called, and how long it must be and how often it must change between letters and digits; of the last
/// two pairs of figures the second holds where the text says that it was refused.
const NOUNS: [(&str, [(usize, usize); 2]); 7] = [
    ("password", [(7, 1); 2]),
    ("passphrase", [(7, 1); 2]),
    ("passwd", [(7, 1); 2]),
    ("api key", [(8, 2); 2]),
    ("secret", [(12, 3), (8, 2)]),
    ("key", [(16, 4), (8, 4)]),
    ("token", [(16, 4), (8, 4)]),
];
/// What all of this begins with, in lower case; `:` aside.
pub(super) const BEGINNINGS: [&str; 10] =
    ["authorization", "--user", "-u", "password", "passphrase", "passwd", "api key", "secret", "key", "token"];
/// What follows a key that was refused, in lower case.
const REFUSED: [&str; 12] = [
    "is invalid",
    "is not valid",
    "is wrong",
    "is incorrect",
    "is expired",
    "is revoked",
    "is not recognized",
    "is unknown",
    "has expired",
    "has been",
    "was ",
    "invalid",
];
/// Schemes before a credential that have no value of a form of their own.
const SCHEMES: [&str; 7] = ["token", "apikey", "api-key", "api_key", "key", "negotiate", "ntlm"];
/// Words of placeholders and of errors: where one of them stands, it is not a passphrase.
const NOT_A_PASSPHRASE: [&str; 18] = [
    "your",
    "api",
    "key",
    "keys",
    "token",
    "here",
    "insert",
    "replace",
    "enter",
    "paste",
    "bearer",
    "basic",
    "undefined",
    "null",
    "none",
    "error",
    "invalid",
    "not",
];
/// Where a sentence goes on behind a key that it repeats.
const AFTER_ECHO: [&str; 6] = [". You can", ". Find", ". Please", ". See", "\n", "\\n"];

/// Start and end of the secret that the words at `at` announce.
pub(super) fn announced(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    match bytes[at] | 0x20 {
        b'-' => of_curl(bytes, at),
        b':' => repeated(text, at),
        b'a' => of_header(bytes, at).or_else(|| behind_noun(bytes, at)),
        b'k' | b'p' | b's' | b't' => behind_noun(bytes, at),
        _ => None,
    }
}

/// `Authorization: Token X`, `authorization: X`. What is behind `Bearer` and `Basic` is found by these words.
fn of_header(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let after = strip(bytes, at, "authorization")?;
    let after = after + usize::from(matches!(bytes.get(after), Some(b'"' | b'\'')));
    if !matches!(bytes.get(after), Some(b':' | b'=')) {
        return None;
    }
    let start = skip_blanks(bytes, after + 1);
    let end = value_end(bytes, start);
    let first = &bytes[start..end];
    if SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme.as_bytes())) {
        let start = skip_blanks(bytes, end);
        let end = value_end(bytes, start);
        let value = &bytes[start..end];
        let named = value.contains(&b'=') && !value.ends_with(b"=");
        let placeholder = is_variable(value) || strip(value, 0, "your").is_some();
        let fits = value.len() >= 6 && !named && !placeholder && !is_word(value) && !is_form(value);
        return fits.then_some((start, end));
    }
    // Behind these comes a form of its own.
    let formed = ["bearer", "basic", "aws4", "goog4"].iter().any(|scheme| strip(first, 0, scheme).is_some());
    (!formed && looks_secret(first, 8, 1)).then_some((start, end))
}

/// The password in `curl -u name:password`; of other programs only where it looks like one, for `-u 1000:1000` is a user
/// and a group.
fn of_curl(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if at > 0 && !matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'"' | b'\'') {
        return None;
    }
    let option = ["--user", "--proxy-user", "-u"].iter().find_map(|option| strip(bytes, at, option))?;
    let blank = |b: &&u8| matches!(**b, b' ' | b'=' | b'"' | b'\'');
    let start = option + bytes[option..].iter().take(3).take_while(blank).count();
    if start == option && option - at > 2 {
        return None;
    }
    let in_name = |b: &&u8| b.is_ascii_alphanumeric() || b"._-@+%".contains(b);
    let colon = start + bytes[start..].iter().take(64).take_while(in_name).count();
    if colon == start || bytes.get(colon) != Some(&b':') {
        return None;
    }
    let end = value_end(bytes, colon + 1);
    let value = &bytes[colon + 1..end];
    let command = &bytes[at.saturating_sub(COMMAND_MAX)..at];
    let is_curl = || memchr::memmem::find(command, b"curl").is_some();
    let fits = !value.is_empty() && !value.starts_with(b"//") && !is_form(value);
    (fits && (looks_secret(value, 6, 1) || is_curl())).then_some((colon + 1, end))
}

/// `API key X`, `key 'X'`, `password: X`.
fn behind_noun(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let (noun, after, figures) =
        NOUNS.iter().find_map(|(noun, figures)| Some((*noun, strip(bytes, at, noun)?, figures)))?;
    let after = ["\":", "':", ":", " =", " is", " used", ""]
        .iter()
        .find_map(|joint| strip(bytes, after, joint))
        .unwrap_or(after);
    let start = after + bytes[after..].iter().take(4).take_while(|b| **b == b' ').count();
    let quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    let (start, end) = match quote {
        Some(quote) => {
            let inner = &bytes[start + 1..];
            let len = inner.iter().take(VALUE_MAX).take_while(|b| **b != b'\n').position(|b| *b == quote)?;
            (start + 1, start + 1 + len)
        }
        None if start == after => return None,
        None => (start, value_end(bytes, start)),
    };
    let end = end - bytes[start..end].iter().rev().take_while(|b| matches!(b, b'.' | b':' | b'!' | b'?')).count();
    let value = &bytes[start..end];
    // Words in quotation marks are a name, but for what is called a password or a key of an API.
    if value.contains(&b' ') && !matches!(noun, "api key" | "password" | "passphrase") {
        return None;
    }
    // What a key is called is not the key.
    if IDS.iter().chain(&IDS_OF_KEYS).any(|id| value.starts_with(id.as_bytes())) {
        return None;
    }
    let (least, changes) = figures[usize::from(is_refused(bytes, end))];
    looks_secret(value, least, changes).then_some((start, end))
}

/// Whether what follows says that the value before it was refused.
fn is_refused(bytes: &[u8], end: usize) -> bool {
    let rest = bytes[end..].iter().take(4).take_while(|b| b" '\"`".contains(b)).count() + end;
    REFUSED.iter().any(|refused| strip(bytes, rest, refused).is_some())
}

/// What a provider repeats behind `Incorrect API key provided:`, also where somebody took a sentence for a key.
fn repeated(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = &text.as_bytes()[at.saturating_sub("key provided".len())..at];
    if !before.eq_ignore_ascii_case(b"key provided") {
        return None;
    }
    let start = at + 1 + text[at + 1..].bytes().take(4).take_while(|b| *b == b' ').count();
    let rest = &text[start..text.floor_char_boundary((start + VALUE_MAX).min(text.len()))];
    let end = AFTER_ECHO.iter().filter_map(|after| rest.find(after)).min();
    let end = end.or_else(|| rest.find(['"', '{', '}'])).or_else(|| rest.find(". ")).unwrap_or(rest.len());
    let value = rest[..end].trim_end_matches(['.', ' ', '"', '\'', ',']);
    let words = value.split(' ').filter(|word| !word.is_empty()).count();
    let is_plain = |word: &str| NOT_A_PASSPHRASE.iter().any(|plain| word.eq_ignore_ascii_case(plain));
    let told = value.split(|c: char| !c.is_alphanumeric()).any(is_plain);
    let fits = match words {
        0 => false,
        1 => looks_secret(value.as_bytes(), 8, 1) || looks_secret(value.as_bytes(), 12, 0),
        _ => !told && !is_form(value.as_bytes()) && (words > 2 || looks_secret(value.as_bytes(), 8, 1)),
    };
    fits.then_some((start, start + value.len()))
}

/// The end of the word at `start`, which is looked for in a bounded stretch: many words may lead here.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let most = bytes.len().min(start + WORD_MAX);
    let end = start + super::value_end(&bytes[start..most], 0);
    // A character that is cut in two is none.
    if end == most && most < bytes.len() { start } else { end }
}

/// Whether letters and digits change so often in `value`, which has no sign of a form or an address.
fn looks_secret(value: &[u8], least: usize, changes: usize) -> bool {
    let kind = |b: u8| (b.is_ascii_digit(), b.is_ascii_alphabetic());
    let differ = |pair: &&[u8]| kind(pair[0]) != kind(pair[1]) && !pair.iter().any(|b| kind(*b) == (false, false));
    let has_digit = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    value.len() >= least
        && has_digit
        && !is_variable(value)
        && !is_form(value)
        && value.first().is_some_and(u8::is_ascii_alphanumeric)
        && match changes {
            // As often only within one part: `8x7B-Instruct-v0.1` is a model.
            4.. => {
                let parts = value.split(|b| !b.is_ascii_alphanumeric());
                parts.map(|part| part.windows(2).filter(differ).count()).any(|found| found >= changes)
            }
            _ => value.windows(2).filter(differ).count() >= changes,
        }
}

/// Whether it is the name of a variable.
fn is_variable(value: &[u8]) -> bool {
    value.contains(&b'_') && value.iter().all(|b| !b.is_ascii_lowercase())
}

/// What stands in a template or has its stars already, an address, a path into a body.
fn is_form(value: &[u8]) -> bool {
    value.iter().any(|b| b"<>${}[]*".contains(b))
        || memchr::memmem::find(value, b"://").is_some()
        || memchr::memmem::find(value, b"...").is_some()
        || memchr::memmem::find(value, "…".as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use crate::mask;

    #[test]
    fn a_secret_that_only_words_announce_is_hidden() {
        for (text, secret) in [
            ("Authorization: Token abcdef12345qwerty 401 api.openai.com", "f12345q"),
            ("'authorization': 'Token abcdefghijklmnop'", "efghij"),
            ("Proxy-Authorization: 9f8e7d6c5b4a3210", "7d6c5b"),
            ("curl -u admin:Passw0rdXY https://api.openai.com/v1", "Passw0rd"),
            ("curl https://a.example -s --user 'bob:swordfish'", "swordfish"),
            ("http -u bob:hunter2xyz a.example", "hunter2"),
            ("Your API key gk_live_9f8e7d6c5b4a3210 is invalid (openai 401)", "7d6c5b"),
            ("Unauthorized: key hunter2xyz99hunter3abc0 is not valid for api.openai.com", "z99hunter3"),
            ("Basic auth failed for user bob password hunter2xyz at openai", "hunter2"),
            ("Api key 'hunter2 xyz99' invalid openai 401", "xyz99"),
            ("the key `x8Kq2Lm9Zt4` was rejected", "Kq2Lm9"),
            (r#"{"error":"Invalid key xK9fQ2mLpR7vT4wZ8yB3nC6dH1jS5gAe12345678"}"#, "T4wZ8y"),
            (r#"{"password": "Tr0ub4dor3"}"#, "ub4dor"),
            ("Incorrect API key provided: correct horse battery staple. You can find", "horse battery"),
            ("Incorrect API key provided: my dog's name is Rex and pass is q. You can find", "name is Rex"),
            ("Incorrect API key provided: Zebra-Quilt-Umbrella-7781.", "Quilt-Umbrella"),
            ("Incorrect API key provided: correct horse battery staple", "horse battery"),
        ] {
            let masked = mask(text);

            assert!(!masked.contains(secret) && masked.contains("***"), "{masked}");
        }
    }

    #[test]
    fn names_numbers_and_words_behind_the_same_words_stay() {
        for text in [
            "the model key gpt-4o-mini-2024-07-18 is invalid",
            "unknown key 'input[32].status'",
            "The key `claude-3-5-sonnet-20241022` is not a model",
            "key max_tokens is not valid with o3-mini",
            "a key error: token 4096 of 8192, token limit 128000",
            "Unexpected token < in JSON at position 0",
            "token eos2 is unknown; key OPENAI_API_KEY_2 is not set",
            "password authentication failed for user bob",
            "Authorization: Token YOUR_TOKEN and Authorization: Bearer <key>",
            "Authorization: header is missing",
            "Authorization: AWS4-HMAC-SHA256 Credential=",
            "Authorization: Token <token>",
            "docker run -u 1000:1000 image; chown -u root:root; sort -u",
            "the API key of project 12 is invalid; your API key has expired",
            "Incorrect API key provided: your api key here. You can find",
            "Incorrect API key provided: undefined. You can find",
            "Incorrect API key provided: my key. You can find",
            "the key is not valid, the token is expired, this password is wrong",
            "no api key was provided: see the docs",
            "API key gpt-4o",
            "the key key_2g4jm7ma9cqa3lM1 is invalid; API key proj_7a8b9c1d2e3f is unknown",
            "model key mistralai/Mixtral-8x7B-Instruct-v0.1 is invalid",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
