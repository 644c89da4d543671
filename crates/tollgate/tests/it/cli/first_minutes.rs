//! The first five minutes of docs/quickstart.md, recorded: a home without anything, and every command really run.
//!
//! What differs from run to run (ids, times, the port) is left out of the comparison. Where the page says something else,
//! the new recording is beside the build, to be copied.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::Home;
use crate::terminal::terminal;

const PAGE: &str = "../../docs/quickstart.md";
const BEGIN: &str = "<!-- recorded by crates/tollgate/tests/it/cli/first_minutes.rs -->\n```console\n";
const END: &str = "```\n<!-- end of the recording -->\n";

/// What is typed into the second terminal; `{id}` is the newest request of the list before.
const STEPS: [&str; 8] = [
    "curl -s $OPENAI_BASE_URL/chat/completions -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n    \
     -H 'content-type: application/json' \\\n    \
     -d '{\"model\":\"sandbox\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}'; echo",
    "tollgate chat -v Good morning",
    "tollgate trigger rate_limit_requests",
    "tollgate api GET models/sandbox",
    "tollgate models list",
    "tollgate usage",
    "tollgate requests list",
    "tollgate requests show {id}",
];

/// A server whose standard output is a terminal, as a person has it.
struct Terminal {
    child: Child,
    screen: File,
}

impl Terminal {
    fn start(home: &Home) -> Self {
        let (screen, theirs) = terminal();
        let mut command = home.command(&["up", "--listen", "127.0.0.1:0"]);
        let child = command.stdout(theirs).stderr(Stdio::null()).spawn().unwrap();
        Self { child, screen }
    }

    fn banner(&mut self) -> String {
        let (mut text, mut piece) = (String::new(), [0; 4096]);
        while !text.contains("Stop ") || !text.ends_with('\n') {
            let length = self.screen.read(&mut piece).unwrap();
            text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
        text.replace("\r\n", "\n")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn value<'t>(banner: &'t str, label: &str) -> &'t str {
    let line = banner.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
    line.trim_start()[label.len()..].split_whitespace().next().unwrap()
}

fn record() -> String {
    let home = Home::new();
    let mut server = Terminal::start(&home);
    let banner = server.banner();
    let (base, key) = (value(&banner, "API base"), value(&banner, "Your key"));
    let binaries = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent().unwrap();
    let mut recorded = format!("$ tollgate up\n{}\n\n", banner.trim_end());
    let short = format!("{}…", &key[..10]);
    recorded.push_str(&format!("$ export OPENAI_BASE_URL={base} OPENAI_API_KEY={key}\n"));
    let mut newest = String::new();
    for step in STEPS {
        let typed = step.replace("{id}", &newest);
        let mut command = Command::new("sh");
        command.env_clear().env("HOME", home.path()).env("OPENAI_BASE_URL", base).env("OPENAI_API_KEY", key);
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binaries.display()));
        let output = command.args(["-c", &format!("exec 2>&1; {typed}")]).current_dir(home.path()).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        newest = told.split_whitespace().find(|word| word.starts_with("req_")).unwrap_or_default().to_owned();
        recorded.push_str(&format!("\n$ {typed}\n{told}"));
    }
    let address = base.trim_start_matches("http://").trim_end_matches("/v1");
    let home = home.path().display().to_string();
    recorded.replace(key, &short).replace(address, "127.0.0.1:4000").replace(&home, "~")
}

/// The words of each line, without what differs from run to run.
fn steady(text: &str) -> Vec<String> {
    let line = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).filter(|line| !line.is_empty()).collect()
}

/// A word with an id's or a number's value left out, and every unit of time the same.
fn word(word: &str) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let id = ["req_", "key_", "proj_", "org-", "chatcmpl-", "sk-tg-admin-", "sk-tg-"]
            .into_iter()
            .find(|id| rest.starts_with(id));
        let (taken, shown) = match id {
            Some(id) => {
                (id.len() + run(&rest[id.len()..], |c| c.is_ascii_alphanumeric() || "…*".contains(c)), id.to_owned())
            }
            None if first.is_ascii_digit() => {
                (run(rest, |c| c.is_ascii_digit() || ".:TZ-".contains(c)), "0".to_owned())
            }
            None => (first.len_utf8(), first.to_string()),
        };
        out.push_str(&shown);
        rest = &rest[taken..];
    }
    if ["µs", "ms", "s"].contains(&out.trim_end_matches(',')) { "ms".to_owned() } else { out }
}

/// Bytes of the characters at the beginning that are such.
fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

#[test]
fn the_first_five_minutes_are_as_the_quick_start_tells_them() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let told = page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("", |(told, _)| told);

    let recorded = record();

    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-minutes.md");
    std::fs::write(&file, format!("{BEGIN}{recorded}{END}")).unwrap();
    assert_eq!(steady(told), steady(&recorded), "what was recorded now is in {}", file.display());
}
