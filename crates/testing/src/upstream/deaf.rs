//! A port where a provider should be, and nobody is who would answer.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// A port that never answers, in one of three ways.
#[derive(Debug)]
pub struct Deaf {
    address: SocketAddr,
    _held: Held,
}

#[derive(Debug)]
enum Held {
    Nothing,
    Listener { _listener: TcpListener },
    Full { _listener: tokio::net::TcpListener, _waiting: JoinSet<std::io::Result<TcpStream>> },
}

impl Deaf {
    /// One that refuses connections.
    #[must_use]
    pub fn refusing() -> Self {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        Self { address, _held: Held::Nothing }
    }

    /// One that takes connections and says nothing.
    #[must_use]
    pub fn silent() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self { address: listener.local_addr().unwrap(), _held: Held::Listener { _listener: listener } }
    }

    /// One to which no connection comes about: its queue is full, and what comes then is dropped without a word, as a
    /// firewall does.
    pub async fn unreachable() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // As many as the queue holds (one more than it was told), and some that wait in vain.
        for _ in 0..2 {
            let _ = TcpStream::connect(address).await.unwrap();
        }
        let mut waiting = JoinSet::new();
        (0..4).for_each(|_| drop(waiting.spawn(TcpStream::connect(address))));
        Self { address, _held: Held::Full { _listener: listener, _waiting: waiting } }
    }

    /// For `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The same, with TLS.
    #[must_use]
    pub fn tls_base_url(&self) -> String {
        format!("https://localhost:{}/v1", self.address.port())
    }
}
