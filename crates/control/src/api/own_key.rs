//! `GET /v1/tollgate/key`: what the key is that a caller of models presents.
//!
//! In: the id of a key that has just been let in. Out: what it may do, with its project, when it ends, when it was last used,
//! and its last failure. It is not in the table of endpoints, for it needs no admin key.

use serde_json::{Value as Json, json};
use tollgate_core::id::KeyId;
use tollgate_core::requests::RequestRecord;
use tollgate_core::tools::HostedTool;
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::projects::{self, Project};
use tollgate_store::admin::provider_credentials::{self, PROVIDERS_MAX};
use tollgate_store::database::StoreError;
use tollgate_store::keys;
use tollgate_store::records::{self, Records};

use super::key_fields::{KEY, shown};
use super::project_permissions::shown_models;
use super::shape::{Field, Kind, TIME, schema};
use crate::office::Office;
use crate::refusal::Refusal;

const IN_FULL: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.key"]), "Always `tollgate.key`."),
    Field::new("organization", Kind::Text(64), "The organization's id."),
    Field::new("project", Kind::Object(PROJECT), "Its project, and what holds for each key of that."),
    Field::new(
        "own_accounts",
        Kind::Texts(PROVIDERS_MAX, 256),
        "The providers that its organization has a credential of its own for: it is called with that, and not with the server's.",
    ),
    Field::nullable("last_used_address", Kind::Text(64), "From which address it was last used."),
    Field::nullable("last_used_client", Kind::Text(64), "By which client, as it named itself; may be empty."),
    Field::nullable("last_error", Kind::Object(FAILURE), "The newest failure among its last requests."),
];

const PROJECT: &[Field] = &[
    Field::new("id", Kind::Text(64), "The project's id."),
    Field::new("name", Kind::Text(100), "What it is called."),
    Field::new("residency", Kind::Text(64), "Where its calls are served; `GLOBAL` is anywhere."),
    Field::new("model_permissions", Kind::Free, "Which models its keys may use."),
    Field::new("hosted_tools_denied", Kind::Texts(64, 64), "Hosted tools that its keys may not use."),
];

const FAILURE: &[Field] = &[
    Field::new("request_id", Kind::Text(64), "Which request."),
    Field::new("at", TIME, "Unix seconds."),
    Field::new("status", Kind::Integer(0, 999), "What was answered."),
    Field::new("cause", Kind::Text(64), "Its page is /errors/{cause}."),
    Field::new("model", Kind::Text(256), "What was asked for; may be empty."),
];

/// What [`describe`] answers, as a JSON Schema: the fields that administrators see, and more.
pub(super) fn described() -> Json {
    let (mut whole, mut more) = (schema(KEY, false), schema(IN_FULL, false));
    if let (Some(members), Some(added)) = (whole["properties"].as_object_mut(), more["properties"].as_object_mut()) {
        members.append(added);
        // Its secret is shown to nobody, not even to whoever has just presented it.
        members.remove("value");
    }
    let added = more["required"].as_array().into_iter().flatten().filter(|name| *name != "object");
    if let Some(required) = whole["required"].as_array_mut() {
        required.extend(added.cloned());
    }
    whole
}

/// What a key is at `now` (Unix seconds).
///
/// # Errors
/// The database does not answer.
pub fn describe(office: &Office, id: KeyId, now: i64) -> Result<Json, Refusal> {
    let missing = || Refusal::missing("API key", &id.to_string());
    let key = keys::get(&office.database, id)?.ok_or_else(missing)?;
    let project = projects::of_key(&office.database, id)?.ok_or_else(missing)?;
    let mut described = shown(&key, now);
    described["object"] = "tollgate.key".into();
    described["organization"] = key.organization.as_str().into();
    described["project"] = shown_project(&project);
    described["own_accounts"] = own_accounts(office, &key.organization)?;
    described["last_used_address"] = json!(key.last_use.as_ref().map(|last| last.address.to_string()));
    described["last_used_client"] = json!(key.last_use.as_ref().map(|last| &last.client));
    described["last_error"] = last_error(office, id)?;
    Ok(described)
}

/// What holds for each key of its project.
fn shown_project(project: &Project) -> Json {
    let denied: Vec<&str> = project.tools_denied.iter().map(HostedTool::name).collect();
    json!({
        "id": project.id,
        "name": project.name,
        "residency": project.residency.as_deref().unwrap_or("GLOBAL"),
        "model_permissions": shown_models(&project.models),
        "hosted_tools_denied": denied,
    })
}

/// The names of the providers where an organization has an account of its own.
fn own_accounts(office: &Office, organization: &str) -> Result<Json, StoreError> {
    let organization = organizations::by_id(&office.database, organization)?;
    let of = |one: Organization| provider_credentials::list(&office.database, one.row);
    Ok(organization.map(of).transpose()?.into_iter().flatten().map(|one| one.provider).collect())
}

/// The newest failure among the key's last requests; where there are no records so far, there is none.
fn last_error(office: &Office, id: KeyId) -> Result<Json, StoreError> {
    let Some(records) = Records::open_reader(office.database.data_dir())? else { return Ok(Json::Null) };
    Ok(records::last_failure(&records, id)?.as_ref().map_or(Json::Null, failure))
}

fn failure(record: &RequestRecord) -> Json {
    json!({
        "request_id": record.id.to_string(),
        "at": record.id.unix_ms() / 1000,
        "status": record.status,
        "cause": record.cause,
        "model": record.model,
    })
}
