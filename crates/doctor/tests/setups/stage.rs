//! A provider as OpenAI's is, a proxy, and what is asserted of a report.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tollgate_doctor::{Check, Question, Report, Verdict, examine};
use tollgate_testing::upstream::Received;
use tollgate_testing::{Answer, Upstream};

/// What the provider takes: the form of OpenAI's keys.
pub(crate) const KEY: &str = "sk-proj-0123456789abcdefghijklmnopqrstT3BlbkFJ0123456789abcdefghijklmnop";

/// A question about an endpoint of loopback, with all that it needs.
pub(crate) fn question(base_url: impl Into<String>) -> Question {
    Question {
        base_url: Some(base_url.into()),
        key: Some(KEY.to_owned()),
        model: Some("gpt-4o-mini".to_owned()),
        patience: Duration::from_secs(5),
        ..Question::default()
    }
}

pub(crate) async fn look(question: &Question) -> Report {
    examine(question, &mut |_| {}).await
}

/// The report has this finding and no other.
#[track_caller]
pub(crate) fn assert_only(report: &Report, check: Check, slug: &str) {
    let found: Vec<_> =
        report.findings().map(|entry| (entry.check.name(), entry.cause.map_or("none", |cause| cause.slug))).collect();
    assert_eq!(found, [(check.name(), slug)], "{:#}", report.to_json());
    assert!(!report.to_json().to_string().contains(KEY), "a key is shown");
    assert!(report.exchanges.iter().all(|text| !text.contains(KEY)), "a key is in the exchanges");
}

/// Nothing is wrong.
#[track_caller]
pub(crate) fn assert_well(report: &Report) {
    assert!(report.is_well(), "{:#}", report.to_json());
    assert_eq!(report.entry(Check::Latency).map(|entry| entry.verdict), Some(Verdict::Fine), "{:#}", report.to_json());
}

/// All that a report says of a check.
pub(crate) fn said(report: &Report, check: Check) -> String {
    let entry = report.entry(check).unwrap();
    format!("{}\n{}\n{}", entry.what, entry.evidence.join("\n"), entry.remedy.as_deref().unwrap_or(""))
}

/// A provider that answers as OpenAI's does.
pub(crate) async fn provider() -> Upstream {
    let upstream = Upstream::start().await;
    upstream.otherwise(openai);
    upstream
}

pub(crate) async fn provider_with_tls(config: Arc<ServerConfig>) -> Upstream {
    let upstream = Upstream::start_tls(config).await;
    upstream.otherwise(openai);
    upstream
}

pub(crate) fn error(status: u16, message: &str, kind: &str, code: &str) -> Answer {
    let code = if code.is_empty() { "null".to_owned() } else { format!("{code:?}") };
    Answer::json(status, format!(r#"{{"error":{{"message":{message:?},"type":{kind:?},"param":null,"code":{code}}}}}"#))
}

pub(crate) fn path(received: &Received) -> String {
    received.line().split(' ').nth(1).unwrap_or("").to_owned()
}

/// OpenAI's own answers, with their words.
pub(crate) fn openai(received: &Received) -> Answer {
    let path = path(received);
    if !["/v1/models", "/v1/chat/completions"].contains(&path.as_str()) {
        let method = received.line().split(' ').next().unwrap_or("");
        return error(404, &format!("Invalid URL ({method} {path})"), "invalid_request_error", "");
    }
    match received.header("authorization") {
        None => error(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth \
             (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the \
             API from your browser and are prompted for a username and password.",
            "invalid_request_error",
            "",
        ),
        Some(value) if value == format!("Bearer {KEY}") => accepted(received, &path),
        Some(_) => error(
            401,
            "Incorrect API key provided: sk-proj-********************wxyz. You can find your API key at \
             https://platform.openai.com/account/api-keys.",
            "invalid_request_error",
            "invalid_api_key",
        ),
    }
}

pub(crate) fn list() -> Answer {
    let models = ["gpt-4o-mini", "gpt-4o", "gpt-3.5-turbo", "text-embedding-3-small"];
    let rows: Vec<String> = models.iter().map(|name| format!(r#"{{"id":"{name}","object":"model"}}"#)).collect();
    Answer::json(200, format!(r#"{{"object":"list","data":[{}]}}"#, rows.join(",")))
}

pub(crate) fn accepted(received: &Received, path: &str) -> Answer {
    if path == "/v1/models" {
        return list();
    }
    let text = received.text();
    let is_known =
        ["gpt-4o-mini", "gpt-4o", "gpt-3.5-turbo"].iter().any(|name| text.contains(&format!("\"model\":\"{name}\"")));
    match (is_known, text.contains("\"stream\":true")) {
        (false, _) => error(
            404,
            "The model `asked` does not exist or you do not have access to it.",
            "invalid_request_error",
            "model_not_found",
        ),
        (true, false) => Answer::usual(),
        (true, true) => stream(),
    }
}

pub(crate) fn chunk(text: &str) -> String {
    format!(
        r#"{{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
    )
}

/// Six pieces, one after the other.
pub(crate) fn stream() -> Answer {
    let pause = Duration::from_millis(20);
    let pieces = ["1", " 2", " 3", " 4", " 5", " 6"].iter();
    pieces.fold(Answer::stream(), |answer, text| answer.event(&chunk(text)).think(pause)).event("[DONE]")
}

/// What a proxy does with who asks it.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Wants this `Proxy-Authorization`, and lets through to this address, whatever was asked for.
    Password(&'static str, SocketAddr),
    /// Lets through to this address, whatever was asked for.
    Leads(SocketAddr),
    /// Opens TLS itself.
    Opens(Arc<ServerConfig>),
    /// Finds nothing, and says so.
    Lost,
}

/// An HTTP proxy.
pub(crate) struct Proxy {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(socket, manner.clone()));
            }
        });
        Self { address, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut socket: TcpStream, manner: Manner) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = socket.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
    match manner {
        Manner::Password(wanted, to) if head.contains(&wanted.to_ascii_lowercase()) => forward(socket, to, OPEN).await,
        Manner::Password(..) => {
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"office\"\r\ncontent-length: 0\r\n\r\n";
            let _ = socket.write_all(answer).await;
        }
        Manner::Leads(to) => forward(socket, to, OPEN).await,
        Manner::Opens(config) => {
            let _ = socket.write_all(OPEN).await;
            // A client that does not trust it ends the handshake.
            let _ = tokio_rustls::TlsAcceptor::from(config).accept(socket).await;
        }
        Manner::Lost => {
            let body = "<html><body>The requested host could not be resolved.</body></html>";
            let answer = format!(
                "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    }
}

pub(crate) async fn forward(mut socket: TcpStream, to: SocketAddr, open: &[u8]) {
    let Ok(mut onward) = TcpStream::connect(to).await else { return };
    if socket.write_all(open).await.is_ok() {
        let _ = copy_bidirectional(&mut socket, &mut onward).await;
    }
}
