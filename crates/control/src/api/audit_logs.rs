//! `/organization/audit_logs`: what has been done, newest first.
//!
//! Events are written with the acts ([`super::audited`]) and never changed; here they are only looked for.

use serde_json::{Map, Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::audit::{self, Cursor, Event, Filter};
use tollgate_store::admin::page::{Page, PageError};

use super::act::Act;
use super::endpoint::{Does, Endpoint, Envelope, Method, Needs, Shape};
use super::event_types::EVENT_TYPES;
use super::page;
use super::query::{AFTER, LIMIT, Parameter, ParameterKind};
use super::shape::{Field, Kind, ShapeError, TIME};
use crate::refusal::Refusal;

const EVENT: &[Field] = &[
    Field::new("id", Kind::Text(64), "The event's id, `audit_log-` and letters and digits."),
    Field::new("type", Kind::Word(EVENT_TYPES), "What was done; details stand under a member of this name."),
    Field::new("effective_at", TIME, "When, in Unix seconds."),
    Field::optional("project", Kind::Free, "The project in which it was done, by `id` and `name`."),
    Field::nullable("actor", Kind::Free, "Who did it, by which key or session, and from which address."),
];

const fn texts(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Texts, doc }
}

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: Method::Get,
    path: "/organization/audit_logs",
    name: "list-audit-logs",
    doc: "Lists what was done in the organization, newest first.",
    needs: Needs::InOrganization(Permission::AuditRead),
    query: &[
        Parameter {
            name: "effective_at",
            kind: ParameterKind::Times,
            doc: "Only events of this time: `effective_at[gt]`, `[gte]`, `[lt]`, `[lte]`, in Unix seconds.",
        },
        texts("project_ids", "Only events within these projects."),
        texts("event_types", "Only events of these types."),
        texts(
            "actor_ids",
            "Only what was done by these users or admin keys, by id; `operator` is whoever holds the data directory.",
        ),
        texts("actor_emails", "Only what was done by users with these addresses."),
        texts("resource_ids", "Only what was done to these, by id."),
        Parameter {
            name: "tenant_only",
            kind: ParameterKind::Bool,
            doc: "With true only events of a whole tenant, of which there are none here.",
        },
        LIMIT,
        AFTER,
        Parameter { name: "before", kind: ParameterKind::Text, doc: "The id of an event: those newer than it." },
    ],
    body: &[],
    answer: Shape::Page(Envelope::Ids, EVENT),
    does: Does::Read(list),
}];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let (filter, cursor) = (filter(act)?, cursor(act)?);
    let found = match act.query.flag("tenant_only") {
        Some(true) => Page { rows: Vec::new(), has_more: false },
        _ => audit::list(act.database(), act.organization(), &filter, &cursor, act.part().limit)
            .map_err(|error| named(error, &cursor))?,
    };
    let data: Vec<Json> = found.rows.iter().map(shown).collect();
    Ok(page::with_ids(&data, found.has_more))
}

/// An unknown cursor, by the parameter that it came in.
fn named(error: PageError, cursor: &Cursor) -> Refusal {
    match (error, cursor) {
        (PageError::UnknownCursor(id), Cursor::Before(_)) => Refusal::Shape(ShapeError::Value {
            name: "before".to_owned(),
            what: format!("'{}'", id.chars().take(128).collect::<String>()),
            allowed: "the id of an event in this list".to_owned(),
        }),
        (error, _) => error.into(),
    }
}

fn filter(act: &Act<'_>) -> Result<Filter, Refusal> {
    let time = |member: &str| act.query.text(&format!("effective_at[{member}]"))?.parse::<i64>().ok();
    let kinds = act.query.texts("event_types");
    if let Some(unknown) = kinds.iter().find(|kind| !EVENT_TYPES.contains(&kind.as_str())) {
        return Err(unknown_type(unknown));
    }
    let emails = act.query.texts("actor_emails").iter().map(|email| email.to_lowercase()).collect();
    Ok(Filter {
        from: time("gte").max(time("gt").map(|after| after.saturating_add(1))),
        until: [time("lte"), time("lt").map(|before| before.saturating_sub(1))].into_iter().flatten().min(),
        projects: act.query.texts("project_ids"),
        kinds,
        actors: act.query.texts("actor_ids"),
        emails,
        resources: act.query.texts("resource_ids"),
    })
}

fn unknown_type(kind: &str) -> Refusal {
    let allowed = match tollgate_errors::nearest(kind, EVENT_TYPES.iter().copied()) {
        Some(near) => format!("a type such as `{near}`"),
        None => "a type of event, such as `project.created`".to_owned(),
    };
    let shown: String = kind.chars().take(64).collect();
    Refusal::Shape(ShapeError::Value { name: "event_types".to_owned(), what: format!("'{shown}'"), allowed })
}

fn cursor(act: &Act<'_>) -> Result<Cursor, Refusal> {
    match (act.query.text("after"), act.query.text("before")) {
        (None, None) => Ok(Cursor::Newest),
        (Some(after), None) => Ok(Cursor::After(after.to_owned())),
        (None, Some(before)) => Ok(Cursor::Before(before.to_owned())),
        (Some(_), Some(_)) => Err(Refusal::Shape(ShapeError::Value {
            name: "before".to_owned(),
            what: "given together with `after`".to_owned(),
            allowed: "one of both".to_owned(),
        })),
    }
}

fn shown(event: &Event) -> Json {
    // Both were written by this program; what is not JSON all the same is shown as nothing.
    let stored = |text: &str| serde_json::from_str::<Json>(text).unwrap_or(Json::Null);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), event.id.as_str().into());
    shown.insert("type".to_owned(), event.kind.as_str().into());
    shown.insert("effective_at".to_owned(), event.at.into());
    if let Some((id, name)) = &event.project {
        shown.insert("project".to_owned(), json!({ "id": id, "name": name }));
    }
    shown.insert("actor".to_owned(), stored(&event.actor));
    shown.insert(event.kind.clone(), stored(&event.payload));
    Json::Object(shown)
}
