//! Reads HTTP as tools show it: raw messages, what `curl -v` prints, headers and bodies of requests.
//!
//! In: lines in order; headers by name; a request's body. Out: headers, keys, addresses and models in the notes.

use super::notes::Notes;
use super::object::{Value, object_at};
use super::{addresses, keys, numbers};
use crate::explain::case::Address;

/// Headers kept of each side.
const HEADERS_MAX: usize = 60;
/// Of a request's body, what is kept.
const BODY_MAX_BYTES: usize = 16 * 1024;

/// Reads lines of a conversation.
#[derive(Default)]
pub(super) struct Transcript {
    /// Whose headers follow.
    side: Option<Side>,
    /// A first line was seen: what is marked with `>` and `<` are headers.
    open: bool,
    host: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Request,
    Answer,
}

impl Transcript {
    /// Whether the line belonged to a conversation and nothing else is in it.
    pub(super) fn take(&mut self, line: &str, notes: &mut Notes) -> bool {
        let (marked, text) = match line.as_bytes() {
            [b'>', b' ', ..] => (Some(Side::Request), &line[2..]),
            [b'<', b' ', ..] => (Some(Side::Answer), &line[2..]),
            [b'>' | b'<'] => {
                self.side = None;
                return true;
            }
            _ => (None, line),
        };
        if let Some(side) = heading(text) {
            self.side = Some(side);
            return true;
        }
        if let Some(rest) = text.strip_prefix("HTTP/") {
            return self.status_line(rest, notes);
        }
        if let Some(path) = request_line(text) {
            self.side = Some(Side::Request);
            self.open = true;
            notes.address(Address { path: path.to_owned(), called: true, ..Address::default() });
            return marked.is_some();
        }
        match (marked.filter(|_| self.open).or(self.side), header(text)) {
            (Some(side), Some((name, value))) => {
                self.header(side, name, value, notes);
                true
            }
            _ => {
                self.side = None;
                false
            }
        }
    }

    /// An empty line ends the headers.
    pub(super) fn end(&mut self) {
        self.side = None;
    }

    /// `1.1 401 Unauthorized`
    fn status_line(&mut self, rest: &str, notes: &mut Notes) -> bool {
        let status = rest.split(' ').nth(1).and_then(|word| word.parse::<u16>().ok());
        let Some(status) = status.filter(|status| (100..=599).contains(status)) else { return false };
        self.side = Some(Side::Answer);
        self.open = true;
        // A proxy's answer to CONNECT comes before the server's.
        if status >= 200 {
            notes.status(1, status);
        }
        // The reason phrase is a sentence of its own.
        false
    }

    fn header(&mut self, side: Side, name: &str, value: &str, notes: &mut Notes) {
        match side {
            Side::Request => {
                if name.eq_ignore_ascii_case("host") {
                    value.clone_into(&mut self.host);
                }
                request_header(name, value, notes);
            }
            Side::Answer => answer_header(name, value, notes),
        }
    }
}

/// `Headers:`, as libraries announce those of the answer.
fn heading(text: &str) -> Option<Side> {
    let text = text.trim_end_matches([':', ' ']);
    if ["headers", "response headers", "responseheaders"].iter().any(|known| text.eq_ignore_ascii_case(known)) {
        return Some(Side::Answer);
    }
    text.eq_ignore_ascii_case("request headers").then_some(Side::Request)
}

/// The path of `POST /v1/x HTTP/1.1`.
fn request_line(text: &str) -> Option<&str> {
    let mut words = text.split(' ');
    let method = words.next()?;
    let path = words.next()?;
    let version = words.next()?;
    let known = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "CONNECT"].contains(&method);
    (known && version.starts_with("HTTP/") && words.next().is_none()).then_some(path)
}

/// `name: value`, the name as headers have it.
fn header(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (plain && name.len() < 64).then(|| (name, value.trim()))
}

/// A header of the answer.
pub(super) fn answer_header(name: &str, value: &str, notes: &mut Notes) {
    let name = name.to_ascii_lowercase();
    if name == "retry-after" {
        numbers::member("retryafter", value, notes);
    }
    if name == "x-tollgate-cause" {
        notes.case.diagnosed = Some(value.trim().to_owned());
    }
    keep(&mut notes.case.headers, name, value);
}

/// A header sent with the request.
pub(super) fn request_header(name: &str, value: &str, notes: &mut Notes) {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "authorization" => keys::authorization(value, notes),
        "x-api-key" | "api-key" | "x-goog-api-key" => keys::note(value, notes),
        "host" => addresses::named("host", value, notes),
        _ => {}
    }
    keep(&mut notes.case.request_headers, name, value);
}

fn keep(headers: &mut Vec<(String, String)>, name: String, value: &str) {
    if headers.len() < HEADERS_MAX && !headers.iter().any(|(n, v)| *n == name && v == value) {
        headers.push((name, value[..value.floor_char_boundary(500)].to_owned()));
    }
}

/// The body of the request, as text.
pub(super) fn request_body(text: &str, notes: &mut Notes) {
    if notes.case.request_body.is_empty() {
        notes.case.request_body = text[..text.floor_char_boundary(BODY_MAX_BYTES)].to_owned();
    }
    if let Some(at) = text.find('{')
        && let Some(read) = object_at(text, at)
    {
        request_model(&read.value, notes);
    }
}

/// The body of the request, read already.
pub(super) fn request_value(value: &Value, notes: &mut Notes) {
    if notes.case.request_body.is_empty() {
        let written = written(value, 0);
        notes.case.request_body = written[..written.floor_char_boundary(BODY_MAX_BYTES)].to_owned();
    }
    request_model(value, notes);
}

fn request_model(value: &Value, notes: &mut Notes) {
    if let Value::Object(members) = value
        && let Some((_, Value::Text(model))) = members.iter().find(|(name, _)| name == "model")
    {
        notes.model(0, model);
    }
}

/// A value as JSON would have it, so that rules can look for `"stream":true` whatever wrote it.
fn written(value: &Value, depth: u32) -> String {
    if depth > 8 {
        return String::new();
    }
    match value {
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Word(word) => word.clone(),
        Value::List(values) => {
            format!("[{}]", values.iter().map(|v| written(v, depth + 1)).collect::<Vec<_>>().join(","))
        }
        Value::Object(members) => {
            let member = |(name, value): &(String, Value)| format!("\"{name}\":{}", written(value, depth + 1));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn a_transcript_gives_both_sides() {
        let case = case_of(
            "* Connected to api.openai.com (1.2.3.4) port 443\n> POST /v1/chat/completions HTTP/1.1\n> Host: api.openai.com\n\
             > Authorization: Bearer undefined\n> \n< HTTP/1.1 401 Unauthorized\n< x-request-id: req_1\n< \n{\"error\": {\"message\": \"no\"}}",
        );

        assert_eq!(case.statuses, [401]);
        assert!(case.request_headers.iter().any(|(name, _)| name == "authorization"));
        assert!(case.headers.iter().any(|(name, value)| name == "x-request-id" && value == "req_1"));
        assert_eq!(case.keys[0].shown, "undefined");
        assert!(case.addresses.iter().any(|a| a.path == "/v1/chat/completions"));
        assert_eq!(case.sentences[0].text, "no");
    }
}
