//! `tollgate scan --history` and `--staged`: each key once, messages, subdirectories, and what was moved.

use std::fs;

use super::{at, directory_with, found, git, key, places, scan, text};

#[test]
fn history_tells_a_key_of_a_file_once_with_the_first_commit_that_has_it() {
    let directory = directory_with(&[("a.py", &format!("k = '{}'\n", key(1)))]);
    let root = directory.path();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "first"]);
    let first = git(root, &["rev-parse", "HEAD"]);
    for round in 0..3 {
        fs::write(root.join("a.py"), format!("{}k = '{}'\n", "\n".repeat(round + 1), key(1))).unwrap();
        git(root, &["commit", "-qam", "moved"]);
    }

    let found = found(root, &["--history"]);

    assert_eq!(places(&found), [at("a.py", 1)]);
    assert_eq!(found[0]["commit"], first);
}

#[test]
fn messages_of_commits_and_tags_are_history_too() {
    let directory = directory_with(&[("a.py", "")]);
    let root = directory.path();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", &format!("first\n\nWith {} it works.", key(1))]);
    let commit = git(root, &["rev-parse", "HEAD"]);
    git(root, &["commit", "-q", "--allow-empty", "-m", &format!("again {}", key(1))]);
    git(root, &["tag", "plain"]);
    git(root, &["tag", "-a", "v1", "-m", &format!("one\n\n{}", key(2))]);

    let found = found(root, &["--history"]);

    assert_eq!(places(&found), [at("(message of a commit)", 3), at("(message of a tag)", 3)]);
    assert_eq!(found[0]["commit"], commit);
    assert_eq!(found[1]["commit"], git(root, &["rev-parse", "HEAD"]));
    assert!(found[1]["date"].as_str().is_some_and(|date| date.starts_with("2027-01-02T03:04:05")), "{}", found[1]);
}

#[test]
fn without_a_path_the_whole_repository_is_meant_from_any_directory() {
    let directory = directory_with(&[("a.py", &format!("k = '{}'\n", key(1))), ("sub/b.py", "")]);
    let root = directory.path();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A"]);
    let below = root.join("sub");

    assert_eq!(places(&found(&below, &["--staged"])), [at("a.py", 1)]);
    assert!(found(&below, &["--staged", "."]).is_empty());
    git(root, &["commit", "-qm", "all"]);
    assert_eq!(places(&found(&below, &["--history"])), [at("a.py", 1)]);
    assert!(found(&below, &["--history", "."]).is_empty());
}

#[test]
fn a_file_that_was_moved_adds_only_its_new_lines() {
    let body: String = (0..20).map(|line| format!("line = {line}\n")).collect();
    let directory = directory_with(&[("old.py", &format!("k = '{}'\n{body}", key(1))), ("other.py", "")]);
    let root = directory.path();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "all"]);
    git(root, &["config", "diff.renames", "false"]);

    git(root, &["mv", "old.py", "sub.py"]);
    let moved = found(root, &["--staged"]);
    fs::write(root.join("sub.py"), format!("k = '{}'\n{body}other = '{}'\n", key(1), key(2))).unwrap();
    fs::write(root.join("other.py"), key(3)).unwrap();
    git(root, &["add", "-A"]);

    assert!(moved.is_empty(), "{moved:?}");
    assert_eq!(places(&found(root, &["--staged"])), [at("other.py", 1), at("sub.py", 22)]);
}

#[test]
fn what_to_do_is_said_once_for_findings_that_share_it() {
    let directory = directory_with(&[("a.py", &key(1)), ("b.py", &key(2)), ("c.py", &key(3))]);

    let told = text(&scan(directory.path(), &[]));

    assert_eq!(told.matches("https://platform.openai.com/api-keys").count(), 1, "{told}");
    assert!(["a.py:1", "b.py:1", "c.py:1"].iter().all(|place| told.contains(place)), "{told}");
}
