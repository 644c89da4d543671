//! Base URLs that lead to the wrong place.

use tollgate_doctor::{Check, Question};
use tollgate_testing::{Answer, Upstream};

use crate::stage::{assert_only, error, look, openai, path, provider, question, said};

async fn at(path: &str) -> (tollgate_doctor::Report, Upstream) {
    let upstream = provider().await;
    let report = look(&question(format!("http://{}{path}", upstream.address()))).await;
    (report, upstream)
}

#[tokio::test]
async fn a_base_url_without_v1_is_told_with_the_right_one() {
    let (report, upstream) = at("").await;

    assert_only(&report, Check::BasePath, "base_url_missing_v1");
    assert!(said(&report, Check::BasePath).contains(&format!("write http://{}/v1", upstream.address())));
    let seen = upstream.received();
    assert!(seen.iter().all(|received| received.header("authorization").is_none()), "no key to a wrong path");
}

#[tokio::test]
async fn a_doubled_v1_is_told_with_the_right_one() {
    let (report, _upstream) = at("/v1/v1").await;

    assert_only(&report, Check::BasePath, "base_url_double_v1");
}

#[tokio::test]
async fn an_endpoint_in_the_base_url_is_told_with_the_right_one() {
    let (report, _upstream) = at("/v1/chat/completions").await;

    assert_only(&report, Check::BasePath, "base_url_includes_path");
}

#[tokio::test]
async fn a_server_that_looks_for_the_key_first_is_judged_with_it() {
    let upstream = provider().await;
    upstream.otherwise(|received| match received.header("authorization") {
        None => error(401, "No API key was given.", "invalid_request_error", ""),
        Some(_) => openai(received),
    });

    let report = look(&question(format!("http://{}/v1/v1", upstream.address()))).await;

    assert_only(&report, Check::BasePath, "base_url_double_v1");
}

#[tokio::test]
async fn a_web_site_is_no_api() {
    let upstream = Upstream::start().await;
    upstream.always(Answer::text(200, "text/html", "<!doctype html><html><body>Welcome</body></html>"));

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::BasePath, "base_url_wrong");
}

#[tokio::test]
async fn a_redirect_to_https_is_told_with_its_target() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| {
        Answer::text(301, "text/html", "").header("location", &format!("https://api.gateway.test{}", path(received)))
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Redirects, "redirect_breaks_request");
    assert!(
        said(&report, Check::Redirects).contains("write https://api.gateway.test/v1"),
        "{}",
        said(&report, Check::Redirects)
    );
    assert!(upstream.received().iter().all(|received| received.header("authorization").is_none()));
}

#[tokio::test]
async fn what_is_no_url_is_told_before_anything_is_sent() {
    for (text, slug) in [
        ("api.openai.com/v1", "base_url_malformed"),
        ("https://https://api.openai.com/v1", "base_url_malformed"),
        ("https://platform.openai.com/v1", "base_url_wrong"),
        ("http://api.openai.com/v1", "http_https_mismatch"),
    ] {
        let report = look(&Question { patience: std::time::Duration::from_millis(200), ..question(text) }).await;

        assert_only(&report, Check::Address, slug);
        assert_eq!(report.spent.requests, 0);
    }
}

#[tokio::test]
async fn a_base_url_with_v1_is_told_where_the_api_is_without_it() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match path(received).as_str() {
        "/models" => crate::stage::list(),
        _ => Answer::json(404, r#"{"detail":"Not Found"}"#),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::BasePath, "base_url_wrong");
    let advice = said(&report, Check::BasePath);
    assert!(advice.ends_with(&format!("write http://{}", upstream.address())), "{advice}");
}

#[tokio::test]
async fn a_list_of_models_that_wants_a_slash_is_no_finding() {
    let upstream = provider().await;
    upstream.otherwise(|received| match path(received).as_str() {
        "/v1/models" => Answer::text(307, "text/plain", "").header("location", "/v1/models/"),
        "/v1/models/" if received.header("authorization").is_some() => crate::stage::list(),
        "/v1/models/" => error(401, "No API key was given.", "invalid_request_error", ""),
        _ => openai(received),
    });

    let report = look(&question(upstream.base_url())).await;

    crate::stage::assert_well(&report);
    assert!(said(&report, Check::Redirects).contains("/v1/models alone redirects"));
}

#[tokio::test]
async fn a_redirect_to_a_page_for_signing_in_is_told_as_that() {
    let upstream = Upstream::start().await;
    upstream.always(
        Answer::text(302, "text/html", "").header("location", "https://sso.corp.example/start?next=/v1/models"),
    );

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Redirects, "redirect_breaks_request");
    let advice = said(&report, Check::Redirects);
    assert!(advice.contains("signing in") && !advice.contains("write https://sso"), "{advice}");
}

#[tokio::test]
async fn a_page_that_holds_programs_off_is_told_as_that() {
    let upstream = Upstream::start().await;
    let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>cf-challenge</body></html>";
    upstream.always(Answer::text(403, "text/html", page).header("server", "cloudflare").header("cf-ray", "8a1-FRA"));

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::BasePath, "waf_blocked");
}
