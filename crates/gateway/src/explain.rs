//! `POST /v1/tollgate/explain`: the cause in a text that somebody pastes, or of a request that this gateway answered.
//!
//! In: `{"text": "…", "context": {…}}` or `{"request_id": "req_…"}`. Out: the document of `tollgate explain --json`. Any key
//! will do, and nothing of the text is kept. A short text takes less than a millisecond and is read where it came; a long
//! one on a thread beside the serving ones, a few at a time.

use std::sync::LazyLock;

use serde_json::Value as Json;
use tokio::sync::Semaphore;
use tollgate_core::key::Key;
use tollgate_core::requests::RequestRecord;
use tollgate_errors::{Context, Explanation};
use tollgate_providers::json::{self, JsonError, Kind};

use crate::body::Body;
use crate::failure::Failure;
use crate::read::{self, ReadError};
use crate::request::Request;
use crate::request_record::{self, Audience};
use crate::worker::Worker;

/// Of a body, more than any log that somebody pastes by hand.
const BODY_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Longer bodies are read beside the serving threads.
const QUICK_BYTES: usize = 16 * 1024;

/// How many long ones are read at once.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)));

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
    let explanation = match aside(request.body()).await? {
        Found::Text(explanation) => explanation,
        Found::Request(id) => {
            let record = request_record::look_up(&*worker.shared.records, caller, &id).await?;
            of_record(&record, Audience::Caller)
        }
    };
    Ok(explanation.to_json().to_string().into_bytes())
}

enum Found {
    Text(Explanation),
    Request(String),
}

/// Reads what is asked and explains a text at once, where that may take long on another thread.
async fn aside(body: &[u8]) -> Result<Found, ReadError> {
    if body.len() <= QUICK_BYTES {
        return found(body);
    }
    let place = PLACES.acquire().await;
    let body = body.to_vec();
    let done = tokio::task::spawn_blocking(move || {
        // Kept until the work is done, also where the caller has gone by then.
        let _place = place;
        found(&body)
    });
    match done.await {
        Ok(found) => found,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

fn found(body: &[u8]) -> Result<Found, ReadError> {
    Ok(match ask(body)? {
        Ask::Text(text, context) => Found::Text(tollgate_errors::explain(&text, &context)),
        Ask::Request(id) => Found::Request(id),
    })
}

fn ask(body: &[u8]) -> Result<Ask, ReadError> {
    // Says where a text stops being JSON as all endpoints do.
    json::members(body, |_| Ok::<(), JsonError>(())).map_err(ReadError::Json)?;
    let unfit = |error: serde_json::Error| ReadError::Unfit { name: "body", what: error.to_string() };
    let mut asked: Json = serde_json::from_slice(body).map_err(unfit)?;
    if let Some(id) = asked.get("request_id").filter(|id| !id.is_null()) {
        return Ok(Ask::Request(text(id, "request_id")?));
    }
    let Some(given) = asked.get("text").filter(|text| !text.is_null()) else {
        return Err(ReadError::Missing { names: &["text", "request_id"] });
    };
    let given = text(given, "text")?;
    if given.trim().is_empty() {
        return Err(ReadError::Unfit { name: "text", what: "the field `text` is an empty text".to_owned() });
    }
    let context = asked.get_mut("context").map(Json::take).filter(|context| !context.is_null());
    let context = context.map(serde_json::from_value::<Context>).transpose();
    let context = context.map_err(|error| ReadError::Unfit { name: "context", what: error.to_string() })?;
    Ok(Ask::Text(given, Box::new(context.unwrap_or_default())))
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

/// What a record tells of its request's failure.
#[must_use]
pub fn of_record(record: &RequestRecord, audience: Audience) -> Explanation {
    let mut evidence = vec![match record.cause.is_empty() {
        true => format!("the request {} did not fail: its outcome is {}", record.id, record.outcome.name()),
        false => format!("the record of {} names it", record.id),
    }];
    if let Some(status) = record.status {
        evidence.push(format!("the answer had status {status}"));
    }
    if audience == Audience::Operator && !record.evidence.is_empty() {
        evidence.push(record.evidence.clone());
    }
    for attempt in &record.failed_attempts {
        let status = attempt.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
        evidence.push(format!("{} failed with {status}: {}", attempt.deployment, attempt.cause));
    }
    Explanation::of_cause(&record.cause, evidence)
}
