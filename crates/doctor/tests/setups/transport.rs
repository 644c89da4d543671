//! Faults of TCP and TLS, and of the clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tollgate_doctor::{Check, Question};
use tollgate_testing::Authority;

use crate::stage::{Manner, Proxy, assert_only, list, look, openai, provider, provider_with_tls, question, said};

/// A question that trusts an authority.
fn trusting(authority: &Authority, base_url: String) -> (Question, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    (Question { ca_file: Some(file), ..question(base_url) }, folder)
}

/// A server whose certificate is signed by its own key, issued by this name.
fn self_signed(name: &str, issuer: &str) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, issuer);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    showing(certificate.der().clone(), &key)
}

/// A server whose certificate is signed by an authority of this name.
fn issued(name: &str, issuer: &str) -> Arc<ServerConfig> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, issuer);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    showing(certificate.der().clone(), &key)
}

fn showing(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

#[tokio::test]
async fn a_port_at_which_nobody_listens_is_refused() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    let report = look(&question(format!("http://{gone}/v1"))).await;
    let inside = look(&Question { in_container: true, ..question(format!("http://{gone}/v1")) }).await;

    assert_only(&report, Check::Ipv4, "connection_refused_local");
    assert_only(&inside, Check::Ipv4, "localhost_in_container");
}

#[tokio::test]
async fn a_self_signed_certificate_is_told_as_such() {
    let upstream = provider_with_tls(self_signed("localhost", "localhost")).await;

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Tls, "tls_untrusted_ca");
    assert!(said(&report, Check::Tls).contains("self-signed"));
    assert_eq!(upstream.received().len(), 0, "nothing is sent to a server that is not trusted");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_told_with_its_issuer() {
    let upstream = provider_with_tls(issued("localhost", "Example Office CA")).await;

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Tls, "tls_untrusted_ca");
    let said = said(&report, Check::Tls);
    assert!(said.contains("the certificate is signed by Example Office CA"), "{said}");
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_its_day() {
    let authority = Authority::new();
    let ended = SystemTime::now() - Duration::from_secs(86_400 * 3);
    let upstream = provider_with_tls(authority.leaf_until("localhost", ended).server(&["http/1.1"])).await;
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Tls, "tls_certificate_invalid");
    assert!(said(&report, Check::Tls).contains("expired on"));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told_with_the_names_that_it_has() {
    let authority = Authority::new();
    let upstream = provider_with_tls(authority.leaf("api.other.test").server(&["http/1.1"])).await;
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Tls, "tls_hostname_mismatch");
    assert!(said(&report, Check::Tls).contains("api.other.test"));
}

#[tokio::test]
async fn a_company_proxy_that_opens_tls_is_told_by_its_name() {
    let proxy = Proxy::start(Manner::Opens(self_signed("api.openai.com", "Zscaler Root CA"))).await;
    let question = Question { proxy: Some(proxy.url()), ..question("https://api.openai.com/v1") };

    let report = look(&question).await;

    assert_only(&report, Check::Tls, "tls_untrusted_ca");
    assert!(said(&report, Check::Tls).contains("Zscaler opens TLS on the way"), "{}", said(&report, Check::Tls));
}

#[tokio::test]
async fn https_at_a_port_of_plain_http_is_told_as_such() {
    let upstream = provider().await;

    let report = look(&question(upstream.base_url().replace("http://", "https://"))).await;

    assert_only(&report, Check::Tls, "http_https_mismatch");
    assert!(said(&report, Check::Tls).contains(&format!("write http://{}/v1", upstream.address())));
}

#[tokio::test]
async fn plain_http_at_a_port_of_https_is_told_as_such() {
    let upstream = provider_with_tls(Authority::new().leaf("localhost").server(&["http/1.1"])).await;

    let report = look(&question(upstream.base_url().replace("https://", "http://"))).await;

    assert_only(&report, Check::Tls, "http_https_mismatch");
    assert!(said(&report, Check::Tls).contains("write https://localhost"));
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_day_is_told_by_the_servers_time() {
    let upstream = provider().await;
    let yesterday = httpdate_of(SystemTime::now() - Duration::from_secs(86_400));
    upstream.otherwise(move |received| openai(received).header("date", &yesterday));

    let report = look(&question(upstream.base_url())).await;

    assert_only(&report, Check::Clock, "clock_skew");
    assert!(said(&report, Check::Clock).contains("24 hours ahead"), "{}", said(&report, Check::Clock));
}

#[tokio::test]
async fn a_certificate_that_only_looks_expired_to_a_wrong_clock_is_not_blamed() {
    let authority = Authority::new();
    let ended = SystemTime::now() - Duration::from_secs(3600);
    let upstream = provider_with_tls(authority.leaf_until("localhost", ended).server(&["http/1.1"])).await;
    let before = httpdate_of(SystemTime::now() - Duration::from_secs(86_400));
    upstream.otherwise(move |_| list().header("date", &before));
    let (question, _folder) = trusting(&authority, upstream.base_url());

    let report = look(&question).await;

    assert_only(&report, Check::Clock, "clock_skew");
    let seen = upstream.received();
    assert!(seen.iter().all(|received| received.header("authorization").is_none()), "no key without trust");
}

fn httpdate_of(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}
