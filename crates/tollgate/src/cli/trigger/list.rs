//! All failures that can be made, as a table and as a JSON document for programs.
//!
//! `sandbox` says what to send to a server with a sandbox; `request` is the request that makes the mistake itself, with
//! the placeholders described in docs/triggers.md.

use serde::Serialize;
use serde_json::{Value as Json, json};
use tollgate_errors::Diagnosis;
use tollgate_errors::trigger::{self, KeyState, Kind, Program, RawRequest, Trigger, Way};
use tollgate_providers::sandbox::errors::ERROR_MODEL_PREFIX;

use crate::cli::output;

/// A failure as the document has it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    name: &'static str,
    /// One of OpenAI's errors; else a cause's slug.
    openai: bool,
    cause: &'static str,
    kind: &'static str,
    /// The sandbox says what the server would say in a state that no request brings about.
    simulated: bool,
    status: u16,
    r#type: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    /// May the same request succeed later; null where it depends.
    retry: Option<bool>,
    /// `x-should-retry`.
    should_retry: bool,
    retry_after_ms: Option<u64>,
    /// Where it can come: before the first byte, in the middle of a stream.
    moments: Vec<&'static str>,
    /// The cause in the middle of a stream; null where it does not come there.
    middle_cause: Option<&'static str>,
    /// The cause with `x-sandbox-fault: upstream`; null where it cannot be a provider's.
    upstream_cause: Option<&'static str>,
    sandbox: Option<Json>,
    request: Option<Json>,
    program: Option<Json>,
}

/// Those named; all where none is.
pub(super) fn entries(named: &[&'static Trigger]) -> Vec<Entry> {
    match named {
        [] => trigger::all().iter().map(Entry::of).collect(),
        named => named.iter().copied().map(Entry::of).collect(),
    }
}

impl Entry {
    fn of(trigger: &'static Trigger) -> Self {
        let told: Diagnosis = trigger.diagnosis("sandbox");
        let can_be_asked = trigger.can_be_asked();
        Self {
            name: trigger.name,
            openai: trigger.is_openais,
            cause: trigger.cause.slug,
            kind: trigger.kind.name(),
            simulated: trigger.kind == Kind::State,
            status: trigger.status(),
            r#type: trigger.wire.error_type,
            code: trigger.wire.code,
            param: told.param_name().map(str::to_owned),
            retry: trigger.cause.retry.answer(),
            should_retry: told.should_retry(),
            retry_after_ms: told.wait().and_then(|wait| u64::try_from(wait.as_millis()).ok()),
            moments: moments(trigger),
            middle_cause: trigger.cause_in_the_middle().map(|cause| cause.slug),
            upstream_cause: can_be_asked.then(|| trigger.as_providers_cause().slug),
            sandbox: can_be_asked.then(|| sandbox(trigger)),
            request: match trigger.kind {
                Kind::Client(request) => Some(request_json(request)),
                _ => None,
            },
            program: match trigger.kind {
                Kind::Program(program) => Some(program_json(program)),
                _ => None,
            },
        }
    }
}

/// A program that makes the mistake itself.
pub(super) fn program_json(program: &Program) -> Json {
    json!({ "language": program.language.name(), "package": program.package, "code": program.code })
}

fn moments(trigger: &Trigger) -> Vec<&'static str> {
    match trigger.kind {
        _ if !trigger.can_be_asked() => Vec::new(),
        Kind::Socket(fault) if fault.needs_stream() && fault.can_be_in_the_middle() => vec!["middle"],
        Kind::Socket(fault) if !fault.can_be_in_the_middle() => vec!["start"],
        _ => vec!["start", "middle"],
    }
}

fn sandbox(trigger: &Trigger) -> Json {
    let streams = matches!(trigger.kind, Kind::Socket(fault) if fault.needs_stream());
    json!({
        "method": "POST",
        "path": "/v1/chat/completions",
        "model": format!("{ERROR_MODEL_PREFIX}{}", trigger.name),
        "headers": { "x-sandbox-error": trigger.name },
        "body": { "model": "sandbox", "stream": streams, "messages": [{ "role": "user", "content": "Say hello." }] },
    })
}

fn request_json(request: &RawRequest) -> Json {
    let key = match request.key {
        KeyState::Working => "working",
        KeyState::Disabled => "disabled",
        KeyState::Revoked => "revoked",
        KeyState::Rotated => "rotated",
        KeyState::Expired => "expired",
        KeyState::ListsOnly => "with api.model.read alone",
        KeyState::WithoutModel => "without the model sandbox",
    };
    let then = match request.way {
        Way::Whole => "wait",
        Way::Ends => "end the connection's sending side",
        Way::Stalls => "send nothing more",
        Way::Leaves => "close the connection when the answer begins",
    };
    match request.raw {
        Some(raw) => json!({ "raw": raw, "key": key, "then": then }),
        None => json!({
            "method": request.method, "path": request.path, "headers": request.headers, "body": request.body,
            "key": key, "then": then,
        }),
    }
}

/// The table for people. What programs need beside it is in the document.
pub(super) fn table(entries: &[Entry]) -> anyhow::Result<()> {
    let rows: Vec<_> = entries.iter().map(row).collect();
    output::table(["NAME", "KIND", "STATUS", "CAUSE", "RETRY"], &rows)
}

fn row(entry: &Entry) -> [String; 5] {
    let kind = if entry.simulated { "simulated" } else { entry.kind };
    let retry = match (entry.retry, entry.retry_after_ms) {
        (Some(true), Some(ms)) => format!("after {}", wait(ms)),
        (Some(true), None) => "yes".to_owned(),
        (Some(false), _) => "no".to_owned(),
        (None, _) => "depends".to_owned(),
    };
    let status =
        if entry.sandbox.is_none() && entry.program.is_some() { "-".to_owned() } else { entry.status.to_string() };
    [entry.name, kind, &status, entry.cause, &retry].map(str::to_owned)
}

/// A wait as people read it.
pub(super) fn wait(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}
