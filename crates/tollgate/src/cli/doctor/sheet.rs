//! A report for people: a line per check, then each finding with its evidence and what to do.

use std::io::IsTerminal;

use tollgate_doctor::{Entry, Report, Verdict};

use crate::cli::output;
use crate::words::counted;

/// Prints it.
pub(in crate::cli) fn print(report: &Report) -> anyhow::Result<()> {
    let colours = output::colours(std::io::stdout().is_terminal());
    output::line(table(report, colours).trim_end())?;
    for entry in report.findings() {
        output::line(finding(entry).trim_end())?;
    }
    output::line(summary(report))
}

fn table(report: &Report, colours: bool) -> String {
    let width = report.entries.iter().map(|entry| entry.check.title().len()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in &report.entries {
        let (mark, colour) = match entry.verdict {
            Verdict::Fine => ("ok  ", "\x1b[32m"),
            Verdict::Note => ("note", "\x1b[33m"),
            Verdict::Finding => ("FAIL", "\x1b[1;31m"),
            Verdict::NotLookedAt => ("–   ", "\x1b[2m"),
        };
        let (begin, end) = if colours { (colour, "\x1b[0m") } else { ("", "") };
        text += &format!("{begin}{mark}{end}  {:width$}  {}\n", entry.check.title(), entry.what);
        if entry.verdict == Verdict::Note {
            for line in entry.evidence.iter().chain(&entry.remedy) {
                text += &format!("      {:width$}  {line}\n", "");
            }
        }
    }
    text
}

fn finding(entry: &Entry) -> String {
    let mut text = format!("\n{}: {}\n", entry.check.title(), entry.what);
    let mut row = |name: &str, value: &str| text += &format!("  {name:<8}  {value}\n");
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

fn summary(report: &Report) -> String {
    let spent = report.spent;
    let cost = match spent.completions {
        0 => "no tokens were spent".to_owned(),
        _ => format!("{} + {} tokens were spent", spent.input_tokens, spent.output_tokens),
    };
    let requests = counted(spent.requests.into(), "request", "requests");
    match report.findings().count() {
        0 => format!("\nnothing is wrong ({requests}, {cost})"),
        findings => format!("\n{} ({requests}, {cost})", counted(findings as u64, "finding", "findings")),
    }
}
