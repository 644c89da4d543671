//! What an examination may see of this process: its variables, `.env` files beside it, and whether it is in a container.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tollgate_doctor::Question;

use crate::cli::output::Refused;
use crate::cli::target::{ApiKey, Flag, warn_if_seen};

/// Of a key, or of a `.env`, more is not read.
const READ_MAX_BYTES: u64 = 64 * 1024;

/// All of it.
pub(super) fn question() -> Question {
    // What is not text is not left out: a key with such a byte in it is one of the things to be told.
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let variables: Vec<(String, String)> = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    let is_kubernetes = variables.iter().any(|(name, _)| name == "KUBERNETES_SERVICE_HOST");
    let in_container =
        is_kubernetes || ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    Question { variables, dot_env: dot_env(), in_container, ..Question::default() }
}

/// The files that dotenv's implementations look for: here, and in the folder above.
fn dot_env() -> Vec<(PathBuf, String)> {
    [".env", ".env.local", "../.env"]
        .iter()
        .filter_map(|name| Some((PathBuf::from(name), read_file(Path::new(name)).ok()?)))
        .collect()
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(READ_MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// The key that a flag names, with whatever stands around it: a space that a program would send along has to be seen.
/// The line break with which a file ends is not.
pub(super) fn key(given: &str) -> anyhow::Result<String> {
    let unread = |name: &str, error: &io::Error| Refused::usage(format!("the key cannot be read from {name}: {error}"));
    let text = match (given, given.strip_prefix('@')) {
        ("-", _) => {
            let mut text = String::new();
            let read = io::stdin().take(READ_MAX_BYTES).read_to_string(&mut text);
            read.map_err(|error| unread("standard input", &error))?;
            text
        }
        (_, Some(file)) => read_file(Path::new(file)).map_err(|error| unread(file, &error))?,
        _ => {
            warn_if_seen(&ApiKey::new(given), Flag::Key);
            return Ok(given.to_owned());
        }
    };
    Ok(text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text).to_owned())
}
