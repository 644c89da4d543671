//! `/organization/roles` and `/projects/{project_id}/roles`: list, create, retrieve, update, delete.
//!
//! A role of a project holds permissions of projects alone. What a role allows is read at each request: a change of it holds
//! for whoever has it from the next one on.

use serde_json::{Value as Json, json};
use tollgate_core::rights::{Permission, PermissionSet, Predefined};
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::roles::{self as rows, NewRole};
use tollgate_store::admin::{access, grants};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::projects::refuse_archived;
use super::query::{AFTER, ORDER, Parameter, ParameterKind};
use super::shape::{Field, Kind};
use crate::refusal::Refusal;
use crate::use_cases::roles::{self as use_case, AnyRole};

/// Characters of a name at most, and of a description.
const NAME_MAX: usize = 255;
const DESCRIPTION_MAX: usize = 1000;
/// Permissions of a role at most; more than there are, so that a doubled name is no error.
const PERMISSIONS_MAX: usize = 100;

/// How many roles a page has: OpenAI's lists of roles are longer than its others.
pub(super) const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: ParameterKind::Integer(0, 1000, Some(1000)),
    doc: "How many objects to return at most.",
};

pub(super) const ROLE: &[Field] = &[
    Field::new("object", Kind::Word(&["role"]), "Always `role`."),
    Field::new("id", Kind::Text(64), "The role's id, `role_` and letters and digits."),
    Field::new("name", Kind::Text(NAME_MAX), "What it is called."),
    Field::nullable("description", Kind::Text(DESCRIPTION_MAX), "What it is for."),
    Field::new("permissions", Kind::Texts(PERMISSIONS_MAX, 64), "What it allows."),
    Field::new("resource_type", Kind::Word(&["api.organization", "api.project"]), "Where it can be assigned."),
    Field::new("predefined_role", Kind::Bool, "Whether every organization has it and nobody can change it."),
];
const DELETED: &[Field] = &[
    Field::new("object", Kind::Word(&["role.deleted"]), "What has happened."),
    Field::new("id", Kind::Text(64), "The role's id."),
    Field::new("deleted", Kind::Bool, "Always true."),
];

const DESCRIPTION: Field = Field::optional("description", Kind::Text(DESCRIPTION_MAX), "What it is for.");
const PERMISSIONS: &str = "Names of permissions, such as `api.groups.read`; none that whoever asks does not hold.";

const LIST: Endpoint = Endpoint {
    method: Method::Get,
    path: "/organization/roles",
    name: "list-roles",
    doc: "Lists the roles of the organization: the predefined ones, then its own, oldest first unless asked otherwise.",
    needs: Needs::InOrganization(Permission::RolesRead),
    query: &[LIMIT, AFTER, ORDER],
    body: &[],
    answer: Shape::Page(Envelope::Next, ROLE),
    does: Does::Read(list),
};
const CREATE: Endpoint = Endpoint {
    method: Method::Post,
    name: "create-role",
    doc: "Creates a role of the organization.",
    needs: Needs::InOrganization(Permission::RolesWrite),
    query: &[],
    body: &[
        Field::new("role_name", Kind::Name(NAME_MAX), "What the role is called: unique where it is."),
        Field::new("permissions", Kind::Texts(PERMISSIONS_MAX, 64), PERMISSIONS),
        DESCRIPTION,
    ],
    answer: Shape::One(ROLE),
    does: Does::Write(create),
    ..LIST
};
const RETRIEVE: Endpoint = Endpoint {
    path: "/organization/roles/{role_id}",
    name: "retrieve-role",
    doc: "Retrieves a role of the organization.",
    query: &[],
    answer: Shape::One(ROLE),
    does: Does::Read(retrieve),
    ..LIST
};
const UPDATE: Endpoint = Endpoint {
    path: "/organization/roles/{role_id}",
    name: "update-role",
    doc: "Changes a role of the organization: for whoever has it from the next request on.",
    body: &[
        Field::optional("role_name", Kind::Name(NAME_MAX), "What the role is called from now on."),
        Field::optional("permissions", Kind::Texts(PERMISSIONS_MAX, 64), PERMISSIONS),
        DESCRIPTION,
    ],
    does: Does::Write(update),
    ..CREATE
};
const DELETE: Endpoint = Endpoint {
    method: Method::Delete,
    path: "/organization/roles/{role_id}",
    name: "delete-role",
    doc: "Deletes a role of the organization, and takes it from whoever has it.",
    needs: Needs::InOrganization(Permission::RolesWrite),
    query: &[],
    answer: Shape::One(DELETED),
    does: Does::Write(delete),
    ..LIST
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    LIST,
    CREATE,
    RETRIEVE,
    UPDATE,
    DELETE,
    Endpoint {
        path: "/projects/{project_id}/roles",
        name: "list-project-roles",
        doc: "Lists the roles of a project: the predefined ones, then its own, oldest first unless asked otherwise.",
        needs: Needs::InProject(Permission::RolesRead),
        ..LIST
    },
    Endpoint {
        path: "/projects/{project_id}/roles",
        name: "create-project-role",
        doc: "Creates a role of a project.",
        needs: Needs::InProject(Permission::RolesWrite),
        ..CREATE
    },
    Endpoint {
        path: "/projects/{project_id}/roles/{role_id}",
        name: "retrieve-project-role",
        doc: "Retrieves a role of a project.",
        needs: Needs::InProject(Permission::RolesRead),
        ..RETRIEVE
    },
    Endpoint {
        path: "/projects/{project_id}/roles/{role_id}",
        name: "update-project-role",
        doc: "Changes a role of a project: for whoever has it from the next request on.",
        needs: Needs::InProject(Permission::RolesWrite),
        ..UPDATE
    },
    Endpoint {
        path: "/projects/{project_id}/roles/{role_id}",
        name: "delete-project-role",
        doc: "Deletes a role of a project, and takes it from whoever has it.",
        needs: Needs::InProject(Permission::RolesWrite),
        ..DELETE
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let part = act.part();
    let (roles, has_more) = match part.order {
        Order::OldestFirst => predefined_first(act, &part)?,
        Order::NewestFirst => predefined_last(act, &part)?,
    };
    let data: Vec<Json> = roles.iter().map(shown).collect();
    Ok(page::with_next(&data, has_more, roles.last().map(AnyRole::id)))
}

fn predefined_first(act: &Act<'_>, part: &Part) -> Result<(Vec<AnyRole>, bool), Refusal> {
    let predefined = use_case::predefined(act);
    let after = part.after.as_deref();
    let begin = predefined.iter().position(|role| Some(role.id()) == after);
    let (left, after) = match (begin, after) {
        (Some(at), _) => (predefined.get(at + 1..).unwrap_or_default(), None),
        (None, None) => (predefined.as_slice(), None),
        (None, Some(custom)) => (&[] as &[Predefined], Some(custom.to_owned())),
    };
    let mut roles: Vec<AnyRole> = left.iter().copied().take(part.limit).map(AnyRole::Predefined).collect();
    let rest = Part { after, limit: part.limit - roles.len(), order: part.order };
    let custom = rows::list(act.database(), use_case::scope(act), &rest)?;
    let has_more = left.len() > roles.len() || custom.has_more;
    roles.extend(custom.rows.into_iter().map(AnyRole::Custom));
    Ok((roles, has_more))
}

fn predefined_last(act: &Act<'_>, part: &Part) -> Result<(Vec<AnyRole>, bool), Refusal> {
    let mut predefined = use_case::predefined(act);
    predefined.reverse();
    let begin = predefined.iter().position(|role| Some(role.id()) == part.after.as_deref());
    let mut roles = Vec::new();
    if begin.is_none() {
        let custom = rows::list(act.database(), use_case::scope(act), part)?;
        roles.extend(custom.rows.into_iter().map(AnyRole::Custom));
        if custom.has_more {
            return Ok((roles, true));
        }
    }
    let left = predefined.get(begin.map_or(0, |at| at + 1)..).unwrap_or_default();
    let room = part.limit - roles.len();
    roles.extend(left.iter().copied().take(room).map(AnyRole::Predefined));
    Ok((roles, left.len() > room))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    refuse_in_archived(act)?;
    let name = act.body.text("role_name").unwrap_or_default();
    refuse_taken(act, name)?;
    let wanted = use_case::permissions(act, &act.body.texts("permissions").unwrap_or_default())?;
    act.may_grant(wanted, use_case::place(act))?;
    let new = NewRole {
        name,
        description: act.body.text("description"),
        permissions: &wanted.names(),
        created_by: act.principal.maker(),
    };
    let role = rows::insert(act.database(), use_case::scope(act), &new, act.now)?;
    let (resource_type, resource_id) = resource(act);
    let payload = json!({
        "id": role.id,
        "role_name": name,
        "permissions": role.permissions,
        "resource_type": resource_type,
        "resource_id": resource_id,
    });
    Ok(done(act, shown(&AnyRole::Custom(role.clone())), "role.created", &role.id, payload))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&use_case::found(act, role_id(act))?))
}

fn update(act: &Act<'_>) -> Result<Done, Refusal> {
    refuse_in_archived(act)?;
    let before = use_case::changeable(act, role_id(act))?;
    let held = AnyRole::Custom(before.clone()).permissions();
    let mut after = before.clone();
    let mut wanted = held;
    if let Some(name) = act.body.text("role_name").filter(|name| *name != before.name) {
        refuse_taken(act, name)?;
        name.clone_into(&mut after.name);
    }
    if let Some(description) = act.body.text("description") {
        after.description = Some(description.to_owned());
    }
    if let Some(names) = act.body.texts("permissions") {
        wanted = use_case::permissions(act, &names)?;
        after.permissions = wanted.names().into_iter().map(str::to_owned).collect();
    }
    act.may_grant(held.or(wanted), use_case::place(act))?;
    if !held.without(wanted).is_empty() {
        use_case::may_take(act, &grants::of_holders(act.database(), act.organization(), &before.id)?)?;
    }
    after.updated_at = act.now;
    rows::update(act.database(), act.organization(), &after)?;
    let changed = changes(act, held, wanted);
    let (before, after) = (AnyRole::Custom(before), AnyRole::Custom(after));
    let payload =
        json!({ "id": after.id(), "changes_requested": changed, "before": shown(&before), "after": shown(&after) });
    Ok(done(act, shown(&after), "role.updated", after.id(), payload))
}

/// What was asked for, as OpenAI's audit log shows it.
fn changes(act: &Act<'_>, held: PermissionSet, wanted: PermissionSet) -> Json {
    let (resource_type, resource_id) = resource(act);
    let mut changes = json!({
        "resource_type": resource_type,
        "resource_id": resource_id,
        "permissions_added": wanted.without(held).names(),
        "permissions_removed": held.without(wanted).names(),
    });
    for field in ["role_name", "description"] {
        if let Some(text) = act.body.text(field) {
            changes[field] = text.into();
        }
    }
    changes
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    refuse_in_archived(act)?;
    let role = use_case::changeable(act, role_id(act))?;
    let any = AnyRole::Custom(role.clone());
    act.may_grant(any.permissions(), use_case::place(act))?;
    use_case::may_take(act, &grants::of_holders(act.database(), act.organization(), &role.id)?)?;
    let holders = rows::holders(act.database(), act.organization(), &role.id)?;
    rows::delete(act.database(), act.organization(), &role.id)?;
    access::refresh_each(act.database(), act.organization(), &holders)?;
    let answer = json!({ "object": "role.deleted", "id": role.id, "deleted": true });
    let payload = json!({ "id": role.id, "before": shown(&any) });
    Ok(done(act, answer, "role.deleted", &role.id, payload))
}

fn done(act: &Act<'_>, answer: Json, kind: &'static str, id: &str, payload: Json) -> Done {
    let project = act.project.as_ref().map(|project| project.id.clone());
    Done::new(answer, Event { kind, resource: id.to_owned(), project, payload, ..Event::bare() })
}

/// The last of the path's names.
fn role_id<'a>(act: &'a Act<'_>) -> &'a str {
    act.path.last().map_or("", String::as_str)
}

/// Where a role is, as events say it.
pub(super) fn resource<'a>(act: &'a Act<'_>) -> (&'static str, &'a str) {
    match &act.project {
        None => ("api.organization", &act.principal.organization.id),
        Some(project) => ("api.project", &project.id),
    }
}

/// An archived project stays as it is.
pub(super) fn refuse_in_archived(act: &Act<'_>) -> Result<(), Refusal> {
    act.project.as_ref().map_or(Ok(()), refuse_archived)
}

fn refuse_taken(act: &Act<'_>, name: &str) -> Result<(), Refusal> {
    let predefined = use_case::predefined(act).into_iter().find(|role| role.name() == name);
    let custom = rows::named(act.database(), use_case::scope(act), name)?;
    match predefined.map(|role| role.id().to_owned()).or(custom.map(|role| role.id)) {
        None => Ok(()),
        Some(id) => Err(Refusal::Conflict {
            what: format!("The name '{name}' is taken"),
            why: format!("the role {id} is called so"),
            fix: "Choose another name".to_owned(),
        }),
    }
}

/// A role as it is shown.
pub(super) fn shown(role: &AnyRole) -> Json {
    let resource_type = |is_of_projects| if is_of_projects { "api.project" } else { "api.organization" };
    match role {
        AnyRole::Predefined(role) => json!({
            "object": "role",
            "id": role.id(),
            "name": role.name(),
            "description": role.description(),
            "permissions": role.permissions().names(),
            "resource_type": resource_type(role.is_of_projects()),
            "predefined_role": true,
        }),
        AnyRole::Custom(role) => json!({
            "object": "role",
            "id": role.id,
            "name": role.name,
            "description": role.description,
            "permissions": role.permissions,
            "resource_type": resource_type(role.project.is_some()),
            "predefined_role": false,
        }),
    }
}
