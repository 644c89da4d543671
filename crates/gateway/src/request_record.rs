//! A request's record as JSON: the document of `GET /v1/tollgate/requests/{id}` and of the command line, in one form.
//!
//! In: an id, or a record. Out: a JSON object. docs/records.md describes every member; a member that does not apply is
//! `null`, never left out.

use serde_json::{Value as Json, json};
use tokio::sync::oneshot;
use tollgate_core::id::RequestId;
use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::requests::{PastAttempt, RecordsAway, RequestRecord, RequestRecords, UsageSource};

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LookupError {
    /// The path has no request id in it.
    #[error("no request id")]
    Malformed,
    /// The caller's project has no record of it.
    #[error("no record of {0}")]
    Missing(RequestId),
    /// Whether it has one cannot be said.
    #[error(transparent)]
    Away(#[from] RecordsAway),
}

/// Who reads the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The holder of a key. Evidence may name what only operators may know and is left out.
    Caller,
    /// Whoever runs the gateway.
    Operator,
}

/// The document of a request of the caller's project. Any key of it will do: an id cannot be guessed, so who knows it
/// has had the answer, or was told by who has.
pub(crate) async fn find(records: &dyn RequestRecords, caller: &Key, text: &str) -> Result<String, LookupError> {
    let record = look_up(records, caller, text).await?;
    Ok(json(&record, Audience::Caller).to_string())
}

/// The record of a request of the caller's project.
pub(crate) async fn look_up(
    records: &dyn RequestRecords,
    caller: &Key,
    text: &str,
) -> Result<Box<RequestRecord>, LookupError> {
    let id: RequestId = text.parse().map_err(|_| LookupError::Malformed)?;
    let (tell, told) = oneshot::channel();
    let reply = move |found| {
        // Nobody is told where the caller has left.
        let _ = tell.send(found);
    };
    records.find(&caller.project.id, id, Box::new(reply));
    let found = told.await.unwrap_or(Err(RecordsAway::Failed))?;
    found.ok_or(LookupError::Missing(id))
}

/// The document.
#[must_use]
pub fn json(record: &RequestRecord, audience: Audience) -> Json {
    let mut document = json!({
        "id": record.id.to_string(),
        "object": "tollgate.request",
        "version": 1,
        "created_at": record.id.unix_ms() / 1000,
        "created_at_ms": record.id.unix_ms(),
        "project": filled(&record.project),
        "key": record.key.map(|key| key.to_string()),
        "operation": record.operation.map(Operation::name),
        "stream": record.stream,
        "status": record.status,
        "outcome": record.outcome.name(),
        "cause": filled(&record.cause),
        "model": filled(&record.model),
        "fallback": filled(&record.fallback),
        "model_sent": filled(&record.model_sent),
        "model_answered": filled(&record.model_answered),
        "deployment": filled(&record.deployment),
        "own_account": record.on_own_account,
        "attempts": record.attempts,
        "failed_attempts": record.failed_attempts.iter().map(attempt).collect::<Vec<_>>(),
        "usage": usage(record),
        "request_bytes": record.request_bytes,
        "answer_bytes": record.answer_bytes,
        "duration_us": record.duration_us,
        "upstream_us": record.upstream_us,
        "paused_us": record.paused_us(),
        "first_byte_us": record.first_byte_us,
        "upstream_request_id": filled(&record.upstream_request_id),
    });
    if audience == Audience::Operator {
        document["evidence"] = filled(&record.evidence).into();
    }
    document
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn attempt(attempt: &PastAttempt) -> Json {
    json!({
        "deployment": attempt.deployment,
        "status": attempt.status,
        "cause": attempt.cause,
        "duration_us": attempt.duration_us,
        "pause_us": attempt.pause_us,
    })
}

fn usage(record: &RequestRecord) -> Json {
    let usage = &record.usage;
    json!({
        "source": match record.usage_source {
            UsageSource::Told => "provider",
            UsageSource::Estimated => "estimated",
            UsageSource::Unknown => "unknown",
            UsageSource::None => "none",
        },
        "input": usage.input,
        "cached_input": usage.cached_input,
        "cache_write": usage.cache_write,
        "audio_input": usage.audio_input,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "audio_output": usage.audio_output,
    })
}
