//! A failure, told: the one place that decides what a caller learns of it.
//!
//! In: a [`Failure`]. Out: a diagnosis (one exhaustive match, so that a new variant does not compile until somebody
//! has decided), and the answer that carries it. The bytes of the error object are written by `tollgate_errors`
//! alone.

mod admission;
mod body;
mod credentials;
mod looked_up;
mod provider;
mod refusal;

pub(crate) use self::admission::admit;
pub(crate) use self::credentials::{of_credential, unknown_id};
pub(crate) use self::provider::{
    broken_stream, cause, failed_stream, for_operators, says_otherwise, send, words_for_operators,
};

use std::time::Duration;

use tollgate_core::id::RequestId;
use tollgate_core::record::{Outcome, RecorderError};
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Diagnosis, Show, adopt, render, retell};

use self::looked_up::{lookup, stored, why_previous};
use self::provider::open_wait;
use crate::answer::{Answer, Lines};
use crate::failure::Failure;
use crate::fit;
use crate::http1::HeadError;
use crate::images;
use crate::line::PlaceError;
use crate::paths::PathError;
use crate::read::ReadError;
use crate::record::{End, Trace};
use crate::request::{Name, Request};
use crate::retry;
use crate::route::RouteError;
use crate::send::SendError;
use crate::settings::Settings;
use crate::stored::StoredError;
use crate::upstream::seconds;

/// Records a failure and writes its answer.
pub(crate) async fn to_failure(failure: &Failure, request: &Request, mut trace: Box<Trace>, show: Show) -> Answer {
    trace.lap();
    trace.request_bytes = request.body().len();
    let worker = trace.worker.clone();
    let live = trace.live.clone();
    let settings = &live.settings;
    let mut diagnosis = diagnose(failure, request, settings);
    diagnosis = with_model(diagnosis, failure, request, &trace);
    if let (Failure::Send(SendError::Provider { body, asked: false, .. }), Some(deployment)) =
        (failure, &trace.deployment)
    {
        let refused = images::Refused { deployment, request, trace: &trace, words: body };
        diagnosis = images::explain(diagnosis, &refused).await;
        trace.lap();
    }
    if matches!(failure, Failure::Send(_)) && !trace.model_asked.is_empty() && diagnosis.fact_value("model").is_none() {
        // The caller's name of the model: the deployment's means nothing to it.
        diagnosis = diagnosis.fact("model", trace.model_asked.as_str());
    }
    if let Failure::Send(error) = failure {
        trace.private = for_operators(error);
        if let Some(wait) = trace.left_alone.filter(|_| diagnosis.should_retry()) {
            diagnosis = diagnosis.retry_after(open_wait(wait).max(retry::asked_wait(error).unwrap_or_default()));
        }
    }
    if let Failure::Send(SendError::Provider { body, asked: true, .. })
    | Failure::Stored(StoredError::Refused { body, .. }) = failure
    {
        diagnosis = refusal::details(diagnosis, body, trace.operation);
    }
    if let Failure::Send(SendError::Provider { .. }) | Failure::Stored(StoredError::Refused { .. }) = failure {
        diagnosis = body::refused(diagnosis, request, trace.operation);
    }
    if let Some(why) = why_previous(failure, request, &trace) {
        diagnosis = diagnosis.evidence(why);
    }
    let docs = &settings.docs_base;
    let provider_body = match failure {
        // The sandbox speaks for this gateway; a provider's words stay as they are.
        Failure::Send(SendError::Provider { body, asked: true, .. })
        | Failure::Stored(StoredError::Refused { body, .. }) => {
            retell(body, &diagnosis, show, docs).or_else(|| adopt(body, &diagnosis, show, docs))
        }
        Failure::Send(SendError::Provider { body, .. }) => adopt(body, &diagnosis, show, docs),
        _ => None,
    };
    let wire = render(&diagnosis, show, docs);
    let body = provider_body.unwrap_or(wire.body);
    trace.answer_bytes = body.len() as u64;
    let end = End { status: wire.status, outcome: Outcome::Failed, diagnosis: Some(&diagnosis) };
    if let Some(position) = trace.settle(&end)
        && let Err(error) = worker.written(position).await
    {
        tracing::error!(request.id = %trace.id, %error, "a settlement could not be written");
    }
    let mut lines = Lines::new();
    lines.add("content-type", "application/json").common(&trace);
    for (name, value) in &wire.headers {
        lines.add(name, value);
    }
    if let Failure::Send(SendError::Asked(failing)) = failure {
        for (name, value) in failing.headers() {
            lines.add(name, value);
        }
    }
    if let Failure::Path(PathError::Method { allowed }) = failure {
        lines.add("allow", allowed);
    }
    Answer { close: closes(failure), ..Answer::whole(wire.status, lines.done(), body) }
}

/// What is known of the model that was asked, where it explains a refusal, and which others could be asked instead.
fn with_model(d: Diagnosis, failure: &Failure, request: &Request, trace: &Trace) -> Diagnosis {
    let (Failure::Send(error), Some(operation), Some(caller)) = (failure, trace.operation, &trace.caller) else {
        return d;
    };
    let d = match (error, &trace.deployment) {
        (SendError::Provider { body, asked: false, .. }, Some(deployment)) => {
            let d = refusal::details(d, body, Some(operation));
            fit::explain(d, deployment, operation, request.body())
        }
        (SendError::Unfit { .. }, _) => d,
        _ => return d,
    };
    match fit::able(&d, &trace.live.catalog, caller, operation, &trace.model_asked) {
        names if names.is_empty() => d,
        names => d.fact("able", either(&names)),
    }
}

/// A whole HTTP/1.1 answer for a connection above the ceiling.
pub(crate) fn too_many_connections(settings: &Settings, id: RequestId) -> Vec<u8> {
    let limit = settings.limits.connections;
    let diagnosis = Diagnosis::new(&causes::GATEWAY_OVERLOADED)
        .fact("limit", format!("{limit} connections"))
        .retry_after(Duration::from_secs(1));
    let wire = render(&diagnosis, settings.diagnosis, &settings.docs_base);
    let mut lines = Lines(format!("HTTP/1.1 {} Service Unavailable\r\n", wire.status).into_bytes());
    lines.request_id(id).add("content-type", "application/json").add("connection", "close");
    lines.number("content-length", wire.body.len() as u64);
    for (name, value) in &wire.headers {
        lines.add(name, value);
    }
    let mut answer = lines.done();
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&wire.body);
    answer
}

/// Failures after which the connection's framing, or the caller's patience, cannot be trusted.
fn closes(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Head(_)
            | Failure::HeadTimeout
            | Failure::Place(PlaceError::Draining)
            | Failure::Read(ReadError::Framing(_) | ReadError::Incomplete { .. } | ReadError::Timeout { .. })
    )
}

/// Where a diagnosis is shown to this request.
pub(crate) fn show(request: &Request, settings: &Settings) -> Show {
    request.header_text(Name::Diagnosis).and_then(|v| v.parse().ok()).unwrap_or(settings.diagnosis)
}

/// What a failure is, with its facts.
fn diagnose(failure: &Failure, request: &Request, settings: &Settings) -> Diagnosis {
    match failure {
        Failure::Head(e) => head(e, settings),
        Failure::HeadTimeout => Diagnosis::new(&causes::HEAD_TIMEOUT).fact("limit", seconds(settings.timeouts.head)),
        Failure::Path(e) => path(e, request),
        Failure::Place(PlaceError::Overloaded { in_flight }) => Diagnosis::new(&causes::GATEWAY_OVERLOADED)
            .fact("limit", format!("{in_flight} requests"))
            .retry_after(Duration::from_secs(1)),
        Failure::Place(PlaceError::Late { by }) => Diagnosis::new(&causes::GATEWAY_OVERLOADED)
            .evidence(format!("requests wait {} ms for a processor", by.as_millis()))
            .retry_after(Duration::from_secs(1)),
        Failure::Place(PlaceError::Draining) => {
            Diagnosis::new(&causes::GATEWAY_DRAINING).retry_after(Duration::from_secs(1))
        }
        Failure::Authenticate(e) => credentials::diagnose(e, request),
        Failure::Administration(diagnosis) => Diagnosis::clone(diagnosis),
        Failure::Read(e) => body::diagnose(e, request, settings),
        Failure::Admit(e) => admit(e),
        Failure::Lookup(e) => lookup(e, request),
        Failure::Stored(e) => stored(e, request),
        Failure::Route(e) => route(e),
        Failure::Record(e) => record(*e),
        Failure::Send(e) => send(e),
    }
}

fn head(e: &HeadError, settings: &Settings) -> Diagnosis {
    match e {
        HeadError::Malformed(what) => Diagnosis::new(&causes::HTTP_MALFORMED).fact("what", *what).evidence(*what),
        HeadError::Version => Diagnosis::new(&causes::HTTP_VERSION_UNSUPPORTED),
        HeadError::TooLarge => Diagnosis::new(&causes::HEAD_TOO_LARGE).fact("limit", bytes(settings.limits.head_bytes)),
        HeadError::UriTooLong => Diagnosis::new(&causes::URI_TOO_LONG).fact("limit", bytes(settings.limits.head_bytes)),
        HeadError::TooMany => {
            Diagnosis::new(&causes::HEADERS_TOO_MANY).fact("limit", settings.limits.headers.to_string())
        }
        HeadError::Host(what) => {
            Diagnosis::new(&causes::HOST_INVALID).fact("what", *what).evidence(format!("the Host header is {what}"))
        }
        HeadError::Framing(what) => Diagnosis::new(&causes::FRAMING_AMBIGUOUS).fact("what", *what).evidence(*what),
        HeadError::Expectation => Diagnosis::new(&causes::EXPECTATION_UNSUPPORTED),
        HeadError::Method(method) => Diagnosis::new(&causes::METHOD_UNSUPPORTED)
            .fact("method", *method)
            .fact("path", "any path")
            .evidence(format!("the method is {method}")),
    }
}

fn path(e: &PathError, request: &Request) -> Diagnosis {
    let method = request.method_word();
    let with = |cause, likely: Option<&str>| {
        let d = Diagnosis::new(cause)
            .fact("method", method)
            .fact("path", request.path())
            .evidence(format!("{method} {}", request.path()));
        match likely {
            Some(likely) => d.fact("likely", likely),
            None => d,
        }
    };
    match e {
        PathError::Unknown { likely } => {
            let d = with(&causes::ENDPOINT_NOT_FOUND, likely.as_deref());
            let d = match request.path() {
                "/" => d.fact("start", "the API begins at /v1, and /docs is the manual"),
                "/v1" | "/v1/" => d.fact("start", "/v1 is only the beginning of every path of the API"),
                path if path.contains("/openai/deployments/") => d
                    .fact("start", "it is the path of an Azure client, and this server is not Azure")
                    .fact("fix", "Use the client `OpenAI` instead of `AzureOpenAI`, with a base URL that ends in /v1, and name the deployment as `model`"),
                _ => d,
            };
            if request.path().starts_with("/v1") { d } else { d.with_wire(wires::UNKNOWN_URL) }
        }
        PathError::DoubleV1 { likely } => with(&causes::BASE_URL_DOUBLE_V1, Some(likely)),
        PathError::Doubled { likely } => with(&causes::BASE_URL_INCLUDES_PATH, Some(likely)),
        PathError::Method { allowed } => with(&causes::METHOD_NOT_ALLOWED, None)
            .fact("allowed", allowed.replace(", ", " and "))
            .fact("either", allowed.replace(", ", " or ")),
    }
}

fn route(e: &RouteError) -> Diagnosis {
    match e {
        RouteError::StateUnroutable { param, model, deployments } => {
            let evidence = match deployments {
                1 => format!("the deployment of {model} is not marked one_project = true"),
                n => format!("{model} has {n} deployments, and what is stored at one is unknown to the others"),
            };
            Diagnosis::new(&causes::RESPONSE_STATE_UNROUTABLE).param(*param).fact("model", model).evidence(evidence)
        }
        RouteError::NoDeployment { model } => Diagnosis::new(&causes::UPSTREAM_CREDENTIAL_MISSING).fact("model", model),
    }
}

fn record(e: RecorderError) -> Diagnosis {
    match e {
        RecorderError::Full => Diagnosis::new(&causes::JOURNAL_FULL).retry_after(Duration::from_secs(30)),
        RecorderError::Failed => Diagnosis::new(&causes::JOURNAL_FAILED).retry_after(Duration::from_secs(30)),
    }
}

/// Names to choose from: "`a`", "`a` or `b`", "`a`, `b` or `c`".
pub(crate) fn either(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

fn bytes(n: usize) -> String {
    match n {
        n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", n >> 10),
        n => format!("{n} bytes"),
    }
}

/// A moment in RFC 3339, as the command line prints it.
pub(crate) fn utc(unix_seconds: i64) -> String {
    jiff::Timestamp::from_second(unix_seconds).map_or_else(|_| unix_seconds.to_string(), |at| at.to_string())
}
