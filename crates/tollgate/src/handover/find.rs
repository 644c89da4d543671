//! A command that calls a server: it asks the sockets of a data directory who serves it, and where.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::wire::{self, Answer, Question};
use super::{PREFIX, SUFFIX, short};

/// A server that runs answers at once, or as soon as it has read the keys.
const PATIENCE: Duration = Duration::from_secs(2);
/// A network that no server is in: whoever asks for it is told the address and given nothing.
const NOWHERE: &str = "only asking";

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its process.
    pub process: u32,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether callers connect with TLS.
    pub tls: bool,
}

/// The servers that run on a data directory; none where there is no such directory. One that does not answer, as one
/// that is about to end, is left out.
///
/// # Errors
/// The directory cannot be read.
pub fn running(data_dir: &Path) -> io::Result<Vec<Server>> {
    ask_all(data_dir, false)
}

/// Tells the servers that run on a data directory that keys were changed, and waits until they have read that, or for
/// two seconds each. They see it by themselves soon after; so nothing is lost where one does not answer.
pub fn keys_changed(data_dir: &Path) {
    // Whoever could change keys can read the directory; were it gone, no server would be there to be told.
    let _ = ask_all(data_dir, true);
}

fn ask_all(data_dir: &Path, keys_changed: bool) -> io::Result<Vec<Server>> {
    let directory = match File::open(data_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let user = rustix::process::geteuid().as_raw();
    let mut servers = Vec::new();
    for entry in fs::read_dir(data_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX)) else { continue };
        // What another user put here is not told a key.
        if !entry.metadata().is_ok_and(|m| m.uid() == user) {
            continue;
        }
        servers.extend(
            UnixStream::connect(short(&directory, data_dir, name)).and_then(|stream| ask(&stream, keys_changed)).ok(),
        );
    }
    Ok(servers)
}

fn ask(stream: &UnixStream, keys_changed: bool) -> io::Result<Server> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    wire::say(stream, &Question { listen, network: NOWHERE.to_owned(), keys_changed })?;
    let Answer { process, address, tls, .. } = wire::hear(stream)?;
    Ok(Server { process, address, tls })
}
