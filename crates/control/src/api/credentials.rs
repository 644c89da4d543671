//! `/tollgate/credentials`: secrets towards providers. They go in, sealed with the master key, and come out to nobody.

use serde_json::{Value as Json, json};
use tollgate_store::credentials::{self as rows, StoredCredential};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::objects::DELETED;
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, ShapeError, TIME};
use crate::configuration::SetObject;
use crate::refusal::Refusal;
use crate::use_cases::configuration as configured;
use crate::use_cases::credentials::{self as use_case, CREDENTIAL_MAX_BYTES, CredentialError, NAME_MAX};

const CREDENTIAL: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.credential"]), "Always `tollgate.credential`."),
    Field::new("id", Kind::Text(NAME_MAX), "Its name, as a provider's `{\"stored\": \"NAME\"}` has it."),
    Field::new("created_at", TIME, "When it was first stored, in Unix seconds."),
    Field::new("updated_at", TIME, "When it was last set, in Unix seconds."),
    Field::new("used_by", Kind::Texts(10_000, 64), "The providers that it is sent to."),
];
pub(super) const VALUE: Field = Field::new(
    "value",
    Kind::Secret(CREDENTIAL_MAX_BYTES),
    "The secret: visible ASCII characters. It is kept sealed, and no answer shows it.",
);

const ALL: &str = "/tollgate/credentials";
const ID: &str = "/tollgate/credentials/{name}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-credentials",
        doc: "Lists the stored credentials by name.",
        needs: Needs::Operator,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, CREDENTIAL),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-credential",
        doc: "Stores a credential.",
        needs: Needs::Operator,
        query: &[],
        body: &[Field::new("name", Kind::Text(NAME_MAX), "Letters, digits, `.`, `_` and `-`."), VALUE],
        answer: Shape::One(CREDENTIAL),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-credential",
        doc: "Retrieves what is known of a credential.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(CREDENTIAL),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Post,
        path: ID,
        name: "modify-credential",
        doc: "Gives a credential another value; the next call sends it.",
        needs: Needs::Operator,
        query: &[],
        body: &[VALUE],
        answer: Shape::One(CREDENTIAL),
        does: Does::Write(modify),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-credential",
        doc: "Deletes a credential that no provider uses.",
        needs: Needs::Operator,
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let objects = act.office.providers.objects();
    let all: Vec<Json> = rows::list(act.database())?.iter().map(|one| shown(one, &objects)).collect();
    page::part_of(&all, &act.part())
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act, act.id(0))?, &act.office.providers.objects()))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let name = act.body.text("name").unwrap_or_default();
    if rows::list(act.database())?.iter().any(|one| one.name == name) {
        return Err(Refusal::Conflict {
            what: format!("There is a credential '{name}'"),
            why: "a credential of this name is stored".to_owned(),
            fix: format!("Give it another value with POST /v1/tollgate/credentials/{name}, or choose another name"),
        });
    }
    let answer = set(act, name)?;
    Ok(Done::new(answer, event_of_set(name, None, act.now)))
}

/// What the audit log is told of a credential that was set: that it was is all that can be told.
pub(crate) fn event_of_set(name: &str, before: Option<&StoredCredential>, now: i64) -> Event {
    let Some(before) = before else {
        return Event::created("tollgate.credential.created", name, &json!({ "name": name }));
    };
    let told = |at: i64| json!({ "updated_at": at });
    let requested = json!({ "value": "…" });
    Event::updated("tollgate.credential.updated", name, &requested, &told(before.updated_at), &told(now))
}

/// And of one that is there no more.
pub(crate) fn event_of_removal(before: &StoredCredential) -> Event {
    let was = json!({ "created_at": before.created_at, "updated_at": before.updated_at });
    Event::ended("tollgate.credential.deleted", &before.name, &was)
}

fn modify(act: &Act<'_>) -> Result<Done, Refusal> {
    let name = act.id(0);
    let before = found(act, name)?;
    let answer = set(act, name)?;
    Ok(Done::new(answer, event_of_set(name, Some(&before), act.now)))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let before = found(act, act.id(0))?;
    let users = configured::users_of(&configured::configured(act)?.objects, &before.name);
    if !users.is_empty() {
        return Err(Refusal::Conflict {
            what: format!("The credential '{}' is in use", before.name),
            why: format!("it is sent to {}", users.join(", ")),
            fix: "Let these providers use another credential first, or delete them".to_owned(),
        });
    }
    rows::remove(act.database(), &before.name)?;
    let answer = json!({ "object": "tollgate.credential.deleted", "id": before.name, "deleted": true });
    Ok(Done::new(answer, event_of_removal(&before)))
}

/// Stores the body's value, and shows the credential.
fn set(act: &Act<'_>, name: &str) -> Result<Json, Refusal> {
    let before = configured::configured(act)?;
    let value = act.body.text("value").unwrap_or_default();
    use_case::set_credential(act.database(), &act.office.secrets.master, name, value, act.now).map_err(unfit)?;
    configured::no_worse(act, &before)?;
    Ok(shown(&found(act, name)?, &before.objects))
}

pub(super) fn unfit(error: CredentialError) -> Refusal {
    let value = |name: &str, what: String, allowed: &str| {
        Refusal::Shape(ShapeError::Value { name: name.to_owned(), what, allowed: allowed.to_owned() })
    };
    match error {
        CredentialError::Store(error) => Refusal::Store(error),
        CredentialError::Unknown(name) => Refusal::missing("credential", &name),
        CredentialError::Name(name) => value("name", format!("'{name}'"), "1 to 64 letters, digits, '.', '_' or '-'"),
        CredentialError::Empty => value("value", "empty".to_owned(), "a secret"),
        CredentialError::Unsendable => value(
            "value",
            "one that no header can carry: it holds a space, a line break or a character that is not ASCII".to_owned(),
            "visible ASCII characters",
        ),
        CredentialError::TooLong(bytes) => value("value", format!("{bytes} bytes long"), "at most 16384 bytes"),
    }
}

fn found(act: &Act<'_>, name: &str) -> Result<StoredCredential, Refusal> {
    let all = rows::list(act.database())?;
    all.into_iter().find(|one| one.name == name).ok_or_else(|| Refusal::missing("credential", name))
}

fn shown(credential: &StoredCredential, objects: &[SetObject]) -> Json {
    json!({
        "object": "tollgate.credential",
        "id": credential.name,
        "created_at": credential.created_at,
        "updated_at": credential.updated_at,
        "used_by": configured::users_of(objects, &credential.name),
    })
}
