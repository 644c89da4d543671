//! Stored responses: retrieved, streamed again, cancelled, deleted, and what they were made of.
//!
//! In: an operation, and an id out of the path. Out: what the sandbox has stored for the caller's project, or the answer of
//! the provider that has stored it, or why there is neither. A provider is asked only for what the same project has made
//! through this process: its credential would open what all projects have stored there.

use std::time::Duration;

use hyper::Method;
use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_providers::openai::request::Peek;
use tollgate_providers::sandbox::{self, Gone, Memory, Reply, StoredAsk};

use crate::admit;
use crate::attempt::{Answered, Attempt};
use crate::catalog::{Reach, USER_AGENT, Upstream};
use crate::failure::Failure;
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::respond;
use crate::send::SendError;
use crate::upstream::Call;
use crate::watch::Watch;
use crate::worker::Worker;

/// Parameters of a query that pass on to a provider; any other may be anything, a key too.
const PASSED: [&str; 10] = [
    "include",
    "include[]",
    "include%5B%5D",
    "include_obfuscation",
    "stream",
    "starting_after",
    "limit",
    "order",
    "after",
    "before",
];

/// What is asked about a response.
pub(crate) struct About<'a> {
    pub(crate) operation: Operation,
    pub(crate) id: &'a str,
    pub(crate) caller: &'a Key,
}

/// What is stored.
pub(crate) enum Stored {
    /// Here, by the sandbox.
    Here { content_type: &'static str, body: Vec<u8> },
    /// By a provider, which has answered.
    There(Box<Answered>),
}

/// Why it is not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoredError {
    /// The project has no response of this id.
    #[error("no response {id:?}: {why:?}")]
    Absent {
        /// The id in the path.
        id: String,
        /// What is known of it.
        why: Gone,
    },
    /// It has, and cannot do this with it.
    #[error("refused with {status}")]
    Refused {
        /// The status.
        status: u16,
        /// OpenAI's error object.
        body: Vec<u8>,
    },
}

/// Where the sandbox keeps the responses of a caller, at the time of its request.
pub(crate) fn memory<'a>(worker: &'a Worker, caller: &'a Key, request: &Request) -> Memory<'a> {
    let now_ms = worker.clock.unix_ms(request.accepted);
    Memory { store: &worker.shared.responses, project: &caller.project.id, now_ms }
}

/// Does what is asked with a stored response.
pub(crate) async fn reply(
    worker: &Worker,
    watch: &Watch,
    request: &Request,
    about: &About<'_>,
    trace: &mut Trace,
) -> Result<Stored, Failure> {
    let memory = memory(worker, about.caller, request);
    let ask = StoredAsk { operation: about.operation, id: about.id, query: request.query(), memory };
    match sandbox::stored(&ask) {
        Ok(Reply::Whole { status: 200, body, .. }) => Ok(Stored::Here { content_type: "application/json", body }),
        Ok(Reply::Whole { status, body, .. }) => Err(StoredError::Refused { status, body }.into()),
        Ok(Reply::Stream { events, before, .. }) => {
            // What is not finished is waited for, and leaves as a whole.
            if before > Duration::ZERO {
                tokio::time::sleep(before).await;
            }
            Ok(Stored::Here { content_type: "text/event-stream; charset=utf-8", body: events.concat() })
        }
        Err(Gone::Unknown) => ask_provider(worker, watch, request, about, trace).await,
        Err(why) => Err(absent(about, why)),
    }
}

fn absent(about: &About<'_>, why: Gone) -> Failure {
    StoredError::Absent { id: about.id.to_owned(), why }.into()
}

/// Asks the provider that has made the response for this project.
async fn ask_provider(
    worker: &Worker,
    watch: &Watch,
    request: &Request,
    about: &About<'_>,
    trace: &mut Trace,
) -> Result<Stored, Failure> {
    let project = &about.caller.project.id;
    let live = trace.live.clone();
    let origin = worker.shared.origins.find(project, about.id);
    let deployment = origin.and_then(|origin| live.catalog.deployment(&origin).cloned());
    let Some(deployment) = deployment else { return Err(absent(about, Gone::Unknown)) };
    admit::within(about.caller, &deployment)?;
    let deployment = worker.shared.accounts.deployment(about.caller, deployment);
    let Reach::Upstream(upstream) = &deployment.provider.reach else { return Err(absent(about, Gone::Unknown)) };
    deployment.metrics.model().clone_into(&mut trace.model_asked);
    trace.admit(&deployment).await?;
    let began = trace.attempt(&deployment);
    let envelope = Envelope::again(about.operation, Peek::default());
    let (envelope, deployment) = (&envelope, &deployment);
    let attempt = Attempt { worker, live: &live, watch, envelope, request, deployment, began, adapted: None };
    let (method, path) = asked(about, request.query());
    let head = head(&method, &path, upstream, request);
    let call = Call {
        provider: &deployment.provider,
        upstream,
        timeouts: &deployment.timeouts,
        method,
        head: &head,
        path: &path,
        extra_headers: &[],
        body: &[],
    };
    let made = attempt.make_about_stored(trace, &call).await;
    trace.waited();
    match made {
        Ok(answered) => {
            trace.attempt_answered(answered.head.status);
            if about.operation == Operation::DeleteResponse {
                worker.shared.origins.forget(project, about.id);
            }
            Ok(Stored::There(Box::new(answered)))
        }
        Err(error) => {
            note_failure(trace, &error);
            Err(error.into())
        }
    }
}

/// A provider that has no such response any more has not failed.
fn note_failure(trace: &mut Trace, error: &SendError) {
    match error.status() {
        400..=499 => trace.attempt_refused(error.status(), respond::cause(error)),
        status => trace.attempt_failed(status, respond::cause(error)),
    }
}

/// Method and path below `/v1`. The id was noted, and is one that may stand in a path.
fn asked(about: &About<'_>, query: &str) -> (Method, String) {
    let id = about.id;
    let (method, mut path) = match about.operation {
        Operation::DeleteResponse => (Method::DELETE, format!("/responses/{id}")),
        Operation::CancelResponse => (Method::POST, format!("/responses/{id}/cancel")),
        Operation::ListInputItems => (Method::GET, format!("/responses/{id}/input_items")),
        _ => (Method::GET, format!("/responses/{id}")),
    };
    let passed: Vec<&str> = query.split('&').filter(|pair| passes(pair)).collect();
    if !passed.is_empty() {
        path.push('?');
        path.push_str(&passed.join("&"));
    }
    (method, path)
}

/// Whether a parameter of the query goes on to the provider.
fn passes(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'%'));
    plain && value.len() <= 128 && PASSED.contains(&name)
}

fn head(method: &Method, path: &str, upstream: &Upstream, request: &Request) -> Vec<u8> {
    let authorization = upstream.authorization.as_ref().map_or(String::new(), |a| format!("authorization: {a}\r\n"));
    let length = if *method == Method::POST { "content-length: 0\r\n" } else { "" };
    format!(
        "{method} {}{path} HTTP/1.1\r\nhost: {}\r\nuser-agent: {USER_AGENT}\r\naccept-encoding: identity\r\n\
         {authorization}x-request-id: {}\r\n{length}",
        upstream.path, upstream.authority, request.id
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_of_these_operations_go_on_to_a_provider() {
        for pair in ["stream=true", "starting_after=5", "limit=2", "order=asc", "after=msg_1", "include[]=a.b"] {
            assert!(passes(pair), "{pair}");
        }
        for pair in ["", "api_key=sk-1", "key=x", "after=a/b", "limit=1 2", "beta=true"] {
            assert!(!passes(pair), "{pair}");
        }
    }
}
