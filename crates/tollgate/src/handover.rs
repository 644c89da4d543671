//! Listening sockets, handed from a running server to the one that takes its place.
//!
//! In: a data directory and an address. Out: the very sockets on which a server of that directory listens there, so that
//! connections that wait in their queues are not lost, as they would be with sockets of the same address
//! (`SO_REUSEPORT` shares the port, not the queues). Open [`ask`] for the side that starts and [`Offer`] for the side that
//! runs.
//!
//! The way: each server listens on a Unix socket in its data directory (0600, the peer's user is checked). A new process
//! says where it wants to listen and gets the sockets as copies; both accept from now on. Once the new one serves it says
//! so, and only then the old one stops accepting and finishes what it has. A new one that fails before that has closed its
//! copies, and nothing has happened.

mod find;
mod give;
mod take;
mod wire;

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

pub use find::{Server, administer, keys_changed, running};
pub use give::{Offer, Operate, Successor};
pub use take::{Found, TakeError, Taken, ask};

/// What the Unix sockets of running servers are called: between these two stands what nobody else drew.
const PREFIX: &str = "server-";
const SUFFIX: &str = ".sock";

/// A path of a Unix socket holds 107 bytes (unix(7)); a system that holds fewer says so when it is bound.
const PATH_MAX: usize = 107;

/// The network that addresses of this process are in. Two containers may share a directory and have an address each
/// that looks alike.
fn network() -> String {
    fs::read_link("/proc/self/ns/net").map_or_else(|_| String::new(), |link| link.display().to_string())
}

/// A file of a directory under a name that is short enough for a Unix socket, usable while `directory` is open.
fn short(directory: &File, path: &Path, name: &str) -> PathBuf {
    let whole = path.join(name);
    if whole.as_os_str().len() <= PATH_MAX {
        return whole;
    }
    PathBuf::from(format!("/proc/self/fd/{}/{name}", directory.as_raw_fd()))
}
