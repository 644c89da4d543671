//! A report for people: a line per check, then each finding with its evidence and what to do.
//!
//! On a terminal, long lines are broken between words below where they begin. Elsewhere each line is whole, for `grep`.

use std::io::IsTerminal;

use tollgate_doctor::{Entry, Report, Verdict};

use crate::cli::output::{self, printable::printable};
use crate::words::counted;

/// A terminal that is narrower is written to as if it were not.
const NARROWEST: usize = 40;
/// Where the table's checks begin: behind a mark of four characters.
const MARK: usize = 6;
/// Where the values of a finding begin.
const ROW: usize = 12;

/// Prints it.
pub(in crate::cli) fn print(report: &Report) -> anyhow::Result<()> {
    let columns = columns();
    let colours = output::colours(std::io::stdout().is_terminal());
    output::line(table(report, colours, columns).trim_end())?;
    for entry in report.findings() {
        output::line(finding(entry, columns).trim_end())?;
    }
    output::line(summary(report))
}

/// How wide the terminal is; no end to it where there is none.
fn columns() -> usize {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return usize::MAX;
    }
    match rustix::termios::tcgetwinsize(&stdout) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).max(NARROWEST),
        Ok(_) | Err(_) => 80,
    }
}

fn table(report: &Report, colours: bool, columns: usize) -> String {
    let width = report.entries.iter().map(|entry| entry.check.title().len()).max().unwrap_or(0);
    let indent = MARK + width + 2;
    let mut text = String::new();
    let mut entries = report.entries.iter().peekable();
    while let Some(entry) = entries.next() {
        let is_alike = |next: &&Entry| entry.verdict == Verdict::NotLookedAt && next.what == entry.what;
        let mut others = Vec::new();
        while let Some(other) = entries.next_if(|next| is_alike(next)) {
            others.push(other.check.title());
        }
        let (mark, colour) = match entry.verdict {
            Verdict::Fine => ("ok  ", "\x1b[32m"),
            Verdict::Note => ("note", "\x1b[33m"),
            Verdict::Finding => ("FAIL", "\x1b[1;31m"),
            Verdict::NotLookedAt => ("–   ", "\x1b[2m"),
        };
        let (begin, end) = if colours { (colour, "\x1b[0m") } else { ("", "") };
        let what = match others.as_slice() {
            [] => entry.what.clone(),
            others => format!("{} (likewise {})", entry.what, others.join(", ")),
        };
        let what = wrapped(&what, indent, columns);
        text += &format!("{begin}{mark}{end}  {:width$}  {what}\n", entry.check.title());
        if entry.verdict == Verdict::Note {
            for line in entry.evidence.iter().chain(&entry.remedy) {
                text += &format!("{:indent$}{}\n", "", wrapped(line, indent, columns));
            }
        }
    }
    text
}

fn finding(entry: &Entry, columns: usize) -> String {
    let mut text = format!("\n{}\n", wrapped(&format!("{}: {}", entry.check.title(), entry.what), 2, columns));
    let mut row = |name: &str, value: &str| text += &format!("  {name:<8}  {}\n", wrapped(value, ROW, columns));
    if let Some(cause) = entry.cause {
        row("cause", &format!("{} ({})", cause.slug, cause.title));
    }
    for line in &entry.evidence {
        row("seen", line);
    }
    if let Some(remedy) = &entry.remedy {
        row("do", remedy);
    }
    if let Some(cause) = entry.cause {
        row("more", &format!("tollgate errors show {}", cause.slug));
    }
    text
}

/// A text, made fit for a terminal, that begins at column `indent`, its further lines below its beginning. What has no space in it stays whole, so
/// that addresses can be copied.
fn wrapped(text: &str, indent: usize, columns: usize) -> String {
    let text = &printable(text).replace('\n', " ");
    if indent.saturating_add(text.chars().count()) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(indent).max(NARROWEST / 2);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= room) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join(&format!("\n{:indent$}", ""))
}

fn summary(report: &Report) -> String {
    let spent = report.spent;
    let cost = match spent.completions {
        0 => "no tokens were spent".to_owned(),
        _ => {
            let about = if spent.is_estimate { "about " } else { "" };
            format!("{about}{} + {} tokens were spent", spent.input_tokens, spent.output_tokens)
        }
    };
    let requests = counted(spent.requests.into(), "request", "requests");
    match (report.findings().count(), report.unasked()) {
        (0, None) => format!("\nnothing is wrong ({requests}, {cost})"),
        (0, Some(why)) => {
            format!("\nnothing wrong was found; no completion was asked for: {} ({requests}, {cost})", printable(why))
        }
        (findings, _) => format!("\n{} ({requests}, {cost})", counted(findings as u64, "finding", "findings")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_its_beginning_and_an_address_stays_whole() {
        let text = "an API answers at https://generativelanguage.googleapis.com/v1beta/openai/chat";

        assert_eq!(wrapped(text, 12, usize::MAX), text);
        assert_eq!(
            wrapped(text, 12, 50),
            "an API answers at\n            https://generativelanguage.googleapis.com/v1beta/openai/chat"
        );
        assert_eq!(wrapped("short", 12, 50), "short");
        assert_eq!(wrapped("a\x1b[2J\nb", 12, 50), "a␛[2J b");
    }
}
