//! One TCP connection to one address.
//!
//! In: an address and how long to wait. Out: the connection and how long it took, or why there is none.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TcpFault {
    /// Nobody listens.
    #[error("the connection was refused")]
    Refused,
    /// Nobody answered.
    #[error("nothing answered within {}", seconds(*.0))]
    Silent(Duration),
    /// There is no way there.
    #[error("there is no route: {0}")]
    NoRoute(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// Connects.
pub(crate) async fn connect(address: SocketAddr, patience: Duration) -> Result<(TcpStream, Duration), TcpFault> {
    let begin = Instant::now();
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            // Without it, Nagle and delayed acknowledgements hold a small write back for up to 40 ms.
            let _ = stream.set_nodelay(true);
            Ok((stream, begin.elapsed()))
        }
        Ok(Err(error)) => Err(fault(&error, begin.elapsed())),
        Err(_) => Err(TcpFault::Silent(patience)),
    }
}

fn fault(error: &io::Error, after: Duration) -> TcpFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TcpFault::Refused,
        io::ErrorKind::TimedOut => TcpFault::Silent(after),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable => {
            TcpFault::NoRoute(error.to_string())
        }
        _ => TcpFault::Other(error.to_string()),
    }
}

/// `10 s`, `1.5 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = (time.as_secs_f64() * 10.0).round() / 10.0;
    format!("{seconds} s")
}

/// `12 ms`, `1.5 s`.
pub(crate) fn short(time: Duration) -> String {
    match time.as_millis() {
        0 => "under 1 ms".to_owned(),
        ms @ 1..1000 => format!("{ms} ms"),
        _ => seconds(time),
    }
}
