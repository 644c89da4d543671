//! Providers and models that were set over administration, and the number by which a server sees that some were.
//!
//! In: names, and settings as JSON texts that the control plane has checked. Out: [`Object`]s. They belong to the server and
//! to no organization. What the settings mean, and what of the file comes before them, is not known here.

use std::path::Path;

use rusqlite::{Row, params};

use crate::database::{Database, FILE_NAME, SCHEMA, StoreError};

/// Objects of the whole server at most.
pub const OBJECTS_MAX: usize = 10_000;

/// What kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An upstream endpoint.
    Provider,
    /// A model with its deployments.
    Model,
}

impl Kind {
    /// Both, in the order in which one needs the other.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Model];

    /// Its word, in rows and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Model => "model",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A provider or a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Which of both.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// JSON.
    pub settings: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last change.
    pub updated_at: i64,
}

type Columns = (String, String, String, i64, i64);

const ALL: &str = "SELECT kind, name, settings, created_at, updated_at FROM configuration ORDER BY kind, name";
const COUNT: &str = "SELECT count(*) FROM configuration";
const PUT: &str = "INSERT INTO configuration (kind, name, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (kind, name) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at";
const DELETE: &str = "DELETE FROM configuration WHERE kind = $1 AND name = $2";
const REVISION: &str = "SELECT value FROM configuration_revision";
const RAISE: &str = "UPDATE configuration_revision SET value = value + 1";

pub(super) fn statements() -> Vec<String> {
    [ALL, COUNT, PUT, DELETE, REVISION, RAISE].map(str::to_owned).to_vec()
}

/// All of them, by kind and name.
///
/// # Errors
/// The database does not answer, or a row is not readable.
pub fn all(database: &Database) -> Result<Vec<Object>, StoreError> {
    let mut statement = database.connection.prepare_cached(ALL)?;
    let rows = statement.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
    let object = |(kind, name, settings, created_at, updated_at): Columns| match Kind::of_word(&kind) {
        Some(kind) => Ok(Object { kind, name, settings, created_at, updated_at }),
        None => Err(StoreError::Unreadable { table: "configuration", row: name, what: "kind" }),
    };
    rows.into_iter().map(object).collect()
}

/// Those of a data directory, read only; none where there is no database, or one from before there were any.
///
/// # Errors
/// The database does not answer, is from a newer version, or a row is not readable.
pub fn of_data_dir(data_dir: &Path) -> Result<Vec<Object>, StoreError> {
    let file = data_dir.join(FILE_NAME);
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let database = Database::open_reader(&file)?;
    if !SCHEMA.is_current(&database.connection)? {
        return Ok(Vec::new());
    }
    all(&database)
}

/// How many there are.
///
/// # Errors
/// The database does not answer.
pub fn count(database: &Database) -> Result<usize, StoreError> {
    let count: i64 = database.connection.prepare_cached(COUNT)?.query_row([], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Writes an object, in place of the one of that name.
///
/// # Errors
/// The database refuses.
pub fn put(database: &Database, kind: Kind, name: &str, settings: &str, now: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        raise(database)?;
        let values = params![kind.word(), name, settings, now, now];
        database.connection.prepare_cached(PUT)?.execute(values)?;
        Ok(())
    })
}

/// Deletes an object; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, kind: Kind, name: &str) -> Result<bool, StoreError> {
    database.atomically(|| {
        raise(database)?;
        Ok(database.connection.prepare_cached(DELETE)?.execute((kind.word(), name))? > 0)
    })
}

/// A number that is another one after each change of objects and of credentials.
///
/// # Errors
/// The database does not answer.
pub fn revision(database: &Database) -> Result<i64, StoreError> {
    Ok(database.connection.prepare_cached(REVISION)?.query_row([], |row| row.get(0))?)
}

/// A change of what settings are made of, in the surrounding transaction.
pub(crate) fn raise(database: &Database) -> Result<(), StoreError> {
    database.connection.prepare_cached(RAISE)?.execute([])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}
