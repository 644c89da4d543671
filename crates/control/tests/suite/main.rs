//! Every use case against a real database: what it does, and each reason why it refuses.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod bootstrap;
mod credentials;
mod import;
mod keys;
mod world;
