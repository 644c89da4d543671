//! What an operator lets through although it is not on the public internet.
//!
//! In: the entries of a list: a host (`files.internal`), all hosts below one (`*.files.internal`), an address or a network
//! (`10.1.0.0/16`), each with or without a port. Out: whether a host, an address and a port are meant. The metadata service
//! of a cloud is never meant by a network or a name, only by its own address.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::address::Kind;

/// The hosts and networks that are let through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    what: What,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Host(String),
    Below(String),
    Network(IpNet),
}

/// Why an entry of the list means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Neither a host nor a network.
    #[error(
        "{0:?} is neither the name of a host (files.internal, *.files.internal) nor an address or a network (10.1.0.0/16)"
    )]
    Neither(String),
    /// What stands behind the colon.
    #[error("the port of {0:?} is not a number from 1 to 65535")]
    Port(String),
    /// A URL.
    #[error("{0:?} is a URL: write the host alone")]
    Url(String),
    /// A network with bits set behind its prefix.
    #[error("{given} has bits set behind its prefix: write {meant}")]
    Bits {
        /// As it stands in the list.
        given: String,
        /// The network that it lies in.
        meant: IpNet,
    },
}

impl Allowed {
    /// Reads a list.
    ///
    /// # Errors
    /// An entry means nothing.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, EntryError> {
        entries.into_iter().map(Entry::read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the address at that port is let through for this host.
    #[must_use]
    pub fn lets(&self, host: &str, address: IpAddr, port: u16, kind: Kind) -> bool {
        self.0.iter().any(|entry| entry.lets(host, address, port, kind))
    }
}

impl Entry {
    fn read(text: &str) -> Result<Self, EntryError> {
        let text = text.trim();
        if text.contains("://") {
            return Err(EntryError::Url(text.to_owned()));
        }
        if let Some(network) = network(text)? {
            return Ok(Self { what: What::Network(network), port: None });
        }
        let (host, port) = split_port(text)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Some(network) = network(bare)? {
            return Ok(Self { what: What::Network(network), port });
        }
        let lower = host.trim_end_matches('.').to_ascii_lowercase();
        let (below, name) = lower.strip_prefix("*.").map_or((false, lower.as_str()), |name| (true, name));
        if !is_name(name) {
            return Err(EntryError::Neither(text.to_owned()));
        }
        let what = if below { What::Below(name.to_owned()) } else { What::Host(name.to_owned()) };
        Ok(Self { what, port })
    }

    fn lets(&self, host: &str, address: IpAddr, port: u16, kind: Kind) -> bool {
        let host = host.trim_end_matches('.');
        self.port.is_none_or(|only| only == port)
            && match &self.what {
                What::Network(network) if kind == Kind::Metadata => alone(*network) && network.contains(&address),
                What::Network(network) => network.contains(&address),
                What::Host(_) | What::Below(_) if kind == Kind::Metadata => false,
                What::Host(name) => host.eq_ignore_ascii_case(name),
                What::Below(name) => ends_below(host, name),
            }
    }
}

/// A network of one address.
fn alone(network: IpNet) -> bool {
    network.prefix_len() == network.max_prefix_len()
}

fn ends_below(host: &str, name: &str) -> bool {
    let Some(start) = host.len().checked_sub(name.len() + 1) else { return false };
    host.is_char_boundary(start) && host.as_bytes()[start] == b'.' && host[start + 1..].eq_ignore_ascii_case(name)
}

fn network(text: &str) -> Result<Option<IpNet>, EntryError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Some(IpNet::from(address)));
    }
    let Ok(network) = text.parse::<IpNet>() else { return Ok(None) };
    if network.addr() != network.network() {
        return Err(EntryError::Bits { given: text.to_owned(), meant: network.trunc() });
    }
    Ok(Some(network))
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), EntryError> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(0) | Err(_) => Err(EntryError::Port(text.to_owned())),
            Ok(port) => Ok((host, Some(port))),
        },
        _ => Ok((text, None)),
    }
}

/// Labels of letters, digits, hyphens and (as in the names of containers) underscores.
fn is_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::not_public;

    #[track_caller]
    fn lets(entry: &str, host: &str, address: &str, port: u16) -> bool {
        let address = address.parse().unwrap();
        let kind = not_public(address).expect("an address that is refused without a list");
        Allowed::read([entry]).unwrap().lets(host, address, port, kind)
    }

    #[test]
    fn a_host_is_let_through_by_its_name_and_by_no_longer_one() {
        assert!(lets("files.internal", "files.internal", "10.0.0.1", 80));
        assert!(lets("Files.Internal.", "files.internal.", "10.0.0.1", 80));
        assert!(!lets("files.internal", "evil-files.internal", "10.0.0.1", 80));
        assert!(!lets("files.internal", "files.internal.example.com", "10.0.0.1", 80));
        assert!(!lets("files.internal", "a.files.internal", "10.0.0.1", 80));
    }

    #[test]
    fn a_star_means_hosts_below_and_not_the_name_itself() {
        assert!(lets("*.internal", "files.internal", "10.0.0.1", 80));
        assert!(lets("*.internal", "a.b.internal", "10.0.0.1", 80));
        assert!(!lets("*.internal", "internal", "10.0.0.1", 80));
        assert!(!lets("*.internal", "notinternal", "10.0.0.1", 80));
    }

    #[test]
    fn a_network_is_let_through_whatever_the_name() {
        assert!(lets("10.1.0.0/16", "x", "10.1.2.3", 80));
        assert!(!lets("10.1.0.0/16", "x", "10.2.2.3", 80));
        assert!(lets("fd12::/16", "x", "fd12::1", 80));
        assert!(lets("[::1]:8080", "x", "::1", 8080));
        assert!(!lets("[::1]:8080", "x", "::1", 8081));
        assert!(lets("127.0.0.1:8080", "x", "127.0.0.1", 8080));
    }

    #[test]
    fn a_metadata_service_is_meant_by_its_own_address_alone() {
        assert!(!lets("169.254.0.0/16", "x", "169.254.169.254", 80));
        assert!(!lets("metadata.internal", "metadata.internal", "169.254.169.254", 80));
        assert!(lets("169.254.169.254", "x", "169.254.169.254", 80));
    }

    #[test]
    fn entries_that_mean_nothing_are_refused_with_what_would() {
        let refused = |entry| Allowed::read([entry]).unwrap_err().to_string();
        assert!(refused("http://files.internal/").contains("write the host alone"));
        assert!(refused("10.1.2.3/16").contains("write 10.1.0.0/16"));
        assert!(refused("files.internal:0").contains("1 to 65535"));
        assert!(refused("files internal").contains("neither"));
        assert!(refused("*").contains("neither"));
        assert!(refused("").contains("neither"));
        assert!(refused("300.1.1.1").contains("neither"));
    }
}
