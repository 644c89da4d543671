//! The built binary, asked as a user asks it.

mod cli;
mod server;
