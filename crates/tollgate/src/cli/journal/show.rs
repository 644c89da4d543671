//! A journal entry as text and as JSON.

use serde_json::{Value as Json, json};
use tollgate_core::record::{Entry, failed_attempts};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{Place, happened_at};

use crate::words::time_taken;

/// One line for a person.
pub(super) fn line(entry: &Entry<'_>) -> String {
    let time = at(happened_at(entry));
    match entry {
        Entry::Admission(a) => format!(
            "{time} admission  {} {} {} model={} → {} at {} body={}B{}",
            a.request,
            a.key,
            a.operation.name(),
            a.model_asked,
            a.model_sent,
            a.deployment,
            a.request_bytes,
            if a.stream { " stream" } else { "" }
        ),
        Entry::Settlement(s) => format!(
            "{time} settlement {} {} {} in={} out={} attempts={} {}{}{}",
            s.request,
            s.status,
            s.outcome.name(),
            s.usage.input,
            s.usage.output,
            s.attempts,
            time_taken(s.duration_us.into()),
            if s.cause.is_empty() { String::new() } else { format!(" cause={}", s.cause) },
            s.identity.map_or_else(String::new, |i| format!(
                " {} {} model={}",
                i.key,
                i.operation.name(),
                i.model_asked
            )),
        ),
        Entry::RefusalCount(r) => {
            format!("{time} refusals   {} of {} from {} ({})", r.count, r.cause, r.prefix, r.sample)
        }
    }
}

/// All that the entry says, and where it stands.
pub(super) fn json(place: Place, entry: &Entry<'_>) -> Json {
    let mut json = match entry {
        Entry::Admission(a) => json!({
            "entry": "admission",
            "request": a.request.to_string(),
            "accepted_ms": a.request.unix_ms(),
            "key": a.key.to_string(),
            "project": a.project,
            "operation": a.operation.name(),
            "stream": a.stream,
            "request_bytes": a.request_bytes,
            "model_asked": a.model_asked,
            "model_sent": a.model_sent,
            "deployment": a.deployment,
        }),
        Entry::Settlement(s) => json!({
            "entry": "settlement",
            "request": s.request.to_string(),
            "accepted_ms": s.request.unix_ms(),
            "status": s.status,
            "outcome": s.outcome.name(),
            "attempts": s.attempts,
            "usage": usage(&s.usage),
            "estimated": s.estimated,
            "own_account": s.on_own_account,
            "first_byte_us": s.first_byte_us,
            "duration_us": s.duration_us,
            "upstream_us": s.upstream_us,
            "answer_bytes": s.answer_bytes,
            "cause": s.cause,
            "model_answered": s.model_answered,
            "deployment": s.deployment,
            "fallback": s.fallback,
            "upstream_request_id": s.upstream_request_id,
            "evidence": s.evidence,
            "failed_attempts": attempts(s.failed_attempts),
            "identity": s.identity.map(|i| json!({
                "key": i.key.to_string(),
                "operation": i.operation.name(),
                "project": i.project,
                "model_asked": i.model_asked,
                "stream": i.stream,
                "request_bytes": i.request_bytes,
            })),
        }),
        Entry::RefusalCount(r) => json!({
            "entry": "refusal_count",
            "minute": r.minute,
            "count": r.count,
            "cause": r.cause,
            "prefix": r.prefix,
            "sample": r.sample,
        }),
    };
    nothing_is_null(&mut json);
    json["at_ms"] = happened_at(entry).into();
    json["segment"] = place.segment.to_string().into();
    json["offset"] = place.offset.into();
    json
}

/// In the journal a text that does not apply is empty; in documents it is null.
fn nothing_is_null(json: &mut Json) {
    match json {
        Json::String(text) if text.is_empty() => *json = Json::Null,
        Json::Object(members) => members.values_mut().for_each(nothing_is_null),
        Json::Array(items) => items.iter_mut().for_each(nothing_is_null),
        _ => {}
    }
}

fn usage(usage: &Usage) -> Json {
    json!({
        "input": usage.input,
        "cached_input": usage.cached_input,
        "cache_write": usage.cache_write,
        "audio_input": usage.audio_input,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "audio_output": usage.audio_output,
    })
}

/// RFC 3339 in UTC, with milliseconds.
fn at(unix_ms: u64) -> String {
    let time = i64::try_from(unix_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| unix_ms.to_string(), |time| format!("{time:.3}"))
}

/// The attempts that failed before the last one.
fn attempts(text: &str) -> Json {
    let shown = failed_attempts(text).map(|a| {
        json!({ "deployment": a.deployment, "status": a.status, "cause": a.cause, "duration_us": a.duration_us,
            "pause_us": a.pause_us })
    });
    shown.collect()
}
