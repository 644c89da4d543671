//! The built binary, asked as a user asks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod cli;
mod server;
