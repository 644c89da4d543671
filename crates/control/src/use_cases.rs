//! One file per noun.

pub mod admin_keys;
pub mod bootstrap;
pub mod credentials;
pub mod keys;
pub mod people;
pub mod roles;
