//! Secrets stand nowhere: not in logs, the journal, the database or any answer, in no form they could be used from.

use std::fs;
use std::path::Path;

use tollgate_testing::server::CREDENTIAL;
use tollgate_testing::{Answer, Ask, Upstream};

use crate::server;

/// The secret as it is, in hexadecimal, and in base64 at each of the three offsets it can have in a longer text.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex];
    for offset in 0..3 {
        let padded = [" ".repeat(offset).as_bytes(), secret.as_bytes()].concat();
        let encoded = base64(&padded);
        // The first and last characters mix with their neighbours.
        forms.push(encoded[4..encoded.len() - 4].to_owned());
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        (0..4).map(move |n| LETTERS[(bits >> (18 - 6 * n)) as usize & 63] as char).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let mut bytes = fs::read(&path).unwrap();
            // Segments of the journal are made at their full length.
            bytes.truncate(bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1));
            found.push((path.display().to_string(), bytes));
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[test]
fn base64_is_the_usual_one() {
    assert_eq!(base64(b"Many hands"), "TWFueSBoYW5kcwAA", "but for the padding");
}

#[tokio::test]
async fn no_file_and_no_answer_holds_a_secret() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[log]\nlevel = \"trace\"\nrequests = \"all\"").start().await;
    let key = server.key().create().await;
    let rotated = key.rotate("1h").await;
    let secrets = [server.first_key().secret, key.secret.clone(), rotated.secret.clone(), CREDENTIAL.to_owned()];
    let mut told = Vec::new();

    let echoed = format!("You sent Bearer {CREDENTIAL} and {}", key.secret);
    let error = serde_json::json!({ "error": { "message": echoed, "type": "x", "param": null, "code": null } });
    upstream.answer(Answer::json(401, error.to_string()));
    upstream.answer(Answer::json(403, error.to_string()));
    upstream.answer(Answer::json(500, echoed.clone()));
    upstream.answer(Answer::nothing());
    for _ in 0..5 {
        told.push(key.chat("gpt-4o-mini", "hi").await);
    }
    for secret in &secrets {
        for ask in [
            Ask::get("/v1/models").header("authorization", secret),
            Ask::get("/v1/models").header("authorization", &format!("Bearer \"{secret}\"")),
            Ask::get("/v1/models").header("authorization", &format!("Bearer {secret} ")),
            Ask::get("/v1/models").header("authorization", &format!("Bearer {secret}x")),
            Ask::get("/v1/models").header("authorization", &format!("{secret} x")),
            Ask::get("/v1/models").header("x-api-key", secret),
            Ask::get(&format!("/v1/models?api_key={secret}")),
            Ask::get(&format!("/{secret}")),
            Ask::get(&format!("/v1/models/{secret}")).bearer(&key.secret),
            Ask::get("/v1/models").header("user-agent", secret),
            Ask::get("/v1/models").header("openai-project", secret).bearer(&key.secret),
            Ask::post("/v1/chat/completions", format!(r#"{{"model":"{secret}"}}"#)).bearer(&key.secret),
            Ask::post("/v1/chat/completions", format!(r#"{{"api_key":"{secret}"}}"#)),
            Ask::post("/v1/chat/completions", "{}")
                .without("content-type")
                .header("content-type", secret)
                .bearer(&key.secret),
        ] {
            told.push(server.ask(&ask).await);
        }
    }
    let directory = server.directory().to_owned();
    let stopped = server.stop().await;
    let dumped = stopped.journal().await;

    let mut kept = Vec::new();
    files(&directory, &mut kept);
    kept.push(("journal dump".to_owned(), format!("{dumped:?}").into_bytes()));
    kept.extend(told.iter().map(|reply| {
        (
            format!("answer {} {}", reply.status, reply.cause()),
            format!("{:?}{}", reply.headers, reply.text()).into_bytes(),
        )
    }));
    assert!(kept.iter().any(|(name, bytes)| name.ends_with("/log") && contains(bytes, "request failed")));
    let mut found = Vec::new();
    for (name, bytes) in &kept {
        for (number, secret) in secrets.iter().enumerate() {
            // What the public id of a key says is no secret: of ours, the part behind it is looked for.
            let part = if secret.starts_with("sk-tg-") { &secret[18..50] } else { secret.as_str() };
            if forms(part).iter().any(|form| contains(bytes, form)) {
                let text = String::from_utf8_lossy(bytes);
                let line = text.lines().find(|line| forms(part).iter().any(|form| line.contains(form.as_str())));
                let line: String = line.unwrap_or("").chars().filter(|c| !c.is_control()).take(300).collect();
                found.push(format!("secret {number} in {name}: {line}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
