//! Which files of a tree are read: all but those that git is told to ignore, and of these `.env` files and build output
//! all the same, for that is where keys lie.
//!
//! In: a directory. Out: its files, and what could not be listed. Links are not followed. Directories of installed
//! packages that are ignored are left out whole; `Ignoring::Nothing` reads all but git's own store of objects.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::place::{BUILD_OUTPUT, is_env};

/// What is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ignoring {
    /// What git ignores, but for `.env` files, build output and source maps.
    #[default]
    AsGit,
    /// Nothing.
    Nothing,
}

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Where it is.
    pub(crate) file: PathBuf,
    /// Its path from what is scanned, with `/` between its parts.
    pub(crate) path: String,
}

/// A file or directory that could not be read.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Its path.
    pub(crate) path: String,
    /// Why not.
    pub(crate) error: io::Error,
}

/// What a tree has.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// In the order of their paths.
    pub(crate) files: Vec<Listed>,
    /// What could not be listed.
    pub(crate) unread: Vec<Unread>,
}

/// Directories of what package managers and tools install: ignored, they are others' work, and large.
const INSTALLED: [&str; 14] = [
    "node_modules",
    "bower_components",
    ".venv",
    "venv",
    "target",
    "vendor",
    "__pycache__",
    ".tox",
    ".mypy_cache",
    ".gradle",
    ".cargo",
    "Pods",
    ".yarn",
    ".pnpm-store",
];

/// How deep directories are followed. Deeper ones are listed as unread.
const DEPTH_MAX: usize = 256;

/// How a directory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// By the rules of its ignore files.
    Rules,
    /// All of it: build output, or nothing is ignored.
    All,
    /// Ignored: what is read all the same.
    Exceptions,
}

/// The files of `root`, or `root` itself where it is a file.
#[must_use]
pub(crate) fn list(root: &Path, ignoring: Ignoring) -> Listing {
    let mut listing = Listing::default();
    if root.is_file() {
        let path = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        listing.files.push(Listed { file: root.to_owned(), path });
        return listing;
    }
    // Rules are compared with whole paths; below the root no link is followed, so all paths are whole from here on.
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let (mode, rules) = match ignoring {
        Ignoring::AsGit => (Mode::Rules, rules_above(&root)),
        Ignoring::Nothing => (Mode::All, Vec::new()),
    };
    let mut walk = Walk { ignoring, rules, listing };
    walk.directory(&root, "", mode, 0);
    walk.listing.files.sort_by(|one, other| one.path.cmp(&other.path));
    walk.listing
}

/// The rules that hold for a directory from outside: its repository's, and the user's.
fn rules_above(root: &Path) -> Vec<Gitignore> {
    let mut above: Vec<&Path> = Vec::new();
    let repository = root.ancestors().find(|directory| {
        above.push(directory);
        directory.join(".git").exists()
    });
    let Some(repository) = repository else { return Vec::new() };
    let mut rules = vec![Gitignore::global().0];
    let mut own = GitignoreBuilder::new(repository);
    own.add(repository.join(".git/info/exclude"));
    rules.extend(own.build().ok());
    // The directory's own file is read when it is walked.
    rules.extend(above.iter().skip(1).rev().filter_map(|directory| rules_of(directory)));
    rules
}

fn rules_of(directory: &Path) -> Option<Gitignore> {
    let file = directory.join(".gitignore");
    file.is_file().then(|| Gitignore::new(file).0).filter(|rules| !rules.is_empty())
}

struct Walk {
    ignoring: Ignoring,
    /// Of the directories from the repository's root to where it is, and of the user.
    rules: Vec<Gitignore>,
    listing: Listing,
}

impl Walk {
    fn directory(&mut self, directory: &Path, path: &str, mode: Mode, depth: usize) {
        if depth > DEPTH_MAX {
            return self.unread(path, io::Error::other("directories are nested too deeply"));
        }
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.unread(path, error),
        };
        let own = if mode == Mode::Rules { rules_of(directory) } else { None };
        let pushed = own.is_some();
        self.rules.extend(own);
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry, path, mode, depth),
                Err(error) => self.unread(path, error),
            }
        }
        if pushed {
            self.rules.pop();
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, parent: &str, mode: Mode, depth: usize) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if parent.is_empty() { name.clone() } else { format!("{parent}/{name}") };
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.unread(&path, error),
        };
        if kind.is_dir() {
            if let Some(mode) = self.mode_of(&entry.path(), &name, parent, mode) {
                self.directory(&entry.path(), &path, mode, depth + 1);
            }
        } else if kind.is_file() && self.is_read(&entry.path(), &name, mode) {
            self.listing.files.push(Listed { file: entry.path(), path });
        }
    }

    /// How a directory is to be read; `None` where it is not.
    fn mode_of(&self, directory: &Path, name: &str, parent: &str, mode: Mode) -> Option<Mode> {
        if self.ignoring == Ignoring::Nothing {
            let store = parent.rsplit('/').next() == Some(".git") && matches!(name, "objects" | "lfs");
            return (!store).then_some(Mode::All);
        }
        if name == ".git" {
            return None;
        }
        let ignored = mode == Mode::Exceptions || (mode == Mode::Rules && is_ignored(directory, true, &self.rules));
        // In build output `vendor` is what was built of others' work, and shipped with it.
        if (ignored && INSTALLED.contains(&name)) || (mode == Mode::All && name == INSTALLED[0]) {
            return None;
        }
        match (BUILD_OUTPUT.contains(&name), ignored, mode) {
            // Also where git keeps it, for its files may be ignored one by one.
            (true, ..) => Some(Mode::All),
            (false, true, Mode::Rules) => Some(Mode::Exceptions),
            (false, ..) => Some(mode),
        }
    }

    fn is_read(&self, file: &Path, name: &str, mode: Mode) -> bool {
        let excepted = is_env(name) || name.ends_with(".map");
        match mode {
            Mode::All => true,
            Mode::Exceptions => excepted,
            Mode::Rules => excepted || !is_ignored(file, false, &self.rules),
        }
    }

    fn unread(&mut self, path: &str, error: io::Error) {
        self.listing.unread.push(Unread { path: path.to_owned(), error });
    }
}

/// What the rules say, the innermost first; the first that says anything decides.
fn is_ignored(path: &Path, is_directory: bool, rules: &[Gitignore]) -> bool {
    for rules in rules.iter().rev() {
        match rules.matched(path, is_directory) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
