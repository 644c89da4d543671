//! Measures what a provider's failed answer costs: to be classified with evidence, and to be written for the caller.
//!
//! `cargo run --release -p tollgate-errors --example answers_cost`; figures per answer, of the best of several rounds and
//! of the worst single call, for ordinary bodies and for hostile ones of the largest size that a gateway holds.

#![expect(clippy::print_stdout, reason = "a report for people")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tollgate_errors::{Answer, Diagnosis, Secret, Show, adopt, classify_answer, render};

const ROUNDS: usize = 400;

/// The gateway's credential, which is looked for in every answer.
static SECRET: LazyLock<Secret> = LazyLock::new(|| {
    // tollgate:allow: made up for this measurement
    Secret::new("sk-proj-Zk3Qv8Lm2Tx9Rw4Yp7Nc1Hb6Jd5Gf0SeZk3Qv8Lm2Tx9Rw4Yp7Nc1Hb6").expect("it is long")
});

fn main() {
    let started = Instant::now();
    told(429, b"{}");
    println!("first call of a process: {:?}", started.elapsed());
    let ordinary = std::env::args().any(|argument| argument == "ordinary");
    for (name, status, body) in bodies().into_iter().filter(|(name, ..)| !(ordinary && name.starts_with("hostile"))) {
        let mut took: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let started = Instant::now();
                std::hint::black_box(told(status, &body));
                started.elapsed()
            })
            .collect();
        took.sort();
        let at = |share: usize| took[(ROUNDS - 1) * share / 100];
        println!(
            "{name:32} {:>9} bytes  median {:>10.1?}  p99 {:>10.1?}  max {:>10.1?}",
            body.len(),
            at(50),
            at(99),
            at(100)
        );
    }
}

/// All that a failure costs in the error library.
fn told(status: u16, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    SECRET.hide(&mut body);
    let body = &*body;
    let found = classify_answer(&Answer { status, content_type: "application/json", body, ..Answer::default() });
    let diagnosis = found.tell(Diagnosis::new(found.cause).with_status(status));
    let wire = render(&diagnosis, Show::Body, "http://localhost");
    adopt(body, &diagnosis, Show::Body, "http://localhost").unwrap_or(wire.body)
}

fn bodies() -> Vec<(&'static str, u16, Vec<u8>)> {
    const HELD: usize = 1 << 20;
    let fill = |text: &str| text.repeat(HELD / text.len()).into_bytes();
    let page = format!(
        "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>{}</body></html>",
        "<p>the server is not there</p>".repeat(100)
    );
    vec![
        ("OpenAI rate limit", 429, br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 28928, Requested 11159. Please try again in 20.174s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#.to_vec()),
        ("OpenAI null code", 400, br#"{"error":{"message":"This model does not support specifying dimensions.","type":"invalid_request_error","param":null,"code":null}}"#.to_vec()),
        ("Gemini quota, 1 KB of details", 429, br#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-2.0-flash"},"quotaValue":"15"}]},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]"#.to_vec()),
        ("LiteLLM around OpenAI", 400, br#"{"error":{"message":"litellm.BadRequestError: OpenAIException - Error code: 400 - {'error': {'message': \"Invalid 'tools[0].function.name': string does not match pattern.\", 'type': 'invalid_request_error', 'param': 'tools[0].function.name', 'code': 'invalid_value'}}. Received Model Group=gpt-4o\nAvailable Model Group Fallbacks=None","type":null,"param":null,"code":"400"}}"#.to_vec()),
        ("web page of 3 KB", 502, page.into_bytes()),
        ("FastAPI list echoing 20 KB", 422, format!(r#"{{"detail":[{{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{{"x":"{}"}}}}]}}"#, "some words of a prompt ".repeat(900)).into_bytes()),
        ("hostile: a wall of <", 400, fill("<")),
        ("hostile: open braces", 400, fill("{")),
        ("hostile: objects in objects", 400, fill(r#"{"a":"#)),
        ("hostile: lists in lists", 400, fill("[")),
        ("hostile: a wide list", 400, format!("[{}0]", "0,".repeat(HELD / 2 - 8)).into_bytes()),
        ("hostile: escaped braces", 400, fill(r#"{\"a\":\""#)),
        ("hostile: binary", 400, (0..HELD).map(|n| (n * 7919 % 251) as u8).collect()),
        ("hostile: invalid UTF-8", 400, fill("\u{e9}").iter().map(|b| b ^ 0x40).collect()),
        ("hostile: keys", 400, fill("sk-a sk-proj-abcdefghijklmnop key=x ")),
        ("hostile: digits", 400, fill("4 ")),
        ("hostile: quotes", 400, fill("'\"`")),
        ("hostile: lines", 400, fill("error: 400\n")),
        ("hostile: script tags", 400, fill("<script <style ")),
        ("hostile: four keys and 1 MB", 400, format!(r#"{{"error":{{"message":"{}","type":"t","param":null,"code":null}}}}"#, "x ".repeat(HELD / 2 - 100)).into_bytes()),
    ]
}
