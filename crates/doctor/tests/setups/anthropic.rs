//! Anthropic's dialect: its answers are those of its reference of errors and of its list of models.

use std::time::Duration;

use tollgate_doctor::{Check, Need, Question, Report, Vendor, Verdict};
use tollgate_testing::upstream::Received;
use tollgate_testing::{Answer, Upstream};

use crate::home::Home;
use crate::stage::{assert_only, assert_well, look, path, said};

const OWN_KEY: &str =
    "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmno-AA";
const MODEL: &str = "claude-sonnet-4-5-20250929";

fn refused(status: u16, kind: &str, message: &str) -> Answer {
    let body =
        format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_011"}}"#);
    Answer::json(status, body)
}

fn api(received: &Received) -> Answer {
    let target = path(received);
    let (target, query) = target.split_once('?').unwrap_or((&target, ""));
    if !target.starts_with("/v1/models") && target != "/v1/messages" {
        return refused(404, "not_found_error", "Not found");
    }
    match (received.header("x-api-key"), received.header("authorization")) {
        (Some(key), _) if key == OWN_KEY => {}
        (Some(_), _) => return refused(401, "authentication_error", "invalid x-api-key"),
        (None, Some(_)) => return refused(401, "authentication_error", "Invalid bearer token"),
        (None, None) => return refused(401, "authentication_error", "x-api-key header is required"),
    }
    if received.header("anthropic-version").is_none() {
        return refused(400, "invalid_request_error", "anthropic-version: header is required");
    }
    match target.strip_prefix("/v1/models") {
        Some("") => list(if query == "limit=1000" { 1000 } else { 20 }),
        Some("/claude-sonnet-4-5") => Answer::json(200, row(MODEL)),
        Some(_) => refused(404, "not_found_error", "model: asked"),
        None => message(received),
    }
}

fn row(name: &str) -> String {
    format!(r#"{{"type":"model","id":"{name}","display_name":"Claude","created_at":"2025-09-29T00:00:00Z"}}"#)
}

/// The newest first: the one that is asked for is beyond the first page of 20.
fn list(limit: usize) -> Answer {
    let mut names: Vec<String> = (0..24).map(|number| format!("claude-opus-9-{number}")).collect();
    names.push(MODEL.to_owned());
    let rows: Vec<String> = names.iter().take(limit).map(|name| row(name)).collect();
    let body =
        format!(r#"{{"data":[{}],"has_more":{},"first_id":"a","last_id":"z"}}"#, rows.join(","), limit < names.len());
    Answer::json(200, body)
}

fn message(received: &Received) -> Answer {
    let text = received.text();
    let is_known = text.contains(MODEL) || text.contains("\"claude-sonnet-4-5\"");
    match (is_known, text.contains("\"stream\":true")) {
        (false, _) => refused(404, "not_found_error", "model: asked"),
        (true, false) => Answer::json(
            200,
            r#"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"max_tokens","usage":{"input_tokens":8,"output_tokens":1}}"#,
        ),
        (true, true) => stream(),
    }
}

fn event(kind: &str, rest: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{rest}}}\n\n")
}

fn begun() -> Answer {
    let start = event("message_start", r#","message":{"id":"msg_1","usage":{"input_tokens":14,"output_tokens":1}}"#);
    let pause = Duration::from_millis(20);
    let deltas = ["1", " 2", " 3", " 4"].iter().map(|text| {
        event("content_block_delta", &format!(r#","index":0,"delta":{{"type":"text_delta","text":"{text}"}}"#))
    });
    deltas.fold(Answer::stream().piece(start), |answer, delta| answer.think(pause).piece(delta))
}

fn stream() -> Answer {
    let delta = event("message_delta", r#","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":17}"#);
    begun().piece(delta).piece(event("message_stop", ""))
}

/// Its host, where completions are answered so.
async fn completing(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Report {
    let home = Home::at("api.anthropic.com", move |received| match received.line().starts_with("POST") {
        true => answer(),
        false => api(received),
    })
    .await;
    home.look(&asked(&home)).await
}

fn asked(home: &Home) -> Question {
    Question { model: Some(MODEL.to_owned()), ..home.question(&[("ANTHROPIC_API_KEY", OWN_KEY)]) }
}

#[tokio::test]
async fn a_healthy_one_has_no_finding_with_its_variable_alone() {
    let home = Home::at("api.anthropic.com", api).await;

    let report = home.look(&asked(&home)).await;

    assert_well(&report);
    assert_eq!((report.base_url.as_str(), report.dialect), ("https://api.anthropic.com", "anthropic"));
    assert_eq!(report.spent.completions, 2);
    assert_eq!((report.spent.input_tokens, report.spent.output_tokens), (22, 18), "as its own usage says");
    assert!(!said(&report, Check::Model).contains("not in the list"), "a model beyond the first page is found");
    for received in home.upstream.received() {
        assert_eq!(received.header("anthropic-version").as_deref(), Some("2023-06-01"));
        assert_eq!(received.header("authorization"), None);
    }
}

#[tokio::test]
async fn each_need_is_asked_for_in_its_own_words() {
    let home = Home::at("api.anthropic.com", api).await;

    let report = home.look(&Question { needs: Need::ALL.to_vec(), ..asked(&home) }).await;

    assert_well(&report);
    let bodies: Vec<String> = home.upstream.received().iter().map(Received::text).collect();
    for words in ["\"media_type\":\"image/png\"", "\"input_schema\"", "\"output_config\""] {
        assert!(bodies.iter().any(|body| body.contains(words)), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_told() {
    let home = Home::at("api.anthropic.com", api).await;
    let other = OWN_KEY.replace("01234", "98765");
    let question = Question { model: Some(MODEL.to_owned()), ..home.question(&[("ANTHROPIC_API_KEY", &other)]) };

    let report = home.look(&question).await;

    assert_only(&report, Check::Authentication, "key_invalid");
    assert!(said(&report, Check::Authentication).contains("ANTHROPIC_API_KEY"));
}

#[tokio::test]
async fn a_bearer_where_x_api_key_is_wanted_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(api);
    let as_openai = Question { key: Some(OWN_KEY.to_owned()), ..crate::stage::question(upstream.base_url()) };

    let report = look(&as_openai).await;

    assert_only(&report, Check::Authentication, "auth_header_wrong_name");
    assert!(said(&report, Check::Authentication).contains("`x-api-key`, and `authorization` was sent"));
}

#[tokio::test]
async fn a_token_goes_as_bearer_and_a_key_where_a_token_is_wanted_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.header("authorization") {
        Some(_) => message_or_list(received),
        None => refused(401, "authentication_error", "a bearer token is required"),
    });
    let local = |variable: &str| Question {
        base_url: Some(format!("http://{}", upstream.address())),
        provider: Vendor::by_name("anthropic"),
        model: Some(MODEL.to_owned()),
        variables: vec![(variable.to_owned(), "gateway-token-0123456789".to_owned())],
        ..Question::default()
    };

    let token = look(&local("ANTHROPIC_AUTH_TOKEN")).await;
    let key = look(&local("ANTHROPIC_API_KEY")).await;

    assert_well(&token);
    assert_only(&key, Check::Authentication, "auth_header_wrong_name");
    assert!(said(&key, Check::Authentication).contains("ANTHROPIC_AUTH_TOKEN"));
}

fn message_or_list(received: &Received) -> Answer {
    if received.line().starts_with("POST") { message(received) } else { list(1000) }
}

#[tokio::test]
async fn a_version_header_that_is_lost_on_the_way_is_told() {
    let home = Home::at("api.anthropic.com", |received| match received.header("x-api-key") {
        Some(_) => refused(400, "invalid_request_error", "anthropic-version: header is required"),
        None => api(received),
    })
    .await;

    let report = home.look(&asked(&home)).await;

    assert_only(&report, Check::Authentication, "anthropic_version_missing");
    assert!(said(&report, Check::Authentication).contains("was sent and did not arrive"));
}

#[tokio::test]
async fn an_unknown_model_is_told_and_an_alias_is_known() {
    let home = Home::at("api.anthropic.com", api).await;
    let of = |name: &str, spends| Question { model: Some(name.to_owned()), spends, ..asked(&home) };

    let typo = home.look(&of("claude-sonet-4-5-20250929", true)).await;
    let unasked = home.look(&of("claude-sonet-4-5-20250929", false)).await;
    let alias = home.look(&of("claude-sonnet-4-5", false)).await;
    let answering = home.look(&of("claude-sonnet-4-5", true)).await;

    for report in [typo, unasked] {
        assert_only(&report, Check::Model, "model_not_found");
        assert!(said(&report, Check::Model).contains(&format!("did you mean {MODEL}?")));
    }
    assert!(alias.is_well(), "{:#}", alias.to_json());
    assert_eq!(alias.entry(Check::Model).unwrap().verdict, Verdict::Note);
    assert_well(&answering);
}

#[tokio::test]
async fn spent_credit_is_told_from_a_limit_and_from_overload() {
    let credit = completing(|| {
        refused(
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or \
             purchase credits.",
        )
    })
    .await;
    let limit = completing(|| {
        refused(
            429,
            "rate_limit_error",
            "This request would exceed your organization's rate limit of 40,000 input tokens per minute.",
        )
    })
    .await;
    let overload = completing(|| refused(529, "overloaded_error", "Overloaded")).await;

    assert_only(&credit, Check::Quota, "credits_exhausted");
    assert_only(&limit, Check::RateLimits, "rate_limit_tokens");
    assert_only(&overload, Check::Completion, "provider_overloaded");
}

#[tokio::test]
async fn an_error_within_a_stream_is_told() {
    let home = Home::at("api.anthropic.com", |received| match received.text().contains("\"stream\":true") {
        true => begun().piece(event("error", r#","error":{"type":"overloaded_error","message":"Overloaded"}"#)),
        false => api(received),
    })
    .await;

    let report = home.look(&asked(&home)).await;

    assert_only(&report, Check::Streaming, "provider_overloaded");
}

#[tokio::test]
async fn a_base_url_with_what_the_sdk_adds_is_told() {
    let home = Home::at("api.anthropic.com", api).await;
    let with = |base_url: &str| {
        home.question(&[
            ("ANTHROPIC_API_KEY", OWN_KEY),
            ("ANTHROPIC_BASE_URL", &format!("https://api.anthropic.com{base_url}")),
        ])
    };

    let doubled = home.look(&with("/v1")).await;
    let endpoint = home.look(&with("/v1/messages")).await;

    assert_only(&doubled, Check::BasePath, "base_url_double_v1");
    assert_only(&endpoint, Check::BasePath, "base_url_includes_path");
    for report in [doubled, endpoint] {
        let remedy = report.entry(Check::BasePath).unwrap().remedy.clone().unwrap();
        assert!(remedy.ends_with("https://api.anthropic.com"), "{remedy}");
    }
    assert_eq!(home.completions(), 0);
}

#[tokio::test]
async fn the_same_of_a_gateway_that_the_variable_names_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(api);
    let with = |tail: &str| Question {
        model: Some(MODEL.to_owned()),
        variables: vec![
            ("ANTHROPIC_BASE_URL".to_owned(), format!("http://{}{tail}", upstream.address())),
            ("ANTHROPIC_API_KEY".to_owned(), OWN_KEY.to_owned()),
        ],
        ..Question::default()
    };

    let right = look(&with("")).await;
    let doubled = look(&with("/v1")).await;

    assert_well(&right);
    assert!(said(&right, Check::Address).contains("(Anthropic, from ANTHROPIC_BASE_URL)"));
    assert_only(&doubled, Check::BasePath, "base_url_double_v1");
}
