//! `/organization/groups` and who is in them: list, create, retrieve, rename, delete; add, remove.
//!
//! Being in a group gives what the group's roles allow, so whoever adds somebody has to hold all of it.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::grants::{self, Grant};
use tollgate_store::admin::groups::{self, Group, GroupUser};
use tollgate_store::admin::page::Order;
use tollgate_store::admin::{access, people};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, ORDER, Parameter, ParameterKind};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;
use crate::use_cases::roles as rights;

/// Characters of a name at most.
const NAME_MAX: usize = 255;

const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: ParameterKind::Integer(0, 1000, Some(100)),
    doc: "How many objects to return at most.",
};

/// Of a group that has been changed OpenAI shows these alone.
const CHANGED: &[Field] = &[
    Field::new("id", Kind::Text(64), "The group's id, `group_` and letters and digits."),
    Field::new("name", Kind::Text(NAME_MAX), "What it is called."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::new("is_scim_managed", Kind::Bool, "Always false: nothing else decides who is in it."),
];
const GROUP: &[Field] = &[
    CHANGED[0],
    CHANGED[1],
    CHANGED[2],
    CHANGED[3],
    Field::new("group_type", Kind::Word(&["group"]), "Always `group`."),
];
const ROW: &[Field] = &[
    Field::new("id", Kind::Text(64), "The user's id, `user-` and letters and digits."),
    Field::new("name", Kind::Text(256), "What he is called."),
    Field::nullable("email", Kind::Text(320), "His address."),
];
const USER: &[Field] = &[
    ROW[0],
    ROW[1],
    ROW[2],
    Field::nullable("picture", Kind::Text(1), "Always `null`: there are no pictures here."),
    Field::nullable("is_service_account", Kind::Bool, "Always false: groups are of users."),
    Field::new("user_type", Kind::Word(&["user"]), "Always `user`."),
];
const ADDED: &[Field] = &[
    Field::new("object", Kind::Word(&["group.user"]), "Always `group.user`."),
    Field::new("user_id", Kind::Text(64), "Who was added."),
    Field::new("group_id", Kind::Text(64), "To which group."),
];

const NAME: &[Field] =
    &[Field::new("name", Kind::Name(NAME_MAX), "What the group is called: unique in the organization.")];

const LIST: Endpoint = Endpoint {
    method: Method::Get,
    path: "/organization/groups",
    name: "list-groups",
    doc: "Lists the groups of the organization, oldest first unless asked otherwise.",
    needs: Needs::InOrganization(Permission::GroupsRead),
    query: &[LIMIT, AFTER, ORDER],
    body: &[],
    answer: Shape::Page(Envelope::Next, GROUP),
    does: Does::Read(list),
};
const CREATE: Endpoint = Endpoint {
    method: Method::Post,
    name: "create-group",
    doc: "Creates a group, with nobody in it.",
    needs: Needs::InOrganization(Permission::GroupsWrite),
    query: &[],
    body: NAME,
    answer: Shape::One(GROUP),
    does: Does::Write(create),
    ..LIST
};
const DELETE: Endpoint = Endpoint {
    method: Method::Delete,
    path: "/organization/groups/{group_id}",
    name: "delete-group",
    doc: "Deletes a group: whoever was in it loses what its roles allow.",
    body: &[],
    answer: Shape::One(&[
        Field::new("object", Kind::Word(&["group.deleted"]), "What has happened."),
        Field::new("id", Kind::Text(64), "The group's id."),
        Field::new("deleted", Kind::Bool, "Always true."),
    ]),
    does: Does::Write(delete),
    ..CREATE
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    LIST,
    CREATE,
    Endpoint {
        path: "/organization/groups/{group_id}",
        name: "retrieve-group",
        doc: "Retrieves a group.",
        query: &[],
        answer: Shape::One(GROUP),
        does: Does::Read(retrieve),
        ..LIST
    },
    Endpoint {
        path: "/organization/groups/{group_id}",
        name: "update-group",
        doc: "Gives a group another name.",
        answer: Shape::One(CHANGED),
        does: Does::Write(rename),
        ..CREATE
    },
    DELETE,
    Endpoint {
        path: "/organization/groups/{group_id}/users",
        name: "list-group-users",
        doc: "Lists who is in a group, who came last first unless asked otherwise.",
        answer: Shape::Page(Envelope::Next, ROW),
        does: Does::Read(list_users),
        ..LIST
    },
    Endpoint {
        path: "/organization/groups/{group_id}/users",
        name: "add-group-user",
        doc: "Adds a user to a group: he has its roles from the next request on.",
        body: &[Field::new("user_id", Kind::Text(64), "Who is added: a user of the organization.")],
        answer: Shape::One(ADDED),
        does: Does::Write(add_user),
        ..CREATE
    },
    Endpoint {
        path: "/organization/groups/{group_id}/users/{user_id}",
        name: "retrieve-group-user",
        doc: "Retrieves a user who is in a group.",
        query: &[],
        answer: Shape::One(USER),
        does: Does::Read(retrieve_user),
        ..LIST
    },
    Endpoint {
        path: "/organization/groups/{group_id}/users/{user_id}",
        name: "remove-group-user",
        doc: "Takes a user out of a group: he loses its roles from the next request on.",
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["group.user.deleted"]), "What has happened."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(remove_user),
        ..DELETE
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = groups::list(act.database(), act.organization(), &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_next(&data, found.has_more, found.rows.last().map(|group| group.id.as_str())))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let name = act.body.text("name").unwrap_or_default();
    refuse_taken(act, name)?;
    let group = groups::insert(act.database(), act.organization(), name, act.now)?;
    Ok(Done::new(shown(&group), Event::created("group.created", &group.id, &json!({ "group_name": name }))))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act, act.id(0))?))
}

fn rename(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act, act.id(0))?;
    let name = act.body.text("name").unwrap_or_default();
    if name != before.name {
        rights::may_take(act, &grants::of_group(act.database(), act.organization(), before.row)?)?;
        refuse_taken(act, name)?;
        groups::rename(act.database(), act.organization(), &before.id, name)?;
    }
    let after = Group { name: name.to_owned(), ..before.clone() };
    let requested = json!({ "group_name": name });
    let event = Event::updated("group.updated", &before.id, &requested, &shown(&before), &shown(&after));
    Ok(Done::changed(shown_changed(&after), event))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let group = found(act, act.id(0))?;
    may_empty(act, &group)?;
    let users = groups::user_rows(act.database(), group.row)?;
    let held = grants::of_group(act.database(), act.organization(), group.row)?;
    groups::delete(act.database(), act.organization(), group.row)?;
    access::refresh_each(act.database(), act.organization(), &users)?;
    let answer = json!({ "object": "group.deleted", "id": group.id, "deleted": true });
    let taken = held.into_iter().map(|grant| taken_with(act, &group, grant));
    Ok(Done { more: taken.collect(), ..Done::new(answer, Event::ended("group.deleted", &group.id, &shown(&group))) })
}

/// That a group has lost a role, because there is no such group any more.
fn taken_with(act: &Act<'_>, group: &Group, grant: Grant) -> Event {
    let (resource_type, resource_id) = match &grant.project {
        None => ("api.organization", &act.principal.organization.id),
        Some(project) => ("api.project", project),
    };
    let payload = json!({
        "id": grant.role,
        "principal_id": group.id,
        "principal_type": "group",
        "resource_id": resource_id,
        "resource_type": resource_type,
    });
    let kind = "role.assignment.deleted";
    Event { kind, resource: group.id.clone(), project: grant.project, payload, ..Event::bare() }
}

fn list_users(act: &Act<'_>) -> Result<Json, Refusal> {
    let group = found(act, act.id(0))?;
    let part = act.part_from(Order::NewestFirst);
    let users = groups::users(act.database(), act.organization(), group.row, &part)?;
    let data: Vec<Json> = users.rows.iter().map(shown_row).collect();
    Ok(page::with_next(&data, users.has_more, users.rows.last().map(|user| user.id.as_str())))
}

fn add_user(act: &Act<'_>) -> Result<Done, Refusal> {
    let group = found(act, act.id(0))?;
    let id = act.body.text("user_id").unwrap_or_default();
    let user = people::member(act.database(), act.organization(), id)?;
    let user = user.ok_or_else(|| Refusal::missing("user", id))?;
    // What the group gives he gives.
    rights::may_give(act, &grants::of_group(act.database(), act.organization(), group.row)?)?;
    if groups::user(act.database(), act.organization(), group.row, id)?.is_some() {
        return Err(Refusal::Conflict {
            what: format!("User '{id}' is in group '{}' already", group.id),
            why: "nobody is in a group twice".to_owned(),
            fix: "Nothing is left to do".to_owned(),
        });
    }
    groups::add_member(act.database(), group.row, user.row, act.now)?;
    access::refresh(act.database(), act.organization(), user.row)?;
    let answer = json!({ "object": "group.user", "user_id": user.id, "group_id": group.id });
    Ok(Done::new(answer, changed(&group, "users_added", id)))
}

fn retrieve_user(act: &Act<'_>) -> Result<Json, Refusal> {
    let user = found_user(act, &found(act, act.id(0))?)?;
    let mut shown = shown_row(&user);
    shown["picture"] = Json::Null;
    shown["is_service_account"] = false.into();
    shown["user_type"] = "user".into();
    Ok(shown)
}

fn remove_user(act: &Act<'_>) -> Result<Done, Refusal> {
    let group = found(act, act.id(0))?;
    let user = found_user(act, &group)?;
    rights::may_take(act, &grants::of_user(act.database(), act.organization(), user.row)?)?;
    groups::remove_member(act.database(), group.row, user.row)?;
    access::refresh(act.database(), act.organization(), user.row)?;
    let answer = json!({ "object": "group.user.deleted", "deleted": true });
    Ok(Done::new(answer, changed(&group, "users_removed", &user.id)))
}

/// Whether whoever asks may take from all who are in a group what it gives them.
pub(super) fn may_empty(act: &Act<'_>, group: &Group) -> Result<(), Refusal> {
    rights::may_take(act, &grants::of_group(act.database(), act.organization(), group.row)?)?;
    rights::may_take(act, &grants::of_members(act.database(), act.organization(), group.row)?)
}

/// That a group has others in it, or is in another place. OpenAI's audit log has no type for that but this one.
pub(super) fn changed(group: &Group, what: &'static str, id: &str) -> Event {
    let payload = json!({ "id": group.id, "changes_requested": { what: [id] } });
    Event { kind: "group.updated", resource: group.id.clone(), payload, ..Event::bare() }
}

/// The group of an id.
pub(super) fn found(act: &Act<'_>, id: &str) -> Result<Group, Refusal> {
    groups::get(act.database(), act.organization(), id)?.ok_or_else(|| Refusal::missing("group", id))
}

fn found_user(act: &Act<'_>, group: &Group) -> Result<GroupUser, Refusal> {
    let user = groups::user(act.database(), act.organization(), group.row, act.id(1))?;
    user.ok_or_else(|| Refusal::missing("group user", act.id(1)))
}

fn refuse_taken(act: &Act<'_>, name: &str) -> Result<(), Refusal> {
    match groups::named(act.database(), act.organization(), name)? {
        None => Ok(()),
        Some(other) => Err(Refusal::Conflict {
            what: format!("The name '{name}' is taken"),
            why: format!("group {} of the organization is called so", other.id),
            fix: "Choose another name".to_owned(),
        }),
    }
}

fn shown(group: &Group) -> Json {
    let mut shown = shown_changed(group);
    shown["group_type"] = "group".into();
    shown
}

fn shown_changed(group: &Group) -> Json {
    json!({ "id": group.id, "name": group.name, "created_at": group.created_at, "is_scim_managed": false })
}

fn shown_row(user: &GroupUser) -> Json {
    json!({ "id": user.id, "name": user.name, "email": user.email })
}
