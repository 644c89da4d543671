//! Usage as a table and as JSON.

use serde_json::{Map, Value as Json, json};
use tollgate_store::records::{Label, Total, Usage};

use crate::cli::output;

/// Columns behind the names.
const COLUMNS: [&str; 8] = ["requests", "failed", "input", "cached", "output", "reasoning", "seconds", "first byte"];

/// Lines of a table, the head first and the sum of all last. Seconds are averages.
pub(super) fn table(usage: &Usage, names: &[&str]) -> Vec<String> {
    let head = names.iter().chain(&COLUMNS).map(|name| (*name).to_owned()).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    for (labels, total) in &usage.groups {
        rows.push(labels.iter().map(text).chain(cells(total)).collect());
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

/// The document: sums, not averages, so that it can be added up.
pub(super) fn json(usage: &Usage, names: &[&str], unread_bytes: u64) -> Json {
    let rows = usage.groups.iter().map(|(labels, total)| {
        let mut row: Map<_, _> =
            names.iter().zip(labels).map(|(name, label)| (name.to_string(), value(label))).collect();
        row.extend(sums(total));
        Json::Object(row)
    });
    json!({
        "object": "tollgate.usage",
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

fn text(label: &Label) -> String {
    match label {
        Label::Text(text) if text.is_empty() => "(none)".to_owned(),
        Label::Text(text) => text.clone(),
        Label::Status(0) => "(none)".to_owned(),
        Label::Status(status) => status.to_string(),
        Label::Time(at) => output::time(*at),
    }
}

fn value(label: &Label) -> Json {
    match label {
        Label::Text(text) if text.is_empty() => Json::Null,
        Label::Text(text) => text.as_str().into(),
        Label::Status(0) => Json::Null,
        Label::Status(status) => (*status).into(),
        Label::Time(at) => (*at).into(),
    }
}

fn cells(total: &Total) -> [String; COLUMNS.len()] {
    [
        total.requests.to_string(),
        total.failed.to_string(),
        total.input.to_string(),
        total.cached_input.to_string(),
        total.output.to_string(),
        total.reasoning.to_string(),
        average(total.duration_us, total.requests),
        average(total.first_byte_us, total.first_bytes),
    ]
}

/// Seconds, of microseconds over so many; with as many digits as say something.
fn average(sum_us: i64, count: i64) -> String {
    if count == 0 {
        return "-".to_owned();
    }
    let seconds = sum_us as f64 / count as f64 / 1e6;
    if seconds < 0.1 { format!("{seconds:.6}") } else { format!("{seconds:.3}") }
}

fn sums(total: &Total) -> Map<String, Json> {
    let fields = [
        ("requests", total.requests),
        ("failed", total.failed),
        ("input", total.input),
        ("cached_input", total.cached_input),
        ("cache_write", total.cache_write),
        ("audio_input", total.audio_input),
        ("output", total.output),
        ("reasoning", total.reasoning),
        ("audio_output", total.audio_output),
        ("estimated", total.estimated),
        ("first_bytes", total.first_bytes),
        ("first_byte_us", total.first_byte_us),
        ("duration_us", total.duration_us),
        ("request_bytes", total.request_bytes),
        ("answer_bytes", total.answer_bytes),
    ];
    fields.into_iter().map(|(name, sum)| (name.to_owned(), sum.into())).collect()
}
