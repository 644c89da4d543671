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
