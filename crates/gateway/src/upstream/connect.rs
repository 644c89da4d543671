//! A new connection to a provider: resolve, connect, TLS.

use std::io;
use std::pin::pin;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::UpstreamError;
use crate::catalog::Upstream;
use crate::io::Io;
use crate::settings::UpstreamTimeouts;
use crate::tls::Fault;
use crate::watch::{Phase, Watch};

/// Connects within the limit.
pub(super) async fn http1(
    timeouts: &UpstreamTimeouts,
    upstream: &Upstream,
    watch: &Watch,
) -> Result<Io, UpstreamError> {
    watch.enter(Phase::Connect, timeouts.connect);
    watch.limit(pin!(connect(upstream))).await?
}

async fn connect(upstream: &Upstream) -> Result<Io, UpstreamError> {
    let tcp = tcp(upstream).await?;
    let Some((config, name)) = &upstream.tls else {
        return Ok(Io::Plain(tcp));
    };
    match TlsConnector::from(config.clone()).connect(name.clone(), tcp).await {
        Ok(tls) => Ok(Io::ClientTls(Box::new(tls))),
        Err(e) => Err(UpstreamError::Tls { host: upstream.host.clone(), fault: Fault::of(&e) }),
    }
}

/// Tries each address the name has, in the resolver's order.
async fn tcp(upstream: &Upstream) -> Result<TcpStream, UpstreamError> {
    let host = upstream.host.as_str();
    let addresses = tokio::net::lookup_host((host, upstream.port))
        .await
        .map_err(|e| UpstreamError::Dns { host: host.to_owned(), reason: e.to_string() })?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                // Without it, Nagle and delayed acknowledgements hold a small write back for up to 40 ms.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(e) => last = Some((address.to_string(), e)),
        }
    }
    Err(match last {
        None => UpstreamError::Dns { host: host.to_owned(), reason: "the name has no address".to_owned() },
        Some((address, e)) if e.kind() == io::ErrorKind::ConnectionRefused => UpstreamError::Refused { address },
        Some((address, e)) => UpstreamError::Unreachable { address, reason: e.to_string() },
    })
}
