//! `/tollgate/users/{user_id}/sessions`: where somebody else has signed in, and an end to it.
//!
//! For a token that somebody has lost or left behind: without this he would have to be removed, or sign in himself. Nobody ends a
//! session of whoever may more than himself.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::sessions;

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT};
use super::sessions::{DELETED, SESSION, deleted, is_current, shown};
use crate::refusal::Refusal;
use crate::use_cases::people as use_case;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: "/tollgate/users/{user_id}/sessions",
        name: "list-user-sessions",
        doc: "Lists the sessions of a user of the organization that have not ended, oldest first.",
        needs: Needs::InOrganization(Permission::UsersRead),
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, SESSION),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Delete,
        path: "/tollgate/users/{user_id}/sessions/{session_id}",
        name: "delete-user-session",
        doc: "Ends a session of a user of the organization: its token is refused from now on.",
        needs: Needs::InOrganization(Permission::UsersWrite),
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(delete),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let user = found(act)?;
    let page = sessions::of_user(act.database(), act.organization(), user.row, &act.part(), act.now)?;
    let data: Vec<Json> = page.rows.iter().map(|session| shown(session, is_current(act, &session.id))).collect();
    Ok(page::with_ids(&data, page.has_more))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let (user, id) = (found(act)?, act.id(1));
    use_case::refuse_more_rights(act, &user)?;
    let session = sessions::presented(act.database(), id)?;
    let session = session.filter(|one| (one.organization, one.user) == (act.organization(), user.row));
    let session = session.ok_or_else(|| Refusal::missing("session", id))?;
    sessions::delete(act.database(), act.organization(), user.row, id)?;
    let was = json!({
        "user_id": user.id,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "ip_address": session.address,
        "client": session.client,
    });
    Ok(Done::new(deleted(id), Event::ended("tollgate.session.deleted", id, &was)))
}

fn found(act: &Act<'_>) -> Result<Member, Refusal> {
    let member = people::member(act.database(), act.organization(), act.id(0))?;
    member.ok_or_else(|| Refusal::missing("user", act.id(0)))
}
