//! `/organization/users`: list, retrieve, modify, delete.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::page::PageError;
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::project_users;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT, Parameter, ParameterKind};
use super::shape::{Field, Kind, ShapeError, TIME};
use crate::refusal::Refusal;
use crate::use_cases::people::{self as use_case};

pub(super) const ROLES: &[&str] = &["owner", "reader"];
/// What OpenAI has no role for.
pub(super) const PROJECTS_ONLY: &str =
    "Whether a reader sees nothing of the organization but the projects that he is in.";

pub(super) const USER: &[Field] = &[
    Field::new("object", Kind::Word(&["organization.user"]), "Always `organization.user`."),
    Field::new("id", Kind::Text(64), "The user's id, `user-` and letters and digits."),
    Field::new("email", Kind::Text(use_case::EMAIL_MAX), "The address, in lower case."),
    Field::new("name", Kind::Text(100), "What the user is called."),
    Field::new("role", Kind::Word(ROLES), "The role in the organization."),
    Field::new("projects_only", Kind::Bool, PROJECTS_ONLY),
    Field::new("added_at", TIME, "When the user became a member, in Unix seconds."),
    Field::new("created", TIME, "The same: what other organizations know of the user is not told."),
    Field::nullable("api_key_last_used_at", TIME, "When a key of the user was last used, in Unix seconds."),
    Field::new("is_default", Kind::Bool, "Always false."),
    Field::new("is_service_account", Kind::Bool, "Always false: service accounts are not users here."),
    Field::new("is_scim_managed", Kind::Bool, "Always false."),
    Field::nullable("technical_level", Kind::Text(64), "As it was set; it means nothing here."),
    Field::nullable("developer_persona", Kind::Text(64), "As it was set; it means nothing here."),
    Field::new("user", Kind::Free, "The user apart from the membership."),
    Field::new("projects", Kind::Free, "The projects that the user is in, and the role in each."),
];

const ID: &str = "/organization/users/{user_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/organization/users",
        name: "list-users",
        doc: "Lists the users of the organization, in the order in which they joined.",
        needs: Needs::InOrganization(Permission::UsersRead),
        query: &[
            LIMIT,
            AFTER,
            Parameter { name: "emails", kind: ParameterKind::Texts, doc: "Only users with these addresses." },
        ],
        body: &[],
        answer: Shape::Page(Envelope::Ids, USER),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-user",
        doc: "Retrieves a user.",
        needs: Needs::InOrganization(Permission::UsersRead),
        query: &[],
        body: &[],
        answer: Shape::One(USER),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-user",
        doc: "Gives a user another role; what the user loses, the user's keys lose at once.",
        needs: Needs::InOrganization(Permission::UsersWrite),
        query: &[],
        body: &[
            Field::optional("role", Kind::Word(ROLES), "The role from now on."),
            Field::optional("role_id", Kind::Text(64), "The same by the id of a predefined role of organizations."),
            Field::optional("projects_only", Kind::Bool, PROJECTS_ONLY),
            Field::optional("technical_level", Kind::Text(64), "Kept and shown."),
            Field::optional("developer_persona", Kind::Text(64), "Kept and shown."),
        ],
        answer: Shape::One(USER),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-user",
        doc: "Removes a user from the organization: admin keys and sessions end, keys in projects are refused.",
        needs: Needs::InOrganization(Permission::UsersWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["organization.user.deleted"]), "What has happened."),
            Field::new("id", Kind::Text(64), "The user's id."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let emails = act.query.texts("emails");
    if !emails.is_empty() {
        return list_of(act, &emails);
    }
    let found = people::list(act.database(), act.organization(), &act.part())?;
    let data = found.rows.iter().map(|member| shown(act, member)).collect::<Result<Vec<_>, _>>()?;
    Ok(page::with_ids(&data, found.has_more))
}

/// There are at most as many as addresses were given, so each is looked up by the index of its own.
fn list_of(act: &Act<'_>, emails: &[String]) -> Result<Json, Refusal> {
    let mut found = Vec::new();
    for email in emails {
        found.extend(people::member_of_email(act.database(), act.organization(), &email.trim().to_lowercase())?);
    }
    let position = |id: &str| people::position(act.database(), act.organization(), id);
    let mut found = found
        .into_iter()
        .map(|member| Ok((position(&member.id)?, member)))
        .collect::<Result<Vec<(i64, Member)>, PageError>>()?;
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| *at);
    let part = act.part();
    if let Some(after) = &part.after {
        let begin = position(after)?;
        found.retain(|(at, _)| *at > begin);
    }
    let has_more = found.len() > part.limit;
    found.truncate(part.limit);
    let data = found.iter().map(|(_, member)| shown(act, member)).collect::<Result<Vec<_>, _>>()?;
    Ok(page::with_ids(&data, has_more))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    shown(act, &found(act)?)
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act)?;
    let mut after = before.clone();
    if let Some(role) = role(act)? {
        role.clone_into(&mut after.role);
        after.projects_only &= role != "owner";
    }
    if let Some(projects_only) = act.body.flag("projects_only") {
        after.projects_only = projects_only;
    }
    use_case::refuse_limited_owner(&after.role, after.projects_only)?;
    let text = |name: &str, before: &Option<String>| act.body.text(name).map(str::to_owned).or_else(|| before.clone());
    after.technical_level = text("technical_level", &before.technical_level);
    after.persona = text("developer_persona", &before.persona);
    let shown_before = shown(act, &before)?;
    use_case::change(act, &before, &after)?;
    let answer = shown(act, &after)?;
    let requested = json!(act.body.members());
    let event = Event::updated("user.updated", &before.id, &requested, &shown_before, &answer);
    Ok(Done::changed(answer, event))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let member = found(act)?;
    let before = shown(act, &member)?;
    let keys = use_case::remove(act, &member)?;
    let answer = json!({ "id": member.id, "object": "organization.user.deleted", "deleted": true });
    let more = keys.iter().map(|id| Event::ended("api_key.deleted", id, &json!({ "owner": { "id": member.id } })));
    Ok(Done { more: more.collect(), ..Done::new(answer, Event::ended("user.deleted", &member.id, &before)) })
}

/// The word of the role that is asked for, by itself or by the id of a predefined one.
fn role<'a>(act: &'a Act<'_>) -> Result<Option<&'a str>, Refusal> {
    let by_id = match act.body.text("role_id") {
        None => None,
        Some("role_organization_owner") => Some("owner"),
        Some("role_organization_reader") => Some("reader"),
        Some(other) => {
            let shown: String = other.chars().take(64).collect();
            let allowed = "'role_organization_owner' or 'role_organization_reader'; other roles are assigned at \
                /v1/organization/users/{user_id}/roles"
                .to_owned();
            return Err(ShapeError::Value { name: "role_id".to_owned(), what: format!("'{shown}'"), allowed }.into());
        }
    };
    match (act.body.text("role"), by_id) {
        (Some(role), Some(other)) if role != other => Err(ShapeError::Value {
            name: "role_id".to_owned(),
            what: format!("the id of the role '{other}' beside `role` '{role}'"),
            allowed: "one of both, or the same role twice".to_owned(),
        }
        .into()),
        (role, by_id) => Ok(role.or(by_id)),
    }
}

fn found(act: &Act<'_>) -> Result<Member, Refusal> {
    let member = people::member(act.database(), act.organization(), act.id(0))?;
    member.ok_or_else(|| Refusal::missing("user", act.id(0)))
}

pub(super) fn shown(act: &Act<'_>, member: &Member) -> Result<Json, Refusal> {
    let last_use = people::last_key_use(act.database(), act.organization(), member.row)?;
    let projects = project_users::of_user(act.database(), act.organization(), member.row)?;
    // Within a project nothing is told of the user's other ones: whoever asks may see this one alone.
    let here = act.project.as_ref().map(|project| project.id.as_str());
    let projects = projects.iter().filter(|one| here.is_none_or(|here| here == one.project));
    let projects: Vec<Json> =
        projects.map(|one| json!({ "id": one.project, "name": one.name, "role": one.role })).collect();
    Ok(json!({
        "object": "organization.user",
        "id": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "projects_only": member.projects_only,
        "added_at": member.added_at,
        "created": member.added_at,
        "api_key_last_used_at": last_use,
        "is_default": false,
        "is_service_account": false,
        "is_scim_managed": false,
        "technical_level": member.technical_level,
        "developer_persona": member.persona,
        "user": {
            "object": "user",
            "id": member.id,
            "email": member.email,
            "name": member.name,
            "picture": null,
            "enabled": true,
            "banned": false,
            "banned_at": null,
        },
        "projects": { "object": "list", "data": projects },
    }))
}
