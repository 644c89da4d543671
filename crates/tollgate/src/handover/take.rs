//! The process that starts: it looks for a running server of its data directory, and asks it for its sockets.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::wire::{self, Answer, Leaving, Question, Ready, Verdict};
use super::{PREFIX, SUFFIX, network, short};

/// A server that runs answers at once, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found in a data directory.
#[derive(Debug)]
pub enum Found {
    /// No server of it listens at the address asked for.
    Nobody,
    /// The sockets of one that does.
    Taken(Taken),
}

/// Sockets of a server that still runs.
#[derive(Debug)]
pub struct Taken {
    /// They listen at one address.
    pub sockets: Vec<TcpListener>,
    /// The process that still accepts from them too.
    pub process: u32,
    stream: UnixStream,
}

/// Why a server that runs does not give its sockets.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The data directory cannot be looked into.
    #[error("the data directory {directory} cannot be looked into")]
    Directory {
        /// Which.
        directory: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// Another start is under way.
    #[error("another process is about to take over from the server that runs (process {process})")]
    Busy {
        /// The server that runs.
        process: u32,
    },
    /// It says nothing, or something else.
    #[error("the server that runs on this data directory does not hand its sockets over")]
    Silent(#[source] io::Error),
}

/// Asks the servers of `data_dir` for the sockets of `listen`.
///
/// # Errors
/// A server is there and does not answer as it should: to listen beside it would take callers from it.
pub fn ask(data_dir: &Path, listen: SocketAddr) -> Result<Found, TakeError> {
    let failed = |source| TakeError::Directory { directory: data_dir.display().to_string(), source };
    let directory = match File::open(data_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nobody),
        opened => opened.map_err(failed)?,
    };
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(data_dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX)) else { continue };
        // Who else could put a socket here could do worse; it costs one look.
        if !entry.metadata().is_ok_and(|m| m.uid() == user) {
            continue;
        }
        match UnixStream::connect(short(&directory, data_dir, name)) {
            Ok(stream) => {
                if let Some(taken) = ask_one(stream, listen)? {
                    return Ok(Found::Taken(taken));
                }
            }
            // Its process is gone.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let _ = fs::remove_file(entry.path());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(TakeError::Silent(error)),
        }
    }
    Ok(Found::Nobody)
}

fn ask_one(stream: UnixStream, listen: SocketAddr) -> Result<Option<Taken>, TakeError> {
    let asked = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .and_then(|()| {
            wire::say(&stream, &Question { listen, network: network(), keys_changed: false, act_bytes: None })
        })
        .and_then(|()| wire::hear::<Answer>(&stream));
    let answer = match asked {
        // It is about to end, and said so by closing.
        Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            return Ok(None);
        }
        asked => asked.map_err(TakeError::Silent)?,
    };
    match answer.verdict {
        Verdict::Elsewhere => {
            tracing::info!(process = answer.process, address = %answer.address, "another server runs on this data directory");
            Ok(None)
        }
        Verdict::Busy => Err(TakeError::Busy { process: answer.process }),
        Verdict::Yours => {
            let sockets = wire::receive_sockets(&stream, answer.sockets).map_err(TakeError::Silent)?;
            Ok(Some(Taken { sockets, process: answer.process, stream }))
        }
    }
}

impl Taken {
    /// Tells the old process that this one serves; from when this returns the old one accepts nothing more. One that has
    /// died meanwhile needs no telling.
    pub fn ready(&self) {
        let told = wire::say(&self.stream, &Ready { process: std::process::id() })
            .and_then(|()| wire::hear::<Leaving>(&self.stream));
        match told {
            Ok(Leaving {}) => tracing::info!(process = self.process, "taken over from the server that ran before"),
            Err(error) => {
                tracing::warn!(%error, process = self.process, "the server that ran before does not say that it leaves");
            }
        }
    }
}
