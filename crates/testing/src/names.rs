//! A DNS server that says what it is told, also another thing each time.
//!
//! In: a script from name and number of the question to addresses. Out: the questions that came. IPv4 and IPv6 over UDP,
//! which is what a resolver of the C library asks.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// The addresses of a name, at its n-th question from 0 for this family; `None` where it does not exist.
type Script = Box<dyn Fn(&str, usize) -> Option<Vec<IpAddr>> + Send + Sync>;

/// A server of names.
pub struct Names {
    asked: Arc<Mutex<Vec<(String, u16)>>>,
    answering: JoinHandle<()>,
}

const A: u16 = 1;
const AAAA: u16 = 28;

impl Names {
    /// One at this address, for example `127.0.0.1:53` in a network namespace.
    pub async fn start(
        address: SocketAddr,
        script: impl Fn(&str, usize) -> Option<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        let socket = UdpSocket::bind(address).await.unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, script): (_, Script) = (asked.clone(), Box::new(script));
        let answering = tokio::spawn(async move {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                if let Some(answer) = answer(&packet[..length], &log, &script) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { asked, answering }
    }

    /// How often a name was asked for, in IPv4's records.
    #[must_use]
    pub fn asked(&self, name: &str) -> usize {
        count(&self.asked.lock().unwrap_or_else(PoisonError::into_inner), name, A)
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

fn count(asked: &[(String, u16)], name: &str, kind: u16) -> usize {
    asked.iter().filter(|(n, k)| n == name && *k == kind).count()
}

/// RFC 1035: header, question, then a record for each address.
fn answer(query: &[u8], log: &Mutex<Vec<(String, u16)>>, script: &Script) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
    let (name, end) = (labels.join("."), at + 5);
    let kind = u16::from_be_bytes([*query.get(at + 1)?, *query.get(at + 2)?]);
    let number = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push((name.clone(), kind));
        count(&log, &name, kind) - 1
    };
    let found = script(&name, number);
    let code = if found.is_some() { 0 } else { 3 };
    let fits = |address: &IpAddr| kind == if address.is_ipv4() { A } else { AAAA };
    let addresses: Vec<IpAddr> = found.unwrap_or_default().into_iter().filter(fits).collect();
    let mut answer = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0];
    answer.extend_from_slice(query.get(12..end)?);
    for address in addresses {
        let bytes = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        // The question's name, the type, class IN, no time to live.
        answer.extend_from_slice(&[0xc0, 12, 0, kind as u8, 0, 1, 0, 0, 0, 0, 0, bytes.len() as u8]);
        answer.extend_from_slice(&bytes);
    }
    Some(answer)
}
