//! A record for a person.

use tollgate_core::operation::Operation;
use tollgate_core::requests::{RequestRecord, UsageSource};

use crate::words::time_taken;

/// The columns of [`row`].
pub(super) const HEAD: [&str; 9] =
    ["ACCEPTED", "REQUEST", "KEY", "MODEL", "STATUS", "OUTCOME", "TOKENS IN+OUT", "TIME", "CAUSE"];

/// What is not known, in a list.
const UNKNOWN: &str = "?";
/// The same, where there is room.
const NOT_KNOWN: &str = "not known";

/// One request of a list.
pub(super) fn row(record: &RequestRecord) -> [String; HEAD.len()] {
    let usage = &record.usage;
    [
        time(record.id.unix_ms()),
        record.id.to_string(),
        record.key.map(|key| key.to_string()).unwrap_or_default(),
        record.model.clone(),
        record.status.map_or_else(|| UNKNOWN.to_owned(), |status| status.to_string()),
        record.outcome.name().to_owned(),
        match record.usage_source {
            UsageSource::Told => format!("{}+{}", usage.input, usage.output),
            UsageSource::Estimated => format!("~{}+{}", usage.input, usage.output),
            UsageSource::Unknown => UNKNOWN.to_owned(),
            UsageSource::None => "-".to_owned(),
        },
        record.duration_us.map_or_else(|| UNKNOWN.to_owned(), taken),
        record.cause.clone(),
    ]
}

/// What a list does not explain itself.
pub(super) fn legend(records: &[RequestRecord]) -> Vec<&'static str> {
    let has = |source| records.iter().any(|record| record.usage_source == source);
    let mut notes = Vec::new();
    if has(UsageSource::Estimated) {
        notes.push("~ tokens are estimated: the provider did not report them");
    }
    if has(UsageSource::Unknown) {
        notes.push("? is not known");
    }
    notes
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
    say("Request", record.id.to_string());
    say("Time", time(record.id.unix_ms()));
    say("Project", record.project.clone());
    say("Key", record.key.map(|key| key.to_string()).unwrap_or_default());
    say("Operation", operation(record));
    say("Status", known(record.status));
    say("Outcome", record.outcome.name().to_owned());
    say("Cause", record.cause.clone());
    say("Evidence", record.evidence.clone());
    say("Model", models(record));
    let account = if record.on_own_account { ", with the organization's own credential" } else { "" };
    say("Deployment", format!("{}{account}", record.deployment));
    attempts.for_each(|a| {
        let status = a.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        say("Failed attempt", format!("{} {status} {} after {}", a.deployment, a.cause, taken(a.duration_us)));
    });
    say("Attempts", known(record.attempts));
    say("Tokens", tokens(record));
    say("Bytes", format!("asked: {}, answered: {}", record.request_bytes, known(record.answer_bytes)));
    say("Duration", duration(record));
    say("Waited", pauses(record.paused_us()));
    say("First byte", record.first_byte_us.map(taken).unwrap_or_default());
    say("Provider's id", record.upstream_request_id.clone());
    lines
}

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NOT_KNOWN.to_owned(), |value| value.to_string())
}

fn taken(us: u32) -> String {
    time_taken(us.into())
}

fn duration(record: &RequestRecord) -> String {
    match (record.duration_us, record.upstream_us) {
        (Some(whole), Some(upstream)) => format!("{}, {} of it at the provider", taken(whole), taken(upstream)),
        _ => NOT_KNOWN.to_owned(),
    }
}

/// Where there were any.
fn pauses(us: u64) -> String {
    if us == 0 { String::new() } else { format!("{} between attempts", time_taken(us)) }
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

/// As asked, the fallback that stood in, as sent, as answered; each only where it differs from the one before.
fn models(record: &RequestRecord) -> String {
    let mut text = record.model.clone();
    let mut last = record.model.as_str();
    let models =
        [("asked of", &record.fallback), ("sent as", &record.model_sent), ("answered by", &record.model_answered)];
    for (word, model) in models {
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
        UsageSource::Unknown => NOT_KNOWN.to_owned(),
        UsageSource::None => "none".to_owned(),
    }
}
