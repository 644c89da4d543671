//! `/tollgate/providers`: which there are, where they are set, and whether they can be used. They are changed by
//! [`super::objects`].

use serde_json::{Value as Json, json};
use tollgate_store::admin::configuration::Kind as ObjectKind;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::objects::{self, CHANGES, DELETED, HIDES, LOCKED, NAME, SET, SETTINGS, WHERE, add_place};
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind};
use crate::configuration::SetObject;
use crate::office::{Errand, Provider, Providers};
use crate::refusal::Refusal;

const PROVIDER: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.provider"]), "Always `tollgate.provider`."),
    Field::new("id", Kind::Text(256), "Its name in the configuration."),
    Field::new("dialect", Kind::Text(32), "How it is spoken to."),
    Field::nullable("base_url", Kind::Text(2048), "Where it is; `null` for the embedded sandbox."),
    Field::nullable("region", Kind::Text(256), "Where in the world, of deployments that do not say so themselves."),
    Field::new("has_credential", Kind::Bool, "Whether a credential of the server is sent to it."),
    Field::new("models", Kind::Texts(1000, 256), "The names under which deployments ask it for models."),
    SETTINGS,
    WHERE,
    LOCKED,
    HIDES,
];

const ALL: &str = "/tollgate/providers";
const ID: &str = "/tollgate/providers/{name}";

const TESTS: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.provider_test_list"]), "Always `tollgate.provider_test_list`."),
    Field::new("data", Kind::Objects(TEST, 1000), "One for each model that a deployment asks of it."),
];

const TEST: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.provider_test"]), "Always `tollgate.provider_test`."),
    Field::new("provider", Kind::Text(256), "Its name in the configuration."),
    Field::nullable("model", Kind::Text(256), "The model's name there; `null` where no deployment uses the provider."),
    Field::new("embedded", Kind::Bool, "Whether it is the sandbox, which needs no network and is not looked at."),
    Field::nullable(
        "report",
        Kind::Free,
        "What `tollgate doctor --json` says, from the server; `null` of the sandbox.",
    ),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "providers-list",
        doc: "Lists the providers that the server serves with, in the order of its settings.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, PROVIDER),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-provider",
        doc: "Creates a provider; it serves the next call.",
        needs: Needs::Operator,
        query: &[],
        body: &[NAME, SET],
        answer: Shape::One(PROVIDER),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-provider",
        doc: "Changes a provider that was set over the API.",
        needs: Needs::Operator,
        query: &[],
        body: &[CHANGES],
        answer: Shape::One(PROVIDER),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-provider",
        doc: "Deletes a provider that was set over the API and that no model uses.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(delete),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "providers-retrieve",
        doc: "Retrieves a provider.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(PROVIDER),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: "/tollgate/providers/{name}/test",
        name: "providers-test",
        doc: "Looks at a provider from the server, with its own credential and with each model that a deployment asks of it.",
        needs: Needs::Operator,
        query: &[],
        body: &[Field::optional(
            "spend",
            Kind::Bool,
            "Whether a short completion is asked for, which costs some tokens; `true` if left out.",
        )],
        answer: Shape::One(TESTS),
        does: Does::Errand(test),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let objects = act.office.providers.objects();
    let all: Vec<Json> = act.office.providers.list().iter().map(|one| show(one, &objects)).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    one(act.office.providers.as_ref(), act.id(0), act.now).ok_or_else(|| Refusal::missing("provider", act.id(0)))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::create(act, ObjectKind::Provider, one)
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::update(act, ObjectKind::Provider, one)
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    objects::delete(act, ObjectKind::Provider)
}

fn test(act: &Act<'_>) -> Result<(Errand, Event), Refusal> {
    let (name, spends) = (act.id(0), act.body.flag("spend").unwrap_or(true));
    let errand = act.office.providers.test(name, spends).ok_or_else(|| Refusal::missing("provider", name))?;
    Ok((errand, Event::created("tollgate.provider.tested", name, &json!({ "name": name, "spend": spends }))))
}

fn one(served: &dyn Providers, name: &str, _: i64) -> Option<Json> {
    let all = served.list();
    all.iter().find(|one| one.name == name).map(|one| show(one, &served.objects()))
}

fn show(provider: &Provider, objects: &[SetObject]) -> Json {
    let mut shown = json!({
        "object": "tollgate.provider",
        "id": provider.name,
        "dialect": provider.dialect,
        "base_url": provider.base_url,
        "region": provider.region,
        "has_credential": provider.has_credential,
        "models": provider.models,
    });
    add_place(&mut shown, objects, ObjectKind::Provider, &provider.name);
    shown
}
