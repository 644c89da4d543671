//! The control plane: what administrators do, as plain functions; the CLI and the management API call them.
//!
//! Open [`use_cases::keys`] first, then [`api`]: the management API is a table of endpoints, and every request goes the same
//! way through it. A use case takes the database, the words of the person who asks, and the time; it checks, changes the rows
//! in one transaction, and returns what to show or a typed reason why not. It never touches the snapshot of a running
//! gateway: that follows the database.

pub mod api;
pub mod configuration;
pub mod office;
pub mod password;
pub mod principal;
pub mod refusal;
pub mod sign_ins;
pub mod use_cases;
