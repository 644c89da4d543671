//! `/organization/projects/{project_id}/service_accounts`: identities of programs, and the keys that they own.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::keys::{self, Ownership};
use tollgate_store::admin::service_accounts::{self as rows, ServiceAccount};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::key_fields::{EXPIRY_MAX_SECONDS, access_word, changes};
use super::page;
use super::project_api_keys::{created, issue};
use super::projects::refuse_archived;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, ShapeError, TIME};
use crate::refusal::Refusal;
use crate::use_cases::keys::{Issued, KeyChanges};

/// Characters of a name.
const NAME: Kind = Kind::Name(100);
const ALL: &str = "/organization/projects/{project_id}/service_accounts";
const ID: &str = "/organization/projects/{project_id}/service_accounts/{service_account_id}";

const ACCOUNT: &[Field] = &[
    Field::new(
        "object",
        Kind::Word(&["organization.project.service_account"]),
        "Always `organization.project.service_account`.",
    ),
    Field::new("id", Kind::Text(64), "The account's id, `svc_acct_` and letters and digits."),
    Field::new("name", NAME, "What it is called."),
    Field::new("role", Kind::Word(&["owner", "member", "none"]), "What it is in the project."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
];
const FIRST_KEY: &[Field] = &[
    Field::new(
        "object",
        Kind::Word(&["organization.project.service_account.api_key"]),
        "Always `organization.project.service_account.api_key`.",
    ),
    Field::new("id", Kind::Text(64), "The key's id."),
    Field::new("name", NAME, "What the key is called."),
    Field::new("value", Kind::Text(64), "The secret, which is shown in this answer alone."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::nullable("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::new(
        "owner_project_access",
        Kind::Word(&["active", "inactive"]),
        "Whether its account has a role in the project; without one the key is refused.",
    ),
];
const EXPIRES: Field =
    Field::optional("expires_in_seconds", Kind::Integer(1, EXPIRY_MAX_SECONDS), "After how many seconds the key ends.");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-project-service-accounts",
        doc: "Lists the service accounts of a project, oldest first.",
        needs: Needs::InProject(Permission::ServiceAccountsRead),
        query: &[LIMIT, AFTER],
        body: &[],
        answer: Shape::Page(Envelope::Ids, ACCOUNT),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-project-service-account",
        doc: "Creates a service account and its first key, whose secret is shown in this answer alone.",
        needs: Needs::InProject(Permission::ServiceAccountsWrite),
        query: &[],
        body: &[
            Field::new("name", NAME, "What it is called."),
            Field::optional("create_service_account_only", Kind::Bool, "Whether it gets neither a role nor a key."),
            EXPIRES,
        ],
        answer: Shape::One(&[
            Field::new(
                "object",
                Kind::Word(&["organization.project.service_account"]),
                "Always `organization.project.service_account`.",
            ),
            Field::new("id", Kind::Text(64), "The account's id, `svc_acct_` and letters and digits."),
            Field::new("name", NAME, "What it is called."),
            Field::new("role", Kind::Word(&["member", "none"]), "What it is in the project."),
            Field::new("created_at", TIME, "When it was made, in Unix seconds."),
            Field::nullable("api_key", Kind::Object(FIRST_KEY), "Its first key."),
        ]),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-project-service-account",
        doc: "Retrieves a service account.",
        needs: Needs::InProject(Permission::ServiceAccountsRead),
        query: &[],
        body: &[],
        answer: Shape::One(ACCOUNT),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "update-project-service-account",
        doc: "Gives a service account another name or role.",
        needs: Needs::InProject(Permission::ServiceAccountsWrite),
        query: &[],
        body: &[
            Field::given("name", NAME, "What it is called from now on."),
            Field::given("role", Kind::Word(&["member", "owner"]), "What it is in the project from now on."),
        ],
        answer: Shape::One(ACCOUNT),
        does: Does::Write(update),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-project-service-account",
        doc: "Deletes a service account and its keys, which are refused from now on.",
        needs: Needs::InProject(Permission::ServiceAccountsWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["organization.project.service_account.deleted"]), "What has happened."),
            Field::new("id", Kind::Text(64), "The account's id."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys",
        name: "create-service-account-api-key",
        doc: "Creates a key of a service account; its secret is shown in this answer alone.",
        needs: Needs::InProject(Permission::ServiceAccountsWrite),
        query: &[],
        body: &[
            Field::given("name", NAME, "What the key is called; like the account where it is left out."),
            Field::given("scopes", Kind::Texts(64, 64), "What it may do; an empty list is everything."),
            EXPIRES,
        ],
        answer: Shape::One(FIRST_KEY),
        does: Does::Write(create_key),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = rows::list(act.database(), act.project()?.row, &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let alone = act.body.flag("create_service_account_only") == Some(true);
    if alone && act.body.has("expires_in_seconds") {
        return Err(Refusal::Shape(ShapeError::Value {
            name: "expires_in_seconds".to_owned(),
            what: "given although no key is created".to_owned(),
            allowed: "nothing beside `create_service_account_only`".to_owned(),
        }));
    }
    let name = act.body.text("name").unwrap_or_default();
    let role = if alone { "none" } else { "member" };
    let account = rows::insert(act.database(), project.row, name, role, act.now)?;
    let mut answer = shown(&account);
    let event = Event::created("service_account.created", &account.id, &json!({ "role": role, "name": name }));
    let mut done = Done::new(Json::Null, event.in_project(&project.id));
    answer["api_key"] = Json::Null;
    if !alone {
        let issued = key_of(act, &account)?;
        answer["api_key"] = shown_key(&issued);
        done.more.push(created(act, &issued.key)?);
    }
    done.answer = answer;
    Ok(done)
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act)?))
}

fn update(act: &Act<'_>) -> Result<Done, Refusal> {
    let (project, before) = (act.project()?, found(act)?);
    refuse_archived(project)?;
    let mut after = before.clone();
    if let Some(name) = act.body.text("name") {
        name.clone_into(&mut after.name);
    }
    if let Some(role) = act.body.text("role") {
        role.clone_into(&mut after.role);
    }
    rows::update(act.database(), project.row, &after)?;
    let requested = json!(act.body.members());
    let event = Event::updated("service_account.updated", &before.id, &requested, &shown(&before), &shown(&after));
    Ok(Done::changed(shown(&after), event.in_project(&project.id)))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let (project, account) = (act.project()?, found(act)?);
    let keys = keys::of_account(act.database(), project.row, account.row)?;
    rows::delete(act.database(), project.row, &account, act.now)?;
    let answer = json!({ "object": "organization.project.service_account.deleted", "id": account.id, "deleted": true });
    let event = Event::ended("service_account.deleted", &account.id, &shown(&account));
    let owner = json!({ "owner": { "id": account.id } });
    let ended = |id: &String| Event::ended("api_key.deleted", id, &owner).in_project(&project.id);
    Ok(Done { more: keys.iter().map(ended).collect(), ..Done::new(answer, event.in_project(&project.id)) })
}

fn create_key(act: &Act<'_>) -> Result<Done, Refusal> {
    let issued = key_of(act, &found(act)?)?;
    Ok(Done::new(shown_key(&issued), created(act, &issued.key)?))
}

/// A new key of an account; it is called like the account unless the body of a key says otherwise.
fn key_of(act: &Act<'_>, account: &ServiceAccount) -> Result<Issued, Refusal> {
    let wanted = changes(act)?;
    let name = Some(wanted.name.clone().unwrap_or_else(|| account.name.clone()));
    let owner = Ownership::ServiceAccount { row: account.row, has_access: account.has_role() };
    issue(act, owner, KeyChanges { name, ..wanted })
}

fn found(act: &Act<'_>) -> Result<ServiceAccount, Refusal> {
    let account = rows::get(act.database(), act.project()?.row, act.id(1))?;
    account.ok_or_else(|| Refusal::missing("service account", act.id(1)))
}

fn shown(account: &ServiceAccount) -> Json {
    json!({
        "object": "organization.project.service_account",
        "id": account.id,
        "name": account.name,
        "role": account.role,
        "created_at": account.created_at,
    })
}

fn shown_key(issued: &Issued) -> Json {
    json!({
        "object": "organization.project.service_account.api_key",
        "id": issued.key.id.to_string(),
        "name": issued.key.name,
        "value": issued.secret.reveal(),
        "created_at": issued.key.created_at,
        "expires_at": issued.key.expires_at,
        "owner_project_access": access_word(&issued.key),
    })
}
