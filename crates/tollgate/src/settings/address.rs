//! Addresses of upstreams and dates, taken apart by hand: both are short forms, and each refusal has its own reason.
//!
//! In: `https://api.example.com/v1`, `2027-03-31`. Out: host, port and path; Unix seconds. Nothing is resolved here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A base URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Whether it is `https`.
    pub(crate) tls: bool,
    /// Host name in lower case, or address without brackets.
    pub(crate) host: String,
    /// Port; 443 or 80 where none is written.
    pub(crate) port: u16,
    /// Path without a slash at the end.
    pub(crate) path: String,
}

impl BaseUrl {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// Says what is wrong with it, without quoting it: a user name or query in it may be a secret.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let (tls, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err("does not begin with https:// or http://");
        };
        let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err("holds a user name or password; a secret belongs into `credential`");
        }
        if path.contains(['?', '#']) {
            return Err("has a query or fragment");
        }
        let path = path.trim_end_matches('/');
        if !path.bytes().all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b)) {
            return Err("has a character in its path that must be percent-encoded");
        }
        let (host, port) = split_port(authority).ok_or("has no valid port")?;
        let port = match port {
            None if tls => 443,
            None => 80,
            Some(digits) => match digits.parse::<u16>() {
                Ok(port) if port > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => port,
                _ => return Err("has no valid port"),
            },
        };
        let host = host_of(host).ok_or("has no valid host name or address")?;
        Ok(Self { tls, host, port, path: path.to_owned() })
    }

    /// Whether it stays on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let after_address = match (authority.starts_with('['), authority.rfind(']')) {
        (true, Some(at)) => at + 1,
        (true, None) => return Some((authority, None)),
        (false, _) => 0,
    };
    match authority[after_address..].split_once(':') {
        None => Some((authority, None)),
        Some((before, port)) => Some((&authority[..after_address + before.len()], Some(port))),
    }
}

fn host_of(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        return address.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|a| a.to_string());
    }
    let labels_are_right = text.len() <= 253
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    // A name that ends in a number is an address to every resolver; `1.2.3` or `1.2.3.999` is then a mistake.
    let numeric_end = text.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if numeric_end {
        return text.parse::<Ipv4Addr>().ok().map(|a| a.to_string());
    }
    labels_are_right.then(|| text.to_ascii_lowercase())
}

/// Unix seconds of the midnight UTC that begins a day written as `YYYY-MM-DD`.
#[must_use]
pub fn midnight(date: &str) -> Option<i64> {
    let has_form = date.len() == 10
        && date.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date: Date = has_form.then(|| date.parse().ok())??;
    date.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp().as_second())
}

/// Unix seconds of a moment in RFC 3339; the seconds may be left out, as in `2027-03-31T08:00Z`.
pub(crate) fn moment(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_base_url_is_taken_apart() {
        for (text, tls, host, port, path) in [
            ("https://api.openai.com/v1", true, "api.openai.com", 443, "/v1"),
            ("https://API.Example.com:8443/", true, "api.example.com", 8443, ""),
            ("http://127.0.0.1:11434/v1/", false, "127.0.0.1", 11434, "/v1"),
            ("http://[::1]:8080/openai/v1", false, "::1", 8080, "/openai/v1"),
            ("http://[::1]", false, "::1", 80, ""),
            ("http://vllm_1:8000", false, "vllm_1", 8000, ""),
        ] {
            let expected = BaseUrl { tls, host: host.into(), port, path: path.into() };
            assert_eq!(BaseUrl::read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_wrong_base_url_is_refused_for_its_reason() {
        for (text, reason) in [
            ("", "begin with"),
            ("api.openai.com", "begin with"),
            ("ftp://x", "begin with"),
            ("https://", "host"),
            ("https://:443", "host"),
            ("https://user:word@host/v1", "user name"),
            ("https://host/v1?key=x", "query"),
            ("https://host?key=x", "query"),
            ("https://host/#a", "query"),
            ("https://host:0", "port"),
            ("https://host:+80", "port"),
            ("https://host:65536", "port"),
            ("https://host:", "port"),
            ("https://ho st", "host"),
            ("https://-host", "host"),
            ("https://1.2.3.999", "host"),
            ("https://[::1", "host"),
            ("https://::1", "port"),
            ("https://host/a b", "path"),
        ] {
            let found = BaseUrl::read(text).unwrap_err();
            assert!(found.contains(reason), "{text}: {found}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(midnight("1970-01-02"), Some(86_400));
        for text in ["1970-1-2", "1970-02-30", "tomorrow", "1970-01-02T00:00", "+970-01-02"] {
            assert_eq!(midnight(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "(https?://)?.{0,60}") {
            let _ = (BaseUrl::read(&text), midnight(&text));
        }
    }

    #[test]
    fn a_moment_needs_a_zone_and_no_seconds() {
        for (text, at) in [
            ("2026-12-01T08:00Z", Some(1_796_112_000)),
            ("2026-12-01T09:00:00+01:00", Some(1_796_112_000)),
            ("2026-12-01 08:00:00Z", Some(1_796_112_000)),
            ("2026-12-01T08:00", None),
            ("2026-12-01", None),
            ("tomorrow", None),
        ] {
            assert_eq!(moment(text), at, "{text}");
        }
    }
}
