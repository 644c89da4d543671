//! What a server says once it is ready: an event for programs, a banner or a log line for people.
//!
//! In: the settings and where they came from, the bound address, the first key. Out: text. The key is in the event and
//! in the banner for a terminal, and nowhere else.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use tollgate_core::key::Secret;
use tollgate_core::token::Token;

use super::data_dir;
use super::output::quoted;
use crate::settings::{Settings, reachable};

/// A server that is ready, or about to be.
#[derive(Debug)]
pub(super) struct Ready {
    tls: bool,
    address: SocketAddr,
    /// Directory of its data.
    pub(super) data_dir: PathBuf,
    began: Instant,
    /// The configuration file that was read.
    file: Option<PathBuf>,
    /// The first key, at the first start.
    key: Option<FirstKey>,
    /// The first owner's admin key, at the first start.
    admin_key: Option<FirstKey>,
}

/// A key that the first start made.
#[derive(Debug)]
pub(super) enum FirstKey {
    /// A project's key, to be shown.
    Shown(Secret),
    /// An admin key, to be shown.
    Admin(Token),
    /// It was written to this file, because nobody is watching.
    InFile(PathBuf),
}

impl FirstKey {
    /// Its text.
    pub(super) fn reveal(&self) -> Option<&str> {
        match self {
            Self::Shown(secret) => Some(secret.reveal()),
            Self::Admin(token) => Some(token.reveal()),
            Self::InFile(_) => None,
        }
    }
}

impl Ready {
    pub(super) fn of(settings: &Settings, began: Instant) -> Self {
        let tls = settings.gateway.tls.is_some();
        Self {
            tls,
            address: settings.gateway.listen,
            data_dir: settings.data_dir.clone(),
            began,
            file: None,
            key: None,
            admin_key: None,
        }
    }

    /// The same, bound to an address.
    pub(super) fn at(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// The same, with the configuration file that was read.
    pub(super) fn with_file(self, file: Option<&Path>) -> Self {
        Self { file: file.map(Path::to_owned), ..self }
    }

    /// The same, with the first key.
    pub(super) fn with_key(self, key: Option<FirstKey>) -> Self {
        Self { key, ..self }
    }

    /// The same, with the first owner's admin key.
    pub(super) fn with_admin_key(self, admin_key: Option<FirstKey>) -> Self {
        Self { admin_key, ..self }
    }

    fn url(&self, path: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{path}", reachable(self.address))
    }

    fn api_base(&self) -> String {
        self.url("/v1")
    }

    fn docs_url(&self) -> String {
        self.url("/docs")
    }

    fn since_start(&self) -> Duration {
        self.began.elapsed()
    }
}

/// The first line on standard output with `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Event<'a> {
    event: &'static str,
    api_base: String,
    api_key: Option<&'a str>,
    admin_api_key: Option<&'a str>,
    docs_url: String,
    data_dir: String,
    /// Of the program; `version` is the document's.
    release: &'static str,
}

impl<'a> Event<'a> {
    pub(super) fn of(ready: &'a Ready) -> Self {
        let text = |key: &'a Option<FirstKey>| key.as_ref().and_then(FirstKey::reveal);
        Self {
            event: "ready",
            api_base: ready.api_base(),
            api_key: text(&ready.key),
            admin_api_key: text(&ready.admin_key),
            docs_url: ready.docs_url(),
            data_dir: ready.data_dir.display().to_string(),
            release: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// One line for the log.
pub(super) fn log_line(ready: &Ready) {
    let ready_ms = u64::try_from(ready.since_start().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        api_base = ready.api_base(),
        config = ready.file.as_ref().map(|file| tracing::field::display(file.display())),
        data_dir = %ready.data_dir.display(),
        ready_ms,
        "tollgate {} is ready",
        env!("CARGO_PKG_VERSION")
    );
}

/// What a person sees. `place` is where a configuration file would be read from, if there were one.
pub(super) fn banner(ready: &Ready, providers: &str, place: Option<&Path>) -> String {
    let base = ready.api_base();
    let mut text = String::new();
    let mut row = |label: &str, value: &str| {
        writeln!(text, "  {label:<11} {value}").expect("a String takes all");
    };
    row("API base", &base);
    let mut show = |label: &str, key: &FirstKey| match key {
        FirstKey::InFile(file) => {
            row(label, &format!("in {}   (readable by you only; nothing else has it)", file.display()));
            format!("$(cat {})", quoted(&file.display().to_string()))
        }
        shown => {
            let text = shown.reveal().unwrap_or_default();
            row(label, &format!("{text}   (shown once, stored as a hash)"));
            text.to_owned()
        }
    };
    if let Some(key) = &ready.admin_key {
        show("Admin key", key);
    }
    let key_in_shell = match &ready.key {
        Some(key) => show("Your key", key),
        None => {
            let another = format!("tollgate keys create --name NAME{}", data_dir::flag(&ready.data_dir));
            row("Your key", &format!("the one from the first start; another one: {another}"));
            "sk-tg-…".to_owned()
        }
    };
    row("Data", &ready.data_dir.display().to_string());
    row("Settings", &settings_row(ready, place));
    row("Providers", providers);
    row("Docs", &ready.docs_url());
    let flag = data_dir::flag(&ready.data_dir);
    let ready_in = ready.since_start().as_millis();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "tollgate {version}   ready in {ready_in} ms

{text}
  Try it      export OPENAI_BASE_URL={base} OPENAI_API_KEY={key_in_shell}
              curl $OPENAI_BASE_URL/chat/completions -H \"Authorization: Bearer $OPENAI_API_KEY\" \\
                -H 'content-type: application/json' \\
                -d '{{\"model\":\"sandbox\",\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}'
  Break it    tollgate trigger rate_limit_requests{flag}
  Stop        Ctrl-C (requests in flight are finished)
"
    )
}

fn settings_row(ready: &Ready, place: Option<&Path>) -> String {
    match (&ready.file, place) {
        (Some(file), _) => file.display().to_string(),
        (None, Some(place)) => format!("no file; {} would be read", place.display()),
        (None, None) => "no file".to_owned(),
    }
}
