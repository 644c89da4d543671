//! What commands say on standard error as lines of a JSON log, for `log.format = "json"`: a collector that reads one
//! object per line must not meet anything else, also where the start fails.
//!
//! In: the same messages and errors as text has. Out: objects with the members that the server's own lines begin with:
//! `timestamp`, `level`, `message`. It is a switch of the whole process, as the log itself is.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::Label;
use crate::settings::problem::Problem;
use crate::settings::tree::Path;

static WANTED: AtomicBool = AtomicBool::new(false);

/// One object.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

/// From now on standard error takes JSON lines only, also of a panic.
pub(crate) fn want() {
    WANTED.store(true, Ordering::Relaxed);
    panic::set_hook(Box::new(panicked));
}

/// Whether it does.
pub(crate) fn are_wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

/// A message.
pub(super) fn message(label: Label, message: &str) {
    Line { message, ..Line::of(label) }.write();
}

/// A problem with a setting, its facts apart.
pub(super) fn problem(label: Label, problem: &Problem) {
    let setting = (problem.path != Path::default()).then(|| problem.path.to_string());
    let line = Line {
        message: &problem.what,
        setting,
        origin: Some(problem.origin.to_string()),
        found: problem.found.as_deref(),
        allowed: problem.allowed.as_deref(),
        help: problem.help.as_deref(),
        ..Line::of(label)
    };
    line.write();
}

/// A failure that ends the process.
pub(super) fn failure(error: &anyhow::Error, help: Option<&str>) {
    let causes = super::causes(error);
    Line { message: &error.to_string(), causes, help, ..Line::of(Label::Error) }.write();
}

fn panicked(info: &PanicHookInfo<'_>) {
    let message = format!("a thread panicked: {}", info.payload_as_str().unwrap_or("without a message"));
    let location = info.location().map(ToString::to_string);
    Line { message: &message, location, ..Line::of(Label::Error) }.write();
}

impl Line<'_> {
    fn of(label: Label) -> Self {
        let level = match label {
            Label::Error | Label::Cause | Label::Help | Label::Docs => "ERROR",
            Label::Warning => "WARN",
            Label::Note => "INFO",
        };
        Self { timestamp: jiff::Timestamp::now().to_string(), level, ..Self::default() }
    }

    /// In one write, so that lines of other threads stay apart. A standard error that takes nothing is nobody's to
    /// tell.
    fn write(&self) {
        if let Ok(mut line) = serde_json::to_vec(self) {
            line.push(b'\n');
            let _ = io::stderr().write_all(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse;

    #[test]
    fn a_problem_has_its_facts_as_members() {
        let problems = parse("[limits]\nbody = 'lots'", "t.toml").unwrap_err().0;
        let line = Line { message: "x", setting: Some(problems[0].path.to_string()), ..Line::of(Label::Warning) };

        let json = serde_json::to_value(&line).unwrap();

        assert_eq!((&json["level"], &json["setting"]), (&"WARN".into(), &"limits.body".into()));
        assert!(json["timestamp"].as_str().unwrap().ends_with('Z') && json.get("help").is_none(), "{json}");
    }
}
