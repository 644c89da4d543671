//! What the sections need to turn written settings into checked ones: where things are written, the machine around,
//! and a place for problems.
//!
//! In: the tree, and what was found in its shape. Out: more problems and warnings. The rules are in the sections.

use std::io;
use std::path::{Path as FilePath, PathBuf};

use super::environment::Surroundings;
use super::problem::Problem;
use super::shape::{Findings, Kept};
use super::tree::{Node, Origin, Path};

/// Collects what is wrong while the sections are resolved.
pub(crate) struct Resolver<'a> {
    tree: &'a Node,
    pub(super) surroundings: &'a dyn Surroundings,
    /// Which elements are left of lists that lost some.
    kept: Kept,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(tree: &'a Node, surroundings: &'a dyn Surroundings, shape: Findings) -> Self {
        Self { tree, surroundings, kept: shape.kept, problems: shape.problems, warnings: Vec::new() }
    }

    /// Notes a problem with the setting at `path`.
    pub(crate) fn refuse(&mut self, path: &Path, build: impl FnOnce(Problem) -> Problem) {
        let problem = build(Problem::new(self.origin(path), path.clone(), "wrong value"));
        self.problems.push(problem);
    }

    /// Notes something that is probably not meant.
    pub(crate) fn warn(&mut self, path: &Path, what: String, build: impl FnOnce(Problem) -> Problem) {
        let warning = build(Problem::new(self.origin(path), path.clone(), what));
        self.warnings.push(warning);
    }

    /// Whether nothing was wrong at, above or below `path` so far: else what is missing there now was written, and
    /// has its problem already.
    pub(crate) fn is_whole(&self, path: &Path) -> bool {
        !self.problems.iter().any(|p| p.path != Path::default() && (p.path.is_within(path) || path.is_within(&p.path)))
    }

    /// Where the setting at `path`, or what is nearest to it, is written.
    pub(crate) fn origin(&self, path: &Path) -> Origin {
        self.tree.origin(path)
    }

    /// The place of an element of a list that holds what fits of the written one.
    pub(crate) fn element(&self, list: &Path, at: usize) -> Path {
        let written = self.kept.get(list).and_then(|kept| kept.get(at));
        list.element(written.copied().unwrap_or(at))
    }

    /// An environment variable.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.surroundings.variables().get(name).cloned()
    }

    /// The content of a file.
    pub(crate) fn read(&self, file: &FilePath) -> io::Result<Vec<u8>> {
        self.surroundings.read(file)
    }

    /// A path as it is meant: one in the configuration file counts from that file's directory.
    pub(crate) fn file(&self, path: &Path, written: &FilePath) -> PathBuf {
        let directory = match self.origin(path) {
            Origin::File { path, .. } => FilePath::new(&*path).parent().map(FilePath::to_owned),
            _ => None,
        };
        directory.map_or_else(|| written.to_owned(), |d| d.join(written))
    }
}
