//! Servers that do not speak HTTP/1.1, redirects that come late, and clocks told in the clear.

use std::time::{Duration, SystemTime};

use tollgate_doctor::{Check, Question};
use tollgate_testing::{Answer, Authority, Upstream};

use crate::stage::{assert_only, look, openai, path, question, said};

fn trusting(authority: &Authority, base_url: String) -> (Question, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    (Question { ca_file: Some(folder.path().join("ca.pem")), ..question(base_url) }, folder)
}

#[tokio::test]
async fn a_server_with_tls_that_offers_h2_alone_is_told() {
    let authority = Authority::new();
    let upstream = Upstream::start_tls(authority.leaf("localhost").server(&["h2"])).await;
    upstream.otherwise(openai);
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Tls, "http_version_unsupported");
    let said = said(&report, Check::Tls);
    assert!(said.contains("speaks HTTP/2 alone") && said.contains("offered `h2` alone, the server agrees"), "{said}");
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn a_server_with_tls_that_says_nothing_of_h2_and_speaks_it_alone_is_not_taken_for_a_web_server() {
    let authority = Authority::new();
    let upstream = Upstream::start_tls(authority.leaf("localhost").server(&["grpc-exp"])).await;
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Tls, "tls_failure");
    assert!(said(&report, Check::Tls).contains("neither HTTP/1.1 nor HTTP/2"), "{}", said(&report, Check::Tls));
}

#[tokio::test]
async fn a_server_in_clear_that_speaks_http2_alone_is_told() {
    let upstream = Upstream::start_http2().await;
    upstream.otherwise(openai);

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::BasePath, "http_version_unsupported");
    assert!(said(&report, Check::BasePath).contains("gRPC"), "{}", said(&report, Check::BasePath));
}

#[tokio::test]
async fn a_server_that_refuses_the_version_of_http_is_told_with_what_it_wants() {
    let refusing = |status, upgrade: &'static str| async move {
        let upstream = Upstream::start().await;
        upstream.always(Answer::text(status, "text/plain", "").header("upgrade", upgrade));
        look(&question(upstream.base_url())).await
    };

    let newer = refusing(426, "h2c").await;
    let none = refusing(505, "HTTP/2.0").await;
    let tls = refusing(426, "TLS/1.2, HTTP/1.1").await;

    assert_only(&newer, Check::BasePath, "http_version_unsupported");
    assert!(said(&newer, Check::BasePath).contains("upgrade: h2c"), "{}", said(&newer, Check::BasePath));
    assert_only(&none, Check::BasePath, "http_version_unsupported");
    assert_only(&tls, Check::Tls, "http_https_mismatch");
}

#[tokio::test]
async fn a_redirect_that_comes_only_with_a_key_is_told_and_the_key_goes_nowhere_else() {
    let elsewhere = Upstream::start().await;
    elsewhere.otherwise(openai);
    let to = elsewhere.base_url();
    let upstream = Upstream::start().await;
    let target = to.clone();
    upstream.otherwise(move |received| match received.header("authorization") {
        None => openai(received),
        Some(_) => Answer::text(307, "text/plain", "")
            .header("location", &format!("{}{}", target.trim_end_matches("/v1"), path(received))),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Redirects, "redirect_breaks_request");
    assert!(said(&report, Check::Redirects).contains(&format!("write {to}")), "{}", said(&report, Check::Redirects));
    assert_eq!(elsewhere.connections(), 0, "no redirect is followed");
}

#[tokio::test]
async fn a_redirect_of_completions_alone_is_told() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.line().starts_with("POST") {
        true => Answer::text(302, "text/html", "").header("location", "https://login.gateway.test/sso"),
        false => openai(received),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Redirects, "redirect_breaks_request");
    assert!(said(&report, Check::Redirects).contains("a page for signing in"), "{}", said(&report, Check::Redirects));
}

#[tokio::test]
async fn a_certificate_that_is_only_valid_later_to_a_clock_that_is_behind_is_not_blamed() {
    let authority = Authority::new();
    let begin = SystemTime::now() + Duration::from_secs(3600);
    let upstream = Upstream::start_tls(authority.leaf_from("localhost", begin).server(&["http/1.1"])).await;
    let tomorrow = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(86_400));
    upstream.otherwise(move |received| openai(received).header("date", &tomorrow));
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Clock, "clock_skew");
    assert!(said(&report, Check::Clock).contains("24 hours behind"), "{}", said(&report, Check::Clock));
}
