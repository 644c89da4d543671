//! Questions to a case that several rules ask and that are more than a list of words.

mod addresses;
mod keys;
mod models;
mod programs;

#[cfg(test)]
mod tests;

pub(super) use addresses::*;
pub(super) use keys::*;
pub(in crate::explain) use models::*;
pub(super) use programs::*;
