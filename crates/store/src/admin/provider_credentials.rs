//! Organizations' own credentials towards providers, sealed at rest.
//!
//! In: an organization, a provider's name and a text. Out: names and times; and, for the request path alone, the texts again as
//! the [`OwnAccount`]s of the organization. Each is sealed for its organization and provider, so that rows put in each other's
//! place do not open.

use rusqlite::{OptionalExtension, Row, params};
use tollgate_core::accounts::OwnAccount;

use super::organizations::Organization;
use crate::credentials::{self, Credential, CredentialsError};
use crate::database::{Database, StoreError};
use crate::secrets::{self, MasterKey, SecretsError};

/// Credentials of one organization at most.
pub const PROVIDERS_MAX: usize = 100;

/// An organization's own credential towards a provider, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCredential {
    /// The provider's name in the configuration.
    pub provider: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last time it was set.
    pub updated_at: i64,
}

const SET: &str =
    "INSERT INTO provider_credentials (organization, provider, nonce, sealed, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (organization, provider) DO UPDATE SET nonce = excluded.nonce, sealed = excluded.sealed, updated_at = excluded.updated_at";
const ONE: &str =
    "SELECT provider, created_at, updated_at FROM provider_credentials WHERE organization = $1 AND provider = $2";
const LIST: &str =
    "SELECT provider, created_at, updated_at FROM provider_credentials WHERE organization = $1 ORDER BY provider";
const REMOVE: &str = "DELETE FROM provider_credentials WHERE organization = $1 AND provider = $2";
const RAISE: &str = "UPDATE organizations SET revision = $1 WHERE row_id = $2";
const CHANGED: &str = "SELECT row_id FROM organizations WHERE revision > $1";
const SEALED: &str = "SELECT o.id, c.provider, c.nonce, c.sealed FROM provider_credentials c
    JOIN organizations o ON o.row_id = c.organization WHERE c.organization = $1 ORDER BY c.provider";
const ALL: &str = "SELECT c.row_id, o.id, c.provider, c.nonce, c.sealed FROM provider_credentials c
    JOIN organizations o ON o.row_id = c.organization";
const SEAL: &str = "UPDATE provider_credentials SET nonce = $1, sealed = $2 WHERE row_id = $3";

pub(super) fn statements() -> Vec<String> {
    [SET, ONE, LIST, REMOVE, RAISE, CHANGED, SEALED, ALL, SEAL].map(str::to_owned).to_vec()
}

/// Seals a credential and writes it, in place of the one that the organization had for the provider.
///
/// # Errors
/// The database refuses.
pub fn set(
    database: &Database,
    master: &MasterKey,
    organization: &Organization,
    provider: &str,
    credential: &Credential,
    now: i64,
) -> Result<(), StoreError> {
    let (nonce, sealed) = credentials::seal(master, &place(&organization.id, provider), credential);
    database.atomically(|| {
        raise(database, organization.row)?;
        let values = params![organization.row, provider, nonce, sealed, now];
        database.connection.prepare_cached(SET)?.execute(values)?;
        Ok(())
    })
}

/// The credential of an organization towards a provider.
///
/// # Errors
/// The database does not answer.
pub fn one(database: &Database, organization: i64, provider: &str) -> Result<Option<ProviderCredential>, StoreError> {
    let mut statement = database.connection.prepare_cached(ONE)?;
    Ok(statement.query_row(params![organization, provider], read).optional()?)
}

/// All of an organization, by the names of their providers.
///
/// # Errors
/// The database does not answer.
pub fn list(database: &Database, organization: i64) -> Result<Vec<ProviderCredential>, StoreError> {
    let mut statement = database.connection.prepare_cached(LIST)?;
    Ok(statement.query_map([organization], read)?.collect::<Result<_, _>>()?)
}

/// Removes one; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn remove(database: &Database, organization: i64, provider: &str) -> Result<bool, StoreError> {
    database.atomically(|| {
        raise(database, organization)?;
        Ok(database.connection.prepare_cached(REMOVE)?.execute(params![organization, provider])? > 0)
    })
}

/// Lets running servers see that an organization's credentials are others.
fn raise(database: &Database, organization: i64) -> Result<(), StoreError> {
    let revision = database.next_revision()?;
    database.connection.prepare_cached(RAISE)?.execute([revision, organization])?;
    Ok(())
}

/// The numbers of organizations whose credentials have changed since a revision.
pub(crate) fn changed_since(database: &Database, revision: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = database.connection.prepare_cached(CHANGED)?;
    Ok(statement.query_map([revision], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The accounts of an organization, as the request path needs them. The master key is read where there are any.
pub(crate) fn accounts(database: &Database, organization: i64) -> Result<Vec<OwnAccount>, StoreError> {
    let mut statement = database.connection.prepare_cached(SEALED)?;
    let rows = statement.query_map([organization], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<(String, String, [u8; 12], Vec<u8>)> = rows.collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let master = match secrets::reread_master(database) {
        Ok(master) => Some(master),
        Err(SecretsError::Store(error)) => return Err(error),
        Err(error) => {
            tracing::error!(%error, "the master key cannot be read, and no credential of an organization opens");
            None
        }
    };
    let account = |(organization, provider, nonce, sealed): (String, String, [u8; 12], Vec<u8>)| {
        let place = place(&organization, &provider);
        let opened = master.as_ref().and_then(|master| credentials::open(master, &place, nonce, sealed));
        if opened.is_none() {
            tracing::error!(
                organization,
                provider,
                "an organization's credential was sealed under another master key, or its row is damaged; its calls are made without one"
            );
        }
        OwnAccount::new(provider, opened.map(|credential| credential.reveal().to_owned()))
    };
    Ok(rows.into_iter().map(account).collect())
}

/// Seals all of them under another master key; how many there are.
pub(crate) fn seal_all_anew(database: &Database, old: &MasterKey, new: &MasterKey) -> Result<usize, CredentialsError> {
    let mut statement = database.connection.prepare_cached(ALL)?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<Result<Vec<(i64, String, String, [u8; 12], Vec<u8>)>, _>>()?;
    for (row, organization, provider, nonce, sealed) in &rows {
        let place = place(organization, provider);
        let credential = credentials::open(old, &place, *nonce, sealed.clone())
            .ok_or_else(|| CredentialsError::Sealed(format!("of {organization} for {provider}")))?;
        let (nonce, sealed) = credentials::seal(new, &place, &credential);
        database.connection.prepare_cached(SEAL)?.execute(params![nonce, sealed, row])?;
    }
    Ok(rows.len())
}

/// What the seal holds for.
fn place(organization: &str, provider: &str) -> String {
    format!("tollgate provider credential {organization} {provider}")
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProviderCredential> {
    Ok(ProviderCredential { provider: row.get(0)?, created_at: row.get(1)?, updated_at: row.get(2)? })
}
