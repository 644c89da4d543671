//! Starts programs on a core of their own, reads their lines, and never leaves one behind.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// Of a program's complaints, this much is shown.
const SHOWN: usize = 2000;

/// A running program. Dropping it ends it.
pub(crate) struct Process {
    child: Child,
    name: String,
    complaints: PathBuf,
    lines: Receiver<String>,
    /// Dropping it tells the load generator to let go.
    pub(crate) stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts `program` pinned to `core`. Should this driver be killed, the kernel sends SIGTERM to it.
    pub(crate) fn pinned(core: usize, program: &Path, arguments: &[String], dir: &Path) -> Result<Self> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "taskset", "-c", &core.to_string()]).arg(program);
        Self::start(command, program, arguments, dir)
    }

    /// Starts `program` as it is, anywhere: for measuring how long a start takes.
    pub(crate) fn plain(program: &Path, arguments: &[String], dir: &Path) -> Result<Self> {
        Self::start(Command::new(program), program, arguments, dir)
    }

    fn start(mut command: Command, program: &Path, arguments: &[String], dir: &Path) -> Result<Self> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let complaints = dir.join(format!("{name}.stderr"));
        let stderr = File::options().create(true).append(true).open(&complaints).context("a file for stderr")?;
        // Nothing of the user's own set-up may take part.
        command.args(arguments).env("XDG_CONFIG_HOME", dir).env("XDG_DATA_HOME", dir).env("XDG_STATE_HOME", dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).current_dir(dir);
        let mut child = command.spawn().with_context(|| format!("start {}", program.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("stdout is a pipe")?;
        let (tell, lines) = mpsc::channel();
        // Reads to the end even when nobody listens, so that no program waits for a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Ok(Self { child, name, complaints, lines, stdin })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of stdout.
    pub(crate) fn line(&self, patience: Duration) -> Result<String> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{} said nothing for {patience:?}\n{}", self.name, self.complaints())
            }
            Err(RecvTimeoutError::Disconnected) => bail!("{} ended\n{}", self.name, self.complaints()),
        }
    }

    /// The end of its stderr.
    pub(crate) fn complaints(&self) -> String {
        let text = fs::read_to_string(&self.complaints).unwrap_or_default();
        let from = text.len().saturating_sub(SHOWN);
        text.get(text.ceil_char_boundary(from)..).unwrap_or_default().to_owned()
    }

    /// Waits for it to end by itself.
    pub(crate) fn ended(&mut self, patience: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < patience {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stdin = None;
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let _ = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        if !self.ended(GRACE) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Waits until somebody answers `ready`.
pub(crate) fn until(what: &str, patience: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !ready() {
        if start.elapsed() > patience {
            bail!("{what}: not within {patience:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
