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
/// An act waits for its turn, for the database, and for its change to hold.
const ACT_MAX: Duration = Duration::from_secs(60);

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

/// Has a server that runs on a data directory do an act of administration, as whoever holds that directory. `None` where none
/// runs.
///
/// # Errors
/// It does not answer, or is of a version that does not know how.
pub fn administer(data_dir: &Path, act: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut failed = None;
    for stream in streams(data_dir)? {
        match ask_act(&stream, act) {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(None), Err)
}

fn ask_act(stream: &UnixStream, act: &[u8]) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(ACT_MAX))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    wire::say(stream, &Question { act_bytes: Some(act.len()), ..only_asking() })?;
    wire::say_bytes(stream, act)?;
    let answer: Answer = wire::hear(stream)?;
    let count = answer.act_bytes.ok_or_else(|| io::Error::other("the server is of an earlier version"))?;
    wire::hear_bytes(stream, count)
}

fn ask_all(data_dir: &Path, keys_changed: bool) -> io::Result<Vec<Server>> {
    let ask = |stream: UnixStream| ask(&stream, keys_changed).ok();
    Ok(streams(data_dir)?.into_iter().filter_map(ask).collect())
}

/// A connection to each server that runs on a data directory.
fn streams(data_dir: &Path) -> io::Result<Vec<UnixStream>> {
    let directory = match File::open(data_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let user = rustix::process::geteuid().as_raw();
    let mut streams = Vec::new();
    for entry in fs::read_dir(data_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX)) else { continue };
        // What another user put here is not told a key.
        if !entry.metadata().is_ok_and(|m| m.uid() == user) {
            continue;
        }
        streams.extend(UnixStream::connect(short(&directory, data_dir, name)).ok());
    }
    Ok(streams)
}

fn ask(stream: &UnixStream, keys_changed: bool) -> io::Result<Server> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    wire::say(stream, &Question { keys_changed, ..only_asking() })?;
    let Answer { process, address, tls, .. } = wire::hear(stream)?;
    Ok(Server { process, address, tls })
}

fn only_asking() -> Question {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    Question { listen, network: NOWHERE.to_owned(), keys_changed: false, act_bytes: None }
}
