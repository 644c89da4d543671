//! Which server a command administers, and with which admin key.
//!
//! In: flags, `OPENAI_ADMIN_KEY`, and the data directory. Out: a [`Target`] whose key is one of administration.

use std::path::Path;

use super::{Given, Target, read_given, running_on, variable};
use crate::cli::contexts::{Context, Contexts};
use crate::cli::http::Base;
use crate::cli::output::Refused;

/// Which server, and as whom.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AdminArgs {
    /// Base URL of the server to administer [default: the one that runs on the data directory]
    #[arg(long, value_name = "URL", env = "TOLLGATE_URL", hide_env_values = true)]
    url: Option<String>,
    /// Admin key: in @FILE, or - for standard input [default: OPENAI_ADMIN_KEY]
    #[arg(long, value_name = "@FILE", env = "TOLLGATE_ADMIN_KEY", hide_env_values = true)]
    admin_key: Option<Given>,
}

impl AdminArgs {
    /// Whether a flag or a variable names the server.
    pub(crate) fn names_a_server(&self) -> bool {
        self.url().is_some()
    }

    /// The server and the key that are meant; `None` where no server is named, and none runs on the directory or there is no
    /// key for it.
    pub(crate) fn resolve_if_any(&self, data_dir: Option<&Path>) -> anyhow::Result<Option<Target>> {
        let key = match read_given(self.admin_key.as_ref())? {
            Some(key) => Some(key),
            None => variable("OPENAI_ADMIN_KEY").map(super::ApiKey::new),
        };
        if let Some(url) = self.url() {
            let base = Base::read(url).map_err(|error| Refused::usage(error.to_string()))?;
            let key = match key {
                None => Contexts::load()?.of_url(&base.to_string()).map(Context::token),
                given => given,
            };
            return match key {
                Some(key) => Ok(Some(Target { base, key: Some(key) })),
                None => Err(Refused::usage(format!("there is no admin key for {base}"))
                    .help("sign in with tollgate login, put a key into OPENAI_ADMIN_KEY, or name its file with --admin-key @FILE")
                    .into()),
            };
        }
        let (Some(key), Some(directory)) = (key, data_dir) else { return Ok(None) };
        Ok(running_on(directory)?.map(|base| Target { base, key: Some(key) }))
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }
}
