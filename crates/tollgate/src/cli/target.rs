//! Which server a command calls, and with which key.
//!
//! In: flags, the variables that OpenAI's clients read, and the data directory. Out: a [`Target`]. Flags win over
//! `TOLLGATE_URL` and `TOLLGATE_API_KEY`, these over `OPENAI_BASE_URL` and `OPENAI_API_KEY`, these over the server that
//! runs on the data directory. Only for that last one a key is found, or made, without being named: whoever may read the
//! data directory may make keys anyway. A key of another vendor is never sent to it.

pub(crate) mod admin;
mod own_key;

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use tokio_rustls::rustls;
use tollgate_core::id::KeyId;
use tollgate_core::key::PREFIX;

use super::data_dir::DataDirArgs;
use super::http::{Answer, Base, Call, CallError, Client};
use super::output::{self, Label, Refused};
use crate::handover;
use crate::settings::environment::{Process, Surroundings};
use crate::settings::reachable;
use crate::settings::scalar::DurationText;

/// Exit code where a server has to be reached and cannot be.
pub(crate) const NETWORK: u8 = 6;
/// After so long without an answer it is said that one is waited for.
const UNEASY: Duration = Duration::from_secs(5);
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

/// How long to wait for it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PatienceArgs {
    /// How long the server may be silent, before its answer and within it, for example 30s
    #[arg(long, value_name = "TIME", value_parser = patience, default_value = "10m")]
    timeout: Duration,
}

impl PatienceArgs {
    /// What calls this server.
    pub(crate) fn client(&self, target: &Target) -> anyhow::Result<Client> {
        Ok(target.client()?.waiting(self.timeout))
    }
}

fn patience(text: &str) -> Result<Duration, String> {
    let time = text.parse::<DurationText>().map_err(|error| error.to_string())?.0;
    if time.is_zero() { Err("expected more than nothing".to_owned()) } else { Ok(time) }
}

/// What stands behind `--key`.
#[derive(Clone)]
pub(crate) enum Given {
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

    /// Calls it with the key, and says so where its answer is long in coming.
    pub(crate) async fn ask(&self, client: &Client, call: Call) -> anyhow::Result<Answer> {
        let call = match &self.key {
            Some(key) => call.bearer(key.reveal()),
            None => call,
        };
        let mut answer = pin!(client.send(call));
        let answer = match tokio::time::timeout(UNEASY, &mut answer).await {
            Ok(answer) => answer,
            Err(_) => {
                output::say(Label::Note, &format!("waiting for an answer of {}; Ctrl-C ends", self.base));
                answer.await
            }
        };
        answer.map_err(|error| not_reached(error, &self.base))
    }
}

impl TargetArgs {
    /// The server and the key that are meant.
    pub(crate) fn resolve(&self) -> anyhow::Result<Target> {
        self.resolve_with(self.given_key()?)
    }

    fn resolve_with(&self, given: Option<ApiKey>) -> anyhow::Result<Target> {
        let Some(base) = self.named()? else {
            let base = self.local()?.ok_or_else(|| self.nobody())?;
            return self.with_local_key(base, given);
        };
        let key = given.or_else(|| variable("OPENAI_API_KEY").map(ApiKey));
        Ok(Target { base, key })
    }

    /// The same with the key that has been read; `None` where no server is named and none runs.
    pub(crate) fn resolve_with_if_any(&self, given: Option<ApiKey>) -> anyhow::Result<Option<Target>> {
        if self.named()?.is_none() && self.local()?.is_none() {
            return Ok(None);
        }
        self.resolve_with(given).map(Some)
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
        self.base_if_any()?.ok_or_else(|| self.nobody())
    }

    /// The same; `None` where no server is named and none runs.
    pub(crate) fn base_if_any(&self) -> anyhow::Result<Option<Base>> {
        match self.named()? {
            Some(base) => Ok(Some(base)),
            None => self.local(),
        }
    }

    /// The server that a flag or a variable names.
    pub(crate) fn named(&self) -> anyhow::Result<Option<Base>> {
        let text = self.url.clone().filter(|url| !url.is_empty()).or_else(|| variable("OPENAI_BASE_URL"));
        let read = |text: String| Base::read(&text).map_err(|error| Refused::usage(error.to_string()));
        Ok(text.map(read).transpose()?)
    }

    /// The server of the data directory.
    fn local(&self) -> anyhow::Result<Option<Base>> {
        match self.data_dir.directory() {
            Ok(directory) => running_on(&directory),
            Err(_) => Ok(None),
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

    fn with_local_key(&self, base: Base, given: Option<ApiKey>) -> anyhow::Result<Target> {
        let key = given.or_else(|| self.key_of_environment());
        let key = key.map_or_else(|| own_key::of(&self.data_dir), Ok)?;
        Ok(Target { base, key: Some(key) })
    }

    /// A key of ours in `OPENAI_API_KEY`: another vendor's is never sent to a server of the data directory.
    pub(crate) fn key_of_environment(&self) -> Option<ApiKey> {
        variable("OPENAI_API_KEY").filter(|key| key.starts_with(PREFIX)).map(ApiKey)
    }

    /// The key that a flag or our variable names. Standard input is read once.
    pub(crate) fn given_key(&self) -> anyhow::Result<Option<ApiKey>> {
        read_given(self.key.as_ref(), Flag::Key)
    }
}

/// Which flag names the key, for what is said of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flag {
    Key,
    AdminKey,
}

impl Flag {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "--key",
            Self::AdminKey => "--admin-key",
        }
    }
}

/// The key that is meant, which may be in a file or on standard input.
fn read_given(given: Option<&Given>, flag: Flag) -> anyhow::Result<Option<ApiKey>> {
    let text = match given {
        None => return Ok(None),
        Some(Given::Text(key)) => {
            warn_if_seen(key, flag);
            key.0.clone()
        }
        Some(Given::StandardInput) => first_line(io::stdin(), "standard input")?,
        Some(Given::File(file)) => {
            let name = file.display().to_string();
            let opened = std::fs::File::open(file)
                .map_err(|error| Refused::usage(format!("the key cannot be read from {name}: {error}")))
                .map_err(|refused| refused.help(format!("{} @FILE takes the first line of FILE", flag.name())))?;
            first_line(opened, &name)?
        }
    };
    Ok(Some(text).filter(|text| !text.is_empty()).map(ApiKey))
}

/// The server that runs on a data directory.
pub(crate) fn running_on(directory: &Path) -> anyhow::Result<Option<Base>> {
    let what = || format!("the data directory {} cannot be looked into", directory.display());
    let servers = handover::running(directory).with_context(what)?;
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

/// A failed call, as commands end with it.
pub(crate) fn not_reached(error: CallError, base: &Base) -> anyhow::Error {
    let refused = Refused::failed(format!("{base} does not answer")).code(NETWORK);
    let refused = match &error {
        CallError::Refused { .. } => {
            refused.help("is it running? tollgate up starts a server; --url names another one")
        }
        CallError::Name { .. } => refused.help("check the name of the host in --url"),
        CallError::Late { .. } => refused.help("--timeout waits longer"),
        CallError::NotHttp if !base.is_tls() => {
            refused.help("a server that speaks TLS wants https:// at the beginning of --url")
        }
        CallError::NotHttp => refused.help("--url has to name the base URL of an API"),
        CallError::Tls { source, .. } => return no_tls(refused, source).into(),
        CallError::CutOff => {
            Refused::failed(format!("the answer of {base} was cut off")).help("what had come of it is above; ask again")
        }
        CallError::Malformed(_) => Refused::usage("the request cannot be sent"),
        _ => refused,
    };
    anyhow::Error::new(error).context(refused)
}

/// Why there is no TLS connection, in words: the library's own name its types.
fn no_tls(refused: Refused, error: &io::Error) -> Refused {
    use rustls::{CertificateError, Error, InvalidMessage};
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            refused.cause("what answers there does not speak TLS").help("begin --url with http:// instead of https://")
        }
        Some(Error::InvalidCertificate(
            reason @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        )) => refused
            .cause(format!("the server's certificate is for another name: {reason}"))
            .help("--url has to name the server as its certificate does"),
        Some(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            refused.cause("the server's certificate has expired").help("renew it, or look at the clock of this machine")
        }
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))) => {
            refused.cause("nobody whom this machine trusts has signed the server's certificate").help(
                "where a private authority has signed it, let SSL_CERT_FILE name a file with that authority's \
                 certificate (PEM), not with the server's own",
            )
        }
        _ => refused.cause(format!("no TLS connection: {error}")),
    }
}

/// A key that stands among the arguments is in the list of processes, and in the shell's history.
pub(crate) fn warn_if_seen(key: &ApiKey, flag: Flag) {
    if key.0.parse::<KeyId>().is_ok() {
        return;
    }
    let name = flag.name();
    let value = |word: &str| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    let is_argument = |word: String| value(&word).unwrap_or(word) == key.0;
    if std::env::args_os().filter_map(|word| word.into_string().ok()).any(is_argument) {
        let message =
            format!("the key is in the list of processes, where other users see it; {name} @FILE or {name} - hides it");
        output::say(Label::Warning, &message);
    }
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
