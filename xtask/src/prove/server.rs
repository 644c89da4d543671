//! The server under proof: the release binary in a process of its own, with a data directory of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::Options;
use super::system::pause;

/// How a server is started.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    /// `up` or `serve`.
    pub(super) verb: &'a str,
    pub(super) listen: SocketAddr,
    pub(super) config: Option<&'a str>,
}

impl Start<'_> {
    /// `tollgate up` on a free port, without a configuration.
    pub(super) const UP: Self =
        Self { verb: "up", listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), config: None };
}

/// A running server. It is stopped when this is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// The first key, where this start made one.
    pub(super) key: Option<String>,
    /// The first owner's admin key, where this start made one.
    pub(super) admin_key: Option<String>,
    /// From the start of the process to its ready event.
    pub(super) ready_after: Duration,
    log: PathBuf,
}

impl Server {
    /// Starts `tollgate up` on `data_dir` with the settings in `config`, if any.
    pub(super) fn start(options: &Options, data_dir: &Path, config: Option<&str>) -> anyhow::Result<Self> {
        Self::start_as(options, data_dir, &Start { config, ..Start::UP })
    }

    /// Starts a server as said, on `data_dir`.
    pub(super) fn start_as(options: &Options, data_dir: &Path, start: &Start<'_>) -> anyhow::Result<Self> {
        // Beside the data directory, so that a full disk under it does not touch them.
        let beside = |ending: &str| data_dir.with_extension(ending);
        let log = beside("log");
        let mut command = Command::new(&options.binary);
        command.args([start.verb, "--json", "--listen", &start.listen.to_string(), "--data-dir"]).arg(data_dir);
        if let Some(text) = start.config {
            std::fs::write(beside("toml"), text)?;
            command.arg("--config").arg(beside("toml"));
        }
        let begun = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?)
            .spawn()
            .with_context(|| format!("{} cannot be started", options.binary.display()))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        stdout.read_line(&mut line)?;
        let ready_after = begun.elapsed();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("the server did not become ready: {}", std::fs::read_to_string(&log).unwrap_or_default());
        };
        let base = ready["api_base"].as_str().context("no api_base")?;
        let address = base.trim_start_matches("http://").trim_end_matches("/v1").parse()?;
        let key = ready["api_key"].as_str().map(str::to_owned);
        let admin_key = ready["admin_api_key"].as_str().map(str::to_owned);
        Ok(Self { child, address, key, admin_key, ready_after, log })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first key.
    pub(super) fn key(&self) -> anyhow::Result<String> {
        self.key.clone().context("this start made no key")
    }

    pub(super) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How many times a panic was logged so far.
    pub(super) fn panics(&self) -> u64 {
        let log = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).matches("panicked").count() as u64
    }

    /// Whether it ends by itself within this time, with success.
    pub(super) fn ended_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) if Instant::now() < deadline => pause(Duration::from_millis(10)),
                _ => return false,
            }
        }
    }

    /// Kills the process on the spot, and waits until it is gone.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops the server as an operator does; true where it ended by itself, with success.
    pub(super) fn stop(mut self) -> bool {
        self.terminate()
    }

    fn terminate(&mut self) -> bool {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let ended = self.ended_within(Duration::from_secs(10));
        if self.alive() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        ended
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.alive() {
            self.terminate();
        }
    }
}

/// Runs one of the binary's commands and returns what it printed.
pub(super) fn command(options: &Options, arguments: &[&str], data_dir: &Path) -> anyhow::Result<String> {
    let output = Command::new(&options.binary).args(arguments).arg("--data-dir").arg(data_dir).output()?;
    if !output.status.success() {
        bail!("tollgate {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
