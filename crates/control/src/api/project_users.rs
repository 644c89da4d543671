//! `/organization/projects/{project_id}/users`: list, add, retrieve, modify, remove.

use serde_json::{Value as Json, json};
use tollgate_core::rights::{Permission, PermissionSet, Place};
use tollgate_store::admin::access;
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::project_users::{self, ProjectUser};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::projects::refuse_archived;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, ShapeError, TIME};
use crate::refusal::Refusal;
use crate::use_cases::people as use_case;

pub(super) const ROLES: &[&str] = &["owner", "member"];

const USER: &[Field] = &[
    Field::new("object", Kind::Word(&["organization.project.user"]), "Always `organization.project.user`."),
    Field::new("id", Kind::Text(64), "The user's id, `user-` and letters and digits."),
    Field::new("email", Kind::Text(use_case::EMAIL_MAX), "The address, in lower case."),
    Field::new("name", Kind::Text(100), "What the user is called."),
    Field::new("role", Kind::Word(ROLES), "The role in the project."),
    Field::new("added_at", TIME, "When the user was added to the project, in Unix seconds."),
];

const ALL: &str = "/organization/projects/{project_id}/users";
const ID: &str = "/organization/projects/{project_id}/users/{user_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-project-users",
        doc: "Lists the users of the project, in the order in which they were added.",
        needs: Needs::InProject(Permission::UsersRead),
        query: &[LIMIT, AFTER],
        body: &[],
        answer: Shape::Page(Envelope::Ids, USER),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-project-user",
        doc: "Adds a user of the organization to the project, by id or address.",
        needs: Needs::InProject(Permission::UsersWrite),
        query: &[],
        body: &[
            Field::optional("user_id", Kind::Text(64), "The user's id."),
            Field::optional("email", Kind::Text(use_case::EMAIL_MAX), "The user's address, in place of the id."),
            Field::new("role", Kind::Word(ROLES), "The role in the project."),
        ],
        answer: Shape::One(USER),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-project-user",
        doc: "Retrieves a user of the project.",
        needs: Needs::InProject(Permission::UsersRead),
        query: &[],
        body: &[],
        answer: Shape::One(USER),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-project-user",
        doc: "Gives a user another role in the project.",
        needs: Needs::InProject(Permission::UsersWrite),
        query: &[],
        body: &[Field::optional("role", Kind::Word(ROLES), "The role from now on.")],
        answer: Shape::One(USER),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-project-user",
        doc: "Takes a user out of the project; the user's keys in it are refused unless another role lets the user in.",
        needs: Needs::InProject(Permission::UsersWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["organization.project.user.deleted"]), "What has happened."),
            Field::new("id", Kind::Text(64), "The user's id."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = project_users::list(act.database(), act.project()?.row, &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let member = asked_for(act)?;
    if project_users::get(act.database(), project.row, &member.id)?.is_some() {
        return Err(Refusal::Conflict {
            what: format!("User '{}' is in the project already", member.id),
            why: "a user is in a project once".to_owned(),
            fix: "Modify the user's role instead".to_owned(),
        });
    }
    let role = act.body.text("role").unwrap_or_default();
    refuse_beyond(act, role, use_case::of_project(&use_case::rights(act, member.row)?, &project.id))?;
    project_users::add(act.database(), project.row, member.row, role, act.now)?;
    access::refresh(act.database(), act.organization(), member.row)?;
    let added = project_users::get(act.database(), project.row, &member.id)?;
    let answer = added.map_or(Json::Null, |user| shown(&user));
    let event = Event::created("user.added", &member.id, &json!({ "role": role }));
    Ok(Done::new(answer, event.in_project(&project.id)))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act)?))
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let before = found(act)?;
    let mut after = before.clone();
    if let Some(role) = act.body.text("role").filter(|role| *role != before.role) {
        let held = refuse_above(act, &before)?;
        refuse_beyond(act, role, held)?;
        role.clone_into(&mut after.role);
        project_users::change(act.database(), project.row, before.row, role)?;
    }
    let requested = json!({ "role": after.role });
    let event = Event::updated("user.updated", &before.id, &requested, &shown(&before), &shown(&after));
    Ok(Done::changed(shown(&after), event.in_project(&project.id)))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let user = found(act)?;
    refuse_above(act, &user)?;
    project_users::remove(act.database(), project.row, user.row)?;
    access::refresh(act.database(), act.organization(), user.row)?;
    let answer = json!({ "id": user.id, "object": "organization.project.user.deleted", "deleted": true });
    Ok(Done::new(answer, Event::ended("user.deleted", &user.id, &shown(&user)).in_project(&project.id)))
}

/// The member whom a body names by id or by address.
fn asked_for(act: &Act<'_>) -> Result<Member, Refusal> {
    let (database, organization) = (act.database(), act.organization());
    let (named, found) = match (act.body.text("user_id"), act.body.text("email")) {
        (Some(_), Some(_)) => {
            return Err(ShapeError::Value {
                name: "email".to_owned(),
                what: "given beside `user_id`".to_owned(),
                allowed: "one of `user_id` and `email`".to_owned(),
            }
            .into());
        }
        (Some(id), None) => (id.to_owned(), people::member(database, organization, id)?),
        (None, Some(text)) => {
            let email = use_case::email("email", text)?;
            let found = people::member_of_email(database, organization, &email)?;
            (email, found)
        }
        (None, None) => return Err(ShapeError::Missing("user_id".to_owned()).into()),
    };
    found.ok_or_else(|| Refusal::missing("user", &named))
}

fn found(act: &Act<'_>) -> Result<ProjectUser, Refusal> {
    let user = project_users::get(act.database(), act.project()?.row, act.id(1))?;
    user.ok_or_else(|| Refusal::missing("user", act.id(1)))
}

/// Nobody takes away from somebody who may more in the project than himself; returns what that one may.
fn refuse_above(act: &Act<'_>, user: &ProjectUser) -> Result<PermissionSet, Refusal> {
    let project = &act.project()?.id;
    let theirs = use_case::of_project(&use_case::rights(act, user.row)?, project);
    let own = use_case::of_project(&use_case::own_rights(act)?, project);
    let lacking = theirs.without(own);
    if lacking.is_empty() { Ok(theirs) } else { Err(Refusal::lacks(act.principal, lacking, Place::Project(project))) }
}

/// Nobody gives a role that may more than himself; what the user may already is not given.
fn refuse_beyond(act: &Act<'_>, role: &str, held: PermissionSet) -> Result<(), Refusal> {
    let wanted = use_case::role_in_project(role).permissions();
    act.may_grant(wanted.without(held), Place::Project(&act.project()?.id))
}

fn shown(user: &ProjectUser) -> Json {
    json!({
        "object": "organization.project.user",
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "added_at": user.added_at,
    })
}
