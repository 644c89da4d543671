//! `/tollgate/export` and `/tollgate/import`: the whole configuration of providers and models as one document, and back.
//!
//! Out: what is set, in the file and over the API, with where. In: such a document. All of it becomes what is set over the API,
//! or nothing does; what the file defines has to say the same. Credentials go by name.

use std::collections::{HashMap, HashSet};

use serde_json::{Value as Json, json};
use tollgate_store::admin::configuration::{self as rows, Kind as ObjectKind, OBJECTS_MAX, Object};
use tollgate_store::database::StoreError;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Event, Method, Needs, Shape};
use super::objects::{Change, NAME, SET, WHERE, without_null};
use super::shape::{Field, Kind, ShapeError};
use crate::configuration::{Configured, Origin, SetObject};
use crate::refusal::Refusal;
use crate::use_cases::configuration as use_case;

/// Where a document is imported.
pub(super) const PATH: &str = "/tollgate/import";
/// Of a document over HTTP at most: ten thousand objects of 1.6 KiB each, where usual ones have 300 bytes. It is a tree in memory
/// while it is looked at, of some ten times its size.
pub(super) const BODY_MAX_BYTES: usize = 16 << 20;

const VERSION: i64 = 1;

const EXPORTED: &[Field] = &[NAME, SET, WHERE];
const IMPORTED: &[Field] = &[NAME, SET, Field::optional("origin", Kind::Free, "Where it was set; not looked at.")];

const OBJECT: Field = Field::new("object", Kind::Word(&["tollgate.configuration"]), "Always `tollgate.configuration`.");
const FORM: Field = Field::new("version", Kind::Integer(VERSION, VERSION), "The form of the document.");

const DOCUMENT: &[Field] = &[
    OBJECT,
    FORM,
    Field::new("providers", Kind::Objects(EXPORTED, OBJECTS_MAX), "The providers that are set."),
    Field::new("models", Kind::Objects(EXPORTED, OBJECTS_MAX), "The models that are set, with their deployments."),
];

const CHANGE: &[Field] = &[
    Field::new("kind", Kind::Word(&["provider", "model"]), "What kind of object."),
    Field::new("name", Kind::Text(super::objects::NAME_MAX), "Which."),
    Field::new(
        "change",
        Kind::Word(&["created", "changed", "deleted", "unchanged"]),
        "What has become of it, or would become.",
    ),
];
const OUTCOME: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.import"]), "Always `tollgate.import`."),
    Field::new("dry_run", Kind::Bool, "Whether nothing was done."),
    Field::new("changes", Kind::Objects(CHANGE, OBJECTS_MAX), "One for each object of the document, or deleted."),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/tollgate/export",
        name: "export-configuration",
        doc: "Exports the providers and models that are set, in the file and over the API.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(DOCUMENT),
        does: Does::Read(export),
    },
    Endpoint {
        method: Method::Post,
        path: PATH,
        name: "import-configuration",
        doc: "Imports an exported configuration: all of it, or nothing.",
        needs: Needs::Operator,
        query: &[],
        body: &[
            Field::optional("object", OBJECT.kind, OBJECT.doc),
            Field::optional("version", FORM.kind, FORM.doc),
            Field::optional("providers", Kind::Objects(IMPORTED, OBJECTS_MAX), "The providers to be set."),
            Field::optional("models", Kind::Objects(IMPORTED, OBJECTS_MAX), "The models to be set."),
            Field::optional(
                "prune",
                Kind::Bool,
                "Whether what was set over the API and is not in the document is deleted.",
            ),
            Field::optional("dry_run", Kind::Bool, "Whether it is only said what would change."),
        ],
        answer: Shape::One(OUTCOME),
        does: Does::Write(import),
    },
];

fn export(act: &Act<'_>) -> Result<Json, Refusal> {
    let objects = act.office.providers.objects();
    let of_kind = |kind: ObjectKind| -> Vec<Json> {
        let is_set = |object: &&SetObject| object.kind == kind && object.origin != Origin::BuiltIn;
        let show = |object: &SetObject| json!({ "name": object.name, "settings": object.settings, "origin": object.origin.shown() });
        objects.iter().filter(is_set).map(show).collect()
    };
    Ok(json!({
        "object": "tollgate.configuration",
        "version": VERSION,
        "providers": of_kind(ObjectKind::Provider),
        "models": of_kind(ObjectKind::Model),
    }))
}

fn import(act: &Act<'_>) -> Result<Done, Refusal> {
    if !act.body.flag("dry_run").unwrap_or(false) {
        let steps = carry_out(act)?;
        return Ok(Done::each(outcome(&steps, false), steps.iter().filter_map(Step::event).collect()));
    }
    let mut steps = Ok(Vec::new());
    let tried = act.database().atomically(|| {
        steps = carry_out(act);
        Err::<(), Undo>(Undo::Wanted)
    });
    match tried {
        Err(Undo::Failed(error)) => Err(error.into()),
        Ok(()) | Err(Undo::Wanted) => Ok(Done::each(outcome(&steps?, true), Vec::new())),
    }
}

/// Why a transaction is not committed.
enum Undo {
    Wanted,
    Failed(StoreError),
}

impl From<StoreError> for Undo {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// The rows as they were, by what they are called.
type Stored<'r> = HashMap<(ObjectKind, &'r str), &'r Object>;

/// What becomes of one object.
struct Step {
    kind: ObjectKind,
    name: String,
    change: Change,
    before: Json,
    after: Json,
}

impl Step {
    fn event(&self) -> Option<Event> {
        let Self { kind, name, change, before, after } = self;
        let told = |settings: &Json| json!({ "settings": settings });
        let kind = change.event(*kind);
        match change {
            Change::Created => Some(Event::created(kind, name, &told(after))),
            Change::Changed => Some(Event::updated(kind, name, &told(after), &told(before), &told(after))),
            Change::Deleted => Some(Event::ended(kind, name, &told(before))),
            Change::Unchanged => None,
        }
    }
}

fn outcome(steps: &[Step], is_dry: bool) -> Json {
    let shown = |step: &Step| json!({ "kind": step.kind.word(), "name": step.name, "change": step.change.word() });
    json!({
        "object": "tollgate.import",
        "dry_run": is_dry,
        "changes": steps.iter().map(shown).collect::<Vec<_>>(),
    })
}

/// Writes what is to be written; what is configured then is right, or nothing was.
fn carry_out(act: &Act<'_>) -> Result<Vec<Step>, Refusal> {
    let (before, all) = (use_case::configured(act)?, rows::all(act.database())?);
    let stored: Stored<'_> = all.iter().map(|row| ((row.kind, row.name.as_str()), row)).collect();
    let (mut steps, mut named) = (Vec::new(), HashSet::new());
    for kind in ObjectKind::ALL {
        let member = format!("{}s", kind.word());
        for (place, entry) in act.body.value(&member).and_then(Json::as_array).into_iter().flatten().enumerate() {
            let name = entry["name"].as_str().unwrap_or_default();
            if !named.insert((kind, name)) {
                return Err(Refusal::Shape(ShapeError::Value {
                    name: format!("{member}[{place}].name"),
                    what: format!("'{name}', a second time"),
                    allowed: "each name once".to_owned(),
                }));
            }
            let after = without_null(entry["settings"].clone());
            steps.push(one(act, (&before, &stored), kind, name, &after)?);
        }
    }
    if act.body.flag("prune").unwrap_or(false) {
        for row in all.iter().filter(|row| !named.contains(&(row.kind, row.name.as_str()))) {
            rows::delete(act.database(), row.kind, &row.name)?;
            steps.push(Step {
                kind: row.kind,
                name: row.name.clone(),
                change: Change::Deleted,
                before: parsed(row),
                after: Json::Null,
            });
        }
    }
    use_case::whole(act, None)?;
    Ok(steps)
}

fn one(
    act: &Act<'_>,
    (before, stored): (&Configured, &Stored<'_>),
    kind: ObjectKind,
    name: &str,
    after: &Json,
) -> Result<Step, Refusal> {
    let found = before.object(kind, name).filter(|object| object.origin != Origin::BuiltIn);
    let step = |change, before| Step { kind, name: name.to_owned(), change, before, after: after.clone() };
    if found.is_some_and(|object| object.settings == *after) {
        return Ok(step(Change::Unchanged, Json::Null));
    }
    use_case::refuse_locked(found)?;
    use_case::put(act, kind, name, after)?;
    Ok(match stored.get(&(kind, name)) {
        Some(row) => step(Change::Changed, parsed(row)),
        None => step(Change::Created, Json::Null),
    })
}

fn parsed(row: &Object) -> Json {
    serde_json::from_str(&row.settings).unwrap_or_default()
}
