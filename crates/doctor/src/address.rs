//! The base URL, read as strictly as clients read it.
//!
//! In: the text of a setting. Out: a [`Base`], or what is wrong with it and how it should be written. Whether an API is at
//! its path is not asked here.

use std::net::IpAddr;

use tollgate_errors::{Cause, catalog};
use tollgate_outbound::address::{Kind, not_public};
use url::{Host, ParseError, Url};

/// Where an API is said to be.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) url: Url,
    /// Without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) literal: Option<IpAddr>,
}

/// What is wrong with a base URL.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    pub(crate) cause: &'static Cause,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

/// Web sites of vendors, and where their APIs are.
const SITES: [(&str, &str); 12] = [
    ("platform.openai.com", "https://api.openai.com/v1"),
    ("openai.com", "https://api.openai.com/v1"),
    ("www.openai.com", "https://api.openai.com/v1"),
    ("chat.openai.com", "https://api.openai.com/v1"),
    ("chatgpt.com", "https://api.openai.com/v1"),
    ("console.anthropic.com", "https://api.anthropic.com"),
    ("platform.claude.com", "https://api.anthropic.com"),
    ("claude.ai", "https://api.anthropic.com"),
    ("aistudio.google.com", "https://generativelanguage.googleapis.com/v1beta/openai"),
    ("console.groq.com", "https://api.groq.com/openai/v1"),
    ("platform.deepseek.com", "https://api.deepseek.com/v1"),
    ("portal.azure.com", "https://RESOURCE.openai.azure.com"),
];

impl Base {
    /// Reads a setting.
    pub(crate) fn read(text: &str) -> Result<Self, Wrong> {
        let malformed =
            |what: &str, remedy: String| Wrong { cause: &catalog::BASE_URL_MALFORMED, what: what.to_owned(), remedy };
        let bare = text.trim().trim_matches(['"', '\'', '`', '‘', '’', '“', '”']);
        let (shown, _) = bare.split_once(['?', '#']).unwrap_or((bare, ""));
        let write = |url: &str| format!("write {url}");
        if bare.is_empty() {
            return Err(malformed("the base URL is empty", "set it to the API's address, or unset it".to_owned()));
        }
        if bare.len() != text.len() {
            let what = "the base URL has white space or quotation marks around it";
            return Err(malformed(what, write(bare)));
        }
        if let Some((_, second)) = shown.split_once("://").filter(|(_, rest)| rest.contains("://")) {
            let rest = second.split_once("://").map_or(second, |(_, rest)| rest);
            return Err(malformed("the base URL has its scheme twice", write(&format!("https://{rest}"))));
        }
        if let Some((scheme, rest)) = mistyped_scheme(shown) {
            return Err(malformed("the scheme of the base URL is mistyped", write(&format!("{scheme}://{rest}"))));
        }
        if !shown.contains("://") {
            let scheme = if is_local_name(shown) { "http" } else { "https" };
            return Err(malformed("the base URL has no scheme", write(&format!("{scheme}://{shown}"))));
        }
        if bare.chars().any(|c| c.is_whitespace() || c == '\\' || c.is_control()) {
            return Err(malformed("the base URL has white space or a backslash in it", "remove it".to_owned()));
        }
        let url = Url::parse(bare)
            .map_err(|error| malformed(because(error), "copy it again from the vendor's documentation".to_owned()))?;
        Self::of(url)
    }

    fn of(url: Url) -> Result<Self, Wrong> {
        let wrong = |cause, what: String, remedy: String| Wrong { cause, what, remedy };
        if !matches!(url.scheme(), "http" | "https") {
            let what = format!("the scheme of the base URL is {:?}", url.scheme());
            return Err(wrong(&catalog::BASE_URL_MALFORMED, what, "an API is at http:// or https://".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let what = "the base URL holds a user name or a password".to_owned();
            let remedy = "take them out: a key goes into its header, which clients set from the key's variable";
            return Err(wrong(&catalog::BASE_URL_MALFORMED, what, remedy.to_owned()));
        }
        let (host, literal) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
            None => {
                let what = "the base URL names no host".to_owned();
                return Err(wrong(&catalog::BASE_URL_MALFORMED, what, "write https://HOST/v1".to_owned()));
            }
        };
        if let Some((_, api)) = SITES.iter().find(|(site, _)| *site == host) {
            let what = format!("{host} is a web site, not an API");
            return Err(wrong(&catalog::BASE_URL_WRONG, what, format!("write {api}")));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        Ok(Self { url, host, port, literal })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.literal {
            // To connect to no address is to connect to this machine.
            Some(address) => matches!(not_public(address), Some(Kind::Loopback | Kind::Unspecified)),
            None => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// Whether it is this machine or a private network, as far as the URL tells.
    pub(crate) fn is_local(&self) -> bool {
        match self.literal {
            Some(address) => is_private(address),
            None => {
                let is_inner = |end: &&str| self.host.ends_with(end);
                !self.host.contains('.')
                    || [".localhost", ".local", ".internal", ".lan", ".home.arpa"].iter().any(is_inner)
            }
        }
    }

    /// Host and port, as people write them.
    pub(crate) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The same host with another path.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        let mut base = self.clone();
        base.url.set_path(path);
        base
    }

    /// The same with the other scheme, at the same port.
    pub(crate) fn with_scheme(&self, scheme: &str) -> String {
        let port = self.port;
        let default = if scheme == "https" { 443 } else { 80 };
        let authority = self.authority();
        let authority = if port == default { authority.trim_end_matches(&format!(":{port}")) } else { &authority };
        format!("{scheme}://{authority}{}", self.url.path().trim_end_matches('/'))
    }

    /// As it is written, without a slash at its end.
    pub(crate) fn shown(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }
}

/// Whether an address is one of a network of one's own.
fn is_private(address: IpAddr) -> bool {
    matches!(
        not_public(address),
        Some(Kind::Loopback | Kind::Unspecified | Kind::Private | Kind::LinkLocal | Kind::Shared)
    )
}

/// `http//h`, `https:/h`, `htp://h`: which scheme was meant, and what stands behind it.
fn mistyped_scheme(text: &str) -> Option<(&'static str, &str)> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (word, rest) = text.split_at(letters);
    let marks = rest.find(|c| !matches!(c, ':' | ';' | '/' | ' '))?;
    let (marks, rest) = rest.split_at(marks);
    let word = word.to_ascii_lowercase();
    let scheme = match word.as_str() {
        "http" | "https" if marks == "://" => return None,
        // `https:8080` would be a host and its port.
        "http" | "https" if !marks.contains('/') => return None,
        "http" | "htp" | "htttp" | "hhtp" | "ttp" | "htpp" => "http",
        "https" | "htps" | "htpps" | "httsp" | "htttps" | "hhtps" | "ttps" | "httpss" => "https",
        _ => return None,
    };
    marks.contains('/').then_some((scheme, rest))
}

fn is_local_name(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or(text);
    host == "localhost" || host.parse::<IpAddr>().is_ok()
}

fn because(error: ParseError) -> &'static str {
    match error {
        ParseError::EmptyHost => "the base URL names no host",
        ParseError::InvalidPort => "the port of the base URL is not a number from 1 to 65535",
        ParseError::InvalidIpv4Address => "the host of the base URL looks like an IPv4 address and is not one",
        ParseError::InvalidIpv6Address => "what stands in brackets in the base URL is not an IPv6 address",
        _ => "the host of the base URL is not valid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_base_url_is_told_with_the_right_one() {
        let wrong = |text| Base::read(text).map(|base| base.shown()).unwrap_err();

        assert_eq!(wrong("api.openai.com/v1").remedy, "write https://api.openai.com/v1");
        assert_eq!(wrong("localhost:11434/v1").remedy, "write http://localhost:11434/v1");
        assert_eq!(wrong("https://https://api.openai.com/v1").remedy, "write https://api.openai.com/v1");
        assert_eq!(wrong("\"https://api.openai.com/v1\"").remedy, "write https://api.openai.com/v1");
        assert_eq!(wrong("https://platform.openai.com/v1").cause.slug, "base_url_wrong");
        assert_eq!(wrong("https://user:secret@api.example/v1").cause.slug, "base_url_malformed");
        assert!(!wrong("https://user:secret@api.example/v1").what.contains("secret"));
        assert_eq!(wrong("http//127.0.0.1:28101/v1").remedy, "write http://127.0.0.1:28101/v1");
        assert_eq!(wrong("https:/api.example/v1").remedy, "write https://api.example/v1");
        assert_eq!(wrong("htp://127.0.0.1/v1").remedy, "write http://127.0.0.1/v1");
        for text in ["", "ftp://api.example", "https://", "https://api.example:99999", "https://256.1.1.1/"] {
            assert_eq!(wrong(text).cause.slug, "base_url_malformed", "{text:?}");
        }
    }

    #[test]
    fn a_right_one_is_read_whole() {
        let base = Base::read("https://[::1]:8443/v1/").unwrap();

        assert_eq!((base.host.as_str(), base.port, base.is_loopback()), ("::1", 8443, true));
        assert_eq!(base.authority(), "[::1]:8443");
        assert_eq!(Base::read("http://gw.example:80/v1").unwrap().with_scheme("https"), "https://gw.example:80/v1");
        assert!(Base::read("http://ollama:11434").unwrap().is_local());
        assert!(!Base::read("https://api.openai.com/v1").unwrap().is_local());
        assert!(Base::read("http://0.0.0.0:8000/v1").unwrap().is_loopback());
        for local in ["10.1.2.3", "100.64.0.7", "[fd00::7]", "[::ffff:192.168.0.1]", "169.254.7.7"] {
            let base = Base::read(&format!("http://{local}/v1")).unwrap();
            assert!(base.is_local() && !base.is_loopback(), "{local}");
        }
        for public in ["8.8.8.8", "[2606:4700::1111]", "203.0.113.7"] {
            assert!(!Base::read(&format!("http://{public}/v1")).unwrap().is_local(), "{public}");
        }
    }
}
