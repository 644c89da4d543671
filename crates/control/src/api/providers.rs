//! `/tollgate/providers`: which there are, and whether they can be used.

use serde_json::{Value as Json, json};

use super::act::Act;
use super::endpoint::{Does, Endpoint, Envelope, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind};
use crate::office::{Errand, Provider};
use crate::refusal::Refusal;

const PROVIDER: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.provider"]), "Always `tollgate.provider`."),
    Field::new("id", Kind::Text(256), "Its name in the configuration."),
    Field::new("dialect", Kind::Text(32), "How it is spoken to."),
    Field::nullable("base_url", Kind::Text(2048), "Where it is; `null` for the embedded sandbox."),
    Field::nullable("region", Kind::Text(256), "Where in the world, of deployments that do not say so themselves."),
    Field::new("has_credential", Kind::Bool, "Whether a credential of the server is sent to it."),
    Field::new("models", Kind::Texts(1000, 256), "The names under which deployments ask it for models."),
];

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
        path: "/tollgate/providers",
        name: "providers-list",
        doc: "Lists the providers that the server serves with, in the order of its settings.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, PROVIDER),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Get,
        path: "/tollgate/providers/{name}",
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
    let all: Vec<Json> = act.office.providers.list().iter().map(show).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    let all = act.office.providers.list();
    all.iter().find(|one| one.name == act.id(0)).map(show).ok_or_else(|| Refusal::missing("provider", act.id(0)))
}

fn test(act: &Act<'_>) -> Result<Errand, Refusal> {
    let spends = act.body.flag("spend").unwrap_or(true);
    act.office.providers.test(act.id(0), spends).ok_or_else(|| Refusal::missing("provider", act.id(0)))
}

fn show(provider: &Provider) -> Json {
    json!({
        "object": "tollgate.provider",
        "id": provider.name,
        "dialect": provider.dialect,
        "base_url": provider.base_url,
        "region": provider.region,
        "has_credential": provider.has_credential,
        "models": provider.models,
    })
}
