//! `tollgate scan` in the hands of people: wrong paths, closed pipes, no repository.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::{directory_with, key, scan, text};

#[test]
fn what_cannot_be_read_is_wrong_usage_and_not_a_clean_tree() {
    let directory = directory_with(&[("a.py", "")]);
    let root = directory.path();
    std::fs::write(root.join("damaged.tgz"), b"\x1f\x8b\x08 and no more").unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());

    for (path, why) in [
        ("nothing", "error: there is no nothing"),
        ("dangling", "error: there is no dangling"),
        ("a.py/b", "error: a.py/b cannot be read\ncause: Not a directory"),
        ("loop", "error: loop cannot be read\ncause: Too many levels of symbolic links"),
        ("pipe", "error: pipe is neither a file nor a directory"),
        ("damaged.tgz", "error: nothing of damaged.tgz was read\ncause: it is damaged: "),
    ] {
        let told = scan(root, &[path]);

        assert_eq!(told.status.code(), Some(2), "{path}: {}", text(&told));
        assert!(text(&told).contains(why), "{path}: {}", text(&told));
    }
    assert_eq!(scan(root, &[]).status.code(), Some(0), "within a tree they are passed by");
}

#[test]
fn a_reader_that_stops_early_changes_nothing_about_the_exit_code() {
    let directory = directory_with(&[("a.py", &key(1))]);
    for form in ["--json", "--sarif", "--no-ignore"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.env_clear().arg("scan").arg(directory.path()).arg(form);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());

        let told = child.wait_with_output().unwrap();

        assert_eq!(told.status.code(), Some(1), "{form}: {}", text(&told));
        assert!(!text(&told).contains("error"), "{form}: {}", text(&told));
    }
}

#[test]
fn outside_of_a_repository_there_is_nothing_staged_and_no_history() {
    let directory = directory_with(&[("a.py", &key(1))]);
    for option in ["--staged", "--history"] {
        let told = scan(directory.path(), &[option]);

        assert_eq!((told.status.code(), told.stdout.len()), (Some(2), 0));
        let told = text(&told);
        assert!(told.starts_with("error: the repository cannot be read\ncause: git rev-parse: not a git"), "{told}");
        assert!(told.contains("help: name a directory of a git repository"), "{told}");
    }
}

#[test]
fn a_key_in_base64_is_told_as_that_in_every_form() {
    // The key of the first seed, encoded once more.
    let encoded: String = Command::new("sh")
        .args(["-c", &format!("printf %s '{}' | base64 -w0", key(1))])
        .output()
        .map(|output| String::from_utf8(output.stdout).unwrap())
        .unwrap();
    let directory = directory_with(&[("secret.yaml", &format!("kind: Secret\ndata:\n  key: {encoded}\n"))]);

    let sheet = text(&scan(directory.path(), &[]));
    let json = super::found(directory.path(), &[]);
    let sarif = text(&scan(directory.path(), &["--sarif"]));

    assert!(sheet.contains("secret.yaml:3  sk-proj-…") && sheet.contains("OpenAI in base64"), "{sheet}");
    assert_eq!((json[0]["encoding"].as_str(), json[0]["line"].as_u64()), (Some("base64"), Some(3)));
    assert!(sarif.contains(", in base64)"), "{sarif}");
    assert!(!sheet.contains(&encoded[20..40]) && !sarif.contains(&encoded[20..40]));
}
