//! The configuration as administration sees it: which providers and models are set, where, and what is wrong with them.
//!
//! In: nothing; settings are read and checked by whoever implements [`Configuration`]. Out: plain values. An object is set in
//! one place: what the file says of a name comes before what was set over the API, whole and not member by member.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tollgate_store::admin::configuration::Kind;
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

use crate::office::Providers;
use crate::refusal::Refusal;

/// Reads the configuration of a server.
pub trait Configuration: Send + Sync {
    /// All settings as they would hold with the rows that `database` has at this moment, within its transaction.
    ///
    /// # Errors
    /// The database or the file cannot be read.
    fn read(&self, database: &Database, secrets: &Secrets) -> Result<Configured, Refusal>;

    /// Providers and models alone, which is less work: whether they can be served with is not looked at.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn objects(&self, database: &Database, secrets: &Secrets) -> Result<Vec<SetObject>, Refusal> {
        Ok(self.read(database, secrets)?.objects)
    }

    /// Waits until what has been committed is served with.
    ///
    /// # Errors
    /// It is stored, and not served with.
    fn catch_up(&self, database: &Database) -> Result<(), Refusal>;
}

/// What is configured.
#[derive(Clone)]
pub struct Configured {
    /// Providers and models, wherever they are set, by kind and name.
    pub objects: Vec<SetObject>,
    /// What is wrong; then it cannot be served with.
    pub problems: Vec<SettingProblem>,
    /// What would be served; `None` where something is wrong.
    pub served: Option<Arc<dyn Providers>>,
}

/// A provider or a model as it is set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetObject {
    /// Which of both.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// What is set, as its section of the file would say it. Credentials are named in it, and never in it.
    pub settings: Json,
    /// Where.
    pub origin: Origin,
    /// Whether something of this name was set over the API too, which does not hold.
    pub hides_api: bool,
}

/// Where an object is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the configuration file.
    File {
        /// Its path, as the server was given it.
        file: String,
        /// From 1.
        line: usize,
    },
    /// Over the API.
    Api,
    /// `tollgate up` brings it along.
    BuiltIn,
}

/// Something that is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// Which setting, as TOML has it: `models."gpt-4.1".deployments[0].provider`.
    pub path: String,
    /// What is wrong and what is allowed, without an end.
    pub what: String,
    /// What was probably meant, or what to do.
    pub help: Option<String>,
}

impl Configured {
    /// An object.
    #[must_use]
    pub fn object(&self, kind: Kind, name: &str) -> Option<&SetObject> {
        find(&self.objects, kind, name)
    }
}

/// An object among others, which are in order.
#[must_use]
pub fn find<'o>(objects: &'o [SetObject], kind: Kind, name: &str) -> Option<&'o SetObject> {
    let found = objects.binary_search_by(|object| (object.kind, object.name.as_str()).cmp(&(kind, name)));
    found.ok().map(|at| &objects[at])
}

impl SetObject {
    /// Whether the API cannot change it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self.origin, Origin::File { .. })
    }

    /// The stored credential that it names.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        self.settings["credential"]["stored"].as_str()
    }
}

impl Origin {
    /// As answers show it.
    #[must_use]
    pub fn shown(&self) -> Json {
        match self {
            Self::File { file, line } => json!({ "kind": "file", "file": file, "line": line }),
            Self::Api => json!({ "kind": "api", "file": null, "line": null }),
            Self::BuiltIn => json!({ "kind": "built_in", "file": null, "line": null }),
        }
    }
}

impl std::fmt::Display for SettingProblem {
    /// In one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configured").field("objects", &self.objects).field("problems", &self.problems).finish()
    }
}
