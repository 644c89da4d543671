//! `/organization/projects/{project_id}/api_keys`: list, create, retrieve, change, delete, rotate, revoke.
//!
//! OpenAI's API has no creation of a project's key but for service accounts, no rotation and no revocation; those are ours.
//! The acts are those of `tollgate keys`.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::keys::{self as rows, Access, Ownership};
use tollgate_store::admin::{access, people};
use tollgate_store::keys::StoredKey;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::key_fields::{
    ADDRESSES, DISABLED, EXPIRES_AT, EXPIRES_IN, EXPIRY_MAX_SECONDS, KEY, METADATA, MODELS_ALLOW, MODELS_DENY, REGIONS,
    SCOPES, TIER, changes, refusal, shown,
};
use super::page;
use super::projects::refuse_archived;
use super::query::{AFTER, LIMIT, ORDER, Parameter, ParameterKind};
use super::shape::{Field, Kind};
use crate::refusal::Refusal;
use crate::use_cases::keys::{
    self as use_case, CANDIDATES_MAX, Issued, KeyChanges, NAME_MAX, NewKey, Rotation, RunningOverlap,
};

const ALL: &str = "/organization/projects/{project_id}/api_keys";
const ANYWHERE: &str = "/tollgate/keys/{key_id}";
const ID: &str = "/organization/projects/{project_id}/api_keys/{api_key_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-project-api-keys",
        doc: "Lists the keys of a project, oldest first.",
        needs: Needs::InProject(Permission::KeysRead),
        query: &[
            LIMIT,
            AFTER,
            ORDER,
            Parameter {
                name: "owner_project_access",
                kind: ParameterKind::Word(&["active", "inactive", "any"]),
                doc: "Only keys whose owner may use the project, or may not; all where it is left out.",
            },
        ],
        body: &[],
        answer: Shape::Page(Envelope::Ids, KEY),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-project-api-key",
        doc: "Creates a key, of a user or of the project itself; its secret is shown in this answer alone.",
        needs: Needs::InProject(Permission::KeysWrite),
        query: &[],
        body: &[
            Field::new("name", Kind::Name(NAME_MAX), "What the key is called."),
            Field::optional("user_id", Kind::Text(64), "The user whose key it is; left out, it is the project's."),
            SCOPES,
            EXPIRES_IN,
            EXPIRES_AT,
            MODELS_ALLOW,
            MODELS_DENY,
            REGIONS,
            TIER,
            ADDRESSES,
            DISABLED,
            METADATA,
        ],
        answer: Shape::One(KEY),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-project-api-key",
        doc: "Retrieves a key; its secret cannot be shown again.",
        needs: Needs::InProject(Permission::KeysRead),
        query: &[],
        body: &[],
        answer: Shape::One(KEY),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Get,
        path: ANYWHERE,
        name: "find-key",
        doc: "Retrieves a key of whichever project, by its id or by a beginning of it that no other key has.",
        needs: Needs::InOrganization(Permission::KeysRead),
        query: &[],
        body: &[],
        answer: Shape::One(KEY),
        does: Does::Read(find),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "update-project-api-key",
        doc: "Changes what a key may do, when it ends, whether it is switched off, and what is kept beside it.",
        needs: Needs::InProject(Permission::KeysWrite),
        query: &[],
        body: &[
            Field::given("name", Kind::Name(NAME_MAX), "What the key is called."),
            SCOPES,
            EXPIRES_IN,
            EXPIRES_AT,
            MODELS_ALLOW,
            MODELS_DENY,
            REGIONS,
            TIER,
            ADDRESSES,
            DISABLED,
            METADATA,
        ],
        answer: Shape::One(KEY),
        does: Does::Write(update),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-project-api-key",
        doc: "Deletes a key: it is refused from now on, and not listed any more.",
        needs: Needs::InProject(Permission::KeysWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["organization.project.api_key.deleted"]), "What has happened."),
            Field::new("id", Kind::Text(64), "The key's id."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/projects/{project_id}/api_keys/{api_key_id}/rotate",
        name: "rotate-project-api-key",
        doc: "Gives a key another secret, shown in this answer alone; the present one works a while longer.",
        needs: Needs::InProject(Permission::KeysWrite),
        query: &[],
        body: &[
            Field::given(
                "overlap_seconds",
                Kind::Integer(0, EXPIRY_MAX_SECONDS),
                "How many seconds the present secret goes on working; a day where it is left out.",
            ),
            Field::given(
                "end_overlap",
                Kind::Bool,
                "Whether the overlap of an earlier rotation ends now; without it the rotation is refused meanwhile.",
            ),
        ],
        answer: Shape::One(KEY),
        does: Does::Write(rotate),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/projects/{project_id}/api_keys/{api_key_id}/revoke",
        name: "revoke-project-api-key",
        doc: "Withdraws a key for good, both secrets of a rotation; it stays listed.",
        needs: Needs::InProject(Permission::KeysWrite),
        query: &[],
        body: &[],
        answer: Shape::One(KEY),
        does: Does::Write(revoke),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let access = match act.query.text("owner_project_access") {
        Some("active") => Access::Active,
        Some("inactive") => Access::Inactive,
        _ => Access::Any,
    };
    let found = rows::list(act.database(), act.project()?.row, access, &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(|key| shown(key, act.now)).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let owner = match act.body.text("user_id") {
        None => Ownership::Nobody,
        Some(id) => Ownership::User(user_of_project(act, id)?),
    };
    let issued = issue(act, owner, changes(act)?)?;
    let mut answer = shown(&issued.key, act.now);
    answer["value"] = issued.secret.reveal().into();
    Ok(Done::new(answer, created(act, &issued.key)?))
}

/// Makes a key in the project that the path names.
pub(super) fn issue(act: &Act<'_>, owner: Ownership, wanted: KeyChanges) -> Result<Issued, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    refuse_tier(act, &wanted, 0)?;
    let disabled = wanted.is_disabled == Some(true);
    let new = NewKey {
        organization: None,
        project: project.id.clone(),
        name: wanted.name.unwrap_or_default(),
        permissions: wanted.permissions.unwrap_or_default(),
        models_allow: wanted.models_allow.unwrap_or_default(),
        models_deny: wanted.models_deny.unwrap_or_default(),
        regions: wanted.regions.unwrap_or_default(),
        tier: wanted.tier.unwrap_or_default(),
        expiry: wanted.expiry.unwrap_or_default(),
        addresses: wanted.addresses.unwrap_or_default(),
        metadata: wanted.metadata.unwrap_or_default(),
        owner,
    };
    let (database, pepper) = (act.database(), &act.office.secrets.pepper);
    let mut issued = use_case::create_key(database, pepper, &new, act.now).map_err(refusal)?;
    if disabled {
        issued.key = use_case::disable_key(database, &issued.key.id.to_string(), act.now).map_err(refusal)?;
    }
    Ok(issued)
}

/// A tier opens models that the server's operator keeps for some: up to the one that he has set for the organization others may
/// give it, above it he alone. What a key has already may stay.
fn refuse_tier(act: &Act<'_>, wanted: &KeyChanges, held: u8) -> Result<(), Refusal> {
    let ceiling = act.principal.organization.tier_max;
    match wanted.tier {
        Some(tier) if tier > ceiling.max(held) && !act.principal.is_operator => {
            Err(Refusal::Tier { who: act.principal.id().to_owned(), ceiling })
        }
        _ => Ok(()),
    }
}

/// What the audit log is told of a new key.
pub(super) fn created(act: &Act<'_>, key: &StoredKey) -> Result<Event, Refusal> {
    Ok(event_of_new(key, act.now).in_project(&act.project()?.id))
}

/// The same, in no project yet.
pub(crate) fn event_of_new(key: &StoredKey, now: i64) -> Event {
    // Whose it is and all that it may, which nobody can reconstruct later.
    let mut data = shown(key, now);
    if let Json::Object(members) = &mut data {
        let told =
            ["name", "scopes", "owner", "expires_at", "models_allow", "models_deny", "regions", "tier", "addresses"];
        members.retain(|name, _| told.contains(&name.as_str()));
    }
    Event::created("api_key.created", &key.id.to_string(), &data)
}

fn user_of_project(act: &Act<'_>, id: &str) -> Result<i64, Refusal> {
    let user = people::member(act.database(), act.organization(), id)?;
    let user = user.ok_or_else(|| Refusal::missing("user", id))?;
    if access::has(act.database(), act.project()?.row, user.row)? {
        return Ok(user.row);
    }
    Err(Refusal::Conflict {
        what: format!("The user {id} may not use the project"),
        why: "a key works as long as its owner may use its project".to_owned(),
        fix: "Add the user to the project first".to_owned(),
    })
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act)?, act.now))
}

fn find(act: &Act<'_>) -> Result<Json, Refusal> {
    let missing = || Refusal::missing("API key", act.id(0));
    let digits = use_case::id_digits(act.id(0)).ok().filter(|digits| !digits.is_empty()).ok_or_else(missing)?;
    let found = rows::with_prefix(act.database(), act.organization(), digits, CANDIDATES_MAX + 1)?;
    match &found[..] {
        [] => Err(missing()),
        [only] => Ok(shown(only, act.now)),
        several => Err(Refusal::Conflict {
            what: format!("Several keys have ids that begin with '{digits}'"),
            why: several.iter().map(|key| format!("{} ({})", key.id, key.name)).collect::<Vec<_>>().join(", "),
            fix: "Give more characters of the id".to_owned(),
        }),
    }
}

fn update(act: &Act<'_>) -> Result<Done, Refusal> {
    let (before, wanted) = (found(act)?, changes(act)?);
    // A later date is what makes it work again.
    if let Some(at) = before.expires_at.filter(|at| *at <= act.now && wanted.expiry.is_none()) {
        return Err(refusal(use_case::KeyError::Expired { key: before.id, at }));
    }
    refuse_tier(act, &wanted, before.policy.tier)?;
    let after = use_case::update_key(act.database(), act.id(1), &wanted, act.now).map_err(refusal)?;
    changed(act, &json!(act.body.members()), &before, &after)
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act)?;
    use_case::delete_key(act.database(), act.id(1), act.now).map_err(refusal)?;
    let id = before.id.to_string();
    let answer = json!({ "object": "organization.project.api_key.deleted", "id": id, "deleted": true });
    let event = Event::ended("api_key.deleted", &id, &shown(&before, act.now));
    Ok(Done::new(answer, event.in_project(&act.project()?.id)))
}

fn rotate(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act)?;
    let mut rotation = Rotation::default();
    if let Some(seconds) = act.body.integer("overlap_seconds") {
        rotation.overlap = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    }
    if act.body.flag("end_overlap") == Some(true) {
        rotation.running = RunningOverlap::End;
    }
    let (database, pepper) = (act.database(), &act.office.secrets.pepper);
    let issued = use_case::rotate_key(database, pepper, act.id(1), rotation, act.now).map_err(refusal)?;
    let mut done = changed(act, &json!({ "rotated": true }), &before, &issued.key)?;
    done.answer["value"] = issued.secret.reveal().into();
    Ok(done)
}

fn revoke(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act)?;
    let after = use_case::revoke_key(act.database(), act.id(1), act.now).map_err(refusal)?;
    changed(act, &json!({ "status": "revoked" }), &before, &after)
}

fn changed(act: &Act<'_>, requested: &Json, before: &StoredKey, after: &StoredKey) -> Result<Done, Refusal> {
    let (before, after) = (shown(before, act.now), shown(after, act.now));
    let event = Event::updated("api_key.updated", act.id(1), requested, &before, &after);
    Ok(Done::new(after, event.in_project(&act.project()?.id)))
}

/// The key of the path, in the project of the path.
fn found(act: &Act<'_>) -> Result<StoredKey, Refusal> {
    let key = rows::get(act.database(), act.project()?.row, act.id(1))?;
    key.ok_or_else(|| Refusal::missing("API key", act.id(1)))
}
