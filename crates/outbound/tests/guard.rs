//! The guard, seen from the network: in a namespace of its own every address there is leads to one listener, and the kernel
//! counts the connections that are opened.
//!
//! The tests that look run inside of it: each is started by another, which makes the namespace. DNS is a server of the
//! test's own. The same through a whole server: `crates/tollgate/tests/it/v1/images/network.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::net::IpAddr;
use std::time::{Duration, Instant};

use http::HeaderValue;
use tollgate_outbound::fetch::{FetchError, FetchFault};
use tollgate_outbound::{Allowed, Fetched, Fetcher, Limits, ReachError, Target};
use tollgate_testing::disguises::DISGUISES;
use tollgate_testing::names::Names;
use tollgate_testing::namespace::{EVERY_ADDRESS, SILENT, SILENT_WIRE, opened, run_in};
use tollgate_testing::{Authority, Page, Web};

struct Net {
    /// At port 80 of every address of both families.
    canary: Web,
    names: Names,
    fetcher: Fetcher,
}

impl Net {
    async fn start(allowed: &[&str]) -> Self {
        let canary = Web::listen("[::]:80", None).await;
        canary.put("/a.png", Page::file("image/png", b"there"));
        canary.put("/inside", Page::redirect("http://10.0.0.1/a.png"));
        canary.put("/name", Page::redirect("http://mixed.test/a.png"));
        let names = Names::start("127.0.0.1:53".parse().unwrap(), |name, number| {
            let addresses: &[&str] = match (name, number) {
                ("public.test" | "second.test", _) => &["203.1.113.5"],
                ("both.test", _) => &["203.1.113.5", "2606:4700::1111"],
                ("mixed.test", _) => &["203.1.113.5", "10.0.0.1"],
                ("private.test" | "files.internal", _) => &["10.0.0.1"],
                ("loopback.test", _) => &["127.0.0.1"],
                ("metadata.google.internal", _) => &["169.254.169.254"],
                ("wire.test", _) => &["168.63.129.16"],
                ("six.test", _) => &["fd00:ec2::254"],
                ("nat64.test", _) => &["64:ff9b::a9fe:a9fe"],
                // Public when it is looked at, private when it is connected to.
                ("rebinding.test", 0) => &["203.1.113.5"],
                ("rebinding.test", _) => &["127.0.0.1"],
                _ => return None,
            };
            Some(addresses.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect())
        })
        .await;
        let allowed = Allowed::read(allowed.iter().copied()).unwrap();
        let fetcher = Fetcher::new(allowed, Authority::new().client(&["http/1.1"]), HeaderValue::from_static("tests"));
        Self { canary, names, fetcher }
    }

    async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let target = Target::read(url).expect("it is a URL");
        self.fetcher.get(target, Limits { time: Duration::from_secs(2), ..Limits::default() }).await
    }

    async fn assert_refused(&self, url: &str) {
        let begin = Instant::now();
        // What is not even a target is refused before anything is resolved.
        if Target::read(url).is_ok() {
            let refused = self.get(url).await.expect_err(url);
            // Not every resolver knows `localhost.` with its dot.
            let closed =
                matches!(refused.fault, FetchFault::Reach(ReachError::NotPublic { .. } | ReachError::Dns { .. }));
            assert!(closed, "{url}: {refused:?}");
        }
        assert!(begin.elapsed() < Duration::from_secs(2), "{url}");
    }
}

#[test]
fn no_disguise_of_a_forbidden_address_opens_a_connection() {
    run_in(EVERY_ADDRESS, "disguises");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn disguises() {
    let net = Net::start(&[]).await;

    for url in DISGUISES {
        net.assert_refused(url).await;
    }
    for host in ["private", "loopback", "mixed", "wire", "six", "nat64"] {
        net.assert_refused(&format!("http://{host}.test/a.png")).await;
    }
    net.assert_refused("http://metadata.google.internal/computeMetadata/v1/").await;

    assert_eq!((opened(), net.canary.connections()), (0, 0));
    // What opens one is counted.
    assert_eq!(&net.get("http://203.1.113.5/a.png").await.unwrap().body[..], b"there");
    assert_eq!((opened(), net.canary.connections()), (1, 1));
}

#[test]
fn redirects_inward_open_no_second_connection() {
    run_in(EVERY_ADDRESS, "redirects");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn redirects() {
    let net = Net::start(&[]).await;
    for (number, url) in DISGUISES.into_iter().enumerate() {
        let path = format!("/{number}");
        net.canary.put(&path, Page::redirect(&url.replace('\t', "%09")));

        let refused = net.get(&format!("http://public.test{path}")).await.expect_err(url);

        let closed = matches!(
            refused.fault,
            FetchFault::Reach(ReachError::NotPublic { .. } | ReachError::Dns { .. })
                | FetchFault::RedirectTarget(_)
                | FetchFault::RedirectNowhere(_)
        );
        assert!(closed, "{url}: {refused:?}");
    }
    for path in ["/inside", "/name"] {
        net.get(&format!("http://public.test{path}")).await.expect_err(path);
    }

    let asked = DISGUISES.len() + 2;
    assert_eq!((opened(), net.canary.connections()), (asked, asked));
}

#[test]
fn a_name_that_changes_its_address_is_connected_to_where_it_was_looked_at() {
    run_in(EVERY_ADDRESS, "rebinding");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn rebinding() {
    let net = Net::start(&[]).await;

    let first = net.get("http://rebinding.test/a.png").await;
    assert!(first.is_ok(), "{first:?}");
    assert_eq!(net.names.asked("rebinding.test"), 1, "it is resolved once");
    assert!(net.canary.heads()[0].contains("host: rebinding.test\r\n"));
    net.assert_refused("http://rebinding.test/a.png").await;

    assert_eq!((opened(), net.canary.connections()), (1, 1));
}

#[test]
fn hosts_of_the_list_are_let_through_and_no_others() {
    run_in(EVERY_ADDRESS, "allowed");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn allowed() {
    let net = Net::start(&["files.internal", "10.9.0.0/16:8080"]).await;

    assert!(net.get("http://files.internal/a.png").await.is_ok());
    net.assert_refused("http://private.test/a.png").await;
    net.assert_refused("http://10.0.0.1/a.png").await;
    net.assert_refused("http://10.9.0.1/a.png").await;
    net.assert_refused("http://metadata.google.internal/").await;
    assert_eq!((opened(), net.canary.connections()), (1, 1));
    assert!(net.get("http://both.test/a.png").await.is_ok());
    assert!(net.get("http://nothing.test/a.png").await.is_err());
}

#[test]
fn a_host_that_swallows_packets_is_waited_for_no_longer_than_there_is_time() {
    run_in(SILENT_WIRE, "silence");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn silence() {
    let tls = Authority::new().client(&["http/1.1"]);
    let fetcher = Fetcher::new(Allowed::default(), tls, HeaderValue::from_static("tests"));
    let limits = Limits { time: Duration::from_millis(500), ..Limits::default() };
    let target = Target::read(&format!("http://{SILENT}/a.png")).unwrap();

    let error = fetcher.get(target, limits).await.expect_err("nobody answers");

    assert!(matches!(error.fault, FetchFault::Reach(ReachError::ConnectTimeout { .. })), "{error:?}");
    assert!(error.after >= limits.time && error.after < Duration::from_secs(2), "{error:?}");
    assert_eq!(opened(), 1);
}
