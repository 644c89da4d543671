//! Questions to a case that several rules ask and that are more than a list of words.

mod addresses;
mod keys;
mod models;

pub(super) use addresses::*;
pub(super) use keys::*;
pub(in crate::explain) use models::*;
