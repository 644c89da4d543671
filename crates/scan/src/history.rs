//! The history of a repository: every content that any file has had in any commit of any branch or tag, each once.
//!
//! In: a directory of a repository. Out: a report, whose findings name the first commit that has the key. A key that was
//! committed and taken out again is in every clone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::finding::{Commit, Place};
use crate::git::{Git, GitError};
use crate::look::{Bounds, Look, Report};
use crate::search::Search;

/// The keys in all contents of the files below `directory`.
///
/// # Errors
/// It is in no repository, or git ends early.
pub fn scan_history(search: &Search, directory: &Path, bounds: Bounds) -> Result<Report, GitError> {
    let git = Git::at(directory);
    let prefix = git.prefix()?;
    let blobs = blobs(&git, &prefix)?;
    let mut look = Look::new(search, bounds);
    let mut with_findings: BTreeMap<usize, usize> = BTreeMap::new();
    let ids = blobs.iter().map(|(id, _)| id.clone()).collect();
    git.blobs(ids, &mut |at, content| {
        let before = look.report.findings.len();
        look.through(&Place::file(below(&blobs[at].1, &prefix)), content);
        with_findings.extend((before..look.report.findings.len()).map(|finding| (finding, at)));
    })?;
    let mut report = look.report;
    let wanted: BTreeSet<&str> = with_findings.values().map(|at| blobs[*at].0.as_str()).collect();
    let commits = first_commits(&git, &wanted)?;
    for (finding, at) in with_findings {
        report.findings[finding].place.commit = commits.get(&blobs[at].0).cloned();
    }
    if is_shallow(&git)? {
        report.note(".git", "the repository is shallow: commits before its boundary were not read");
    }
    report.sort();
    Ok(report)
}

/// A path as seen from the directory.
pub(crate) fn below(path: &str, prefix: &str) -> String {
    path.strip_prefix(prefix).unwrap_or(path).to_owned()
}

fn is_shallow(git: &Git) -> Result<bool, GitError> {
    Ok(git.ask(&["rev-parse", "--is-shallow-repository"])?.starts_with(b"true"))
}

/// Ids and paths.
fn blobs(git: &Git, prefix: &str) -> Result<Vec<(String, String)>, GitError> {
    let mut arguments = vec!["rev-list", "--objects", "--all"];
    if !prefix.is_empty() {
        arguments.extend(["--full-history", "--", "."]);
    }
    let answer = git.ask(&arguments)?;
    let text = String::from_utf8_lossy(&answer);
    // Commits have no path, and neither have the trees at the root.
    let named = text.lines().filter_map(|line| line.split_once(' ')).filter(|(_, path)| !path.is_empty());
    Ok(named.map(|(id, path)| (id.to_owned(), path.to_owned())).collect())
}

/// The oldest commit that brings each of these blobs.
fn first_commits(git: &Git, wanted: &BTreeSet<&str>) -> Result<BTreeMap<String, Commit>, GitError> {
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let answer = git.ask(&[
        "log",
        "--all",
        "--full-history",
        "--topo-order",
        "--reverse",
        "-m",
        "--root",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--format=commit %H %cI",
    ])?;
    let mut current = None;
    for line in String::from_utf8_lossy(&answer).lines() {
        if let Some((id, date)) = line.strip_prefix("commit ").and_then(|rest| rest.split_once(' ')) {
            current = Some(Commit { id: id.to_owned(), date: date.to_owned() });
        } else if let (Some(commit), Some(blob)) = (&current, line.strip_prefix(':').and_then(|r| r.split(' ').nth(3)))
            && wanted.contains(blob)
        {
            found.entry(blob.to_owned()).or_insert_with(|| commit.clone());
        }
    }
    Ok(found)
}
