//! `/organization/invites`, and how one is accepted: `/tollgate/invites/{token}/accept`.

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;
use tollgate_core::token::{self, Kind as TokenKind, Read};
use tollgate_store::admin::invites::{self, Invite, InvitedTo};
use tollgate_store::admin::{accounts, people, projects};

use super::act::Act;
use super::endpoint::{Does, Done, Endpoint, Envelope, Event, Method, Needs, Shape};
use super::own_password::refuse_short;
use super::page;
use super::project_users;
use super::projects::refuse_archived;
use super::query::{AFTER, LIMIT};
use super::sessions::{self, Attempt, SIGNED_IN};
use super::shape::{Field, Kind, ShapeError, TIME};
use super::users::{PROJECTS_ONLY, ROLES};
use super::visit::{Entered, Known, Step, Visit};
use crate::password;
use crate::refusal::Refusal;
use crate::use_cases::bootstrap::DEFAULT_PROJECT;
use crate::use_cases::invites::{self as use_case, Joined, NewInvite, Newcomer};
use crate::use_cases::people::{EMAIL_MAX, email, refuse_limited_owner};
use crate::use_cases::sessions::LASTS_AT_MOST;

/// Projects of one invite at most.
const PROJECTS_MAX: usize = 100;

const PROJECT: &[Field] = &[
    Field::new("id", Kind::Text(64), "The project's id."),
    Field::new("role", Kind::Word(project_users::ROLES), "The role in the project."),
];

const INVITE: &[Field] = &[
    Field::new("object", Kind::Word(&["organization.invite"]), "Always `organization.invite`."),
    Field::new("id", Kind::Text(64), "The invite's id, `invite-` and letters and digits."),
    Field::new("email", Kind::Text(EMAIL_MAX), "Whom it is for, in lower case."),
    Field::new("role", Kind::Word(ROLES), "The role in the organization."),
    Field::new("projects_only", Kind::Bool, PROJECTS_ONLY),
    Field::new("status", Kind::Word(&["pending", "accepted", "expired"]), "Whether it can still be accepted."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::new("expires_at", TIME, "Until when it can be accepted, in Unix seconds."),
    Field::nullable("accepted_at", TIME, "When it was accepted, in Unix seconds."),
    Field::new("projects", Kind::Objects(PROJECT, PROJECTS_MAX), "The projects that it leads to."),
    Field::optional("token", Kind::Text(64), "What stands in the link; shown in the answer to its making alone."),
    Field::optional("accept_path", Kind::Text(128), "Where it is accepted, on this server; shown likewise."),
];

const ALL: &str = "/organization/invites";
const ID: &str = "/organization/invites/{invite_id}";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: ALL,
        name: "list-invites",
        doc: "Lists the invites of the organization, oldest first.",
        needs: Needs::InOrganization(Permission::InvitesRead),
        query: &[LIMIT, AFTER],
        body: &[],
        answer: Shape::Page(Envelope::Ids, INVITE),
        does: Does::Read(list),
    },
    Endpoint {
        method: Method::Post,
        path: ALL,
        name: "inviteUser",
        doc: "Invites somebody; what stands in the link is shown in this answer alone, and sent by nobody.",
        needs: Needs::InOrganization(Permission::InvitesWrite),
        query: &[],
        body: &[
            Field::new("email", Kind::Text(EMAIL_MAX), "Whom it is for."),
            Field::new("role", Kind::Word(ROLES), "The role in the organization."),
            Field::optional("projects_only", Kind::Bool, PROJECTS_ONLY),
            Field::optional(
                "projects",
                Kind::Objects(PROJECT, PROJECTS_MAX),
                "The projects that it leads to; without it the one called `default`, where there is one.",
            ),
        ],
        answer: Shape::One(INVITE),
        does: Does::Write(create),
    },
    Endpoint {
        method: Method::Get,
        path: ID,
        name: "retrieve-invite",
        doc: "Retrieves an invite.",
        needs: Needs::InOrganization(Permission::InvitesRead),
        query: &[],
        body: &[],
        answer: Shape::One(INVITE),
        does: Does::Read(retrieve),
    },
    Endpoint {
        method: Method::Delete,
        path: ID,
        name: "delete-invite",
        doc: "Withdraws an invite that nobody has accepted: its link does not work any more.",
        needs: Needs::InOrganization(Permission::InvitesWrite),
        query: &[],
        body: &[],
        answer: Shape::One(&[
            Field::new("object", Kind::Word(&["organization.invite.deleted"]), "What has happened."),
            Field::new("id", Kind::Text(64), "The invite's id."),
            Field::new("deleted", Kind::Bool, "Always true."),
        ]),
        does: Does::Write(delete),
    },
    Endpoint {
        method: Method::Post,
        path: "/tollgate/invites/{token}/accept",
        name: "accept-invite",
        doc: "Accepts an invite: makes the user and the memberships, and signs in.",
        needs: Needs::Nothing,
        query: &[],
        body: &[
            Field::new("name", Kind::Name(100), "What the user is called in the organization."),
            Field::new(
                "password",
                Kind::Text(password::MOST),
                "The password that will let in there, whether or not another organization knows the address.",
            ),
            Field::optional(
                "expires_in_seconds",
                Kind::Integer(60, LASTS_AT_MOST),
                "After how many seconds the session ends.",
            ),
        ],
        answer: Shape::One(SIGNED_IN),
        does: Does::Enter(accept),
    },
];

fn list(act: &Act<'_>) -> Result<Json, Refusal> {
    let found = invites::list(act.database(), act.organization(), &act.part())?;
    let data: Vec<Json> = found.rows.iter().map(|invite| shown(invite, act.now)).collect();
    Ok(page::with_ids(&data, found.has_more))
}

fn create(act: &Act<'_>) -> Result<Done, Refusal> {
    let role = act.body.text("role").unwrap_or_default();
    let projects_only = act.body.flag("projects_only") == Some(true);
    refuse_limited_owner(role, projects_only)?;
    let projects = projects_asked_for(act)?;
    for (wanted, place) in use_case::granted(role, projects_only, &projects) {
        act.may_grant(wanted, place)?;
    }
    let new = NewInvite {
        organization: act.organization(),
        email: email("email", act.body.text("email").unwrap_or_default())?,
        role: role.to_owned(),
        projects_only,
        projects,
        // Whoever holds the data directory may be no member of the organization, and needs not be one.
        invited_by: act.principal.maker().to_owned(),
    };
    let (invite, token) = use_case::issue(act.database(), &act.office.secrets.pepper, new, act.now)?;
    let answer = shown_once(&invite, &token, act.now);
    Ok(Done::new(answer, sent(&invite)))
}

/// What the audit log is told of a new invite: all that it gives.
pub(super) fn sent(invite: &Invite) -> Event {
    let Invite { email, role, projects_only, projects, .. } = invite;
    let data = json!({ "email": email, "role": role, "projects_only": projects_only, "projects": projects });
    Event::created("invite.sent", &invite.id, &data)
}

/// The projects that a body names, each there and in use; without a list the project that keys belong to unless another is
/// named, as OpenAI has it.
fn projects_asked_for(act: &Act<'_>) -> Result<Vec<InvitedTo>, Refusal> {
    let Some(list) = act.body.value("projects").and_then(Json::as_array) else {
        let usual = projects::named(act.database(), act.organization(), DEFAULT_PROJECT)?;
        let usual = usual.filter(|project| project.archived_at.is_none());
        return Ok(usual.map(|project| InvitedTo { id: project.id, role: "member".to_owned() }).into_iter().collect());
    };
    let mut asked_for: Vec<InvitedTo> = Vec::new();
    for (number, one) in list.iter().enumerate() {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let (id, role) = (text("id"), text("role"));
        let project = projects::get(act.database(), act.organization(), &id)?;
        refuse_archived(&project.ok_or_else(|| Refusal::missing("project", &id))?)?;
        if asked_for.iter().any(|other| other.id == id) {
            let (name, allowed) = (format!("projects[{number}].id"), "each project once".to_owned());
            return Err(ShapeError::Value { name, what: format!("'{id}', which was named before"), allowed }.into());
        }
        asked_for.push(InvitedTo { id, role });
    }
    Ok(asked_for)
}

fn retrieve(act: &Act<'_>) -> Result<Json, Refusal> {
    Ok(shown(&found(act)?, act.now))
}

fn delete(act: &Act<'_>) -> Result<Done, Refusal> {
    let invite = found(act)?;
    use_case::refuse_above(act, &invite)?;
    if !invites::delete(act.database(), act.organization(), &invite.id)? {
        return Err(Refusal::Conflict {
            what: format!("Invite '{}' was accepted already", invite.id),
            why: "an accepted invite stays, so that it is known who came by which".to_owned(),
            fix: "Delete the user instead".to_owned(),
        });
    }
    let answer = json!({ "object": "organization.invite.deleted", "id": invite.id, "deleted": true });
    Ok(Done::new(answer, Event::ended("invite.deleted", &invite.id, &shown(&invite, act.now))))
}

fn accept(visit: &Visit<'_>) -> Result<Step, Refusal> {
    let invite = presented(visit)?;
    if let Some(step) = accepted_before(visit, &invite)? {
        return Ok(step);
    }
    use_case::refuse_past(&invite, visit.now)?;
    let newcomer = newcomer(visit)?;
    Ok(Box::new(move |visit| {
        // Things may have changed while the password was hashed.
        let invite = presented(visit)?;
        let Joined { member, projects } = use_case::accept(visit.database(), &invite, &newcomer, visit.now)?;
        let answer = sessions::begun(visit, invite.organization, &member)?;
        sessions::keep(visit, &member.id, &answer)?;
        let known = Known::member(invite.organization, &member);
        let accepted = Event {
            kind: "invite.accepted",
            resource: invite.id.clone(),
            payload: json!({
                "id": invite.id,
                "role": invite.role,
                "projects_only": invite.projects_only,
                "projects": projects,
            }),
            ..Event::bare()
        };
        let added = Event::created("user.added", &member.id, &json!({ "role": member.role }));
        let signed_in = Event { kind: "login.succeeded", resource: member.id.clone(), ..Event::bare() };
        let in_project =
            |one: InvitedTo| Event::created("user.added", &member.id, &json!({ "role": one.role })).in_project(&one.id);
        let events = [accepted, added].into_iter().chain(projects.into_iter().map(in_project)).chain([signed_in]);
        Ok(Entered::new(Ok(answer), events.map(|event| (known.clone(), event)).collect()))
    }))
}

/// What whoever has accepted the invite may have missed: it goes to the same request, from whoever shows the same password.
fn accepted_before(visit: &Visit<'_>, invite: &Invite) -> Result<Option<Step>, Refusal> {
    if invite.accepted_at.is_none() || !sessions::is_known(visit)? {
        return Ok(None);
    }
    // Who has left since is nobody's acceptance any more.
    let Some(member) = people::member_of_email(visit.database(), invite.organization, &invite.email)? else {
        return Ok(None);
    };
    let account = accounts::of_member(visit.database(), invite.organization, member.row)?;
    let kept = account.and_then(|account| account.password);
    let is_right = sessions::is_right(&Attempt::by(visit, &invite.email), kept.as_deref())?;
    let invite = invite.clone();
    Ok(Some(Box::new(move |visit| {
        if !is_right {
            return sessions::turned_away(visit, vec![Known::member(invite.organization, &member)]);
        }
        match sessions::before(visit, &member.id)? {
            Some(before) => Ok(Entered::replayed(before)),
            // It has been kept long enough since this began.
            None => Err(use_case::accepted(&invite)),
        }
    })))
}

/// Who somebody is that accepts an invite.
fn newcomer(visit: &Visit<'_>) -> Result<Newcomer, Refusal> {
    let name = visit.body.text("name").unwrap_or_default().to_owned();
    let text = visit.body.text("password").unwrap_or_default();
    refuse_short("password", text)?;
    let _leave = visit.office.sign_ins.hashing().ok_or(Refusal::Busy)?;
    Ok(Newcomer { name, password: password::hash(text) })
}

/// The invite whose token stands in the path. What is not one of ours is not told from what is unknown.
fn presented(visit: &Visit<'_>) -> Result<Invite, Refusal> {
    let text = visit.path.first().map_or("", String::as_str);
    let missing = || Refusal::missing("invite", &tollgate_core::key::redact(text));
    match token::read(text.as_bytes()) {
        Read::Token(TokenKind::Invite, _) => {
            let found = use_case::of_token(visit.database(), &visit.office.secrets.pepper, text)?;
            found.ok_or_else(missing)
        }
        _ => Err(missing()),
    }
}

fn found(act: &Act<'_>) -> Result<Invite, Refusal> {
    let invite = invites::get(act.database(), act.organization(), act.id(0))?;
    invite.ok_or_else(|| Refusal::missing("invite", act.id(0)))
}

/// With what stands in the link, for the answer to its making alone.
pub(super) fn shown_once(invite: &Invite, token: &token::Token, now: i64) -> Json {
    let mut shown = shown(invite, now);
    shown["token"] = token.reveal().into();
    shown["accept_path"] = format!("/v1/tollgate/invites/{}/accept", token.reveal()).into();
    shown
}

fn shown(invite: &Invite, now: i64) -> Json {
    let status = match invite.accepted_at {
        Some(_) => "accepted",
        None if invite.expires_at <= now => "expired",
        None => "pending",
    };
    json!({
        "object": "organization.invite",
        "id": invite.id,
        "email": invite.email,
        "role": invite.role,
        "projects_only": invite.projects_only,
        "status": status,
        "created_at": invite.created_at,
        "expires_at": invite.expires_at,
        "accepted_at": invite.accepted_at,
        "projects": invite.projects,
    })
}
