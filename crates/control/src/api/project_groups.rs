//! `/organization/projects/{project_id}/groups`: list, add with a role, retrieve, remove.
//!
//! That a group is in a project gives nothing by itself: what it may do there are roles that it is assigned, the first of
//! them as it is added. They go with it.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::assignments::{self, Place, Whose};
use tollgate_store::admin::project_groups::{self, ProjectGroup};
use tollgate_store::admin::{access, groups as group_rows};

use super::act::Act;
use super::assignments::assigned;
use super::endpoint::{Does, Done, Endpoint, Envelope, Method, Needs, Shape};
use super::groups;
use super::page;
use super::projects::refuse_archived;
use super::query::{AFTER, ORDER, Parameter, ParameterKind};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;
use crate::use_cases::roles;

const PROJECT_GROUP: &[Field] = &[
    Field::new("object", Kind::Word(&["project.group"]), "Always `project.group`."),
    Field::new("project_id", Kind::Text(64), "Which project."),
    Field::new("group_id", Kind::Text(64), "Which group."),
    Field::new("group_name", Kind::Text(255), "What the group is called."),
    Field::new("group_type", Kind::Word(&["group"]), "Always `group`."),
    Field::new("created_at", TIME, "Since when it is in the project, in Unix seconds."),
];

const LIST: Endpoint = Endpoint {
    method: Method::Get,
    path: "/organization/projects/{project_id}/groups",
    name: "list-project-groups",
    doc: "Lists the groups that are in a project, in the order in which they came unless asked otherwise.",
    needs: Needs::InProject(Permission::GroupsRead),
    query: &[
        Parameter {
            name: "limit",
            kind: ParameterKind::Integer(0, 100, Some(20)),
            doc: "How many objects to return at most.",
        },
        AFTER,
        ORDER,
    ],
    body: &[],
    answer: Shape::Page(Envelope::Next, PROJECT_GROUP),
    does: Does::Read(list),
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    LIST,
    Endpoint {
        method: Method::Post,
        name: "add-project-group",
        doc: "Adds a group to a project: whoever is in it has the role there from the next request on.",
        needs: Needs::InProject(Permission::GroupsWrite),
        query: &[],
        body: &[
            Field::new("group_id", Kind::Text(64), "A group of the organization."),
            Field::new("role", Kind::Text(64), "The id of a role of the project, or `owner` or `member`."),
        ],
        answer: Shape::One(PROJECT_GROUP),
        does: Does::Write(add),
        ..LIST
    },
    Endpoint {
        path: "/organization/projects/{project_id}/groups/{group_id}",
        name: "retrieve-project-group",
        doc: "Retrieves a group that is in a project.",
        query: &[Parameter {
            name: "group_type",
            kind: ParameterKind::Word(&["group", "tenant_group"]),
            doc: "`group`; of the other kind there are none here.",
        }],
        answer: Shape::One(PROJECT_GROUP),
        does: Does::Read(retrieve),
        ..LIST
    },
    Endpoint {
        method: Method::Delete,
        path: "/organization/projects/{project_id}/groups/{group_id}",
        name: "remove-project-group",
        doc: "Takes a group out of a project, with all roles that it has there.",
        needs: Needs::InProject(Permission::GroupsWrite),
        query: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["project.group.deleted"]), "What has happened."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(remove),
        ..LIST
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let project = act.project()?;
    let found = project_groups::list(act.database(), act.organization(), project.row, &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(|one| shown(&project.id, one)).collect();
    Ok(page::with_next(&data, found.has_more, found.rows.last().map(|one| one.group.id.as_str())))
}

fn add(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let group = groups::found(act, act.body.text("group_id").unwrap_or_default())?;
    let asked = act.body.text("role").unwrap_or_default();
    // Members of a project are given `owner` or `member`, so groups may be too.
    let by_name = roles::predefined(act).into_iter().find(|role| role.name() == asked);
    let role = roles::found(act, by_name.map_or(asked, |role| role.id()))?;
    act.may_grant(role.permissions(), roles::place(act))?;
    if project_groups::get(act.database(), act.organization(), project.row, &group.id)?.is_some() {
        return Err(Refusal::Conflict {
            what: format!("Group '{}' is in project '{}' already", group.id, project.id),
            why: "a group is in a project once".to_owned(),
            fix: "Assign it further roles at /v1/projects/{project_id}/groups/{group_id}/roles".to_owned(),
        });
    }
    project_groups::insert(act.database(), project.row, group.row, act.now)?;
    let place = place(act, group.row, project.row);
    assignments::insert(act.database(), place, role.id(), act.principal.maker(), act.now)?;
    refresh(act, group.row)?;
    let event = groups::changed(&group, "projects_added", &project.id).in_project(&project.id);
    let given = assigned(act, "role.assignment.created", role.id(), &group.id, "group");
    let answer = shown(&project.id, &ProjectGroup { group, added_at: act.now });
    Ok(Done { more: vec![given], ..Done::new(answer, event) })
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    if act.query.text("group_type") == Some("tenant_group") {
        return Err(Refusal::missing("project group", act.id(1)));
    }
    Ok(shown(&act.project()?.id, &found(act)?))
}

fn remove(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let ProjectGroup { group, .. } = found(act)?;
    groups::may_empty(act, &group)?;
    let place = place(act, group.row, project.row);
    let taken = assignments::ids(act.database(), place)?;
    assignments::clear(act.database(), place)?;
    project_groups::delete(act.database(), project.row, group.row)?;
    refresh(act, group.row)?;
    let event = groups::changed(&group, "projects_removed", &project.id).in_project(&project.id);
    let taken = taken.iter().map(|role| assigned(act, "role.assignment.deleted", role, &group.id, "group"));
    let answer = json!({ "object": "project.group.deleted", "deleted": true });
    Ok(Done { more: taken.collect(), ..Done::new(answer, event) })
}

/// Lets keys in the project follow what their owners may use now.
fn refresh(act: &Act<'_>, group: i64) -> Result<(), Refusal> {
    let users = group_rows::user_rows(act.database(), group)?;
    Ok(access::refresh_each(act.database(), act.organization(), &users)?)
}

fn place(act: &Act<'_>, group: i64, project: i64) -> Place {
    Place { organization: act.organization(), project: Some(project), whose: Whose::Group(group) }
}

fn found(act: &Act<'_>) -> Result<ProjectGroup, Refusal> {
    let group = project_groups::get(act.database(), act.organization(), act.project()?.row, act.id(1))?;
    group.ok_or_else(|| Refusal::missing("project group", act.id(1)))
}

fn shown(project: &str, one: &ProjectGroup) -> Json {
    json!({
        "object": "project.group",
        "project_id": project,
        "group_id": one.group.id,
        "group_name": one.group.name,
        "group_type": "group",
        "created_at": one.added_at,
    })
}
