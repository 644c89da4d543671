//! Which server a command administers, and with which admin key.
//!
//! In: flags, `OPENAI_ADMIN_KEY`, and the data directory. Out: a [`Target`] whose key is one of administration.

use std::path::Path;

use super::{ApiKey, Flag, Given, Target, read_given, running_on, variable};
use crate::cli::contexts::{Context, Contexts};
use crate::cli::data_dir::DataDirArgs;
use crate::cli::http::Base;
use crate::cli::output::{self, Label, Refused};

/// How what lets in here begins: admin keys and sessions.
const OURS: [&str; 2] = ["sk-tg-", "tg-session-"];

/// Which server, and as whom.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AdminArgs {
    /// Base URL of the server to administer [default: the one that runs on the data directory]
    #[arg(long, value_name = "URL", env = "TOLLGATE_URL", hide_env_values = true)]
    url: Option<String>,
    /// Admin key: in @FILE, or - for standard input [default: OPENAI_ADMIN_KEY]
    #[arg(long, value_name = "@FILE", env = "TOLLGATE_ADMIN_KEY", hide_env_values = true)]
    admin_key: Option<Given>,
    /// Server that you have signed in to, by the name of the context [default: the current one, where neither a server, an
    /// admin key nor a data directory is named]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl AdminArgs {
    /// Whether a flag or a variable names the server.
    pub(crate) fn names_a_server(&self) -> bool {
        self.url().is_some() || self.context.is_some()
    }

    /// The same, of a command that works on a data directory too: where nothing is named, the current context is meant.
    pub(crate) fn resolve_here(&self, data_dir: &DataDirArgs) -> anyhow::Result<Option<Target>> {
        let directory = data_dir.directory();
        if let Some(target) = self.resolve_if_any(directory.as_deref().ok())? {
            return Ok(Some(target));
        }
        let has_key = self.admin_key.is_some() || variable("OPENAI_ADMIN_KEY").is_some();
        if has_key || data_dir.given().is_some() || data_dir.file().is_some() {
            return Ok(None);
        }
        // Without a home there is nowhere to look.
        let Ok(contexts) = Contexts::load() else { return Ok(None) };
        let Some((name, context)) = contexts.find(None) else { return Ok(None) };
        output::say(Label::Note, &format!("at {}, the context {name}", context.url));
        target_of(context).map(Some)
    }

    /// The server and the key that are meant; `None` where no server is named, and none runs on the directory or there is no
    /// key for it.
    pub(crate) fn resolve_if_any(&self, data_dir: Option<&Path>) -> anyhow::Result<Option<Target>> {
        if let Some(name) = &self.context {
            let target = target_of(Contexts::load()?.named(name)?)?;
            let key = read_given(self.admin_key.as_ref(), Flag::AdminKey)?.or(target.key);
            return Ok(Some(Target { key, ..target }));
        }
        let given = read_given(self.admin_key.as_ref(), Flag::AdminKey)?;
        let key = given.or_else(|| variable("OPENAI_ADMIN_KEY").map(ApiKey::new));
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
        // Another vendor's key stands in that variable for other programs, and is never sent to the server here.
        let key =
            key.filter(|key| self.admin_key.is_some() || OURS.iter().any(|begin| key.reveal().starts_with(begin)));
        let (Some(key), Some(directory)) = (key, data_dir) else { return Ok(None) };
        Ok(running_on(directory)?.map(|base| Target { base, key: Some(key) }))
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }
}

fn target_of(context: &Context) -> anyhow::Result<Target> {
    let base = Base::read(&context.url).map_err(|error| Refused::usage(error.to_string()))?;
    Ok(Target { base, key: Some(context.token()) })
}
