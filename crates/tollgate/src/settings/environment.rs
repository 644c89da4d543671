//! `TOLLGATE_*` variables as a layer over the file, and what a start may see of the machine around it.
//!
//! In: variables and files through [`Surroundings`], so that tests and the fuzzer bring their own. Out: a tree, and
//! warnings about variables that nearly are settings.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use super::problem::{Problem, nearest};
use super::shape::{self, Leaf, Shape};
use super::tree::{Node, Origin, Value};

/// Variables and files around the process.
pub trait Surroundings {
    /// All variables whose names and values are text.
    fn variables(&self) -> &BTreeMap<String, String>;

    /// The content of a small file.
    ///
    /// # Errors
    /// As the operating system says; also for a file beyond 1 MiB or one that is no regular file.
    fn read(&self, path: &FilePath) -> io::Result<Vec<u8>>;
}

/// The real process.
#[derive(Debug, Clone)]
pub struct Process {
    variables: BTreeMap<String, String>,
    /// Files that were read, as they were then.
    files: RefCell<BTreeMap<PathBuf, Option<Stamp>>>,
}

/// Tells one state of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: SystemTime,
    bytes: u64,
    inode: u64,
}

impl Stamp {
    /// Of a file as it is; `None` where there is none.
    #[must_use]
    pub fn of(path: &FilePath) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { modified: metadata.modified().ok()?, bytes: metadata.len(), inode: metadata.ino() })
    }
}

impl Process {
    /// The variables of this moment.
    #[must_use]
    pub fn now() -> Self {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self { variables: std::env::vars_os().filter_map(text).collect(), files: RefCell::default() }
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, name: String, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    /// A file is about to be read, or would be if it were there.
    pub(crate) fn note(&self, path: &FilePath) {
        self.files.borrow_mut().insert(path.to_owned(), Stamp::of(path));
    }

    /// The files that were read, as they were right before.
    pub(crate) fn files_read(&self) -> Vec<(PathBuf, Option<Stamp>)> {
        self.files.borrow().iter().map(|(path, stamp)| (path.clone(), *stamp)).collect()
    }
}

impl Surroundings for Process {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    fn read(&self, path: &FilePath) -> io::Result<Vec<u8>> {
        const MOST: u64 = 1 << 20;
        self.note(path);
        // Opening a pipe would wait for its other end.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 1 MiB"));
        }
        Ok(bytes)
    }
}

/// A machine without files, and without variables but `HOME`.
#[derive(Debug, Clone)]
pub struct Nowhere(BTreeMap<String, String>);

impl Default for Nowhere {
    fn default() -> Self {
        Self(BTreeMap::from([("HOME".to_owned(), "/home/nobody".to_owned())]))
    }
}

impl Surroundings for Nowhere {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    fn read(&self, _: &FilePath) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Variables with the prefix that are no settings but mean something to the command line.
const OTHERS: [&str; 4] = ["TOLLGATE_API_KEY", "TOLLGATE_CONFIG", "TOLLGATE_MODEL", "TOLLGATE_URL"];

/// What the environment sets.
pub(crate) struct Layer {
    pub(crate) tree: Node,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
}

/// The layer of the `TOLLGATE_*` variables.
pub(crate) fn layer(variables: &BTreeMap<String, String>) -> Layer {
    let leaves = shape::leaves();
    let mut layer = Layer { tree: Node::root(), problems: Vec::new(), warnings: Vec::new() };
    for (name, text) in variables.range("TOLLGATE_".to_owned()..).take_while(|(n, _)| n.starts_with("TOLLGATE_")) {
        let origin = Origin::Environment(name.clone());
        match leaves.iter().find(|leaf| leaf.variable == *name) {
            Some(leaf) if leaf.setting.file_only => layer.problems.push(
                Problem::new(origin, leaf.path.clone(), "cannot be set here")
                    .allowed("the configuration file only, so that it is a decision that somebody wrote down"),
            ),
            Some(leaf) => layer.tree.set(&leaf.path, Node::new(origin.clone(), value(leaf, text, &origin))),
            None if OTHERS.contains(&name.as_str()) => {}
            None => layer.warnings.extend(warning(name, &leaves)),
        }
    }
    layer
}

/// Variables with the prefix may be the operator's own, so only one that nearly is a setting is worth a word.
fn warning(name: &str, leaves: &[Leaf]) -> Option<Problem> {
    let meant = nearest(name, leaves.iter().map(|leaf| leaf.variable.as_str()))?;
    let origin = Origin::Environment(name.to_owned());
    Some(Problem::new(origin, Default::default(), "sets nothing").help(format!("did you mean {meant}?")))
}

fn value(leaf: &Leaf, text: &str, origin: &Origin) -> Value {
    let as_text = || Value::Text(text.to_owned());
    match &leaf.setting.shape {
        Shape::Integer { .. } => text.parse().map_or_else(|_| as_text(), Value::Integer),
        Shape::Boolean => text.parse().map_or_else(|_| as_text(), Value::Boolean),
        Shape::List(_) => Value::List(
            text.split(',').map(|part| Node::new(origin.clone(), Value::Text(part.trim().to_owned()))).collect(),
        ),
        _ => as_text(),
    }
}
