//! `/organization/projects/{project_id}/model_permissions` and `hosted_tool_permissions`: what no key of a project may do,
//! whatever it may itself.

use serde_json::{Value as Json, json};
use tollgate_core::project::ListedModels;
use tollgate_core::rights::Permission;
use tollgate_core::tools::{HostedTool, HostedTools};
use tollgate_store::admin::projects::{self as rows, Project};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Event, Method, Needs, Shape};
use super::projects::refuse_archived;
use super::shape::{Field, Kind};
use crate::refusal::Refusal;

const MODELS: &str = "/organization/projects/{project_id}/model_permissions";
const TOOLS: &str = "/organization/projects/{project_id}/hosted_tool_permissions";
const MODE: Field = Field::new("mode", Kind::Word(&["allow_list", "deny_list"]), "What the list means.");
const IDS: Field = Field::new(
    "model_ids",
    Kind::Texts(1000, 256),
    "The models; `*` stands for any run of characters. An empty list of allowed models allows none.",
);
const OF_MODELS: &[Field] = &[
    Field::new("object", Kind::Word(&["project.model_permissions"]), "Always `project.model_permissions`."),
    MODE,
    IDS,
];

const ENABLED: Kind = Kind::Object(&[Field::new("enabled", Kind::Bool, "Whether it may be used.")]);
const OF_TOOLS: &[Field] = &[
    Field::new("file_search", ENABLED, "Searching uploaded files."),
    Field::new("web_search", ENABLED, "Searching the web."),
    Field::new("image_generation", ENABLED, "Making images."),
    Field::new("mcp", ENABLED, "Remote servers of tools, and connectors."),
    Field::new("code_interpreter", ENABLED, "Running code."),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: MODELS,
        name: "retrieve-project-model-permissions",
        doc: "Retrieves which models a project may use; without a list that is a deny list of none.",
        needs: Needs::InProject(Permission::PermissionsRead),
        query: &[],
        body: &[],
        answer: Shape::One(OF_MODELS),
        does: Does::Read(models),
    },
    Endpoint {
        method: Method::Post,
        path: MODELS,
        name: "update-project-model-permissions",
        doc: "Sets which models a project may use.",
        needs: Needs::InProject(Permission::PermissionsWrite),
        query: &[],
        body: &[MODE, IDS],
        answer: Shape::One(OF_MODELS),
        does: Does::Write(set_models),
    },
    Endpoint {
        method: Method::Delete,
        path: MODELS,
        name: "delete-project-model-permissions",
        doc: "Lets a project use every model that its keys may use.",
        needs: Needs::InProject(Permission::PermissionsWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["project.model_permissions.deleted"]), "What has happened."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete_models),
    },
    Endpoint {
        method: Method::Get,
        path: TOOLS,
        name: "retrieve-project-hosted-tool-permissions",
        doc: "Retrieves which hosted tools a project may use.",
        needs: Needs::InProject(Permission::PermissionsRead),
        query: &[],
        body: &[],
        answer: Shape::One(OF_TOOLS),
        does: Does::Read(tools),
    },
    Endpoint {
        method: Method::Post,
        path: TOOLS,
        name: "update-project-hosted-tool-permissions",
        doc: "Sets which hosted tools a project may use; those that are left out stay as they are.",
        needs: Needs::InProject(Permission::PermissionsWrite),
        query: &[],
        body: &[
            Field::optional("file_search", ENABLED, "Searching uploaded files."),
            Field::optional("web_search", ENABLED, "Searching the web."),
            Field::optional("image_generation", ENABLED, "Making images."),
            Field::optional("mcp", ENABLED, "Remote servers of tools, and connectors."),
            Field::optional("code_interpreter", ENABLED, "Running code."),
        ],
        answer: Shape::One(OF_TOOLS),
        does: Does::Write(set_tools),
    },
];

fn models(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown_models(&act.project()?.models))
}

fn set_models(act: &Act<'_>) -> Result<Done, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    // Of those that stand twice, one.
    for id in act.body.texts("model_ids").unwrap_or_default() {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    let wanted = match act.body.text("mode") {
        Some("allow_list") => ListedModels::Only(ids),
        _ => ListedModels::AllBut(ids),
    };
    let project = put_models(act, &wanted)?;
    Ok(Done::new(
        shown_models(&wanted),
        updated(project, "model_permissions", &shown_models(&project.models), &shown_models(&wanted)),
    ))
}

fn delete_models(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = put_models(act, &ListedModels::All)?;
    let (before, after) = (shown_models(&project.models), shown_models(&ListedModels::All));
    let answer = json!({ "object": "project.model_permissions.deleted", "deleted": true });
    Ok(Done::new(answer, updated(project, "model_permissions", &before, &after)))
}

fn put_models<'a>(act: &'a Act<'_>, wanted: &ListedModels) -> Result<&'a Project, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    rows::set_models(act.database(), act.organization(), &project.id, wanted)?;
    Ok(project)
}

fn tools(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown_tools(act.project()?.tools_denied))
}

fn set_tools(act: &Act<'_>) -> Result<Done, Refusal> {
    let project = act.project()?;
    refuse_archived(project)?;
    let is_denied = |tool: &HostedTool| match act.body.value(tool.name()) {
        Some(wanted) => wanted["enabled"] == false,
        None => project.tools_denied.contains(*tool),
    };
    let denied: HostedTools = HostedTool::ALL.into_iter().filter(is_denied).collect();
    rows::set_tools_denied(act.database(), act.organization(), &project.id, denied)?;
    let (before, after) = (shown_tools(project.tools_denied), shown_tools(denied));
    let event = updated(project, "hosted_tool_permissions", &before, &after);
    Ok(Done::new(after, event))
}

/// OpenAI's audit log has no type of its own for these: they are changes of the project.
fn updated(project: &Project, name: &str, before: &Json, after: &Json) -> Event {
    let (requested, before, after) = (json!({ name: after }), json!({ name: before }), json!({ name: after }));
    Event::updated("project.updated", &project.id, &requested, &before, &after).in_project(&project.id)
}

pub(super) fn shown_models(models: &ListedModels) -> Json {
    let (mode, ids) = match models {
        ListedModels::All => ("deny_list", &[][..]),
        ListedModels::Only(ids) => ("allow_list", ids.as_slice()),
        ListedModels::AllBut(ids) => ("deny_list", ids.as_slice()),
    };
    json!({ "object": "project.model_permissions", "mode": mode, "model_ids": ids })
}

fn shown_tools(denied: HostedTools) -> Json {
    HostedTool::ALL.into_iter().map(|tool| (tool.name(), json!({ "enabled": !denied.contains(tool) }))).collect()
}
