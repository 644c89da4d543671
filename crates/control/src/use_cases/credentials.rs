//! Credentials towards providers: set, list, remove.
//!
//! In: a name and a text. Out: names. The text goes in and comes out only towards its provider: no use case shows it.

pub use tollgate_store::credentials::StoredCredential;

use tollgate_store::credentials::{self as rows, Credential};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::secrets::MasterKey;

/// Characters of a credential's name at most.
pub const NAME_MAX: usize = 64;
/// Bytes of a credential at most: the largest in use, a cloud's service account file, is about 2,400.
pub const CREDENTIAL_MAX_BYTES: usize = 16 * 1024;

/// Why a use case on credentials was refused.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// There is none of that name.
    #[error("there is no credential {0:?}")]
    Unknown(String),
    /// The name does not read well in a configuration file.
    #[error("{0:?} cannot name a credential: take 1 to 64 letters, digits, '.', '_' or '-'")]
    Name(String),
    /// Nothing, or only white space.
    #[error("the credential is empty")]
    Empty,
    /// Longer than [`CREDENTIAL_MAX_BYTES`].
    #[error("the credential has {0} bytes; at most {CREDENTIAL_MAX_BYTES} are kept")]
    TooLong(usize),
    /// It holds what no header can carry.
    #[error("the credential holds a space, a line break or a character that is not ASCII")]
    Unsendable,
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seals a credential under a name, replacing the one of that name. White space around it, such as a file's last line
/// break, is no part of it.
///
/// # Errors
/// Name or text are not acceptable, or the database refuses.
pub fn set_credential(
    database: &Database,
    master: &MasterKey,
    name: &str,
    text: &str,
    now: i64,
) -> Result<(), CredentialError> {
    check_name(name)?;
    Ok(rows::set(database, master, name, &bounded(text)?, now)?)
}

/// A credential that can stand in a header. White space around it is no part of it.
///
/// # Errors
/// The text is not acceptable.
pub fn sendable(text: &str) -> Result<Credential, CredentialError> {
    let credential = bounded(text)?;
    let fits = credential.reveal().bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(credential).ok_or(CredentialError::Unsendable)
}

fn bounded(text: &str) -> Result<Credential, CredentialError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CredentialError::Empty);
    }
    if text.len() > CREDENTIAL_MAX_BYTES {
        return Err(CredentialError::TooLong(text.len()));
    }
    Ok(Credential::new(text.to_owned()))
}

/// All credentials by name, without their texts.
///
/// # Errors
/// The database does not answer.
pub fn list_credentials(database: &Database) -> Result<Vec<StoredCredential>, CredentialError> {
    Ok(rows::list(database)?)
}

/// Removes a credential.
///
/// # Errors
/// There is none of that name, or the database refuses.
pub fn remove_credential(database: &Database, name: &str) -> Result<(), CredentialError> {
    match rows::remove(database, name)? {
        true => Ok(()),
        false => Err(CredentialError::Unknown(name.to_owned())),
    }
}

fn check_name(name: &str) -> Result<(), CredentialError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=NAME_MAX).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(CredentialError::Name(name.chars().take(NAME_MAX + 1).collect()))
}
