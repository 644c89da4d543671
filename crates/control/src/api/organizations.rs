//! `/tollgate/organizations`: create, list, retrieve, rename; for the server's operator alone.
//!
//! An organization begins with the invite of its first owner: whoever operates the server is not a member of it.

use serde_json::{Value as Json, json};
use tollgate_core::policy::TIER_MAX;
use tollgate_store::admin::invites::OPERATOR;
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::projects;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, TIME};
use super::{invites, page};
use crate::refusal::Refusal;
use crate::use_cases::bootstrap::DEFAULT_PROJECT;
use crate::use_cases::invites::{self as use_case, NewInvite};
use crate::use_cases::people::{EMAIL_MAX, email};

/// Characters of a name at most.
const NAME_MAX: usize = 100;

const ORGANIZATION: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.organization"]), "Always `tollgate.organization`."),
    Field::new("id", Kind::Text(64), "The organization's id, `org-` and letters and digits."),
    Field::new("name", Kind::Text(NAME_MAX), "What it is called; two may be called alike."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::new("tier_max", TIER, "The highest tier that its owners give to keys; the operator gives any."),
    Field::optional(
        "invite",
        Kind::Free,
        "The first owner's invite, with its token; shown in the answer to its making alone.",
    ),
];

const TIER: Kind = Kind::Integer(0, TIER_MAX as i64);

const ALL: &str = "/tollgate/organizations";
const ID: &str = "/tollgate/organizations/{organization_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-organizations",
        doc: "Lists the organizations of the server, oldest first.",
        needs: Needs::Operator,
        query: &[LIMIT, AFTER],
        body: &[],
        answer: Shape::Page(Envelope::Ids, ORGANIZATION),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-organization",
        doc: "Creates an organization with a project `default`, and invites its first owner.",
        needs: Needs::Operator,
        query: &[],
        body: &[
            Field::new("name", Kind::Name(NAME_MAX), "What it is called."),
            Field::new("owner_email", Kind::Text(EMAIL_MAX), "The address of its first owner."),
            Field::optional("tier_max", TIER, "The highest tier that its owners may give to keys; 0 unless given."),
        ],
        answer: Shape::One(ORGANIZATION),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-organization",
        doc: "Retrieves an organization.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(ORGANIZATION),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-organization",
        doc: "Gives an organization another name, or its owners another highest tier to give to keys.",
        needs: Needs::Operator,
        query: &[],
        body: &[
            Field::optional("name", Kind::Name(NAME_MAX), "What it is called from now on."),
            Field::optional("tier_max", TIER, "The highest tier that its owners give to keys from now on."),
        ],
        answer: Shape::One(ORGANIZATION),
        does: Does::Write(modify),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let part = act.part();
    let found = organizations::list(act.database(), part.after.as_deref(), part.limit)?;
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let name = act.body.text("name").unwrap_or_default();
    let email = email("owner_email", act.body.text("owner_email").unwrap_or_default())?;
    let mut made = organizations::insert(act.database(), name, act.now)?;
    if let Some(tier) = tier_max(act) {
        made.tier_max = tier;
        organizations::change(act.database(), &made)?;
    }
    let project = projects::insert(act.database(), made.row, DEFAULT_PROJECT, None, act.now)?;
    let new = NewInvite {
        organization: made.row,
        email,
        role: "owner".to_owned(),
        projects_only: false,
        projects: Vec::new(),
        invited_by: OPERATOR.to_owned(),
    };
    let (invite, token) = use_case::issue(act.database(), &act.office.secrets.pepper, new, act.now)?;
    let mut answer = shown(&made);
    answer["invite"] = invites::shown_once(&invite, &token, act.now);
    // OpenAI has no type for the making of an organization. Both logs are told: the operator's, and the new one.
    let requested = json!({ "name": name, "title": name, "tier_max": made.tier_max });
    let event = Event::updated("organization.updated", &made.id, &requested, &Json::Null, &shown(&made));
    let project_made = Event::created("project.created", &project.id, &json!({ "name": project.name }));
    let more = vec![
        event.clone().in_organization(made.row),
        project_made.in_project(&project.id).in_organization(made.row),
        invites::sent(&invite).in_organization(made.row),
    ];
    Ok(Done { more, ..Done::new(answer, event) })
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act)?))
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act)?;
    let mut after = before.clone();
    if let Some(name) = act.body.text("name") {
        name.clone_into(&mut after.name);
    }
    if let Some(tier) = tier_max(act) {
        after.tier_max = tier;
    }
    organizations::change(act.database(), &after)?;
    let requested = json!({ "name": after.name, "title": after.name, "tier_max": after.tier_max });
    let event = Event::updated("organization.updated", &before.id, &requested, &shown(&before), &shown(&after));
    // The organization is told what was done, and the operator's own log by whom.
    let own = event.clone();
    let mut done = Done::changed(shown(&after), event.in_organization(before.row));
    if before.row != act.organization() && before != after {
        done.more.push(own);
    }
    Ok(done)
}

fn tier_max(act: &Act<'_>) -> Option<u8> {
    act.body.integer("tier_max").and_then(|tier| u8::try_from(tier).ok())
}

fn found(act: &Act<'_>) -> Result<Organization, Refusal> {
    let organization = organizations::by_id(act.database(), act.id(0))?;
    organization.ok_or_else(|| Refusal::missing("organization", act.id(0)))
}

fn shown(organization: &Organization) -> Json {
    json!({
        "object": "tollgate.organization",
        "id": organization.id,
        "name": organization.name,
        "created_at": organization.created_at,
        "tier_max": organization.tier_max,
    })
}
