//! House rules that a compiler does not check: which crate may import which, where files lie and how they begin.
//!
//! In: `cargo metadata` and the files that git tracks. Out: every breach with its place; none is fixed here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value as Json;

/// What a crate of ours may import of ours (ARCHITECTURE.md): floors from the ground up.
const ARROWS: [(&str, &[&str]); 15] = [
    ("core", &[]),
    ("models", &[]),
    ("errors", &["core"]),
    ("media", &[]),
    ("outbound", &[]),
    ("scan", &["core"]),
    ("tokens", &["core"]),
    ("providers", &["core", "errors", "media", "tokens"]),
    ("store", &["core"]),
    ("gateway", &["core", "models", "errors", "media", "providers", "outbound", "tokens"]),
    ("control", &["core", "errors", "store", "outbound"]),
    ("doctor", &["core", "models", "errors", "outbound"]),
    (
        "tollgate",
        &[
            "core",
            "models",
            "errors",
            "outbound",
            "tokens",
            "providers",
            "store",
            "gateway",
            "control",
            "doctor",
            "scan",
        ],
    ),
    // Drives the binary from outside; everybody may test with it, and it knows nobody.
    ("testing", &[]),
    ("xtask", &[]),
];

/// A source file beyond this has two subjects. Tables may be longer, and so may tests.
const LINES_MAX: usize = 600;

/// Names that say "I did not know where to put this".
const NAMES_REFUSED: [&str; 9] = ["manager", "helper", "helpers", "util", "utils", "common", "misc", "data", "info"];

/// The only reason for a test to be ignored: it is the other process of one that is not.
const STARTED_BY_ANOTHER: &str = "started by another test";

/// Calls that resolve a name or open a connection.
const WAYS_OUT: [&str; 4] = ["TcpStream::connect", "lookup_host(", "to_socket_addrs(", "UdpSocket::bind"];

/// Where they may be (docs/decisions/0007): the guarded way for what callers name, and ways whose other end an operator
/// names by settings or environment, or whoever runs a command.
const MAY_GO_OUT: [&str; 6] = [
    "crates/outbound/src/",
    "crates/gateway/src/upstream/connect.rs",
    "crates/gateway/src/telemetry/client.rs",
    "crates/doctor/src/",
    "crates/tollgate/src/cli/",
    "crates/testing/src/",
];

/// Checks everything.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut breaches = arrows(&metadata()?);
    for file in tracked()? {
        breaches.extend(place(&file));
        // Removed and not yet committed, or no text.
        if let Ok(text) = fs::read_to_string(&file) {
            breaches.extend(content(&file, &text));
        }
    }
    for breach in &breaches {
        println!("{breach}");
    }
    ensure!(breaches.is_empty(), "{} breach(es) of the house's rules", breaches.len());
    println!("the house's rules are kept");
    Ok(())
}

fn metadata() -> anyhow::Result<Json> {
    let output = Command::new("cargo").args(["metadata", "--format-version=1", "--no-deps", "--locked"]).output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Files of this repository, as paths from its root.
fn tracked() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git").args(["ls-files", "-z"]).output().context("git is needed to list the files")?;
    ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect())
}

/// A crate's short name, if it is ours.
fn ours(package: &str) -> Option<&str> {
    let short = package.strip_prefix("tollgate-").unwrap_or(package);
    ARROWS.iter().any(|(name, _)| *name == short).then_some(short)
}

fn arrows(metadata: &Json) -> Vec<String> {
    let mut breaches = Vec::new();
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    for package in list(&metadata["packages"]) {
        let name = package["name"].as_str().unwrap_or("");
        let Some((from, allowed)) = ours(name).and_then(|short| ARROWS.iter().find(|(n, _)| *n == short)) else {
            breaches.push(format!("{name}: a crate that the table of arrows does not know"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let in_tests = dependency["kind"] == "dev";
            let Some(to) = dependency["name"].as_str().and_then(ours) else { continue };
            let allowed = allowed.contains(&to) || (in_tests && to == "testing");
            if !allowed {
                breaches.push(format!("{from} → {to}: an arrow that the table does not have"));
            }
        }
    }
    breaches
}

fn place(file: &str) -> Option<String> {
    let path = Path::new(file);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
    let rust = path.extension().is_some_and(|extension| extension == "rs");
    if rust && stem == "mod" {
        return Some(format!("{file}: name.rs beside name/, so that a tab says where it is"));
    }
    (rust && NAMES_REFUSED.contains(&stem)).then(|| format!("{file}: a name that does not say what is in it"))
}

fn content(file: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    // Written in two parts, or this file would be found by itself.
    let machines = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    for (number, line) in text.lines().enumerate() {
        if machines.iter().any(|path| line.contains(path)) {
            breaches.push(format!("{file}:{}: a path of one machine", number + 1));
        }
    }
    if !file.ends_with(".rs") {
        return breaches;
    }
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[ignore") && !line.contains(STARTED_BY_ANOTHER) {
            breaches.push(format!("{file}:{}: a test that nobody runs", number + 1));
        }
    }
    let tests = file.contains("/tests/") || file.ends_with("/tests.rs");
    if file.starts_with("crates/") && !tests && !MAY_GO_OUT.iter().any(|place| file.starts_with(place)) {
        breaches.extend(ways_out(file, text));
    }
    if !tests && !text.starts_with("//!") && !text.starts_with("#![no_main]") {
        breaches.push(format!("{file}: does not begin with what it is for (//!)"));
    }
    let lines = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text).lines().count();
    if lines > LINES_MAX && !tests && !file.contains("/catalog/") {
        breaches.push(format!("{file}: {lines} lines; where is the seam?"));
    }
    breaches
}

/// A way out that nobody guards.
fn ways_out(file: &str, text: &str) -> Vec<String> {
    let goes_out = |line: &&str| WAYS_OUT.iter().any(|call| line.contains(call));
    let lines = text.lines().filter(goes_out);
    lines.map(|line| format!("{file}: a way out beside `outbound`: {}", line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_found() {
        let package =
            |name: &str, to: &str, kind: Json| json!({ "name": name, "dependencies": [{ "name": to, "kind": kind }] });
        let of = |package: Json| arrows(&json!({ "packages": [package] })).len();

        assert_eq!(of(package("tollgate-gateway", "tollgate-core", Json::Null)), 0);
        assert_eq!(of(package("tollgate-gateway", "tollgate-store", Json::Null)), 1);
        assert_eq!(of(package("tollgate-core", "serde", Json::Null)), 0);
        assert_eq!(of(package("tollgate-core", "tollgate-errors", json!("dev"))), 1);
        assert_eq!(of(package("tollgate", "tollgate-testing", json!("dev"))), 0);
        assert_eq!(of(package("tollgate", "tollgate-testing", Json::Null)), 1);
        assert_eq!(of(package("tollgate-surprise", "serde", Json::Null)), 1);
    }

    #[test]
    fn the_table_has_no_ring() {
        for (at, (name, allowed)) in ARROWS.iter().enumerate() {
            for to in *allowed {
                let below = ARROWS.iter().position(|(other, _)| other == to);
                assert!(below.is_some_and(|below| below < at), "{name} → {to}");
            }
        }
    }

    #[test]
    fn files_are_held_to_their_rules() {
        let long = format!("//! x\n{}", "fn a() {}\n".repeat(700));

        assert_eq!(content("crates/x/src/a.rs", "//! What it is for.\n"), Vec::<String>::new());
        assert_eq!(content("crates/x/src/a.rs", "use a;\n").len(), 1);
        assert_eq!(content("crates/x/src/a.rs", &long).len(), 1);
        assert_eq!(content("crates/x/tests/a.rs", &long).len(), 0);
        assert_eq!(content("crates/x/src/a.rs", "//! x\n#[ignore]\n").len(), 1);
        assert_eq!(content("crates/x/src/a.rs", "//! x\n#[ignore = \"started by another test\"]\n").len(), 0);
        let out = "//! x\nTcpStream::connect(address)\n";
        assert_eq!(content("crates/control/src/webhooks.rs", out).len(), 1);
        assert_eq!(content("crates/outbound/src/reach.rs", out).len() + content("crates/x/src/tests.rs", out).len(), 0);
        assert_eq!(content("README.md", concat!("see /wo", "rk/x")).len(), 1);
        assert!(place("crates/x/src/util.rs").is_some() && place("crates/x/src/a/mod.rs").is_some());
        assert!(place("crates/x/src/line.rs").is_none());
    }
}
