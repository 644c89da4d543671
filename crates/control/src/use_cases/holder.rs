//! What whoever holds the data directory does with keys and credentials: each act with its event of the audit log, in one transaction.
//!
//! In: as [`super::keys`] and [`super::credentials`]. Out: the same. Nobody has signed in, so the events have no actor, and `operator`
//! finds them. They stand in the audit log of the key's organization; those of credentials, which belong to the server, in that of the
//! oldest one.

use serde_json::{Map, Value as Json, json};
use tollgate_core::key::Pepper;
use tollgate_store::admin::audit::{self, NewEvent};
use tollgate_store::admin::organizations;
use tollgate_store::credentials::StoredCredential;
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys::{self as rows, StoredKey};
use tollgate_store::secrets::{self, MasterKey, RotateError};

use super::admin_keys::OPERATOR;
use super::bootstrap;
use super::credentials::{self, CredentialError};
use super::keys::{
    self, Expiry, ImportError, Imported, ImportedKey, Issued, KeyChanges, KeyError, NewKey, Rotation, Run,
};
use crate::api::endpoint::Event;
use crate::api::{event_of_credential, event_of_removed_credential, key_shown};

/// As [`keys::create_key`].
///
/// # Errors
/// The same.
pub fn create_key(database: &Database, pepper: &Pepper, new: &NewKey, now: i64) -> Result<Issued, KeyError> {
    database.atomically(|| {
        let issued = keys::create_key(database, pepper, new, now)?;
        note_created(database, &issued.key, now)?;
        Ok(issued)
    })
}

/// As [`keys::rotate_key`].
///
/// # Errors
/// The same.
pub fn rotate_key(
    database: &Database,
    pepper: &Pepper,
    given: &str,
    rotation: Rotation,
    now: i64,
) -> Result<Issued, KeyError> {
    database.atomically(|| {
        let before = keys::show_key(database, given)?;
        let issued = keys::rotate_key(database, pepper, given, rotation, now)?;
        note_changed(database, &json!({ "rotated": true }), &before, &issued.key, now)?;
        Ok(issued)
    })
}

/// As [`keys::disable_key`].
///
/// # Errors
/// The same.
pub fn disable_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    changed(database, given, &json!({ "disabled": true }), now, || keys::disable_key(database, given, now))
}

/// As [`keys::enable_key`].
///
/// # Errors
/// The same.
pub fn enable_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    changed(database, given, &json!({ "disabled": false }), now, || keys::enable_key(database, given, now))
}

/// As [`keys::revoke_key`].
///
/// # Errors
/// The same.
pub fn revoke_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    changed(database, given, &json!({ "status": "revoked" }), now, || keys::revoke_key(database, given, now))
}

/// As [`keys::set_key_expiry`].
///
/// # Errors
/// The same.
pub fn set_key_expiry(database: &Database, given: &str, expiry: Expiry, now: i64) -> Result<StoredKey, KeyError> {
    let changes = KeyChanges { expiry: Some(expiry), ..KeyChanges::default() };
    let set = || keys::set_key_expiry(database, given, expiry, now);
    changed(database, given, &requested(&changes), now, set)
}

/// As [`keys::update_key`].
///
/// # Errors
/// The same.
pub fn update_key(database: &Database, given: &str, changes: &KeyChanges, now: i64) -> Result<StoredKey, KeyError> {
    changed(database, given, &requested(changes), now, || keys::update_key(database, given, changes, now))
}

/// As [`keys::import_keys`]: an event for each key that is new.
///
/// # Errors
/// The same.
pub fn import_keys(
    database: &Database,
    entries: &[ImportedKey],
    run: Run,
    now: i64,
) -> Result<Vec<Imported>, ImportError> {
    database.atomically(|| {
        let outcomes = keys::import_keys(database, entries, run, now)?;
        for outcome in outcomes.iter().filter(|_| run == Run::Real) {
            let Imported::Added(id) = outcome else { continue };
            let key = rows::get(database, *id)?.ok_or(StoreError::NoSuchKey(*id))?;
            note_created(database, &key, now)?;
        }
        Ok(outcomes)
    })
}

/// As [`credentials::set_credential`].
///
/// # Errors
/// The same.
pub fn set_credential(
    database: &Database,
    master: &MasterKey,
    name: &str,
    text: &str,
    now: i64,
) -> Result<(), CredentialError> {
    database.atomically(|| {
        let before = stored_credential(database, name)?;
        credentials::set_credential(database, master, name, text, now)?;
        note_of_server(database, &event_of_credential(name, before.as_ref(), now), now)
    })
}

/// As [`credentials::remove_credential`]. Whoever calls has seen that nothing uses it.
///
/// # Errors
/// The same.
pub fn remove_credential(database: &Database, name: &str, now: i64) -> Result<(), CredentialError> {
    database.atomically(|| {
        let before = stored_credential(database, name)?;
        credentials::remove_credential(database, name)?;
        match before {
            Some(before) => note_of_server(database, &event_of_removed_credential(&before), now),
            None => Ok(()),
        }
    })
}

/// As [`secrets::rotate_pepper`].
///
/// # Errors
/// The same.
pub fn rotate_pepper(database: &Database, now: i64) -> Result<usize, RotateError> {
    secrets::rotate_pepper(database, || note_rotation(database, "pepper", now))
}

/// As [`secrets::rotate_master_key`].
///
/// # Errors
/// The same.
pub fn rotate_master_key(database: &Database, now: i64) -> Result<usize, RotateError> {
    secrets::rotate_master_key(database, || note_rotation(database, "master_key", now))
}

/// Where there is no organization yet, nothing was ever done under the secret that is replaced.
fn note_rotation(database: &Database, secret: &str, now: i64) -> Result<(), StoreError> {
    let event = Event::created("tollgate.secret.rotated", secret, &json!({ "secret": secret }));
    organizations::oldest(database)?.map_or(Ok(()), |oldest| note(database, oldest.row, &event, now))
}

fn stored_credential(database: &Database, name: &str) -> Result<Option<StoredCredential>, CredentialError> {
    Ok(credentials::list_credentials(database)?.into_iter().find(|one| one.name == name))
}

/// Writes an event of what belongs to no organization into the audit log of the oldest one, which is made where there is none.
fn note_of_server(database: &Database, event: &Event, now: i64) -> Result<(), CredentialError> {
    bootstrap::default_project(database, now).map_err(|error| match error {
        KeyError::Store(error) => error,
        // Nothing else can be in the way of the first row of a table.
        _ => StoreError::Unreadable { table: "organizations", row: String::new(), what: "first organization" },
    })?;
    if let Some(oldest) = organizations::oldest(database)? {
        note(database, oldest.row, event, now)?;
    }
    Ok(())
}

/// Writes an event of whoever holds the data directory into the audit log of an organization.
///
/// # Errors
/// The database refuses; then the act does not happen either.
pub(super) fn note(database: &Database, organization: i64, event: &Event, now: i64) -> Result<(), StoreError> {
    let new = NewEvent {
        organization,
        project: event.project.as_deref(),
        kind: event.kind,
        at: now,
        actor: "null",
        actor_id: OPERATOR,
        actor_user: None,
        actor_email: None,
        resource_id: Some(&event.resource),
        payload: &event.payload.to_string(),
    };
    audit::write(database, &new).map(|_| ())
}

fn changed(
    database: &Database,
    given: &str,
    requested: &Json,
    now: i64,
    change: impl FnOnce() -> Result<StoredKey, KeyError>,
) -> Result<StoredKey, KeyError> {
    database.atomically(|| {
        let before = keys::show_key(database, given)?;
        let after = change()?;
        // What leaves everything as it was is no act.
        if before != after {
            note_changed(database, requested, &before, &after, now)?;
        }
        Ok(after)
    })
}

fn note_created(database: &Database, key: &StoredKey, now: i64) -> Result<(), StoreError> {
    note_of(database, key, crate::api::event_of_new_key(key, now), now)
}

fn note_changed(
    database: &Database,
    requested: &Json,
    before: &StoredKey,
    after: &StoredKey,
    now: i64,
) -> Result<(), StoreError> {
    let id = after.id.to_string();
    let shown = (key_shown(before, now), key_shown(after, now));
    note_of(database, after, Event::updated("api_key.updated", &id, requested, &shown.0, &shown.1), now)
}

fn note_of(database: &Database, key: &StoredKey, event: Event, now: i64) -> Result<(), StoreError> {
    let unreadable = || StoreError::Unreadable {
        table: "organizations",
        row: key.organization.clone(),
        what: "organization of a key",
    };
    let organization = organizations::by_id(database, &key.organization)?.ok_or_else(unreadable)?;
    note(database, organization.row, &event.in_project(&key.project), now)
}

/// What is asked for, in the words of the management API: a body of its change of a key.
#[must_use]
pub fn requested(changes: &KeyChanges) -> Json {
    let mut members = Map::new();
    let lists = [
        ("scopes", &changes.permissions),
        ("models_allow", &changes.models_allow),
        ("models_deny", &changes.models_deny),
        ("regions", &changes.regions),
        ("addresses", &changes.addresses),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            members.insert(name.to_owned(), json!(list));
        }
    }
    let others = [
        ("name", changes.name.as_ref().map(|name| json!(name))),
        ("tier", changes.tier.map(|tier| json!(tier))),
        ("disabled", changes.is_disabled.map(|is_disabled| json!(is_disabled))),
        ("metadata", changes.metadata.as_ref().map(|metadata| json!(metadata))),
    ];
    members.extend(others.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let expiry = changes.expiry.map(|expiry| match expiry {
        Expiry::Never => ("expires_at", Json::Null),
        Expiry::At(at) => ("expires_at", at.into()),
        Expiry::In(time) => ("expires_in_seconds", keys::whole_seconds(time).into()),
    });
    members.extend(expiry.map(|(name, value)| (name.to_owned(), value)));
    Json::Object(members)
}
