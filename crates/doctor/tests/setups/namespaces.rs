//! What loopback cannot show: lost packets and name servers that are dead, lie or do not know, each in a network of its own.
//!
//! Each test starts this very program in namespaces of its own (`unshare`), where the ignored test of the same name with
//! `inside_` before it builds the network with `ip` and looks. A wire whose other end nobody reads loses every packet.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tollgate_doctor::{Check, Question, Report};
use tollgate_testing::{Authority, Upstream};

use crate::stage::{KEY, assert_only, look, openai, said};

/// Runs a test of this file in networks of its own.
#[track_caller]
fn within(name: &str) {
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", &format!("namespaces::{name}")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn run(line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let Output { status, stderr, .. } = Command::new(words[0]).args(&words[1..]).output().unwrap();
    assert!(status.success(), "{line}: {}", String::from_utf8_lossy(&stderr));
}

/// Loopback, and a wire at whose other end 10.77.0.2 and fd77::2 are said to be, where nobody reads.
fn wires() {
    for line in [
        "ip link set lo up",
        "ip link add wire0 type veth peer name wire1",
        "ip addr add 10.77.0.1/24 dev wire0",
        "ip -6 addr add fd77::1/64 dev wire0 nodad",
        "ip link set wire0 up",
        "ip link set wire1 up",
        "ip neigh add 10.77.0.2 lladdr 02:00:00:00:00:01 dev wire0",
        "ip -6 neigh add fd77::2 lladdr 02:00:00:00:00:01 dev wire0",
    ] {
        run(line);
    }
}

/// Puts a text in the place of a file of the system, in this namespace alone.
fn instead(path: &str, text: &str, folder: &tempfile::TempDir) {
    let file = folder.path().join(path.replace('/', "_"));
    fs::write(&file, text).unwrap();
    run(&format!("mount --bind {} {path}", file.display()));
}

fn question(base_url: String) -> Question {
    Question {
        base_url: Some(base_url),
        key: Some(KEY.to_owned()),
        model: Some("gpt-4o-mini".to_owned()),
        patience: Duration::from_secs(2),
        ..Question::default()
    }
}

/// A name server that says this address of every name, or that there is no such name.
async fn name_server(address: Option<[u8; 4]>) {
    let socket = UdpSocket::bind("127.0.0.1:53").await.unwrap();
    tokio::spawn(async move {
        let mut bytes = [0; 512];
        loop {
            let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
            let mut answer = answer_to(&bytes[..length], address);
            answer.truncate(512);
            socket.send_to(&answer, from).await.unwrap();
        }
    });
}

fn answer_to(question: &[u8], address: Option<[u8; 4]>) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|b| *b == 0).unwrap() + 5;
    let is_a = question[end - 4..end - 2] == [0, 1];
    let mut answer = question[..end].to_vec();
    answer[2] = 0x81;
    answer[3] = if address.is_some() { 0x80 } else { 0x83 };
    answer[6..12].fill(0);
    if let (Some(address), true) = (address, is_a) {
        answer[7] = 1;
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address);
    }
    answer
}

/// A provider at this address, so that a name with several can lead to it.
async fn provider_at(address: IpAddr) -> SocketAddr {
    let upstream = Upstream::start().await;
    upstream.otherwise(openai);
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let own = listener.local_addr().unwrap();
    let to = upstream.address();
    tokio::spawn(async move {
        let _kept = upstream;
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut onward = tokio::net::TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut socket, &mut onward).await;
            });
        }
    });
    own
}

async fn looked_at(base_url: &str) -> Report {
    look(&question(base_url.to_owned())).await
}

#[test]
fn a_host_that_swallows_packets_is_told_from_one_that_refuses() {
    within("inside_a_host_that_swallows_packets_is_told_from_one_that_refuses");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn inside_a_host_that_swallows_packets_is_told_from_one_that_refuses() {
    wires();

    let silent = looked_at("http://10.77.0.2:8000/v1").await;
    let refused = looked_at("http://10.77.0.1:8000/v1").await;
    let nowhere = looked_at("http://192.0.2.1:8000/v1").await;

    assert_only(&silent, Check::Ipv4, "connect_timeout");
    assert!(said(&silent, Check::Ipv4).contains("does not answer at all"));
    assert_only(&refused, Check::Ipv4, "connection_refused");
    assert_only(&nowhere, Check::Ipv4, "connect_timeout");
    assert!(said(&nowhere, Check::Ipv4).contains("no route"), "{}", said(&nowhere, Check::Ipv4));
}

#[test]
fn a_hole_in_ipv6_is_told_while_ipv4_works() {
    within("inside_a_hole_in_ipv6_is_told_while_ipv4_works");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn inside_a_hole_in_ipv6_is_told_while_ipv4_works() {
    let folder = tempfile::tempdir().unwrap();
    wires();
    instead("/etc/hosts", "127.0.0.1 api.hole.test\nfd77::2 api.hole.test\n", &folder);
    let provider = provider_at("127.0.0.1".parse().unwrap()).await;

    let report = looked_at(&format!("http://api.hole.test:{}/v1", provider.port())).await;

    assert_only(&report, Check::Ipv6, "connect_timeout");
    assert!(report.entry(Check::Latency).unwrap().took.is_some(), "the rest is looked at over IPv4");
}

#[test]
fn a_dead_name_server_is_told_from_a_name_that_does_not_exist() {
    within("inside_a_dead_name_server_is_told_from_a_name_that_does_not_exist");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn inside_a_dead_name_server_is_told_from_a_name_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    wires();
    instead("/etc/resolv.conf", "nameserver 10.77.0.2\noptions timeout:1 attempts:1\n", &folder);
    let dead = looked_at("http://api.gateway.test/v1").await;
    name_server(None).await;
    fs::write(folder.path().join("_etc_resolv.conf"), "nameserver 127.0.0.1\n").unwrap();

    let missing = looked_at("https://api.opena1.com/v1").await;

    assert_only(&dead, Check::Names, "dns_failure");
    assert!(said(&dead, Check::Names).contains("no name server answers"), "{}", said(&dead, Check::Names));
    assert_only(&missing, Check::Names, "dns_failure");
    assert!(said(&missing, Check::Names).contains("did you mean api.openai.com?"), "{}", said(&missing, Check::Names));
}

#[test]
fn a_line_in_the_file_of_hosts_that_says_otherwise_is_told() {
    within("inside_a_line_in_the_file_of_hosts_that_says_otherwise_is_told");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn inside_a_line_in_the_file_of_hosts_that_says_otherwise_is_told() {
    let folder = tempfile::tempdir().unwrap();
    wires();
    name_server(Some([127, 0, 0, 1])).await;
    instead("/etc/hosts", "10.77.0.1 api.pinned.test\n", &folder);
    instead("/etc/resolv.conf", "nameserver 127.0.0.1\n", &folder);

    let report = looked_at("http://api.pinned.test:8000/v1").await;

    assert_only(&report, Check::Ipv4, "connection_refused");
    assert!(
        said(&report, Check::Names).contains("the file of hosts says so: 10.77.0.1"),
        "{}",
        said(&report, Check::Names)
    );
}

#[test]
fn a_wrong_clock_is_told_by_plain_http_where_tls_tells_no_time() {
    within("inside_a_wrong_clock_is_told_by_plain_http_where_tls_tells_no_time");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn inside_a_wrong_clock_is_told_by_plain_http_where_tls_tells_no_time() {
    run("ip link set lo up");
    let authority = Authority::new();
    let ended = SystemTime::now() - Duration::from_secs(3600);
    let upstream = Upstream::start_tls(authority.leaf_until("localhost", ended).server(&["http/1.1"])).await;
    upstream.otherwise(openai);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let question = Question { ca_file: Some(folder.path().join("ca.pem")), ..question(upstream.base_url()) };

    let without = look(&question).await;
    clock_at_port_80(SystemTime::now() - Duration::from_secs(86_400)).await;
    let with = look(&question).await;

    assert_only(&without, Check::Tls, "tls_certificate_invalid");
    assert_only(&with, Check::Clock, "clock_skew");
    assert!(upstream.received().iter().all(|received| received.header("authorization").is_none()));
}

/// A site that redirects to https, as most do, and says what time it is.
async fn clock_at_port_80(time: SystemTime) {
    let date = httpdate::fmt_http_date(time);
    let answer =
        format!("HTTP/1.1 301 Moved\r\ndate: {date}\r\nlocation: https://localhost/\r\ncontent-length: 0\r\n\r\n");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:80").await.unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.write_all(answer.as_bytes()).await;
            // What is not read by then would reset the connection.
            let _ = socket.read(&mut [0; 4096]).await;
        }
    });
}
