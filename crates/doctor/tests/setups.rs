//! Set-ups that are really built, each broken in one way: the right finding comes first, and nothing else is claimed.
//!
//! The peers are real sockets on loopback: a provider that answers as OpenAI's does, proxies, name servers. What loopback
//! cannot show (lost packets, dead name servers) is built in network namespaces.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

#[path = "setups/addresses.rs"]
mod addresses;
#[path = "setups/anthropic.rs"]
mod anthropic;
#[path = "setups/azure.rs"]
mod azure;
#[path = "setups/gemini.rs"]
mod gemini;
#[path = "setups/healthy.rs"]
mod healthy;
#[path = "setups/home.rs"]
mod home;
#[path = "setups/keys.rs"]
mod keys;
#[path = "setups/masks.rs"]
mod masks;
#[path = "setups/models.rs"]
mod models;
#[path = "setups/namespaces.rs"]
mod namespaces;
#[path = "setups/proxies.rs"]
mod proxies;
#[path = "setups/socks.rs"]
mod socks;
#[path = "setups/stage.rs"]
mod stage;
#[path = "setups/transport.rs"]
mod transport;
#[path = "setups/versions.rs"]
mod versions;
