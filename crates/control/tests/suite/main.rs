//! Every use case against a real database: what it does, and each reason why it refuses; and of the management API, without a
//! server around it, what depends on the time and on many acts.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod administration;
mod bootstrap;
mod credentials;
mod expired;
mod holder;
mod idempotency;
mod import;
mod keys;
mod rights;
mod world;
