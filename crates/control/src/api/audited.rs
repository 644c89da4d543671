//! Writes what an act has done into the audit log, in the transaction of the act.

use std::borrow::Cow;

use serde_json::{Value as Json, json};
use tollgate_store::admin::audit::{self, NewEvent};
use tollgate_store::database::Database;

use super::Request;
use super::act::Act;
use super::endpoint::Event;
use super::visit::{Entered, Visit};
use crate::principal::By;
use crate::refusal::Refusal;
use crate::use_cases::admin_keys;

/// Writes the events of an act.
///
/// # Errors
/// The database refuses; then the act does not happen either.
pub(super) fn write<'e>(
    act: &Act<'_>,
    request: &Request,
    events: impl IntoIterator<Item = &'e Event>,
) -> Result<(), Refusal> {
    let actor = actor(act, request);
    for event in events {
        let organization = event.organization.unwrap_or(act.organization());
        let shown = if organization == act.organization() { &actor } else { &OPERATOR };
        write_one(act.database(), organization, shown, event, act.now)?;
    }
    Ok(())
}

/// Writes the events of somebody who had no token when he came.
///
/// # Errors
/// The database refuses; then nobody is let in.
pub(super) fn write_entered(visit: &Visit<'_>, entered: &Entered) -> Result<(), Refusal> {
    for (known, event) in &entered.events {
        let user = json!({ "id": known.id, "email": known.email });
        let shown = session(&user, &visit.peer.to_string()).to_string().into();
        let actor = Actor { shown, id: &known.id, user: Some(&known.id), email: Some(&known.email) };
        write_one(visit.database(), known.organization, &actor, event, visit.now)?;
    }
    Ok(())
}

/// Who acts, as records find and show him.
struct Actor<'a> {
    shown: Cow<'a, str>,
    id: &'a str,
    user: Option<&'a str>,
    email: Option<&'a str>,
}

/// Whoever operates the server, in the log of an organization of which he is not a member: who he is, and where, is nothing to it.
/// And whoever holds the data directory: nobody has signed in there, and who else may read it is not known.
const OPERATOR: Actor<'static> =
    Actor { shown: Cow::Borrowed("null"), id: admin_keys::OPERATOR, user: None, email: None };

fn write_one(database: &Database, organization: i64, actor: &Actor<'_>, event: &Event, at: i64) -> Result<(), Refusal> {
    let payload = event.payload.to_string();
    let new = NewEvent {
        organization,
        project: event.project.as_deref(),
        kind: event.kind,
        at,
        actor: &actor.shown,
        actor_id: actor.id,
        actor_user: actor.user,
        actor_email: actor.email,
        resource_id: Some(&event.resource),
        payload: &payload,
    };
    audit::write(database, &new)?;
    Ok(())
}

/// Who acts, as OpenAI's audit log shows it, and from which address.
fn actor<'a>(act: &'a Act<'_>, request: &Request) -> Actor<'a> {
    let member = &act.principal.user;
    let user = json!({ "id": member.id, "email": member.email });
    let address = request.peer.to_string();
    let (shown, id) = match &act.principal.by {
        By::DataDirectory => return OPERATOR,
        By::Session(_) => (session(&user, &address), &member.id),
        By::AdminKey(id) => {
            let key = json!({ "id": id, "type": "user", "user": user, "ip_address": address });
            (json!({ "type": "api_key", "api_key": key }), id)
        }
    };
    Actor { shown: shown.to_string().into(), id, user: Some(&member.id), email: Some(&member.email) }
}

fn session(user: &Json, address: &str) -> Json {
    json!({ "type": "session", "session": { "user": user, "ip_address": address } })
}
