//! What the server has recorded, read from its database by a program that knows nothing of the server: Python's SQLite.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// The cause of a request that was admitted and never settled: the process died.
const PROCESS_DIED: &str = "gateway_stopped";

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
    /// Every request that was settled, in no order.
    pub(super) settled: Vec<Record>,
    /// Requests that were admitted and never settled.
    pub(super) open: Vec<String>,
}

/// Reads all that is in the database of this data directory.
pub(super) fn recorded(data_dir: &Path) -> anyhow::Result<Recorded> {
    let output = Command::new("python3")
        .args(["-c", include_str!("records/read.py")])
        .arg(data_dir.join("records.db"))
        .output()
        .context("python3 is missing")?;
    if !output.status.success() {
        bail!("the records cannot be read: {}", String::from_utf8_lossy(&output.stderr));
    }
    let mut all = Recorded { settled: Vec::new(), open: Vec::new() };
    for line in std::str::from_utf8(&output.stdout)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let record = record(&row).with_context(|| format!("a record of another form: {line}"))?;
        if record.cause == PROCESS_DIED {
            all.open.push(record.request);
        } else {
            all.settled.push(record);
        }
    }
    Ok(all)
}

fn record(row: &Value) -> Option<Record> {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    Some(Record {
        request: text("request")?,
        status: row["status"].as_u64()?,
        outcome: text("outcome")?,
        cause: text("cause")?,
        input: row["input"].as_u64()?,
        output: row["output"].as_u64()?,
    })
}
