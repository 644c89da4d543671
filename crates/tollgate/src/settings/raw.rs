//! The settings as they are written: the whole file, its top-level keys here, each section in the file of its name.
//!
//! Every setting is declared once, with its default (in `Default`), its range and its doc comment; the JSON Schema, the
//! messages, the names of environment variables and docs/configuration.md follow from that. A doc comment here is
//! therefore read by users.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cors::RawCors;
use super::diagnosis::RawDiagnosis;
use super::images::RawImages;
use super::journal::RawJournal;
use super::limits::RawLimits;
use super::log::RawLog;
use super::models::RawModel;
use super::providers::RawProvider;
use super::retention::RawRetention;
use super::retry::{RawBreaker, RawRetry};
use super::timeouts::RawTimeouts;
use super::tls::RawTls;

/// Tollgate's configuration file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Tollgate")]
#[serde(default, deny_unknown_fields)]
pub struct RawSettings {
    /// Address and port to listen on; port 0 takes a free one. Anything but a loopback address needs `allow_remote`.
    #[schemars(with = "String", extend("format" = "address"))]
    pub listen: SocketAddr,
    /// Let other machines connect. It can be set in the file only, so that no stray variable opens the gateway. Set
    /// `docs_url` and `tls` with it.
    #[schemars(extend("x-file-only" = true))]
    pub allow_remote: bool,
    /// Addresses and networks of the reverse proxies and load balancers in front of this server, such as `10.0.0.0/8`. Where a
    /// connection comes from one of them, the caller's address is the last one in `X-Forwarded-For` that is none of them.
    pub trusted_proxies: Vec<String>,
    /// Directory of the database, the journal and the server's secrets. Without it: `$XDG_DATA_HOME/tollgate`, else
    /// `~/.local/share/tollgate`. A relative path in the file counts from the file's directory.
    pub data_dir: Option<PathBuf>,
    /// Serving threads. Without it: one per processor.
    #[schemars(range(min = 1, max = 1024))]
    pub workers: Option<u32>,
    /// Where links to the error guide point, without a slash at the end. Without it: this server's own address, as this
    /// machine can reach it.
    pub docs_url: Option<String>,
    /// TLS towards callers. Without this section the gateway speaks clear text.
    pub tls: Option<RawTls>,
    /// Ceilings. What is beyond one is refused, and the answer names it.
    pub limits: RawLimits,
    /// Timers towards callers. Those towards a provider are in its own section.
    pub timeouts: RawTimeouts,
    /// Calls from browsers of other origins, refused without this section.
    pub cors: Option<RawCors>,
    /// How a failure is explained.
    pub diagnosis: RawDiagnosis,
    /// What is logged, on standard error.
    pub log: RawLog,
    /// Further attempts after a failed one.
    pub retry: RawRetry,
    /// When a deployment is left alone.
    pub breaker: RawBreaker,
    /// How images and files are fetched that requests name by their addresses.
    pub images: RawImages,
    /// The journal of usage, written before a caller's last byte leaves.
    pub journal: RawJournal,
    /// How long records and sums of usage are kept.
    pub retention: RawRetention,
    /// Upstream endpoints by name: `[providers.NAME]`. The name is used in deployments, headers, records and metrics.
    pub providers: BTreeMap<String, RawProvider>,
    /// Models by the name that callers use: `[models."NAME"]`.
    pub models: BTreeMap<String, RawModel>,
}

impl Default for RawSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4000)),
            allow_remote: false,
            trusted_proxies: Vec::new(),
            data_dir: None,
            workers: None,
            docs_url: None,
            tls: None,
            limits: RawLimits::default(),
            timeouts: RawTimeouts::default(),
            cors: None,
            diagnosis: RawDiagnosis::default(),
            log: RawLog::default(),
            retry: RawRetry::default(),
            breaker: RawBreaker::default(),
            images: RawImages::default(),
            journal: RawJournal::default(),
            retention: RawRetention::default(),
            providers: BTreeMap::new(),
            models: BTreeMap::new(),
        }
    }
}
