//! The rows of administration: who administers, what they may do, what they have done.
//!
//! In: numbers of organizations, ids, values that the control plane has checked. Out: rows, one file per noun. Whether an
//! act is allowed is decided there, not here; but every statement names the organization first, so that an id of another
//! organization finds nothing.
//!
//! Every statement here is one text for SQLite and PostgreSQL 15: parameters are `$1`, `$2`, … and appear in that order,
//! for SQLite numbers them as they appear. `tests/portable.rs` prepares all of them on both.

pub mod access;
pub mod accounts;
pub mod admin_keys;
pub mod assignments;
pub mod audit;
pub mod configuration;
mod gone;
pub mod grants;
pub mod groups;
pub mod idempotency;
pub mod invites;
pub mod keys;
pub mod organizations;
pub mod page;
pub mod people;
pub mod project_groups;
pub mod project_users;
pub mod projects;
pub mod provider_credentials;
pub mod roles;
pub mod service_accounts;
pub mod sessions;
pub mod usage;

/// Every statement of this module, for the test that prepares them on PostgreSQL.
#[must_use]
pub fn statements() -> Vec<String> {
    let mut all = Vec::new();
    for of_noun in [
        access::statements(),
        accounts::statements(),
        admin_keys::statements(),
        assignments::statements(),
        audit::statements(),
        configuration::statements(),
        gone::statements(),
        grants::statements(),
        groups::statements(),
        idempotency::statements(),
        invites::statements(),
        keys::statements(),
        organizations::statements(),
        people::statements(),
        project_groups::statements(),
        project_users::statements(),
        projects::statements(),
        provider_credentials::statements(),
        roles::statements(),
        service_accounts::statements(),
        sessions::statements(),
        usage::statements(),
    ] {
        all.extend(of_noun);
    }
    all
}
