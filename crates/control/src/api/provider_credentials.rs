//! `/tollgate/provider_credentials`: an organization's own credentials towards providers. Calls of its keys are made with them
//! instead of the server's, from the next one on. They go in, sealed with the master key, and come out to nobody.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::provider_credentials::{self as rows, PROVIDERS_MAX, ProviderCredential};

use super::act::Act;
use super::credentials::{VALUE, unfit};
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::objects::DELETED;
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, TIME};
use crate::office::Provider;
use crate::refusal::Refusal;
use crate::use_cases::credentials as use_case;

/// Characters of a provider's name at most, as the configuration has it.
const PROVIDER_MAX: usize = 256;
/// Providers named at most to whoever has named none of them.
const NAMED_MAX: usize = 20;

const CREDENTIAL: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.provider_credential"]), "Always `tollgate.provider_credential`."),
    Field::new("id", Kind::Text(PROVIDER_MAX), "The name of the provider that it is sent to."),
    Field::new("created_at", TIME, "When it was first set, in Unix seconds."),
    Field::new("updated_at", TIME, "When it was last set, in Unix seconds."),
    Field::new("in_use", Kind::Bool, "Whether the server has a provider of this name; until then it is sent nowhere."),
];

const ALL: &str = "/tollgate/provider_credentials";
const ID: &str = "/tollgate/provider_credentials/{provider}";

const READ: Needs = Needs::InOrganization(Permission::ProviderCredentialsRead);
const WRITE: Needs = Needs::InOrganization(Permission::ProviderCredentialsWrite);

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-provider-credentials",
        doc: "Lists the providers that the organization has a credential of its own for.",
        needs: READ,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, CREDENTIAL),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-provider-credential",
        doc: "Retrieves what is known of a credential of the organization.",
        needs: READ,
        query: &[],
        body: &[],
        answer: Shape::One(CREDENTIAL),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "set-provider-credential",
        doc: "Sets the organization's credential for a provider, in place of the one it had; the next call of any of its keys is made with it instead of the server's.",
        needs: WRITE,
        query: &[],
        body: &[VALUE],
        answer: Shape::One(CREDENTIAL),
        does: Does::Write(set),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-provider-credential",
        doc: "Deletes a credential of the organization; the next call is made with the server's.",
        needs: WRITE,
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let providers = act.office.providers.list();
    let all: Vec<Json> =
        rows::list(act.database(), act.organization())?.iter().map(|one| shown(one, &providers)).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    show(act, act.id(0))
}

fn set(act: &Act<'_>) -> Result<Done, Refusal> {
    let name = act.id(0);
    takes_one(act, name)?;
    let before = rows::one(act.database(), act.organization(), name)?;
    if before.is_none() && rows::list(act.database(), act.organization())?.len() >= PROVIDERS_MAX {
        return Err(Refusal::Conflict {
            what: format!("The organization has {PROVIDERS_MAX} credentials of its own"),
            why: "more are not kept".to_owned(),
            fix: "Delete those that are not used".to_owned(),
        });
    }
    let credential = use_case::sendable(act.body.text("value").unwrap_or_default()).map_err(unfit)?;
    let organization = &act.principal.organization;
    rows::set(act.database(), &act.office.secrets.master, organization, name, &credential, act.now)?;
    // That it was set is all that can be told.
    let event = match before {
        None => Event::created("tollgate.provider_credential.created", name, &json!({ "provider": name })),
        Some(before) => {
            let told = |at: i64| json!({ "updated_at": at });
            let (was, is) = (told(before.updated_at), told(act.now));
            Event::updated("tollgate.provider_credential.updated", name, &json!({ "value": "…" }), &was, &is)
        }
    };
    Ok(Done::new(show(act, name)?, event))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act, act.id(0))?;
    rows::remove(act.database(), act.organization(), &before.provider)?;
    let answer = json!({ "object": "tollgate.provider_credential.deleted", "id": before.provider, "deleted": true });
    let was = json!({ "created_at": before.created_at, "updated_at": before.updated_at });
    Ok(Done::new(answer, Event::ended("tollgate.provider_credential.deleted", &before.provider, &was)))
}

/// Whether the server has such a provider, and sends it any credential.
fn takes_one(act: &Act<'_>, name: &str) -> Result<(), Refusal> {
    let providers = act.office.providers.list();
    let takes_any = |provider: &&Provider| provider.base_url.is_some();
    if providers.iter().filter(takes_any).any(|provider| provider.name == name) {
        return Ok(());
    }
    let names: Vec<&str> =
        providers.iter().filter(takes_any).map(|provider| provider.name.as_str()).take(NAMED_MAX).collect();
    let why = match providers.iter().any(|provider| provider.name == name) {
        true => format!("the provider '{name}' is inside this server, which sends it nothing"),
        false => format!("this server has no provider '{name}'"),
    };
    let fix = match names.is_empty() {
        true => "No provider of this server takes one: its operator has to set one first".to_owned(),
        false => format!("Name one of {}", names.join(", ")),
    };
    Err(Refusal::Conflict { what: "The credential would be sent nowhere".to_owned(), why, fix })
}

fn show(act: &Act<'_>, name: &str) -> Result<Json, Refusal> {
    Ok(shown(&found(act, name)?, &act.office.providers.list()))
}

fn found(act: &Act<'_>, name: &str) -> Result<ProviderCredential, Refusal> {
    let found = rows::one(act.database(), act.organization(), name)?;
    found.ok_or_else(|| Refusal::missing("credential for the provider", name))
}

fn shown(credential: &ProviderCredential, providers: &[Provider]) -> Json {
    json!({
        "object": "tollgate.provider_credential",
        "id": credential.provider,
        "created_at": credential.created_at,
        "updated_at": credential.updated_at,
        "in_use": providers.iter().any(|provider| provider.name == credential.provider),
    })
}
