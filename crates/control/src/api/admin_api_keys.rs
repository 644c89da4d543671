//! `/organization/admin_api_keys`: create, list, retrieve, delete.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::admin_keys::{self, AdminKey};
use tollgate_store::admin::people;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT, ORDER};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;
use crate::use_cases::admin_keys::{self as use_case, NewAdminKey, OPERATOR};

/// The longest time after which a key can end: ten years.
const EXPIRY_MAX_SECONDS: i64 = 10 * 366 * 24 * 60 * 60;

const ADMIN_KEY: &[Field] = &[
    Field::new("object", Kind::Word(&["organization.admin_api_key"]), "Always `organization.admin_api_key`."),
    Field::new("id", Kind::Text(64), "The key's id, `key_` and letters and digits."),
    Field::new("name", Kind::Text(100), "What its owner calls it."),
    Field::new("redacted_value", Kind::Text(64), "Its beginning and end."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::nullable("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::nullable("last_used_at", TIME, "When it was last used, in Unix seconds, up to a minute late."),
    Field::nullable("scopes", Kind::Texts(64, 64), "What it may do of what its owner may; `null` is all of that."),
    Field::new("is_operator", Kind::Bool, "Whether it may operate the server besides."),
    Field::new("owner", Kind::Free, "The user whose key it is."),
    Field::optional("value", Kind::Text(128), "Its text; in the answer to its creation alone."),
];

const ID: &str = "/organization/admin_api_keys/{key_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/organization/admin_api_keys",
        name: "admin-api-keys-list",
        doc: "Lists the admin keys of the organization, oldest first unless asked otherwise.",
        needs: Needs::InOrganization(Permission::AdminKeysRead),
        query: &[AFTER, ORDER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, ADMIN_KEY),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/admin_api_keys",
        name: "admin-api-keys-create",
        doc: "Creates an admin key of whoever asks; its value is shown in this answer alone.",
        needs: Needs::InOrganization(Permission::AdminKeysWrite),
        query: &[],
        body: &[
            Field::new("name", Kind::Name(100), "What the key is called."),
            Field::optional(
                "expires_in_seconds",
                Kind::Integer(1, EXPIRY_MAX_SECONDS),
                "After how many seconds it ends; without it never, or with the key that asks.",
            ),
            Field::optional(
                "scopes",
                Kind::Texts(64, 64),
                "Permissions of which it has no more; without it all that its owner has at any time.",
            ),
            Field::optional(
                "is_operator",
                Kind::Bool,
                "Whether it may operate the server besides, as `operator` among the scopes says too; the operator gives it.",
            ),
        ],
        answer: Shape::One(ADMIN_KEY),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "admin-api-keys-get",
        doc: "Retrieves an admin key.",
        needs: Needs::InOrganization(Permission::AdminKeysRead),
        query: &[],
        body: &[],
        answer: Shape::One(ADMIN_KEY),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "admin-api-keys-delete",
        doc: "Deletes an admin key: it is refused from now on.",
        needs: Needs::InOrganization(Permission::AdminKeysWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("id", Kind::Text(64), "The key's id."),
            Field::new("object", Kind::Word(&["organization.admin_api_key.deleted"]), "What has happened."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = admin_keys::list(act.database(), act.organization(), &act.part())?;
    let data = found.rows.iter().map(|key| shown(act, key)).collect::<Result<Vec<_>, _>>()?;
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let new = NewAdminKey {
        name: act.body.text("name").unwrap_or_default(),
        scopes: act.body.texts("scopes"),
        is_operator: act.body.flag("is_operator") == Some(true),
        expires_at: act.ends("expires_in_seconds"),
    };
    let (key, token) = use_case::create(act, &new)?;
    let mut answer = shown(act, &key)?;
    answer["value"] = token.reveal().into();
    let mut data = json!({
        "name": key.name,
        "is_operator": key.is_operator,
        "expires_at": key.expires_at,
        "owner": { "id": answer["owner"]["id"] },
    });
    // OpenAI's event knows a list alone: without one the key may all that its owner may.
    if answer["scopes"].is_array() {
        data["scopes"] = answer["scopes"].clone();
    }
    let event = Event::created("api_key.created", &key.id, &data);
    Ok(Done::new(answer, event))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    shown(act, &found(act)?)
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let key = found(act)?;
    use_case::delete(act, &key)?;
    let answer = json!({ "id": key.id, "object": "organization.admin_api_key.deleted", "deleted": true });
    Ok(Done::new(answer, Event::ended("api_key.deleted", &key.id, &shown(act, &key)?)))
}

fn found(act: &Act<'_>) -> Result<AdminKey, Refusal> {
    let key = admin_keys::get(act.database(), act.organization(), act.id(0))?;
    key.ok_or_else(|| Refusal::missing("admin key", act.id(0)))
}

fn shown(act: &Act<'_>, key: &AdminKey) -> Result<Json, Refusal> {
    let owner = people::member_of_row(act.database(), act.organization(), key.owner)?;
    // Without a list it may all that its owner may, and a list of `operator` alone would say that it may nothing of it.
    let mut scopes = key.scopes.clone();
    if let Some(scopes) = scopes.as_mut().filter(|_| key.is_operator) {
        scopes.push(OPERATOR.to_owned());
    }
    let owner = owner.map_or(json!({ "type": "user" }), |owner| {
        json!({
            "type": "user",
            "object": "organization.user",
            "id": owner.id,
            "name": owner.name,
            "created_at": owner.added_at,
            "role": owner.role,
        })
    });
    Ok(json!({
        "object": "organization.admin_api_key",
        "id": key.id,
        "name": key.name,
        "redacted_value": format!("sk-tg-admin-...{}", key.last_four),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "scopes": scopes,
        "is_operator": key.is_operator,
        "owner": owner,
    }))
}
