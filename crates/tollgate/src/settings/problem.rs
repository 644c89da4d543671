//! What is wrong with a setting, said so that it can be put right without opening the documentation.
//!
//! In: facts. Out: lines for a terminal. A problem never holds a secret.

use std::fmt;

use super::tree::{Origin, Path};
use crate::words::counted;

/// What is said behind the name of a variable that is needed.
pub(crate) const NOT_SET: &str = ", which is not set";

/// One thing that is wrong with the settings, or (as a warning) that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is written.
    pub origin: Origin,
    /// Which setting; empty for a syntax error.
    pub path: Path,
    /// What is wrong.
    pub what: String,
    /// What was found.
    pub found: Option<String>,
    /// What is allowed.
    pub allowed: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(origin: Origin, path: Path, what: impl Into<String>) -> Self {
        Self { origin, path, what: what.into(), found: None, allowed: None, help: None }
    }

    pub(crate) fn syntax(origin: Origin, message: String) -> Self {
        let mut problem = Self::new(origin, Path::default(), "this is not TOML");
        problem.found = Some(message);
        problem
    }

    /// The environment variable that is named and not set, where that is the problem.
    pub(crate) fn missing_variable(&self) -> Option<String> {
        self.found.as_deref()?.strip_suffix(NOT_SET).map(str::to_owned)
    }

    pub(crate) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    pub(crate) fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    /// The message without its label, one fact per line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if self.path != Path::default() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        for (label, text) in [("found", &self.found), ("allowed", &self.allowed), ("help", &self.help)] {
            if let Some(text) = text {
                write!(f, "\n{label:>7}: {text}")?;
            }
        }
        Ok(())
    }
}

/// All problems found, in the order of the file; at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", counted(.0.len() as u64, "wrong setting", "wrong settings"))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub(crate) fn sorted(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (&a.origin, &a.path).cmp(&(&b.origin, &b.path)));
        problems.dedup();
        Self(problems)
    }
}

/// The nearest of `known` to `found`, where one is near enough to be meant.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (found.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// `a, b, c`, cut after twenty.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0 => "nothing".to_owned(),
        1..=20 => names.join(", "),
        more => format!("{}, … ({} in all)", names[..20].join(", "), more),
    }
}
