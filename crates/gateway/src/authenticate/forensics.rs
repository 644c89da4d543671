//! What is wrong with a credential that was not accepted. Off the plain path: it may look as closely as it likes,
//! within bounds.
//!
//! In: a request, or the value of its `Authorization`. Out: the error that says what it is. What a text is by its form
//! is judged by `tollgate_errors`, which `explain` shares; where a key was put instead is [`super::misplaced`]'s.

use tollgate_core::key::{KEY_LEN, PREFIX, Presented, redact};
use tollgate_core::token::Kind;
use tollgate_errors::{Shape, base64, non_ascii, quoted, shape_of, vendor_of, white_space};

use super::{AuthenticateError, misplaced};
use crate::request::Request;

/// Schemes of `Authorization` that are not ours, as they are spelt.
const SCHEMES: [&str; 14] = [
    "Basic",
    "Token",
    "Digest",
    "Api-Key",
    "ApiKey",
    "X-Api-Key",
    "Key",
    "JWT",
    "OAuth",
    "Negotiate",
    "NTLM",
    "Hawk",
    "AWS4-HMAC-SHA256",
    "GoogleLogin",
];

/// No `Authorization` came: where else is a key?
pub(super) fn missing(request: &Request) -> AuthenticateError {
    AuthenticateError::Missing { misplaced: misplaced::find(request), client: request.client() }
}

/// The header's value does not begin with `Bearer `.
pub(super) fn scheme(value: &[u8]) -> AuthenticateError {
    if value.is_empty() {
        return AuthenticateError::Empty { what: "arrived without a value" };
    }
    if value.eq_ignore_ascii_case(b"bearer") {
        return AuthenticateError::Empty { what: "has nothing after `Bearer`" };
    }
    let text = printable(value);
    let (first, rest) = text.split_once([' ', '\t']).unwrap_or((&text, ""));
    if first.eq_ignore_ascii_case("basic") {
        return AuthenticateError::Basic { what: basic(rest.trim()) };
    }
    if let Some(scheme) = SCHEMES.iter().find(|s| s.eq_ignore_ascii_case(first)).filter(|_| !rest.is_empty()) {
        return malformed(format!("has the scheme `{scheme}` and not `Bearer`"));
    }
    if let Some(rest) = strip_word(&text, "bearer") {
        return match rest.chars().next() {
            Some(':') => malformed("has a colon after `Bearer`, where a space should be".to_owned()),
            Some('\t') => malformed("has a tab after `Bearer`, where a space should be".to_owned()),
            Some('%' | '+') => malformed("has an encoded space after `Bearer`".to_owned()),
            Some('=') => malformed("has an equals sign after `Bearer`, where a space should be".to_owned()),
            _ => malformed("has no space between `Bearer` and the key".to_owned()),
        };
    }
    match shape_of(value) {
        // The mistake of the value is the one to be told, for no scheme would help it.
        Some(found @ (Shape::Undefined(_) | Shape::Variable(_) | Shape::Object(_) | Shape::NonAscii { .. })) => {
            AuthenticateError::Shape { shape: found, redacted: redact(&text), bare: true }
        }
        Some(Shape::Quoted(_)) => malformed("is in quotation marks as a whole".to_owned()),
        _ if is_key_like(first) => malformed("holds the key alone, without the word `Bearer` before it".to_owned()),
        // A lone word may be a secret: it is not shown.
        _ if rest.is_empty() => malformed("holds one word and not `Bearer` and a key".to_owned()),
        _ if first.len() <= 20 && first.chars().all(|c| c.is_ascii_alphabetic() || c == '-') => {
            malformed(format!("begins with `{first}` and not with `Bearer`"))
        }
        _ => malformed("does not begin with the word `Bearer`".to_owned()),
    }
}

fn malformed(what: String) -> AuthenticateError {
    AuthenticateError::Malformed { what }
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

pub(super) fn is_key_like(text: &str) -> bool {
    text.starts_with("sk-") || vendor_of(text).is_some()
}

/// What the credentials of the scheme Basic hold, without a character of them.
fn basic(credentials: &str) -> &'static str {
    let Some(text) = base64(credentials).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return if is_key_like(credentials) {
            "it is followed by a key in clear text"
        } else {
            "what follows is not base64"
        };
    };
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    if is_key_like(password) {
        "its password looks like a key"
    } else if is_key_like(user) {
        "its user name looks like a key"
    } else {
        "it holds a user name and a password"
    }
}

/// A value in which a second scheme stands behind a comma: two headers that a proxy has joined.
pub(super) fn is_joined(token: &[u8]) -> bool {
    let parts = token.split(|b| *b == b',').skip(1).map(<[u8]>::trim_ascii_start);
    let begins =
        |part: &[u8], word: &str| part.get(..word.len()).is_some_and(|p| p.eq_ignore_ascii_case(word.as_bytes()));
    let mut parts = parts;
    parts.any(|part| begins(part, "bearer ") || begins(part, "basic ") || part.starts_with(PREFIX.as_bytes()))
}

/// A text with our prefix and a wrong length, character or checksum.
pub(super) fn damaged(token: &[u8]) -> AuthenticateError {
    // What is too short to be one, or has other characters, is no key at all.
    let admin = token.strip_prefix(b"sk-tg-admin-").map(<[u8]>::trim_ascii);
    if admin.is_some_and(|rest| rest.len() >= 32 && rest.iter().all(u8::is_ascii_alphanumeric)) {
        return AuthenticateError::AdminKey { what: "an admin key", redacted: redacted(token) };
    }
    let Ok(text) = std::str::from_utf8(token) else {
        return unknown(token, false);
    };
    let shape =
        quoted(text).or_else(|| non_ascii(text)).or_else(|| white_space(text)).or_else(|| match shape_of(token) {
            Some(found @ (Shape::Placeholder(_) | Shape::NotAKey(_))) => Some(found),
            _ => None,
        });
    match shape {
        Some(shape) => AuthenticateError::Shape { shape, redacted: redacted(token), bare: false },
        None => AuthenticateError::Damaged { redacted: redacted(token), what: damage(text) },
    }
}

/// What is wrong with an ASCII text that begins as our keys do.
fn damage(text: &str) -> String {
    let len = text.len();
    if let Some(at) = text[PREFIX.len()..].find(PREFIX) {
        return match (at + PREFIX.len(), len) {
            (KEY_LEN, l) if l == 2 * KEY_LEN => {
                format!("it was pasted twice: it has {len} characters, a key has {KEY_LEN}")
            }
            _ => format!("it is two keys in a row: it has {len} characters, a key has {KEY_LEN}"),
        };
    }
    let odd = text.bytes().skip(PREFIX.len()).position(|b| !b.is_ascii_alphanumeric());
    let odd = odd.map(|at| (at + PREFIX.len() + 1, char::from(text.as_bytes()[at + PREFIX.len()])));
    match (len, odd) {
        (_, Some((at, c))) if at > KEY_LEN => {
            format!("it is followed by `{c}`: it has {len} characters, a key has {KEY_LEN}")
        }
        (_, Some((at, c))) => format!("its character {at} is `{c}`, and only letters and digits are allowed there"),
        (KEY_LEN, None) if !text.bytes().any(|b| b.is_ascii_uppercase()) => {
            "it has no capital letter, so something turned it into lower case".to_owned()
        }
        (KEY_LEN, None) => "its checksum does not match".to_owned(),
        (len, None) if len < KEY_LEN => {
            format!("it has {len} characters, a key has {KEY_LEN}: {} are missing", KEY_LEN - len)
        }
        (len, None) => format!("it has {len} characters, a key has {KEY_LEN}: {} too many", len - KEY_LEN),
    }
}

/// A text that no key matches.
pub(super) fn unknown(token: &[u8], ours: bool) -> AuthenticateError {
    if ours {
        return AuthenticateError::Unknown { ours, redacted: redacted(token) };
    }
    let administers = |(kind, _): &(Kind, _)| token.starts_with(kind.prefix().as_bytes());
    if let Some((_, what)) = [(Kind::Session, "a session"), (Kind::Invite, "an invite")].into_iter().find(administers) {
        return AuthenticateError::AdminKey { what, redacted: redacted(token) };
    }
    if let Some(what) = beheaded(token) {
        return AuthenticateError::Damaged { redacted: redacted(token), what };
    }
    match shape_of(token) {
        Some(Shape::Empty) => AuthenticateError::Empty { what: "has nothing after `Bearer`" },
        Some(shape) => AuthenticateError::Shape { shape, redacted: redacted(token), bare: false },
        None => AuthenticateError::Unknown { ours, redacted: redacted(token) },
    }
}

/// A key of ours whose beginning was lost or changed on the way: its checksum still tells it.
fn beheaded(token: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(token).ok().filter(|t| t.is_ascii())?;
    let is_ours = |text: &str| matches!(Presented::read(text.as_bytes()), Presented::Ours(_));
    if text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
        return Some("its beginning `sk-tg-` is written in capital letters".to_owned());
    }
    if text.starts_with("sk_tg_") {
        return Some("its beginning is `sk_tg_` and not `sk-tg-`".to_owned());
    }
    let missing = KEY_LEN.checked_sub(text.len()).filter(|n| (1..=PREFIX.len()).contains(n))?;
    is_ours(&format!("{}{text}", &PREFIX[..missing]))
        .then(|| format!("its first {missing} characters (`{}`) are missing", &PREFIX[..missing]))
}

/// The text as it may be shown.
pub(super) fn redacted(token: &[u8]) -> String {
    redact(&printable(token))
}

/// At most 200 characters, none of them a control character.
pub(super) fn printable(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(800)]);
    text.chars().filter(|c| !c.is_control() || *c == '\t').take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(value: &str) -> String {
        match scheme(value.as_bytes()) {
            AuthenticateError::Malformed { what } => what,
            other => panic!("{value}: {other:?}"),
        }
    }

    #[test]
    fn what_stands_before_the_key_is_told_without_the_key() {
        for (value, said) in [
            ("sk-tg-0123456789abcdefghij", "the key alone"),
            ("gsk_0123456789abcdefghij", "the key alone"),
            ("0123456789abcdefghij", "one word"),
            ("Bearer:sk-tg-0123456789abcdefghij", "a colon"),
            ("Bearer\tsk-tg-0123456789abcdefghij", "a tab"),
            ("Bearersk-tg-0123456789abcdefghij", "no space"),
            ("Bearer%20sk-tg-0123456789abcdefghij", "encoded space"),
            ("token sk-tg-0123456789abcdefghij", "`Token`"),
            ("Digest username=\"x\"", "`Digest`"),
            ("Api-Key sk-tg-0123456789abcdefghij", "`Api-Key`"),
            ("Secret sk-tg-0123456789abcdefghij", "`Secret`"),
            ("\"Bearer sk-tg-0123456789abcdefghij\"", "quotation marks"),
        ] {
            let told = what(value);
            assert!(told.contains(said) && !told.contains("456789abc"), "{value}: {told}");
        }
    }

    #[test]
    fn basic_credentials_are_looked_into_and_never_shown() {
        for (credentials, said) in [
            ("dXNlcjpwYXNz", "a user name and a password"),
            ("OnNrLXRnLWFiY2RlZmdoaWprbG1ub3A=", "its password looks like a key"),
            ("c2stdGctYWJjZGVmZ2hpamtsbW5vcDo=", "its user name looks like a key"),
            ("sk-tg-abcdefghijklmnop", "clear text"),
            ("!!", "not base64"),
        ] {
            assert!(basic(credentials).contains(said), "{credentials}: {}", basic(credentials));
        }
    }

    #[test]
    fn the_damage_of_a_key_is_told() {
        // tollgate:allow: made up for this test
        let key = "sk-tg-xgY8P7ITGQrurTJtT4pCxZKCsgWrW4qCHIa899i1V0DJ3RTO0I";
        for (text, said) in [
            (key[..55].to_owned(), "1 are missing"),
            (format!("{key}x"), "1 too many"),
            (format!("{key}{key}"), "pasted twice"),
            (format!("{key};"), "followed by `;`"),
            (key.replace('P', "_"), "its character 11 is `_`"),
            (key.to_lowercase(), "lower case"),
            (key.replace('P', "Q"), "checksum"),
        ] {
            assert!(damage(&text).contains(said), "{text}: {}", damage(&text));
        }
        for (text, said) in [
            (&key[6..], "its first 6 characters"),
            (&key[1..], "its first 1 characters"),
            ("SK-TG-XGY8", "capital"),
            ("sk_tg_abc", "sk_tg_"),
        ] {
            assert!(beheaded(text.as_bytes()).is_some_and(|told| told.contains(said)), "{text}");
        }
        assert_eq!(beheaded(b"0123456789"), None);
    }

    #[test]
    fn joined_headers_are_seen() {
        assert!(is_joined(b"sk-tg-a, Bearer sk-tg-b"));
        assert!(is_joined(b"sk-tg-a,Basic eA=="));
        assert!(!is_joined(b"sk-tg-a"));
        assert!(!is_joined(b"please, use my key"));
    }
}
