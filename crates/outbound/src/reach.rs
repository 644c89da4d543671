//! From a target to a connection: resolve once, look at every address, connect to one that was looked at, TLS.
//!
//! In: a [`Target`] and what the operator lets through. Out: a connection, how long each step took, or what stood in the
//! way. One address that is not public refuses the name as a whole: a name that has both kinds is how a guard is tricked.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::address::{Kind, not_public};
use crate::allow::Allowed;
use crate::target::Target;
use crate::tls::Fault;

/// How many addresses of one name are tried.
const TRIED: usize = 8;
/// How long the next address waits for the one before it, as RFC 8305 has it.
const STAGGER: Duration = Duration::from_millis(250);

/// A connection to an address that was looked at.
#[derive(Debug)]
pub enum Connection {
    /// http.
    Plain(TcpStream),
    /// https.
    Tls(Box<TlsStream<TcpStream>>),
}

/// How long the steps took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Until the name was resolved.
    pub dns: Duration,
    /// Until the connection stood.
    pub connect: Duration,
    /// Until TLS was agreed.
    pub tls: Duration,
    /// What the host's addresses are, where only the list of allowed hosts let them through.
    pub inside: Option<Kind>,
}

/// What stood in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// The name has no address.
    #[error("the name {host} cannot be resolved: {reason}")]
    Dns {
        /// The name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// The resolver gave no answer in time.
    #[error("the name {host} was not resolved within {after:?}")]
    DnsTimeout {
        /// The name.
        host: String,
        /// After how long.
        after: Duration,
    },
    /// An address is not on the public internet, and nobody has let it through.
    #[error("{host} leads to {kind}, which is not fetched from")]
    NotPublic {
        /// The host as the URL has it.
        host: String,
        /// The address: for operators, as it may be one of an internal name.
        address: IpAddr,
        /// What it is.
        kind: Kind,
    },
    /// Nobody listens there.
    #[error("nothing listens at port {port} of {host}: the connection was refused")]
    Refused {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// There is no way there.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// The system's words.
        reason: String,
    },
    /// Nobody answered.
    #[error("{host} did not accept a connection within {after:?}")]
    ConnectTimeout {
        /// The host.
        host: String,
        /// After how long.
        after: Duration,
    },
    /// No TLS came about.
    #[error("no TLS connection to {host}: {}", fault.words)]
    Tls {
        /// The host.
        host: String,
        /// Why.
        fault: Fault,
    },
    /// TLS was not agreed in time.
    #[error("{host} did not agree on TLS within {after:?}")]
    TlsTimeout {
        /// The host.
        host: String,
        /// After how long.
        after: Duration,
    },
}

/// Connects to the target by `deadline`.
///
/// # Errors
/// As [`ReachError`] tells.
pub async fn connect(
    target: &Target,
    allowed: &Allowed,
    tls: &Arc<ClientConfig>,
    deadline: Instant,
) -> Result<(Connection, Times), ReachError> {
    let begin = Instant::now();
    let (addresses, inside) = addresses(target, allowed, deadline).await?;
    let dns = begin.elapsed();
    let tcp = tcp(target, addresses, deadline).await?;
    let connect = begin.elapsed() - dns;
    // Without it, Nagle and delayed acknowledgements hold a small write back for up to 40 ms.
    let _ = tcp.set_nodelay(true);
    if !target.is_https() {
        return Ok((Connection::Plain(tcp), Times { dns, connect, tls: Duration::ZERO, inside }));
    }
    let stream = agree(target, tls, tcp, deadline).await?;
    let times = Times { dns, connect, tls: begin.elapsed() - dns - connect, inside };
    Ok((Connection::Tls(Box::new(stream)), times))
}

/// Every address of the host, each of them looked at, and what they are that the list alone let through.
async fn addresses(
    target: &Target,
    allowed: &Allowed,
    deadline: Instant,
) -> Result<(Vec<SocketAddr>, Option<Kind>), ReachError> {
    let found = match target.literal() {
        Some(address) => vec![SocketAddr::new(address, target.port())],
        None => resolve(target, deadline).await?,
    };
    let mut inside = None;
    for address in &found {
        let ip = address.ip();
        let Some(kind) = not_public(ip) else { continue };
        if !allowed.lets(target.host(), ip, target.port(), kind) {
            return Err(ReachError::NotPublic { host: target.host().to_owned(), address: ip, kind });
        }
        inside = Some(kind);
    }
    Ok((found, inside))
}

async fn resolve(target: &Target, deadline: Instant) -> Result<Vec<SocketAddr>, ReachError> {
    let host = target.host();
    let begin = Instant::now();
    let no_address = |reason: &str| ReachError::Dns { host: host.to_owned(), reason: reason.to_owned() };
    let found: Vec<_> = timeout_at(deadline.into(), tokio::net::lookup_host((host, target.port())))
        .await
        .map_err(|_| ReachError::DnsTimeout { host: host.to_owned(), after: begin.elapsed() })?
        .map_err(|error| no_address(&error.to_string()))?
        .collect();
    if found.is_empty() { Err(no_address("it has no address")) } else { Ok(found) }
}

/// The first address that answers. A dead one holds the next up for a quarter of a second, not for the whole time.
async fn tcp(target: &Target, addresses: Vec<SocketAddr>, deadline: Instant) -> Result<TcpStream, ReachError> {
    let begin = Instant::now();
    let mut tries = JoinSet::new();
    let mut waiting = interleaved(addresses).into_iter().take(TRIED);
    let mut last = None;
    loop {
        if let Some(address) = waiting.next() {
            tries.spawn(TcpStream::connect(address));
        }
        let soon = if waiting.len() == 0 { deadline } else { deadline.min(Instant::now() + STAGGER) };
        match timeout_at(soon.into(), tries.join_next()).await {
            Ok(Some(Ok(Ok(tcp)))) => return Ok(tcp),
            Ok(Some(Ok(Err(error)))) => last = Some(error),
            // A task that was cancelled or panicked: neither happens to a connect.
            Ok(Some(Err(error))) => last = Some(io::Error::other(error)),
            Ok(None) => return Err(refused(target, last.as_ref())),
            Err(_) if Instant::now() >= deadline => {
                return Err(ReachError::ConnectTimeout { host: target.host().to_owned(), after: begin.elapsed() });
            }
            Err(_) => {}
        }
    }
}

/// The resolver's first family first, then by turns.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let count = addresses.len();
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else { return addresses };
    let (one, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first);
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut mixed = Vec::with_capacity(count);
    while mixed.len() < count {
        mixed.extend(one.next());
        mixed.extend(other.next());
    }
    mixed
}

fn refused(target: &Target, error: Option<&io::Error>) -> ReachError {
    let host = target.host().to_owned();
    match error {
        Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            ReachError::Refused { host, port: target.port() }
        }
        Some(error) => ReachError::Unreachable { host, reason: error.to_string() },
        None => ReachError::Unreachable { host, reason: "no address was tried".to_owned() },
    }
}

async fn agree(
    target: &Target,
    tls: &Arc<ClientConfig>,
    tcp: TcpStream,
    deadline: Instant,
) -> Result<TlsStream<TcpStream>, ReachError> {
    let begin = Instant::now();
    let host = || target.host().to_owned();
    let name = match target.literal() {
        Some(address) => ServerName::IpAddress(address.into()),
        None => ServerName::try_from(host()).map_err(|_| ReachError::Dns {
            host: host(),
            reason: "it is not a name that a certificate can be for".to_owned(),
        })?,
    };
    match timeout_at(deadline.into(), TlsConnector::from(tls.clone()).connect(name, tcp)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(ReachError::Tls { host: host(), fault: Fault::of(&error) }),
        Err(_) => Err(ReachError::TlsTimeout { host: host(), after: begin.elapsed() }),
    }
}
