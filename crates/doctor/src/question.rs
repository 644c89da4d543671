//! What is to be looked at, and with what.
//!
//! In: flags and the environment, as the command line read them; this crate reads neither. Out: a [`Question`].

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What is to be looked at.
#[derive(Clone)]
pub struct Question {
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--key`.
    pub key: Option<String>,
    /// `--model`.
    pub model: Option<String>,
    /// `--provider`: a word of [`crate::VENDORS`].
    pub provider: Option<&'static crate::Vendor>,
    /// How it is spoken to, whatever its host says.
    pub dialect: Option<crate::Dialect>,
    /// `--proxy`; empty for none, whatever the environment says.
    pub proxy: Option<String>,
    /// `--organization`.
    pub organization: Option<String>,
    /// `--project`.
    pub project: Option<String>,
    /// `--api-version`, of Azure.
    pub api_version: Option<String>,
    /// `--ca-file`: PEM with further roots.
    pub ca_file: Option<PathBuf>,
    /// What the model must be able to do.
    pub needs: Vec<Need>,
    /// What the model is asked to do; `None` for what the table of models says.
    pub task: Option<Task>,
    /// Where base URL and key are from, where these are not flags.
    pub origin: Option<&'static str>,
    /// Whether tokens may be spent.
    pub spends: bool,
    /// For each step.
    pub patience: Duration,
    /// The variables of the environment.
    pub variables: Vec<(String, String)>,
    /// `.env` files that lie where programs look for them, with their texts.
    pub dot_env: Vec<(PathBuf, String)>,
    /// The file of hosts.
    pub hosts: PathBuf,
    /// The file of the resolver.
    pub resolv_conf: PathBuf,
    /// Whether this runs in a container.
    pub in_container: bool,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            base_url: None,
            key: None,
            model: None,
            provider: None,
            dialect: None,
            proxy: None,
            organization: None,
            project: None,
            api_version: None,
            ca_file: None,
            needs: Vec::new(),
            task: None,
            origin: None,
            spends: true,
            patience: Duration::from_secs(10),
            variables: Vec::new(),
            dot_env: Vec::new(),
            hosts: PathBuf::from("/etc/hosts"),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            in_container: false,
        }
    }
}

/// What a model is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Answer a message.
    Chat,
    /// Make a vector of a text.
    Embed,
    /// Nothing: it makes images, sound or the like, which would cost.
    Nothing,
}

/// What a model must be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Look at images.
    Vision,
    /// Call functions.
    Tools,
    /// Answer by a JSON schema.
    JsonSchema,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Vision, Self::Tools, Self::JsonSchema];

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vision => "vision",
            Self::Tools => "tools",
            Self::JsonSchema => "json_schema",
        }
    }
}

/// A word that names no need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of vision, tools, json_schema")]
pub struct UnknownNeed(String);

impl FromStr for Need {
    type Err = UnknownNeed;

    fn from_str(text: &str) -> Result<Self, UnknownNeed> {
        Self::ALL.into_iter().find(|need| need.name() == text).ok_or_else(|| UnknownNeed(text.to_owned()))
    }
}

impl Question {
    /// The value of a variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same of a variable that may also be empty.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.variables.iter().any(|(known, _)| known == name)
    }
}
