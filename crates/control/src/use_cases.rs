//! One file per noun.

pub mod admin_keys;
pub mod bootstrap;
pub mod configuration;
pub mod credentials;
pub mod holder;
pub mod invites;
pub mod keys;
pub mod owners;
pub mod people;
pub mod roles;
pub mod sessions;
