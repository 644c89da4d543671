//! Prints what is made of many texts, one line each: to compare two builds, of which one is only meant to be faster.
//!
//! `cargo run --release -p tollgate-errors --example verdicts -- FILE…`: of a `.jsonl` file the member `input` of each line,
//! of others each line. Every text is explained, and taken for a provider's answer: as it is, and as the message of
//! OpenAI's error object, with several statuses.

#![expect(clippy::print_stdout, reason = "a report for people")]

use serde_json::{Value, json};
use tollgate_errors::{Answer, Context, Diagnosis, Secret, Show, adopt, classify_answer, explain, mask};

fn main() {
    // tollgate:allow: made up for this comparison
    let secret = Secret::new("sk-proj-Zk3Qv8Lm2Tx9Rw4Yp7Nc1Hb6Jd5Gf0Se").expect("it is long");
    for file in std::env::args().skip(1) {
        let held = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
        for (number, line) in held.lines().enumerate() {
            let text = match file.ends_with(".jsonl") {
                true => {
                    serde_json::from_str::<Value>(line).ok().and_then(|case| Some(case["input"].as_str()?.to_owned()))
                }
                false => Some(line.to_owned()),
            };
            let Some(text) = text else { continue };
            println!("{file}:{number} explained {}", explain(&text, &Context::default()).to_json());
            let context =
                Context { status: Some(401), url: Some("https://api.openai.com/v1".to_owned()), ..Context::default() };
            println!("{file}:{number} beside {}", explain(&text, &context).to_json());
            println!("{file}:{number} masked {:?}", mask(&secret.hidden(&text)));
            let wrapped =
                json!({ "error": { "message": text, "type": "invalid_request_error", "param": null, "code": null } });
            for status in [400, 403, 404, 429, 500, 503] {
                println!("{file}:{number} {status} {}", answered(status, text.as_bytes()));
                println!("{file}:{number} {status} in an object {}", answered(status, wrapped.to_string().as_bytes()));
            }
        }
    }
}

/// What becomes of a provider's answer with this body.
fn answered(status: u16, body: &[u8]) -> String {
    let found = classify_answer(&Answer { status, content_type: "application/json", body, ..Answer::default() });
    let diagnosis = found.tell(Diagnosis::new(found.cause).with_status(status));
    let told = adopt(body, &diagnosis, Show::Body, "").unwrap_or_default();
    format!("{found:?} {}", String::from_utf8_lossy(&told))
}
