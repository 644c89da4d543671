//! `/tollgate/models` and `/tollgate/deployments`: what the server serves, by its settings of this moment. Models are changed by
//! [`super::objects`], and their deployments with them.

use serde_json::{Value as Json, json};
use tollgate_store::admin::configuration::Kind as ObjectKind;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Method, Needs, Shape};
use super::objects::{self, CHANGES, DELETED, HIDES, LOCKED, SET, SETTINGS, WHERE, add_place};
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, TIME};
use crate::configuration::SetObject;
use crate::office::Providers;
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
    SETTINGS,
    WHERE,
    LOCKED,
    HIDES,
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

const ALL: &str = "/tollgate/models";
/// A name may have slashes.
const ID: &str = "/tollgate/models/{+name}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "models-list",
        doc: "Lists the models that the server serves: lifecycle, regions, tier, maintenance and deployments.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, MODEL),
        does: Does::Read(models),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-model",
        doc: "Creates a model with its deployments; it serves the next call.",
        needs: Needs::Operator,
        query: &[],
        body: &[objects::NAME, SET],
        answer: Shape::One(MODEL),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-configured-model",
        doc: "Retrieves a model as it is set and served.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(MODEL),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-model",
        doc: "Changes a model that was set over the API.",
        needs: Needs::Operator,
        query: &[],
        body: &[CHANGES],
        answer: Shape::One(MODEL),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-configured-model",
        doc: "Deletes a model that was set over the API; the next call of it is refused.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(delete),
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
    let objects = act.office.providers.objects();
    let all: Vec<Json> = act.office.providers.models(act.now).into_iter().map(|one| show(one, &objects)).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    one(act.office.providers.as_ref(), act.id(0), act.now).ok_or_else(|| Refusal::missing("model", act.id(0)))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::create(act, ObjectKind::Model, one)
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::update(act, ObjectKind::Model, one)
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::delete(act, ObjectKind::Model)
}

fn one(served: &dyn Providers, name: &str, now: i64) -> Option<Json> {
    let found = served.models(now).into_iter().find(|model| model["name"] == name);
    found.map(|model| show(model, &served.objects()))
}

fn show(mut model: Json, objects: &[SetObject]) -> Json {
    let name = model.as_object_mut().and_then(|members| members.remove("name")).unwrap_or_default();
    add_place(&mut model, objects, ObjectKind::Model, name.as_str().unwrap_or_default());
    model["object"] = "tollgate.model".into();
    model["id"] = name;
    model
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
