//! Whether a proxy stands between, which one, and how it is asked for a way to the host.
//!
//! In: flags and variables. Out: a [`Choice`], as curl, Python's and Go's clients make it: the variable of the scheme in
//! lower case first, then in capitals, then ALL_PROXY; NO_PROXY takes hosts out.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use url::Url;

use crate::address::Base;
use crate::question::Question;
use crate::socks::{self, SocksFault, Target};
use crate::variables::{About, about};

/// Bytes of a proxy's answer that are read.
const HEAD_MAX: usize = 16 * 1024;

/// How a proxy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// CONNECT for TLS, whole addresses for plain HTTP.
    Http,
    /// SOCKS 5, with an address that this machine finds: `socks5://`.
    Socks,
    /// SOCKS 5, with the host's name, which the proxy finds: `socks5h://`.
    SocksByName,
}

/// A proxy.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) manner: Manner,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The user name in its address; empty where there is none.
    pub(crate) user: String,
    /// The password in its address.
    pub(crate) password: Option<String>,
    /// What names it: a variable or a flag.
    pub(crate) origin: String,
}

/// Whether there is one.
#[derive(Debug, Clone)]
pub(crate) enum Choice {
    /// None is set.
    None,
    /// One is set, and NO_PROXY (its name, the entry) takes the host out.
    Bypassed { origin: String, by: String, entry: String },
    /// This one.
    Via(Proxy),
    /// One is set, and its address means nothing.
    Wrong { origin: String, what: String, remedy: String },
}

/// Why there is no tunnel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyFault {
    #[error("the proxy answered {status} to CONNECT")]
    Refused { status: u16, challenge: Option<String>, server: Option<String> },
    #[error("what listens there is not an HTTP proxy")]
    NotAProxy,
    #[error("the proxy closed the connection without an answer")]
    Closed,
    #[error(transparent)]
    Socks(#[from] SocksFault),
}

impl Proxy {
    /// Whether its address has credentials.
    pub(crate) fn has_credentials(&self) -> bool {
        !self.user.is_empty() || self.password.is_some()
    }

    /// What is sent as `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<String> {
        let pair = format!("{}:{}", self.user, self.password.as_deref().unwrap_or(""));
        self.has_credentials().then(|| format!("Basic {}", STANDARD.encode(pair)))
    }

    /// Whether it takes whole addresses of plain HTTP and passes requests on, instead of opening a way.
    pub(crate) fn passes_on(&self, is_tls: bool) -> bool {
        self.manner == Manner::Http && !is_tls
    }

    /// Asks it, behind `stream`, for a way to a host; `found` is the host's address, where this machine had to find it, and
    /// `patience` is for the first word of a SOCKS proxy.
    pub(crate) async fn open<S>(
        &self,
        stream: &mut S,
        (host, port): (&str, u16),
        found: Option<IpAddr>,
        patience: Duration,
    ) -> Result<(), ProxyFault>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.manner == Manner::Http {
            return tunnel(stream, self, host, port).await;
        }
        let literal = host.parse().ok();
        let target = match literal.or(found.filter(|_| self.manner == Manner::Socks)) {
            Some(address) => Target::Address(address),
            None => Target::Name(host.to_owned()),
        };
        let credentials = self.has_credentials().then(|| (self.user.as_str(), self.password.as_deref().unwrap_or("")));
        Ok(socks::connect(stream, credentials, (&target, port), patience).await?)
    }
}

/// The choice for an address.
pub(crate) fn choose(question: &Question, base: &Base) -> Choice {
    let Some((origin, value)) = set_for(question, base.is_tls()) else { return Choice::None };
    if question.proxy.is_none() {
        for name in about(About::NoProxy) {
            let entry = question.variable(name).and_then(|list| bypassed(list, &base.host, base.port));
            if let Some(entry) = entry {
                return Choice::Bypassed { origin, by: name.to_owned(), entry };
            }
        }
    }
    read(&origin, &value)
}

/// What names a proxy for this scheme, and its value.
fn set_for(question: &Question, is_tls: bool) -> Option<(String, String)> {
    if let Some(flag) = &question.proxy {
        return (!flag.is_empty()).then(|| ("--proxy".to_owned(), flag.clone()));
    }
    let own = if is_tls { About::HttpsProxy } else { About::HttpProxy };
    let mut names = about(own).chain(about(About::AnyProxy));
    names.find_map(|name| Some((name.to_owned(), question.variable(name)?.to_owned())))
}

fn read(origin: &str, value: &str) -> Choice {
    let origin = origin.to_owned();
    let wrong = |what: &str, remedy: &str| Choice::Wrong {
        origin: origin.clone(),
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    };
    let text = value.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let Ok(url) = Url::parse(&with_scheme) else {
        return wrong(
            "it is not a URL",
            "write http://host:port, with special letters of a user name or password percent-encoded",
        );
    };
    let (manner, port) = match url.scheme() {
        "http" => (Manner::Http, 80),
        "socks5" => (Manner::Socks, 1080),
        "socks5h" => (Manner::SocksByName, 1080),
        "https" => {
            return wrong("https:// speaks TLS to the proxy itself", "write http://host:port, as most proxies want it");
        }
        "socks" => {
            return wrong("Python's clients refuse the scheme socks:// at the start", "write socks5h://host:port");
        }
        scheme if scheme.starts_with("socks4") => {
            return wrong("Python's and Node's clients do not speak SOCKS 4", "write socks5h://host:port");
        }
        _ => return wrong("its scheme is not one that proxies have", "write http://host:port"),
    };
    let Some(host) = url.host_str() else { return wrong("it names no host", "write http://host:port") };
    let decoded = |text: &str| percent_decoded(text);
    Choice::Via(Proxy {
        manner,
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(port),
        user: decoded(url.username()),
        password: url.password().map(decoded),
        origin,
    })
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The entry of NO_PROXY that takes a host out.
pub(crate) fn bypassed(list: &str, host: &str, port: u16) -> Option<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let matches = |entry: &&str| {
        let entry = entry.to_ascii_lowercase();
        if entry == "*" {
            return true;
        }
        let (name, only) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') => (name.to_owned(), digits.parse::<u16>().ok()),
            _ => (entry.clone(), None),
        };
        if only.is_some_and(|only| only != port) {
            return false;
        }
        let name = name.trim_start_matches('*').trim_start_matches('.');
        host == name || host.ends_with(&format!(".{name}")) || in_network(name, &host)
    };
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).find(matches).map(str::to_owned)
}

/// `10.0.0.0/8`, which Go and Python know and curl knows since 7.86.
fn in_network(entry: &str, host: &str) -> bool {
    let Some((network, bits)) = entry.split_once('/') else { return false };
    let (Ok(network), Ok(host)) = (network.parse::<std::net::Ipv4Addr>(), host.parse::<std::net::Ipv4Addr>()) else {
        return false;
    };
    let Some(shift) = bits.parse::<u32>().ok().and_then(|bits| 32u32.checked_sub(bits)) else { return false };
    let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
    u32::from(network) & mask == u32::from(host) & mask
}

/// Asks the proxy behind `stream` for a tunnel.
async fn tunnel<S>(stream: &mut S, proxy: &Proxy, host: &str, port: u16) -> Result<(), ProxyFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut head = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
    if let Some(authorization) = proxy.authorization() {
        head += &format!("proxy-authorization: {authorization}\r\n");
    }
    head += "\r\n";
    stream.write_all(head.as_bytes()).await.map_err(|_| ProxyFault::Closed)?;
    let answer = head_of(stream).await?;
    let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
    let header = |name: &str| {
        let lines = answer.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    match status {
        Some(200..=299) => Ok(()),
        Some(status) => {
            Err(ProxyFault::Refused { status, challenge: header("proxy-authenticate"), server: header("server") })
        }
        None => Err(ProxyFault::NotAProxy),
    }
}

/// Up to the empty line, byte by byte: what follows belongs to the tunnel.
async fn head_of<S: AsyncRead + Unpin>(stream: &mut S) -> Result<String, ProxyFault> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) if head.len() < HEAD_MAX => head.push(byte),
            Ok(_) => return Err(ProxyFault::NotAProxy),
            Err(_) if head.is_empty() => return Err(ProxyFault::Closed),
            Err(_) => return Err(ProxyFault::NotAProxy),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_takes_out_hosts_domains_ports_and_networks() {
        let is_out = |list: &str, host: &str| bypassed(list, host, 443).is_some();

        assert!(is_out("localhost,127.0.0.1", "localhost"));
        assert!(is_out("example.com", "api.example.com") && is_out(".example.com", "example.com"));
        assert!(is_out("*.example.com", "api.example.com") && is_out("*", "anything"));
        assert!(is_out("10.0.0.0/8", "10.9.8.7") && !is_out("10.0.0.0/8", "11.0.0.1"));
        assert!(is_out("a, example.com:443", "example.com") && !is_out("example.com:80", "example.com"));
        assert!(!is_out("example.com", "notexample.com") && !is_out("", "example.com"));
    }

    #[test]
    fn a_proxys_address_is_read_with_its_password() {
        let Choice::Via(proxy) = read("HTTPS_PROXY", "http://me:p%40ss@proxy.example:3128") else {
            panic!("it is a proxy");
        };

        assert_eq!((proxy.host.as_str(), proxy.port, proxy.password.as_deref()), ("proxy.example", 3128, Some("p@ss")));
        assert_eq!(proxy.authorization().as_deref(), Some("Basic bWU6cEBzcw=="));
        for (text, manner) in [("socks5://127.0.0.1", Manner::Socks), ("socks5h://127.0.0.1", Manner::SocksByName)] {
            let Choice::Via(proxy) = read("x", text) else { panic!("it is a proxy") };
            assert_eq!((proxy.manner, proxy.port, proxy.authorization()), (manner, 1080, None));
        }
        assert!(matches!(read("x", "socks://127.0.0.1:1080"), Choice::Wrong { .. }));
        assert!(matches!(read("x", "socks4://127.0.0.1:1080"), Choice::Wrong { .. }));
        assert!(matches!(read("x", "ftp://127.0.0.1"), Choice::Wrong { .. }));
        assert!(matches!(read("x", "proxy.example:3128"), Choice::Via(_)));
    }
}
