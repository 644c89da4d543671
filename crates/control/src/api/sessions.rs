//! `/tollgate/sessions`: sign in with a password, list one's own sessions, end one.

use std::net::IpAddr;

use serde_json::{Value as Json, json};
use tollgate_core::token::Token;
use tollgate_store::admin::accounts::{self, Account};
use tollgate_store::admin::organizations;
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::sessions::{self, Session};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::page;
use super::query::{AFTER, LIMIT};
use super::shape::{Field, Kind, TIME};
use super::visit::{Entered, Known, Step, Visit};
use crate::office::Office;
use crate::principal::By;
use crate::refusal::Refusal;
use crate::use_cases::people::{EMAIL_MAX, email};
use crate::use_cases::sessions::{self as use_case, LASTS, LASTS_AT_MOST, NewSession};
use crate::{password, refusal};

pub(super) const SESSION: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.session"]), "Always `tollgate.session`."),
    Field::new("id", Kind::Text(64), "The session's id, `sess_` and letters and digits."),
    Field::new("created_at", TIME, "Since when, in Unix seconds."),
    Field::new("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::new("ip_address", Kind::Text(64), "From which address it was begun."),
    Field::new("client", Kind::Text(64), "By which client, as it named itself; may be empty."),
    Field::new("is_current", Kind::Bool, "Whether this request was made with it."),
];

/// What is shown of one that has been ended.
pub(super) const DELETED: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.session.deleted"]), "What has happened."),
    Field::new("id", Kind::Text(64), "The session's id."),
    Field::new("deleted", Kind::Bool, "Always true."),
];

/// What is shown to whoever has signed in, besides.
pub(super) const SIGNED_IN: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.session"]), "Always `tollgate.session`."),
    Field::new("id", Kind::Text(64), "The session's id, `sess_` and letters and digits."),
    Field::new("token", Kind::Text(64), "What lets in, as a bearer token; shown in this answer alone."),
    Field::new("created_at", TIME, "Since when, in Unix seconds."),
    Field::new("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::new("ip_address", Kind::Text(64), "From which address it was begun."),
    Field::new("client", Kind::Text(64), "By which client, as it named itself; may be empty."),
    Field::new("is_current", Kind::Bool, "Always true."),
    Field::new("user", Kind::Free, "Who has signed in: `id`, `email`, `name`, `role`."),
    Field::new("organization", Kind::Free, "Where: `id` and `name`."),
];

/// Passwords that one sign-in is compared with, where no organization is named.
const TRIED_MAX: usize = 4;

const ALL: &str = "/tollgate/sessions";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "create-session",
        doc: "Signs in with address and password; the session's token is shown in this answer alone.",
        needs: Needs::Nothing,
        query: &[],
        body: &[
            Field::new("email", Kind::Text(EMAIL_MAX), "The user's address."),
            Field::new("password", Kind::Text(password::MOST), "The user's password."),
            Field::optional(
                "organization",
                Kind::Text(64),
                "Where, by id; without it the first that the user joined whose password this is, of four.",
            ),
            Field::optional(
                "expires_in_seconds",
                Kind::Integer(60, LASTS_AT_MOST),
                "After how many seconds it ends; a week unless given.",
            ),
        ],
        answer: Shape::One(SIGNED_IN),
        does: Does::Enter(sign_in),
    },
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-sessions",
        doc: "Lists the sessions of whoever asks that have not ended, oldest first.",
        needs: Needs::Oneself,
        query: &[AFTER, LIMIT],
        body: &[],
        answer: Shape::Page(Envelope::Ids, SESSION),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Delete,
        path: "/tollgate/sessions/{session_id}",
        name: "delete-session",
        doc: "Signs out: ends a session of whoever asks. `current` names the one that asks.",
        needs: Needs::Oneself,
        query: &[],
        body: &[],
        answer: Shape::One(DELETED),
        does: Does::Write(sign_out),
    },
];

fn sign_in(visit: &Visit<'_>) -> Result<Step, Refusal> {
    let email = email("email", visit.body.text("email").unwrap_or_default())?;
    let wanted = visit.body.text("organization");
    let mut accounts = accounts::of_email(visit.database(), &email)?;
    accounts.retain(|account| wanted.is_none_or(|id| id == account.organization_id));
    let tried = match wanted {
        Some(_) => 1,
        // As many for each address, so that how long it takes does not tell in how many organizations it is known.
        None => organizations::count(visit.database(), TRIED_MAX)?,
    };
    let kept: Vec<Option<&str>> =
        (0..tried).map(|number| accounts.get(number).and_then(|account| account.password.as_deref())).collect();
    let right = which_is_right(&Attempt::by(visit, &email), &kept)?;
    Ok(Box::new(move |visit| match right.and_then(|number| accounts.get(number)) {
        Some(account) => let_in(visit, account),
        None => turned_away(visit, accounts.iter().map(known).collect()),
    }))
}

/// A password that somebody shows, and from where.
pub(super) struct Attempt<'a> {
    pub(super) office: &'a Office,
    /// In lower case.
    pub(super) email: &'a str,
    pub(super) peer: IpAddr,
    pub(super) password: &'a str,
    pub(super) now: i64,
}

impl<'a> Attempt<'a> {
    /// The one in the body.
    pub(super) fn by(visit: &'a Visit<'_>, email: &'a str) -> Self {
        let password = visit.body.text("password").unwrap_or_default();
        Self { office: visit.office, email, peer: visit.peer, password, now: visit.now }
    }
}

/// Whether a password is the one of this hash: counted, and one at a time.
pub(super) fn is_right(attempt: &Attempt<'_>, kept: Option<&str>) -> Result<bool, Refusal> {
    Ok(which_is_right(attempt, &[kept])?.is_some())
}

/// The first of these hashes whose password it is: counted as one attempt, and one at a time.
fn which_is_right(attempt: &Attempt<'_>, kept: &[Option<&str>]) -> Result<Option<usize>, Refusal> {
    let sign_ins = &attempt.office.sign_ins;
    let _leave = sign_ins.hashing().ok_or(Refusal::Busy)?;
    sign_ins.attempt(attempt.email, attempt.peer, attempt.now).map_err(|wait| Refusal::SignInsTooMany { wait })?;
    let right = kept.iter().position(|kept| password::is_right(attempt.password, *kept));
    if right.is_some() {
        sign_ins.was_right(attempt.email, attempt.peer);
    }
    Ok(right)
}

fn let_in(visit: &Visit<'_>, account: &Account) -> Result<Entered, Refusal> {
    let Some(member) = people::member_of_row(visit.database(), account.organization, account.row)? else {
        return turned_away(visit, Vec::new());
    };
    let whom = account.organization_id.as_str();
    if let Some(before) = before(visit, whom)? {
        return Ok(Entered::replayed(before));
    }
    let answer = begun(visit, account.organization, &member)?;
    keep(visit, whom, &answer)?;
    let event = Event { kind: "login.succeeded", resource: account.id.clone(), ..Event::bare() };
    Ok(Entered::new(Ok(answer), vec![(known(account), event)]))
}

/// What was answered to the same request before.
pub(super) fn before(visit: &Visit<'_>, whom: &str) -> Result<Option<Json>, Refusal> {
    match &visit.once {
        Some(once) => once.before(visit.office, whom, visit.now),
        None => Ok(None),
    }
}

/// Keeps an answer for the same request.
pub(super) fn keep(visit: &Visit<'_>, whom: &str, answer: &Json) -> Result<(), Refusal> {
    match &visit.once {
        Some(once) => once.keep(visit.office, whom, answer, visit.now),
        None => Ok(()),
    }
}

/// Whether something was answered to the key of a request.
pub(super) fn is_known(visit: &Visit<'_>) -> Result<bool, Refusal> {
    visit.once.as_ref().map_or(Ok(false), |once| once.is_known(visit.office, visit.now))
}

/// A new session, as it is shown once.
pub(super) fn begun(visit: &Visit<'_>, organization: i64, member: &Member) -> Result<Json, Refusal> {
    let lasts = visit.body.integer("expires_in_seconds").unwrap_or(LASTS);
    let new = NewSession {
        organization,
        user: member.row,
        peer: visit.peer,
        client: &visit.client,
        expires_at: visit.now.saturating_add(lasts),
    };
    let pepper = &visit.office.secrets.pepper;
    let (session, token): (Session, Token) = use_case::begin(visit.database(), pepper, &new, visit.now)?;
    let organization = organizations::by_row(visit.database(), organization)?;
    let mut answer = shown(&session, true);
    answer["token"] = token.reveal().into();
    answer["user"] = json!({ "id": member.id, "email": member.email, "name": member.name, "role": member.role });
    answer["organization"] = json!({ "id": organization.id, "name": organization.name });
    Ok(answer)
}

/// A wrong password and an unknown address are answered alike. Of a key that let somebody in it is another request.
pub(super) fn turned_away(visit: &Visit<'_>, known: Vec<Known>) -> Result<Entered, Refusal> {
    let told = told_of_failure();
    let event = |known: Known| {
        let event = Event { kind: "login.failed", resource: known.id.clone(), payload: told.clone(), ..Event::bare() };
        (known, event)
    };
    let refusal = if is_known(visit)? { Refusal::KeyReused } else { Refusal::SignIn };
    Ok(Entered::new(Err(refusal), known.into_iter().map(event).collect()))
}

/// What the audit log is told of a wrong password.
pub(super) fn told_of_failure() -> Json {
    json!({ "error_code": refusal::SIGN_IN_FAILED, "error_message": "the address or the password is wrong" })
}

fn known(account: &Account) -> Known {
    Known { organization: account.organization, id: account.id.clone(), email: account.email.clone() }
}

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = sessions::of_user(act.database(), act.organization(), act.principal.user.row, &act.part(), act.now)?;
    let data: Vec<Json> = found.rows.iter().map(|session| shown(session, is_current(act, &session.id))).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn sign_out(act: &Act<'_>) -> Result<Done, Refusal> {
    let id = match (&act.principal.by, act.id(0)) {
        (By::Session(id), "current") => id.as_str(),
        (_, id) => id,
    };
    if !sessions::delete(act.database(), act.organization(), act.principal.user.row, id)? {
        return Err(Refusal::missing("session", id));
    }
    Ok(Done::new(deleted(id), Event { kind: "logout.succeeded", resource: id.to_owned(), ..Event::bare() }))
}

pub(super) fn deleted(id: &str) -> Json {
    json!({ "object": "tollgate.session.deleted", "id": id, "deleted": true })
}

pub(super) fn is_current(act: &Act<'_>, id: &str) -> bool {
    matches!(&act.principal.by, By::Session(current) if current == id)
}

pub(super) fn shown(session: &Session, is_current: bool) -> Json {
    json!({
        "object": "tollgate.session",
        "id": session.id,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "ip_address": session.address,
        "client": session.client,
        "is_current": is_current,
    })
}
