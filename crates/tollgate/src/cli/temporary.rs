//! A server for one command: the sandbox on a free port, with a key, in this process; nothing of it is left.
//!
//! In: nothing; neither the environment nor a file sets anything of it. Out: where it is, and its key. Dropped, it ends
//! and its directory goes; a command that signals may end has to catch them.

use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use anyhow::Context;
use tollgate_gateway::{Listen, Stage};

use super::http::Base;
use super::target::{ApiKey, Target};
use crate::settings::environment::Nowhere;
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

fn serve(directory: &std::path::Path, more: &str) -> anyhow::Result<(Running, Target)> {
    let text = format!("{SETTINGS}{more}");
    let data_dir = directory.display().to_string();
    let sources = Sources {
        file: Some(("temporary", &text)),
        flags: Flags { listen: Some("127.0.0.1:0"), data_dir: Some(&data_dir) },
        sandbox: true,
        surroundings: &Nowhere::default(),
    };
    let running = wiring::start(settings::load(sources)?.settings, Listen::Own)?;
    let key = running.bootstrap()?.context("the new data directory has a key already")?;
    let address: SocketAddr = running.local_addr();
    let target = Target { base: Base::read(&format!("http://{address}/v1"))?, key: Some(ApiKey::new(key.reveal())) };
    Ok((running, target))
}

/// What no other process of this id had.
fn unique() -> i128 {
    jiff::Timestamp::now().as_nanosecond()
}
