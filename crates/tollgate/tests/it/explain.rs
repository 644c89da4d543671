//! `tollgate explain` and `POST /v1/tollgate/explain`: the cause in a text, or of a request.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, TestServer, Upstream};

use crate::server;
use crate::v1::stored_responses::another_project;

const PATH: &str = "/v1/tollgate/explain";
const UNKNOWN_MODEL: &str = "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-9` does not exist or you do not have \
     access to it.', 'type': 'invalid_request_error', 'param': None, 'code': 'model_not_found'}}";

/// Runs the command with this on its standard input, in an empty home.
fn explain(arguments: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path()).arg("explain").args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have read enough, or nothing, and be gone.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn json_of(output: &Output) -> Json {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_contract_of_json_is_kept_from_argument_file_and_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("error.log");
    std::fs::write(&file, UNKNOWN_MODEL).unwrap();
    let at_file = format!("@{}", file.display());

    let all = [
        explain(&["--json", UNKNOWN_MODEL], ""),
        explain(&["--json", &at_file], ""),
        explain(&["--json", "-"], UNKNOWN_MODEL),
        explain(&["--json"], UNKNOWN_MODEL),
    ]
    .map(|output| json_of(&output));

    let first = &all[0];
    assert!(all.iter().all(|found| found == first), "{all:?}");
    assert_eq!((&first["cause"], &first["retryable"]), (&json!("model_not_found"), &json!(false)), "{first}");
    assert!(first["confidence"].as_f64().is_some_and(|sure| (0.5..=1.0).contains(&sure)), "{first}");
    for list in ["reasons", "checks", "fixes", "evidence"] {
        assert!(first[list].as_array().is_some_and(|lines| !lines.is_empty()), "{list}: {first}");
    }
    for name in first.as_object().unwrap().keys() {
        let known = ["cause", "confidence", "title", "reasons", "checks", "fixes", "retryable"];
        assert!(
            known.contains(&name.as_str()) || ["alternatives", "detail", "evidence"].contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn what_is_known_beside_the_text_is_read_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let context = directory.path().join("context.json");
    std::fs::write(&context, r#"{"status": 404, "provider": "openai"}"#).unwrap();
    let wrong = directory.path().join("wrong.json");
    std::fs::write(&wrong, r#"{"status": "many"}"#).unwrap();
    let context = context.display().to_string();

    let known = json_of(&explain(&["--json", "--context", &context, "-"], "The model `gpt-9` does not exist"));
    let refused = explain(&["--json", "--context", &wrong.display().to_string(), "-"], "x");

    assert_eq!(known["cause"], "model_not_found", "{known}");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not a context"), "{refused:?}");
}

#[test]
fn people_get_a_sheet_and_no_secret_is_in_it() {
    let secret = "sk-proj-FAKE1234567890abcdefghijklmnop";
    let text = format!("401 Incorrect API key provided: {secret}.");

    let shown = explain(&[&text], "");
    let json = explain(&["--json", &text], "");

    let sheet = String::from_utf8(shown.stdout).unwrap();
    for part in ["cause   key_invalid", "retry   no", "Evidence", "Check", "Do", "tollgate errors show key_invalid"] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    for printed in [sheet, String::from_utf8(json.stdout).unwrap()] {
        assert!(!printed.contains("1234567890abcdef"), "{printed}");
    }
}

#[test]
fn a_text_that_says_nothing_is_unknown_and_no_text_is_a_mistake() {
    let unknown = json_of(&explain(&["--json", "it does not work since yesterday"], ""));
    let empty = explain(&["--json"], " \n");

    assert_eq!(unknown["cause"], "unknown", "{unknown}");
    assert_eq!(empty.status.code(), Some(2), "{empty:?}");
}

async fn failed(server: &TestServer) -> String {
    server.first_key().chat("gpt-4o-mini", "hi").await.request_id().to_owned()
}

#[tokio::test]
async fn the_api_explains_texts_and_requests_of_the_callers_project() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::json(400, r#"{"error":{"message":"This model does not support specifying dimensions.","type":"invalid_request_error","param":null,"code":null}}"#));
    let server = server().upstream(&upstream).start().await;
    let request = failed(&server).await;
    let key = server.first_key();

    let text = key.post(PATH, json!({ "text": UNKNOWN_MODEL }).to_string()).await;
    let of_request = key.post(PATH, json!({ "request_id": request }).to_string()).await;
    let other = server.key().project(&another_project(&server)).create().await;
    let hidden = other.post(PATH, json!({ "request_id": request }).to_string()).await;

    assert_eq!((text.status, &text.json()["cause"]), (200, &json!("model_not_found")), "{}", text.text());
    assert_eq!(of_request.json()["cause"], "dimensions_unsupported", "{}", of_request.text());
    assert!(of_request.json()["evidence"].to_string().contains(&request), "{}", of_request.text());
    assert_eq!((hidden.status, hidden.cause()), (404, "request_not_found"), "{}", hidden.text());
}

#[tokio::test]
async fn a_request_is_explained_from_the_records_of_the_data_directory_with_its_evidence() {
    let upstream = Upstream::start().await;
    upstream.always(Answer::json(500, r#"{"error":{"message":"boom"}}"#));
    let server = server().upstream(&upstream).config("[retry]\npause = \"1ms\"").start().await;
    let request = failed(&server).await;

    let found = server.cli_json(&["explain", "--json", &request]).await;
    let missing = server.cli(&["explain", "req_01a1fba57fd23a2376004b8125cc10ff"]).await;

    assert_eq!((&found["cause"], &found["confidence"]), (&json!("server_error"), &json!(1.0)), "{found}");
    assert!(found["evidence"].to_string().contains("status 500"), "{found}");
    assert!(found["evidence"].to_string().contains("it said: boom"), "{found}");
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
}

#[tokio::test]
async fn the_id_of_a_failed_request_within_a_longer_text_leads_to_its_record() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let answer = key.chat("gpt-4o-mni", "hi").await;
    let (request, advice) = (answer.request_id().to_owned(), answer.error()["diagnosis"]["remedy"].clone());
    assert!(advice.as_str().unwrap().contains("gpt-4o-mini"), "{advice}");
    let text = format!("openai.NotFoundError: something was not found, request id: {request}");
    let foreign = format!("{UNKNOWN_MODEL} {{'x-request-id': 'req_8f7d3aa57fd23a2376004b8125cc10ff'}}");

    let told = key.post(PATH, json!({ "text": text }).to_string()).await.json();
    let by_id = key.post(PATH, json!({ "request_id": request }).to_string()).await.json();
    let here = server.cli_json(&["explain", "--json", &text]).await;
    let of_others = key.post(PATH, json!({ "text": foreign }).to_string()).await.json();

    for found in [&told, &by_id, &here] {
        assert_eq!((&found["cause"], &found["confidence"]), (&json!("model_not_found"), &json!(1.0)), "{found}");
        assert!(found["evidence"].to_string().contains(&request), "{found}");
        assert!(found["evidence"].to_string().contains("the nearest here: `gpt-4o-mini`"), "{found}");
        assert_eq!(found["fixes"][0], advice, "the answer's own: {found}");
        assert!(!found["evidence"].to_string().contains("advice"), "{found}");
    }
    assert!(told["docs"].as_str().unwrap().ends_with("/errors/model_not_found"), "{told}");
    assert_ne!(of_others["confidence"], json!(1.0), "{of_others}");
}

/// What the cause does not say, the provider's own words may: operators read them in the record, callers had them.
#[tokio::test]
async fn a_providers_own_words_are_kept_for_operators_masked_and_bounded() {
    let upstream = Upstream::start().await;
    let said = format!(
        "Quux is not grommeted, says sk-proj-abcdefghijklmnopqrstuvwxyz0123456789; advice: no. {}",
        "x".repeat(5000)
    );
    upstream.answer(Answer::json(400, json!({ "error": { "message": said } }).to_string()));
    let server = server().upstream(&upstream).start().await;
    let request = failed(&server).await;
    let key = server.first_key();

    let explained = server.cli_json(&["explain", "--json", &request]).await.to_string();
    let shown = server.cli(&["requests", "show", &request]).await;
    let of_caller = key.post(PATH, json!({ "request_id": request }).to_string()).await.text();
    let record = key.get(&format!("/v1/tollgate/requests/{request}")).await.text();

    let shown = String::from_utf8(shown.stdout).unwrap();
    for text in [&explained, &shown] {
        assert!(text.contains("it said: Quux is not grommeted, says sk-proj-"), "{text}");
        assert!(!text.contains("ghijklmnop") && !text.contains(&"x".repeat(400)), "{text}");
    }
    assert!(!of_caller.contains("Quux") && !record.contains("Quux"), "{of_caller} {record}");
}

#[test]
fn the_code_that_ends_a_cause_is_on_the_sheet() {
    let sheet = String::from_utf8(explain(&["401 Incorrect API key provided: undefined"], "").stdout).unwrap();

    let (_, code) = sheet.split_once("\nDo\n").unwrap();
    assert!(code.contains("\nPython\n    import os\n"), "{sheet}");
}

#[test]
fn a_word_that_may_have_been_meant_otherwise_is_told_and_a_context_in_words_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let context = |json: &str| {
        let path = directory.path().join("context.json");
        std::fs::write(&path, json).unwrap();
        let ran = explain(&["--context", &path.display().to_string(), "openai 401"], "");
        String::from_utf8(ran.stderr).unwrap()
    };
    let told = |word: &str| String::from_utf8(explain(&[word], "").stderr).unwrap();

    assert!(told("req_zzz").starts_with("note: req_zzz is not an id of a request here"), "{}", told("req_zzz"));
    assert!(told("nope.log").starts_with("note: there is no file nope.log here"), "{}", told("nope.log"));
    assert_eq!(told("timeout"), "");
    assert!(context(r#"{"status": "many"}"#).contains("`status` is not an HTTP status, as 429"));
    assert!(context(r#"{"headers": [1]}"#).contains("`headers` is not an object of texts"));
    assert!(context(r#"{"status": 401,"#).contains("it is not JSON (line 1, column"));
    assert!(context("[1]").contains("it is not an object"));
    assert!(context(r#"{"stauts": 401}"#).contains("\"stauts\", which is not looked at; perhaps status is meant"));
}

#[tokio::test]
async fn the_api_says_what_is_wrong_with_what_it_is_asked() {
    let server = server().start().await;
    let key = server.first_key();
    for (body, status, cause) in [
        ("{}", 400, "param_missing"),
        (r#"{"text": 1}"#, 400, "param_invalid_type"),
        (r#"{"text": " "}"#, 400, "param_invalid_type"),
        (r#"{"text": "x", "context": {"status": "many"}}"#, 400, "param_invalid_type"),
        (r#"{"text": "x", "context": [1]}"#, 400, "param_invalid_type"),
        (r#"{"text": "x", "request_id": "req_1"}"#, 400, "param_invalid_type"),
        (r#"{"text": "x", "txt": 1}"#, 400, "param_invalid_type"),
        (r#"{"request_id": "nonsense"}"#, 400, "request_id_invalid"),
        ("{\"text\"", 400, "json_body_invalid"),
        ("[]", 400, "json_body_invalid"),
        ("", 400, "body_empty"),
    ] {
        let reply = key.post(PATH, body).await;

        assert_eq!((reply.status, reply.cause()), (status, cause), "{body}: {}", reply.text());
        assert!(!reply.text().contains("unknown"), "{body}: {}", reply.text());
    }
    let long = json!({ "text": format!("{}\n{UNKNOWN_MODEL}", "a line of a log\n".repeat(5_000)) }).to_string();
    assert_eq!(key.post(PATH, long).await.json()["cause"], "model_not_found");
    assert_eq!(server.get(PATH).await.status, 405);
}
