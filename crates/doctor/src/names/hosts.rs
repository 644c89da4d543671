//! `/etc/hosts` and `/etc/resolv.conf`.
//!
//! In: paths. Out: what they say; a file that is not there says nothing.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// The addresses that the file of hosts gives to a name.
pub(crate) fn in_hosts(file: &Path, name: &str) -> Vec<IpAddr> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or("").split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(name)) {
            found.push(address);
        }
    }
    found
}

/// The name servers of the file of the resolver.
pub(crate) fn servers(file: &Path) -> Vec<IpAddr> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
        address.split('%').next().unwrap_or(address).parse().ok()
    };
    text.lines().filter_map(server).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_read_without_their_comments() {
        let folder = tempfile::tempdir().unwrap();
        let (hosts, resolv) = (folder.path().join("hosts"), folder.path().join("resolv.conf"));
        fs::write(&hosts, "127.0.0.1 localhost\n10.0.0.7\tapi.example API.internal # 10.0.0.8 api.example\n").unwrap();
        fs::write(&resolv, "# by hand\nnameserver 10.0.0.2\nnameserver fe80::1%eth0\nsearch example\n").unwrap();

        assert_eq!(in_hosts(&hosts, "api.internal"), ["10.0.0.7".parse::<IpAddr>().unwrap()]);
        assert!(in_hosts(&hosts, "other.example").is_empty());
        assert_eq!(servers(&resolv).len(), 2);
        assert!(servers(&folder.path().join("missing")).is_empty());
    }
}
