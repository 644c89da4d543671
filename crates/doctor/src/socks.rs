//! A way through a SOCKS proxy: version 5 (RFC 1928), without credentials or with user name and password (RFC 1929).
//!
//! In: a connection to the proxy, and where to. Out: the same connection as a way there, or a [`SocksFault`] that says who
//! refused what. Written here because a report wants the reason in each byte of the proxy's answers, which clients'
//! libraries turn into one error; it is two questions long.

use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const VERSION: u8 = 5;
const NO_CREDENTIALS: u8 = 0;
const PASSWORD: u8 = 2;
const NO_METHOD: u8 = 0xff;

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A name that the proxy is to find.
    Name(String),
    /// An address that was found here.
    Address(IpAddr),
}

/// Why there is no way through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SocksFault {
    #[error("what came back is not SOCKS 5")]
    NotSocks,
    #[error("what listens there does not answer a greeting of SOCKS 5")]
    Silent,
    #[error("the proxy wants a user name and a password")]
    WantsPassword,
    #[error("the proxy takes neither a password nor nobody's name: it wants another way of signing in")]
    WantsOther,
    #[error("the proxy refuses the user name and password")]
    WrongPassword,
    #[error("{0} is longer than the 255 bytes that SOCKS has room for")]
    TooLong(&'static str),
    #[error("the proxy answers: {}", reply(*.0))]
    Refused(u8),
    #[error("the proxy closed the connection {0}")]
    Closed(&'static str),
}

/// What the codes of RFC 1928 say, section 6.
pub(crate) fn reply(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "kind of address not supported",
        _ => "a code that SOCKS does not have",
    }
}

/// Asks the proxy behind `stream` for a way to a target and its port; `patience` is for its first word.
pub(crate) async fn connect<S>(
    stream: &mut S,
    credentials: Option<(&str, &str)>,
    (target, port): (&Target, u16),
    patience: Duration,
) -> Result<(), SocksFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    sign_in(stream, credentials, patience).await?;
    let mut request = vec![VERSION, 1, 0];
    match target {
        Target::Address(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Target::Name(name) => {
            request.push(3);
            request.extend(sized(name, "the host's name")?);
        }
        Target::Address(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
    }
    request.extend(port.to_be_bytes());
    let closed = "without an answer to the request";
    stream.write_all(&request).await.map_err(|_| SocksFault::Closed(closed))?;
    let [version, code, _, kind] = read::<4, S>(stream, closed).await?;
    match (version, code) {
        (VERSION, 0) => {}
        (VERSION, code) => return Err(SocksFault::Refused(code)),
        _ => return Err(SocksFault::NotSocks),
    }
    // The address that the proxy connected from, which is of no use here.
    let length = match kind {
        1 => 4,
        3 => usize::from(read::<1, S>(stream, closed).await?[0]),
        4 => 16,
        _ => return Err(SocksFault::NotSocks),
    };
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await.map_err(|_| SocksFault::Closed(closed))?;
    Ok(())
}

async fn sign_in<S>(stream: &mut S, credentials: Option<(&str, &str)>, patience: Duration) -> Result<(), SocksFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let hello: &[u8] = match credentials {
        None => &[VERSION, 1, NO_CREDENTIALS],
        Some(_) => &[VERSION, 2, NO_CREDENTIALS, PASSWORD],
    };
    let closed = "without a greeting";
    stream.write_all(hello).await.map_err(|_| SocksFault::Closed(closed))?;
    let greeted = timeout(patience, read::<2, S>(stream, closed)).await;
    let [version, method] = greeted.map_err(|_| SocksFault::Silent)??;
    match (version, method, credentials) {
        (VERSION, NO_CREDENTIALS, _) => Ok(()),
        (VERSION, PASSWORD, Some((user, password))) => tell_password(stream, user, password).await,
        (VERSION, PASSWORD | NO_METHOD, None) => Err(SocksFault::WantsPassword),
        (VERSION, _, _) => Err(SocksFault::WantsOther),
        _ => Err(SocksFault::NotSocks),
    }
}

async fn tell_password<S>(stream: &mut S, user: &str, password: &str) -> Result<(), SocksFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut told = vec![1];
    told.extend(sized(user, "the user name")?);
    told.extend(sized(password, "the password")?);
    // Some proxies close instead of saying that it is wrong.
    stream.write_all(&told).await.map_err(|_| SocksFault::WrongPassword)?;
    match read::<2, S>(stream, "").await {
        Ok([_, 0]) => Ok(()),
        Ok(_) | Err(_) => Err(SocksFault::WrongPassword),
    }
}

/// A text behind its length.
fn sized(text: &str, what: &'static str) -> Result<Vec<u8>, SocksFault> {
    let length = u8::try_from(text.len()).map_err(|_| SocksFault::TooLong(what))?;
    Ok([&[length], text.as_bytes()].concat())
}

async fn read<const N: usize, S: AsyncRead + Unpin>(
    stream: &mut S,
    closed: &'static str,
) -> Result<[u8; N], SocksFault> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(|_| SocksFault::Closed(closed))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// What is sent to a proxy with these answers, and what comes of it.
    async fn asked(
        answers: &[u8],
        credentials: Option<(&str, &str)>,
        target: Target,
    ) -> (Vec<u8>, Result<(), SocksFault>) {
        let (mut own, mut proxy) = duplex(1024);
        proxy.write_all(answers).await.unwrap();
        let result = connect(&mut own, credentials, (&target, 443), Duration::from_secs(5)).await;
        drop(own);
        let mut sent = Vec::new();
        proxy.read_to_end(&mut sent).await.unwrap();
        (sent, result)
    }

    fn name() -> Target {
        Target::Name("h.test".to_owned())
    }

    #[tokio::test]
    async fn a_name_goes_to_the_proxy_as_it_is() {
        let answers = [5, 0, 5, 0, 0, 1, 10, 0, 0, 1, 0x1f, 0x90];

        let (sent, result) = asked(&answers, None, name()).await;

        assert_eq!(result, Ok(()));
        assert_eq!(sent, [&[5, 1, 0, 5, 1, 0, 3, 6][..], b"h.test", &[1, 0xbb]].concat());
    }

    #[tokio::test]
    async fn a_password_is_told_where_the_proxy_asks_for_it() {
        let answers = [5, 2, 1, 0, 5, 0, 0, 3, 1, b'x', 0, 80];

        let (sent, result) = asked(&answers, Some(("me", "word")), Target::Address("::1".parse().unwrap())).await;

        assert_eq!(result, Ok(()));
        assert_eq!(sent[..4], [5, 2, 0, 2]);
        assert_eq!(sent[4..13], *b"\x01\x02me\x04word");
        assert_eq!(sent[13..17], [5, 1, 0, 4]);
    }

    #[tokio::test]
    async fn each_refusal_is_told_from_the_others() {
        let me = Some(("me", "word"));
        for (answers, credentials, fault) in [
            (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], None, SocksFault::NotSocks),
            (&[5, 0xff], None, SocksFault::WantsPassword),
            (&[5, 0xff], me, SocksFault::WantsOther),
            (&[5, 2, 1, 1], me, SocksFault::WrongPassword),
            (&[5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0], me, SocksFault::Refused(4)),
        ] {
            assert_eq!(asked(answers, credentials, name()).await.1, Err(fault));
        }
        let long = Target::Name("a".repeat(256));
        assert_eq!(asked(&[5, 0], None, long).await.1, Err(SocksFault::TooLong("the host's name")));
    }
}
