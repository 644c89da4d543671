//! A record for a person.

use tollgate_core::operation::Operation;
use tollgate_core::requests::{RequestRecord, UsageSource};

/// The columns of [`row`].
pub(super) const HEAD: [&str; 9] = ["time", "request", "key", "model", "status", "outcome", "tokens", "ms", "cause"];

/// One request of a list.
pub(super) fn row(record: &RequestRecord) -> [String; HEAD.len()] {
    let usage = &record.usage;
    [
        time(record.id.unix_ms()),
        record.id.to_string(),
        record.key.map(|key| key.to_string()).unwrap_or_default(),
        record.model.clone(),
        record.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
        record.outcome.name().to_owned(),
        if record.usage_source == UsageSource::Unknown {
            "-".to_owned()
        } else {
            format!("{}+{}", usage.input, usage.output)
        },
        format!("{:.1}", f64::from(record.duration_us) / 1000.0),
        record.cause.clone(),
    ]
}

/// One line for each thing there is to say; what does not apply is left out.
pub(super) fn lines(record: &RequestRecord) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{name:17} {value}"));
        }
    };
    let attempts = record.failed_attempts.iter();
    say("request", record.id.to_string());
    say("time", time(record.id.unix_ms()));
    say("project", record.project.clone());
    say("key", record.key.map(|key| key.to_string()).unwrap_or_default());
    say("operation", operation(record));
    say("status", record.status.map_or_else(|| "not known".to_owned(), |status| status.to_string()));
    say("outcome", record.outcome.name().to_owned());
    say("cause", record.cause.clone());
    say("evidence", record.evidence.clone());
    say("model", models(record));
    say("deployment", record.deployment.clone());
    attempts.for_each(|a| {
        let status = a.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        say("failed attempt", format!("{} {status} {} after {} us", a.deployment, a.cause, a.duration_us));
    });
    say("attempts", record.attempts.to_string());
    say("tokens", tokens(record));
    say("bytes", format!("{} asked, {} answered", record.request_bytes, record.answer_bytes));
    say("duration", format!("{} us, {} us of it at the provider", record.duration_us, record.upstream_us));
    say("first byte", record.first_byte_us.map(|us| format!("{us} us")).unwrap_or_default());
    say("provider's id", record.upstream_request_id.clone());
    lines
}

/// RFC 3339 in UTC, with milliseconds.
pub(super) fn time(unix_ms: u64) -> String {
    let time = i64::try_from(unix_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| unix_ms.to_string(), |time| format!("{time:.3}"))
}

fn operation(record: &RequestRecord) -> String {
    let name = record.operation.map_or("", Operation::name);
    format!("{name}{}", if record.stream { ", as a stream" } else { "" })
}

/// As asked, as sent, as answered; each only where it differs from the one before.
fn models(record: &RequestRecord) -> String {
    let mut text = record.model.clone();
    let mut last = record.model.as_str();
    for (word, model) in [("sent as", &record.model_sent), ("answered by", &record.model_answered)] {
        if !model.is_empty() && model != last {
            text.push_str(&format!(", {word} {model}"));
            last = model;
        }
    }
    text
}

fn tokens(record: &RequestRecord) -> String {
    let usage = &record.usage;
    let parts = [
        ("cached", usage.cached_input),
        ("written to the cache", usage.cache_write),
        ("reasoning", usage.reasoning),
        ("audio in", usage.audio_input),
        ("audio out", usage.audio_output),
    ];
    let mut text = format!("{} in, {} out", usage.input, usage.output);
    for (name, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        text.push_str(&format!(", {count} {name}"));
    }
    match record.usage_source {
        UsageSource::Told => text,
        UsageSource::Estimated => format!("{text} (estimated)"),
        UsageSource::Unknown => "not known".to_owned(),
    }
}
