//! `/organization/projects`: create, list, retrieve, rename, archive.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::projects::{self, Project};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT, Parameter, ParameterKind};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;

/// Characters of a name at most.
const NAME_MAX: usize = 100;

/// Where a project's data may be kept and processed, as OpenAI writes it.
const RESIDENCIES: &[&str] = &[
    "GLOBAL",
    "US_STORAGE_PROCESSING",
    "EU_STORAGE_PROCESSING",
    "JP_STORAGE",
    "KR_STORAGE",
    "CA_STORAGE",
    "SG_STORAGE",
    "IN_STORAGE",
    "AU_STORAGE",
    "GB_STORAGE",
    "AE_STORAGE",
    "AE_STORAGE_PROCESSING",
];

const PROJECT: &[Field] = &[
    Field::new("id", Kind::Text(64), "The project's id, `proj_` and letters and digits."),
    Field::new("object", Kind::Word(&["organization.project"]), "Always `organization.project`."),
    Field::new("name", Kind::Text(NAME_MAX), "What the project is called."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::nullable("archived_at", TIME, "Since when it is archived, in Unix seconds."),
    Field::new("status", Kind::Word(&["active", "archived"]), "Whether its keys can be used."),
    Field::optional("residency", Kind::Word(RESIDENCIES), "Where its calls may be served, if that was asked for."),
];

const ID: &str = "/organization/projects/{project_id}";
const NAME: Field = Field::new("name", Kind::Name(NAME_MAX), "What the project is called: unique in the organization.");
const EXTERNAL_KEY: Field =
    Field::optional("external_key_id", Kind::Text(256), "Refused: keys of other key stores cannot be used here.");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/organization/projects",
        name: "list-projects",
        doc: "Lists the projects of the organization, oldest first; those alone that whoever asks may see.",
        needs: Needs::Somewhere(Permission::ProjectsRead),
        query: &[
            LIMIT,
            AFTER,
            Parameter {
                name: "include_archived",
                kind: ParameterKind::Bool,
                doc: "Whether archived projects are listed too.",
            },
        ],
        body: &[],
        answer: Shape::Page(Envelope::Ids, PROJECT),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/projects",
        name: "create-project",
        doc: "Creates a project.",
        needs: Needs::InOrganization(Permission::ProjectsWrite),
        query: &[],
        body: &[
            NAME,
            Field::optional(
                "residency",
                Kind::Word(RESIDENCIES),
                "Where its calls may be served, by the regions of deployments; `GLOBAL` is anywhere.",
            ),
            EXTERNAL_KEY,
        ],
        answer: Shape::One(PROJECT),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-project",
        doc: "Retrieves a project.",
        needs: Needs::InProject(Permission::ProjectsRead),
        query: &[],
        body: &[],
        answer: Shape::One(PROJECT),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-project",
        doc: "Gives a project another name.",
        needs: Needs::InProject(Permission::ProjectsWrite),
        query: &[],
        body: &[Field::optional("name", Kind::Name(NAME_MAX), "What the project is called from now on."), EXTERNAL_KEY],
        answer: Shape::One(PROJECT),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Post,
        path: "/organization/projects/{project_id}/archive",
        name: "archive-project",
        doc: "Archives a project for good: its keys are refused from now on, and its records stay.",
        needs: Needs::InProject(Permission::ProjectsWrite),
        query: &[],
        body: &[],
        answer: Shape::One(PROJECT),
        does: Does::Write(archive),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let with_archived = act.query.flag("include_archived").unwrap_or(false);
    if !act.principal.rights.everywhere.contains(Permission::ProjectsRead) {
        return list_own(act, with_archived);
    }
    let found = projects::list(act.database(), act.organization(), with_archived, &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_ids(&data, found.has_more))
}

/// The projects that whoever asks may see, who does not see all of them: as many as he has roles in, so they are put together
/// in memory.
fn list_own(act: &Act<'_>, with_archived: bool) -> Result<Json, Refusal> {
    let own = act.principal.rights.in_projects.iter().filter(|(_, set)| set.contains(Permission::ProjectsRead));
    let mut found = Vec::new();
    for (id, _) in own {
        found.extend(projects::get(act.database(), act.organization(), id)?);
    }
    found.retain(|project| with_archived || project.archived_at.is_none());
    found.sort_by_key(|project| project.row);
    found.dedup_by_key(|project| project.row);
    page::part_of(&found.iter().map(shown).collect::<Vec<_>>(), &act.part())
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    refuse_external_key(act)?;
    let residency = act.body.text("residency");
    let name = act.body.text("name").unwrap_or_default();
    refuse_taken(act, name)?;
    let project = projects::insert(act.database(), act.organization(), name, residency, act.now)?;
    let event = Event::created("project.created", &project.id, &json!({ "name": name, "title": name }));
    Ok(Done::new(shown(&project), event.in_project(&project.id)))
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(act.project()?))
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    refuse_external_key(act)?;
    let before = act.project()?;
    refuse_archived(before)?;
    let mut after = before.clone();
    if let Some(name) = act.body.text("name").filter(|name| *name != before.name) {
        refuse_taken(act, name)?;
        projects::rename(act.database(), act.organization(), &before.id, name)?;
        name.clone_into(&mut after.name);
    }
    let requested = json!({ "title": after.name });
    let event = Event::updated("project.updated", &before.id, &requested, &shown(before), &shown(&after));
    Ok(Done::changed(shown(&after), event.in_project(&before.id)))
}

fn archive(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = act.project()?;
    refuse_archived(before)?;
    projects::archive(act.database(), act.organization(), &before.id, act.now)?;
    let after = Project { archived_at: Some(act.now), ..before.clone() };
    let event = Event::ended("project.archived", &before.id, &shown(before));
    Ok(Done::new(shown(&after), event.in_project(&before.id)))
}

fn refuse_external_key(act: &Act<'_>) -> Result<(), Refusal> {
    const WHY: &str =
        "keys of other key stores cannot be used here; what is sealed is sealed with this server's master key";
    if act.body.has("external_key_id") {
        return Err(Refusal::Unsupported { field: "external_key_id", why: WHY });
    }
    Ok(())
}

/// An archived project stays as it is.
pub(super) fn refuse_archived(project: &Project) -> Result<(), Refusal> {
    match project.archived_at {
        None => Ok(()),
        Some(_) => Err(archived(&project.id)),
    }
}

/// What is told of an archived project.
pub(super) fn archived(id: &str) -> Refusal {
    Refusal::Conflict {
        what: format!("Project '{id}' is archived"),
        why: "an archived project cannot be changed, and nothing can be made in it".to_owned(),
        fix: "Use another project, or create one".to_owned(),
    }
}

fn refuse_taken(act: &Act<'_>, name: &str) -> Result<(), Refusal> {
    match projects::named(act.database(), act.organization(), name)? {
        None => Ok(()),
        Some(other) => Err(Refusal::Conflict {
            what: format!("The name '{name}' is taken"),
            why: format!("project {} of the organization is called so", other.id),
            fix: "Choose another name".to_owned(),
        }),
    }
}

fn shown(project: &Project) -> Json {
    let mut shown = json!({
        "id": project.id,
        "object": "organization.project",
        "name": project.name,
        "created_at": project.created_at,
        "archived_at": project.archived_at,
        "status": if project.archived_at.is_some() { "archived" } else { "active" },
    });
    if let Some(residency) = &project.residency {
        shown["residency"] = residency.as_str().into();
    }
    shown
}
