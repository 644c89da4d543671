//! What is about to be committed: the lines that the index adds.
//!
//! In: a directory of a repository. Out: a report of keys in added lines. A key that was there before is not this commit's;
//! `tollgate scan` without an option finds it.

use std::ops::Range;
use std::path::Path;

use crate::finding::{Finding, Place};
use crate::git::{Git, GitError};
use crate::history::below;
use crate::look::{Bounds, Look, Report};
use crate::search::Search;

/// What of the index is compared: the same files in both forms, in the same order.
const COMPARED: [&str; 11] = [
    "diff",
    "--cached",
    // What was moved is not added.
    "--find-renames",
    "--no-relative",
    "--diff-filter=ACMRT",
    "--diff-algorithm=default",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--submodule=short",
    "--ignore-submodules=dirty",
];

/// A file that the index changes.
struct Staged {
    id: String,
    path: String,
    /// Lines that it adds, from 1.
    added: Vec<Range<u64>>,
}

/// The keys in lines that are staged below `directory`.
///
/// # Errors
/// It is in no repository, or git ends early.
pub fn scan_staged(search: &Search, directory: &Path, bounds: Bounds) -> Result<Report, GitError> {
    let git = Git::at(directory);
    let prefix = git.prefix()?;
    let staged = staged(&git)?;
    let mut look = Look::new(search, bounds);
    let ids = staged.iter().map(|file| file.id.clone()).collect();
    git.blobs(ids, &mut |at, content| {
        let before = look.report.findings.len();
        look.through(&Place::file(below(&staged[at].path, &prefix)), content);
        let found = look.report.findings.split_off(before);
        look.report.findings.extend(found.into_iter().filter(|found| is_added(found, &staged[at])));
    })?;
    let mut report = look.report;
    report.sort();
    Ok(report)
}

/// What is in an archive has no lines of its own.
fn is_added(found: &Finding, file: &Staged) -> bool {
    let in_archive = !found.place.members.is_empty();
    (in_archive && !file.added.is_empty()) || file.added.iter().any(|lines| lines.contains(&found.line))
}

fn staged(git: &Git) -> Result<Vec<Staged>, GitError> {
    let compare = |more: &[&str]| git.ask(&[&COMPARED[..], more, &["--", "."]].concat());
    let mut files = changed(&compare(&["--raw", "-z", "--no-abbrev"])?);
    let patch = compare(&["--patch", "--unified=0"])?;
    let mut at = None;
    for line in patch.split(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            at = Some(at.map_or(0, |at: usize| at + 1));
        }
        let Some(file) = at.and_then(|at| files.get_mut(at)) else { continue };
        file.added.extend(added(line));
    }
    Ok(files)
}

/// `:mode mode id id status`, a zero byte, the path, a zero byte; of what was moved both paths.
fn changed(answer: &[u8]) -> Vec<Staged> {
    let mut parts = answer.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let mut files = Vec::new();
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let mut words = head.split(' ').skip(3);
        let (id, status) = (words.next(), words.next().unwrap_or_default());
        let path = if status.starts_with('R') { parts.next().unwrap_or(path) } else { path };
        if let Some(id) = id {
            files.push(Staged { id: id.to_owned(), path: path.into_owned(), added: Vec::new() });
        }
    }
    files
}

/// What a line of a patch says of added lines: `@@ -1,2 +3,4 @@`, or that there are none to be told apart.
fn added(line: &[u8]) -> Option<Range<u64>> {
    if line.starts_with(b"Binary files ") {
        return Some(0..u64::MAX);
    }
    // Behind the numbers stands a line of the file, in whatever encoding.
    let line = String::from_utf8_lossy(&line[..line.len().min(64)]);
    let span = line.strip_prefix("@@ -")?.split(' ').nth(1)?.strip_prefix('+')?;
    let (first, count) = span.split_once(',').unwrap_or((span, "1"));
    let first: u64 = first.parse().ok()?;
    Some(first..first + count.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_hunk_tells_which_lines_are_added() {
        assert_eq!(added(b"@@ -1,2 +3,4 @@ fn main() {"), Some(3..7));
        assert_eq!(added(b"@@ -0,0 +1 @@"), Some(1..2));
        assert_eq!(added(b"@@ -5 +4,0 @@"), Some(4..4));
        assert_eq!(added(b"Binary files /dev/null and b/x differ"), Some(0..u64::MAX));
        assert_eq!(added(b"+@@ -1 +1 @@"), None);
        assert_eq!(added("@@ -1 +1 @@ ä".repeat(9).as_bytes()), Some(1..2));
    }
}
