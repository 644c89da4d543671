//! How commands print: data, tables, and failures as `error:`, `cause:`, `help:` and `docs:` lines.
//!
//! In: values and errors. Out: text, in the [`voice`] that was asked for; on standard error JSON lines instead, once
//! [`log_lines`] has been told so. A reader that closed its end of standard output is not a failure.

pub(crate) mod log_lines;
pub(crate) mod printable;
pub(crate) mod voice;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;

use super::documents::{self, Document, Shape};
use crate::settings::problem::{Problem, Problems};

/// A failure with its exit code and advice.
#[derive(Debug)]
pub(crate) struct Refused {
    message: String,
    /// What is behind it, where that is not an error of its own.
    causes: Vec<String>,
    help: Option<String>,
    docs: Option<String>,
    code: u8,
}

/// An end with this exit code about which all has been said.
#[derive(Debug, thiserror::Error)]
#[error("ended with exit code {0}")]
pub(crate) struct Ended(pub(crate) u8);

impl Refused {
    /// Wrong usage: code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: Vec::new(), help: None, docs: None, code: 2 }
    }

    /// The work failed: code 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, ..Self::usage(message) }
    }

    /// With another exit code.
    pub(crate) fn code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// What to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is behind it.
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The page about it.
    pub(crate) fn docs(mut self, docs: impl Into<String>) -> Self {
        self.docs = Some(docs.into());
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

/// Prints a failure; returns its exit code.
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    if let Some(Ended(code)) = error.downcast_ref::<Ended>() {
        return ExitCode::from(*code);
    }
    if let Some(Problems(problems)) = error.downcast_ref::<Problems>() {
        for problem in problems {
            tell(Label::Error, problem);
        }
        return ExitCode::from(2);
    }
    let refused = error.downcast_ref::<Refused>();
    if log_lines::are_wanted() {
        log_lines::failure(error, refused.and_then(|r| r.help.as_deref()));
        return ExitCode::from(refused.map_or(1, |r| r.code));
    }
    say(Label::Error, &error.to_string());
    let mut remedy = None;
    for cause in causes(error) {
        let (cause, run) = cause.split_once("; run: ").map_or((cause.as_str(), None), |(c, run)| (c, Some(run)));
        say(Label::Cause, cause);
        remedy = run.map(str::to_owned).or(remedy);
    }
    if let Some(help) = refused.and_then(|r| r.help.as_deref()).or(remedy.as_deref()) {
        say(Label::Help, help);
    }
    if let Some(docs) = refused.and_then(|r| r.docs.as_deref()) {
        say(Label::Docs, docs);
    }
    ExitCode::from(refused.map_or(1, |r| r.code))
}

/// What is behind an error. What only says again what was said, with a number before it, is left out.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut said = vec![error.to_string()];
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if said.last().is_none_or(|last| !cause.ends_with(last)) {
            said.push(cause);
        }
    }
    let more = error.downcast_ref::<Refused>().map(|refused| refused.causes.clone()).unwrap_or_default();
    said.into_iter().skip(1).chain(more).collect()
}

/// Prints warnings.
pub(crate) fn warn(warnings: &[Problem]) {
    for warning in warnings {
        tell(Label::Warning, warning);
    }
}

/// Prints a problem with a setting.
pub(crate) fn tell(label: Label, problem: &Problem) {
    if log_lines::are_wanted() {
        log_lines::problem(label, problem);
    } else {
        say(label, &problem.to_string());
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Label {
    Error,
    Cause,
    Help,
    Docs,
    Warning,
    Note,
}

/// One labelled message on standard error. There is nothing to be done about a standard error that takes nothing.
pub(crate) fn say(label: Label, message: &str) {
    if log_lines::are_wanted() {
        return log_lines::message(label, message);
    }
    match label {
        Label::Note if voice::is_quiet() => return,
        Label::Warning if voice::is_silent() => return,
        _ => {}
    }
    let (word, colour) = match label {
        Label::Error => ("error", "\x1b[1;31m"),
        Label::Cause => ("cause", "\x1b[1m"),
        Label::Help => ("help", "\x1b[1;32m"),
        Label::Docs => ("docs", "\x1b[1;34m"),
        Label::Warning => ("warning", "\x1b[1;33m"),
        Label::Note => ("note", "\x1b[1;36m"),
    };
    let (begin, end) = if colours(io::stderr().is_terminal()) { (colour, "\x1b[0m") } else { ("", "") };
    let _ = writeln!(io::stderr(), "{begin}{word}:{end} {message}");
}

/// Whether to colour a stream that is, or is not, a terminal.
pub(crate) fn colours(is_terminal: bool) -> bool {
    voice::colours(is_terminal)
}

/// Prints one line of data.
pub(crate) fn line(text: impl fmt::Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context(UNWRITTEN)
}

/// Prints a text of several parts, its headings in bold where there are colours: lines without an indent that begin a
/// part and are no row of a name and a value.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    let text = text.trim_end();
    if !colours(io::stdout().is_terminal()) {
        return line(text);
    }
    let mut begins = true;
    let mut shown = String::with_capacity(text.len() + 256);
    for part in text.lines() {
        let is_heading = begins && !part.is_empty() && !part.starts_with(' ') && !part.contains("  ");
        shown.push_str(&if is_heading { bold(part) } else { part.to_owned() });
        shown.push('\n');
        begins = part.is_empty();
    }
    line(shown.trim_end())
}

fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}

/// What is said where standard output takes nothing, such as a file on a full disk.
pub(crate) const UNWRITTEN: &str = "standard output cannot be written";

/// Prints a document as one line of JSON.
pub(crate) fn document(kind: &Document, value: &impl Serialize) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Members<'a, T> {
        object: &'static str,
        version: u32,
        #[serde(flatten)]
        value: &'a T,
    }
    #[derive(Serialize)]
    struct List<'a, T> {
        object: &'static str,
        version: u32,
        data: &'a T,
    }
    debug_assert_eq!(kind.undeclared(&serde_json::to_value(value)?), [""; 0], "members of {}", kind.object);
    let (object, version) = (kind.object, documents::VERSION);
    let json = match kind.shape {
        Shape::Members(_) => serde_json::to_string(&Members { object, version, value })?,
        Shape::List(_) => serde_json::to_string(&List { object, version, data: value })?,
    };
    line(printable::escaped(&json))
}

/// Prints rows in columns, the head first.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> anyhow::Result<()> {
    columns(&head, rows)
}

/// The same with as many columns as there are heads.
pub(crate) fn columns(head: &[&str], rows: &[impl AsRef<[String]>]) -> anyhow::Result<()> {
    let mut widths: Vec<usize> = head.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = io::stdout().lock();
    let padded = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<_> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head = padded(&mut head.iter().copied());
    writeln!(out, "{}", if colours(io::stdout().is_terminal()) { bold(&head) } else { head }).context(UNWRITTEN)?;
    for row in rows {
        writeln!(out, "{}", padded(&mut row.as_ref().iter().map(String::as_str))).context(UNWRITTEN)?;
    }
    Ok(())
}

/// A moment as people read it: RFC 3339 in UTC.
pub(crate) fn time(unix: i64) -> String {
    jiff::Timestamp::from_second(unix).map_or_else(|_| unix.to_string(), |time| time.to_string())
}

/// A word for a POSIX shell, in quotes where it needs them.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%,=".contains(&b);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_takes_a_quoted_word_as_it_is() {
        assert_eq!(quoted("/srv/toll-gate_1.d"), "/srv/toll-gate_1.d");
        assert_eq!(quoted("my data"), "'my data'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
