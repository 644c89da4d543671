//! `/tollgate/password`: whoever has signed in gives himself another password, and shows the one that he has.
//!
//! A guess is counted as an attempt to sign in. The session that asks goes on; every other one of the user in the organization
//! ends. Another organization may have another password for the same address. The
//! audit log is told.

use serde_json::json;
use tollgate_store::admin::accounts;

use super::act::Act;
use super::endpoint::{Asker, Does, Endpoint, Event, Method, Needs, Proof, Proved, Shape};
use super::idempotent::Once;
use super::sessions::{Attempt, is_right, told_of_failure};
use super::shape::{Field, Kind, ShapeError};
use crate::password;
use crate::principal::By;
use crate::refusal::Refusal;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: Method::Post,
    path: "/tollgate/password",
    name: "change-password",
    doc: "Gives whoever asks another password, and ends every other session of his.",
    needs: Needs::Oneself,
    query: &[],
    body: &[
        Field::new("current_password", Kind::Text(password::MOST), "The password that lets in now."),
        Field::new("new_password", Kind::Text(password::MOST), "The one that will: at least twelve characters."),
    ],
    answer: Shape::One(&[
        Field::new("object", Kind::Word(&["tollgate.password.changed"]), "What has happened."),
        Field::new("ended_sessions", Kind::Integer(0, i64::MAX), "How many other sessions have ended."),
    ]),
    does: Does::Prove(change),
}];

fn change(act: &Act<'_>, asker: &Asker) -> Result<Proof, Refusal> {
    let text = |name: &str| act.body.text(name).unwrap_or_default();
    let (current, new) = (text("current_password"), text("new_password"));
    refuse_short("new_password", new)?;
    if new == current {
        let (what, allowed) = ("the current one".to_owned(), "another password".to_owned());
        return Err(ShapeError::Value { name: "new_password".to_owned(), what, allowed }.into());
    }
    let email = &act.principal.user.email;
    let kept = kept(act)?;
    let once = asker.once.clone();
    let is_known = once.as_ref().map_or(Ok(false), |once| once.is_known(act.office, act.now))?;
    // Where the key has changed a password, the new one is that which lets in now.
    let shown = if is_known { new } else { current };
    let attempt = Attempt { office: act.office, email, peer: asker.peer, password: shown, now: act.now };
    let is_right = is_right(&attempt, kept.as_deref())?;
    if is_known || !is_right {
        return Ok(Box::new(move |act| repeated(act, once.as_ref().filter(|_| is_known), is_right)));
    }
    let hash = {
        let _leave = act.office.sign_ins.hashing().ok_or(Refusal::Busy)?;
        password::hash(new)
    };
    Ok(Box::new(move |act| changed(act, kept.as_deref(), &hash, once.as_ref())))
}

/// The answer of before to whoever shows the password that he has set then; anybody else has shown a wrong one.
fn repeated(act: &Act<'_>, once: Option<&Once>, is_right: bool) -> Result<Proved, Refusal> {
    let before = match once {
        Some(once) if is_right => once.before(act.office, "", act.now)?,
        _ => None,
    };
    if let Some(before) = before {
        return Ok(Proved { answer: Ok(before), is_replay: true, events: Vec::new() });
    }
    let refusal = if once.is_some() { Refusal::KeyReused } else { Refusal::SignIn };
    Ok(Proved { answer: Err(refusal), is_replay: false, events: vec![failed(act)] })
}

/// At least as long as a password has to be.
///
/// # Errors
/// It is shorter.
pub(super) fn refuse_short(field: &str, text: &str) -> Result<(), Refusal> {
    let found = text.chars().count();
    if found >= password::LEAST {
        return Ok(());
    }
    let allowed = format!("a text of {} to {} characters", password::LEAST, password::MOST);
    Err(ShapeError::Value { name: field.to_owned(), what: format!("{found} characters long"), allowed }.into())
}

fn changed(act: &Act<'_>, kept: Option<&str>, hash: &str, once: Option<&Once>) -> Result<Proved, Refusal> {
    let user = &act.principal.user;
    // Another request may have changed it while this one's was hashed.
    if self::kept(act)?.as_deref() != kept {
        return Err(Refusal::Busy);
    }
    let current = match &act.principal.by {
        By::Session(id) => Some(id.as_str()),
        By::AdminKey(_) | By::DataDirectory => None,
    };
    let ended = accounts::change_password(act.database(), act.organization(), user.row, hash, current)?;
    let payload = json!({ "id": user.id, "changes_requested": { "password": "changed" } });
    let event = Event { kind: "user.updated", resource: user.id.clone(), payload, ..Event::bare() };
    let answer = json!({ "object": "tollgate.password.changed", "ended_sessions": ended });
    if let Some(once) = once {
        once.keep(act.office, "", &answer, act.now)?;
    }
    Ok(Proved { answer: Ok(answer), is_replay: false, events: vec![event] })
}

/// The hash of the password that lets in now.
fn kept(act: &Act<'_>) -> Result<Option<String>, Refusal> {
    let account = accounts::of_member(act.database(), act.organization(), act.principal.user.row)?;
    Ok(account.and_then(|account| account.password))
}

fn failed(act: &Act<'_>) -> Event {
    let id = act.principal.user.id.clone();
    Event { kind: "login.failed", resource: id, payload: told_of_failure(), ..Event::bare() }
}
