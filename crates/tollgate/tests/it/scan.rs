//! `tollgate scan`: trees, archives, history, the index of git, baselines, and keys of this gateway.

mod hand;
mod repository;
mod revoke;
#[path = "../../../scan/tests/planted/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;
use tempfile::TempDir;

/// Runs git, as nobody in particular.
fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(directory).env_clear().env("PATH", env!("PATH")).env("HOME", directory);
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "a").env(format!("GIT_{role}_EMAIL"), "a@localhost");
        command.env(format!("GIT_{role}_DATE"), "2027-01-02T03:04:05Z");
    }
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn scan(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().env("PATH", env!("PATH")).env("HOME", directory).current_dir(directory);
    command.arg("scan").args(arguments).output().unwrap()
}

/// The array, and the exit code that goes with it.
fn found(directory: &Path, arguments: &[&str]) -> Vec<Json> {
    let output = scan(directory, &[arguments, &["--json"]].concat());
    let found: Vec<Json> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())));
    found
}

/// Path and line of each.
fn places(found: &[Json]) -> Vec<(String, u64)> {
    found.iter().map(|one| (one["path"].as_str().unwrap().to_owned(), one["line"].as_u64().unwrap())).collect()
}

fn at(path: &str, line: u64) -> (String, u64) {
    (path.to_owned(), line)
}

fn directory_with(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let file = directory.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    directory
}

/// A key of this vendor's form, unlike that of any other seed. Made here, so that no file of the repository holds one.
fn key(seed: u8) -> String {
    let body: String =
        (0..30u8).map(|at| char::from(b"q8Zt3Lw9Vb2NdKp5RyXc"[usize::from(at * 7 + seed) % 20])).collect();
    format!("sk-proj-FAKE{seed:02}{body}")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_contract_of_json_is_kept_on_a_tree_of_keys_and_look_alikes() {
    let directory = tempfile::tempdir().unwrap();
    let planted = tree::plant(directory.path());

    let found = found(Path::new("/"), &[directory.path().to_str().unwrap()]);

    let mut expected: Vec<_> =
        planted.iter().map(|one| (one.path.as_str(), one.line, one.provider.as_str(), one.severity.as_str())).collect();
    expected.sort_unstable();
    let text = |one: &'static str| move |finding: &'_ Json| finding[one].as_str().unwrap().to_owned();
    let mut got: Vec<_> = found
        .iter()
        .map(|one| (text("path")(one), one["line"].as_u64().unwrap(), text("provider")(one), text("severity")(one)))
        .collect();
    got.sort_unstable();
    let got: Vec<_> =
        got.iter().map(|(path, line, provider, severity)| (&path[..], *line, &provider[..], &severity[..])).collect();
    assert_eq!(got, expected);
}

#[test]
fn no_output_has_a_whole_key_and_the_sheet_names_place_vendor_and_remedy() {
    let directory = directory_with(&[("src/a.py", &format!("\nk = '{}'\n", key(1)))]);

    let sheet = scan(directory.path(), &[]);
    let json = scan(directory.path(), &["--json"]);
    let sarif = scan(directory.path(), &["--sarif"]);

    for output in [&sheet, &json, &sarif] {
        assert_eq!(output.status.code(), Some(1));
        assert!(!text(output).contains(&key(1)[12..30]), "{}", text(output));
    }
    let sheet = text(&sheet);
    for expected in ["src/a.py:2", "OpenAI", "https://platform.openai.com/api-keys", "1 key in 1 file"] {
        assert!(sheet.contains(expected), "{expected}: {sheet}");
    }
    let sarif: Json = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "key-openai");
}

#[test]
fn nothing_found_is_code_0_and_wrong_usage_code_2() {
    let directory = directory_with(&[("a.py", "key = os.environ['OPENAI_API_KEY']\n")]);

    let clean = scan(directory.path(), &[]);
    let json = scan(directory.path(), &["--json"]);

    assert_eq!((clean.status.code(), clean.stdout.len()), (Some(0), 0), "{}", text(&clean));
    assert_eq!(String::from_utf8_lossy(&json.stdout), "[]\n");
    for wrong in [&["nowhere"][..], &["--history", "--staged"], &["--json", "--sarif"], &["--history"], &["--yes"]] {
        assert_eq!(scan(directory.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(scan(directory.path(), &["--baseline", "a.py"]).status.code(), Some(2));
}

#[test]
fn what_git_ignores_is_left_out_but_for_environment_files_and_build_output() {
    let k = key(1);
    let files = [(".gitignore", ".env\ndist\nlocal.py\n"), (".env", k.as_str()), ("dist/a.js", &k), ("local.py", &k)];
    let directory = directory_with(&files);
    git(directory.path(), &["init", "-q"]);

    assert_eq!(places(&found(directory.path(), &[])), [at(".env", 1), at("dist/a.js", 1)]);
    assert_eq!(
        places(&found(directory.path(), &["--no-ignore"])),
        [at(".env", 1), at("dist/a.js", 1), at("local.py", 1)]
    );
}

#[test]
fn archives_and_images_are_read_through_their_layers() {
    let k = key(1);
    let directory = directory_with(&[("in/app/.env", k.as_str()), ("in/usr/share/nginx/html/static/app.js", &k)]);
    let tar = |arguments: &[&str]| {
        let done = Command::new("tar").current_dir(directory.path()).args(arguments).status().unwrap();
        assert!(done.success());
    };
    fs::create_dir_all(directory.path().join("image/0a")).unwrap();
    tar(&["-cf", "image/0a/layer.tar", "-C", "in", "."]);
    fs::write(directory.path().join("image/manifest.json"), "[]").unwrap();
    tar(&["-czf", "image.tar.gz", "-C", "image", "."]);

    let found = found(directory.path(), &["image.tar.gz"]);

    let told: Vec<_> =
        found.iter().map(|one| (one["member"].as_str().unwrap(), one["severity"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("image.tar!./0a/layer.tar!./app/.env", "high"),
            ("image.tar!./0a/layer.tar!./usr/share/nginx/html/static/app.js", "critical"),
        ]
    );
    assert_eq!(found[0]["path"], "image.tar.gz");
}

#[test]
fn history_has_what_was_taken_out_again_and_on_every_branch() {
    let directory = directory_with(&[("README.md", "nothing\n")]);
    let root = directory.path();
    let commit = |message: &str| {
        git(root, &["add", "-A"]);
        git(root, &["commit", "-qm", message]);
        git(root, &["rev-parse", "HEAD"])
    };
    git(root, &["init", "-q", "-b", "main"]);
    commit("first");
    fs::write(root.join("app.py"), format!("\nk = '{}'\n", key(1))).unwrap();
    let with_key = commit("a key");
    fs::write(root.join("app.py"), "k = os.environ['K']\n").unwrap();
    commit("without it");
    git(root, &["checkout", "-qb", "other"]);
    fs::create_dir(root.join("sub")).unwrap();
    fs::write(root.join("sub/b ü.py"), key(2)).unwrap();
    let on_branch = commit("another");
    git(root, &["checkout", "-q", "main"]);

    let all = found(root, &["--history"]);
    let below = found(root, &["--history", "."]);

    assert!(found(root, &[]).is_empty());
    assert_eq!(places(&all), [at("app.py", 2), at("sub/b ü.py", 1)]);
    assert_eq!((&all[0]["commit"], &all[1]["commit"]), (&Json::from(with_key), &Json::from(on_branch)));
    assert!(all[0]["date"].as_str().is_some_and(|date| date.starts_with("2027-01-02T03:04:05")), "{}", all[0]);
    assert_eq!(all, below);
}

#[test]
fn staged_lines_are_looked_through_and_no_others() {
    let directory = directory_with(&[("old.py", &format!("k = '{}'\n", key(1)))]);
    let root = directory.path();
    git(root, &["init", "-q"]);
    fs::write(root.join("new.py"), key(2)).unwrap();
    git(root, &["add", "new.py"]);
    let before_any_commit = found(root, &["--staged"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "all"]);

    fs::write(root.join("old.py"), format!("k = '{}'\n\nk2 = '{}'\n", key(1), key(3))).unwrap();
    fs::write(root.join("new.py"), format!("{}\nx = 1\n", key(2))).unwrap();
    let unstaged = found(root, &["--staged"]);
    git(root, &["add", "-A"]);
    fs::write(root.join("old.py"), "").unwrap();

    assert_eq!(places(&before_any_commit), [at("new.py", 1)]);
    assert!(unstaged.is_empty());
    assert_eq!(places(&found(root, &["--staged"])), [at("new.py", 1), at("old.py", 3)]);
}

#[test]
fn a_hook_stops_a_commit_with_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory_with(&[("a.py", &format!("k = '{}'\n", key(1)))]);
    let root = directory.path();
    git(root, &["init", "-q"]);
    let hook = root.join(".git/hooks/pre-commit");
    fs::write(&hook, format!("#!/bin/sh\nexec '{}' scan --staged\n", env!("CARGO_BIN_EXE_tollgate"))).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let commit = || {
        let mut command = Command::new("git");
        command.current_dir(root).env_clear().env("PATH", env!("PATH")).env("HOME", root);
        command.args(["-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "x"]).output().unwrap()
    };
    git(root, &["add", "a.py"]);

    let stopped = commit();
    fs::write(root.join("a.py"), format!("k = '{}'  # tollgate:allow: revoked\n", key(1))).unwrap();
    git(root, &["add", "a.py"]);
    let let_through = commit();

    assert!(!stopped.status.success() && text(&stopped).contains("a.py:1"), "{}", text(&stopped));
    assert!(let_through.status.success(), "{}", text(&let_through));
}

#[test]
fn a_baseline_leaves_out_what_is_known_also_in_history() {
    let directory = directory_with(&[("a.py", &format!("k = '{}'\n", key(1)))]);
    let root = directory.path();
    git(root, &["init", "-q"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "all"]);

    let written = scan(root, &["--write-baseline", "known.json"]);
    fs::write(root.join("a.py"), format!("\n\nk = '{}'\nother = '{}'\n", key(1), key(2))).unwrap();

    assert!(written.status.success(), "{}", text(&written));
    assert!(!fs::read_to_string(root.join("known.json")).unwrap().contains("FAKE"));
    assert_eq!(places(&found(root, &["--baseline", "known.json"])), [at("a.py", 4)]);
    fs::write(root.join("a.py"), format!("k = '{}'; other = '{}'\n", key(1), key(2))).unwrap();
    assert_eq!(places(&found(root, &["--baseline", "known.json"])), [at("a.py", 1)], "also on the line of a known one");
    assert!(found(root, &["--history", "--baseline", "known.json"]).is_empty());
}

#[test]
fn this_repository_passes_its_own_scan() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");

    let told = scan(&root, &[]);

    assert_eq!(told.status.code(), Some(0), "{}", text(&told));
}

#[test]
fn every_vendor_whose_keys_are_known_to_refusals_is_known_to_scan() {
    // Theirs are not keys to models.
    let others = ["stripe", "slack", "gitlab", "google"];
    for vendor in tollgate_errors::VENDORS.iter().filter(|vendor| !others.contains(&vendor.id)) {
        assert!(tollgate_scan::vendors::vendor_of(vendor.id).is_some(), "{}", vendor.id);
    }
}
