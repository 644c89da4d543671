//! Writes what an act has done into the audit log, in the transaction of the act.

use serde_json::{Value as Json, json};
use tollgate_store::admin::audit::{self, NewEvent};

use super::Request;
use super::act::Act;
use super::endpoint::Done;
use crate::principal::By;
use crate::refusal::Refusal;

/// Writes the events of an act.
///
/// # Errors
/// The database refuses; then the act does not happen either.
pub(super) fn write(act: &Act<'_>, request: &Request, done: &Done) -> Result<(), Refusal> {
    let actor = actor(act, request).to_string();
    for event in std::iter::once(&done.event).chain(&done.more) {
        let payload = event.payload.to_string();
        let new = NewEvent {
            organization: act.organization(),
            project: event.project.as_deref(),
            kind: event.kind,
            at: act.now,
            actor: &actor,
            actor_id: act.principal.id(),
            actor_user: Some(&act.principal.user.id),
            actor_email: Some(&act.principal.user.email),
            resource_id: Some(&event.resource),
            payload: &payload,
        };
        audit::write(act.database(), &new)?;
    }
    Ok(())
}

/// Who acts, as OpenAI's audit log shows it, and from which address.
fn actor(act: &Act<'_>, request: &Request) -> Json {
    let user = json!({ "id": act.principal.user.id, "email": act.principal.user.email });
    let address = request.peer.to_string();
    match &act.principal.by {
        By::AdminKey(id) => json!({
            "type": "api_key",
            "api_key": { "id": id, "type": "user", "user": user, "ip_address": address },
        }),
        By::DataDirectory => json!({ "type": "session", "session": { "user": user, "ip_address": address } }),
    }
}
