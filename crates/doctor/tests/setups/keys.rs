//! Keys: their form, and the many reasons of a 401.

use tollgate_doctor::{Check, Question, Report};
use tollgate_testing::{Answer, Upstream};

use crate::stage::{KEY, assert_only, assert_well, error, list, look, openai, path, provider, question, said};

async fn refusing(answer: Answer) -> Report {
    let upstream = Upstream::start().await;
    upstream.otherwise(move |received| match received.header("authorization") {
        None => openai(received),
        Some(_) => answer.clone(),
    });
    look(&question(upstream.base_url())).await
}

#[tokio::test]
async fn a_wrong_key_is_told() {
    let upstream = provider().await;
    let other = KEY.replace("0123456789", "9876543210");

    let report = look(&Question { key: Some(other), ..question(upstream.base_url()) }).await;

    assert_only(&report, Check::Authentication, "key_invalid");
}

#[tokio::test]
async fn an_expired_key_is_told_from_a_wrong_one() {
    let answer = error(401, "API key expired. Please renew the API key.", "invalid_request_error", "api_key_expired");

    assert_only(&refusing(answer).await, Check::Authentication, "key_expired");
}

#[tokio::test]
async fn a_revoked_key_is_told_from_a_wrong_one() {
    let answer = error(401, "This API key has been revoked.", "invalid_request_error", "key_revoked");

    assert_only(&refusing(answer).await, Check::Authentication, "key_revoked");
}

#[tokio::test]
async fn a_key_that_belongs_into_another_header_is_told_with_that_header() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.header("api-key") {
        Some(value) if value == KEY => list(),
        _ => {
            Answer::json(401, r#"{"error":{"code":"401","message":"Access denied due to missing subscription key."}}"#)
        }
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Authentication, "auth_header_wrong_name");
    assert!(said(&report, Check::Authentication).contains("`api-key`"));
}

#[tokio::test]
async fn an_organization_that_is_not_the_keys_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.header("openai-organization") {
        Some(_) => error(
            401,
            "OpenAI-Organization header should match organization for API key",
            "invalid_request_error",
            "mismatched_organization",
        ),
        None => openai(received),
    });
    let mut question = question(upstream.base_url());
    question.variables = vec![("OPENAI_ORG_ID".to_owned(), "org-demo".to_owned())];

    let report = look(&question).await;

    assert_only(&report, Check::Organization, "org_mismatch");
    assert!(said(&report, Check::Organization).contains("OPENAI_ORG_ID"));
}

#[tokio::test]
async fn a_key_that_stays_in_its_file_is_told_with_how_to_load_it() {
    let upstream = provider().await;
    let mut question = Question { key: None, ..question(upstream.base_url()) };
    question.dot_env = vec![(".env".into(), format!("OPENAI_API_KEY={KEY}\n"))];

    let report = look(&question).await;

    assert_only(&report, Check::Authentication, "key_not_configured");
    assert!(said(&report, Check::Authentication).contains("load_dotenv"));
}

#[tokio::test]
async fn a_form_that_no_server_takes_is_told_before_it_is_sent() {
    for (key, slug) in [
        (format!("\"{KEY}\""), "key_quoted"),
        (format!("{KEY} "), "key_whitespace"),
        (format!("Bearer {KEY}"), "key_double_bearer"),
        ("undefined".to_owned(), "key_undefined"),
        ("${OPENAI_API_KEY}".to_owned(), "key_placeholder"),
        (format!("{KEY}…"), "key_non_ascii"),
    ] {
        let upstream = provider().await;

        let report = look(&Question { key: Some(key), ..question(upstream.base_url()) }).await;

        assert_only(&report, Check::Key, slug);
        assert!(upstream.received().iter().all(|received| received.header("authorization").is_none()), "{slug}");
    }
}

#[tokio::test]
async fn a_sample_value_is_blamed_once_it_is_refused_and_not_before() {
    let strict = provider().await;
    let easy = Upstream::start().await;
    easy.otherwise(|received| crate::stage::accepted(received, &crate::stage::path(received)));
    let sample = |base_url| Question { key: Some("YOUR_API_KEY".to_owned()), ..question(base_url) };

    let refused = look(&sample(strict.base_url())).await;
    let taken = look(&sample(easy.base_url())).await;

    assert_only(&refused, Check::Authentication, "key_placeholder");
    assert!(taken.is_well(), "{:#}", taken.to_json());
}

#[tokio::test]
async fn a_key_of_another_vendor_goes_to_nobody() {
    let question = Question {
        key: Some("sk-ant-api03-0123456789abcdefghijklmnop".to_owned()),
        patience: std::time::Duration::from_millis(200),
        ..question("https://api.openai.com/v1")
    };

    let report = look(&question).await;

    let first = report.findings().next().unwrap();
    assert_eq!((first.check, first.cause.unwrap().slug), (Check::Key, "key_wrong_provider"));
}

#[tokio::test]
async fn a_key_that_may_not_list_models_and_may_ask_them_is_well() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match (path(received).as_str(), received.text().as_str()) {
        ("/v1/models", _) if received.header("authorization").is_some() => error(
            403,
            "You have insufficient permissions for this operation. Missing scopes: api.model.read.",
            "invalid_request_error",
            "",
        ),
        ("/v1/chat/completions", "{}") => error(400, "you must provide a model parameter", "invalid_request_error", ""),
        _ => openai(received),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_well(&report);
    assert!(
        said(&report, Check::Models).contains("Missing scopes: api.model.read"),
        "{}",
        said(&report, Check::Models)
    );
    assert_eq!(upstream.received().iter().filter(|received| received.header("x-api-key").is_some()).count(), 0);
}

#[tokio::test]
async fn a_key_of_another_vendor_that_a_host_of_nobodys_refuses_is_told_as_that() {
    let upstream = provider().await;
    // tollgate:allow: made up for this test
    let key = "sk-ant-api03-Hq81Lm9ZtWc4Vb2Nd7KpR5xYgH3jT0uQeA6sWm2Lk9Pz7Xv4AA".to_owned();

    let report = look(&Question { key: Some(key), ..question(upstream.base_url()) }).await;

    assert_only(&report, Check::Authentication, "key_wrong_provider");
    assert!(said(&report, Check::Authentication).contains("the form of Anthropic's"));
}

#[tokio::test]
async fn a_gateways_own_credential_is_told_from_the_callers_key() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.line().starts_with("POST") {
        true => error(
            401,
            "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided: sk-abc***. You can \
             find your API key at https://platform.openai.com/account/api-keys.",
            "auth_error",
            "401",
        ),
        false => openai(received),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Completion, "upstream_credential_rejected");
}

#[tokio::test]
async fn anthropics_dialect_at_a_host_of_nobodys_is_told_where_openais_was_spoken() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match (received.header("x-api-key"), path(received).starts_with("/v1/models")) {
        (Some(_), true) => list(),
        (Some(_), false) => error(404, "Not Found", "not_found_error", ""),
        (None, _) => error(401, "x-api-key header is required", "authentication_error", ""),
    });

    let report = look(&question(format!("http://{}", upstream.address()))).await;

    assert_only(&report, Check::BasePath, "base_url_wrong");
    assert!(said(&report, Check::BasePath).contains("--provider anthropic"));
}
