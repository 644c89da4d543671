//! Turns figures into a page for people: medians with their range, ratios within the same round.

use std::fmt::Write;

use crate::measure::{Outcome, Row, Run};
use crate::scenario::Candidate;

/// A gateway's core that others used more than this had noise on it.
const NOISY: f64 = 0.05;

/// What the figures were taken on and with.
pub(crate) struct Circumstances {
    pub(crate) machine: String,
    pub(crate) commit: String,
    pub(crate) stamp: String,
    pub(crate) rounds: usize,
    pub(crate) scale: f64,
    pub(crate) pushing: bool,
    pub(crate) load_average: f64,
}

/// The page.
pub(crate) fn markdown(about: &Circumstances, outcomes: &[Outcome]) -> String {
    let mut page = format!("# Benchmark {}\n\n", about.stamp);
    let _ = writeln!(page, "{}; commit {}", about.machine, about.commit);
    let pushing = if about.pushing { ", other sessions pushed aside" } else { "" };
    let _ = writeln!(page, "{} rounds, scale {}{pushing}.", about.rounds, about.scale);
    let _ = writeln!(page, "Load average before the first scenario: {:.2}. Median (min–max).", about.load_average);
    for outcome in outcomes {
        let _ = write!(page, "\n## {}: {}\n\n", outcome.name, outcome.title);
        page.push_str(&table(outcome));
        let lines = notes(outcome);
        if !lines.is_empty() {
            page.push('\n');
        }
        for line in lines {
            let _ = writeln!(page, "* {line}");
        }
    }
    page
}

fn table(outcome: &Outcome) -> String {
    let rows = &outcome.rows;
    if rows.iter().any(|row| !row.start_ms.is_empty()) {
        return start(rows);
    }
    if rows.iter().any(|row| row.memory.is_some()) {
        return memory(rows);
    }
    if outcome.name == "latency" {
        return latency(rows);
    }
    cpu(rows)
}

fn cpu(rows: &[Row]) -> String {
    let streams = rows.iter().flat_map(|row| &row.runs).any(|run| run.load.chunks > 0);
    let mut head = vec![
        "",
        "CPU µs/request, serving threads",
        "× nginx + headers",
        "× nginx",
        "whole process",
        "requests/s",
        "p50 / p99 ms",
    ];
    if streams {
        head.extend(["first event p50 / p99 ms", "event in transit p50 / p99 ms"]);
    }
    head.push("RSS MB");
    let mut lines = lines(&head);
    for row in rows {
        let pair = |p50: fn(&Run) -> Option<f64>, p99: fn(&Run) -> Option<f64>| {
            let ms = |of: fn(&Run) -> Option<f64>| figure(&row.each(|r| of(r).unwrap_or_default() / 1000.0), 2);
            format!("{} / {}", ms(p50), ms(p99))
        };
        let direct = row.is(Candidate::Direct);
        let or_none = |text: String| if direct { "–".to_owned() } else { text };
        let mut cells = vec![
            row.candidate.clone(),
            or_none(ranged(&row.each(|r| r.serving_us), 2)),
            or_none(ratio(row, rows, Candidate::NginxHeaders)),
            or_none(ratio(row, rows, Candidate::Nginx)),
            or_none(ranged(&row.each(|r| r.process_us), 2)),
            ranged(&row.each(|r| r.load.rps), 0),
            pair(|r| r.load.total_p50_us, |r| r.load.total_p99_us),
        ];
        if streams {
            cells.push(pair(|r| r.load.ttft_p50_us, |r| r.load.ttft_p99_us));
            cells.push(pair(|r| r.load.transit_p50_us, |r| r.load.transit_p99_us));
        }
        cells.push(or_none(figure(&row.each(|r| r.rss_kb as f64 / 1024.0), 1)));
        push(&mut lines, &cells);
    }
    lines
}

fn latency(rows: &[Row]) -> String {
    let mut lines = lines(&["", "p50 µs", "p99 µs", "added p50 µs", "added p99 µs", "CPU µs/request, serving threads"]);
    let direct = rows.iter().find(|row| row.is(Candidate::Direct));
    for row in rows {
        let p50 = |r: &Run| r.load.total_p50_us.unwrap_or_default();
        let p99 = |r: &Run| r.load.total_p99_us.unwrap_or_default();
        let added = |of: &dyn Fn(&Run) -> f64| match direct {
            Some(direct) if !row.is(Candidate::Direct) => {
                ranged(&paired(row, direct).map(|(a, b)| of(a) - of(b)).collect::<Vec<_>>(), 0)
            }
            _ => "–".to_owned(),
        };
        let cpu = if row.is(Candidate::Direct) { "–".to_owned() } else { ranged(&row.each(|r| r.serving_us), 1) };
        let cells = [
            row.candidate.clone(),
            ranged(&row.each(p50), 0),
            ranged(&row.each(p99), 0),
            added(&p50),
            added(&p99),
            cpu,
        ];
        push(&mut lines, &cells);
    }
    lines
}

fn memory(rows: &[Row]) -> String {
    let streams = rows.iter().filter_map(|row| row.memory.as_ref()).map(|m| m.streams).max().unwrap_or_default();
    let mb = |kb: u64| format!("{:.1}", kb as f64 / 1024.0);
    let mut lines = if streams > 0 {
        let open = format!("{streams} streams open, MB");
        lines(&["", "at rest, MB", &open, "KB per stream", "after they ended, MB", "opened in s"])
    } else {
        lines(&["", "at rest, MB", "64 connections open, MB", "after they closed, MB"])
    };
    for row in rows {
        let Some(m) = &row.memory else { continue };
        let mut cells = vec![row.candidate.clone(), mb(m.at_rest_kb), mb(m.loaded_kb)];
        if streams > 0 {
            let each = m.loaded_kb.saturating_sub(m.at_rest_kb) as f64 / m.streams as f64;
            cells.extend([format!("{each:.1}"), mb(m.after_kb), format!("{:.2}", m.opened_s)]);
        } else {
            cells.push(mb(m.after_kb));
        }
        push(&mut lines, &cells);
    }
    lines
}

fn start(rows: &[Row]) -> String {
    let mut lines = lines(&["", "ms to the first line"]);
    for (which, ms) in rows.iter().flat_map(|row| &row.start_ms) {
        push(&mut lines, &[(*which).to_owned(), ranged(ms, 1)]);
    }
    lines
}

/// What a reader has to know besides the table.
fn notes(outcome: &Outcome) -> Vec<String> {
    let mut notes: Vec<String> = outcome.problems.iter().map(|text| format!("**Does not count:** {text}")).collect();
    for row in outcome.rows.iter().filter(|row| row.candidate.starts_with("tollgate") && !row.runs.is_empty()) {
        let mut names: Vec<&String> = row.runs.iter().flat_map(|run| run.threads_us.keys()).collect();
        names.sort();
        names.dedup();
        let each = names.into_iter().map(|name| {
            let us = row.each(|run| run.threads_us.get(name).copied().unwrap_or_default());
            format!("{name} {}", figure(&us, 2))
        });
        let drain = figure(&row.each(|run| run.drain_s), 1);
        let each: Vec<_> = each.collect();
        notes.push(format!(
            "{} by thread, µs/request: {}; at rest {drain} s after the last answer",
            row.candidate,
            each.join(", ")
        ));
    }
    let measured = outcome.rows.iter().filter(|row| !row.is(Candidate::Direct));
    let noisy = measured.flat_map(|row| &row.runs).map(|run| run.foreign).fold(0.0, f64::max);
    if noisy > NOISY {
        notes.push(format!("**noisy**: others used up to {:.0} % of the gateway's core during a run", noisy * 100.0));
    }
    notes.extend(outcome.notes.iter().cloned());
    notes
}

impl Row {
    fn is(&self, candidate: Candidate) -> bool {
        self.candidate == candidate.name()
    }

    fn each(&self, of: impl Fn(&Run) -> f64) -> Vec<f64> {
        self.runs.iter().map(of).collect()
    }
}

/// Runs of the same round.
fn paired<'r>(row: &'r Row, other: &'r Row) -> impl Iterator<Item = (&'r Run, &'r Run)> {
    row.runs.iter().filter_map(|run| Some((run, other.runs.iter().find(|o| o.round == run.round)?)))
}

fn ratio(row: &Row, rows: &[Row], to: Candidate) -> String {
    let Some(other) = rows.iter().find(|row| row.is(to)) else { return "–".to_owned() };
    ranged(&paired(row, other).map(|(a, b)| a.serving_us / b.serving_us).collect::<Vec<_>>(), 2)
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

fn figure(values: &[f64], digits: usize) -> String {
    median(values).map_or("–".to_owned(), |m| format!("{m:.digits$}"))
}

fn ranged(values: &[f64], digits: usize) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    match values.len() {
        0 | 1 => figure(values, digits),
        _ => format!("{} ({low:.digits$}–{high:.digits$})", figure(values, digits)),
    }
}

fn lines(head: &[&str]) -> String {
    format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()))
}

fn push(lines: &mut String, cells: &[String]) {
    let _ = writeln!(lines, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(candidate: Candidate, serving_us: &[f64]) -> Row {
        let runs = serving_us.iter().enumerate();
        let runs = runs.map(|(round, us)| Run { round, serving_us: *us, ..Run::default() }).collect();
        Row { candidate: candidate.name(), runs, memory: None, start_ms: Default::default() }
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_own_ratios() {
        // The second round was slow for everybody: dividing the medians would show that, pairing does not.
        let nginx = row(Candidate::Nginx, &[10.0, 20.0, 10.0]);
        let ours = row(Candidate::Tollgate { workers: 1 }, &[11.0, 22.0, 12.0]);

        assert_eq!(ratio(&ours, &[nginx, ours.clone()], Candidate::Nginx), "1.10 (1.10–1.20)");
    }

    #[test]
    fn a_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
