//! Whether an API is at the path of the base URL; where not, whether it is nearby.
//!
//! A path is only called wrong where another one on the same host was seen to be right, or nothing there answers as an API.

use tollgate_errors::{Cause, catalog};

use crate::address::Base;
use crate::answer;
use crate::call::{Call, Heard};
use crate::check::Check;
use crate::dialect::{AZURE_VERSION, Dialect};
use crate::examine::{Api, Examination, Sight, Stop};

/// Endpoints that are put into base URLs.
const ENDPOINTS: [&str; 8] =
    ["/chat/completions", "/completions", "/responses", "/embeddings", "/models", "/messages", "/chat", "/generate"];
/// Where OpenAI-compatible APIs are on hosts that serve more than one thing.
const USUAL: [&str; 6] = ["/v1", "/api/v1", "/openai/v1", "/v1beta/openai", "/api/openai/v1", ""];

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
            if let Some(sight) = doubled_by_sdk(api) {
                return Err(ex.stop(sight.evidence(heard.shown(&api.models()))));
            }
            ex.put(Sight::fine(Check::BasePath, format!("an API is at {}", api.base().url.path())));
            return Ok(());
        }
        Place::Open => return Ok(()),
        Place::NotHere => {}
    }
    let call = api.models();
    if let Some(sight) = other_version(ex, api, has_key).await {
        return Err(ex.stop(sight.evidence(heard.shown(&call))));
    }
    for (path, cause, what) in candidates(api.resolved.dialect, api.base().url.path().trim_end_matches('/')) {
        let mut other = api.base().with_path(&path);
        if api.resolved.dialect == Dialect::Azure {
            // Its client puts the version there.
            other.url.set_query(None);
        }
        if is_there(ex, api, &other, has_key).await {
            let written = as_written(api, &other);
            let sight = Sight::finding(Check::BasePath, cause, what)
                .evidence(heard.shown(&call))
                .evidence(format!("an API answers at {}", other.shown()))
                .remedy(format!("write {written}"));
            return Err(ex.stop(sight));
        }
    }
    if serves_completions(ex, api, has_key).await {
        ex.put(Sight::fine(Check::BasePath, format!("an API is at {}", api.base().url.path())));
        return Ok(());
    }
    if let Some(sight) = other_dialect(ex, api).await {
        return Err(ex.stop(sight.evidence(heard.shown(&call))));
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

/// Anthropic's and Google's SDKs put the version behind their variable themselves: what answers here is not where they go.
fn doubled_by_sdk(api: &Api) -> Option<Sight> {
    let version = api.resolved.dialect.sdk_version()?;
    let variable = api.resolved.versioned_by_sdk()?;
    let before = api.base().url.path().trim_end_matches('/').strip_suffix(version)?.strip_suffix('/')?;
    let what = format!("{variable} ends with /{version}, which the SDK adds again");
    let right = api.base().with_path(before);
    Some(
        Sight::finding(Check::BasePath, &catalog::BASE_URL_DOUBLE_V1, what)
            .evidence(format!("the SDK calls {}/{version}/…", api.base().shown()))
            .remedy(format!("write {variable}={}", right.shown())),
    )
}

/// The base URL as it has to be set: without the version that the vendor's SDK adds.
fn as_written(api: &Api, other: &Base) -> String {
    let shown = other.shown();
    let added = api.resolved.dialect.sdk_version().filter(|_| api.resolved.versioned_by_sdk().is_some());
    match added.and_then(|version| shown.strip_suffix(version)?.strip_suffix('/')) {
        Some(before) => before.to_owned(),
        None => shown,
    }
}

/// Azure says of a version that it does not know what it says of a path.
async fn other_version(ex: &mut Examination<'_>, api: &Api, has_key: bool) -> Option<Sight> {
    let resolved = &api.resolved;
    if resolved.dialect != Dialect::Azure || resolved.api_version == AZURE_VERSION {
        return None;
    }
    let call = resolved.dialect.models(&api.base().url, AZURE_VERSION);
    let call = if has_key { api.with_key(call) } else { call };
    let heard = ex.ask(&api.way, &call).await.ok()?;
    (place(resolved.dialect, &heard) == Place::Api).then(|| {
        let what = match resolved.api_version.as_str() {
            "" => "the api-version is empty".to_owned(),
            version => format!("there is no api-version {version} there"),
        };
        Sight::finding(Check::BasePath, &catalog::AZURE_API_VERSION, what)
            .evidence(format!("with api-version={AZURE_VERSION} an API answers"))
            .remedy(format!("set OPENAI_API_VERSION={AZURE_VERSION}, or the version that the program needs"))
    })
}

/// A gateway that speaks OpenAI's dialect alone, where another vendor's client was pointed at it.
async fn other_dialect(ex: &mut Examination<'_>, api: &Api) -> Option<Sight> {
    if api.resolved.dialect == Dialect::OpenAi {
        return None;
    }
    let path = api.base().url.path().trim_end_matches('/');
    let other = api.base().with_path(&format!("{}/v1", path.strip_suffix("/v1").unwrap_or(path)));
    let call = Dialect::OpenAi.models(&other.url, "");
    let heard = ex.ask(&api.way, &call).await.ok()?;
    let vendor = api.resolved.vendor.map_or("another vendor", |vendor| vendor.title);
    (place(Dialect::OpenAi, &heard) == Place::Api).then(|| {
        let what = format!("an OpenAI-compatible API is there, and {vendor}'s dialect was spoken");
        Sight::finding(Check::BasePath, &catalog::BASE_URL_WRONG, what)
            .evidence(format!("an API answers at {}", other.shown()))
            .remedy(format!(
                "use OpenAI's client with the base URL {}, or the base URL of {vendor}'s API",
                other.shown()
            ))
    })
}

/// Other paths, with what would be wrong with this one.
fn candidates(dialect: Dialect, path: &str) -> Vec<(String, &'static Cause, &'static str)> {
    let mut found: Vec<(String, &'static Cause, &'static str)> = Vec::new();
    if dialect == Dialect::Azure {
        if let Some((before, _)) = path.split_once("/openai") {
            let what = "the base URL holds a path that Azure's client adds itself";
            found.push((before.to_owned(), &catalog::AZURE_ENDPOINT_MISCONFIGURED, what));
        }
        let what = "Azure's API is at another path of this host";
        found.extend(["", "/openai/v1"].map(|usual| (usual.to_owned(), &catalog::AZURE_ENDPOINT_MISCONFIGURED, what)));
        found.retain(|(known, ..)| known != path);
        return found;
    }
    for (version, what) in
        [("/v1", "/v1 stands twice in the base URL"), ("/v1beta", "/v1beta stands twice in the base URL")]
    {
        let twice = version.repeat(2);
        if path.ends_with(&twice) || path.contains(&format!("{twice}/")) {
            found.push((path.replacen(&twice, version, 1), &catalog::BASE_URL_DOUBLE_V1, what));
        }
    }
    if let Some(before) = without_endpoint(path) {
        let what = "the base URL holds the path of an endpoint, to which clients add it again";
        found.push((before.to_owned(), &catalog::BASE_URL_INCLUDES_PATH, what));
    }
    let usual: &[&str] = match dialect {
        Dialect::Anthropic => &["", "/anthropic", "/api/anthropic"],
        Dialect::Gemini => &["", "/gemini"],
        Dialect::OpenAi | Dialect::Azure => &USUAL,
    };
    if let (Dialect::OpenAi, Some(before)) = (dialect, path.strip_suffix("/v1")) {
        let what = "the base URL ends with /v1, and the API of this host is without it";
        found.push((before.to_owned(), &catalog::BASE_URL_WRONG, what));
    }
    if dialect == Dialect::OpenAi && !path.ends_with("/v1") {
        found.push((format!("{path}/v1"), &catalog::BASE_URL_MISSING_V1, "the base URL lacks /v1"));
    }
    for usual in usual {
        if *usual != path && !found.iter().any(|(known, ..)| known == usual) {
            let what = "the API is at another path of this host";
            found.push(((*usual).to_owned(), &catalog::BASE_URL_WRONG, what));
        }
    }
    found
}

/// A path without the endpoint at its end: Google's has the model in it.
fn without_endpoint(path: &str) -> Option<&str> {
    let is_verb = path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent");
    match path.rsplit_once("/models/").filter(|_| is_verb) {
        Some((before, _)) => Some(before),
        None => ENDPOINTS.iter().find_map(|endpoint| path.strip_suffix(endpoint)),
    }
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
    let told = answer::told(call, heard, api.resolved.vendor.map(|vendor| vendor.name)).cause;
    let (cause, what): (&'static Cause, String) = match heard.is_page() {
        true if told == &catalog::WAF_BLOCKED => {
            let what = format!("what stands before {shown} answers programs with a page that holds them off");
            return Sight::finding(Check::BasePath, told, what).evidence(heard.shown(call));
        }
        true => (&catalog::BASE_URL_WRONG, format!("a web page is at {shown}, not an API")),
        false if heard.is_success() => {
            (&catalog::RESPONSE_SHAPE_UNEXPECTED, format!("what is at {shown} is not an API of language models"))
        }
        false => (&catalog::ENDPOINT_NOT_FOUND, format!("there is no API at {shown}")),
    };
    Sight::finding(Check::BasePath, cause, what)
        .evidence(heard.shown(call))
        .evidence("nor is one at the usual paths of this host")
        .remedy("set the base URL that the provider's documentation gives for its API")
}
