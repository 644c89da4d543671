//! A server for one command: the sandbox on a free port, with a key, in this process; nothing of it is left.
//!
//! In: nothing; neither the environment nor a file sets anything of it. Out: where it is, and its key. Dropped, it ends
//! and its directory goes; a command that signals may end has to catch them.

use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::PathBuf;

use anyhow::Context;
use rustix::io::Errno;
use rustix::process::{Pid, getuid, test_kill_process};
use tollgate_gateway::{Listen, Stage};

use super::http::Base;
use super::target::{ApiKey, Target};
use crate::settings::environment::Nowhere;
use crate::settings::objects::{self, Objects};
use crate::settings::{self, Flags, Sources};
use crate::wiring::{self, Running};

/// Two threads serve whatever one command asks, and small segments keep the journal of the few requests small.
const SETTINGS: &str = "\
workers = 2
[journal]
segment = \"64KiB\"
bound = \"16MiB\"
";

/// A server that runs as long as this is kept.
#[derive(Debug)]
pub(crate) struct Temporary {
    /// `None` once it has ended.
    running: Option<Running>,
    directory: PathBuf,
    target: Target,
}

impl Temporary {
    /// Starts it; it serves when this returns.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::start_with("")
    }

    /// The same, with more settings.
    pub(crate) fn start_with(more: &str) -> anyhow::Result<Self> {
        sweep();
        let directory = std::env::temp_dir().join(format!("tollgate-{}-{:x}", std::process::id(), unique()));
        DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .with_context(|| format!("no directory for a temporary server: {}", directory.display()))?;
        match serve(&directory, more) {
            Ok((running, target)) => Ok(Self { running: Some(running), directory, target }),
            Err(error) => {
                let _ = fs::remove_dir_all(&directory);
                Err(error.context("a temporary server does not start"))
            }
        }
    }

    /// Its data directory.
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// Where it is, and its key.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stages().go_on(Stage::Over);
            running.end();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes what servers have left that could not, because they were killed: our own directories of processes that are
/// gone.
fn sweep() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().and_then(process_of).is_some_and(has_ended)) {
        let is_ours = |found: fs::Metadata| found.is_dir() && found.uid() == getuid().as_raw();
        // Metadata of an entry do not follow a link.
        if entry.metadata().is_ok_and(is_ours) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process in `tollgate-PID-NUMBER`.
fn process_of(name: &str) -> Option<Pid> {
    let (pid, number) = name.strip_prefix("tollgate-")?.split_once('-')?;
    i128::from_str_radix(number, 16).ok()?;
    Pid::from_raw(pid.parse().ok().filter(|pid| *pid > 0)?)
}

fn has_ended(process: Pid) -> bool {
    matches!(test_kill_process(process), Err(Errno::SRCH))
}

fn serve(directory: &std::path::Path, more: &str) -> anyhow::Result<(Running, Target)> {
    let text = format!("{SETTINGS}{more}");
    let data_dir = directory.display().to_string();
    let read = move |objects: &Objects<'_>| {
        Ok(settings::inspect(Sources {
            file: Some(("temporary", &text)),
            flags: Flags { listen: Some("127.0.0.1:0"), data_dir: Some(&data_dir) },
            sandbox: true,
            objects,
            surroundings: &Nowhere::default(),
        }))
    };
    let loaded = read(&objects::none)?.outcome?;
    let running = wiring::start(loaded.settings, Listen::Own, Box::new(read))?;
    let key = running.bootstrap()?.context("the new data directory has a key already")?;
    let address: SocketAddr = running.local_addr();
    let target = Target { base: Base::read(&format!("http://{address}/v1"))?, key: Some(ApiKey::new(key.reveal())) };
    Ok((running, target))
}

/// What no other process of this id had.
fn unique() -> i128 {
    jiff::Timestamp::now().as_nanosecond()
}

#[cfg(test)]
mod tests {
    use super::process_of;

    #[test]
    fn only_directories_of_temporary_servers_are_taken_for_theirs() {
        assert!(process_of("tollgate-12-18a0b").is_some());
        for other in ["tollgate", "tollgate-12", "tollgate-x-1", "tollgate-0-1", "tollgate-12-notes", "other-12-1"] {
            assert!(process_of(other).is_none(), "{other}");
        }
    }
}
