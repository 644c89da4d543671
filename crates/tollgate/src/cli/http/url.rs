//! The base URL of an API: where to connect, and what to ask for there.
//!
//! In: a text such as OpenAI's clients take as base URL. Out: scheme, host, port, and the target of a path.

use std::fmt;

use http::Uri;

/// Why a text is not the base URL of an API.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not the base URL of an API: {reason}")]
pub(crate) struct BaseError {
    text: String,
    reason: &'static str,
}

/// `http://127.0.0.1:4000/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    tls: bool,
    host: String,
    port: Option<u16>,
    /// Without a slash at its end; empty for the root.
    path: String,
}

impl Base {
    /// Reads a base URL. One without a path is the server's, so `/v1` is its API.
    pub(crate) fn read(text: &str) -> Result<Self, BaseError> {
        let wrong = |reason| BaseError { text: text.to_owned(), reason };
        let uri: Uri = text.trim().parse().map_err(|_| wrong("expected something like http://127.0.0.1:4000/v1"))?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("it has to begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            // It may hold a password, so it is not shown.
            let text = format!("…@{}", authority.host());
            return Err(BaseError { text, reason: "user and password do not belong there" });
        }
        if uri.query().is_some() {
            return Err(wrong("it has a query"));
        }
        let path = match uri.path().trim_end_matches('/') {
            "" => "/v1".to_owned(),
            path => path.to_owned(),
        };
        Ok(Self { tls, host: authority.host().to_owned(), port: authority.port_u16(), path })
    }

    /// Whether the connection is TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host's name or address, an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port to connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls { 443 } else { 80 })
    }

    /// Host and port as the header `host` has them.
    pub(crate) fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    /// The target of a request: a path with a slash at its beginning counts from the server's root, another one from
    /// the API's base.
    pub(crate) fn target(&self, path: &str) -> String {
        match path.strip_prefix('/') {
            Some(from_root) => format!("{}/{from_root}", self.root_path()),
            None => format!("{}/{path}", self.path),
        }
    }

    /// The URL of a page of the server: a path from its root.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}://{}{}{path}", self.scheme(), self.authority(), self.root_path())
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// What is before `/v1`: something where a proxy maps the server to a part of its own paths.
    fn root_path(&self) -> &str {
        self.path.strip_suffix("/v1").unwrap_or(&self.path)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Base;

    fn read(text: &str) -> Base {
        Base::read(text).unwrap()
    }

    #[test]
    fn a_base_url_is_read_as_clients_of_the_api_read_it() {
        assert_eq!(read("http://127.0.0.1:4000/v1/").to_string(), "http://127.0.0.1:4000/v1");
        assert_eq!(read("http://127.0.0.1:4000").to_string(), "http://127.0.0.1:4000/v1");
        assert_eq!((read("https://a.example/v1").port(), read("http://a.example/v1").port()), (443, 80));
        assert_eq!(read("http://[::1]:4000/v1").host(), "::1");
        for text in ["", "127.0.0.1:4000", "ftp://a/v1", "http://me:secret@a/v1", "http://a/v1?x=1"] {
            assert!(Base::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_counts_from_the_root_or_from_the_base() {
        let plain = read("http://a:1/v1");
        let mapped = read("http://a:1/gate/v1");

        assert_eq!((plain.target("models"), plain.target("/readyz")), ("/v1/models".into(), "/readyz".into()));
        assert_eq!((mapped.target("models"), mapped.target("/v1/x")), ("/gate/v1/models".into(), "/gate/v1/x".into()));
        assert_eq!(mapped.page("/docs"), "http://a:1/gate/docs");
    }
}
