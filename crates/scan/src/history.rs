//! The history of a repository: every content that any file has had in any commit of any branch or tag, each once, and what
//! commits and tags say.
//!
//! In: a directory of a repository. Out: a report, with each key of a file once, of the first commit that has it there. A key
//! that was committed and taken out again is in every clone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::finding::{Commit, Finding, Place};
use crate::git::{Git, GitError};
use crate::look::{Bounds, Look, Report};
use crate::search::Search;
use crate::text::scan;

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
    let found = std::mem::take(&mut report.findings);
    let found =
        found.into_iter().enumerate().map(|(finding, found)| (commits.get(&blobs[with_findings[&finding]].0), found));
    report.findings = once(found.collect());
    report.extend(messages(search, &git, &prefix)?);
    if is_shallow(&git)? {
        report.note(".git", "the repository is shallow: commits before its boundary were not read");
    }
    report.sort();
    Ok(report)
}

/// Each key of a file once, of the first commit that has it, as far as commits are known.
fn once(mut found: Vec<(Option<&(usize, Commit)>, Finding)>) -> Vec<Finding> {
    found.sort_by_key(|(commit, _)| commit.map_or(usize::MAX, |(at, _)| *at));
    let mut known = BTreeSet::new();
    found.retain(|(_, found)| known.insert(found.fingerprint.clone()));
    let placed = |(commit, mut found): (Option<&(usize, Commit)>, Finding)| {
        found.place.commit = commit.map(|(_, commit)| commit.clone());
        found
    };
    found.into_iter().map(placed).collect()
}

/// The keys in what commits say that change something below the directory, and, at the root, in what tags say.
fn messages(search: &Search, git: &Git, prefix: &str) -> Result<Report, GitError> {
    let mut report = Report::default();
    let mut known = BTreeSet::new();
    let mut each = |path: &str, said: &[u8]| {
        // Hash, date and text, with line breaks between them.
        let mut parts = said.splitn(3, |byte| *byte == b'\n');
        let (Some(id), Some(date), Some(text)) = (parts.next(), parts.next(), parts.next()) else { return };
        let word = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        let place = Place { commit: Some(Commit { id: word(id), date: word(date) }), ..Place::file(path) };
        report.bytes += text.len() as u64;
        let found = scan(search, &place, text).into_iter();
        report.findings.extend(found.filter(|found| known.insert(found.fingerprint.clone())));
    };
    let format = "--format=%H%n%cI%n%B";
    let log = ["log", "-z", "--all", "--full-history", "--topo-order", "--reverse", format];
    let below: &[&str] = if prefix.is_empty() { &[] } else { &["--", "."] };
    git.each(&[&log, below].concat(), &mut |said| each(COMMIT_MESSAGE, said))?;
    if prefix.is_empty() {
        // Of a tag without a text of its own there is nothing behind its commit.
        let format = "--format=%(if)%(object)%(then)%(*objectname)%0a%(taggerdate:iso-strict)%0a%(contents)%(end)%00";
        git.each(&["for-each-ref", "refs/tags", format], &mut |said| each(TAG_MESSAGE, said.trim_ascii_start()))?;
    }
    Ok(report)
}

/// Paths of what stands in no file.
const COMMIT_MESSAGE: &str = "(message of a commit)";
const TAG_MESSAGE: &str = "(message of a tag)";

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

/// The oldest commit that brings each of these blobs, and how many come before it.
fn first_commits(git: &Git, wanted: &BTreeSet<&str>) -> Result<BTreeMap<String, (usize, Commit)>, GitError> {
    let mut found = BTreeMap::new();
    let mut before = 0;
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
            current = Some((before, Commit { id: id.to_owned(), date: date.to_owned() }));
            before += 1;
        } else if let (Some(commit), Some(blob)) = (&current, line.strip_prefix(':').and_then(|r| r.split(' ').nth(3)))
            && wanted.contains(blob)
        {
            found.entry(blob.to_owned()).or_insert_with(|| commit.clone());
        }
    }
    Ok(found)
}
