//! The real server: the built binary, with a data directory of its own, on a port that was free.
//!
//! `TestServer::builder(binary).upstream(&upstream).start().await` starts it, waits until it is ready and stops it when
//! dropped. It has the sandbox and its first key, as `tollgate up` gives them.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::client::{Ask, Connection, Reply};
use crate::http2::Http2;
use crate::key::{KeyBuilder, TestKey};
use crate::upstream::Upstream;
use crate::wait::{soon, until};

/// The secret of [`ServerBuilder::upstream`]'s provider.
pub const CREDENTIAL: &str = "sk-provider-0123456789abcdefghijklmnop";

/// A server to be started.
#[derive(Debug, Clone)]
pub struct ServerBuilder {
    binary: PathBuf,
    directory: Arc<TempDir>,
    /// Settings before the first section.
    top: String,
    sections: String,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// A server that runs.
#[derive(Debug)]
pub struct TestServer {
    builder: ServerBuilder,
    child: Child,
    /// Held open: a server whose standard output is gone must not be what is tested.
    _out: BufReader<ChildStdout>,
    ready: Json,
    address: SocketAddr,
}

/// A server that has stopped.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub status: ExitStatus,
    /// All it wrote to standard error.
    pub log: String,
    builder: ServerBuilder,
}

impl ServerBuilder {
    /// With these lines of configuration: settings of the top level, or whole sections.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        let lines: Vec<&str> = toml.lines().map(str::trim_start).collect();
        let (top, sections) = lines.split_at(lines.iter().position(|l| l.starts_with('[')).unwrap_or(lines.len()));
        for (text, lines) in [(&mut self.top, top), (&mut self.sections, sections)] {
            writeln!(text, "{}", lines.join("\n")).unwrap();
        }
        self
    }

    /// With a provider at `upstream` called `openai`, its credential, and the model `gpt-4o-mini` from there.
    #[must_use]
    pub fn upstream(self, upstream: &Upstream) -> Self {
        self.provider("openai", &upstream.base_url(), "").model("gpt-4o-mini", "openai", "gpt-4o-mini")
    }

    /// With a provider; `more` is added to its section.
    #[must_use]
    pub fn provider(self, name: &str, base_url: &str, more: &str) -> Self {
        let section = format!(
            "[providers.{name}]\nbase_url = \"{base_url}\"\ncredential = {{ env = \"PROVIDER_KEY\" }}\n{more}\n"
        );
        self.variable("PROVIDER_KEY", CREDENTIAL).config(&section)
    }

    /// With a model that one provider serves under its own name for it.
    #[must_use]
    pub fn model(self, name: &str, provider: &str, model: &str) -> Self {
        self.config(&format!(
            "[models.\"{name}\"]\ndeployments = [{{ provider = \"{provider}\", model = \"{model}\" }}]\n"
        ))
    }

    /// With an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a file beside the configuration.
    #[must_use]
    pub fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.directory.path().join(name), content).unwrap();
        self
    }

    /// The directory of the configuration; the data directory is `data` in it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    /// It does not start; what it wrote is in the message.
    pub async fn start(self) -> TestServer {
        let mut child = self.command("up").spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        soon("the server getting ready", out.read_line(&mut line)).await.unwrap();
        let ready: Json =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("it did not start: {line}{}", self.log()));
        let base = ready["api_base"].as_str().unwrap();
        let address = base.split("//").nth(1).and_then(|rest| rest.strip_suffix("/v1")).unwrap().parse().unwrap();
        TestServer { builder: self, child, _out: out, ready, address }
    }

    /// With an argument for its start.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts it, expecting that it refuses to.
    pub async fn refused(self) -> Output {
        let output = self.command("up").stderr(Stdio::piped()).output();
        soon("the server refusing to start", output).await.unwrap()
    }

    fn command(&self, verb: &str) -> Command {
        let config = self.directory().join("tollgate.toml");
        // The port is chosen where the test does not.
        let listen = if self.top.contains("listen =") { "" } else { "listen = \"127.0.0.1:0\"\n" };
        fs::write(&config, format!("{listen}{}{}", self.top, self.sections)).unwrap();
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        let mut command = self.bare();
        command.arg(verb).arg("--json").arg("--config").arg(config).arg("--data-dir").arg(self.data_dir());
        command.args(&self.arguments);
        command.stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        command
    }

    fn bare(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("HOME", self.directory()).current_dir(self.directory()).stdin(Stdio::null());
        // A test that stops a server has told nobody to go elsewhere.
        command.env("TOLLGATE_TIMEOUTS_DRAIN_PAUSE", "0s");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.directory().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.directory().join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    async fn cli(&self, arguments: &[&str]) -> Output {
        let mut command = self.bare();
        command.args(arguments).arg("--data-dir").arg(self.data_dir());
        soon("a command", command.output()).await.unwrap()
    }

    async fn journal(&self) -> Vec<Json> {
        let output = self.cli(&["journal", "dump", "--json"]).await;
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl TestServer {
    /// A server of this binary: `env!("CARGO_BIN_EXE_tollgate")` in a test of the crate that builds it.
    #[must_use]
    pub fn builder(binary: &str) -> ServerBuilder {
        ServerBuilder {
            binary: binary.into(),
            directory: Arc::new(tempfile::tempdir().unwrap()),
            top: String::new(),
            sections: String::new(),
            variables: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The first line on its standard output.
    #[must_use]
    pub fn ready(&self) -> &Json {
        &self.ready
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.builder.data_dir()
    }

    /// The directory of its configuration.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.builder.directory()
    }

    /// The id of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The key of the first start, which may do everything.
    #[must_use]
    pub fn first_key(&self) -> TestKey<'_> {
        let secret = self.ready["api_key"].as_str().expect("not the first start");
        TestKey::known(self, secret.to_owned())
    }

    /// The admin key of the first start, which may do everything.
    #[must_use]
    pub fn admin_key(&self) -> &str {
        self.ready["admin_api_key"].as_str().expect("not the first start")
    }

    /// Another key.
    #[must_use]
    pub fn key(&self) -> KeyBuilder<'_> {
        KeyBuilder::new(self)
    }

    /// Connects.
    pub async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// Connects with h2 in clear text.
    pub async fn connect_http2(&self) -> Http2 {
        Http2::open(self.address).await
    }

    /// Sends a request on a connection of its own and reads the answer.
    pub async fn ask(&self, ask: &Ask) -> Reply {
        self.connect().await.ask(ask).await
    }

    /// A GET without a key.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(&Ask::get(path)).await
    }

    /// Sends bytes, closes our side, and returns all that comes back.
    pub async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut connection = self.connect().await;
        connection.write(bytes).await;
        connection.finish().await;
        connection.rest().await
    }

    /// Sends bytes and reads one answer, our side left open.
    pub async fn raw_reply(&self, bytes: &[u8]) -> Reply {
        let mut connection = self.connect().await;
        connection.write(bytes).await;
        connection.reply(false).await
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.builder.log()
    }

    /// Runs a command on its data directory.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        self.builder.cli(arguments).await
    }

    /// The same, of a command that prints JSON and succeeds.
    pub async fn cli_json(&self, arguments: &[&str]) -> Json {
        let output = self.cli(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Every entry of its journal, at this moment.
    pub async fn journal(&self) -> Vec<Json> {
        self.builder.journal().await
    }

    /// The journal's entries of one request, at this moment.
    pub async fn records(&self, request: &str) -> Vec<Json> {
        let mut entries = self.journal().await;
        entries.retain(|entry| entry["request"] == request);
        entries
    }

    /// The settlement of a request whose caller went away, so that nothing says when it is written.
    pub async fn settlement_of_model(&self, model: &str) -> Json {
        until("a settlement", || async {
            let entries = self.journal().await;
            let admitted = entries.iter().find(|e| e["entry"] == "admission" && e["model_asked"] == model)?;
            let request = admitted["request"].clone();
            entries.into_iter().find(|e| e["entry"] == "settlement" && e["request"] == request)
        })
        .await
    }

    /// The same server to be started again, beside this one.
    #[must_use]
    pub fn again(&self) -> ServerBuilder {
        self.builder.clone()
    }

    /// Tells it to stop, without waiting.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until it has stopped.
    pub async fn ended(mut self) -> Stopped {
        let status = soon("the server stopping", self.child.wait()).await.unwrap();
        Stopped { status, log: self.builder.log(), builder: self.builder.clone() }
    }

    /// Tells it to stop, and waits.
    pub async fn stop(self) -> Stopped {
        self.terminate();
        self.ended().await
    }
}

impl Stopped {
    /// Runs a command on its data directory.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        self.builder.cli(arguments).await
    }

    /// Starts it again on the same data.
    pub async fn start(self) -> TestServer {
        self.builder.start().await
    }

    /// Every entry of its journal.
    pub async fn journal(&self) -> Vec<Json> {
        self.builder.journal().await
    }

    /// Its data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.builder.data_dir()
    }
}
