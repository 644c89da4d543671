//! LiteLLM's proxy, and OpenAI's Python SDK, in a Python environment outside the clone; and the proxy as a process.
//!
//! They come from the Python package index, once: a proof later uses what is there, and the folder can be removed to
//! get newer ones. The proxy runs without the user's environment, so that no key or proxy of theirs has a say.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::prove::client::{Client, get};
use crate::prove::system::pause;

/// The proxy imports a hundred packages; on a cold disk that takes its time.
const START: Duration = Duration::from_secs(90);
/// `prisma` is imported where the proxy refuses a request without a key; its extra for proxies lacks it.
const PACKAGES: [&str; 3] = ["litellm[proxy]", "prisma", "openai"];

/// A Python environment with both.
pub(super) struct Python(PathBuf);

impl Python {
    /// Makes it unless it is there.
    pub(super) fn ensure() -> anyhow::Result<Self> {
        let python = Self(tools()?.join("litellm"));
        if python.0.join("installed").exists() {
            return Ok(python);
        }
        println!("installing {} into {}, once", PACKAGES.join(", "), python.0.display());
        let made =
            Command::new("python3").args(["-m", "venv"]).arg(&python.0).status().context("python3 is missing")?;
        let pip = python.program("pip");
        let installed =
            made.success() && Command::new(pip).args(["install", "--quiet"]).args(PACKAGES).status()?.success();
        if !installed {
            bail!("LiteLLM cannot be installed into {}", python.0.display());
        }
        File::create(python.0.join("installed"))?;
        Ok(python)
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// What is installed, as the packages say.
    pub(super) fn versions(&self) -> anyhow::Result<String> {
        let code =
            "from importlib.metadata import version as v; print('litellm', v('litellm') + ', openai', v('openai'))";
        let output = Command::new(self.program("python")).args(["-c", code]).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// Where tools are kept that are not part of the clone.
#[expect(clippy::disallowed_methods, reason = "a tool of the workspace, told by its user where others are kept")]
fn tools() -> anyhow::Result<PathBuf> {
    if let Some(tools) = std::env::var_os("TOLLGATE_TOOLS") {
        return Ok(tools.into());
    }
    let home = std::env::var_os("HOME").context("neither TOLLGATE_TOOLS nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/tollgate-test"))
}

/// The proxy, stopped when this is dropped.
pub(super) struct Proxy {
    child: Child,
    pub(super) address: SocketAddr,
    pub(super) ready_after: Duration,
}

impl Proxy {
    /// Starts it in `directory` with this configuration and waits until it says that it lives.
    pub(super) fn start(python: &Python, directory: &Path, config: &str) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (file, log) = (directory.join("litellm.yaml"), directory.join("litellm.log"));
        std::fs::write(&file, config)?;
        let output = File::create(&log)?;
        let child = Command::new(python.program("python"))
            .arg(python.program("litellm"))
            .args(["--host", "127.0.0.1", "--telemetry", "False", "--port", &address.port().to_string(), "--config"])
            .arg(&file)
            .env_clear()
            .env("HOME", directory)
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            // Its list of prices comes from the network otherwise.
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("LiteLLM cannot be started")?;
        let mut proxy = Self { child, address, ready_after: Duration::ZERO };
        proxy.ready_after = proxy.wait(&log)?;
        Ok(proxy)
    }

    fn wait(&mut self, log: &Path) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < START && matches!(self.child.try_wait(), Ok(None)) {
            let asked = Client::connect(self.address).ok().and_then(|mut c| c.ask(&get("/health/liveliness", "")).ok());
            if asked.is_some_and(|answer| answer.status == 200) {
                return Ok(begun.elapsed());
            }
            pause(Duration::from_millis(200));
        }
        let log = std::fs::read_to_string(log).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(20).collect();
        bail!(
            "LiteLLM does not live after {:?}:\n{}",
            begun.elapsed(),
            end.into_iter().rev().collect::<Vec<_>>().join("\n")
        )
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            pause(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
