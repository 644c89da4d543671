//! `/tollgate/models` and `/tollgate/deployments`: what the server serves, by its settings of this moment.

use serde_json::{Value as Json, json};

use super::act::Act;
use super::endpoint::{Does, Endpoint, Envelope, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;

const DAY: Kind = Kind::Text(10);
const NAME: Kind = Kind::Text(256);

const MODEL: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.model"]), "Always `tollgate.model`."),
    Field::new("id", NAME, "Its name, as callers ask for it."),
    Field::new("owned_by", NAME, "Who is said to own it."),
    Field::new("created_at", TIME, "As `GET /v1/models` says, in Unix seconds."),
    Field::new("retired", Kind::Bool, "Whether calls are refused by now."),
    Field::nullable("deprecated_on", DAY, "`YYYY-MM-DD` from which it should not be used for anything new."),
    Field::nullable("shutdown_date", DAY, "`YYYY-MM-DD` from which calls are refused."),
    Field::nullable("successor", NAME, "What to use instead."),
    Field::nullable("maintenance", Kind::Object(MAINTENANCE), "A time in which calls are refused."),
    Field::new("tier", Kind::Integer(0, 255), "The lowest tier of a key that may use it; 0 for every key."),
    Field::new("regions", Kind::Texts(1000, 64), "Where it is served, as far as the settings say."),
    Field::new("endpoints", Kind::Texts(100, 64), "Paths below the API's base at which it can be asked for."),
    Field::new("deployments", Kind::Objects(WAY, 1000), "The ways to serve it, in order of preference."),
    Field::new("fallbacks", Kind::Texts(1000, 256), "Models that stand in for it."),
];

const MAINTENANCE: &[Field] = &[
    Field::nullable("from", TIME, "Unix seconds; `null` where it has begun."),
    Field::new("until", TIME, "Unix seconds."),
    Field::nullable("reason", Kind::Text(1000), "Why."),
];

const WAY: &[Field] = &[
    Field::new("provider", NAME, "Who serves it."),
    Field::new("model", NAME, "What it is called there."),
    Field::new("weight", Kind::Integer(0, 4_294_967_295), "Its share where the balance goes by weight."),
    Field::nullable("region", Kind::Text(64), "Where it is served there; `null` where the settings do not say."),
];

const DEPLOYMENT: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.deployment"]), "Always `tollgate.deployment`."),
    Field::new("id", Kind::Text(512), "The model's name, a colon and its place among the model's deployments, from 0."),
    Field::new("serves", NAME, "The model that it serves, as callers ask for it."),
    Field::new("provider", NAME, "Who serves it."),
    Field::new("model", NAME, "What it is called there."),
    Field::new("weight", Kind::Integer(0, 4_294_967_295), "Its share where the balance goes by weight."),
    Field::nullable("region", Kind::Text(64), "Where it is served there; `null` where the settings do not say."),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/tollgate/models",
        name: "models-list",
        doc: "Lists the models that the server serves: lifecycle, regions, tier, maintenance and deployments.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, MODEL),
        does: Does::Read(models),
    },
    Endpoint {
        method: Method::Get,
        path: "/tollgate/deployments",
        name: "deployments-list",
        doc: "Lists the ways in which the server's models are served, model by model.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, DEPLOYMENT),
        does: Does::Read(deployments),
    },
];

fn models(act: &Act<'_>) -> Result<Json, Refusal> {
    let mut all = act.office.providers.models(act.now);
    for model in &mut all {
        let name = model.as_object_mut().and_then(|members| members.remove("name"));
        model["object"] = "tollgate.model".into();
        model["id"] = name.unwrap_or_default();
    }
    page::part_of(&all, &act.part())
}

fn deployments(act: &Act<'_>) -> Result<Json, Refusal> {
    let all: Vec<Json> = act.office.providers.models(act.now).iter().flat_map(of_model).collect();
    page::part_of(&all, &act.part())
}

fn of_model(model: &Json) -> Vec<Json> {
    let name = model["name"].as_str().unwrap_or_default();
    let show = |(place, way): (usize, &Json)| {
        json!({
            "object": "tollgate.deployment",
            "id": format!("{name}:{place}"),
            "serves": name,
            "provider": way["provider"],
            "model": way["model"],
            "weight": way["weight"],
            "region": way["region"],
        })
    };
    model["deployments"].as_array().map_or(&[][..], Vec::as_slice).iter().enumerate().map(show).collect()
}
