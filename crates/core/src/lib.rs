//! The domain of Tollgate: plain values and rules, no I/O; the time is always an argument.
//!
//! Open [`key`] first (what a caller presents), then [`snapshot`] (where it is looked up), then [`record`] (what a
//! request leaves behind).

pub mod accounts;
pub mod id;
pub mod ingest;
pub mod key;
pub mod network;
pub mod operation;
pub mod policy;
pub mod project;
pub mod record;
pub mod requests;
pub mod residency;
pub mod rights;
pub mod snapshot;
pub mod token;
pub mod tools;
pub mod usage;

mod base62;
