//! What a proof found: figures, their bars, what was seen.

use std::fmt::Display;

/// The rows, in the order they were found.
#[derive(Default)]
pub(super) struct Table(Vec<Row>);

struct Row {
    figure: String,
    bar: String,
    seen: String,
    held: Option<bool>,
}

impl Table {
    /// A figure with a bar.
    pub(super) fn bar(&mut self, figure: impl Into<String>, bar: impl Into<String>, seen: impl Display, held: bool) {
        self.push(figure.into(), bar.into(), seen.to_string(), Some(held));
    }

    /// A number that must be zero.
    pub(super) fn none(&mut self, figure: impl Into<String>, seen: u64) {
        self.bar(figure, "0", seen, seen == 0);
    }

    /// A number with a ceiling.
    pub(super) fn at_most(&mut self, figure: impl Into<String>, ceiling: f64, unit: &str, seen: f64) {
        self.bar(figure, format!("≤ {ceiling} {unit}"), format!("{seen:.2} {unit}"), seen <= ceiling);
    }

    /// Other callers' p99 against a quiet server's. A small run is too short for a bar: a single hiccup of the machine
    /// would miss it.
    pub(super) fn others(&mut self, figure: String, meanwhile: f64, quiet: f64, small: bool) {
        let times = meanwhile / quiet.max(0.05);
        if small {
            self.note(figure, format!("{times:.2} ×"));
        } else {
            self.at_most(figure, 3.0, "×", times);
        }
    }

    /// A figure without a bar.
    pub(super) fn note(&mut self, figure: impl Into<String>, seen: impl Display) {
        self.push(figure.into(), String::new(), seen.to_string(), None);
    }

    fn push(&mut self, figure: String, bar: String, seen: String, held: Option<bool>) {
        self.0.push(Row { figure, bar, seen, held });
    }

    /// How many bars were missed.
    pub(super) fn missed(&self) -> usize {
        self.0.iter().filter(|row| row.held == Some(false)).count()
    }

    pub(super) fn print(&self) {
        let width = |of: fn(&Row) -> &str, least: usize| {
            self.0.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(least)
        };
        let (figure, bar, seen) = (width(|r| &r.figure, 6), width(|r| &r.bar, 3), width(|r| &r.seen, 4));
        println!("| {:figure$} | {:bar$} | {:seen$} |", "figure", "bar", "seen");
        println!("|{}|{}|{}|", "-".repeat(figure + 2), "-".repeat(bar + 2), "-".repeat(seen + 2));
        for row in &self.0 {
            let mark = if row.held == Some(false) { "  MISSED" } else { "" };
            println!("| {:figure$} | {:bar$} | {:seen$} |{mark}", row.figure, row.bar, row.seen);
        }
    }
}

/// The value below which `percent` of the sorted times lie; zero of none.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    match sorted.len() {
        0 => 0.0,
        n => sorted[(((n - 1) as f64) * percent / 100.0).round() as usize],
    }
}
