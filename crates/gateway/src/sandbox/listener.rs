//! A provider that breaks, for one connection: a listener on the loopback interface, at a port that was free.
//!
//! In: a [`Fault`] and a [`Script`]. Out: a [`Ground`] with the address to connect to, where that fault happens. It takes
//! one connection and is gone after it, or after [`LIFE`]; at most [`MOST`] live at once. Certificates are made for the
//! occasion and trusted by nobody else.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tollgate_errors::trigger::Fault;

use crate::catalog::{Provider, Upstream};
use crate::executor::spawn;
use crate::tls;
use crate::worker::{Shared, Worker};

/// So many broken connections at once, over the whole process.
pub(crate) const MOST: usize = 64;
/// No listener lives longer.
const LIFE: Duration = Duration::from_secs(20);
/// Between the drops of an answer that does not end.
const DRIP: Duration = Duration::from_millis(200);
/// A label has 63 characters at most (RFC 1035 §2.3.4): a name that no resolver asks anybody for.
const LABEL: usize = 64;
/// The name that certificates are made for, or not.
const NAME: &str = "sandbox.invalid";

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

/// What is sent, and what happens then.
#[derive(Debug, Default)]
pub(super) struct Script {
    sent: Vec<u8>,
    then: Then,
}

#[derive(Debug, Default)]
enum Then {
    /// The connection is closed.
    #[default]
    Close,
    /// It is reset.
    Reset,
    /// Nothing, until the other side closes.
    Nothing,
    /// This again and again.
    Drip(Vec<u8>),
}

impl Script {
    /// A fault from the first byte on; `stream` says what the caller waits for.
    pub(super) fn of(fault: Fault, stream: bool) -> Self {
        let page = |status: &str, more: &str, text: &str| {
            let body = format!("<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>\n");
            let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\n{more}connection: close\r\n");
            Self { sent: format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes(), then: Then::Close }
        };
        let raw = |sent: &str, then| Self { sent: sent.as_bytes().to_vec(), then };
        match fault {
            Fault::Reset => raw("", Then::Reset),
            Fault::NoAnswer => raw("", Then::Nothing),
            Fault::Garbage => raw("SSH-2.0-sandbox\r\n\r\n", Then::Close),
            Fault::NoEvent => Self { sent: STREAM_HEAD.into(), then: Then::Nothing },
            Fault::Endless if stream => {
                Self { sent: STREAM_HEAD.into(), then: Then::Drip(chunk(b": still at it\n\n")) }
            }
            Fault::Endless => Self { sent: json_head(64 << 10), then: Then::Drip(b" ".to_vec()) },
            Fault::WebPage => page("200 OK", "", "Welcome to the sandbox"),
            Fault::Redirect => page("307 Temporary Redirect", "location: https://sandbox.invalid/\r\n", "Moved"),
            Fault::Firewall => page("403 Forbidden", "", "Access denied"),
            Fault::Edge => page("524 A Timeout Occurred", "", "524: A timeout occurred"),
            Fault::BrokenJson => {
                let body = br#"{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"#;
                Self { sent: [&json_head(body.len())[..], body].concat(), then: Then::Close }
            }
            // The server of a plain port, greeted in TLS.
            Fault::PlainToTls => raw("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n", Then::Close),
            Fault::Silence
            | Fault::Cut
            | Fault::NoName
            | Fault::Refused
            | Fault::NoConnection
            | Fault::UnknownAuthority
            | Fault::OtherName
            | Fault::Expired => Self::default(),
        }
    }

    /// A fault behind these events of a stream.
    pub(super) fn in_a_stream(fault: Fault, events: &[Vec<u8>]) -> Self {
        let mut sent = STREAM_HEAD.as_bytes().to_vec();
        events.iter().for_each(|event| sent.extend(chunk(event)));
        if fault == Fault::Garbage {
            sent.extend(chunk(b"data: {\"id\": SSH-2.0-sandbox\n\n"));
        }
        Self { sent, then: Then::of(fault, chunk(b": still at it\n\n")) }
    }

    /// A fault in the middle of this JSON.
    pub(super) fn in_json(fault: Fault, body: &[u8]) -> Self {
        let half = &body[..body.len() / 2];
        Self { sent: [&json_head(body.len())[..], half].concat(), then: Then::of(fault, b" ".to_vec()) }
    }
}

impl Then {
    fn of(fault: Fault, drop: Vec<u8>) -> Self {
        match fault {
            Fault::Reset => Self::Reset,
            Fault::Silence => Self::Nothing,
            Fault::Endless => Self::Drip(drop),
            _ => Self::Close,
        }
    }
}

fn json_head(length: usize) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
    .into_bytes()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// Where a fault happens.
pub(super) struct Ground {
    pub(super) upstream: Upstream,
    /// What has to stay as it is for the fault to happen.
    _held: Held,
}

enum Held {
    Nothing,
    /// Bound, and nobody listens.
    Deaf {
        _socket: TcpSocket,
    },
    Full {
        _listener: TcpListener,
        _waiting: Vec<std::net::TcpStream>,
        _slot: Slot,
    },
}

/// One of the [`MOST`].
struct Slot(Arc<Shared>);

impl Slot {
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let before = shared.broken_connections.fetch_add(1, Ordering::Relaxed);
        let slot = Self(shared.clone());
        (before < MOST).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.broken_connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Ground {
    /// Prepares it.
    ///
    /// # Errors
    /// In words why there is none: too many live, or the system gives no socket.
    pub(super) fn prepare(worker: &Worker, provider: &Provider, fault: Fault, script: Script) -> Result<Self, String> {
        let slot = Slot::take(&worker.shared).ok_or_else(|| format!("{MOST} of them live already"))?;
        Self::make(provider, fault, script, slot).map_err(|error| error.to_string())
    }

    fn make(provider: &Provider, fault: Fault, script: Script, slot: Slot) -> io::Result<Self> {
        let at = |port, held| Self { upstream: provider.upstream_at("127.0.0.1", port), _held: held };
        match fault {
            Fault::NoName => {
                let host = format!("{}.invalid", "x".repeat(LABEL));
                Ok(Self { upstream: provider.upstream_at(&host, 443), _held: Held::Nothing })
            }
            Fault::Refused => {
                let socket = bound()?;
                Ok(at(socket.local_addr()?.port(), Held::Deaf { _socket: socket }))
            }
            Fault::NoConnection => {
                let (listener, waiting) = full()?;
                let port = listener.local_addr()?.port();
                Ok(at(port, Held::Full { _listener: listener, _waiting: waiting, _slot: slot }))
            }
            _ => {
                let listener = bound()?.listen(1)?;
                let mut ground = at(listener.local_addr()?.port(), Held::Nothing);
                let tls = certificates(fault).map_err(io::Error::other)?;
                ground.upstream.tls = tls.client;
                let server = tls.server;
                spawn(async move {
                    let _ = tokio::time::timeout(LIFE, serve(listener, server, script)).await;
                    drop(slot);
                });
                Ok(ground)
            }
        }
    }
}

fn bound() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket)
}

/// A listener whose queue is full, so that what comes is dropped without a word. The queue holds one more than it is
/// told; connections that are begun beyond that stay begun.
fn full() -> io::Result<(TcpListener, Vec<std::net::TcpStream>)> {
    let listener = bound()?.listen(1)?;
    let address = listener.local_addr()?;
    let waiting = (0..6).filter_map(|_| begin(address).ok()).collect();
    Ok((listener, waiting))
}

/// Begins a connection, and does not wait for it.
fn begin(address: SocketAddr) -> io::Result<std::net::TcpStream> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// Both sides of TLS; none in clear text.
#[derive(Default)]
struct Certificates {
    client: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
    server: Option<Arc<ServerConfig>>,
}

fn certificates(fault: Fault) -> Result<Certificates, Box<dyn std::error::Error + Send + Sync>> {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    if !matches!(fault, Fault::PlainToTls | Fault::UnknownAuthority | Fault::OtherName | Fault::Expired) {
        return Ok(Certificates::default());
    }
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let name = if fault == Fault::OtherName { "somebody-else.invalid" } else { NAME };
    let mut params = CertificateParams::new([name.to_owned()])?;
    if fault == Fault::Expired {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 12, 31);
    }
    let key = KeyPair::generate()?;
    let leaf = params.signed_by(&key, &authority)?;
    let mut roots = RootCertStore::empty();
    match fault {
        Fault::UnknownAuthority => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        _ => roots.add(authority.der().clone())?,
    }
    let client = tls::client_trusting(roots, crate::settings::HttpVersion::Http1)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
    let speaks_tls = fault != Fault::PlainToTls;
    Ok(Certificates {
        client: Some((client, ServerName::try_from(NAME)?)),
        server: speaks_tls.then(|| Arc::new(server)),
    })
}

/// Takes one connection, and plays its part.
async fn serve(listener: TcpListener, tls: Option<Arc<ServerConfig>>, script: Script) -> io::Result<()> {
    let (mut tcp, _) = listener.accept().await?;
    drop(listener);
    if let Some(config) = tls {
        // It does not come about: the client has its reasons.
        let mut tls = TlsAcceptor::from(config).accept(tcp).await?;
        return tls.shutdown().await;
    }
    // Read first what was sent: a close with something unread would be a reset.
    read_request(&mut tcp).await?;
    tcp.write_all(&script.sent).await?;
    match script.then {
        Then::Close => tcp.shutdown().await,
        Then::Reset => tcp.set_zero_linger(),
        Then::Nothing => until_closed(&mut tcp).await,
        Then::Drip(drop) => loop {
            tokio::time::sleep(DRIP).await;
            tcp.write_all(&drop).await?;
        },
    }
}

/// Reads a whole request, or what is none: a greeting in TLS.
async fn read_request(tcp: &mut TcpStream) -> io::Result<()> {
    const TLS_HANDSHAKE: u8 = 22;
    const HEAD_MAX: usize = 16 << 10;
    let mut head = Vec::new();
    let end = loop {
        if tcp.read_buf(&mut head).await? == 0 || head[0] == TLS_HANDSHAKE || head.len() > HEAD_MAX {
            return Ok(());
        }
        if let Some(at) = memchr::memmem::find(&head, b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let mut owed = length.unwrap_or(0).saturating_sub(head.len() - end);
    let mut scratch = vec![0; 16 << 10];
    while owed > 0 {
        match tcp.read(&mut scratch).await? {
            0 => return Ok(()),
            n => owed = owed.saturating_sub(n),
        }
    }
    Ok(())
}

async fn until_closed(tcp: &mut TcpStream) -> io::Result<()> {
    let mut scratch = [0; 64];
    while tcp.read(&mut scratch).await? > 0 {}
    Ok(())
}
