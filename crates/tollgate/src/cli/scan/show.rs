//! Findings as they are printed: a sheet for people, JSON for programs, one line that sums up.

use std::collections::HashSet;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Duration;

use serde::Serialize;
use tollgate_scan::vendors::vendor_of;
use tollgate_scan::{Finding, Report, Severity, remedy};

use crate::cli::output;

/// A finding in JSON. The first four members are what other programs rely on.
#[derive(Debug, Serialize)]
struct FindingView<'a> {
    path: &'a str,
    line: u64,
    provider: &'static str,
    severity: Severity,
    column: u64,
    key: &'a str,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    remedy: String,
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            path: &finding.place.path,
            line: finding.line,
            provider: finding.provider,
            severity: finding.severity,
            column: finding.column,
            key: &finding.masked,
            fingerprint: &finding.fingerprint,
            encoding: finding.in_base64.then_some("base64"),
            member: finding.place.member(),
            commit: finding.place.commit.as_ref().map(|commit| commit.id.as_str()),
            date: finding.place.commit.as_ref().map(|commit| commit.date.as_str()),
            remedy: remedy(finding),
        }
    }
}

/// All of them as an array, one in a line.
pub(super) fn json(findings: &[Finding]) -> anyhow::Result<String> {
    let views: Vec<String> =
        findings.iter().map(|finding| serde_json::to_string(&FindingView::of(finding))).collect::<Result<_, _>>()?;
    Ok(match views.is_empty() {
        true => "[]".to_owned(),
        false => format!("[\n{}\n]", views.join(",\n")),
    })
}

/// For people: the worst first, what to do said once for findings that share it.
pub(super) fn sheet(findings: &[Finding]) -> anyhow::Result<()> {
    let colours = output::colours(io::stdout().is_terminal());
    for severity in Severity::ALL {
        let of_it: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == severity).collect();
        if of_it.is_empty() {
            continue;
        }
        output::line(format!("{}: {}", coloured(severity, colours), severity.reason()))?;
        // In the order in which they come first.
        let mut remedies: Vec<String> = of_it.iter().map(|finding| remedy(finding)).collect();
        let mut told = HashSet::new();
        remedies.retain(|remedy| told.insert(remedy.clone()));
        for what_to_do in remedies {
            for finding in of_it.iter().filter(|finding| remedy(finding) == what_to_do) {
                output::line(entry(finding))?;
            }
            output::line(format!("      {what_to_do}"))?;
        }
    }
    Ok(())
}

fn coloured(severity: Severity, colours: bool) -> String {
    let colour = match severity {
        Severity::Critical => "\x1b[1;31m",
        Severity::High => "\x1b[31m",
        Severity::Medium => "\x1b[33m",
        Severity::Low => "\x1b[36m",
    };
    if colours { format!("{colour}{severity}\x1b[0m") } else { severity.to_string() }
}

fn entry(finding: &Finding) -> String {
    let name = vendor_of(finding.provider).map_or(finding.provider, |vendor| vendor.name);
    let mut entry = format!("  {}", printable(&finding.place.path));
    if let Some(member) = finding.place.member() {
        write!(entry, "!{}", printable(&member)).expect("a String takes all");
    }
    let how = if finding.in_base64 { " in base64" } else { "" };
    write!(entry, ":{}  {}  {name}{how}", finding.line, finding.masked).expect("a String takes all");
    if let Some(commit) = &finding.place.commit {
        let id = &commit.id[..commit.id.len().min(12)];
        write!(entry, "\n      since commit {id} of {}", commit.date).expect("a String takes all");
    }
    entry
}

/// A file's name must not steer the terminal.
fn printable(path: &str) -> String {
    path.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// `2 keys in 120 files (3.2 MB, 0.1 s): 1 critical, 1 low`
pub(super) fn summary(report: &Report, known: usize, took: Duration) -> String {
    let megabytes = report.bytes as f64 / 1e6;
    let files = if report.files == 1 { "file" } else { "files" };
    let where_ = format!("in {} {files} ({megabytes:.1} MB, {:.1} s)", report.files, took.as_secs_f64());
    let known = if known == 0 { String::new() } else { format!("; {known} known of the baseline") };
    let count = report.findings.len();
    if count == 0 {
        return format!("no keys {where_}{known}");
    }
    let of = |severity: &Severity| report.findings.iter().filter(|finding| finding.severity == *severity).count();
    let counts: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| (of(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    let keys = if count == 1 { "key" } else { "keys" };
    format!("{count} {keys} {where_}: {}{known}", counts.join(", "))
}
