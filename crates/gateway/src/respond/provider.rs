//! Failures towards a provider: no answer, a broken one, or a refusal.
//!
//! In: a [`SendError`]. Out: its diagnosis, in which callers read no address and no name of a host; and apart from it what is
//! for operators alone.

use std::time::Duration;

use tollgate_errors::catalog as causes;
use tollgate_errors::{Answer as Said, Cause, Diagnosis, classify_event, diagnosed, mask};

use super::{record, refusal};
use crate::catalog::Deployment;
use crate::record::Trace;
use crate::send::{SendError, sent};
use crate::tls::FaultKind;
use crate::upstream::{Limit, UpstreamError, seconds};

/// Of a provider's words, what is kept for operators, in bytes.
const WORDS_MAX: usize = 300;

/// Slug of the cause of a failed attempt.
pub(crate) fn cause(e: &SendError) -> &'static str {
    send(e).cause.slug
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

/// A stream in which the provider itself reported an error: `error` is the data of that event, without our credential.
pub(crate) fn failed_stream(deployment: &Deployment, error: &[u8], trace: &Trace) -> Diagnosis {
    let found = classify_event(&Said { host: deployment.provider.host(), body: error, ..Said::default() });
    let on_own_account = deployment.provider.is_on_own_account;
    let d = Diagnosis::new(of_account(found.cause, on_own_account))
        .fact("provider", deployment.provider.name.as_str())
        .fact("model", trace.model_asked.as_str())
        .evidence(format!("{} reported an error inside its stream", deployment.id));
    let d = if on_own_account { told_of_account(d) } else { d };
    let d = refusal::details(found.tell(d), error, trace.operation);
    match found.wait {
        Some(wait) => d.retry_after(wait),
        None => d,
    }
}

/// Why no deployment answered.
pub(crate) fn send(e: &SendError) -> Diagnosis {
    match e {
        SendError::Record(e) => record(*e),
        SendError::Upstream { deployment, provider, limit, error } => upstream(deployment, provider, *limit, error),
        SendError::CredentialRejected { deployment, provider, status, on_own_account, .. } => {
            let cause = of_account(&causes::UPSTREAM_CREDENTIAL_REJECTED, *on_own_account);
            Diagnosis::new(cause).fact("provider", provider).evidence(format!("{deployment} answered {status}"))
        }
        SendError::Redirect { deployment, provider, status } => Diagnosis::new(&causes::REDIRECT_BREAKS_REQUEST)
            .fact("provider", provider)
            .fact("status", status.to_string())
            .evidence(format!("{deployment} answered {status}")),
        SendError::Shape { deployment, provider, status, what, html, .. } => {
            let cause = if *html { &causes::HTML_INSTEAD_OF_JSON } else { &causes::RESPONSE_SHAPE_UNEXPECTED };
            Diagnosis::new(cause)
                .fact("provider", provider)
                .fact("status", status.to_string())
                .fact("what", *what)
                .evidence(format!("{deployment} answered {status} with {what}"))
        }
        SendError::Provider {
            deployment,
            provider,
            on_own_account,
            answered,
            status,
            found,
            retry_after,
            body,
            asked,
            ..
        } => {
            let d = Diagnosis::new(of_account(found.cause, *on_own_account))
                .with_status(*status)
                .fact("provider", provider)
                .fact("status", answered.to_string())
                .evidence(format!("{deployment} {}", sent(*answered, *status)));
            let d = if *on_own_account { told_of_account(d) } else { d };
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
        SendError::Open { model, wait, on_own_account } => {
            let d = Diagnosis::new(&causes::CIRCUIT_OPEN).fact("model", model).retry_after(open_wait(*wait));
            if *on_own_account { told_of_account(d) } else { d }
        }
    }
}

/// A provider's refusal as it is told where it was asked on the own account of the caller's organization.
fn of_account(cause: &'static Cause, on_own_account: bool) -> &'static Cause {
    match cause {
        cause if !on_own_account => cause,
        cause if cause == &causes::UPSTREAM_QUOTA_EXHAUSTED => &causes::OWN_QUOTA_EXHAUSTED,
        cause if cause == &causes::UPSTREAM_CREDENTIAL_REJECTED => &causes::OWN_CREDENTIAL_REJECTED,
        cause => cause,
    }
}

/// Whose account it was, which nobody else can look at.
fn told_of_account(d: Diagnosis) -> Diagnosis {
    d.fact("account", "your organization").evidence("it was asked with your organization's own credential")
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

/// The start of what a provider says of a failure, secrets masked.
pub(crate) fn words_for_operators(body: &[u8]) -> String {
    let words = tollgate_errors::words(body).unwrap_or_default();
    // Masked before it is cut: the rest of a secret would no longer look like one.
    let mut words = mask(&words);
    if words.len() > WORDS_MAX {
        words.truncate(words.floor_char_boundary(WORDS_MAX));
        words.push('…');
    }
    if words.is_empty() { words } else { format!("it said: {words}") }
}

/// What of a provider's failure is for the record and the log only: its words, addresses, and what it says of our
/// credential.
pub(crate) fn for_operators(error: &SendError) -> String {
    match error {
        SendError::CredentialRejected { text, .. } => mask(text),
        SendError::Provider { body, asked: false, .. } => words_for_operators(body),
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
pub(super) fn open_wait(wait: Duration) -> Duration {
    wait.max(Duration::from_secs(1))
}
