//! `POST /v1/tollgate/explain`: the cause in a text that somebody pastes, or of a request that this gateway answered.
//!
//! In: `{"text": "…", "context": {…}}` or `{"request_id": "req_…"}`. Where a text has the id of a failed request of the
//! caller's project in it, its record counts and not the text. Out: the document of `tollgate explain --json`. Any key
//! will do, and nothing of the text is kept. A short text takes less than a millisecond and is read where it came; a long
//! one on a thread beside the serving ones ([`aside`]).

mod models;

use serde_json::Value as Json;
use tollgate_core::id::RequestId;
use tollgate_core::key::Key;
use tollgate_core::requests::RequestRecord;
use tollgate_errors::{Cause, Context, Diagnosis, Explanation, catalog};
use tollgate_providers::json::{self, JsonError, Kind};

use crate::admit;
use crate::aside::aside;
use crate::body::Body;
use crate::failure::Failure;
use crate::read::{self, ReadError};
use crate::record::ADVICE;
use crate::request::Request;
use crate::request_record::{self, Audience};
use crate::respond;
use crate::worker::Worker;

pub use models::explain;

/// Of a body, more than any log that somebody pastes by hand.
const BODY_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Longer bodies are read beside the serving threads.
const QUICK_BYTES: usize = 16 * 1024;

/// What is asked.
enum Ask {
    Text(String, Box<Context>),
    Request(String),
}

/// The document.
pub(crate) async fn answer(
    worker: &Worker,
    caller: &Key,
    request: &mut Request,
    body: &mut Body<'_>,
) -> Result<Vec<u8>, Failure> {
    let _room = read::whole(worker, request, body, BODY_MAX_BYTES).await?;
    let (cause, mut document) = match looked_into(request.body()).await? {
        Found::Text(explanation, ids) => match failed(worker, caller, &ids).await {
            Some(record) => told(worker, caller, &record),
            None => (explanation.cause, explanation.to_json()),
        },
        Found::Request(id) => {
            let record = request_record::look_up(&*worker.shared.records, caller, &id).await?;
            told(worker, caller, &record)
        }
    };
    document["docs"] = Diagnosis::new(cause).docs(&worker.shared.live.load().settings.docs_base).into();
    Ok(document.to_string().into_bytes())
}

/// The record of the first of these requests that failed; a record that cannot be read now is none.
async fn failed(worker: &Worker, caller: &Key, ids: &[RequestId]) -> Option<Box<RequestRecord>> {
    for id in ids {
        let found = request_record::look_up(&*worker.shared.records, caller, &id.to_string()).await;
        if let Ok(record) = found
            && !record.cause.is_empty()
        {
            return Some(record);
        }
    }
    None
}

/// What a record tells the caller, with what the answer said of a model that is not there.
fn told(worker: &Worker, caller: &Key, record: &RequestRecord) -> (&'static Cause, Json) {
    let mut explanation = of_record(record, Audience::Caller);
    if explanation.cause == &catalog::MODEL_NOT_FOUND
        && let Err(unknown) =
            admit::known(&worker.shared.live.load(), caller.bounds(&caller.project.rules.load()), &record.model)
    {
        let evidence = respond::admit(&unknown).evidence_lines().to_vec();
        explanation.evidence.extend(evidence);
    }
    (explanation.cause, with_advice(explanation.to_json(), record))
}

enum Found {
    /// With the ids of requests in it.
    Text(Explanation, Vec<RequestId>),
    Request(String),
}

/// Reads what is asked and explains a text, on another thread where that may take long.
async fn looked_into(body: &[u8]) -> Result<Found, ReadError> {
    if body.len() <= QUICK_BYTES {
        return found(body);
    }
    let body = body.to_vec();
    match aside(move || found(&body)).await {
        Ok(found) => found,
        Err(failed) => match failed.try_into_panic() {
            // A fault of ours is to look like one of the thread that asked, which knows what to do about it.
            Ok(panic) => std::panic::resume_unwind(panic),
            // The process is ending, and this request with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn found(body: &[u8]) -> Result<Found, ReadError> {
    Ok(match ask(body)? {
        Ask::Text(text, context) => Found::Text(explain(&text, &context), RequestId::in_text(&text)),
        Ask::Request(id) => Found::Request(id),
    })
}

const MEMBERS: [&str; 3] = ["text", "context", "request_id"];
const OF_CONTEXT: &str = "an object with any of `status` (a number), `provider`, `url`, `headers`, `request_headers` and \
    `request_body`";

fn ask(body: &[u8]) -> Result<Ask, ReadError> {
    // Says where a text stops being JSON as all endpoints do.
    json::members(body, |_| Ok::<(), JsonError>(())).map_err(ReadError::Json)?;
    let mut asked: serde_json::Map<String, Json> = serde_json::from_slice(body)
        .map_err(|error| unfit("body", "an object", "something else", error.to_string()))?;
    if let Some(other) = asked.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        let found = format!("one that has `{other}` too");
        return Err(unfit(
            "body",
            "an object of `text` and `context`, or of `request_id`",
            &found,
            format!("the body has `{other}`"),
        ));
    }
    let mut member = |name: &str| asked.remove(name).filter(|value| !value.is_null());
    match (member("text"), member("request_id"), member("context")) {
        (None, Some(id), _) => Ok(Ask::Request(text(&id, "request_id")?)),
        (Some(_), Some(_), _) => {
            let what = "the body has both `text` and `request_id`".to_owned();
            Err(unfit("request_id", "nothing beside `text`", "a value", what))
        }
        (None, None, _) => Err(ReadError::Missing { names: &["text", "request_id"] }),
        (Some(given), None, given_context) => {
            let given = text(&given, "text")?;
            if given.trim().is_empty() {
                return Err(unfit("text", "a text with something in it", "an empty one", "`text` is empty".to_owned()));
            }
            Ok(Ask::Text(given, Box::new(given_context.as_ref().map_or_else(|| Ok(Context::default()), context)?)))
        }
    }
}

fn context(given: &Json) -> Result<Context, ReadError> {
    let unfit = |found: &str, what: String| unfit("context", OF_CONTEXT, found, what);
    match given {
        Json::Object(members) => {
            let known = Context::MEMBERS.map(|(name, _)| name);
            if let Some(other) = members.keys().find(|name| !known.contains(&name.as_str())) {
                let other: String = other.chars().take(60).collect();
                return Err(unfit(&format!("one with `{other}`"), format!("`context` has `{other}`")));
            }
            Context::of_json(members).map_err(|error| unfit("one with another value", error.to_string()))
        }
        _ => Err(unfit("something else", "`context` is not an object".to_owned())),
    }
}

fn unfit(name: &'static str, expected: &'static str, found: &str, what: String) -> ReadError {
    ReadError::Unfit { name, expected, found: found.to_owned(), what }
}

fn text(value: &Json, name: &'static str) -> Result<String, ReadError> {
    let found = match value {
        Json::String(text) => return Ok(text.clone()),
        Json::Null => Kind::Null,
        Json::Bool(_) => Kind::Bool,
        Json::Number(_) => Kind::Number,
        Json::Array(_) => Kind::Array,
        Json::Object(_) => Kind::Object,
    };
    Err(ReadError::WrongType { name, expected: "a string", found })
}

/// The document of what a record tells of its request's failure.
#[must_use]
pub fn document(record: &RequestRecord, audience: Audience) -> Json {
    with_advice(of_record(record, audience).to_json(), record)
}

/// What the record's evidence is made of: what speaks for the cause, and the advice that the caller was given.
fn parts(record: &RequestRecord) -> (&str, Option<&str>) {
    match record.evidence.rsplit_once(ADVICE) {
        Some((evidence, advice)) => (evidence, Some(advice)),
        None => (&record.evidence, None),
    }
}

/// The advice of the answer comes before what helps against every failure of the kind.
fn with_advice(mut document: Json, record: &RequestRecord) -> Json {
    if let (_, Some(advice)) = parts(record)
        && let Some(fixes) = document["fixes"].as_array_mut()
    {
        fixes.retain(|fix| fix != advice);
        fixes.insert(0, advice.into());
    }
    document
}

/// What a record tells of its request's failure.
fn of_record(record: &RequestRecord, audience: Audience) -> Explanation {
    let mut evidence = vec![match record.cause.is_empty() {
        true => format!("the request {} did not fail: its outcome is {}", record.id, record.outcome.name()),
        false => format!("the record of {} names it", record.id),
    }];
    if let Some(status) = record.status {
        evidence.push(format!("the answer had status {status}"));
    }
    let (kept, _) = parts(record);
    if audience == Audience::Operator && !kept.is_empty() {
        evidence.push(kept.to_owned());
    }
    for attempt in &record.failed_attempts {
        let status = attempt.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
        evidence.push(format!("{} failed with {status}: {}", attempt.deployment, attempt.cause));
    }
    Explanation::of_cause(&record.cause, evidence)
}
