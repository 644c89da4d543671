//! Azure's dialect: a deployment in the path, a dated api-version, and a list of what could be deployed.

use std::time::Duration;

use tollgate_doctor::{Check, Question, Report, Verdict};
use tollgate_testing::Answer;
use tollgate_testing::upstream::Received;

use crate::home::Home;
use crate::stage::{assert_only, assert_well, chunk, look, path, provider, said};

const OWN_KEY: &str = "0123456789abcdef0123456789abcdef";
const HOST: &str = "demo.openai.azure.com";
const DEPLOYMENT: &str = "chat-prod";

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#))
}

/// Paths and versions come before the key, as they do at Azure.
fn api(received: &Received) -> Answer {
    let target = path(received);
    let (target, query) = target.split_once('?').unwrap_or((&target, ""));
    let deployment =
        target.strip_prefix("/openai/deployments/").and_then(|rest| rest.strip_suffix("/chat/completions"));
    let is_dated = ["api-version=2024-10-21", "api-version=2025-01-01-preview"].contains(&query);
    let is_list = target == "/openai/models";
    let is_newer = target == "/openai/v1/models" || target == "/openai/v1/chat/completions";
    if !is_newer && (!is_dated || !(is_list || deployment.is_some())) {
        return refused(404, "404", "Resource not found");
    }
    match (received.header("api-key"), received.header("authorization")) {
        (Some(key), _) if key == OWN_KEY => {}
        (None, Some(token)) if token == "Bearer entra-token-0123456789" => {}
        (None, None) => {
            return Answer::json(
                401,
                r#"{"statusCode":401,"message":"Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."}"#,
            );
        }
        _ => {
            return refused(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an \
                 active subscription and use a correct regional API endpoint for your resource.",
            );
        }
    }
    match deployment {
        _ if target.ends_with("/models") => list(),
        None | Some(DEPLOYMENT) => completion(received),
        Some(_) => refused(
            404,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, \
             please wait a moment and try again.",
        ),
    }
}

fn list() -> Answer {
    let rows = ["gpt-4o-mini", "gpt-4o", "dall-e-3"].map(|name| {
        format!(r#"{{"status":"succeeded","capabilities":{{"inference":true}},"lifecycle_status":"generally-available","id":"{name}","object":"model"}}"#)
    });
    Answer::json(200, format!(r#"{{"data":[{}],"object":"list"}}"#, rows.join(",")))
}

fn completion(received: &Received) -> Answer {
    if !received.text().contains("\"stream\":true") {
        return Answer::usual();
    }
    let filtered =
        r#"{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#;
    let pieces = ["1", " 2", " 3", " 4", " 5"].iter();
    pieces
        .fold(Answer::stream().event(filtered), |answer, text| {
            answer.think(Duration::from_millis(20)).event(&chunk(text))
        })
        .event("[DONE]")
}

fn asked(home: &Home) -> Question {
    with(home, &format!("https://{HOST}"), &[])
}

fn with(home: &Home, endpoint: &str, more: &[(&str, &str)]) -> Question {
    let variables = [&[("AZURE_OPENAI_API_KEY", OWN_KEY), ("AZURE_OPENAI_ENDPOINT", endpoint)], more].concat();
    Question { model: Some(DEPLOYMENT.to_owned()), ..home.question(&variables) }
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
async fn a_healthy_one_has_no_finding_with_its_variables_alone() {
    let home = Home::at(HOST, api).await;

    let dated = home.look(&asked(&home)).await;
    let newer = home.look(&with(&home, &format!("https://{HOST}/openai/v1"), &[])).await;

    assert_well(&dated);
    assert_well(&newer);
    assert_eq!(dated.dialect, "azure");
    assert!(home.upstream.received().iter().all(|received| received.header("authorization").is_none()));
}

#[tokio::test]
async fn a_model_is_not_made_up_where_no_deployment_is_named() {
    let home = Home::at(HOST, api).await;

    let report = home.look(&Question { model: None, ..asked(&home) }).await;

    assert!(report.is_well(), "{:#}", report.to_json());
    assert!(said(&report, Check::Model).contains("name of a deployment"));
    assert_eq!(report.entry(Check::Completion).unwrap().verdict, Verdict::NotLookedAt);
    assert_eq!(home.completions(), 0);
}

#[tokio::test]
async fn a_wrong_key_is_told_as_azure_means_it() {
    let home = Home::at(HOST, api).await;
    let other = OWN_KEY.replace('a', "b");
    let endpoint = format!("https://{HOST}");
    let variables = [("AZURE_OPENAI_API_KEY", other.as_str()), ("AZURE_OPENAI_ENDPOINT", &endpoint)];

    let report = home.look(&Question { model: Some(DEPLOYMENT.to_owned()), ..home.question(&variables) }).await;

    assert_only(&report, Check::Authentication, "azure_key_or_endpoint");
}

#[tokio::test]
async fn a_token_of_a_login_goes_as_bearer_and_wins_over_a_key() {
    let home = Home::at(HOST, api).await;
    let token = ("AZURE_OPENAI_AD_TOKEN", "entra-token-0123456789");

    let report = home.look(&with(&home, &format!("https://{HOST}"), &[token])).await;

    assert_well(&report);
    assert!(said(&report, Check::Environment).contains("the token wins"));
}

#[tokio::test]
async fn a_token_in_the_place_of_a_key_is_told() {
    let home = Home::at(HOST, api).await;
    let endpoint = format!("https://{HOST}");
    let variables = [("AZURE_OPENAI_API_KEY", "entra-token-0123456789"), ("AZURE_OPENAI_ENDPOINT", &endpoint)];

    let report = home.look(&Question { model: Some(DEPLOYMENT.to_owned()), ..home.question(&variables) }).await;

    assert_only(&report, Check::Authentication, "auth_header_wrong_name");
    assert!(said(&report, Check::Authentication).contains("AZURE_OPENAI_AD_TOKEN"));
}

#[tokio::test]
async fn an_unknown_deployment_is_told_as_such() {
    let home = Home::at(HOST, api).await;

    let report = home.look(&Question { model: Some("gpt-4o".to_owned()), ..asked(&home) }).await;

    assert_only(&report, Check::Model, "azure_deployment_not_found");
}

#[tokio::test]
async fn an_api_version_that_is_unknown_or_empty_is_told_with_one_that_is_known() {
    let home = Home::at(HOST, api).await;

    let unknown = home.look(&with(&home, &format!("https://{HOST}"), &[("OPENAI_API_VERSION", "2023-99-99")])).await;
    let empty = home.look(&Question { api_version: Some(String::new()), ..asked(&home) }).await;

    for report in [unknown, empty] {
        assert_only(&report, Check::BasePath, "azure_api_version");
        assert!(said(&report, Check::BasePath).contains("2024-10-21"));
    }
    assert!(home.upstream.received().iter().all(|received| received.header("api-key").is_none()), "no key so far");
}

#[tokio::test]
async fn a_version_that_is_too_old_for_the_model_is_told() {
    let report = completing(|| {
        refused(400, "BadRequest", "Model o1 is enabled only for api versions 2024-12-01-preview and later")
    })
    .await;

    assert_only(&report, Check::BasePath, "azure_api_version");
}

#[tokio::test]
async fn a_path_that_azures_client_adds_itself_is_told() {
    for path in [
        "/openai",
        "/openai/deployments/chat-prod",
        "/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21",
    ] {
        let home = Home::at(HOST, api).await;

        let report = home.look(&with(&home, &format!("https://{HOST}{path}"), &[])).await;

        assert_only(&report, Check::BasePath, "azure_endpoint_misconfigured");
        let remedy = report.entry(Check::BasePath).unwrap().remedy.clone();
        assert_eq!(remedy.as_deref(), Some("write https://demo.openai.azure.com"), "{path}");
    }
}

#[tokio::test]
async fn a_spent_quota_is_told_from_a_limit_of_the_tier() {
    let quota = completing(|| {
        refused(
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        )
    })
    .await;
    let limit = completing(|| {
        refused(
            429,
            "429",
            "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token \
             rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds.",
        )
    })
    .await;

    assert_only(&quota, Check::Quota, "insufficient_quota");
    assert_only(&limit, Check::RateLimits, "rate_limit_tokens");
}

#[tokio::test]
async fn a_gateway_that_speaks_openais_dialect_alone_is_told() {
    let upstream = provider().await;
    let endpoint = format!("http://{}", upstream.address());
    let variables = [("AZURE_OPENAI_ENDPOINT", endpoint.as_str()), ("AZURE_OPENAI_API_KEY", OWN_KEY)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();

    let report = look(&Question { variables, model: Some(DEPLOYMENT.to_owned()), ..Question::default() }).await;

    assert_only(&report, Check::BasePath, "base_url_wrong");
    let said = said(&report, Check::BasePath);
    assert!(said.contains(&format!("use OpenAI's client with the base URL {endpoint}/v1")), "{said}");
}
