//! What the server has recorded, read with its own command.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::Options;
use super::server::command;

/// How one request ended, as its record says.
pub(super) struct Record {
    pub(super) request: String,
    pub(super) status: u64,
    pub(super) outcome: String,
    pub(super) cause: String,
    pub(super) input: u64,
    pub(super) output: u64,
}

/// What is recorded.
pub(super) struct Recorded {
    /// Every settled request, in no order. One that was settled twice is there twice.
    pub(super) settled: Vec<Record>,
    /// Requests that were admitted and never settled.
    pub(super) open: Vec<String>,
}

/// Reads all that a server which has been stopped has left.
pub(super) fn recorded(options: &Options, data_dir: &Path) -> anyhow::Result<Recorded> {
    let dump = command(options, &["journal", "dump", "--json"], data_dir)?;
    let (mut settled, mut admitted) = (Vec::new(), HashSet::new());
    for line in dump.lines() {
        let entry: Value = serde_json::from_str(line)?;
        match entry["entry"].as_str() {
            Some("admission") => {
                admitted.insert(entry["request"].as_str().unwrap_or_default().to_owned());
            }
            Some("settlement") => {
                settled.push(record(&entry).with_context(|| format!("a settlement of another form: {line}"))?);
            }
            _ => {}
        }
    }
    for record in &settled {
        admitted.remove(&record.request);
    }
    Ok(Recorded { settled, open: admitted.into_iter().collect() })
}

fn record(entry: &Value) -> Option<Record> {
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    Some(Record {
        request: text("request")?,
        status: entry["status"].as_u64()?,
        outcome: text("outcome")?,
        cause: text("cause")?,
        input: entry["usage"]["input"].as_u64()?,
        output: entry["usage"]["output"].as_u64()?,
    })
}
