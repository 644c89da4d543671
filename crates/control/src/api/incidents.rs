//! `/tollgate/incidents`: what has gone wrong with deployments, and what goes wrong now.

use serde_json::{Value as Json, json};

use super::act::Act;
use super::endpoint::{Does, Endpoint, Envelope, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT, Parameter, ParameterKind};
use super::shape::{Field, Kind, TIME};
use crate::office::Incident;
use crate::refusal::Refusal;

const COUNT: Kind = Kind::Integer(0, i64::MAX);

const INCIDENT: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.incident"]), "Always `tollgate.incident`."),
    Field::new("id", Kind::Text(64), "The incident's id, `inc_` and digits."),
    Field::new("deployment", Kind::Text(512), "What failed: the provider, a slash, and the model's name there."),
    Field::new("provider", Kind::Text(256), "The provider's name in the configuration."),
    Field::new("model", Kind::Text(256), "The model's name there."),
    Field::new("began_at", TIME, "Unix seconds."),
    Field::nullable("ended_at", TIME, "Unix seconds; `null` while it is under way."),
    Field::nullable(
        "ended_by",
        Kind::Word(&["answered", "settings"]),
        "`answered`: an attempt was answered again; `settings`: they changed, so that nothing of this is known any more.",
    ),
    Field::new("last_failure_at", TIME, "When it last failed, in Unix seconds."),
    Field::new("failed_attempts", COUNT, "Attempts at it that failed, those that led to the incident included."),
    Field::new(
        "turned_away",
        COUNT,
        "Requests that were refused because every deployment of their model was left alone, this one among them.",
    ),
    Field::new("failed_checks", COUNT, "How often the provider's `check` found it failing still."),
    Field::new("cause", Kind::Text(64), "The last failure's cause; its page is /errors/{cause}."),
    Field::new("party", Kind::Word(&["caller", "gateway", "provider", "network"]), "Whose fault that is."),
    Field::new("evidence", Kind::Texts(100, 1024), "What was seen of the last failure, secrets masked."),
    Field::nullable(
        "words",
        Kind::Text(4096),
        "What callers do not see: the provider's own words, or an address; secrets masked.",
    ),
    Field::new("remedy", Kind::Text(4096), "What to do."),
    Field::new("docs", Kind::Text(2048), "The page of the cause."),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/tollgate/incidents",
        name: "list-incidents",
        doc: "Lists when deployments failed, newest first: those under way and the last thousand that have ended.",
        needs: Needs::Operator,
        query: &[
            LIMIT,
            AFTER,
            Parameter {
                name: "open",
                kind: ParameterKind::Bool,
                doc: "Those under way alone, or those that have ended.",
            },
            Parameter { name: "provider", kind: ParameterKind::Text, doc: "Those of this provider alone." },
        ],
        body: &[],
        answer: Shape::Page(Envelope::Ids, INCIDENT),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Get,
        path: "/tollgate/incidents/{incident_id}",
        name: "retrieve-incident",
        doc: "Retrieves an incident.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(INCIDENT),
        does: Does::Read(retrieve),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let (open, provider) = (act.query.flag("open"), act.query.text("provider"));
    let is_asked = |incident: &Incident| {
        open.is_none_or(|open| open == incident.ended.is_none())
            && provider.is_none_or(|provider| provider == incident.provider)
    };
    let all: Vec<Json> = act.office.providers.incidents().iter().filter(|one| is_asked(one)).map(show).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    let all = act.office.providers.incidents();
    all.iter().find(|one| one.id == act.id(0)).map(show).ok_or_else(|| Refusal::missing("incident", act.id(0)))
}

fn show(incident: &Incident) -> Json {
    json!({
        "object": "tollgate.incident",
        "id": incident.id,
        "deployment": incident.deployment,
        "provider": incident.provider,
        "model": incident.model,
        "began_at": incident.began_at,
        "ended_at": incident.ended.map(|(at, _)| at),
        "ended_by": incident.ended.map(|(_, why)| why),
        "last_failure_at": incident.last_failure_at,
        "failed_attempts": incident.failed_attempts,
        "turned_away": incident.turned_away,
        "failed_checks": incident.failed_checks,
        "cause": incident.cause,
        "party": incident.party,
        "evidence": incident.evidence,
        "words": Some(&incident.words).filter(|words| !words.is_empty()),
        "remedy": incident.remedy,
        "docs": incident.docs,
    })
}
