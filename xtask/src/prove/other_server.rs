//! A provider that was not written here: LiteLLM's proxy behind Tollgate, OpenAI's Python SDK in front of it.
//!
//! What the SDK is given for each call, and what the record says of it. Needs Python; the first run needs the network.

mod litellm;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use super::Options;
use super::client::{Client, get, wait_until};
use super::records::{Record, recorded};
use super::server::{Server, Start, command};
use super::table::Table;
use litellm::{Proxy, Python};

const OURS: &str = "sk-key-of-the-other-server";

/// What each call is to bring, member by member of what `calls.py` prints, and what its record is to say; `null`
/// where there is none. The tokens of a whole answer are LiteLLM's constants, those of a stream it counts.
fn expected() -> [(&'static str, Value, Value); 17] {
    let text = "Hello from another server.";
    let record = |input: u32, output: u32| json!({"status": 200, "outcome": "complete", "tokens": [input, output]});
    let refused = |status: u16, error: &str, cause: &str, retry: bool| {
        let seen =
            json!({"error": error, "status": status, "cause": cause, "explained": true, "retry": retry.to_string()});
        (seen, json!({"status": status, "outcome": "failed", "cause": cause, "tokens": [0, 0]}))
    };
    let with = |(mut seen, record): (Value, Value), theirs: bool| {
        seen["theirs"] = theirs.into();
        (seen, record)
    };
    let ids =
        ["answers", "broken", "by-another-name", "limited", "no-key", "not-there", "too-long", "vectors", "wrong-key"];
    let credential = || with(refused(502, "InternalServerError", "upstream_credential_rejected", false), false);
    let limit = || with(refused(429, "RateLimitError", "upstream_rate_limited", true), true);
    let unknown_key = json!({"error": "AuthenticationError", "status": 401, "explained": true, "theirs": false});
    let answer = json!({"text": text, "finish": "stop", "model": "answers", "tokens": [10, 20], "provider": "other"});
    let flat = |name, (seen, record): (Value, Value)| (name, seen, record);
    [
        ("models.list", json!({"ids": ids}), Value::Null),
        ("an answer", answer.clone(), record(10, 20)),
        ("the same by another name", answer, record(10, 20)),
        ("a stream", json!({"text": text, "finish": ["stop"], "tokens": []}), record(10, 5)),
        ("a stream with usage", json!({"text": text, "finish": ["stop"], "tokens": [[10, 5]]}), record(10, 5)),
        ("20 streams at once", json!({"whole": 20}), record(10, 5)),
        ("an embedding", json!({"vector": [0.25, -0.5, 1.0], "tokens": [10, 0]}), record(10, 0)),
        flat("a model unknown to both", with(refused(404, "NotFoundError", "model_not_found", false), false)),
        flat("a model unknown to the other server", refused(400, "BadRequestError", "upstream_model_not_found", false)),
        ("a caller's wrong key", unknown_key, Value::Null),
        flat("no credential of ours", credential()),
        flat("a wrong credential of ours", credential()),
        flat("the same, for a stream", credential()),
        flat("its rate limit", limit()),
        flat("the same, for a stream ", limit()),
        flat("a prompt too long for it", refused(400, "BadRequestError", "context_length_exceeded", false)),
        flat("its own failure", refused(500, "InternalServerError", "server_error", true)),
    ]
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let directory = tempfile::tempdir()?;
    let python = Python::ensure()?;
    let mut table = Table::default();
    table.note("the other server, the caller", python.versions()?);
    let config = include_str!("other_server/config.yaml").replace("MASTER_KEY", OURS);
    let proxy = Proxy::start(&python, directory.path(), &config)?;
    table.note("the other server lives after", format!("{:.1} s", proxy.ready_after.as_secs_f64()));

    let data_dir = directory.path().join("data");
    std::fs::write(directory.path().join("master-key"), OURS)?;
    std::fs::write(directory.path().join("wrong-key"), "sk-some-other-key")?;
    let base = format!("http://{}/v1", proxy.address);
    let settings = include_str!("other_server/tollgate.toml").replace("OTHER", &base);
    let mut server =
        Server::start_as(options, &data_dir, &Start { verb: "serve", config: Some(&settings), ..Start::UP })?;
    let key = key(options, &data_dir, &server)?;
    let came = calls(&python, directory.path(), &server, &key)?;
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    let stopped = server.stop();
    table.bar("stops by itself", "yes", stopped, stopped);

    let records = recorded(&data_dir)?.settled;
    for (call, expected, record) in expected() {
        let seen = came.iter().find(|seen| seen["call"] == call).with_context(|| format!("{call}: not called"))?;
        judge(&mut table, call.trim_end(), &expected, seen);
        judge_records(&mut table, call.trim_end(), &record, seen, &records);
    }
    let wanted: usize = came.iter().map(|seen| requests(seen).len()).sum();
    let none = expected().iter().filter(|(_, _, record)| record.is_null()).count();
    table.bar("records in all", (wanted - none).to_string(), records.len(), records.len() == wanted - none);
    Ok(table)
}

/// A key that the running server takes.
fn key(options: &Options, data_dir: &Path, server: &Server) -> anyhow::Result<String> {
    let key = command(options, &["keys", "create", "--name", "proof"], data_dir)?.trim().to_owned();
    let mut client = Client::connect(server.address)?;
    wait_until(Duration::from_secs(5), || Ok(client.ask(&get("/v1/models", &key))?.status == 200))?;
    Ok(key)
}

/// Runs `calls.py`; what it printed.
fn calls(python: &Python, directory: &Path, server: &Server, key: &str) -> anyhow::Result<Vec<Value>> {
    let file = directory.join("calls.py");
    std::fs::write(&file, include_str!("other_server/calls.py"))?;
    let output = Command::new(python.program("python"))
        .arg(&file)
        .env_clear()
        .env("HOME", directory)
        .env("OPENAI_BASE_URL", format!("http://{}/v1", server.address))
        .env("OPENAI_API_KEY", key)
        .output()?;
    if !output.status.success() {
        bail!("the calls were not made: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// One row: of what was seen, the members that are expected.
fn judge(table: &mut Table, call: &str, expected: &Value, seen: &Value) {
    let members = expected.as_object().into_iter().flatten();
    let mut of_these: Map<String, Value> = members.map(|(name, _)| (name.clone(), seen[name].clone())).collect();
    if let Some(raised) = seen.get("raised") {
        of_these.insert("raised".to_owned(), raised.clone());
    }
    let of_these = Value::Object(of_these);
    table.bar(call, shown(expected), shown(&of_these), of_these == *expected);
}

/// One row: the records of a call, which all say the same.
fn judge_records(table: &mut Table, call: &str, expected: &Value, seen: &Value, records: &[Record]) {
    let ids = requests(seen);
    let of: Vec<&Record> = records.iter().filter(|record| ids.contains(&record.request.as_str())).collect();
    let figure = format!("{call}: record");
    if expected.is_null() {
        return table.bar(figure, "none", format!("{} records", of.len()), of.is_empty());
    }
    let says = |record: &&Record| {
        let mut says = json!({
            "status": record.status, "outcome": record.outcome, "tokens": [record.input, record.output],
        });
        if !record.cause.is_empty() {
            says["cause"] = record.cause.clone().into();
        }
        says
    };
    let mut kinds: Vec<Value> = of.iter().map(says).collect();
    kinds.dedup();
    let held = of.len() == ids.len() && !ids.is_empty() && kinds == [expected.clone()];
    let times = if ids.len() == 1 { String::new() } else { format!("{} × ", ids.len()) };
    let got = if of.len() == 1 { String::new() } else { format!("{} × ", of.len()) };
    let all: Vec<String> = kinds.iter().map(shown).collect();
    table.bar(figure, times + &shown(expected), got + &all.join(" and "), held);
}

/// The requests that a call made, by their ids.
fn requests(seen: &Value) -> Vec<&str> {
    let one = seen["request"].as_str();
    let more = seen["requests"].as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(more).collect()
}

/// JSON without its quotation marks, for a table.
fn shown(value: &Value) -> String {
    value.to_string().replace('"', "").replace(':', ": ").replace(',', ", ")
}
