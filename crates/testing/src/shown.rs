//! An answer as text for snapshots: everything that differs from run to run is put in brackets, nothing is left out
//! that a client could depend on.

use crate::client::Reply;

/// Headers whose value is a measurement.
const MEASURED: [&str; 2] = ["openai-processing-ms", "x-tollgate-overhead-us"];
/// Headers that say nothing about us.
const DROPPED: [&str; 2] = ["date", "content-length"];

/// The answer as text: status, headers in the order they came, body (JSON laid out).
#[must_use]
pub fn answer(reply: &Reply) -> String {
    let mut text = format!("{}\n", reply.status_line());
    for (name, value) in reply.headers.iter().filter(|(name, _)| !DROPPED.contains(&name.as_str())) {
        let value = if MEASURED.contains(&name.as_str()) { "[n]" } else { value };
        text += &format!("{name}: {value}\n");
    }
    let body = String::from_utf8_lossy(&reply.body);
    text.push('\n');
    match serde_json::from_str::<serde_json::Value>(&body) {
        Ok(json) => text += &serde_json::to_string_pretty(&json).unwrap_or_default(),
        Err(_) => text += &body,
    }
    redact(&text)
}

/// `text` with request ids, key ids, keys (redacted ones too) and local ports in brackets.
#[must_use]
pub fn redact(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric();
    let key = |c: char| c.is_ascii_alphanumeric() || c == '*' || c == '-';
    let text = replace(text, "req_", "req_[id]", word);
    let text = replace(&text, "sk-tg-", "sk-tg-[key]", key);
    let text = replace(&text, "key_", "key_[id]", word);
    let text = replace(&text, "org-", "org-[id]", word);
    let text = replace(&text, "proj_", "proj_[id]", word);
    replace(&text, "127.0.0.1:", "127.0.0.1:[port]", |c| c.is_ascii_digit())
}

/// Every run of `belongs` behind `start`, with its start, by `with`. Slugs such as `key_typo` stay: ids have a digit or
/// a capital, slugs have neither.
fn replace(text: &str, start: &str, with: &str, belongs: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(start) {
        out += &rest[..at];
        let after = &rest[at + start.len()..];
        let end = after.find(|c| !belongs(c)).unwrap_or(after.len());
        let id = &after[..end];
        let varies = id.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '*');
        out += if varies { with } else { &rest[at..at + start.len() + end] };
        rest = &after[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn what_varies_is_taken_out_and_slugs_stay() {
        let text = "key_typo req_01ab, key_0aB3xYz01234 at 127.0.0.1:4321: sk-tg-ab***********wxyz";

        assert_eq!(redact(text), "key_typo req_[id], key_[id] at 127.0.0.1:[port]: sk-tg-[key]");
    }
}
