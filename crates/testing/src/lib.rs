//! What whole-server tests are made of: the real binary on a free port, a provider that answers as it is told, and a
//! client that shows every byte.
//!
//! Open [`server`] first: one line starts a server. Both peers are real sockets; nothing of ours is replaced. Every
//! wait here has an end after which the test fails, and none is a pause of fixed length.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod client;
pub mod disguises;
pub mod http2;
pub mod key;
pub mod names;
pub mod namespace;
pub mod server;
pub mod shown;
pub mod tls;
pub mod upstream;
pub mod wait;
pub mod web;

pub use client::{Ask, Connection, Reply};
pub use key::TestKey;
pub use server::TestServer;
pub use tls::Authority;
pub use upstream::{Answer, Deaf, Gate, Leave, Leaving, Upstream};
pub use web::{Page, Web};
