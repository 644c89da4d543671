//! Whether the key is accepted, and where not, which of the many reasons it is.
//!
//! The header of the dialect is tried first. Refused, the same key goes to the same host in the other vendors' headers,
//! and without the headers for organization and project: what is accepted then names the fault.

use tollgate_errors::{Cause, Shape, catalog, shape_of};

use super::{base_path, http, key};
use crate::answer;
use crate::call::{Call, Heard};
use crate::check::Check;
use crate::dialect::Dialect;
use crate::examine::{Api, Examination, Sight, Stop};

/// The list of models.
pub(crate) struct List {
    /// `None` where there is none.
    pub(crate) names: Option<Vec<String>>,
    /// It goes on elsewhere, so that what it lacks may exist.
    pub(crate) goes_on: bool,
}

/// Asks for the list of models with the key.
pub(crate) async fn look(ex: &mut Examination<'_>, api: &Api) -> Result<List, Stop> {
    if ex.has_failed(Check::Key) {
        ex.report.ended_by = Some(Check::Key);
        return Err(Stop);
    }
    ex.begin(Check::Authentication);
    let call = api.with_key(api.models());
    let heard = match ex.ask(&api.way, &call).await {
        Ok(heard) => heard,
        Err(error) => {
            let what = format!("no answer to the list of models: {error}");
            let sight = Sight::finding(Check::Authentication, error.cause(), what);
            return Err(ex.stop(sight));
        }
    };
    if matches!(heard.status, 401 | 403) || is_about_the_key(api, &call, &heard) {
        if heard.status == 403 && may_complete(ex, api).await {
            return Ok(unlistable(ex, api, &call, &heard));
        }
        return Err(refused(ex, api, &call, &heard).await);
    }
    if let Some(sight) = http::redirected(api.base(), &call, &heard) {
        return Err(ex.stop(sight.evidence("without a key the same address answers itself")));
    }
    if heard.status == 429 || heard.status >= 500 {
        let sight = answer::finding(Check::Models, &call, &heard, provider(api));
        return Err(ex.stop(sight));
    }
    base_path::with_key(ex, api, &heard).await?;
    if !heard.is_success() {
        return by_completion(ex, api).await;
    }
    accepted(ex, api);
    let json = heard.json().unwrap_or_default();
    let names = api.resolved.dialect.names(&json);
    put_list(ex, names.as_ref());
    Ok(List { names, goes_on: api.resolved.dialect.goes_on(&json) })
}

/// Whether a key that may not list models gets as far as the body of a completion. An empty one spends nothing.
async fn may_complete(ex: &mut Examination<'_>, api: &Api) -> bool {
    if api.resolved.key.is_none() {
        return false;
    }
    let model = ex.question.model.clone().unwrap_or_else(|| "none".to_owned());
    let resolved = &api.resolved;
    let wanted = crate::dialect::Wanted::default();
    let mut call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &model, wanted);
    call.body = Some("{}".to_owned());
    let heard = ex.ask(&api.way, &api.with_key(call)).await;
    heard
        .is_ok_and(|heard| matches!(heard.status, 400 | 404 | 422) && heard.json().is_some_and(|json| json.is_object()))
}

/// A key with restricted permissions, with which programs that ask for completions work.
fn unlistable(ex: &mut Examination<'_>, api: &Api, call: &Call, heard: &Heard) -> List {
    accepted(ex, api);
    ex.begin(Check::Models);
    ex.put(Sight::note(Check::Models, "the key may not list models; completions take it").evidence(heard.shown(call)));
    List { names: None, goes_on: false }
}

fn accepted(ex: &mut Examination<'_>, api: &Api) {
    let header = api.resolved.carrier.header("").0;
    let sight = match &api.resolved.key {
        None => Sight::fine(Check::Authentication, "no key is set, and none is wanted"),
        Some(_) if api.unasked.is_success() => Sight::note(
            Check::Authentication,
            "the list of models comes without a key too, so this does not show that the key is right",
        ),
        Some(_) => Sight::fine(Check::Authentication, format!("the key is accepted in `{header}`")),
    };
    ex.put(sight);
    let named: Vec<&str> = [("organization", &api.resolved.organization), ("project", &api.resolved.project)]
        .into_iter()
        .filter_map(|(what, setting)| setting.as_ref().map(|_| what))
        .collect();
    ex.put(match named.as_slice() {
        [] => Sight::fine(Check::Organization, "none is named; the key's own holds"),
        named => Sight::fine(Check::Organization, format!("{} accepted", named.join(" and "))),
    });
}

fn put_list(ex: &mut Examination<'_>, names: Option<&Vec<String>>) {
    ex.begin(Check::Models);
    let sight = match names {
        Some(names) if names.is_empty() => Sight::note(Check::Models, "the list of models is empty"),
        Some(names) if names.len() == 1 => Sight::fine(Check::Models, "1 model"),
        Some(names) => Sight::fine(Check::Models, format!("{} models", names.len())),
        None => Sight::note(Check::Models, "the server has no list of models"),
    };
    ex.put(sight);
}

/// Gemini refuses a wrong key with 400.
fn is_about_the_key(api: &Api, call: &Call, heard: &Heard) -> bool {
    heard.status == 400
        && matches!(answer::place(answer::told(call, heard, provider(api)).cause, Check::Models), Check::Authentication)
}

/// Without a list: an empty request for a completion spends nothing, and passes the key first.
async fn by_completion(ex: &mut Examination<'_>, api: &Api) -> Result<List, Stop> {
    let model = ex.question.model.clone().unwrap_or_else(|| "none".to_owned());
    let wanted = crate::dialect::Wanted::default();
    let resolved = &api.resolved;
    let mut call = resolved.dialect.completion(&api.base().url, &resolved.api_version, &model, wanted);
    call.body = Some("{}".to_owned());
    let call = api.with_key(call);
    match ex.ask(&api.way, &call).await {
        Ok(heard) if matches!(heard.status, 401 | 403) => Err(refused(ex, api, &call, &heard).await),
        _ => {
            accepted(ex, api);
            put_list(ex, None);
            Ok(List { names: None, goes_on: false })
        }
    }
}

async fn refused(ex: &mut Examination<'_>, api: &Api, call: &Call, heard: &Heard) -> Stop {
    let Some(key) = &api.resolved.key else {
        let missing = key::missing(ex, &api.resolved).at(Check::Authentication).evidence(heard.shown(call));
        return ex.stop(missing);
    };
    let told = answer::told(call, heard, provider(api));
    if told.cause == &catalog::ANTHROPIC_VERSION_MISSING {
        return ex.stop(version_taken_out(api, told.evidence));
    }
    if let Some(sight) = other_header(ex, api, key.value.trim()).await {
        return ex.stop(sight.evidence(heard.shown(call)));
    }
    if let Some(sight) = other_dialect(ex, api, key.value.trim()).await {
        return ex.stop(sight.evidence(heard.shown(call)));
    }
    if let Some(sight) = other_owner(ex, api).await {
        return ex.stop(sight.evidence(heard.shown(call)));
    }
    let sight = answer::finding(Check::Authentication, call, heard, provider(api));
    let sight = match by_shape(api, &key.value) {
        Some((cause, what)) => Sight::finding(Check::Authentication, cause, what).evidence(heard.shown(call)),
        None if told.cause == &catalog::KEY_MISSING => {
            let what = "the server finds no key, neither in the header of its dialect nor in those of others";
            Sight::finding(Check::Authentication, told.cause, what).evidence(heard.shown(call)).remedy(
                "something on the way may take the header out, or the server wants another one: its documentation names it",
            )
        }
        None => sight,
    };
    ex.stop(sight.evidence(format!("the key is from {}", key.origin)))
}

/// It was sent, and does not arrive.
fn version_taken_out(api: &Api, evidence: Vec<String>) -> Sight {
    let what = match api.resolved.dialect {
        Dialect::Anthropic => "`anthropic-version` was sent and did not arrive: something on the way takes it out",
        _ => "the server wants the header `anthropic-version`: it speaks Anthropic's dialect, not OpenAI's",
    };
    let remedy = match api.resolved.dialect {
        Dialect::Anthropic => "have the proxy or gateway between pass on the headers x-api-key and anthropic-version",
        _ => {
            "look again with --provider anthropic; programs need Anthropic's client, or the path of its OpenAI-compatible API"
        }
    };
    Sight::finding(Check::Authentication, &catalog::ANTHROPIC_VERSION_MISSING, what).evidences(evidence).remedy(remedy)
}

/// The same key in the headers of other vendors.
async fn other_header(ex: &mut Examination<'_>, api: &Api, key: &str) -> Option<Sight> {
    let own = api.resolved.carrier.header(key).0;
    let headers = [Dialect::OpenAi, Dialect::Azure, Dialect::Anthropic, Dialect::Gemini].map(|d| (d, d.header(key)));
    for (dialect, (name, value)) in headers {
        if name == own {
            continue;
        }
        let mut call = api.models().header(name, value);
        if dialect != api.resolved.dialect {
            call = dialect.usual(call);
        }
        let accepted = ex.ask(&api.way, &call).await.is_ok_and(|heard| heard.is_success() && heard.json().is_some());
        if accepted {
            let what = format!("the server reads the key from `{name}`, and `{own}` was sent");
            return Some(
                Sight::finding(Check::Authentication, &catalog::AUTH_HEADER_WRONG_NAME, what)
                    .evidence(format!("with `{name}` the same key is accepted"))
                    .remedy(header_remedy(api.resolved.dialect, dialect, name)),
            );
        }
    }
    None
}

/// The same key at the address and in the header of Anthropic's dialect, where OpenAI's was spoken: its base URL has no
/// version, so that nothing but a refusal is at the path.
async fn other_dialect(ex: &mut Examination<'_>, api: &Api, key: &str) -> Option<Sight> {
    let own = api.models();
    let other = Dialect::Anthropic.models(&api.base().url, "");
    if api.resolved.dialect != Dialect::OpenAi || own.url.path() == other.url.path() {
        return None;
    }
    let (name, value) = Dialect::Anthropic.header(key);
    let heard = ex.ask(&api.way, &other.clone().header(name, value)).await.ok()?;
    let is_list = heard.json().is_some_and(|json| Dialect::Anthropic.names(&json).is_some());
    (heard.is_success() && is_list).then(|| {
        let what = "an API of Anthropic's dialect is there, and OpenAI's was spoken";
        Sight::finding(Check::BasePath, &catalog::BASE_URL_WRONG, what)
            .evidence(format!("GET {} with `{name}` is answered", other.url.path()))
            .remedy("look again with --provider anthropic; programs need Anthropic's client with this base URL")
    })
}

/// What to do in a program that speaks one dialect and needs the header of another.
fn header_remedy(own: Dialect, needed: Dialect, name: &str) -> String {
    let client = match (own, needed) {
        (Dialect::Anthropic, Dialect::OpenAi) => {
            return "set it as ANTHROPIC_AUTH_TOKEN instead of ANTHROPIC_API_KEY, so that it goes as `Authorization: Bearer`"
                .to_owned();
        }
        (Dialect::Azure, Dialect::OpenAi) => {
            return "set it as AZURE_OPENAI_AD_TOKEN instead of AZURE_OPENAI_API_KEY, so that it goes as `Authorization: Bearer`"
                .to_owned();
        }
        (_, Dialect::OpenAi) => return "send the key as `Authorization: Bearer KEY`".to_owned(),
        (_, Dialect::Azure) => "Azure's client does (AzureOpenAI)",
        (_, Dialect::Anthropic) => "Anthropic's client does",
        (_, Dialect::Gemini) => "Google's client does",
    };
    format!("send the key as `{name}`: {client}, or default_headers of OpenAI's")
}

/// The same key without the headers for organization and project.
async fn other_owner(ex: &mut Examination<'_>, api: &Api) -> Option<Sight> {
    let settings = [
        ("openai-organization", &api.resolved.organization, &catalog::ORG_MISMATCH),
        ("openai-project", &api.resolved.project, &catalog::PROJECT_MISMATCH),
    ];
    for (name, setting, cause) in settings {
        let Some(setting) = setting else { continue };
        let mut call = api.with_key(api.models());
        call.headers.retain(|(known, _)| *known != name);
        if ex.ask(&api.way, &call).await.is_ok_and(|heard| heard.is_success()) {
            let cause: &'static Cause = cause;
            let what = format!(
                "the key does not belong to the {} that {} names",
                name.trim_start_matches("openai-"),
                setting.origin
            );
            return Some(
                Sight::finding(Check::Organization, cause, what)
                    .evidence(format!("without `{name}` the key is accepted"))
                    .remedy(format!("unset {}, or use a key of {}", setting.origin, setting.value)),
            );
        }
    }
    None
}

/// What was merely odd about the key's form is the reason once the key is refused.
fn by_shape(api: &Api, key: &str) -> Option<(&'static Cause, String)> {
    match shape_of(key.as_bytes())? {
        Shape::Placeholder(_) => {
            Some((&catalog::KEY_PLACEHOLDER, "the key is a sample value from some documentation".to_owned()))
        }
        Shape::NotAKey(what) => Some((&catalog::KEY_NOT_A_KEY, format!("the key is {what}"))),
        Shape::OtherVendor(of) if is_foreign(api, of.id) => {
            let what = format!("the key has the form of {}'s, and {} refuses it", of.name, api.base().host);
            Some((&catalog::KEY_WRONG_PROVIDER, what))
        }
        _ => None,
    }
}

/// Whether keys of this form are not those of the API that is spoken to. On a host of nobody's, OpenAI's are usual where
/// its dialect is spoken.
fn is_foreign(api: &Api, id: &str) -> bool {
    match api.resolved.vendor {
        Some(vendor) => !vendor.key_ids.is_empty() && !vendor.key_ids.contains(&id),
        None => id != "openai",
    }
}

pub(super) fn provider(api: &Api) -> Option<&'static str> {
    api.resolved.vendor.map(|vendor| vendor.name)
}
