//! Proxies that are gone, want a password, or should not be there.

use tollgate_doctor::{Check, Question};
use tollgate_testing::{Answer, Upstream};

use crate::stage::{Manner, Proxy, assert_only, assert_well, error, look, provider, question, said};

fn with(base_url: &str, variables: &[(&str, &str)]) -> Question {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Question { variables, ..question(base_url) }
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_told() {
    let upstream = provider().await;
    let proxy = Proxy::start(Manner::Password("basic never", upstream.address())).await;
    let given = proxy.url().replace("http://", "http://me:wrong-word@");

    let without = look(&with("https://api.gateway.test/v1", &[("https_proxy", &proxy.url())])).await;
    let wrong = look(&with("https://api.gateway.test/v1", &[("HTTPS_PROXY", &given)])).await;

    assert_only(&without, Check::Proxy, "proxy_misconfigured");
    assert!(
        said(&without, Check::Proxy).contains("wants a user name") && said(&without, Check::Proxy).contains("realm")
    );
    assert_only(&wrong, Check::Proxy, "proxy_misconfigured");
    assert!(!wrong.to_json().to_string().contains("wrong-word"));
}

#[tokio::test]
async fn a_proxy_that_is_gone_is_told_by_the_variable_that_names_it() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    let report = look(&with("https://api.gateway.test/v1", &[("ALL_PROXY", &format!("http://{gone}"))])).await;

    assert_only(&report, Check::Proxy, "proxy_misconfigured");
    assert!(said(&report, Check::Proxy).contains("ALL_PROXY"));
}

#[tokio::test]
async fn a_proxy_that_swallows_local_calls_is_told_with_no_proxy() {
    let upstream = provider().await;
    let proxy = Proxy::start(Manner::Lost).await;
    let variables = [("http_proxy", proxy.url())];

    let swallowed = look(&with(&upstream.base_url(), &[("http_proxy", &variables[0].1)])).await;
    let taken_out =
        look(&with(&upstream.base_url(), &[("http_proxy", &variables[0].1), ("NO_PROXY", "127.0.0.1")])).await;

    assert_only(&swallowed, Check::Proxy, "proxy_intercepts_local");
    assert!(said(&swallowed, Check::Proxy).contains("NO_PROXY="));
    assert_well(&taken_out);
}

#[tokio::test]
async fn what_is_no_proxys_address_is_told() {
    let upstream = provider().await;

    let report = look(&with(&upstream.base_url(), &[("HTTP_PROXY", "ftp://127.0.0.1:3128")])).await;

    assert_only(&report, Check::Proxy, "proxy_misconfigured");
}

#[tokio::test]
async fn a_web_server_that_is_named_as_a_proxy_is_told_and_a_proxy_before_no_api_is_not() {
    let server = Upstream::start().await;
    server.otherwise(|received| error(404, &format!("Invalid URL ({})", received.line()), "invalid_request_error", ""));
    let proxy = Upstream::start().await;
    proxy.otherwise(|received| match received.line().contains("doctor.invalid") {
        true => Answer::text(503, "text/html", "<html>no such host</html>"),
        false => error(404, "Invalid URL", "invalid_request_error", ""),
    });
    let through = |proxy: &Upstream| {
        with("http://api.gateway.test/v1", &[("HTTP_PROXY", &format!("http://{}", proxy.address()))])
    };

    let no_proxy = look(&through(&server)).await;
    let no_api = look(&through(&proxy)).await;

    assert_only(&no_proxy, Check::Proxy, "proxy_misconfigured");
    assert!(said(&no_proxy, Check::Proxy).contains("it is a web server"), "{}", said(&no_proxy, Check::Proxy));
    assert!(no_api.findings().all(|entry| entry.check == Check::BasePath), "{:#}", no_api.to_json());
}

#[tokio::test]
async fn no_proxy_names_each_host_once() {
    let upstream = provider().await;
    let proxy = Proxy::start(Manner::Lost).await;

    let report = look(&with(&upstream.base_url(), &[("http_proxy", &proxy.url())])).await;

    let advice = said(&report, Check::Proxy);
    assert!(advice.contains("NO_PROXY=localhost,127.0.0.1,::1 "), "{advice}");
}
