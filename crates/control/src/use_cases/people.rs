//! Members of an organization and of its projects: what is changed of them, and whom nobody may change.
//!
//! In: whoever asks, and whom it concerns. Out: rows changed, or why not. The last owner stays; nobody changes somebody who may
//! more than himself; what somebody loses, his keys lose in the same transaction.

use tollgate_core::rights::{Permission, PermissionSet, Place, Predefined, Rights};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::{access, grants};
use tollgate_store::database::StoreError;

use crate::api::act::Act;
use crate::api::shape::ShapeError;
use crate::principal::{By, rights_of};
use crate::refusal::Refusal;

/// Characters of an address at most (RFC 5321, section 4.5.3.1.3, without its angle brackets).
pub const EMAIL_MAX: usize = 254;

/// An address as it is kept: in lower case, for mail systems that tell `A` from `a` are not found any more.
///
/// # Errors
/// It cannot be one.
pub fn email(field: &str, text: &str) -> Result<String, Refusal> {
    let plain = text.trim().to_lowercase();
    let has_both = plain.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    let is_clean = !plain.chars().any(|c| c.is_whitespace() || c.is_control() || ",;<>\"".contains(c));
    if has_both && is_clean && plain.chars().count() <= EMAIL_MAX {
        return Ok(plain);
    }
    let shown: String = text.chars().take(64).collect();
    let allowed = "an e-mail address such as 'ada@example.com'".to_owned();
    Err(ShapeError::Value { name: field.to_owned(), what: format!("'{shown}'"), allowed }.into())
}

/// Writes a changed member, and lets his keys follow.
///
/// # Errors
/// He may more than whoever asks, he is the last owner, his new role goes beyond what whoever asks may grant, or the database
/// refuses.
pub fn change(act: &Act<'_>, before: &Member, after: &Member) -> Result<(), Refusal> {
    if before != after {
        refuse_more_rights(act, before)?;
    }
    if (&before.role, before.projects_only) != (&after.role, after.projects_only) {
        refuse_above(act, before)?;
        if before.role != after.role {
            refuse_last_owner(act, before)?;
        }
        let wanted = permissions_in_organization(&after.role, after.projects_only);
        let held = rights(act, before.row)?.at(Place::Organization);
        act.may_grant(wanted.without(held), Place::Organization)?;
    }
    people::change(act.database(), act.organization(), after)?;
    access::refresh(act.database(), act.organization(), after.row)?;
    Ok(())
}

/// Ends a membership: his admin keys and sessions in the organization are gone, and his keys in projects refused. Returns the
/// ids of the admin keys.
///
/// # Errors
/// He may more than whoever asks, he is the last owner, or the database refuses.
pub fn remove(act: &Act<'_>, member: &Member) -> Result<Vec<String>, Refusal> {
    refuse_above(act, member)?;
    refuse_last_owner(act, member)?;
    let (database, organization) = (act.database(), act.organization());
    let keys = people::admin_keys(database, organization, member.row)?;
    people::remove(database, organization, member.row)?;
    access::refresh(database, organization, member.row)?;
    Ok(keys.into_iter().map(|(id, _)| id).collect())
}

/// What a member's word allows. Of a reader of his projects alone it allows nothing in the organization itself.
#[must_use]
pub fn permissions_in_organization(word: &str, projects_only: bool) -> PermissionSet {
    match word {
        "owner" => Predefined::OrganizationOwner.permissions(),
        _ if projects_only => PermissionSet::NONE,
        _ => Predefined::OrganizationReader.permissions(),
    }
}

/// An owner sees all, so only a reader can be one of his projects alone.
///
/// # Errors
/// It is said of an owner.
pub fn refuse_limited_owner(role: &str, projects_only: bool) -> Result<(), Refusal> {
    if role != "owner" || !projects_only {
        return Ok(());
    }
    Err(ShapeError::Value {
        name: "projects_only".to_owned(),
        what: "true of an owner".to_owned(),
        allowed: "true of a reader alone".to_owned(),
    }
    .into())
}

/// The predefined role of a project user's word.
#[must_use]
pub fn role_in_project(word: &str) -> Predefined {
    if word == "owner" { Predefined::ProjectOwner } else { Predefined::ProjectMember }
}

/// What somebody may do in the organization by all his roles.
///
/// # Errors
/// The database does not answer.
pub fn rights(act: &Act<'_>, user: i64) -> Result<Rights, StoreError> {
    Ok(rights_of(&grants::of_user(act.database(), act.organization(), user)?))
}

/// What whoever asks may as a person, whatever his key is limited to. Whoever holds the data directory may all, also where he is no
/// member.
///
/// # Errors
/// The database does not answer.
pub fn own_rights(act: &Act<'_>) -> Result<Rights, StoreError> {
    match &act.principal.by {
        By::DataDirectory => Ok(act.principal.rights.clone()),
        By::AdminKey(_) | By::Session(_) => rights(act, act.principal.user.row),
    }
}

/// Of these rights, what may be done in one project, of what is of projects.
#[must_use]
pub fn of_project(rights: &Rights, project: &str) -> PermissionSet {
    let of_projects = Permission::ALL.into_iter().filter(|permission| permission.is_of_projects()).collect();
    rights.at(Place::Project(project)).and(of_projects)
}

/// Nobody takes a role or a membership from somebody who may more than himself, and from one who operates the server only who
/// does so too.
fn refuse_above(act: &Act<'_>, member: &Member) -> Result<(), Refusal> {
    refuse_more_rights(act, member)?;
    let operates = people::admin_keys(act.database(), act.organization(), member.row)?.iter().any(|(_, does)| *does);
    if operates && !act.principal.is_operator {
        return Err(Refusal::LacksOperator { who: act.principal.id().to_owned() });
    }
    Ok(())
}

/// Nobody changes anything of somebody who may more than himself. Persons are compared, not keys: a key that is made to manage
/// users may whatever its owner might.
///
/// # Errors
/// What whoever asks lacks, and where; or the database does not answer.
pub fn refuse_more_rights(act: &Act<'_>, member: &Member) -> Result<(), Refusal> {
    let (own, theirs) = (own_rights(act)?, rights(act, member.row)?);
    let places = theirs.in_projects.iter().map(|(project, _)| Place::Project(project));
    for place in std::iter::once(Place::Organization).chain(places) {
        let lacking = own.lacks(theirs.at(place), place);
        if !lacking.is_empty() {
            return Err(Refusal::lacks(act.principal, lacking, place));
        }
    }
    Ok(())
}

/// An organization without an owner could be helped by nobody but the server's operator.
fn refuse_last_owner(act: &Act<'_>, member: &Member) -> Result<(), Refusal> {
    if member.role != "owner" || people::owners(act.database(), act.organization())? > 1 {
        return Ok(());
    }
    Err(Refusal::Conflict {
        what: format!("User '{}' is the last owner of the organization", member.id),
        why: "an organization keeps at least one owner".to_owned(),
        fix: "Make somebody else an owner first".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case_and_what_cannot_be_one_is_refused() {
        assert_eq!(email("email", " Ada@Example.COM ").unwrap(), "ada@example.com");
        assert_eq!(email("email", "owner@localhost").unwrap(), "owner@localhost");
        for text in ["", "ada", "@x", "a@", "a@b@c", "a b@c", "a@.c", "<a@b.c>", "a@b.c,d@e.f"] {
            assert!(email("email", text).is_err(), "{text}");
        }
    }
}
