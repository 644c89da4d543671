//! A failure, told: the one place that decides what a caller learns of it.
//!
//! In: a [`Failure`]. Out: a diagnosis (one exhaustive match, so that a new variant does not compile until somebody
//! has decided), and the answer that carries it. The bytes of the error object are written by `tollgate_errors`
//! alone.

mod body;
mod credentials;
mod refusal;

pub(crate) use self::credentials::{of_credential, unknown_id};

use std::time::Duration;

use tollgate_core::id::RequestId;
use tollgate_core::operation::Operation;
use tollgate_core::record::{Outcome, RecorderError};
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{
    Answer as Said, By, Cause, Diagnosis, Show, adopt, classify_answer, classify_event, diagnosed, mask, render, retell,
};
use tollgate_models::Retired;
use tollgate_providers::sandbox::{Gone, Memory};

use crate::admit::{AdmitError, Sold, patterns};
use crate::answer::{Answer, Lines};
use crate::catalog::Deployment;
use crate::failure::Failure;
use crate::fit;
use crate::http1::HeadError;
use crate::line::PlaceError;
use crate::paths::PathError;
use crate::read::ReadError;
use crate::record::{End, Trace};
use crate::request::{Name, Request};
use crate::request_record::LookupError;
use crate::retry;
use crate::route::RouteError;
use crate::send::{SendError, sent};
use crate::settings::Settings;
use crate::stored::{StoredError, memory};
use crate::tls::FaultKind;
use crate::upstream::{Limit, UpstreamError, seconds};

/// Records a failure and writes its answer.
pub(crate) async fn to_failure(failure: &Failure, request: &Request, mut trace: Box<Trace>, show: Show) -> Answer {
    trace.lap();
    trace.request_bytes = request.body().len();
    let worker = trace.worker.clone();
    let live = trace.live.clone();
    let settings = &live.settings;
    let mut diagnosis = diagnose(failure, request, settings);
    diagnosis = with_model(diagnosis, failure, request, &trace);
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

/// What of a provider's failure is for the record and the log only: addresses, and what it says of our credential.
pub(crate) fn for_operators(error: &SendError) -> String {
    match error {
        SendError::CredentialRejected { text, .. } => mask(text),
        SendError::Asked(failing) => failing.met().map(for_operators).unwrap_or_default(),
        SendError::Upstream { error, .. } => match error {
            UpstreamError::Dns { host, .. } => format!("the name is {host}"),
            UpstreamError::Tls { host, fault } => {
                format!("the name is {host}; in the words of the TLS library: {}", fault.raw)
            }
            UpstreamError::Refused { address } | UpstreamError::Unreachable { address, .. } => {
                format!("the address is {address}")
            }
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// The wait told where breakers are open: they open for less than a second too, which is no pause for a fleet of SDKs.
fn open_wait(wait: Duration) -> Duration {
    wait.max(Duration::from_secs(1))
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
        Failure::Read(e) => body::diagnose(e, request, settings),
        Failure::Admit(e) => admit(e),
        Failure::Lookup(e) => lookup(e),
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

/// Why a call is not admitted.
pub(crate) fn admit(e: &AdmitError) -> Diagnosis {
    match e {
        AdmitError::MissingScope { scope, granted } => Diagnosis::new(&causes::KEY_INSUFFICIENT_SCOPES)
            .fact("scopes", scope.name())
            .fact("granted", granted)
            .evidence(format!("the key has {granted}")),
        AdmitError::UnknownModel { model, nearest, usable, sold, retired } => {
            let d = Diagnosis::new(&causes::MODEL_NOT_FOUND).fact("model", model).evidence(format!("model: {model:?}"));
            let prefix =
                nearest.first().and_then(|name| model.strip_suffix(name.as_str())).filter(|p| p.ends_with('/'));
            let d = match prefix {
                Some(prefix) => d.fact("prefix", format!("the prefix `{prefix}` does not belong to the name")),
                None => d,
            };
            let d = match sold {
                Some(sold) => by_sellers(d, sold),
                None => d,
            };
            let d = match retired {
                Some(Retired { by, on }) => d
                    .fact("retired", format!("{} has switched off its model of that name, on {on}", by.name()))
                    .evidence(format!("{} gives {on} as the day of its retirement", by.name())),
                None => d,
            };
            let first = either(nearest.get(..1).unwrap_or_default());
            d.fact("nearest", either(nearest)).fact("first", first).fact("usable", either(usable))
        }
        AdmitError::ModelRefused { model, rule, project, key } => Diagnosis::new(&causes::KEY_LACKS_MODEL)
            .fact("model", model)
            .fact("project", project)
            .fact("rule", rule)
            .evidence(format!("the key's {rule}"))
            .evidence(format!("the key is {key}")),
        AdmitError::TierTooLow { model, needs, has, instead } => Diagnosis::new(&causes::MODEL_ACCESS_TIER)
            .fact("model", model)
            .fact("needs", needs.to_string())
            .fact("has", in_words(*has))
            .fact("nearest", either(instead))
            .evidence(format!("the setting models.{model:?}.tier is {needs}, and the key has {}", in_words(*has))),
        AdmitError::OutOfRegion { model, served, allowed, instead } => {
            let none = || "no region that the settings name".to_owned();
            let served = if served.is_empty() { none() } else { patterns(served) };
            Diagnosis::new(&causes::REGION_UNSUPPORTED)
                .fact("model", model)
                .fact("served", &served)
                .fact("allowed", allowed)
                .fact("nearest", either(instead))
                .evidence(format!("{model} is served in {served}, and the key's calls may be in {allowed} only"))
        }
        AdmitError::Retired { model, date, successor } => {
            let d = Diagnosis::new(&causes::MODEL_DEPRECATED)
                .fact("model", model)
                .fact("date", date)
                .evidence(format!("model: {model:?}, retired on {date}"));
            match successor {
                Some(successor) => d.fact("successor", successor),
                None => d,
            }
        }
        AdmitError::WrongOperation { model, operation, serves, said_by } => {
            let first = serves.first().copied();
            let chat = first == Some(Operation::ChatCompletions);
            let cause = match operation {
                Operation::ChatCompletions if first == Some(Operation::Completions) => {
                    &causes::COMPLETION_MODEL_ON_CHAT
                }
                Operation::Completions if chat => &causes::CHAT_MODEL_ON_COMPLETIONS,
                _ => &causes::MODEL_WRONG_ENDPOINT,
            };
            let endpoint = |o: Operation| format!("v1{}", o.path());
            let d = Diagnosis::new(cause)
                .fact("model", model)
                .fact("endpoint", endpoint(*operation))
                .evidence(format!("{model} was asked at {}", endpoint(*operation)))
                .evidence(format!(
                    "it serves {}: {said_by}",
                    serves.iter().copied().map(endpoint).collect::<Vec<_>>().join(", ")
                ));
            let listed = |word: &str| {
                let all: Vec<_> = serves.iter().copied().map(endpoint).collect();
                match all.split_last() {
                    Some((last, before)) if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
                    _ => all.concat(),
                }
            };
            d.fact("likely", listed("and")).fact("either", listed("or"))
        }
        AdmitError::Maintenance { model, until, left, reason } => {
            let until = utc(*until);
            let d = Diagnosis::new(&causes::MODEL_MAINTENANCE)
                .fact("model", model)
                .fact("until", &until)
                .evidence(format!("the setting models.{model:?}.maintenance holds until {until}"))
                .retry_after(*left);
            match reason {
                Some(reason) => d.fact("what", reason).evidence(format!("the operator's reason: {reason}")),
                None => d,
            }
        }
    }
}

/// A key's tier.
fn in_words(tier: u8) -> String {
    if tier == 0 { "none".to_owned() } else { format!("tier {tier}") }
}

/// A model that exists, elsewhere.
fn by_sellers(d: Diagnosis, sold: &Sold) -> Diagnosis {
    let by = match sold.by.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => sold.by.concat(),
    };
    let verb = if sold.by.len() == 1 { "has" } else { "have" };
    let d = d
        .fact("sold", format!("{by} {verb} a model of that name, which is not configured here"))
        .evidence(format!("the table of known models has it at {by}"));
    match sold.shutdown {
        Some(day) => d.evidence(format!("its last day at {} is given as {day}", sold.by[0])),
        None => d,
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

fn lookup(e: &LookupError) -> Diagnosis {
    match e {
        LookupError::Malformed => Diagnosis::new(&causes::REQUEST_ID_INVALID),
        LookupError::Missing(id) => Diagnosis::new(&causes::REQUEST_NOT_FOUND).fact("request", id.to_string()),
        LookupError::Away(away) => Diagnosis::new(&causes::RECORDS_UNAVAILABLE)
            .fact("what", away.to_string())
            .evidence(away.to_string())
            .retry_after(Duration::from_secs(1)),
    }
}

fn stored(e: &StoredError, request: &Request) -> Diagnosis {
    match e {
        StoredError::Absent { id, why } => {
            let what = why_absent(id, *why);
            Diagnosis::new(&causes::RESPONSE_NOT_FOUND).fact("response", id).fact("what", what).evidence(what)
        }
        StoredError::Refused { status, body } => {
            let in_background = request.path().ends_with("/cancel") || request.query().contains("stream=");
            // A wrong value in the query has a cause of its own.
            let said = Said { status: *status, content_type: "application/json", body, ..Said::default() };
            let found = classify_answer(&said);
            let in_words = found.by == By::Words || found.cause == &causes::PROVIDER_REFUSED;
            let cause = if in_background && in_words { &causes::RESPONSE_NOT_IN_BACKGROUND } else { found.cause };
            Diagnosis::new(cause).with_status(*status).evidence(format!("{} {}", request.method_word(), request.path()))
        }
    }
}

fn why_absent(id: &str, why: Gone) -> &'static str {
    match why {
        Gone::Unknown if !id.starts_with("resp_") => "It does not begin with `resp_`, as ids of responses do",
        Gone::Unknown => "This project has not made it here since the server started, or too many others since",
        Gone::Deleted => "It was deleted",
        Gone::Expired => "It was made more than 24 hours ago",
        Gone::PushedOut => "Later responses have taken its place in memory",
        Gone::NotStored => "It was made with `store: false`",
        Gone::TooLarge => "It was too large to be stored",
    }
}

/// Why the sandbox has not found the response that a request builds on; its own words name the id alone.
fn why_previous(failure: &Failure, request: &Request, trace: &Trace) -> Option<&'static str> {
    let Failure::Send(SendError::Provider { found, body, asked: true, .. }) = failure else { return None };
    let caller = trace.caller.as_ref().filter(|_| found.cause == &causes::PREVIOUS_RESPONSE_NOT_FOUND)?;
    let error: serde_json::Value = serde_json::from_slice(body).ok()?;
    let id = error["error"]["message"].as_str()?.split('\'').nth(1)?;
    let Memory { store, project, now_ms } = memory(&trace.worker, caller, request);
    store.why_absent(project, id, now_ms).map(|why| why_absent(id, why))
}

fn record(e: RecorderError) -> Diagnosis {
    match e {
        RecorderError::Full => Diagnosis::new(&causes::JOURNAL_FULL).retry_after(Duration::from_secs(30)),
        RecorderError::Failed => Diagnosis::new(&causes::JOURNAL_FAILED).retry_after(Duration::from_secs(30)),
    }
}

/// Slug of the cause of a failed attempt.
pub(crate) fn cause(e: &SendError) -> &'static str {
    send(e).cause.slug
}

/// Names to choose from: "`a`", "`a` or `b`", "`a`, `b` or `c`".
pub(crate) fn either(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

/// The failure of a stream that had begun.
pub(crate) fn broken_stream(e: &SendError) -> Diagnosis {
    match e {
        SendError::Upstream { deployment, provider, error, .. } if !matches!(error, UpstreamError::Late(_)) => {
            let (_, what) = upstream_cause(error);
            Diagnosis::new(&causes::STREAM_INTERRUPTED)
                .fact("provider", provider)
                .fact("what", what.as_str())
                .evidence(format!("{deployment}: {what}"))
        }
        other => send(other),
    }
}

/// An answer that does not continue what another has begun.
pub(crate) fn says_otherwise(deployment: &Deployment) -> Diagnosis {
    let what = "its answer differs from what the caller has already";
    Diagnosis::new(&causes::STREAM_DIVERGED)
        .fact("provider", deployment.provider.name.as_str())
        .evidence(format!("{}: {what}", deployment.id))
}

/// A stream in which the provider itself reported an error: `error` is the data of that event.
pub(crate) fn failed_stream(deployment: &Deployment, error: &[u8]) -> Diagnosis {
    let found = classify_event(&Said { host: deployment.provider.host(), body: error, ..Said::default() });
    let d = Diagnosis::new(found.cause)
        .fact("provider", deployment.provider.name.as_str())
        .evidence(format!("{} reported an error inside its stream", deployment.id));
    found.tell(d)
}

/// Why no deployment answered.
pub(crate) fn send(e: &SendError) -> Diagnosis {
    match e {
        SendError::Record(e) => record(*e),
        SendError::Upstream { deployment, provider, limit, error } => upstream(deployment, provider, *limit, error),
        SendError::CredentialRejected { deployment, provider, status, .. } => {
            Diagnosis::new(&causes::UPSTREAM_CREDENTIAL_REJECTED)
                .fact("provider", provider)
                .evidence(format!("{deployment} answered {status}"))
        }
        SendError::Redirect { deployment, provider, status } => Diagnosis::new(&causes::REDIRECT_BREAKS_REQUEST)
            .fact("provider", provider)
            .fact("status", status.to_string())
            .evidence(format!("{deployment} answered {status}")),
        SendError::Shape { deployment, provider, what, html, .. } => {
            let cause = if *html { &causes::HTML_INSTEAD_OF_JSON } else { &causes::RESPONSE_SHAPE_UNEXPECTED };
            Diagnosis::new(cause)
                .fact("provider", provider)
                .fact("status", "200")
                .fact("what", *what)
                .evidence(format!("{deployment} answered 200 with {what}"))
        }
        SendError::Provider { deployment, provider, answered, status, found, retry_after, body, asked, .. } => {
            let d = Diagnosis::new(found.cause)
                .with_status(*status)
                .fact("provider", provider)
                .fact("status", answered.to_string())
                .evidence(format!("{deployment} {}", sent(*answered, *status)));
            let d = match diagnosed(body) {
                Some((cause, party)) => d.evidence(format!(
                    "it is a Tollgate too, and its own diagnosis was {cause}, party {party} as seen from there"
                )),
                None => d,
            };
            // The sandbox speaks for this gateway: its errors are told by their own facts.
            let d = if *asked { d } else { found.tell(d) };
            match retry_after {
                Some(wait) => d.retry_after(*wait),
                None => d,
            }
        }
        SendError::Asked(failing) => failing.diagnosis(),
        SendError::Unfit { diagnosis, .. } => (**diagnosis).clone(),
        SendError::Open { model, wait } => {
            Diagnosis::new(&causes::CIRCUIT_OPEN).fact("model", model).retry_after(open_wait(*wait))
        }
    }
}

fn upstream(deployment: &str, provider: &str, limit: Duration, error: &UpstreamError) -> Diagnosis {
    let (cause, what) = upstream_cause(error);
    let seen = match error {
        UpstreamError::Late(_) => error.words(limit),
        UpstreamError::Refused { .. } => "the connection was refused".to_owned(),
        _ => what.clone(),
    };
    let d = Diagnosis::new(cause).fact("provider", provider).evidence(format!("{deployment}: {seen}"));
    match error {
        UpstreamError::Late(Limit::Drain) => d.retry_after(Duration::from_secs(1)),
        UpstreamError::Late(_) => d.fact("limit", seconds(limit)),
        _ => d.fact("what", what),
    }
}

/// What a failure towards a provider is, and what a caller may read of it: no address and no name of a host.
fn upstream_cause(error: &UpstreamError) -> (&'static Cause, String) {
    match error {
        UpstreamError::Dns { reason, .. } => (&causes::DNS_FAILURE, reason.clone()),
        UpstreamError::Refused { .. } => (&causes::CONNECTION_REFUSED, String::new()),
        UpstreamError::Unreachable { reason, .. } => (&causes::CONNECT_TIMEOUT, reason.clone()),
        UpstreamError::Tls { fault, .. } => {
            let cause = match fault.kind {
                FaultKind::UntrustedAuthority => &causes::TLS_UNTRUSTED_CA,
                FaultKind::WrongName => &causes::TLS_HOSTNAME_MISMATCH,
                FaultKind::InvalidCertificate => &causes::TLS_CERTIFICATE_INVALID,
                FaultKind::Handshake => &causes::TLS_FAILURE,
            };
            (cause, fault.words.clone())
        }
        UpstreamError::ClosedBeforeAnswer { reason } | UpstreamError::ClosedInsideAnswer { reason } => {
            (&causes::CONNECTION_RESET, reason.clone())
        }
        UpstreamError::Protocol(what) => (&causes::UPSTREAM_PROTOCOL_ERROR, (*what).to_owned()),
        UpstreamError::Late(Limit::Connect) => (&causes::CONNECT_TIMEOUT, String::new()),
        UpstreamError::Garbled { what } => (&causes::RESPONSE_SHAPE_UNEXPECTED, (*what).to_owned()),
        UpstreamError::Late(Limit::FirstByte) => (&causes::UPSTREAM_FIRST_BYTE_TIMEOUT, String::new()),
        UpstreamError::Late(Limit::FirstToken) => (&causes::UPSTREAM_FIRST_TOKEN_TIMEOUT, String::new()),
        UpstreamError::Late(Limit::Attempt) => (&causes::UPSTREAM_TOTAL_TIMEOUT, String::new()),
        UpstreamError::Late(Limit::Idle) => (&causes::UPSTREAM_IDLE_TIMEOUT, String::new()),
        UpstreamError::Late(Limit::Total) => (&causes::REQUEST_TIMEOUT, String::new()),
        UpstreamError::Late(Limit::Drain) => (&causes::GATEWAY_STOPPED, String::new()),
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
