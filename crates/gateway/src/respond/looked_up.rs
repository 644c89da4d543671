//! What is looked up and not there: records of requests, and stored responses.
//!
//! In: a [`LookupError`] or a [`StoredError`]. Out: its diagnosis, which says why where that is known.

use std::time::Duration;

use tollgate_errors::catalog as causes;
use tollgate_errors::{Answer as Said, By, Diagnosis, classify_answer};
use tollgate_providers::sandbox::{Gone, Memory};

use crate::failure::Failure;
use crate::record::Trace;
use crate::request::Request;
use crate::request_record::LookupError;
use crate::send::SendError;
use crate::stored::{StoredError, memory};

pub(super) fn lookup(e: &LookupError, request: &Request) -> Diagnosis {
    match e {
        LookupError::Malformed if request.path().ends_with("/tollgate/explain") => {
            Diagnosis::new(&causes::REQUEST_ID_INVALID).param("request_id")
        }
        LookupError::Malformed => Diagnosis::new(&causes::REQUEST_ID_INVALID),
        LookupError::Missing(id) => Diagnosis::new(&causes::REQUEST_NOT_FOUND).fact("request", id.to_string()),
        LookupError::Away(away) => Diagnosis::new(&causes::RECORDS_UNAVAILABLE)
            .fact("what", away.to_string())
            .evidence(away.to_string())
            .retry_after(Duration::from_secs(1)),
    }
}

pub(super) fn stored(e: &StoredError, request: &Request) -> Diagnosis {
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
pub(super) fn why_previous(failure: &Failure, request: &Request, trace: &Trace) -> Option<&'static str> {
    let Failure::Send(SendError::Provider { found, body, asked: true, .. }) = failure else { return None };
    let caller = trace.caller.as_ref().filter(|_| found.cause == &causes::PREVIOUS_RESPONSE_NOT_FOUND)?;
    let error: serde_json::Value = serde_json::from_slice(body).ok()?;
    let id = error["error"]["message"].as_str()?.split('\'').nth(1)?;
    let Memory { store, project, now_ms } = memory(&trace.worker, caller, request);
    store.why_absent(project, id, now_ms).map(|why| why_absent(id, why))
}
