//! SOCKS proxies: a small one on loopback (RFC 1928, RFC 1929), and each way in which it refuses.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tollgate_doctor::{Check, Question, Report, Verdict};
use tollgate_testing::{Authority, Upstream};

use crate::stage::{assert_only, assert_well, forward, look, openai, provider, provider_with_tls, question, said};

const PASSWORD: &str = "secret-word";

/// What the proxy does.
#[derive(Clone, Copy)]
enum Manner {
    /// Leads everybody to this address.
    Leads(SocketAddr),
    /// The same for whoever knows the user name `office-user` and the password.
    Password(SocketAddr),
    /// Answers every request with this code.
    Refuses(u8),
}

/// A SOCKS proxy.
struct Socks {
    address: SocketAddr,
    /// Where it was asked to go.
    asked: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Socks {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(socket, manner, noted.clone()));
            }
        });
        Self { address, asked, accepting }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Socks {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut socket: TcpStream, manner: Manner, asked: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let _version = socket.read_u8().await.ok()?;
    let methods = read(&mut socket).await?;
    let wanted = if matches!(manner, Manner::Password(_)) { 2 } else { 0 };
    if !methods.contains(&wanted) {
        return socket.write_all(&[5, 0xff]).await.ok();
    }
    socket.write_all(&[5, wanted]).await.ok()?;
    if wanted == 2 {
        let _version = socket.read_u8().await.ok()?;
        let (user, password) = (read(&mut socket).await?, read(&mut socket).await?);
        let is_right = user == b"office-user" && password == PASSWORD.as_bytes();
        socket.write_all(&[1, u8::from(!is_right)]).await.ok()?;
        if !is_right {
            return None;
        }
    }
    let mut head = [0; 4];
    socket.read_exact(&mut head).await.ok()?;
    let host = match head[3] {
        1 => format!("address {}", std::net::Ipv4Addr::from(socket.read_u32().await.ok()?)),
        3 => format!("name {}", String::from_utf8_lossy(&read(&mut socket).await?)),
        _ => format!("address {}", std::net::Ipv6Addr::from(socket.read_u128().await.ok()?)),
    };
    let port = socket.read_u16().await.ok()?;
    asked.lock().unwrap().push(format!("{host} {port}"));
    match manner {
        Manner::Refuses(code) => socket.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?,
        Manner::Leads(to) | Manner::Password(to) => forward(socket, to, &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await,
    }
    Some(())
}

/// A text behind its length.
async fn read(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::from(socket.read_u8().await.ok()?)];
    socket.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

fn with(base_url: &str, variable: &str, value: &str) -> Question {
    Question { variables: vec![(variable.to_owned(), value.to_owned())], ..question(base_url) }
}

/// A host with TLS that only the proxy can find, and a question that trusts it.
async fn hidden_host() -> (Upstream, tempfile::TempDir) {
    let authority = Authority::new();
    let upstream = provider_with_tls(authority.leaf("api.gateway.test").server(&["http/1.1"])).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    (upstream, folder)
}

#[tokio::test]
async fn a_healthy_provider_behind_a_socks_proxy_has_no_finding() {
    let (upstream, folder) = hidden_host().await;
    let socks = Socks::start(Manner::Leads(upstream.address())).await;
    let mut question = with("https://api.gateway.test/v1", "ALL_PROXY", &format!("socks5h://{}", socks.address));
    question.ca_file = Some(folder.path().join("ca.pem"));

    let report = look(&question).await;

    assert_well(&report);
    let said = said(&report, Check::Proxy);
    assert!(said.contains("ALL_PROXY leads through the SOCKS proxy") && said.contains("[socks]'"), "{said}");
    assert!(socks.asked().iter().all(|asked| asked == "name api.gateway.test 443"), "{:?}", socks.asked());
}

#[tokio::test]
async fn a_user_name_and_a_password_are_told_and_not_shown() {
    let (upstream, folder) = hidden_host().await;
    let socks = Socks::start(Manner::Password(upstream.address())).await;
    let asking = |credentials: &str| {
        let proxy = format!("socks5h://{credentials}{}", socks.address);
        let question = with("https://api.gateway.test/v1", "https_proxy", &proxy);
        Question { ca_file: Some(folder.path().join("ca.pem")), ..question }
    };

    let right = look(&asking(&format!("office-user:{PASSWORD}@"))).await;
    let wrong = look(&asking("office-user:another-word@")).await;
    let without = look(&asking("")).await;

    assert_well(&right);
    assert_only(&wrong, Check::Proxy, "proxy_misconfigured");
    assert!(said(&wrong, Check::Proxy).contains("refuses the user name and password"));
    assert_only(&without, Check::Proxy, "proxy_misconfigured");
    assert!(said(&without, Check::Proxy).contains("wants a user name and a password"));
    for report in [right, wrong, without] {
        let shown = format!("{} {}", report.to_json(), report.exchanges.join(" "));
        assert!(!["office-user", PASSWORD, "another-word"].iter().any(|word| shown.contains(word)), "{shown}");
    }
}

#[tokio::test]
async fn with_socks5_this_machine_finds_the_host() {
    let upstream = provider().await;
    let socks = Socks::start(Manner::Leads(upstream.address())).await;
    let port = upstream.address().port();
    let base_url = format!("http://localhost:{port}/v1");

    let found = look(&with(&base_url, "http_proxy", &format!("socks5://{}", socks.address))).await;
    let by_name = look(&with(&base_url, "http_proxy", &format!("socks5h://{}", socks.address))).await;

    for report in [found, by_name] {
        assert_well(&report);
        assert_eq!(report.entry(Check::Proxy).unwrap().verdict, Verdict::Note, "the host is local");
    }
    let asked = socks.asked();
    assert!(asked[0].starts_with("address "), "{asked:?}");
    assert_eq!(asked.last(), Some(&format!("name localhost {port}")));
}

async fn refusing(code: u8) -> Report {
    let socks = Socks::start(Manner::Refuses(code)).await;
    look(&with("https://api.gateway.test/v1", "all_proxy", &format!("socks5h://{}", socks.address))).await
}

#[tokio::test]
async fn each_refusal_of_a_socks_proxy_is_a_finding_of_its_own() {
    for (code, slug, words) in [
        (1, "proxy_misconfigured", "general failure"),
        (2, "proxy_misconfigured", "does not let through to api.gateway.test:443"),
        (3, "connect_timeout", "network unreachable"),
        (4, "connect_timeout", "cannot reach api.gateway.test:443: host unreachable"),
        (5, "connection_refused", "connection refused"),
        (6, "connect_timeout", "time to live"),
        (8, "proxy_misconfigured", "write socks5://"),
    ] {
        let report = refusing(code).await;

        assert_only(&report, Check::Proxy, slug);
        assert!(said(&report, Check::Proxy).contains(words), "{}", said(&report, Check::Proxy));
    }
}

#[tokio::test]
async fn what_listens_and_is_not_a_socks_proxy_is_told() {
    let upstream = provider().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    let hasty = |proxy: String| Question {
        patience: std::time::Duration::from_millis(600),
        ..with("https://api.gateway.test/v1", "ALL_PROXY", &proxy)
    };

    let web = look(&hasty(format!("socks5://{}", upstream.address()))).await;
    let gone = look(&with("https://api.gateway.test/v1", "ALL_PROXY", &format!("socks5://{gone}"))).await;

    assert_only(&web, Check::Proxy, "proxy_misconfigured");
    assert!(said(&web, Check::Proxy).contains("does not speak SOCKS 5"), "{}", said(&web, Check::Proxy));
    assert_only(&gone, Check::Proxy, "proxy_misconfigured");
    assert!(said(&gone, Check::Proxy).contains("the connection was refused"), "{}", said(&gone, Check::Proxy));
}

#[tokio::test]
async fn a_socks_proxy_that_swallows_local_calls_is_told_with_no_proxy() {
    let upstream = Upstream::start().await;
    upstream.otherwise(openai);
    let socks = Socks::start(Manner::Refuses(2)).await;

    let report = look(&with(&upstream.base_url(), "ALL_PROXY", &format!("socks5h://{}", socks.address))).await;

    assert_only(&report, Check::Proxy, "proxy_intercepts_local");
}

#[tokio::test]
async fn a_scheme_that_clients_refuse_is_told() {
    for scheme in ["socks", "socks4"] {
        let report =
            look(&with("https://api.gateway.test/v1", "ALL_PROXY", &format!("{scheme}://127.0.0.1:1080"))).await;

        assert_only(&report, Check::Proxy, "proxy_misconfigured");
        assert!(said(&report, Check::Proxy).contains("write socks5h://"), "{}", said(&report, Check::Proxy));
    }
}
