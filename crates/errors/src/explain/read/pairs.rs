//! Reads pairs of name and value outside objects: `Status Code: 402`, `code: 'ENOTFOUND'`, objects that lack their start.
//!
//! In: a line. Out: codes, parameters, addresses and statuses in the notes.

use super::notes::Notes;
use super::{addresses, http, members, numbers};

/// Pairs read in one line.
const PAIRS_MAX: usize = 40;

/// Names whose value is a code, a type or a status; blanks and underscores left out, in lower case.
const CODES: [&str; 20] = [
    "code",
    "type",
    "status",
    "reason",
    "errorcode",
    "errortype",
    "errorclass",
    "statuscode",
    "httpstatus",
    "finishreason",
    "blockreason",
    "openaicategory",
    "xamznerrortype",
    "errorname",
    "responsecode",
    "grpcstatus",
    "exceptiontype",
    "errno",
    "httpcode",
    "innercode",
];

/// Whether a line begins with a pair, and not with a sentence.
pub(super) fn heads(text: &str) -> bool {
    let Some((name, _)) = text.split_once([':', '=']) else { return false };
    let name = name.trim().trim_matches(['"', '\'']);
    !name.is_empty() && name.len() < 30 && name.split_whitespace().count() <= 2 && !name.contains("http")
}

/// Notes the pairs of a line.
pub(super) fn in_line(text: &str, depth: u8, notes: &mut Notes) {
    let bytes = text.as_bytes();
    let mut found = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b':' | b'=') || found > PAIRS_MAX {
            continue;
        }
        let Some(name) = name_before(&text[..at]) else { continue };
        let value = value_behind(&text[at + 1..]);
        if !value.is_empty() && !begins_prose(&text[at + 1..], value) {
            found += 1;
            pair(&name, value, depth, notes);
        }
    }
}

fn pair(name: &str, value: &str, depth: u8, notes: &mut Notes) {
    match name {
        _ if CODES.contains(&name) => members::code(name, value, depth, notes),
        "param" | "errorparam" | "field" | "loc" | "parameter" => notes.param(value),
        "model" | "modelid" | "modelname" | "deployment" | "engine" if value.len() > 2 => notes.model(depth, value),
        "provider" | "providername" | "llmprovider" => notes.provider(value),
        "baseurl" | "openaibaseurl" | "openaiapibase" | "url" | "endpoint" | "apibase" | "openaiapihost"
        | "anthropicbaseurl" | "host" | "hostname" | "apiurl" => addresses::named("baseurl", value, notes),
        "retryafter" | "retrydelay" => numbers::member(name, value, notes),
        "xapikey" | "apikeyheader" => http::request_header("x-api-key", value, notes),
        _ => {}
    }
}

/// The name that ends here, without separators and in lower case: two words at most.
fn name_before(text: &str) -> Option<String> {
    let text = text.trim_end_matches([' ', '"', '\'', '\\', '*', '`', '>']);
    let start = text.floor_char_boundary(text.len().saturating_sub(40));
    let tail = &text[start..];
    let words: Vec<&str> =
        tail.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).take(2).collect();
    let [last, rest @ ..] = words.as_slice() else { return None };
    let plain = |word: &str| -> String {
        word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let last = plain(last);
    let first = rest.first().map(|word| plain(word)).unwrap_or_default();
    match (first.as_str(), last.as_str()) {
        ("status" | "error" | "http" | "response" | "exit", "code") if first != "exit" => Some(format!("{first}code")),
        ("exit", "code") | (_, "") => None,
        ("error", "type" | "param" | "class" | "name") => Some(format!("error{last}")),
        ("base", "url") | ("model", "id" | "name") | ("provider", "name") => Some(format!("{first}{last}")),
        _ => Some(last),
    }
}

/// Whether a bare value is the first word of a sentence: `reason: remote connection failure`.
fn begins_prose(rest: &str, value: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '>', '*']);
    let plain = rest.starts_with(value) && value.bytes().all(|b| b.is_ascii_alphabetic());
    let behind = rest.get(value.len()..).unwrap_or("");
    let word = behind.strip_prefix(' ').is_some_and(|next| next.starts_with(|c: char| c.is_ascii_lowercase()));
    let mixed = value.bytes().skip(1).any(|b| b.is_ascii_uppercase());
    plain && word && !mixed
}

/// The value that begins here, without quotation marks.
fn value_behind(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '>', '\\', '*']);
    let (open, text) = match text.bytes().next() {
        Some(mark @ (b'"' | b'\'' | b'`')) => (Some(mark), &text[1..]),
        _ => (None, text),
    };
    let ends = |c: char| match open {
        Some(mark) => c == char::from(mark) || c == '\\',
        None => c.is_whitespace() || ",;)}]\"'|".contains(c),
    };
    let end = text.find(ends).unwrap_or(text.len()).min(text.floor_char_boundary(200));
    let value = &text[..end];
    if open.is_none() { value.trim_end_matches(['.', ':', '*', '`']) } else { value }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn pairs_outside_objects_are_read() {
        let case = case_of(
            "ned error', 'code': 429, 'type': 'rate_limited', 'metadata': x\nError param: reasoning.summary\n\
             Status Code: 402\nProvider: openai\nreason: \"API_KEY_INVALID\"",
        );

        assert_eq!(case.statuses, [429, 402]);
        assert!(case.code_is(&["rate_limited"]) && case.code_is(&["api_key_invalid"]), "{:?}", case.codes);
        assert!(case.params.contains(&"reasoning.summary".to_owned()));
        assert!(case.is_about("openai"));
    }

    #[test]
    fn an_object_without_its_start_gives_its_codes() {
        let case = case_of(
            "not found.\",\"type\":\"invalid_request_error\",\"code\":\"previous_response_not_found\",\"param\":\"previous_response_id\"}}",
        );

        assert!(case.code_is(&["previous_response_not_found"]));
        assert_eq!(case.params, ["previous_response_id"]);
    }
}
