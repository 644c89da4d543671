//! Google's dialect: its errors have google.rpc's form, a wrong key is 400, no key is 403.

use std::time::Duration;

use tollgate_doctor::{Check, Need, Question, Report};
use tollgate_testing::upstream::Received;
use tollgate_testing::{Answer, Upstream};

use crate::home::Home;
use crate::stage::{assert_only, assert_well, look, path, said};

const OWN_KEY: &str = "AIzaSyA0123456789abcdefghijklmnopqrstuv";
const HOST: &str = "generativelanguage.googleapis.com";
const MODEL: &str = "gemini-2.5-flash";

fn refused(status: u16, word: &str, message: &str, details: &str) -> Answer {
    let body =
        format!(r#"{{"error":{{"code":{status},"message":"{message}","status":"{word}","details":[{details}]}}}}"#);
    Answer::json(status, body)
}

fn api(received: &Received) -> Answer {
    let target = path(received);
    let (target, query) = target.split_once('?').unwrap_or((&target, ""));
    let Some(below) = target.strip_prefix("/v1beta/models") else {
        return Answer::text(404, "text/html", "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>");
    };
    match (received.header("x-goog-api-key"), received.header("authorization")) {
        (Some(key), _) if key == OWN_KEY => {}
        (Some(_), _) => {
            let reason = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}"#;
            return refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", reason);
        }
        (None, Some(_)) => {
            let reason =
                r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED"}"#;
            let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                           other valid authentication credential.";
            return refused(401, "UNAUTHENTICATED", message, reason);
        }
        (None, None) => {
            let message = "Method doesn't allow unregistered callers (callers without established identity). Please use API \
                           Key or other form of API consumer identity to call this API.";
            return refused(403, "PERMISSION_DENIED", message, "");
        }
    }
    match below.strip_prefix(&format!("/{MODEL}")) {
        _ if below.is_empty() => list(if query == "pageSize=1000" { 1000 } else { 50 }),
        Some(":generateContent") => Answer::json(200, content("Hi")),
        Some(":streamGenerateContent") if query == "alt=sse" => stream(),
        Some("") => Answer::json(200, format!(r#"{{"name":"models/{MODEL}"}}"#)),
        _ => refused(
            404,
            "NOT_FOUND",
            "models/asked is not found for API version v1beta, or is not supported for generateContent. Call ListModels to \
             see the list of available models and their supported methods.",
            "",
        ),
    }
}

fn content(text: &str) -> String {
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}],"role":"model"}},"index":0}}],"usageMetadata":{{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}},"modelVersion":"{MODEL}"}}"#
    )
}

fn stream() -> Answer {
    let pieces = ["1", " 2", " 3", " 4", " 5"].iter();
    pieces.fold(Answer::stream(), |answer, text| answer.event(&content(text)).think(Duration::from_millis(20)))
}

/// The model that is asked for is beyond the first page of 50.
fn list(size: usize) -> Answer {
    let mut names: Vec<String> = (0..55).map(|number| format!("gemini-1.{number}-pro")).collect();
    names.push(MODEL.to_owned());
    let more = if size < names.len() { r#","nextPageToken":"Ch"#.to_owned() + "\"" } else { String::new() };
    let rows: Vec<String> = names.iter().take(size).map(|name| format!(r#"{{"name":"models/{name}"}}"#)).collect();
    Answer::json(200, format!(r#"{{"models":[{}]{more}}}"#, rows.join(",")))
}

fn asked(home: &Home) -> Question {
    Question { model: Some(MODEL.to_owned()), ..home.question(&[("GEMINI_API_KEY", OWN_KEY)]) }
}

async fn completing(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Report {
    let home = Home::at(HOST, move |received| match received.line().starts_with("POST") {
        true => answer(),
        false => api(received),
    })
    .await;
    home.look(&asked(&home)).await
}

#[tokio::test]
async fn a_healthy_one_has_no_finding_with_its_variable_alone() {
    let home = Home::at(HOST, api).await;

    let report = home.look(&asked(&home)).await;

    assert_well(&report);
    assert_eq!(report.dialect, "gemini");
    assert!(said(&report, Check::Model).contains("listed"), "a model beyond the first page is found");
    assert!(home.upstream.received().iter().all(|received| !path(received).contains("AIza")), "no key in an address");
}

#[tokio::test]
async fn the_base_url_of_googles_sdk_has_no_version_and_one_with_it_is_told() {
    let home = Home::at(HOST, api).await;
    let with = |tail: &str| {
        let base_url = format!("https://{HOST}{tail}");
        let variables = [("GEMINI_API_KEY", OWN_KEY), ("GOOGLE_GEMINI_BASE_URL", base_url.as_str())];
        Question { model: Some(MODEL.to_owned()), ..home.question(&variables) }
    };

    let right = home.look(&with("")).await;
    let doubled = home.look(&with("/v1beta")).await;

    assert_well(&right);
    assert_only(&doubled, Check::BasePath, "base_url_double_v1");
    assert!(said(&doubled, Check::BasePath).contains(&format!("write GOOGLE_GEMINI_BASE_URL=https://{HOST}")));
}

#[tokio::test]
async fn an_endpoint_in_the_base_url_is_told() {
    let home = Home::at(HOST, api).await;
    let base_url = Some(format!("https://{HOST}/v1beta/models/{MODEL}:generateContent"));

    let report = home.look(&Question { base_url, ..asked(&home) }).await;

    assert_only(&report, Check::BasePath, "base_url_includes_path");
    assert!(said(&report, Check::BasePath).contains(&format!("write https://{HOST}/v1beta")));
}

#[tokio::test]
async fn each_need_is_asked_for_in_its_own_words() {
    let home = Home::at(HOST, api).await;

    let report = home.look(&Question { needs: Need::ALL.to_vec(), ..asked(&home) }).await;

    assert_well(&report);
    let bodies: Vec<String> = home.upstream.received().iter().map(Received::text).collect();
    for words in ["\"inlineData\"", "\"functionDeclarations\"", "\"responseSchema\""] {
        assert!(bodies.iter().any(|body| body.contains(words)), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_although_it_is_answered_with_400() {
    let home = Home::at(HOST, api).await;
    let other = OWN_KEY.replace("01234", "98765");

    let report = home.look(&home.question(&[("GOOGLE_API_KEY", &other)])).await;

    assert_only(&report, Check::Authentication, "key_invalid");
}

#[tokio::test]
async fn a_missing_key_is_told_before_anything_is_asked_with_one() {
    let home = Home::at(HOST, api).await;

    let base_url = Some(format!("https://{HOST}/v1beta"));
    let report = home.look(&Question { base_url, ..home.question(&[]) }).await;

    assert_only(&report, Check::Key, "key_not_configured");
}

#[tokio::test]
async fn a_bearer_where_x_goog_api_key_is_wanted_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(api);
    let base_url = format!("http://{}/v1beta", upstream.address());

    let report = look(&Question { key: Some(OWN_KEY.to_owned()), ..crate::stage::question(base_url) }).await;

    assert_only(&report, Check::Authentication, "auth_header_wrong_name");
    assert!(said(&report, Check::Authentication).contains("`x-goog-api-key`, and `authorization` was sent"));
}

#[tokio::test]
async fn an_unknown_model_is_told_with_the_nearest() {
    let home = Home::at(HOST, api).await;

    let report = home.look(&Question { model: Some("gemini-2.5-flsh".to_owned()), ..asked(&home) }).await;

    assert_only(&report, Check::Model, "model_not_found");
    assert!(said(&report, Check::Model).contains(&format!("did you mean {MODEL}?")));
}

#[tokio::test]
async fn the_free_tier_a_day_and_what_google_leaves_open_are_told_apart() {
    let violation = |id: &str| {
        format!(
            r#"{{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"{id}","quotaValue":"15"}}]}}"#
        )
    };
    let spent = "You exceeded your current quota, please check your plan and billing details.";
    let free = violation("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    let day = r#"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_requests_per_day","quotaId":"GenerateRequestsPerDayPerProjectPerModel","quotaValue":"1500"}]}"#;

    let free = completing(move || refused(429, "RESOURCE_EXHAUSTED", spent, &free)).await;
    let day = completing(move || {
        let message =
            "Quota exceeded for metric: generativelanguage.googleapis.com/generate_requests_per_day, limit: 1500";
        refused(429, "RESOURCE_EXHAUSTED", message, day)
    })
    .await;
    let open =
        completing(|| refused(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", "")).await;

    assert_only(&free, Check::RateLimits, "rate_limit_free_tier");
    assert_only(&day, Check::RateLimits, "rate_limit_daily");
    assert_only(&open, Check::Quota, "quota_exhausted_ambiguous");
}
