//! Who has which role: `…/groups/{group_id}/roles` and `…/users/{user_id}/roles`, in the organization and in a project.
//!
//! Four places, four acts each, one function per act. What is assigned holds from the next request on. A group that is given
//! a role in a project is in the project from then on.

use serde_json::{Value as Json, json};
use tollgate_core::rights::{Permission, Predefined};
use tollgate_store::admin::assignments::{self as rows, Assigned, Place, Whose};
use tollgate_store::admin::groups::{self as group_rows, Group};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::{access, grants, project_groups};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::query::{AFTER, ORDER};
use super::roles::{self, LIMIT, refuse_in_archived};
use super::shape::{Field, Kind, TIME};
use super::{groups, page, users};
use crate::refusal::Refusal;
use crate::use_cases::admin_keys::OPERATOR;
use crate::use_cases::roles::{self as use_case, AnyRole};

const DETAILS: &[Field] = &[
    Field::new("id", Kind::Text(64), "The role's id."),
    Field::new("name", Kind::Text(255), "What it is called."),
    Field::new("permissions", Kind::Texts(100, 64), "What it allows."),
    Field::new("resource_type", Kind::Word(&["api.organization", "api.project"]), "Where it can be assigned."),
    Field::new("predefined_role", Kind::Bool, "Whether every organization has it and nobody can change it."),
    Field::nullable("description", Kind::Text(1000), "What it is for."),
    Field::nullable("created_at", TIME, "When the role was made, in Unix seconds."),
    Field::nullable("updated_at", TIME, "When the role was last changed, in Unix seconds."),
    Field::nullable("created_by", Kind::Text(64), "The id of the user who made the role."),
    Field::nullable("created_by_user_obj", Kind::Free, "That user: `id`, `name` and `email`."),
    Field::nullable("metadata", Kind::Free, "Always empty."),
    Field::nullable(
        "assignment_sources",
        Kind::Objects(
            &[
                Field::new("principal_id", Kind::Text(64), "Whose."),
                Field::new("principal_type", Kind::Word(&["user", "group"]), "What that is."),
            ],
            100,
        ),
        "From whom it is inherited; empty, for what is listed here was assigned.",
    ),
];
const GROUP_GIVEN: &[Field] = &[
    Field::new("object", Kind::Word(&["group.role"]), "Always `group.role`."),
    Field::new("group", Kind::Free, "The group that has the role now."),
    Field::new("role", Kind::Object(roles::ROLE), "The role."),
];
const USER_GIVEN: &[Field] = &[
    Field::new("object", Kind::Word(&["user.role"]), "Always `user.role`."),
    Field::new("user", Kind::Object(users::USER), "The user who has the role now."),
    Field::new("role", Kind::Object(roles::ROLE), "The role."),
];
const TAKEN: &[Field] = &[
    Field::new("object", Kind::Word(&["group.role.deleted", "user.role.deleted"]), "What has happened."),
    Field::new("deleted", Kind::Bool, "Always true."),
];

const LIST: Endpoint = Endpoint {
    method: Method::Get,
    path: "/organization/groups/{group_id}/roles",
    name: "list-group-role-assignments",
    doc: "Lists the roles that a group has in the organization, in the order in which they were given.",
    needs: Needs::InOrganization(Permission::RolesRead),
    query: &[LIMIT, AFTER, ORDER],
    body: &[],
    answer: Shape::Page(Envelope::Next, DETAILS),
    does: Does::Read(list_of_group),
};
const GIVE: Endpoint = Endpoint {
    method: Method::Post,
    name: "assign-group-role",
    doc: "Gives a group a role in the organization: to whoever is in it, from the next request on.",
    needs: Needs::InOrganization(Permission::RolesWrite),
    query: &[],
    body: &[Field::new("role_id", Kind::Text(64), "The id of a role that can be assigned there.")],
    answer: Shape::One(GROUP_GIVEN),
    does: Does::Write(give_to_group),
    ..LIST
};
const RETRIEVE: Endpoint = Endpoint {
    path: "/organization/groups/{group_id}/roles/{role_id}",
    name: "retrieve-group-role",
    doc: "Retrieves a role that a group has in the organization.",
    query: &[],
    answer: Shape::One(DETAILS),
    does: Does::Read(retrieve_of_group),
    ..LIST
};
const TAKE: Endpoint = Endpoint {
    method: Method::Delete,
    path: "/organization/groups/{group_id}/roles/{role_id}",
    name: "unassign-group-role",
    doc: "Takes a role in the organization from a group.",
    body: &[],
    answer: Shape::One(TAKEN),
    does: Does::Write(take_from_group),
    ..GIVE
};

/// The four acts in another place: path, names, sentences, where the permission must be held, what is answered, what is done.
macro_rules! elsewhere {
    ($path:literal, $names:expr, $docs:expr, $needs:path, $given:expr, $does:expr) => {
        [
            Endpoint {
                path: $path,
                name: $names[0],
                doc: $docs[0],
                needs: $needs(Permission::RolesRead),
                does: $does[0],
                ..LIST
            },
            Endpoint {
                path: $path,
                name: $names[1],
                doc: $docs[1],
                needs: $needs(Permission::RolesWrite),
                answer: Shape::One($given),
                does: $does[1],
                ..GIVE
            },
            Endpoint {
                path: concat!($path, "/{role_id}"),
                name: $names[2],
                doc: $docs[2],
                needs: $needs(Permission::RolesRead),
                does: $does[2],
                ..RETRIEVE
            },
            Endpoint {
                path: concat!($path, "/{role_id}"),
                name: $names[3],
                doc: $docs[3],
                needs: $needs(Permission::RolesWrite),
                does: $does[3],
                ..TAKE
            },
        ]
    };
}

const FOR_GROUPS: [Does; 4] = [LIST.does, GIVE.does, RETRIEVE.does, TAKE.does];
const FOR_USERS: [Does; 4] =
    [Does::Read(list_of_user), Does::Write(give_to_user), Does::Read(retrieve_of_user), Does::Write(take_from_user)];

pub(super) const OF_GROUPS: &[Endpoint] = &[LIST, GIVE, RETRIEVE, TAKE];
pub(super) const OF_USERS: &[Endpoint] = &elsewhere!(
    "/organization/users/{user_id}/roles",
    ["list-user-role-assignments", "assign-user-role", "retrieve-user-role", "unassign-user-role"],
    [
        "Lists the roles that a user was assigned in the organization, in the order in which they were given.",
        "Gives a user a role in the organization, from the next request on.",
        "Retrieves a role that a user was assigned in the organization.",
        "Takes a role in the organization from a user.",
    ],
    Needs::InOrganization,
    USER_GIVEN,
    FOR_USERS
);
pub(super) const OF_PROJECT_GROUPS: &[Endpoint] = &elsewhere!(
    "/projects/{project_id}/groups/{group_id}/roles",
    [
        "list-project-group-role-assignments",
        "assign-project-group-role",
        "retrieve-project-group-role",
        "unassign-project-group-role",
    ],
    [
        "Lists the roles that a group has in a project, in the order in which they were given.",
        "Gives a group a role in a project: to whoever is in it, from the next request on.",
        "Retrieves a role that a group has in a project.",
        "Takes a role in a project from a group.",
    ],
    Needs::InProject,
    GROUP_GIVEN,
    FOR_GROUPS
);
pub(super) const OF_PROJECT_USERS: &[Endpoint] = &elsewhere!(
    "/projects/{project_id}/users/{user_id}/roles",
    [
        "list-project-user-role-assignments",
        "assign-project-user-role",
        "retrieve-project-user-role",
        "unassign-project-user-role",
    ],
    [
        "Lists the roles that a user was assigned in a project, in the order in which they were given.",
        "Gives a user a role in a project, from the next request on.",
        "Retrieves a role that a user was assigned in a project.",
        "Takes a role in a project from a user.",
    ],
    Needs::InProject,
    USER_GIVEN,
    FOR_USERS
);

/// Whose roles an act is about.
enum Holder {
    User(Member),
    Group(Group),
}

impl Holder {
    fn id(&self) -> &str {
        match self {
            Self::User(user) => &user.id,
            Self::Group(group) => &group.id,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    fn place(&self, act: &Act<'_>) -> Place {
        let scope = use_case::scope(act);
        let whose = match self {
            Self::User(user) => Whose::User(user.row),
            Self::Group(group) => Whose::Group(group.row),
        };
        Place { organization: scope.organization, project: scope.project, whose }
    }

    fn shown(&self, act: &Act<'_>) -> Result<Json, Refusal> {
        match self {
            Self::User(user) => users::shown(act, user),
            Self::Group(group) => Ok(json!({
                "object": "group",
                "id": group.id,
                "name": group.name,
                "created_at": group.created_at,
                "scim_managed": false,
            })),
        }
    }
}

fn list_of_group(act: &Act<'_>) -> Result<Json, Refusal> {
    list(act, &group(act)?)
}

fn list_of_user(act: &Act<'_>) -> Result<Json, Refusal> {
    list(act, &user(act)?)
}

fn give_to_group(act: &Act<'_>) -> Result<Done, Refusal> {
    give(act, &group(act)?)
}

fn give_to_user(act: &Act<'_>) -> Result<Done, Refusal> {
    give(act, &user(act)?)
}

fn retrieve_of_group(act: &Act<'_>) -> Result<Json, Refusal> {
    retrieve(act, &group(act)?)
}

fn retrieve_of_user(act: &Act<'_>) -> Result<Json, Refusal> {
    retrieve(act, &user(act)?)
}

fn take_from_group(act: &Act<'_>) -> Result<Done, Refusal> {
    take(act, &group(act)?)
}

fn take_from_user(act: &Act<'_>) -> Result<Done, Refusal> {
    take(act, &user(act)?)
}

/// The group that the path names: first, or behind the project.
fn group(act: &Act<'_>) -> Result<Holder, Refusal> {
    groups::found(act, act.id(usize::from(act.project.is_some()))).map(Holder::Group)
}

/// The user that the path names, likewise.
fn user(act: &Act<'_>) -> Result<Holder, Refusal> {
    let id = act.id(usize::from(act.project.is_some()));
    let user = people::member(act.database(), act.organization(), id)?;
    user.map(Holder::User).ok_or_else(|| Refusal::missing("user", id))
}

fn list(act: &Act<'_>, holder: &Holder) -> Result<Json, Refusal> {
    let found = rows::list(act.database(), holder.place(act), &act.part())?;
    let data = found.rows.iter().filter_map(any).map(|role| details(act, &role)).collect::<Result<Vec<_>, _>>()?;
    Ok(page::with_next(&data, found.has_more, found.rows.last().map(|one| one.role.as_str())))
}

fn give(act: &Act<'_>, holder: &Holder) -> Result<Done, Refusal> {
    refuse_in_archived(act)?;
    let role = use_case::found(act, act.body.text("role_id").unwrap_or_default())?;
    act.may_grant(role.permissions(), use_case::place(act))?;
    let place = holder.place(act);
    if rows::has(act.database(), place, role.id())? {
        return Err(Refusal::Conflict {
            what: format!("The {} '{}' has the role '{}' already", holder.kind(), holder.id(), role.id()),
            why: "nobody has a role twice in one place".to_owned(),
            fix: "Nothing is left to do".to_owned(),
        });
    }
    rows::insert(act.database(), place, role.id(), act.principal.maker(), act.now)?;
    if let (Holder::Group(group), Some(project)) = (holder, &act.project) {
        let there = project_groups::get(act.database(), act.organization(), project.row, &group.id)?;
        if there.is_none() {
            project_groups::insert(act.database(), project.row, group.row, act.now)?;
        }
    }
    refresh(act, holder)?;
    let kind = holder.kind();
    let mut answer = json!({ "object": format!("{kind}.role"), "role": roles::shown(&role) });
    answer[kind] = holder.shown(act)?;
    Ok(Done::new(answer, assigned(act, "role.assignment.created", role.id(), holder.id(), kind)))
}

fn retrieve(act: &Act<'_>, holder: &Holder) -> Result<Json, Refusal> {
    details(act, &held(act, holder)?)
}

fn take(act: &Act<'_>, holder: &Holder) -> Result<Done, Refusal> {
    refuse_in_archived(act)?;
    let role = held(act, holder)?;
    let (database, organization) = (act.database(), act.organization());
    match holder {
        Holder::User(user) => use_case::may_take(act, &grants::of_user(database, organization, user.row)?)?,
        Holder::Group(group) => groups::may_empty(act, group)?,
    }
    rows::delete(act.database(), holder.place(act), role.id())?;
    refresh(act, holder)?;
    let answer = json!({ "object": format!("{}.role.deleted", holder.kind()), "deleted": true });
    Ok(Done::new(answer, assigned(act, "role.assignment.deleted", role.id(), holder.id(), holder.kind())))
}

/// Lets keys in projects follow what their owners may use now.
fn refresh(act: &Act<'_>, holder: &Holder) -> Result<(), Refusal> {
    let users = match holder {
        // What is held in the organization lets nobody into a project.
        _ if act.project.is_none() => Vec::new(),
        Holder::User(user) => vec![user.row],
        Holder::Group(group) => group_rows::user_rows(act.database(), group.row)?,
    };
    Ok(access::refresh_each(act.database(), act.organization(), &users)?)
}

/// The role that the path names last, if it is assigned.
fn held(act: &Act<'_>, holder: &Holder) -> Result<AnyRole, Refusal> {
    let id = act.path.last().map_or("", String::as_str);
    if !rows::has(act.database(), holder.place(act), id)? {
        return Err(Refusal::missing("assigned role", id));
    }
    use_case::found(act, id)
}

/// What happened to a role of somebody. An event is found by whom it befell: the resource is the user or group.
pub(super) fn assigned(act: &Act<'_>, kind: &'static str, role: &str, holder: &str, holder_kind: &str) -> Event {
    let (resource_type, resource_id) = roles::resource(act);
    let payload = json!({
        "id": role,
        "principal_id": holder,
        "principal_type": holder_kind,
        "resource_id": resource_id,
        "resource_type": resource_type,
    });
    let project = act.project.as_ref().map(|project| project.id.clone());
    Event { kind, resource: holder.to_owned(), project, payload, ..Event::bare() }
}

/// A role that is assigned; none where neither the program nor the database has it any more.
fn any(assigned: &Assigned) -> Option<AnyRole> {
    let custom = assigned.custom.clone().map(AnyRole::Custom);
    custom.or_else(|| Predefined::from_id(&assigned.role).map(AnyRole::Predefined))
}

fn details(act: &Act<'_>, role: &AnyRole) -> Result<Json, Refusal> {
    let mut details = roles::shown(role);
    if let Json::Object(members) = &mut details {
        members.remove("object");
    }
    let custom = match role {
        AnyRole::Predefined(_) => None,
        AnyRole::Custom(role) => Some(role),
    };
    let maker = match custom {
        Some(role) => people::member(act.database(), act.organization(), &role.created_by)?,
        None => None,
    };
    details["created_at"] = json!(custom.map(|role| role.created_at));
    details["updated_at"] = json!(custom.map(|role| role.updated_at));
    // Whoever holds the data directory is no user.
    details["created_by"] = json!(custom.map(|role| &role.created_by).filter(|maker| *maker != OPERATOR));
    details["created_by_user_obj"] =
        json!(maker.map(|user| json!({ "id": user.id, "name": user.name, "email": user.email })));
    details["metadata"] = json!({});
    details["assignment_sources"] = json!([]);
    Ok(details)
}
