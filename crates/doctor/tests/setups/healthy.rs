//! Healthy ones: no finding. Tollgate's own server is looked at where its binary is.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tollgate_doctor::{Check, Need, Verdict};
use tollgate_testing::{Answer, Authority};

use crate::stage::{Manner, Proxy, assert_well, look, openai, path, provider, provider_with_tls, question, said};

#[tokio::test]
async fn a_healthy_provider_has_no_finding_and_costs_two_small_completions() {
    let upstream = provider().await;

    let report = look(&question(upstream.base_url())).await;

    assert_well(&report);
    assert_eq!(report.spent.completions, 2);
    assert!(said(&report, Check::Models).contains("4 models"));
    let completions = upstream.received().iter().filter(|r| r.line().starts_with("POST")).count();
    assert_eq!(completions, 2, "no more is sent than needed");
}

#[tokio::test]
async fn without_spending_no_completion_is_sent() {
    let upstream = provider().await;

    let report = look(&tollgate_doctor::Question { spends: false, ..question(upstream.base_url()) }).await;

    assert_well(&report);
    assert!(upstream.received().iter().all(|received| received.line().starts_with("GET")));
    for check in [Check::Completion, Check::Parameters, Check::Streaming] {
        assert_eq!(report.entry(check).unwrap().verdict, Verdict::NotLookedAt, "{}", check.name());
    }
    assert!(report.unasked().unwrap().contains("--no-spend"));
}

#[tokio::test]
async fn a_healthy_provider_with_tls_of_an_authority_that_is_named_has_no_finding() {
    let authority = Authority::new();
    let upstream = provider_with_tls(authority.leaf("localhost").server(&["http/1.1"])).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let mut question = question(upstream.base_url());
    question.variables = vec![("SSL_CERT_FILE".to_owned(), file.display().to_string())];

    let report = look(&question).await;

    assert_well(&report);
    assert!(said(&report, Check::Tls).contains("TLS 1.3"), "{}", said(&report, Check::Tls));
}

#[tokio::test]
async fn a_healthy_provider_behind_a_proxy_has_no_finding() {
    let authority = Authority::new();
    let upstream = provider_with_tls(authority.leaf("api.gateway.test").server(&["http/1.1"])).await;
    let proxy = Proxy::start(Manner::Password("basic bwu6c2vjcmv0lxdvcmq=", upstream.address())).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let mut question = question("https://api.gateway.test/v1");
    question.ca_file = Some(file);
    question.variables = vec![("HTTPS_PROXY".to_owned(), proxy.url().replace("http://", "http://me:secret-word@"))];

    let report = look(&question).await;

    assert_well(&report);
    assert!(said(&report, Check::Proxy).contains("HTTPS_PROXY leads through 127.0.0.1"));
    assert!(!report.to_json().to_string().contains("secret-word"));
    assert_eq!(report.entry(Check::Names).unwrap().verdict, Verdict::NotLookedAt);
}

#[tokio::test]
async fn what_the_model_can_do_is_asked_for_where_it_is_needed() {
    let upstream = provider().await;
    let question =
        tollgate_doctor::Question { needs: vec![Need::Vision, Need::Tools], ..question(upstream.base_url()) };

    let report = look(&question).await;

    assert_well(&report);
    assert!(said(&report, Check::Parameters).contains("vision, tools can be asked for"));
}

#[tokio::test]
async fn a_provider_that_packs_what_was_to_come_plain_has_no_finding() {
    let upstream = provider().await;
    upstream.otherwise(|received| match path(received).as_str() {
        "/v1/models" if received.header("authorization").is_some() => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(br#"{"object":"list","data":[{"id":"gpt-4o-mini"}]}"#).unwrap();
            Answer::json(200, packer.finish().unwrap()).header("content-encoding", "gzip")
        }
        _ => openai(received),
    });

    let report = look(&question(upstream.base_url())).await;

    assert_well(&report);
    assert!(said(&report, Check::Models).contains("1 model"));
}
