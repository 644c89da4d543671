//! What a server said about a call that failed: OpenAI's error object, and the diagnosis in it.
//!
//! In: status, headers and body of an answer, or an error event of a stream. Out: the facts, and a [`Refused`] whose exit
//! code says what kind of failure it was. An answer that is not an error object of OpenAI's form is shown by its status
//! and the beginning of its body.

use http::{HeaderMap, StatusCode};
use serde_json::Value as Json;

use super::output::Refused;
use super::target::{NETWORK, Target};

/// Exit code where the server wants a key, or another one.
const AUTHENTICATION: u8 = 4;
/// Exit code where a limit or a budget is used up.
const LIMIT: u8 = 5;
/// Characters shown of a body that is something else.
const SHOWN_MAX: usize = 200;

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `None` for an event in a stream that had begun with 200.
    pub(crate) status: Option<u16>,
    pub(crate) message: String,
    /// Slug of the cause; empty where none was told.
    pub(crate) cause: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) docs: Option<String>,
}

impl Failure {
    /// Of an answer whose status is not 2xx.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let error = serde_json::from_slice::<Json>(body).ok().map(|json| json["error"].clone());
        let mut failure = Self::of_object(&error.unwrap_or_default(), Some(status.as_u16()));
        if failure.message.is_empty() {
            failure.message = beginning(body);
        }
        if failure.cause.is_empty() {
            failure.cause = header("x-tollgate-cause").to_owned();
        }
        if failure.docs.is_none() {
            failure.docs = link(header("link"));
        }
        failure
    }

    /// Of an error object: an event of a stream has no status.
    pub(crate) fn of_object(error: &Json, status: Option<u16>) -> Self {
        let text = |json: &Json| json.as_str().map(str::to_owned);
        let diagnosis = &error["diagnosis"];
        let remedy = text(&diagnosis["remedy"]);
        let evidence = diagnosis["evidence"].as_array().map(|all| all.iter().filter_map(text).collect());
        Self {
            status,
            message: without(text(&error["message"]).unwrap_or_default(), remedy.as_deref()),
            cause: text(&diagnosis["cause"]).unwrap_or_default(),
            evidence: evidence.unwrap_or_default(),
            remedy,
            docs: text(&diagnosis["docs"]),
        }
    }

    /// Of an event in a stream, in the form of either API; `None` where it is not a failure.
    pub(crate) fn of_event(event: &Json) -> Option<Self> {
        let error = match event["type"].as_str() {
            _ if event["error"].is_object() => &event["error"],
            Some("error") => event,
            Some("response.failed") => &event["response"]["error"],
            _ => return None,
        };
        Some(Self::of_object(error, None))
    }

    /// What a command that has called this server ends with: where a program would be mended, flags are named.
    pub(crate) fn refused_by(&self, target: &Target) -> Refused {
        let refused = self.refused();
        match self.cause.as_str() {
            _ if self.status == Some(401) && target.key.is_none() => {
                refused.help("no key was sent: give one with --key @FILE, or in TOLLGATE_API_KEY or OPENAI_API_KEY")
            }
            "model_not_found" => refused.help("tollgate models list has the names that this key may use"),
            _ => refused,
        }
    }

    /// What a command ends with.
    pub(crate) fn refused(&self) -> Refused {
        let status = self.status.map_or_else(|| "the stream failed".to_owned(), |status| status.to_string());
        let message = if self.message.is_empty() { status } else { format!("{status}: {}", self.message) };
        let mut refused = Refused::failed(message).code(self.exit_code());
        if !self.cause.is_empty() {
            let why = self.evidence.join("; ");
            let colon = if why.is_empty() { "" } else { ": " };
            refused = refused.cause(format!("{}{colon}{why}", self.cause));
        } else if self.status.is_none() {
            refused = refused.cause("the server sent an error in the middle of its answer");
            refused = refused.help("what had come before it is above; ask again");
        }
        if let Some(remedy) = &self.remedy {
            refused = refused.help(remedy);
        }
        match &self.docs {
            Some(docs) => refused.docs(docs),
            None => refused,
        }
    }

    /// What kind of failure it is, for a script.
    pub(crate) fn exit_code(&self) -> u8 {
        match self.status {
            Some(401 | 403) => AUTHENTICATION,
            Some(402 | 429) => LIMIT,
            Some(502 | 504) if self.cause.is_empty() => NETWORK,
            _ => 1,
        }
    }
}

/// The message ends in the remedy, which is shown by itself.
fn without(message: String, remedy: Option<&str>) -> String {
    match remedy.and_then(|remedy| message.strip_suffix(remedy)) {
        Some(rest) if !rest.trim().is_empty() => rest.trim_end().to_owned(),
        _ => message,
    }
}

/// The first words of a body.
pub(crate) fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The address in `<address>; rel="help"`.
fn link(header: &str) -> Option<String> {
    let (address, rest) = header.strip_prefix('<')?.split_once('>')?;
    rest.contains("help").then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_diagnosis_is_told_in_four_parts_and_nothing_twice() {
        let body = json!({ "error": { "message": "Too fast. Wait 1s.", "type": "requests", "param": null, "code": null,
            "diagnosis": { "cause": "rate_limit_requests", "evidence": ["60 of 60"], "remedy": "Wait 1s.",
                "docs": "http://a/errors/rate_limit_requests" } } });

        let failure = Failure::of_answer(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), body.to_string().as_bytes());

        assert_eq!(failure.message, "Too fast.");
        assert_eq!((failure.exit_code(), failure.refused().to_string().as_str()), (5, "429: Too fast."));
        assert_eq!(failure.docs.as_deref(), Some("http://a/errors/rate_limit_requests"));
    }

    #[test]
    fn what_is_not_an_error_object_is_shown_by_its_beginning() {
        let mut headers = HeaderMap::new();
        headers.insert("link", http::HeaderValue::from_static("<http://a/errors/x>; rel=\"help\""));

        let page = Failure::of_answer(StatusCode::BAD_GATEWAY, &headers, "<html>\n ü".repeat(100).as_bytes());

        assert!(page.message.starts_with("<html> ü<html> ü") && page.message.ends_with('…'));
        assert_eq!((page.exit_code(), page.docs.as_deref()), (6, Some("http://a/errors/x")));
    }
}
