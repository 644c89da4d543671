//! Servers that somebody has signed in to: their names, addresses, and what lets in there.
//!
//! In: the configuration directory. Out: [`Contexts`], kept in one file that its user alone can read; it is written under another
//! name and put in place whole. One context is the current one.

pub(super) mod command;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::output::Refused;
use super::target::ApiKey;
use crate::settings::environment::{Process, Surroundings};

/// The name of a context that nobody has named.
pub(crate) const USUAL: &str = "default";
const FILE_NAME: &str = "contexts.toml";

/// What is kept of a server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    /// The base URL of its API.
    pub(crate) url: String,
    token: String,
}

impl Context {
    pub(crate) fn new(url: String, token: &ApiKey) -> Self {
        Self { url, token: token.reveal().to_owned() }
    }

    /// What lets in there: a session's token.
    pub(crate) fn token(&self) -> ApiKey {
        ApiKey::new(self.token.clone())
    }
}

/// Prints nothing of the token.
impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({})", self.url)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    file: PathBuf,
    kept: Kept,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    current: Option<String>,
    #[serde(default)]
    contexts: BTreeMap<String, Context>,
}

impl Contexts {
    /// Those of the user who runs the command; none where there is no file yet.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let file = directory()?.join(FILE_NAME);
        let what = || format!("{} cannot be read", file.display());
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { file, kept: Kept::default() }),
            text => text.with_context(what)?,
        };
        refuse_exposed(&file)?;
        // The parser's own words would quote the line, and with it perhaps a token.
        let kept = toml::from_str(&text).map_err(|_| {
            Refused::usage(format!("{} is not what this program writes", file.display()))
                .help("remove it, and sign in again with tollgate login")
        })?;
        Ok(Self { file, kept })
    }

    /// The one of a name, or the current one.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<(&str, &Context)> {
        let name = name.or(self.kept.current.as_deref())?;
        self.kept.contexts.get_key_value(name).map(|(name, context)| (name.as_str(), context))
    }

    /// The one of a server.
    pub(crate) fn of_url(&self, url: &str) -> Option<&Context> {
        let current = self.find(None).map(|(_, context)| context);
        current.into_iter().chain(self.kept.contexts.values()).find(|context| context.url == url)
    }

    /// The one of a name.
    pub(crate) fn named(&self, name: &str) -> anyhow::Result<&Context> {
        let known: Vec<&str> = self.kept.contexts.keys().map(String::as_str).collect();
        self.kept.contexts.get(name).ok_or_else(|| command::unknown(name, &known).into())
    }

    /// Names and addresses of all, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kept.contexts.iter().map(|(name, context)| (name.as_str(), context.url.as_str()))
    }

    /// Makes one that is kept the current one, and writes that down.
    pub(crate) fn make_current(&mut self, name: &str) -> anyhow::Result<()> {
        self.kept.current = Some(name.to_owned());
        self.save()
    }

    /// Keeps a context under a name, makes it the current one, and writes all down.
    pub(crate) fn put(&mut self, name: &str, context: Context) -> anyhow::Result<()> {
        self.kept.contexts.insert(name.to_owned(), context);
        self.make_current(name)
    }

    /// Forgets a context, and writes the others down. Was it the current one, then there is none.
    pub(crate) fn remove(&mut self, name: &str) -> anyhow::Result<()> {
        self.kept.contexts.remove(name);
        if self.kept.current.as_deref() == Some(name) {
            self.kept.current = None;
        }
        self.save()
    }

    fn save(&self) -> anyhow::Result<()> {
        let directory = self.file.parent().unwrap_or(Path::new("."));
        let what = || format!("{} cannot be written", self.file.display());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(what)?;
        let text = toml::to_string(&self.kept).with_context(what)?;
        let draft = self.file.with_extension(format!("toml.{}", std::process::id()));
        write_private(&draft, &text).and_then(|()| fs::rename(&draft, &self.file)).with_context(what)
    }
}

/// `$XDG_CONFIG_HOME/tollgate`, else `~/.config/tollgate`.
fn directory() -> anyhow::Result<PathBuf> {
    let process = Process::now();
    let given = |name: &str| process.variables().get(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let place = given("XDG_CONFIG_HOME").or_else(|| given("HOME").map(|home| home.join(".config")));
    let place = place.ok_or_else(|| Refused::usage("neither XDG_CONFIG_HOME nor HOME is set"))?;
    Ok(place.join("tollgate"))
}

fn refuse_exposed(file: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(file)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Refused::usage(format!("{} is open to other users (mode {mode:03o})", file.display()))
        .help(format!("chmod 600 {}", file.display()))
        .into())
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(directory: &Path) -> Contexts {
        Contexts { file: directory.join("tollgate").join(FILE_NAME), kept: Kept::default() }
    }

    #[test]
    fn the_last_one_put_is_the_current_one_until_it_is_removed_and_the_file_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let mut all = contexts(directory.path());
        let token = ApiKey::new("tg-session-x");

        all.put("a", Context::new("http://a/v1".into(), &token)).unwrap();
        all.put("b", Context::new("http://b/v1".into(), &token)).unwrap();
        assert_eq!(all.find(None).unwrap().0, "b");
        assert_eq!(all.find(Some("a")).unwrap().1.url, "http://a/v1");
        assert!(all.of_url("http://a/v1").is_some() && all.of_url("http://c/v1").is_none());
        all.remove("b").unwrap();

        assert!(all.find(None).is_none() && all.find(Some("a")).is_some());
        assert_eq!(fs::metadata(&all.file).unwrap().permissions().mode() & 0o777, 0o600);
        let kept: Kept = toml::from_str(&fs::read_to_string(&all.file).unwrap()).unwrap();
        assert_eq!(kept.contexts["a"].token().reveal(), "tg-session-x");
        assert!(!format!("{all:?}").contains("tg-session"));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let mut all = contexts(directory.path());
        all.put("a", Context::new("http://a/v1".into(), &ApiKey::new("tg-session-x"))).unwrap();

        fs::set_permissions(&all.file, fs::Permissions::from_mode(0o644)).unwrap();

        assert!(refuse_exposed(&all.file).unwrap_err().to_string().contains("644"));
    }
}
