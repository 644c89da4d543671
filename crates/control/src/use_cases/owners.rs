//! An owner made by whoever holds the data directory: before the first start, or because nobody can get in any more.
//!
//! In: an address and a password. Out: rows, an event of the audit log in the same transaction, and perhaps an admin key's text, once.

use serde_json::json;
use tollgate_core::key::Pepper;
use tollgate_core::token::Token;
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::{access, accounts, admin_keys as admin_key_rows};
use tollgate_store::database::{Database, StoreError};

use super::bootstrap;
use super::holder;
use super::keys::KeyError;
use super::people::email;
use crate::api::endpoint::Event;
use crate::password;

/// What the admin key is called.
const KEY_NAME: &str = "owner create";

/// An owner who is asked for.
#[derive(Debug, Clone, Copy)]
pub struct NewOwner<'a> {
    /// To sign in with.
    pub email: &'a str,
    /// What he is called; `None`: as before, and of somebody new the address.
    pub name: Option<&'a str>,
    /// To sign in with.
    pub password: &'a str,
    /// By id; `None`: the oldest, which is made where there is none.
    pub organization: Option<&'a str>,
    /// Whether an admin key is made where there are some already.
    pub with_admin_key: bool,
}

/// What was made.
#[derive(Debug)]
pub struct MadeOwner {
    /// In lower case.
    pub email: String,
    /// What the organization is called.
    pub organization: String,
    /// The role of whoever was a member already: `owner` or `reader`.
    pub role_before: Option<String>,
    /// May operate the server.
    pub admin_key: Option<Token>,
}

/// Why no owner was made.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The address cannot be one.
    #[error("{0:?} is not an e-mail address")]
    Email(String),
    /// The password is too short or too long.
    #[error("a password has {least} to {most} characters, and this one has {found}", least = password::LEAST, most = password::MOST)]
    Password {
        /// How many it has.
        found: usize,
    },
    /// The name is empty or too long.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// There is no such organization.
    #[error("there is no organization {0}")]
    Organization(String),
    /// The first organization cannot be made.
    #[error(transparent)]
    Bootstrap(#[from] KeyError),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an owner, or makes one of a user, with this password: whatever was signed in with another one ends.
///
/// # Errors
/// See [`OwnerError`].
pub fn create(database: &Database, pepper: &Pepper, new: &NewOwner<'_>, now: i64) -> Result<MadeOwner, OwnerError> {
    let email = email("email", new.email).map_err(|_| OwnerError::Email(new.email.to_owned()))?;
    let found = new.password.chars().count();
    if !(password::LEAST..=password::MOST).contains(&found) {
        return Err(OwnerError::Password { found });
    }
    if new.name.is_some_and(|name| name.is_empty() || name.chars().count() > 100) {
        return Err(OwnerError::Name);
    }
    let hash = password::hash(new.password);
    database.atomically(|| {
        let organization = organization(database, new.organization, now)?;
        let before = people::member_of_email(database, organization.row, &email)?;
        let member = member(database, &organization, &email, new.name, before.as_ref(), now)?;
        accounts::set_password(database, organization.row, member.row, &hash)?;
        access::refresh(database, organization.row, member.row)?;
        holder::note(database, organization.row, &event(before.as_ref(), &member), now)?;
        let wants_key = new.with_admin_key || !admin_key_rows::any(database)?;
        let key = || bootstrap::operator_key(database, pepper, &organization, &member, KEY_NAME, now);
        let admin_key = wants_key.then(key).transpose()?;
        let role_before = before.map(|member| member.role);
        Ok(MadeOwner { email, organization: organization.name, role_before, admin_key })
    })
}

fn organization(database: &Database, id: Option<&str>, now: i64) -> Result<Organization, OwnerError> {
    let found = match id {
        Some(id) => organizations::by_id(database, id)?,
        None => {
            bootstrap::default_project(database, now)?;
            organizations::oldest(database)?
        }
    };
    found.ok_or_else(|| OwnerError::Organization(id.unwrap_or_default().to_owned()))
}

fn member(
    database: &Database,
    organization: &Organization,
    email: &str,
    name: Option<&str>,
    before: Option<&Member>,
    now: i64,
) -> Result<Member, OwnerError> {
    let mut member = match before {
        Some(member) => member.clone(),
        None => people::add(database, organization.row, email, name.unwrap_or(email), "owner", now)?,
    };
    if let Some(name) = name {
        accounts::set_name(database, organization.row, member.row, name)?;
        name.clone_into(&mut member.name);
    }
    if member.role != "owner" {
        "owner".clone_into(&mut member.role);
        people::change(database, organization.row, &member)?;
    }
    Ok(member)
}

/// Somebody new, or another role, name and password of somebody who was there.
fn event(before: Option<&Member>, after: &Member) -> Event {
    let Some(before) = before else {
        return Event::created("user.added", &after.id, &json!({ "role": after.role }));
    };
    let shown = |member: &Member| json!({ "role": member.role, "name": member.name });
    // OpenAI has no type for another password: that there is one is all that is written down.
    let requested = json!({ "role": after.role, "password": "changed" });
    Event::updated("user.updated", &after.id, &requested, &shown(before), &shown(after))
}
