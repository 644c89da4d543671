//! Where a URL leads, parsed once.
//!
//! In: the text of a URL from a caller. Out: a [`Target`], which every later step uses, so that no second parser can read
//! the text another way; or what is wrong with it. What two parsers are known to read differently (a backslash, a control
//! character, white space) is refused.

use std::net::IpAddr;

use url::{Host, ParseError, Url};

/// The longest URL that is looked at, in bytes. Servers in between refuse longer ones.
pub const LONGEST: usize = 8 * 1024;

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
    literal: Option<IpAddr>,
    port: u16,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing is there.
    #[error("the URL is empty")]
    Empty,
    /// White space in front of it, behind it or within.
    #[error("the URL has {what} {place}")]
    Character {
        /// Which.
        what: &'static str,
        /// Where.
        place: Place,
    },
    /// It is too long.
    #[error("the URL has {bytes} bytes; at most {LONGEST} are looked at")]
    Long {
        /// How long it is.
        bytes: usize,
    },
    /// It names no scheme: a path, or a host alone.
    #[error("the URL names no scheme: it begins with neither http:// nor https://")]
    NoScheme,
    /// Its scheme is another.
    #[error("the scheme of the URL is {0:?}, and only http and https can be fetched")]
    Scheme(String),
    /// It names no host.
    #[error("the URL names no host")]
    NoHost,
    /// Its host is not one.
    #[error("the host of the URL is not valid: {0}")]
    Host(&'static str),
    /// Its port is not one.
    #[error("the port of the URL is not a number from 1 to 65535")]
    Port,
    /// A port that no web server has.
    #[error("port {0} is not one of a web server: 80, 443 and those from 1024 on are")]
    PortOfOther(u16),
    /// User and password.
    #[error("the URL carries a user name or a password")]
    Credentials,
    /// Everything else.
    #[error("the URL cannot be parsed: {0}")]
    Syntax(&'static str),
}

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before everything else.
    First,
    /// Behind everything else.
    Last,
    /// At this byte.
    At(usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::First => f.write_str("in front"),
            Self::Last => f.write_str("at its end"),
            Self::At(byte) => write!(f, "at byte {byte}"),
        }
    }
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is not one that can be fetched.
    pub fn read(text: &str) -> Result<Self, TargetError> {
        characters(text)?;
        let url = Url::parse(text).map_err(|error| because(error, text))?;
        Self::of(url)
    }

    /// The place that an answer of this one redirects to.
    ///
    /// # Errors
    /// It is not one that can be fetched.
    pub fn redirected(&self, location: &str) -> Result<Self, TargetError> {
        characters(location)?;
        Self::of(self.url.join(location).map_err(|error| because(error, location))?)
    }

    fn of(url: Url) -> Result<Self, TargetError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let (host, literal) = match url.host() {
            None => return Err(TargetError::NoHost),
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
        };
        let port = match url.port_or_known_default() {
            None | Some(0) => return Err(TargetError::Port),
            Some(port @ (80 | 443 | 1024..)) => port,
            Some(port) => return Err(TargetError::PortOfOther(port)),
        };
        Ok(Self { url, host, literal, port })
    }

    /// The whole URL, as it is sent: without its fragment.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host, as it is asked for: lower case, an address in its usual spelling and without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, where the host is one.
    #[must_use]
    pub fn literal(&self) -> Option<IpAddr> {
        self.literal
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS is asked for.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The request target: path and query.
    #[must_use]
    pub fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The value of the Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or(&self.host);
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

/// What every parser would have to guess about.
fn characters(text: &str) -> Result<(), TargetError> {
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if text.len() > LONGEST {
        return Err(TargetError::Long { bytes: text.len() });
    }
    // The last of them first: one at the end is what copying leaves, and the reader is told so.
    let odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
    let Some((at, character)) = text.char_indices().rfind(|(_, c)| odd(*c)) else { return Ok(()) };
    let what = match character {
        '\\' => "a backslash",
        '\n' | '\r' => "a line break",
        c if c.is_whitespace() => "white space",
        _ => "a control character",
    };
    let place = match at {
        0 => Place::First,
        at if at + character.len_utf8() == text.len() => Place::Last,
        at => Place::At(at),
    };
    Err(TargetError::Character { what, place })
}

fn because(error: ParseError, text: &str) -> TargetError {
    match error {
        ParseError::EmptyHost => TargetError::NoHost,
        ParseError::RelativeUrlWithoutBase => match text.split_once("://") {
            Some((scheme, _)) => TargetError::Scheme(scheme.chars().take(32).collect()),
            None => TargetError::NoScheme,
        },
        ParseError::InvalidPort => TargetError::Port,
        ParseError::IdnaError => TargetError::Host("its international characters have no valid form in DNS"),
        ParseError::InvalidIpv4Address => TargetError::Host("it looks like an IPv4 address and is not one"),
        ParseError::InvalidIpv6Address => TargetError::Host("what stands in brackets is not an IPv6 address"),
        ParseError::InvalidDomainCharacter => TargetError::Host("it holds a character that no name of a host has"),
        _ => TargetError::Syntax("its parts cannot be told apart"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> String {
        Target::read(text).unwrap().host().to_owned()
    }

    #[test]
    fn addresses_in_any_spelling_are_one_address() {
        for text in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://0x7f.0.0.1/",
            "http://127.0.0.1./",
            "http://①②⑦.0.0.1/",
            "http://127。0。0。1/",
        ] {
            assert_eq!(host(text), "127.0.0.1", "{text}");
            assert!(Target::read(text).unwrap().literal().is_some());
        }
        assert_eq!(host("http://[::ffff:7f00:1]/"), "::ffff:127.0.0.1");
    }

    #[test]
    fn a_redirect_is_read_against_the_place_it_came_from() {
        let from = Target::read("https://images.example/a/b.png?x=1").unwrap();
        assert_eq!(from.redirected("/c.png").unwrap().url().as_str(), "https://images.example/c.png");
        assert_eq!(from.redirected("//cdn.example/c.png").unwrap().host(), "cdn.example");
        assert_eq!(from.redirected("file:///etc/passwd"), Err(TargetError::Scheme("file".to_owned())));
        assert_eq!(from.redirected("http://u:p@cdn.example/"), Err(TargetError::Credentials));
    }

    #[test]
    fn what_cannot_be_fetched_is_told_by_its_reason() {
        let error = |text| Target::read(text).unwrap_err();
        assert_eq!(error(""), TargetError::Empty);
        assert_eq!(error("images.example/a.png"), TargetError::NoScheme);
        assert_eq!(error("/tmp/a.png"), TargetError::NoScheme);
        assert_eq!(error("file:///tmp/a.png"), TargetError::Scheme("file".to_owned()));
        assert_eq!(error("gs://bucket/a.png"), TargetError::Scheme("gs".to_owned()));
        assert_eq!(error("https://"), TargetError::NoHost);
        assert_eq!(error("https://images.example:99999/"), TargetError::Port);
        assert_eq!(error("https://images.example:0/"), TargetError::Port);
        assert_eq!(error("http://images.example:25/"), TargetError::PortOfOther(25));
        assert_eq!(error("https://u:p@images.example/"), TargetError::Credentials);
        assert_eq!(error("https://256.1.1.1/"), TargetError::Host("it looks like an IPv4 address and is not one"));
        let odd = |what, place| TargetError::Character { what, place };
        assert_eq!(error("https://images.example/a.png\n"), odd("a line break", Place::Last));
        assert_eq!(error(" https://images.example/a.png"), odd("white space", Place::First));
        assert_eq!(error("https://images.example/a b.png"), odd("white space", Place::At(24)));
        assert_eq!(error("https://images.example\\@127.0.0.1/"), odd("a backslash", Place::At(22)));
        assert_eq!(
            error(&format!("https://images.example/{}", "a".repeat(LONGEST))),
            TargetError::Long { bytes: LONGEST + 23 }
        );
    }

    #[test]
    fn host_header_and_request_target_are_those_of_the_url() {
        let target = Target::read("https://[2606:4700::1]:8443/a%20b.png?w=1#part").unwrap();
        assert_eq!(target.authority(), "[2606:4700::1]:8443");
        assert_eq!(target.path(), "/a%20b.png?w=1");
        assert_eq!(Target::read("http://images.example:80/").unwrap().authority(), "images.example");
    }
}
