//! The first start: something to own keys, a first key, so that a call works at once, and an owner with an admin key.
//!
//! In: a database. Out: the secrets of both keys, once, or nothing where there have ever been any. What is made is in the audit
//! log.

use serde_json::{Value as Json, json};
use tollgate_core::key::{Pepper, Secret};
use tollgate_core::token::Token;
use tollgate_store::admin::organizations::Organization;
use tollgate_store::admin::people::Member;
use tollgate_store::admin::{admin_keys as admin_key_rows, organizations, people, projects};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys as key_rows;

use super::admin_keys::{self, Limits, Owner};
use super::holder;
use super::keys::{KeyError, NewKey};
use crate::api::endpoint::Event;

/// The project that keys belong to unless another is named.
pub const DEFAULT_PROJECT: &str = "default";
/// What the first key is called.
pub const FIRST_KEY: &str = "first";
/// What the organization is called until its owner renames it.
const ORGANIZATION: &str = "My organization";

/// Creates an organization and the project `default`, unless there is an organization: keys can then be created. What its owner
/// has renamed or archived since is not made again.
///
/// # Errors
/// The database refuses.
pub fn default_project(database: &Database, now: i64) -> Result<(), KeyError> {
    database.atomically(|| {
        if organizations::oldest(database)?.is_some() {
            return Ok(());
        }
        let made = organizations::insert(database, ORGANIZATION, now)?;
        let project = projects::insert(database, made.row, DEFAULT_PROJECT, None, now)?;
        // OpenAI has no type for the making of an organization.
        let requested = json!({ "name": ORGANIZATION, "title": ORGANIZATION });
        let event = Event::updated("organization.updated", &made.id, &requested, &Json::Null, &requested);
        holder::note(database, made.row, &event, now)?;
        let data = json!({ "name": DEFAULT_PROJECT, "title": DEFAULT_PROJECT });
        let event = Event::created("project.created", &project.id, &data).in_project(&project.id);
        Ok(holder::note(database, made.row, &event, now)?)
    })
}

/// The address of the owner whom the first start makes; nobody can sign in as him before he has a password.
pub const FIRST_OWNER: &str = "owner@localhost";

/// Makes an owner of the first organization and an admin key of his, which may also operate the server, if no organization
/// has an owner; returns the key, which is not kept. Of two processes that start at once, one gets it.
///
/// # Errors
/// The database refuses.
pub fn first_owner(database: &Database, pepper: &Pepper, now: i64) -> Result<Option<Token>, KeyError> {
    database.atomically(|| {
        if people::any_owner(database)? || admin_key_rows::any(database)? {
            return Ok(None);
        }
        default_project(database, now)?;
        let Some(organization) = organizations::oldest(database)? else { return Ok(None) };
        let owner = people::add(database, organization.row, FIRST_OWNER, "Owner", "owner", now)?;
        let event = Event::created("user.added", &owner.id, &json!({ "role": "owner" }));
        holder::note(database, organization.row, &event, now)?;
        Ok(Some(operator_key(database, pepper, &organization, &owner, FIRST_KEY, now)?))
    })
}

/// Makes an admin key of a member that may also operate the server.
pub(super) fn operator_key(
    database: &Database,
    pepper: &Pepper,
    organization: &Organization,
    member: &Member,
    name: &str,
    now: i64,
) -> Result<Token, StoreError> {
    let owner = Owner { organization: organization.row, user: member.row };
    let limits = Limits { is_operator: true, ..Limits::default() };
    let (key, token) = admin_keys::issue(database, pepper, owner, name, limits, now)?;
    let data = json!({
        "name": name,
        "is_operator": true,
        "expires_at": Json::Null,
        "owner": { "id": member.id },
    });
    let event = Event::created("api_key.created", &key.id, &data);
    holder::note(database, organization.row, &event, now)?;
    Ok(token)
}

/// Creates an organization, the project `default` and one key named `first`, if there is no key at all; returns the
/// key's secret, which is not kept. Of two processes that start at once, one gets it. Where all projects are archived, there is
/// none that it could be a key of.
///
/// # Errors
/// The database refuses.
pub fn bootstrap(database: &Database, pepper: &Pepper, now: i64) -> Result<Option<Secret>, KeyError> {
    database.atomically(|| {
        if key_rows::any(database)? {
            return Ok(None);
        }
        default_project(database, now)?;
        match holder::create_key(database, pepper, &NewKey::usual(FIRST_KEY), now) {
            Ok(issued) => Ok(Some(issued.secret)),
            Err(KeyError::NoProject) => Ok(None),
            Err(error) => Err(error),
        }
    })
}
