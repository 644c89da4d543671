//! Which data directory a command works on, and its database.
//!
//! In: arguments and environment. Out: an open database. It never makes a data directory: a command on keys that
//! finds none was given the wrong one.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use clap::builder::{OsStringValueParser, TypedValueParser};
use tollgate_store::database::{Database, FILE_NAME};
use tollgate_store::secrets::Secrets;

use super::output::{Refused, quoted};
use crate::settings::environment::Process;
use crate::settings::{self, default_data_dir};
use crate::wiring;

/// Which data directory.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct DataDirArgs {
    /// Data directory of the server [default: $XDG_DATA_HOME/tollgate, else ~/.local/share/tollgate]
    #[arg(long, value_name = "DIR", env = "TOLLGATE_DATA_DIR", hide_env_values = true, value_parser = path(), value_hint = ValueHint::DirPath)]
    data_dir: Option<PathBuf>,
    /// Configuration file that says which data directory, unless one is given
    #[arg(long, value_name = "FILE", env = "TOLLGATE_CONFIG", hide_env_values = true, value_parser = path(), value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
}

/// Also an empty one, which a variable that is set to nothing has: it names none.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

impl DataDirArgs {
    /// The directory that was named, if any.
    pub(super) fn given(&self) -> Option<&PathBuf> {
        self.data_dir.as_ref().filter(|directory| !directory.as_os_str().is_empty())
    }

    /// The configuration file that was named, if any.
    pub(super) fn file(&self) -> Option<&PathBuf> {
        self.config.as_ref().filter(|file| !file.as_os_str().is_empty())
    }

    /// The directory.
    pub(super) fn directory(&self) -> anyhow::Result<PathBuf> {
        if let Some(directory) = self.given() {
            return Ok(directory.clone());
        }
        let process = Process::now();
        if let Some(file) = self.file() {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Refused::usage(format!("{} cannot be read: {error}", file.display())))?;
            if let Some(directory) = settings::data_dir_in(&file.display().to_string(), &text)? {
                return Ok(directory);
            }
        }
        default_data_dir(&process).ok_or_else(|| {
            Refused::usage("there is no data directory: neither XDG_DATA_HOME nor HOME is set")
                .help("name one with --data-dir")
                .into()
        })
    }

    /// The database in it and the secrets beside that.
    pub(super) fn open(&self) -> anyhow::Result<(Database, Secrets)> {
        let directory = self.directory()?;
        if !directory.join(FILE_NAME).is_file() {
            let message = format!("there is no database in {}", directory.display());
            return Err(Refused::usage(message)
                .help("name the server's data directory with --data-dir; tollgate up makes one")
                .into());
        }
        wiring::open(&directory)
    }
}

/// The flag that a command needs to work on this directory, with a blank before it; nothing where it needs none.
/// Absolute, because the hint may be followed in another terminal.
pub(super) fn flag(directory: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let directory = absolute(directory);
    if default_data_dir(&Process::now()).is_some_and(|default| absolute(&default) == directory) {
        return String::new();
    }
    format!(" --data-dir {}", quoted(&directory.display().to_string()))
}
