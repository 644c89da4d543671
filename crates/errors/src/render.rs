//! Writes errors for the caller: the only place where the bytes of an error of ours come from.
//!
//! In: a [`Diagnosis`], where to show it, the public base address. Out: status, headers and OpenAI's error object, or
//! the last event of a stream. It sends nothing and adds no `content-type` (always `application/json`).
//!
//! The object always has OpenAI's four keys. With [`Show::Body`] it has one more, `diagnosis`:
//! `{"cause": slug, "party": "caller"|"gateway"|"provider"|"network", "evidence": [text], "remedy": text,
//! "retry": true|false|null, "docs": address}`. `retry` says whether the same request can succeed later at all (null:
//! it depends); the header `x-should-retry` says whether an SDK should try now.

use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::diagnosis::Diagnosis;

/// Where a diagnosis is shown to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// In the error object and in headers.
    #[default]
    Body,
    /// In headers only.
    Header,
    /// Nowhere.
    Off,
}

impl Show {
    /// The word used in settings and in the request header `x-tollgate-diagnosis`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Off => "off",
        }
    }
}

impl FromStr for Show {
    type Err = UnknownShow;

    /// Reads `body`, `header` or `off`, in any case and with blanks around it.
    fn from_str(text: &str) -> Result<Self, UnknownShow> {
        let word = text.trim_ascii();
        [Self::Body, Self::Header, Self::Off]
            .into_iter()
            .find(|show| word.eq_ignore_ascii_case(show.name()))
            .ok_or(UnknownShow)
    }
}

/// The text names no place where a diagnosis can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected body, header or off")]
pub struct UnknownShow;

/// An error as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    /// HTTP status.
    pub status: u16,
    /// Headers in lower case; `content-type` is not among them.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// The error that the caller of a request receives.
#[must_use]
pub fn render(d: &Diagnosis, show: Show, docs_base: &str) -> WireError {
    let body = json(&Body { error: ErrorObject::new(d, show, docs_base) });
    WireError { status: d.wire().status, headers: headers_for(d, show, docs_base), body }
}

/// The headers alone, for a provider's error that is passed on with its own body.
#[must_use]
pub fn headers(d: &Diagnosis, docs_base: &str) -> Vec<(&'static str, String)> {
    headers_for(d, Show::Header, docs_base)
}

/// The headers alone, without those that name the cause where it is to be shown nowhere.
#[must_use]
pub fn headers_for(d: &Diagnosis, show: Show, docs_base: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-should-retry", d.should_retry().to_string())];
    if let Some(wait) = d.wait() {
        headers.push(("retry-after", whole_seconds(wait).to_string()));
        headers.push(("retry-after-ms", wait.as_nanos().div_ceil(1_000_000).to_string()));
    }
    if show != Show::Off {
        headers.push(("x-tollgate-cause", d.cause.slug.to_owned()));
        headers.push(("link", format!("<{}>; rel=\"help\"", d.docs(docs_base))));
    }
    headers
}

/// The error object of a sentence that was written elsewhere, with our diagnosis.
pub(crate) fn error_body(
    message: String,
    kind: &str,
    param: Option<&str>,
    code: Option<&str>,
    d: &Diagnosis,
    show: Show,
    docs_base: &str,
) -> Vec<u8> {
    let diagnosis = (show == Show::Body).then(|| Member::new(d, docs_base));
    json(&Body { error: ErrorObject { message, kind, param, code, diagnosis } })
}

/// The last event of a stream that failed after it began, ending in an empty line.
///
/// Without `responses_sequence` it is that of the chat and completions APIs, `data: {"error":{…}}`; with it that of
/// the Responses API, whose events are numbered: `event: error` with the number in the object. A caller that stopped
/// in the middle of an event has to end that one first.
#[must_use]
pub fn stream_event(d: &Diagnosis, show: Show, docs_base: &str, responses_sequence: Option<u64>) -> Vec<u8> {
    let error = ErrorObject::new(d, show, docs_base);
    let (start, object) = match responses_sequence {
        None => ("data: ", json(&Body { error })),
        Some(sequence_number) => {
            let ErrorObject { message, param, code, diagnosis, .. } = error;
            let event = ResponsesEvent { kind: "error", code, message, param, sequence_number, diagnosis };
            ("event: error\ndata: ", json(&event))
        }
    };
    [start.as_bytes(), &object, b"\n\n"].concat()
}

/// The event `error` of the Responses API, of a message that was written elsewhere.
pub(crate) fn responses_event(
    message: &str,
    code: Option<&str>,
    param: Option<&str>,
    d: &Diagnosis,
    show: Show,
    docs_base: &str,
    sequence_number: u64,
) -> Vec<u8> {
    let diagnosis = (show == Show::Body).then(|| Member::new(d, docs_base));
    let event = ResponsesEvent { kind: "error", code, message: message.to_owned(), param, sequence_number, diagnosis };
    [b"event: error\ndata: ", &json(&event)[..], b"\n\n"].concat()
}

/// The member `diagnosis` as JSON.
pub(crate) fn diagnosis_json(d: &Diagnosis, docs_base: &str) -> Vec<u8> {
    json(&Member::new(d, docs_base))
}

#[derive(Serialize)]
struct Body<'a> {
    error: ErrorObject<'a>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    message: String,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<Member<'a>>,
}

#[derive(Serialize)]
struct ResponsesEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: Option<&'a str>,
    message: String,
    param: Option<&'a str>,
    sequence_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<Member<'a>>,
}

#[derive(Serialize)]
struct Member<'a> {
    cause: &'a str,
    party: &'a str,
    evidence: &'a [String],
    remedy: String,
    retry: Option<bool>,
    docs: String,
}

impl<'a> ErrorObject<'a> {
    fn new(d: &'a Diagnosis, show: Show, docs_base: &str) -> Self {
        Self {
            message: if show == Show::Off { d.sentence(docs_base) } else { d.message(docs_base) },
            kind: d.wire().error_type,
            param: d.param_name(),
            code: d.wire().code,
            diagnosis: (show == Show::Body).then(|| Member::new(d, docs_base)),
        }
    }
}

impl<'a> Member<'a> {
    fn new(d: &'a Diagnosis, docs_base: &str) -> Self {
        Self {
            cause: d.cause.slug,
            party: d.cause.party.name(),
            evidence: d.evidence_lines(),
            remedy: d.remedy(docs_base),
            retry: d.cause.retry.answer(),
            docs: d.docs(docs_base),
        }
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("text, numbers and lists of them always serialise")
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_whatever_its_case() {
        assert_eq!(" Header ".parse(), Ok(Show::Header));
        assert_eq!("on".parse::<Show>(), Err(UnknownShow));
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }
}
