//! Reads recordings of a browser (HAR): the exchanges that failed, and nothing of the others.
//!
//! In: an object with a request and its response. Out: statuses, addresses, headers, bodies in the notes.

use super::notes::Notes;
use super::object::Value;
use super::{addresses, http, members, os_errors};

/// Whether an object is one exchange of a recording.
pub(super) fn is_exchange(members: &[(String, &Value)]) -> bool {
    let has = |wanted: &str| members.iter().any(|(name, value)| name == wanted && matches!(value, Value::Object(_)));
    has("request") && has("response")
}

/// Notes an exchange that failed. Out: whether it did.
pub(super) fn exchange(members: &[(String, &Value)], depth: u8, notes: &mut Notes) -> bool {
    let side = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    let (Some(request), Some(response)) = (side("request"), side("response")) else { return false };
    let status: u16 = text(response, "status").and_then(|status| status.parse().ok()).unwrap_or(0);
    if (100..400).contains(&status) {
        return false;
    }
    if status > 0 {
        notes.status(depth, status);
    }
    // A browser that got no answer says why: `net::ERR_CONNECTION_REFUSED`.
    if let Some(error) = text(response, "_error").or_else(|| text(response, "error")) {
        if let Some(name) = os_errors::by_name(error.trim_start_matches("net::")) {
            notes.os_error(name);
        }
        super::prose::message(error, depth, notes);
    }
    if let Some(url) = text(request, "url") {
        addresses::url(url, true, notes);
    }
    headers(request, |name, value| http::request_header(name, value, notes));
    headers(response, |name, value| http::answer_header(name, value, notes));
    if let Some(body) = member(request, "postData").and_then(|data| text(data, "text")) {
        http::request_body(body, notes);
    }
    if let Some(content) = member(response, "content")
        && let Some(body) = text(content, "text")
    {
        let encoded = text(content, "encoding") == Some("base64");
        let body = if encoded { unpacked(body) } else { body.to_owned() };
        members::read(&Value::Text(body), depth.saturating_add(1), notes);
    }
    true
}

/// What was written in base64, as browsers do with bodies of a type that they do not take for text.
fn unpacked(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const READ_MAX_BYTES: usize = 64 * 1024;
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    let digits = text.bytes().take(READ_MAX_BYTES).filter_map(|b| ALPHABET.iter().position(|a| *a == b));
    for digit in digits {
        bits = (bits << 6) | digit as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn member<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value),
        Value::List(_) | Value::Text(_) | Value::Word(_) => None,
    }
}

fn text<'v>(value: &'v Value, wanted: &str) -> Option<&'v str> {
    match member(value, wanted)? {
        Value::Text(text) | Value::Word(text) => Some(text),
        Value::Object(_) | Value::List(_) => None,
    }
}

/// Headers as recordings have them: a list of names and values.
fn headers(side: &Value, mut note: impl FnMut(&str, &str)) {
    if let Some(Value::List(headers)) = member(side, "headers") {
        for header in headers {
            if let (Some(name), Some(value)) = (text(header, "name"), text(header, "value")) {
                note(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn of_a_recording_the_exchange_that_failed_is_read() {
        let case = case_of(
            r#"{"log": {"version": "1.2", "entries": [
            {"request": {"method": "GET", "url": "https://example.com/app.js", "headers": []}, "response": {"status": 200, "headers": [], "content": {"text": "throw new Error('not this')"}}},
            {"request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "headers": [{"name": "Authorization", "value": "Bearer undefined"}], "postData": {"text": "{\"model\": \"gpt-4o\"}"}},
             "response": {"status": 401, "headers": [{"name": "x-request-id", "value": "r1"}], "content": {"text": "{\"error\": {\"message\": \"Incorrect API key provided: undefined.\", \"code\": \"invalid_api_key\"}}"}}}]}}"#,
        );

        assert_eq!(case.statuses, [401]);
        assert!(case.code_is(&["invalid_api_key"]));
        assert_eq!(case.keys[0].shown, "undefined");
        assert_eq!(case.models, ["gpt-4o"]);
        assert!(case.addresses.iter().all(|a| a.host == "api.openai.com"), "{:?}", case.addresses);
        assert!(case.sentences.iter().all(|s| !s.text.contains("not this")), "{:?}", case.sentences);
    }

    #[test]
    fn a_call_that_a_browser_did_not_make_is_read_too() {
        let case = case_of(
            r#"{"request": {"url": "http://localhost:11434/api/chat"}, "response": {"status": 0, "_error": "net::ERR_CONNECTION_REFUSED"}}"#,
        );

        assert!(case.os_errors.contains(&"econnrefused".to_owned()));
        assert!(case.is_about("ollama"));
    }
}
