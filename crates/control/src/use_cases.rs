//! One file per noun.

pub mod bootstrap;
pub mod credentials;
pub mod keys;
