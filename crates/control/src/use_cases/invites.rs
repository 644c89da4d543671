//! Invites: who may join an organization by a link, and what happens when he does.
//!
//! In: whoever invites, or whoever came by a link. Out: rows, and the token once. Nobody invites to more than he may himself, neither when
//! the invite is made nor when it is accepted.

use tollgate_core::key::Pepper;
use tollgate_core::rights::{PermissionSet, Place};
use tollgate_core::token::{Kind, Token};
use tollgate_store::admin::invites::{self, Invite, InvitedTo, OPERATOR};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::{access, accounts, grants, project_users, projects};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::random::Random;

use super::people::{permissions_in_organization, role_in_project};
use crate::api::act::Act;
use crate::principal::rights_of;
use crate::refusal::Refusal;

/// How long an invite can be accepted: a week.
pub const LASTS: i64 = 7 * 24 * 60 * 60;

/// An invite that is asked for.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// The number of the organization.
    pub organization: i64,
    /// In lower case.
    pub email: String,
    /// `owner` or `reader`.
    pub role: String,
    /// Whether he sees nothing of the organization but these projects then.
    pub projects_only: bool,
    /// In which projects, as what.
    pub projects: Vec<InvitedTo>,
    /// The id of the user who invites, or [`OPERATOR`].
    pub invited_by: String,
}

/// Writes an invite; whoever calls has checked that it may be made.
///
/// # Errors
/// The address is that of a member, or is invited already, or the database refuses.
pub fn issue(database: &Database, pepper: &Pepper, new: NewInvite, now: i64) -> Result<(Invite, Token), Refusal> {
    let NewInvite { organization, email, role, projects_only, projects, invited_by } = new;
    if let Some(member) = people::member_of_email(database, organization, &email)? {
        return Err(Refusal::Conflict {
            what: format!("User '{}' is a member already", member.id),
            why: format!("{email} is the address of a member of the organization"),
            fix: "Change the member's role instead".to_owned(),
        });
    }
    if let Some(other) = invites::pending(database, organization, &email, now)? {
        return Err(Refusal::Conflict {
            what: format!("{email} is invited already"),
            why: format!("invite {} has not been accepted yet", other.id),
            fix: "Delete that invite first, for its link is shown once".to_owned(),
        });
    }
    let mut random = Random::new();
    let token = Token::generate(Kind::Invite, || random.byte());
    let invite = Invite {
        id: Random::id("invite-"),
        organization,
        email,
        role,
        projects_only,
        projects,
        digest: pepper.digest(token.reveal().as_bytes()).bytes,
        invited_by,
        created_at: now,
        expires_at: now.saturating_add(LASTS),
        accepted_at: None,
    };
    invites::insert(database, &invite)?;
    Ok((invite, token))
}

/// What somebody brings who accepts an invite. Whether another organization knows his address makes no difference, nor does it show:
/// name and password are those of this membership.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// What he is called.
    pub name: String,
    /// The hash of his password, in PHC form.
    pub password: String,
}

/// Somebody who has accepted an invite.
#[derive(Debug, Clone)]
pub struct Joined {
    /// As a member of the organization.
    pub member: Member,
    /// And of these of its projects.
    pub projects: Vec<InvitedTo>,
}

/// Makes a member of whoever accepts an invite, in the projects that still can be used.
///
/// # Errors
/// It cannot be accepted any more, or the database refuses.
pub fn accept(database: &Database, invite: &Invite, newcomer: &Newcomer, now: i64) -> Result<Joined, Refusal> {
    refuse_past(invite, now)?;
    refuse_beyond(database, invite)?;
    let organization = invite.organization;
    if !invites::accept(database, organization, &invite.id, now)?
        || people::member_of_email(database, organization, &invite.email)?.is_some()
    {
        return Err(accepted(invite));
    }
    let Newcomer { name, password } = newcomer;
    let mut member = people::add(database, organization, &invite.email, name, &invite.role, now)?;
    accounts::set_password(database, organization, member.row, password)?;
    if invite.projects_only {
        member.projects_only = true;
        people::change(database, organization, &member)?;
    }
    let mut joined = Vec::new();
    for invited in &invite.projects {
        let project = projects::get(database, organization, &invited.id)?;
        if let Some(project) = project.filter(|project| project.archived_at.is_none()) {
            project_users::add(database, project.row, member.row, &invited.role, now)?;
            joined.push(invited.clone());
        }
    }
    access::refresh(database, organization, member.row)?;
    Ok(Joined { member, projects: joined })
}

/// An invite that was accepted, or whose date has passed.
///
/// # Errors
/// It is one.
pub fn refuse_past(invite: &Invite, now: i64) -> Result<(), Refusal> {
    if invite.accepted_at.is_some() {
        return Err(accepted(invite));
    }
    if invite.expires_at > now {
        return Ok(());
    }
    Err(Refusal::Conflict {
        what: format!("Invite '{}' has expired", invite.id),
        why: "an invite can be accepted for seven days".to_owned(),
        fix: "Ask for another one".to_owned(),
    })
}

/// Why an invite that was accepted is not accepted again.
pub fn accepted(invite: &Invite) -> Refusal {
    Refusal::Conflict {
        what: format!("Invite '{}' was accepted already", invite.id),
        why: "a link works once".to_owned(),
        fix: "Sign in with the password that was set then".to_owned(),
    }
}

/// Whoever has invited must still hold what he gives: who was demoted or has left cannot have others come in his place.
fn refuse_beyond(database: &Database, invite: &Invite) -> Result<(), Refusal> {
    if invite.invited_by == OPERATOR {
        return Ok(());
    }
    let inviter = people::member(database, invite.organization, &invite.invited_by)?;
    let rights = match inviter {
        Some(inviter) => rights_of(&grants::of_user(database, invite.organization, inviter.row)?),
        None => rights_of(&[]),
    };
    let may = |(wanted, place): (PermissionSet, Place<'_>)| rights.lacks(wanted, place).is_empty();
    if granted(&invite.role, invite.projects_only, &invite.projects).all(may) {
        return Ok(());
    }
    Err(Refusal::Conflict {
        what: format!("Invite '{}' does not hold any more", invite.id),
        why: "whoever has invited may no longer grant these roles".to_owned(),
        fix: "Ask an owner of the organization for another invite".to_owned(),
    })
}

/// Nobody withdraws an invite to more than he may himself. Persons are compared, not keys.
///
/// # Errors
/// What whoever asks lacks, and where; or the database does not answer.
pub fn refuse_above(act: &Act<'_>, invite: &Invite) -> Result<(), Refusal> {
    let own = super::people::own_rights(act)?;
    for (wanted, place) in granted(&invite.role, invite.projects_only, &invite.projects) {
        let lacking = own.lacks(wanted, place);
        if !lacking.is_empty() {
            return Err(Refusal::lacks(act.principal, lacking, place));
        }
    }
    Ok(())
}

/// What an invite gives, and where.
pub fn granted<'a>(
    role: &str,
    projects_only: bool,
    projects: &'a [InvitedTo],
) -> impl Iterator<Item = (PermissionSet, Place<'a>)> {
    let there = (permissions_in_organization(role, projects_only), Place::Organization);
    let in_projects = projects.iter().map(|one| (role_in_project(&one.role).permissions(), Place::Project(&one.id)));
    std::iter::once(there).chain(in_projects)
}

/// The invite of a token, whether or not it can still be accepted.
///
/// # Errors
/// The database does not answer.
pub fn of_token(database: &Database, pepper: &Pepper, text: &str) -> Result<Option<Invite>, StoreError> {
    invites::presented(database, &pepper.digest(text.as_bytes()).bytes)
}
