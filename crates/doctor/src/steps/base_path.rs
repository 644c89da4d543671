//! Whether an API is at the path of the base URL; where not, whether it is nearby.
//!
//! A path is only called wrong where another one on the same host was seen to be right, or nothing there answers as an API.

use tollgate_errors::{Cause, catalog};

use crate::address::Base;
use crate::call::{Call, Heard};
use crate::check::Check;
use crate::dialect::Dialect;
use crate::examine::{Api, Examination, Sight, Stop};

/// Endpoints that are put into base URLs.
const ENDPOINTS: [&str; 8] =
    ["/chat/completions", "/completions", "/responses", "/embeddings", "/models", "/messages", "/chat", "/generate"];
/// Where APIs are on hosts that serve more than one thing.
const USUAL: [&str; 5] = ["/v1", "/api/v1", "/openai/v1", "/v1beta/openai", "/api/openai/v1"];

/// What an answer to the list of models says about the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An API is there.
    Api,
    /// None is there, or none that lists models.
    NotHere,
    /// It cannot be told.
    Open,
}

/// Judges the answer to the question without a key.
pub(super) async fn without_key(ex: &mut Examination<'_>, api: &Api) -> Result<(), Stop> {
    judge(ex, api, &api.unasked, false).await
}

/// The same of the answer to the question with one: some servers look for the key before they look at the path.
pub(super) async fn with_key(ex: &mut Examination<'_>, api: &Api, heard: &Heard) -> Result<(), Stop> {
    judge(ex, api, heard, true).await
}

async fn judge(ex: &mut Examination<'_>, api: &Api, heard: &Heard, has_key: bool) -> Result<(), Stop> {
    match place(api.resolved.dialect, heard) {
        Place::Api => {
            ex.put(Sight::fine(Check::BasePath, format!("an API is at {}", api.base().url.path())));
            return Ok(());
        }
        Place::Open => return Ok(()),
        Place::NotHere => {}
    }
    let call = api.models();
    for (path, cause, what) in candidates(api.base().url.path().trim_end_matches('/')) {
        let other = api.base().with_path(&path);
        if is_there(ex, api, &other, has_key).await {
            let sight = Sight::finding(Check::BasePath, cause, what)
                .evidence(heard.shown(&call))
                .evidence(format!("an API answers at {}", other.shown()))
                .remedy(format!("write {}", other.shown()));
            return Err(ex.stop(sight));
        }
    }
    if serves_completions(ex, api, has_key).await {
        ex.put(Sight::fine(Check::BasePath, format!("an API is at {}", api.base().url.path())));
        return Ok(());
    }
    Err(ex.stop(nothing(api, &call, heard)))
}

fn place(dialect: Dialect, heard: &Heard) -> Place {
    let json = heard.json();
    let is_error = json.as_ref().is_some_and(serde_json::Value::is_object);
    match heard.status {
        200..=299 if json.as_ref().and_then(|json| dialect.names(json)).is_some() => Place::Api,
        200..=299 => Place::NotHere,
        404 | 405 | 410 => Place::NotHere,
        400 | 401 | 403 | 422 if is_error => Place::Api,
        // A proxy in front that asks for a key may well not speak JSON.
        401 => Place::Api,
        _ if heard.is_page() && heard.status < 500 => Place::NotHere,
        _ => Place::Open,
    }
}

/// Other paths, with what would be wrong with this one.
fn candidates(path: &str) -> Vec<(String, &'static Cause, &'static str)> {
    let mut found: Vec<(String, &'static Cause, &'static str)> = Vec::new();
    if path.contains("/v1/v1") {
        let what = "/v1 stands twice in the base URL";
        found.push((path.replacen("/v1/v1", "/v1", 1), &catalog::BASE_URL_DOUBLE_V1, what));
    }
    if let Some(before) = ENDPOINTS.iter().find_map(|endpoint| path.strip_suffix(endpoint)) {
        let what = "the base URL holds the path of an endpoint, to which clients add it again";
        found.push((before.to_owned(), &catalog::BASE_URL_INCLUDES_PATH, what));
    }
    if !path.ends_with("/v1") {
        found.push((format!("{path}/v1"), &catalog::BASE_URL_MISSING_V1, "the base URL lacks /v1"));
    }
    for usual in USUAL {
        if usual != path && !found.iter().any(|(known, ..)| known == usual) {
            let what = "the API is at another path of this host";
            found.push((usual.to_owned(), &catalog::BASE_URL_WRONG, what));
        }
    }
    found
}

async fn is_there(ex: &mut Examination<'_>, api: &Api, other: &Base, has_key: bool) -> bool {
    let dialect = api.resolved.dialect;
    let call = dialect.models(&other.url, &api.resolved.api_version);
    let call = if has_key { api.with_key(call) } else { call };
    match ex.ask(&api.way, &call).await {
        Ok(heard) => place(dialect, &heard) == Place::Api,
        Err(_) => false,
    }
}

/// Whether the endpoint of completions is there, which not every server with it has a list for. An empty body spends
/// nothing.
async fn serves_completions(ex: &mut Examination<'_>, api: &Api, has_key: bool) -> bool {
    let dialect = api.resolved.dialect;
    let model = ex.question.model.as_deref().unwrap_or("none");
    let mut call =
        dialect.completion(&api.base().url, &api.resolved.api_version, model, crate::dialect::Wanted::default());
    call.body = Some("{}".to_owned());
    let call: Call = if has_key { api.with_key(call) } else { call };
    match ex.ask(&api.way, &call).await {
        Ok(heard) => matches!(heard.status, 400 | 401 | 403 | 422) && heard.json().is_some_and(|json| json.is_object()),
        Err(_) => false,
    }
}

fn nothing(api: &Api, call: &Call, heard: &Heard) -> Sight {
    let shown = api.base().shown();
    let (cause, what): (&'static Cause, String) = match heard.is_page() {
        true => (&catalog::BASE_URL_WRONG, format!("a web page is at {shown}, not an API")),
        false if heard.is_success() => {
            (&catalog::RESPONSE_SHAPE_UNEXPECTED, format!("what is at {shown} is not an API of language models"))
        }
        false => (&catalog::ENDPOINT_NOT_FOUND, format!("there is no API at {shown}")),
    };
    Sight::finding(Check::BasePath, cause, what)
        .evidence(heard.shown(call))
        .evidence(format!("neither is one at {}", USUAL.join(", ")))
        .remedy("set the base URL that the provider's documentation gives for its OpenAI-compatible API")
}
