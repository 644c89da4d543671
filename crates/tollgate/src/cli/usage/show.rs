//! Usage as a table and as JSON.

use serde_json::{Map, Value as Json, json};
use tollgate_store::records::{Label, Total, Usage};

use crate::cli::output;
use crate::words::{counted, time_taken};

/// Columns behind the names.
const COLUMNS: [&str; 9] =
    ["REQUESTS", "FAILED", "LEFT", "INPUT", "CACHED", "OUTPUT", "REASONING", "AVG TIME", "AVG FIRST BYTE"];

/// Lines of a table, the head first and the sum of all last.
pub(super) fn table(usage: &Usage, names: &[&str]) -> Vec<String> {
    let head = names.iter().chain(&COLUMNS).map(|name| name.to_uppercase()).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    for (labels, total) in &usage.groups {
        rows.push(labels.iter().zip(names).map(|(label, name)| text(label, name)).chain(cells(total)).collect());
    }
    if usage.groups.len() != 1 {
        let label = names.iter().enumerate().map(|(n, _)| if n == 0 { "all".to_owned() } else { String::new() });
        rows.push(label.chain(cells(&sum(usage))).collect());
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..names.len() + COLUMNS.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(n, (cell, width))| match n < names.len() {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// What the table does not explain itself.
pub(super) fn legend(usage: &Usage) -> Vec<String> {
    let Total { estimated, unknown, .. } = sum(usage);
    let of = |n: i64| counted(n.unsigned_abs(), "request", "requests");
    let mut notes = Vec::new();
    if estimated > 0 {
        notes.push(format!("~ tokens of {} are estimated: the provider did not report them", of(estimated)));
    }
    if unknown > 0 {
        notes.push(format!("tokens of {} are not known, and not in the sums", of(unknown)));
    }
    notes
}

/// The document: sums, not averages, so that it can be added up.
pub(super) fn json(usage: &Usage, names: &[&str], unread_bytes: u64) -> Json {
    let rows = usage.groups.iter().map(|(labels, total)| {
        let mut row: Map<_, _> =
            names.iter().zip(labels).map(|(name, label)| (name.to_string(), value(label))).collect();
        row.extend(sums(total));
        Json::Object(row)
    });
    json!({
        "from": usage.span.start,
        "to": usage.span.end,
        "by": names,
        "rows": rows.collect::<Vec<_>>(),
        "total": Json::Object(sums(&sum(usage))),
        "unread_bytes": unread_bytes,
    })
}

fn sum(usage: &Usage) -> Total {
    usage.groups.iter().fold(Total::default(), |sum, (_, total)| sum + *total)
}

/// A day is written without its midnight.
fn text(label: &Label, name: &str) -> String {
    match label {
        Label::Text(text) if text.is_empty() => "(none)".to_owned(),
        Label::Text(text) => text.clone(),
        Label::Status(0) => "(none)".to_owned(),
        Label::Status(status) => status.to_string(),
        Label::Outcome(outcome) => outcome.name().to_owned(),
        Label::Operation(number) => number.to_string(),
        Label::Time(at) if name == "day" => output::time(*at).chars().take("2026-11-21".len()).collect(),
        Label::Time(at) => output::time(*at),
    }
}

fn value(label: &Label) -> Json {
    match label {
        Label::Text(text) if text.is_empty() => Json::Null,
        Label::Text(text) => text.as_str().into(),
        Label::Status(0) => Json::Null,
        Label::Status(status) => (*status).into(),
        Label::Outcome(outcome) => outcome.name().into(),
        Label::Operation(number) => (*number).into(),
        Label::Time(at) => (*at).into(),
    }
}

fn cells(total: &Total) -> [String; COLUMNS.len()] {
    let about = if total.estimated > 0 { "~" } else { "" };
    [
        total.requests.to_string(),
        total.failed.to_string(),
        total.abandoned.to_string(),
        format!("{about}{}", total.input),
        total.cached_input.to_string(),
        format!("{about}{}", total.output),
        total.reasoning.to_string(),
        average(total.duration_us, total.ended),
        average(total.first_byte_us, total.first_bytes),
    ]
}

/// Of microseconds over so many.
fn average(sum_us: i64, count: i64) -> String {
    sum_us.checked_div(count).map_or_else(|| "-".to_owned(), |us| time_taken(us.unsigned_abs()))
}

fn sums(total: &Total) -> Map<String, Json> {
    let fields = [
        ("requests", total.requests),
        ("failed", total.failed),
        ("abandoned", total.abandoned),
        ("ended", total.ended),
        ("input", total.input),
        ("cached_input", total.cached_input),
        ("cache_write", total.cache_write),
        ("audio_input", total.audio_input),
        ("output", total.output),
        ("reasoning", total.reasoning),
        ("audio_output", total.audio_output),
        ("estimated", total.estimated),
        ("unknown", total.unknown),
        ("first_bytes", total.first_bytes),
        ("first_byte_us", total.first_byte_us),
        ("duration_us", total.duration_us),
        ("request_bytes", total.request_bytes),
        ("answer_bytes", total.answer_bytes),
    ];
    fields.into_iter().map(|(name, sum)| (name.to_owned(), sum.into())).collect()
}
