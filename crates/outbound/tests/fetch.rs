//! Fetching from real hosts: what is found, and what each thing that goes wrong is called.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use tollgate_outbound::address::Kind;
use tollgate_outbound::fetch::{FetchError, FetchFault};
use tollgate_outbound::tls::Kind as Tls;
use tollgate_outbound::{Allowed, Fetched, Fetcher, Limits, ReachError, Target, TargetError};
use tollgate_testing::{Authority, Page, Web};

const LIMITS: Limits = Limits { bytes: 100_000, time: Duration::from_secs(5), redirects: 3 };

/// One that lets the loopback interface through, where all hosts of these tests are.
fn fetcher(authority: &Authority) -> Fetcher {
    let allowed = Allowed::read(["127.0.0.0/8", "localhost"]).unwrap();
    Fetcher::new(allowed, authority.client(&["http/1.1"]), HeaderValue::from_static("tests"))
}

async fn get(url: &str, limits: Limits) -> Result<Fetched, FetchError> {
    fetcher(&Authority::new()).get(Target::read(url).unwrap(), limits).await
}

async fn fault(url: &str, limits: Limits) -> FetchFault {
    get(url, limits).await.expect_err("it is not to be fetched").fault
}

#[tokio::test]
async fn what_lies_there_comes_with_its_type_and_nothing_of_ours_is_sent() {
    let web = Web::start().await;
    web.put("/a.png?w=1", Page::file("Image/PNG; charset=x", b"bytes")).put("/b", Page::chunked("text/plain", b"more"));

    let fetched = get(&web.url("/a.png?w=1#part"), LIMITS).await.unwrap();
    let chunked = get(&web.url("/b"), LIMITS).await.unwrap();

    assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, &b"bytes"[..]));
    assert_eq!(fetched.content_type().as_deref(), Some("image/png"));
    assert!(fetched.hops.is_empty() && fetched.whole >= fetched.head);
    assert_eq!(&chunked.body[..], b"more");
    let host = format!("host: {}", web.address());
    let expected = format!(
        "GET /a.png?w=1 HTTP/1.1\r\n{host}\r\nuser-agent: tests\r\naccept: */*\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(web.heads()[0], expected);
}

#[tokio::test]
async fn redirects_are_followed_three_times_each_checked_anew() {
    let (web, other) = (Web::start().await, Web::start().await);
    web.put("/1", Page::redirect("/2")).put("/2", Page::redirect(&other.url("/3")));
    other.put("/3", Page::redirect("4")).put("/4", Page::file("image/png", b"there"));
    web.put("/0", Page::redirect("/1")).put("/round", Page::redirect("/round"));
    web.put("/file", Page::redirect("file:///etc/passwd")).put("/nowhere", Page::answer(302, &[], b""));
    web.put("/inside", Page::redirect("http://10.0.0.1/a.png"));
    web.put("/port", Page::redirect("http://127.0.0.1:22/"));

    let found = get(&web.url("/1"), LIMITS).await.unwrap();

    assert_eq!((found.hops.len(), &found.body[..]), (3, &b"there"[..]));
    assert_eq!(found.target.url().as_str(), other.url("/4"));
    assert_eq!(fault(&web.url("/0"), LIMITS).await, FetchFault::Redirects(3));
    assert_eq!(fault(&web.url("/round"), LIMITS).await, FetchFault::Redirects(3));
    let scheme = TargetError::Scheme("file".to_owned());
    assert_eq!(fault(&web.url("/file"), LIMITS).await, FetchFault::RedirectTarget(scheme));
    assert_eq!(fault(&web.url("/port"), LIMITS).await, FetchFault::RedirectTarget(TargetError::PortOfOther(22)));
    assert!(matches!(fault(&web.url("/nowhere"), LIMITS).await, FetchFault::RedirectNowhere(_)));
    let inside = get(&web.url("/inside"), LIMITS).await.unwrap_err();
    assert!(matches!(inside.fault, FetchFault::Reach(ReachError::NotPublic { kind: Kind::Private, .. })), "{inside:?}");
    assert_eq!(inside.hops.len(), 1);
}

#[tokio::test]
async fn bytes_and_time_are_bounded() {
    let web = Web::start().await;
    let large = vec![b'a'; 100_001];
    web.put("/said", Page::file("image/png", &large)).put("/unsaid", Page::chunked("image/png", &large));
    web.put("/whole", Page::chunked("image/png", &large[1..]));
    web.put("/silent", Page::Silence);
    web.put("/stalls", Page::Stalls(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_vec()));
    let short = Limits { time: Duration::from_millis(300), ..LIMITS };

    let limit = LIMITS.bytes;
    assert_eq!(fault(&web.url("/said"), LIMITS).await, FetchFault::Large { limit, said: Some(100_001) });
    assert_eq!(fault(&web.url("/unsaid"), LIMITS).await, FetchFault::Large { limit, said: None });
    assert_eq!(get(&web.url("/whole"), LIMITS).await.unwrap().body.len(), limit);
    for (path, phase) in [("/silent", "no answer came"), ("/stalls", "the body did not end")] {
        let error = get(&web.url(path), short).await.unwrap_err();
        assert_eq!(error.fault, FetchFault::Slow { phase, limit: short.time });
        assert!(error.after >= short.time && error.after < Duration::from_secs(2), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_cut_off_or_is_not_http_is_told() {
    let web = Web::start().await;
    web.put("/cut", Page::cut("image/png", b"abc", 9)).put("/ssh", Page::Raw(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec()));
    web.put("/nothing", Page::Raw(Vec::new()));

    assert_eq!(fault(&web.url("/cut"), LIMITS).await, FetchFault::Cut { got: 3 });
    assert!(matches!(fault(&web.url("/ssh"), LIMITS).await, FetchFault::Http(_)));
    assert!(matches!(fault(&web.url("/nothing"), LIMITS).await, FetchFault::Http(_)));
}

#[tokio::test]
async fn a_status_that_is_not_a_success_is_an_answer_without_a_body() {
    let web = Web::start().await;
    web.put("/403", Page::answer(403, &[], b"no"));

    let fetched = get(&web.url("/403"), LIMITS).await.unwrap();

    assert_eq!((fetched.status.as_u16(), fetched.body.len()), (403, 0));
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);

    let refused = fault(&format!("http://127.0.0.1:{port}/"), LIMITS).await;

    assert_eq!(refused, FetchFault::Reach(ReachError::Refused { host: "127.0.0.1".to_owned(), port }));
}

#[tokio::test]
async fn certificates_are_verified_and_their_faults_told_apart() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let past = SystemTime::now() - Duration::from_secs(86_400);
    let hosts = [
        (authority.leaf("localhost"), None),
        (stranger.leaf("localhost"), Some(Tls::UntrustedAuthority)),
        (authority.leaf("elsewhere.example"), Some(Tls::WrongName)),
        (authority.leaf_until("localhost", past), Some(Tls::InvalidCertificate)),
    ];
    for (leaf, wrong) in hosts {
        let web = Web::start_tls(leaf.server(&["http/1.1"])).await;
        web.put("/", Page::file("image/png", b"there"));

        let got = fetcher(&authority).get(Target::read(&web.url("/")).unwrap(), LIMITS).await;

        match (got, wrong) {
            (Ok(fetched), None) => assert!(fetched.reached.tls > Duration::ZERO),
            (Err(FetchError { fault: FetchFault::Reach(ReachError::Tls { fault, .. }), .. }), Some(kind)) => {
                assert_eq!(fault.kind, kind, "{fault}");
            }
            (got, wrong) => panic!("{wrong:?}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn https_to_a_port_of_plain_http_is_told() {
    let web = Web::start().await;
    web.put("/", Page::file("image/png", b"there"));

    let fault = fault(&format!("https://localhost:{}/", web.address().port()), LIMITS).await;

    let FetchFault::Reach(ReachError::Tls { fault, .. }) = fault else { panic!("{fault:?}") };
    assert_eq!(fault.kind, Tls::Handshake, "{fault}");
}

#[tokio::test]
async fn without_a_list_nothing_is_asked_of_the_machine_itself() {
    let web = Web::start().await;
    let closed =
        Fetcher::new(Allowed::default(), Authority::new().client(&["http/1.1"]), HeaderValue::from_static("tests"));

    let refused = closed.get(Target::read(&web.url("/")).unwrap(), LIMITS).await.unwrap_err();

    let FetchFault::Reach(ReachError::NotPublic { address, kind, .. }) = refused.fault else { panic!("{refused:?}") };
    assert_eq!((address, kind), (IpAddr::from([127, 0, 0, 1]), Kind::Loopback));
    assert!(refused.after < Duration::from_millis(500), "{refused:?}");
    assert_eq!(web.connections(), 0);
}
