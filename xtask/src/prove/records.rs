//! What the server has recorded, read with its own command.

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

/// Every settled request, in no order. One that was settled twice is there twice.
pub(super) fn settled(options: &Options, data_dir: &Path) -> anyhow::Result<Vec<Record>> {
    let dump = command(options, &["journal", "dump", "--json"], data_dir)?;
    let mut records = Vec::new();
    for line in dump.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry["entry"] == "settlement" {
            records.push(record(&entry).with_context(|| format!("a settlement of another form: {line}"))?);
        }
    }
    Ok(records)
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
