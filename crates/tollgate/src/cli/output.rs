//! How commands print: data, tables, and failures as `error:`, `cause:` and `help:` lines.
//!
//! In: values and errors. Out: text, coloured only for a terminal that wants it; on standard error JSON lines instead,
//! once [`log_lines`] has been told so. A reader that closed its end of standard output is no failure.

pub(crate) mod log_lines;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::settings::problem::{Problem, Problems};

/// A failure with its exit code and advice.
#[derive(Debug)]
pub(crate) struct Refused {
    message: String,
    help: Option<String>,
    code: u8,
}

impl Refused {
    /// Wrong usage: code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, code: 2 }
    }

    /// The work failed: code 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, code: 1 }
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
    for cause in causes(error) {
        say(Label::Cause, &cause);
    }
    if let Some(help) = refused.and_then(|r| r.help.as_deref()) {
        say(Label::Help, help);
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
    said.split_off(1)
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
    Warning,
    Note,
}

/// One labelled message on standard error. There is nothing to be done about a standard error that takes nothing.
pub(crate) fn say(label: Label, message: &str) {
    if log_lines::are_wanted() {
        return log_lines::message(label, message);
    }
    let (word, colour) = match label {
        Label::Error => ("error", "\x1b[1;31m"),
        Label::Cause => ("cause", "\x1b[1m"),
        Label::Help => ("help", "\x1b[1;32m"),
        Label::Warning => ("warning", "\x1b[1;33m"),
        Label::Note => ("note", "\x1b[1;36m"),
    };
    let (begin, end) = if colours(io::stderr().is_terminal()) { (colour, "\x1b[0m") } else { ("", "") };
    let _ = writeln!(io::stderr(), "{begin}{word}:{end} {message}");
}

/// Whether to colour what goes to a terminal (<https://no-color.org>: set and not empty means no).
pub(crate) fn colours(is_terminal: bool) -> bool {
    let said_no = std::env::vars_os()
        .any(|(name, value)| (name == "NO_COLOR" && !value.is_empty()) || (name == "TERM" && value == "dumb"));
    is_terminal && !said_no
}

/// Prints one line of data.
pub(crate) fn line(text: impl fmt::Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Prints rows in columns, the head first.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> anyhow::Result<()> {
    let mut widths = head.map(|name| name.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = io::stdout().lock();
    let mut write = |cells: [&str; N]| {
        let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    write(head)?;
    for row in rows {
        write(row.each_ref().map(String::as_str))?;
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
