//! Which server a command calls, and with which key.
//!
//! In: flags, the variables that OpenAI's clients read, and the data directory. Out: a [`Target`]. Flags win over
//! `TOLLGATE_URL` and `TOLLGATE_API_KEY`, these over `OPENAI_BASE_URL` and `OPENAI_API_KEY`, these over the server that
//! runs on the data directory. Only for that last one a key is found, or made, without being named: whoever may read the
//! data directory may make keys anyway. A key of another vendor is never sent to it.

mod own_key;

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::Context;
use tollgate_core::key::PREFIX;

use super::data_dir::DataDirArgs;
use super::http::{Base, CallError, Client};
use super::output::Refused;
use crate::handover;
use crate::settings::environment::{Process, Surroundings};
use crate::settings::reachable;

/// Exit code where a server has to be reached and cannot be.
pub(crate) const NETWORK: u8 = 6;
/// Longer than any key.
const KEY_BYTES_MAX: u64 = 64 * 1024;

/// Which server.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TargetArgs {
    /// Base URL of the API [default: OPENAI_BASE_URL, else the server that runs on the data directory]
    #[arg(long, value_name = "URL", env = "TOLLGATE_URL", hide_env_values = true)]
    url: Option<String>,
    /// API key: in @FILE, or - for standard input; the key itself would be seen in the list of processes [default:
    /// OPENAI_API_KEY, else one of the data directory]
    #[arg(long, value_name = "@FILE", env = "TOLLGATE_API_KEY", hide_env_values = true)]
    key: Option<Given>,
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
}

/// What stands behind `--key`.
#[derive(Clone)]
enum Given {
    Text(ApiKey),
    File(PathBuf),
    StandardInput,
}

/// Shown to nobody.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(…)")
    }
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        match (text, text.strip_prefix('@')) {
            ("-", _) => Self::StandardInput,
            (_, Some(file)) => Self::File(file.into()),
            _ => Self::Text(ApiKey(text.to_owned())),
        }
    }
}

/// A key to call with. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ApiKey(String);

impl ApiKey {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole of it, for a header or a child's environment.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A server to call.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) base: Base,
    /// Calls without one are refused by most paths, in words that help.
    pub(crate) key: Option<ApiKey>,
}

impl Target {
    /// What calls it.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Client::new(self.base.clone()).map_err(|error| not_reached(error, &self.base))
    }
}

impl TargetArgs {
    /// The server and the key that are meant.
    pub(crate) fn resolve(&self) -> anyhow::Result<Target> {
        let Some(base) = self.named()? else {
            let base = self.local()?.ok_or_else(|| self.nobody())?;
            return self.with_local_key(base);
        };
        let key = match self.given_key()? {
            Some(key) => Some(key),
            None => variable("OPENAI_API_KEY").map(ApiKey),
        };
        Ok(Target { base, key })
    }

    /// The same; `None` where no server is named and none runs.
    pub(crate) fn resolve_if_any(&self) -> anyhow::Result<Option<Target>> {
        if self.named()?.is_none() && self.local()?.is_none() {
            return Ok(None);
        }
        self.resolve().map(Some)
    }

    /// Where the server is; no key is looked for.
    pub(crate) fn base(&self) -> anyhow::Result<Base> {
        match self.named()? {
            Some(base) => Ok(base),
            None => self.local()?.ok_or_else(|| self.nobody()),
        }
    }

    /// Whether a flag or a variable names a server.
    pub(crate) fn names_server(&self) -> anyhow::Result<bool> {
        Ok(self.named()?.is_some())
    }

    fn named(&self) -> anyhow::Result<Option<Base>> {
        let text = self.url.clone().filter(|url| !url.is_empty()).or_else(|| variable("OPENAI_BASE_URL"));
        let read = |text: String| Base::read(&text).map_err(|error| Refused::usage(error.to_string()));
        Ok(text.map(read).transpose()?)
    }

    /// The server of the data directory.
    fn local(&self) -> anyhow::Result<Option<Base>> {
        let Ok(directory) = self.data_dir.directory() else { return Ok(None) };
        let what = || format!("the data directory {} cannot be looked into", directory.display());
        let servers = handover::running(&directory).with_context(what)?;
        let url = |server: &handover::Server| {
            format!("{}://{}/v1", if server.tls { "https" } else { "http" }, reachable(server.address))
        };
        let mut urls: Vec<String> = servers.iter().map(url).collect();
        // One that takes the place of another listens where that does.
        urls.sort();
        urls.dedup();
        match &urls[..] {
            [] => Ok(None),
            [url] => Ok(Some(Base::read(url)?)),
            several => {
                let message = format!("several servers run on {}: {}", directory.display(), several.join(", "));
                Err(Refused::usage(message).help("name one with --url").into())
            }
        }
    }

    fn nobody(&self) -> anyhow::Error {
        let place =
            self.data_dir.directory().map_or_else(|_| String::new(), |d| format!(", and none runs on {}", d.display()));
        Refused::failed(format!("no server is named{place}"))
            .code(NETWORK)
            .help("start one with tollgate up, or name one with --url or OPENAI_BASE_URL")
            .into()
    }

    fn with_local_key(&self, base: Base) -> anyhow::Result<Target> {
        let ours = |key: &String| key.starts_with(PREFIX);
        let key = match self.given_key()? {
            Some(key) => Some(key),
            None => variable("OPENAI_API_KEY").filter(ours).map(ApiKey),
        };
        let key = key.map_or_else(|| own_key::of(&self.data_dir), Ok)?;
        Ok(Target { base, key: Some(key) })
    }

    fn given_key(&self) -> anyhow::Result<Option<ApiKey>> {
        let text = match &self.key {
            None => return Ok(None),
            Some(Given::Text(key)) => key.0.clone(),
            Some(Given::StandardInput) => first_line(io::stdin(), "standard input")?,
            Some(Given::File(file)) => {
                let name = file.display().to_string();
                let opened = std::fs::File::open(file)
                    .map_err(|error| Refused::usage(format!("the key cannot be read from {name}: {error}")))?;
                first_line(opened, &name)?
            }
        };
        Ok(Some(text).filter(|text| !text.is_empty()).map(ApiKey))
    }
}

/// A failed call, as commands end with it.
pub(crate) fn not_reached(error: CallError, base: &Base) -> anyhow::Error {
    let refused = Refused::failed(format!("{base} does not answer")).code(NETWORK);
    let refused = match &error {
        CallError::Refused { .. } => {
            refused.help("is it running? tollgate up starts a server; --url names another one")
        }
        CallError::Tls { .. } => refused.help(
            "--url has to name the server as its certificate does; SSL_CERT_FILE names a file with a private root",
        ),
        CallError::Malformed(_) => Refused::usage("the request cannot be sent"),
        _ => refused,
    };
    anyhow::Error::new(error).context(refused)
}

/// A variable that says something.
fn variable(name: &str) -> Option<String> {
    Process::now().variables().get(name).filter(|value| !value.is_empty()).cloned()
}

fn first_line(from: impl Read, name: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    from.take(KEY_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| Refused::usage(format!("the key cannot be read from {name}: {error}")))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(Refused::usage(format!("there is no key in {name}")).into()),
    }
}
