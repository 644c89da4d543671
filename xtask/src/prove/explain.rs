//! `tollgate explain`, a process for each text: how long it takes, hostile texts of 5 MB among them.
//!
//! The texts are the messages of all failures that the sandbox knows, as a program with OpenAI's SDK would print them,
//! each in another wrapping.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value as Json, json};

use super::table::{Table, percentile};
use super::{Options, root};

/// The bar for one call, in milliseconds; of a small run, which goes beside other work, one for the median alone, that
/// only texts that hang miss.
const BAR_MS: f64 = 50.0;
const BAR_OF_SMALL_MS: f64 = 500.0;
/// Bytes of a hostile text.
const HOSTILE: usize = 5 * 1024 * 1024;
/// How often each hostile text is explained.
const ROUNDS: usize = 5;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let bar = if options.small { BAR_OF_SMALL_MS } else { BAR_MS };
    let texts = texts(options.count(1000, 60))?;
    let mut table = Table::default();
    let mut times = Vec::new();
    let mut unknown = 0;
    for text in &texts {
        let (found, took) = explain(options, text)?;
        times.push(milliseconds(took));
        unknown += u64::from(found["cause"] == "unknown");
    }
    times.sort_by(f64::total_cmp);
    table.note(format!("{} texts, of which unknown", texts.len()), unknown);
    for percent in [50.0, 99.0, 100.0] {
        let (figure, seen) = (format!("time of a call, p{percent}"), percentile(&times, percent));
        match options.small && percent > 50.0 {
            true => table.note(figure, format!("{seen:.1} ms")),
            false => table.at_most(figure, bar, "ms", seen),
        }
    }
    for (what, text) in hostile() {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(milliseconds(explain(options, &text)?.1));
        }
        times.sort_by(f64::total_cmp);
        table.at_most(format!("5 MB of {what}, median of {ROUNDS}"), bar, "ms", percentile(&times, 50.0));
    }
    Ok(table)
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// What one process makes of a text, and how long it took from its start to its end.
fn explain(options: &Options, text: &str) -> anyhow::Result<(Json, Duration)> {
    let mut command = Command::new(&options.binary);
    let command = command.args(["explain", "--json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().context("the binary does not start")?;
    // It may have read as much as it looks at, and be gone.
    let _ = child.stdin.take().context("it has a standard input")?.write_all(text.as_bytes());
    let output = child.wait_with_output()?;
    let took = began.elapsed();
    if !output.status.success() {
        bail!("{:?} for {:.200}", output.status, text);
    }
    Ok((serde_json::from_slice(&output.stdout).context("it prints JSON")?, took))
}

/// So many texts, each message in turn in another wrapping.
fn texts(count: usize) -> anyhow::Result<Vec<String>> {
    let file = root().join("crates/tollgate/tests/clients/openai_python/triggers.jsonl");
    let told = std::fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))?;
    let told: Vec<Json> = told.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if told.is_empty() {
        bail!("{} is empty", file.display());
    }
    Ok((0..count).map(|n| wrapped(&told[n % told.len()], n / told.len() + n)).collect())
}

fn wrapped(told: &Json, way: usize) -> String {
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    let (message, exception) = (text("message"), text("exception"));
    let body = json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": null } });
    match way % 6 {
        0 => message.to_owned(),
        1 => body.to_string(),
        2 => json!({ "error": { "message": body.to_string(), "code": 400 } }).to_string(),
        3 => format!(
            "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 12, in <module>\n    answer()\n\
             openai.{exception}: {message}"
        ),
        4 => {
            format!("app-1  | 2026-01-01T10:11:12.345Z ERROR [worker-3] call failed: {body}\napp-1  | retrying in 2 s")
        }
        _ => format!("> {}\n> \n> What does this mean?", message.replace(". ", ".\n> ")),
    }
}

/// Texts made to be slow to read.
fn hostile() -> Vec<(&'static str, String)> {
    let fill = |piece: &str| piece.repeat(HOSTILE / piece.len());
    vec![
        ("log lines", fill("2026-01-01T10:11:12.345Z INFO request finished status=200 took=12ms\n")),
        ("open braces", fill("{\"error\":")),
        ("open brackets", fill("[")),
        ("quotes in quotes", fill("\\\\\\\"")),
        ("open tags", fill("<a ")),
        ("one word", fill("a")),
        ("keys", fill("sk-FAKE0123456789 ")),
        ("error objects", fill("{\"error\":{\"message\":\"Rate limit reached\",\"code\":429}}\n")),
    ]
}
