//! Would this call be allowed, and why: what a request is asked before it goes to a provider, asked layer by layer
//! without ending at the first refusal.
//!
//! In: a key, a model and an endpoint. Out: a document ([`report`]) for `POST /v1/tollgate/models/check` and
//! `tollgate models check`. Every verdict is that of the function that judges requests themselves, so that the two
//! cannot differ. It reads no body of a call and asks no provider; what only a running server knows, is not known
//! without one.

mod layers;
mod report;

use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_core::id::KeyId;
use tollgate_core::key::{Key, Refusal};
use tollgate_core::operation::Operation;
use tollgate_core::snapshot::KeySnapshot;
use tollgate_errors::{Diagnosis, mask};
use tollgate_providers::json::{self, JsonError};

use self::layers::Seen;
use self::report::Report;
use crate::authenticate::{self, AuthenticateError};
use crate::body::Body;
use crate::catalog::CatalogError;
use crate::failure::Failure;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::read::{self, ReadError};
use crate::request::Request;
use crate::respond;
use crate::settings::Settings;
use crate::worker::Worker;

/// More than a model's name takes.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// What a question may have.
const MEMBERS: &[&str] = &["model", "endpoint"];

/// Which call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As callers name it.
    pub model: String,
    /// Where it is asked; `None` for the first endpoint that the model serves.
    pub endpoint: Option<Operation>,
}

/// Who calls.
#[derive(Clone, Copy)]
pub enum Caller<'a> {
    /// Whoever presents this text as a key.
    Secret(&'a [u8]),
    /// The holder of this key.
    Key(KeyId),
}

/// The endpoint of a word or a path: `chat`, `chat_completions`, `/v1/chat/completions`.
#[must_use]
pub fn endpoint(text: &str) -> Option<Operation> {
    let bare = text.trim_matches('/');
    let bare = bare.strip_prefix("v1/").unwrap_or(bare);
    let is_it = |o: &Operation| o.name() == bare || o.path().trim_start_matches('/') == bare;
    match bare {
        "chat" => Some(Operation::ChatCompletions),
        _ => Operation::ALL.into_iter().filter(|o| o.asks_a_model()).find(is_it),
    }
}

/// The words of all endpoints.
pub fn endpoints() -> impl Iterator<Item = &'static str> {
    Operation::ALL.into_iter().filter(|o| o.asks_a_model()).map(Operation::name)
}

/// The document for a caller of a server that runs.
pub(crate) async fn answer(
    worker: &Worker,
    live: &Live,
    caller: &Arc<Key>,
    request: &mut Request,
    body: &mut Body<'_>,
) -> Result<Vec<u8>, Failure> {
    let _room = read::whole(worker, request, body, BODY_MAX_BYTES).await?;
    let question = question(request.body())?;
    let mut report = Report::new(&question);
    layers::of_key(&mut report, caller, Ok(()));
    layers::of_model(&mut report, live, caller, &question, request.now, Seen::Running(&worker.shared.accounts));
    Ok(report.json().to_string().into_bytes())
}

fn question(body: &[u8]) -> Result<Question, ReadError> {
    // Says where a text stops being JSON as all endpoints do.
    json::members(body, |_| Ok::<(), JsonError>(())).map_err(ReadError::Json)?;
    let unfit = |name, expected, what| ReadError::Unfit { name, expected, found: "something else".to_owned(), what };
    let asked: Json = serde_json::from_slice(body).map_err(|error| unfit("body", "an object", error.to_string()))?;
    if let Some(name) =
        asked.as_object().into_iter().flat_map(|all| all.keys()).find(|name| !MEMBERS.contains(&name.as_str()))
    {
        return Err(ReadError::Unknown { name: mask(&name.chars().take(64).collect::<String>()), known: MEMBERS });
    }
    let model = asked["model"].as_str().filter(|model| !model.is_empty()).ok_or(ReadError::NoModel)?;
    let endpoint = match &asked["endpoint"] {
        Json::Null => None,
        given => Some(given.as_str().and_then(endpoint).ok_or_else(|| {
            let words: Vec<_> = endpoints().collect();
            unfit("endpoint", "the name of an endpoint", format!("`endpoint` is none of {}", words.join(", ")))
        })?),
    };
    Ok(Question { model: model.to_owned(), endpoint })
}

/// The document out of settings and keys alone, at `now` (Unix seconds): what a server that runs knows of its
/// deployments' health is not known.
///
/// # Errors
/// The settings make no sense.
pub fn check(
    settings: Settings,
    keys: &KeySnapshot,
    caller: Caller<'_>,
    question: &Question,
    now: i64,
) -> Result<Json, CatalogError> {
    let live = Live::new(settings, &Metrics::new(env!("CARGO_PKG_VERSION")), None)?;
    let mut report = Report::new(question);
    match found(keys, caller, now) {
        Ok((key, judged)) => {
            layers::of_key(&mut report, &key, judged);
            layers::of_model(&mut report, &live, &key, question, now, Seen::Configured);
        }
        Err(refused) => {
            layers::of_no_key(&mut report, refused, caller);
            layers::without_key(&mut report, &live, question);
        }
    }
    Ok(report.json())
}

/// Why a key may not be used: what its holder is told, and whether it is for its time alone.
pub(crate) struct Refused(Box<Diagnosis>, bool);

/// The key that is meant, and whether it may be used; an error where there is none.
fn found(keys: &KeySnapshot, caller: Caller<'_>, now: i64) -> Result<(Arc<Key>, Result<(), Refused>), Refused> {
    let judged = match caller {
        Caller::Secret(text) => authenticate::find(keys, text, now),
        Caller::Key(id) => {
            let key = keys.by_id(id).ok_or_else(|| Refused(Box::new(respond::unknown_id(id)), false))?;
            match key.check(&key.digest, now) {
                Some(Err(why)) => {
                    let redacted = format!("{id}, whose secret ends in {}", String::from_utf8_lossy(&key.last_four));
                    Err(AuthenticateError::Refused { key, why, redacted })
                }
                Some(Ok(())) | None => Ok(key),
            }
        }
    };
    match judged {
        Ok(key) => Ok((key, Ok(()))),
        Err(error) => {
            let is_late = matches!(&error, AuthenticateError::Refused { why: Refusal::Expired(_), .. });
            let refused = Refused(Box::new(respond::of_credential(&error)), is_late);
            match error.key() {
                Some(key) => Ok((key.clone(), Err(refused))),
                None => Err(refused),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_word_and_a_path() {
        for text in ["chat", "chat_completions", "chat/completions", "/v1/chat/completions", "v1/chat/completions/"] {
            assert_eq!(endpoint(text), Some(Operation::ChatCompletions), "{text}");
        }
        assert_eq!(endpoint("responses"), Some(Operation::Responses));
        for text in ["", "models", "list_models", "images", "Chat"] {
            assert_eq!(endpoint(text), None, "{text}");
        }
    }

    #[test]
    fn a_question_names_a_model_and_perhaps_an_endpoint() {
        let asked = question(br#"{"model": "m", "endpoint": "embeddings"}"#).unwrap();
        assert_eq!(asked, Question { model: "m".to_owned(), endpoint: Some(Operation::Embeddings) });
        assert_eq!(question(br#"{"model": ""}"#), Err(ReadError::NoModel));
        assert!(matches!(
            question(br#"{"model": "m", "endpoint": 7}"#),
            Err(ReadError::Unfit { name: "endpoint", .. })
        ));
        assert!(matches!(question(br#"{"model": "m", "endpont": "chat"}"#), Err(ReadError::Unknown { .. })));
        assert!(matches!(question(b"[}"), Err(ReadError::Json(_))));
    }
}
