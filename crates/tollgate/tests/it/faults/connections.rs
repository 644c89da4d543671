use std::time::{Duration, SystemTime};

use tollgate_testing::{Answer, Authority, Deaf, Upstream};

use super::{Fault, Peer, chat, meet, meet_at};
use crate::server;

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_told_as_the_page_says() {
    let connect = "timeouts = { connect = \"100ms\" }";
    let faults = vec![
        Fault::deaf("connection refused", Deaf::refusing()),
        Fault::nowhere("no way to the address", "http://255.255.255.255/v1"),
        Fault::deaf("packets dropped on the way", Deaf::unreachable().await).with(connect),
        Fault::nowhere("host name unknown", "http://tollgate.invalid/v1"),
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn a_provider_whose_tls_fails_is_told_as_the_page_says() {
    let (ours, strange) = (Authority::new(), Authority::new());
    let tls = async |name, certificate: tollgate_testing::tls::Leaf| Fault {
        name,
        peer: Peer::Upstream(Upstream::start_tls(certificate.server(&["http/1.1"])).await),
        settings: "roots = { file = \"ca.pem\" }".to_owned(),
    };
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    let faults = vec![
        tls("certificate of an unknown authority", strange.leaf("localhost")).await,
        tls("certificate for another name", ours.leaf("api.example.com")).await,
        tls("certificate expired", ours.leaf_until("localhost", yesterday)).await,
        Fault::says("no TLS at a TLS address", Answer::usual()).await.with("roots = { file = \"ca.pem\" }"),
        Fault::deaf("TLS handshake without an end", Deaf::silent())
            .with("roots = { file = \"ca.pem\" }\ntimeouts = { connect = \"100ms\" }"),
    ];

    meet_at(server().file("ca.pem", &ours.pem()), faults, chat()).await;
}
