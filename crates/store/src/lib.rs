//! SQLite and the journal: the only crate that speaks SQL.
//!
//! Open [`database`] first (how it is opened and written), then [`keys`] (the largest family of rows), then [`feed`]
//! (how a change reaches the request path), then [`records`] (how the journal reaches its database).

pub mod admin;
pub mod backup;
pub mod credentials;
pub mod database;
pub mod feed;
pub mod journal;
pub mod keys;
pub mod projects;
pub mod random;
pub mod records;
pub mod secrets;
pub mod uses;

mod file;
mod policies;

/// Every statement on the database of keys and of administration: one text for SQLite and PostgreSQL, which a test prepares on
/// both. What is about SQLite's own files is not among them, nor are records, which have a database of their own.
#[must_use]
pub fn statements() -> Vec<String> {
    let mut all = admin::statements();
    all.extend(keys::statements());
    let fixed = database::STATEMENTS
        .into_iter()
        .chain(projects::STATEMENTS)
        .chain(policies::STATEMENTS)
        .chain(credentials::STATEMENTS)
        .chain(secrets::statements());
    all.extend(fixed.map(str::to_owned));
    all
}
