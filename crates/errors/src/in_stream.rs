//! Tells an error that a provider reports inside its stream, in the last event that the caller gets.
//!
//! In: the data of the provider's event, and a [`Diagnosis`]. Out: an event. An error object of OpenAI's form keeps its bytes
//! and gains our diagnosis, any other becomes one, as outside of streams ([`adopt`]). Of an error about the gateway's own
//! credential nothing is passed on: its caller would look for the mistake in a key of his own.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::annotate::{adopt, position};
use crate::catalog;
use crate::diagnosis::Diagnosis;
use crate::render::{Show, diagnosis_json, responses_event, stream_event};

/// The event for the error in `data`, ending in an empty line. `responses_sequence` as for [`stream_event`].
#[must_use]
pub fn adopt_event(
    data: &[u8],
    d: &Diagnosis,
    show: Show,
    docs_base: &str,
    responses_sequence: Option<u64>,
) -> Vec<u8> {
    let told = match responses_sequence {
        _ if [&catalog::UPSTREAM_CREDENTIAL_REJECTED, &catalog::OWN_CREDENTIAL_REJECTED].contains(&d.cause) => None,
        None => adopt(data, d, show, docs_base).map(|body| event(None, &body)),
        Some(sequence) => {
            of_responses(data, d, show, docs_base).or_else(|| rewritten(data, d, show, docs_base, sequence))
        }
    };
    told.unwrap_or_else(|| stream_event(d, show, docs_base, responses_sequence))
}

fn event(name: Option<&str>, data: &[u8]) -> Vec<u8> {
    let name = name.map_or_else(String::new, |name| format!("event: {name}\n"));
    [name.as_bytes(), b"data: ", data, b"\n\n"].concat()
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    diagnosis: Option<Value>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// The events of the Responses API that report errors, with our diagnosis in the object that has the message; `None`
/// where it is another event.
fn of_responses(data: &[u8], d: &Diagnosis, show: Show, docs_base: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(data).ok()?;
    let parsed: Event<'_> = serde_json::from_str(text).ok()?;
    let object = match (parsed.kind, &parsed.response) {
        ("response.failed", Some(Response { error: Some(error) })) => error.get(),
        // One of another gateway of this kind has a diagnosis: it is written anew.
        ("error", None) if parsed.message.is_some() && parsed.diagnosis.is_none() => text.trim_ascii(),
        _ => return None,
    };
    let foreign = object.contains("\"diagnosis\"");
    if foreign || !object.starts_with('{') || object.len() < 3 {
        return None;
    }
    let brace = position(text, object) + object.len() - 1;
    let (before, after) = data.split_at(brace);
    Some(match show {
        Show::Body => {
            let whole = [before, b",\"diagnosis\":", &diagnosis_json(d, docs_base), after].concat();
            event(Some(parsed.kind), &whole)
        }
        Show::Header | Show::Off => event(Some(parsed.kind), data),
    })
}

/// An error of another form, as the event `error` of the Responses API.
fn rewritten(data: &[u8], d: &Diagnosis, show: Show, docs_base: &str, sequence: u64) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_slice(&adopt(data, d, Show::Off, docs_base)?).ok()?;
    let text = |name: &str| body["error"][name].as_str();
    let event = responses_event(text("message")?, text("code"), text("param"), d, show, docs_base, sequence);
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: &str = r#"{"error":{"message":"Overloaded","type":"server_error","param":null,"code":null}}"#;

    fn told(data: &str, cause: &'static crate::Cause, show: Show, sequence: Option<u64>) -> String {
        String::from_utf8(adopt_event(data.as_bytes(), &Diagnosis::new(cause), show, "", sequence)).unwrap()
    }

    fn data(event: &str) -> Value {
        let line = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn an_error_object_keeps_its_bytes_and_another_form_becomes_one() {
        let four = told(FOUR, &catalog::PROVIDER_OVERLOADED, Show::Body, None);
        let bare = told(FOUR, &catalog::PROVIDER_OVERLOADED, Show::Header, None);
        let other = told(
            r#"{"choices":[{"finish_reason":"error"}],"error":{"code":502,"message":"for sk-proj-abcdefghijklmnopqrst"}}"#,
            &catalog::BAD_GATEWAY,
            Show::Body,
            None,
        );

        assert!(four.starts_with(&format!(
            "data: {},\"diagnosis\":{{\"cause\":\"provider_overloaded\"",
            &FOUR[..FOUR.len() - 2]
        )));
        assert!(four.ends_with("}}\n\n"), "{four}");
        assert_eq!(bare, format!("data: {FOUR}\n\n"));
        let error = &data(&other)["error"];
        assert_eq!(error["diagnosis"]["cause"], "bad_gateway");
        assert_eq!(error["message"], "for sk-proj-****************qrst");
        assert_eq!((&error["param"], &error["code"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn the_responses_api_has_its_events_kept() {
        let failed = r#"{"type":"response.failed","sequence_number":4,"response":{"id":"r","status":"failed","error":{"code":"server_error","message":"m"},"output":[]}}"#;
        let error = r#"{"type":"error","code":"server_error","message":"m","param":null,"sequence_number":4}"#;

        let of_failed = told(failed, &catalog::SERVER_ERROR, Show::Body, Some(4));
        let of_error = told(error, &catalog::SERVER_ERROR, Show::Body, Some(4));
        let of_chat = told(FOUR, &catalog::PROVIDER_OVERLOADED, Show::Body, Some(4));

        assert!(
            of_failed.starts_with("event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":4")
        );
        assert_eq!(data(&of_failed)["response"]["error"]["diagnosis"]["cause"], "server_error");
        assert_eq!(data(&of_failed)["response"]["output"], serde_json::json!([]));
        assert!(of_error.starts_with(&format!("event: error\ndata: {},\"diagnosis\"", &error[..error.len() - 1])));
        let of_chat = data(&of_chat);
        assert_eq!((&of_chat["type"], &of_chat["message"]), (&"error".into(), &"Overloaded".into()));
        assert_eq!(
            (&of_chat["sequence_number"], &of_chat["diagnosis"]["cause"]),
            (&4.into(), &"provider_overloaded".into())
        );
    }

    #[test]
    fn of_our_own_credential_nothing_is_passed_on() {
        let theirs =
            r#"{"error":{"message":"Incorrect API key provided: x","type":"t","param":null,"code":"invalid_api_key"}}"#;
        for sequence in [None, Some(2)] {
            let event = told(theirs, &catalog::UPSTREAM_CREDENTIAL_REJECTED, Show::Body, sequence);

            assert!(!event.contains("Incorrect") && !event.contains("invalid_api_key"), "{event}");
            assert!(event.contains("upstream_credential_rejected"));
        }
    }

    #[test]
    fn what_is_not_an_error_at_all_is_told_by_us() {
        for data in ["", "{", "[]", "null"] {
            for sequence in [None, Some(0)] {
                let event = told(data, &catalog::SERVER_ERROR, Show::Body, sequence);

                assert!(event.contains("\"cause\":\"server_error\"") && event.ends_with("\n\n"), "{data}: {event}");
            }
        }
    }
}
