//! One question to one name server, over UDP (RFC 1035).
//!
//! In: a server, a name, A or AAAA. Out: a [`Reply`]. The system's resolver does not say which server said what, and to
//! find out takes one datagram each way: that is less code than a resolver's crate has of configuration. An answer that
//! was cut for its length still says that the server answers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

const A: u16 = 1;
const AAAA: u16 = 28;

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// These; none where the name has other records alone.
    Addresses(Vec<IpAddr>),
    /// The name does not exist.
    NoSuchName,
    /// The server refuses or fails, with this code.
    Refused(u8),
    /// Nothing came.
    Silent,
    /// There is no way to the server, or what came is not DNS.
    Failed(String),
}

/// Asks.
pub(crate) async fn ask(server: SocketAddr, name: &str, is_v6: bool, patience: Duration) -> Reply {
    let id = (std::process::id() as u16) ^ if is_v6 { 0x5aa5 } else { 0xa55a };
    let Some(question) = question(id, name, is_v6) else {
        return Reply::Failed("the name is not one that DNS can hold".to_owned());
    };
    match timeout(patience, exchange(server, &question)).await {
        Ok(Ok(answer)) => read(id, &answer).unwrap_or_else(|| Reply::Failed("what came is not DNS".to_owned())),
        Ok(Err(error)) => Reply::Failed(error.to_string()),
        Err(_) => Reply::Silent,
    }
}

async fn exchange(server: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let own: IpAddr = if server.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

fn question(id: u16, name: &str, is_v6: bool) -> Option<Vec<u8>> {
    // Recursion is desired; one question.
    let mut bytes = Vec::from(id.to_be_bytes());
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        bytes.push(length);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend(if is_v6 { AAAA } else { A }.to_be_bytes());
    bytes.extend(1u16.to_be_bytes());
    Some(bytes)
}

fn read(id: u16, bytes: &[u8]) -> Option<Reply> {
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    if word(0)? != id || bytes.get(2)? & 0x80 == 0 {
        return None;
    }
    match bytes.get(3)? & 0x0f {
        0 => {}
        3 => return Some(Reply::NoSuchName),
        code => return Some(Reply::Refused(code)),
    }
    let (questions, answers) = (word(4)?, word(6)?);
    let mut at = 12;
    for _ in 0..questions {
        at = behind_name(bytes, at)? + 4;
    }
    let mut found = Vec::new();
    for _ in 0..answers {
        at = behind_name(bytes, at)?;
        let (kind, length) = (word(at)?, usize::from(word(at + 8)?));
        let record = bytes.get(at + 10..at + 10 + length)?;
        match (kind, record) {
            (A, [a, b, c, d]) => found.push(Ipv4Addr::new(*a, *b, *c, *d).into()),
            (AAAA, record) => found.extend(<[u8; 16]>::try_from(record).ok().map(|r| IpAddr::from(Ipv6Addr::from(r)))),
            _ => {}
        }
        at += 10 + length;
    }
    Some(Reply::Addresses(found))
}

/// Where a name ends: at its root, or behind the two bytes that point elsewhere.
fn behind_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_an_alias_gives_the_addresses() {
        let mut answer = question(7, "api.example", false).unwrap();
        answer[2] |= 0x80;
        answer[7] = 2;
        // An alias to a name that is pointed at, then its address.
        answer.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12]);
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]);

        assert_eq!(read(7, &answer), Some(Reply::Addresses(vec!["192.0.2.1".parse().unwrap()])));
        assert_eq!(read(8, &answer), None, "the answer to another question");
        answer[3] = 3;
        assert_eq!(read(7, &answer), Some(Reply::NoSuchName));
        for length in 0..answer.len() {
            let _ = read(7, &answer[..length]);
        }
    }

    #[test]
    fn a_name_that_dns_cannot_hold_is_not_asked_for() {
        assert_eq!(question(1, "a..b", false), None);
        assert_eq!(question(1, &"a".repeat(64), false), None);
    }
}
