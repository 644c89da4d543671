use std::os::unix::fs::symlink;

use super::*;

/// A repository with these files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(".git")).unwrap();
    for (path, text) in files {
        let file = root.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    root
}

fn paths(root: &Path, ignoring: Ignoring) -> Vec<String> {
    list(root, ignoring).files.into_iter().map(|listed| listed.path).collect()
}

#[test]
fn ignored_files_are_left_out_but_for_environment_files_and_build_output() {
    let root = tree(&[
        (".gitignore", "*.log\n.env*\ndist/\nsecret/\nnode_modules/\n!keep.log\n"),
        (".env", ""),
        ("a.log", ""),
        ("keep.log", ""),
        ("src/.gitignore", "local.py\n"),
        ("src/local.py", ""),
        ("src/main.py", ""),
        ("web/dist/app.js", ""),
        ("web/dist/deep/app.js.map", ""),
        ("web/dist/vendor/react.js", ""),
        ("web/dist/node_modules/x.js", ""),
        ("secret/.env.local", ""),
        ("secret/other.txt", ""),
        ("secret/build/app.js", ""),
        ("node_modules/x/dist/index.js", ""),
        (".hidden/config", ""),
        (".git/config", ""),
    ]);

    assert_eq!(
        paths(root.path(), Ignoring::AsGit),
        [
            ".env",
            ".gitignore",
            ".hidden/config",
            "keep.log",
            "secret/.env.local",
            "secret/build/app.js",
            "src/.gitignore",
            "src/main.py",
            "web/dist/app.js",
            "web/dist/deep/app.js.map",
            "web/dist/vendor/react.js",
        ]
    );
}

#[test]
fn without_ignoring_all_is_read_but_gits_own_objects() {
    let root = tree(&[
        (".gitignore", "*\n"),
        ("a.log", ""),
        ("node_modules/x/index.js", ""),
        (".git/config", ""),
        (".git/objects/ab/cd", ""),
    ]);

    assert_eq!(
        paths(root.path(), Ignoring::Nothing),
        [".git/config", ".gitignore", "a.log", "node_modules/x/index.js"]
    );
}

#[test]
fn rules_of_the_directories_above_hold_below() {
    let root = tree(&[(".gitignore", "*.tmp\n/web/out.txt\n"), ("web/a.tmp", ""), ("web/out.txt", ""), ("web/b", "")]);

    assert_eq!(paths(&root.path().join("web"), Ignoring::AsGit), ["b"]);
}

#[test]
fn links_are_not_followed_and_a_file_is_itself() {
    let root = tree(&[("a/b.txt", "")]);
    symlink(root.path(), root.path().join("a/round")).unwrap();
    symlink("/etc/hostname", root.path().join("a/elsewhere")).unwrap();

    assert_eq!(paths(root.path(), Ignoring::AsGit), ["a/b.txt"]);
    assert_eq!(paths(&root.path().join("a/b.txt"), Ignoring::AsGit), ["b.txt"]);
}
