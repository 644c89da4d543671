//! Whose address a request comes from, where proxies stand before the gateway.
//!
//! In: the connection's address, the networks of the proxies that are trusted, and the values of `X-Forwarded-For`. Out: the caller's
//! address. Anybody may write that header, so it counts only where the connection comes from a trusted proxy, and only as
//! far as trusted proxies have written it: it is read from its end, where the nearest proxy has put whom it saw. What cannot
//! be read leaves the connection's address.

use std::net::{IpAddr, SocketAddr};

use tollgate_core::network::Network;

/// The header.
pub(crate) const NAME: &str = "x-forwarded-for";

/// Addresses that are looked at: nobody has a longer row of proxies.
const MOST: usize = 32;

/// The caller's address. `values`: those of the header, in the order in which they stand in the request.
pub(crate) fn caller<'v, V>(peer: IpAddr, trusted: &[Network], values: impl FnOnce() -> V) -> IpAddr
where
    V: Iterator<Item = &'v [u8]> + DoubleEndedIterator,
{
    if trusted.is_empty() || !is_trusted(trusted, peer) {
        return peer;
    }
    let mut furthest = peer;
    // Proxies add to the last line, or a line of their own behind it.
    let entries = values().rev().flat_map(|value| value.rsplit(|&byte| byte == b','));
    for (number, entry) in entries.enumerate() {
        let Some(address) = address(entry).filter(|_| number < MOST) else { return peer };
        if !is_trusted(trusted, address) {
            return address;
        }
        furthest = address;
    }
    furthest
}

/// The values of the header in a head of HTTP/1.1 that has been read.
pub(crate) fn lines(head: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    head.split(|&byte| byte == b'\n').filter_map(|line| {
        let (name, value) = (line.get(..NAME.len())?, line.get(NAME.len()..)?);
        let value = value.strip_prefix(b":")?;
        name.eq_ignore_ascii_case(NAME.as_bytes()).then(|| value.trim_ascii())
    })
}

fn is_trusted(trusted: &[Network], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// An address, alone or with a port, as some proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry.trim_ascii()).ok()?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).filter(|text| text.contains(':'));
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found = bare.unwrap_or(text).parse::<IpAddr>().ok().or_else(with_port);
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: [&str; 3] = ["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"];

    fn of(peer: &str, trusted: &[&str], values: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        caller(peer.parse().unwrap(), &trusted, || values.iter().map(|value| value.as_bytes())).to_string()
    }

    #[test]
    fn the_caller_is_whom_the_nearest_trusted_proxies_saw() {
        for (peer, values, expected) in [
            ("10.0.0.1", &["203.0.113.9"][..], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9 ,10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1", "203.0.113.9", "10.0.0.2,10.0.0.3"], "203.0.113.9"),
            ("10.0.0.1", &["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("2001:db8::1", &["2001:db9::7"], "2001:db9::7"),
            ("2001:db8::1", &["[2001:db9::7]:4711, [2001:db8::2]"], "2001:db9::7"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(of(peer, &PROXIES, values), expected, "{values:?}");
        }
    }

    #[test]
    fn nobody_else_is_believed() {
        for (peer, trusted, values) in [
            ("10.0.0.1", &[][..], &["203.0.113.9"][..]),
            ("192.0.2.1", &PROXIES, &["203.0.113.9"]),
            ("192.0.2.1", &PROXIES, &["10.0.0.1"]),
            ("10.0.0.1", &PROXIES, &[]),
        ] {
            assert_eq!(of(peer, trusted, values), peer, "{values:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_leaves_the_address_of_the_connection() {
        let long = vec!["10.0.0.2"; MOST + 1].join(",");
        for value in
            ["", "unknown", "203.0.113.9,", ", 10.0.0.2", "203.0.113.9 10.0.0.2", "203.0.113", "[203.0.113.9]", &long]
        {
            assert_eq!(of("10.0.0.1", &PROXIES, &[value]), "10.0.0.1", "{value:?}");
        }
        assert_eq!(of("10.0.0.1", &PROXIES, &["203.0.113.9, nonsense, 10.0.0.2"]), "10.0.0.1");
        let row = vec!["10.0.0.2"; MOST - 1].join(",");
        assert_eq!(of("10.0.0.1", &PROXIES, &[&format!("203.0.113.9,{row}")]), "203.0.113.9");
    }

    #[test]
    fn lines_of_a_head_are_found_in_any_case() {
        let head = b"GET / HTTP/1.1\r\nhost: a\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-for:5.6.7.8 \r\nx-forwarded-form: 9\r\n\r\n";

        let found: Vec<&[u8]> = lines(head).collect();

        assert_eq!(found, [b"1.2.3.4", b"5.6.7.8"]);
    }
}
