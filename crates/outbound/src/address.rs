//! Which addresses are not on the public internet.
//!
//! In: an address, in whatever dress IPv6 gives to an IPv4 one. Out: what it is instead, or `None`. The ranges are those of
//! IANA's registries of special-purpose addresses (IPv4 and IPv6, as of 2026-10), and the well-known addresses at which
//! clouds hand their credentials to whoever asks from inside.

use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is that is not on the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The machine itself: 127.0.0.0/8, `::1`.
    Loopback,
    /// A private network: 10/8, 172.16/12, 192.168/16, fc00::/7 and the old fec0::/10.
    Private,
    /// The wire beside it: 169.254/16, fe80::/10.
    LinkLocal,
    /// Where a cloud answers with the machine's own credentials, wherever that address lies.
    Metadata,
    /// Between a provider's customers: 100.64/10.
    Shared,
    /// To many at once.
    Multicast,
    /// No address at all: 0.0.0.0/8, `::`.
    Unspecified,
    /// Kept for documentation, measurements or the future.
    Reserved,
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "the machine itself (loopback)",
            Self::Private => "a private network",
            Self::LinkLocal => "the local wire (link-local)",
            Self::Metadata => "the metadata service of a cloud",
            Self::Shared => "the network between a carrier and its customers",
            Self::Multicast => "a group of machines (multicast)",
            Self::Unspecified => "no machine (unspecified)",
            Self::Reserved => "a reserved range",
        })
    }
}

/// What the address is, where it is not a public one.
#[must_use]
pub fn not_public(address: IpAddr) -> Option<Kind> {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

/// Azure's wire server has a public address, Oracle's classic one a reserved one; Alibaba's lies in the shared range.
const METADATA_V4: [Ipv4Addr; 5] = [
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Amazon's, Google's and Scaleway's.
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

fn v4(address: Ipv4Addr) -> Option<Kind> {
    if METADATA_V4.contains(&address) {
        return Some(Kind::Metadata);
    }
    match address.octets() {
        [0, ..] => Some(Kind::Unspecified),
        [127, ..] => Some(Kind::Loopback),
        [10, ..] | [192, 168, ..] => Some(Kind::Private),
        [172, second, ..] if second & 0xf0 == 16 => Some(Kind::Private),
        [169, 254, ..] => Some(Kind::LinkLocal),
        [100, second, ..] if second & 0xc0 == 64 => Some(Kind::Shared),
        [224..=239, ..] => Some(Kind::Multicast),
        // Protocol assignments, two examples for documentation, the anycast of 6to4, measurements, the third example,
        // and everything from 240 up to the broadcast address.
        [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Some(Kind::Reserved),
        _ => None,
    }
}

fn v6(address: Ipv6Addr) -> Option<Kind> {
    if METADATA_V6.contains(&address) {
        return Some(Kind::Metadata);
    }
    let groups = address.segments();
    match groups {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Kind::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Kind::Loopback),
        [0xff00..=0xffff, ..] => Some(Kind::Multicast),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Kind::Private),
        [0xfe80..=0xfebf, ..] => Some(Kind::LinkLocal),
        _ => within(groups),
    }
}

/// An IPv4 address in an IPv6 one is judged as what it is. What carries none must lie in the part of the space that is
/// given out at all, 2000::/3, and outside its reserved corners.
fn within(groups: [u16; 8]) -> Option<Kind> {
    match groups {
        // Mapped; the same as translators write it; compatible, long out of use; the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0, 0, 0, 0, 0xffff, 0, a, b] | [0, 0, 0, 0, 0, 0, a, b] => embedded(a, b),
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] => embedded(a, b),
        // 6to4 carries it behind its prefix.
        [0x2002, a, b, ..] => embedded(a, b),
        // IETF's own assignments (Teredo among them), examples for documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(Kind::Reserved),
        // ISATAP: any prefix, and the address behind 5efe.
        [0x2000..=0x3fff, _, _, _, 0 | 0x200, 0x5efe, a, b] => embedded(a, b),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Kind::Reserved),
    }
}

fn embedded(high: u16, low: u16) -> Option<Kind> {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    v4(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_kind(text: &str, kind: Option<Kind>) {
        assert_eq!(not_public(text.parse().unwrap()), kind, "{text}");
    }

    #[test]
    fn public_addresses_are_let_through() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.254",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert_kind(text, None);
        }
    }

    #[test]
    fn each_edge_of_a_range_belongs_to_it() {
        for (text, kind) in [
            ("0.0.0.0", Kind::Unspecified),
            ("0.255.255.255", Kind::Unspecified),
            ("10.0.0.0", Kind::Private),
            ("10.255.255.255", Kind::Private),
            ("127.0.0.1", Kind::Loopback),
            ("127.255.255.254", Kind::Loopback),
            ("169.254.0.1", Kind::LinkLocal),
            ("172.16.0.1", Kind::Private),
            ("172.31.255.255", Kind::Private),
            ("192.168.255.255", Kind::Private),
            ("100.64.0.1", Kind::Shared),
            ("100.127.255.255", Kind::Shared),
            ("198.18.0.1", Kind::Reserved),
            ("198.19.255.255", Kind::Reserved),
            ("224.0.0.1", Kind::Multicast),
            ("239.255.255.255", Kind::Multicast),
            ("240.0.0.1", Kind::Reserved),
            ("255.255.255.255", Kind::Reserved),
            ("fc00::1", Kind::Private),
            ("fdff::1", Kind::Private),
            ("fe80::1", Kind::LinkLocal),
            ("febf::1", Kind::LinkLocal),
            ("fec0::1", Kind::Private),
            ("ff02::1", Kind::Multicast),
            ("2001:db8::1", Kind::Reserved),
            ("2001::1", Kind::Reserved),
            ("100::1", Kind::Reserved),
            ("5f00::1", Kind::Reserved),
            ("64:ff9b:1::7f00:1", Kind::Reserved),
        ] {
            assert_kind(text, Some(kind));
        }
    }

    #[test]
    fn metadata_services_are_known_by_their_addresses_even_where_these_are_public() {
        for text in [
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "169.254.170.2",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a83f:8110::1",
        ] {
            assert_kind(text, Some(Kind::Metadata));
        }
    }

    #[test]
    fn an_ipv4_address_in_the_dress_of_ipv6_is_judged_as_what_it_is() {
        for text in [
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2606:4700::5efe:127.0.0.1",
            "2606:4700::200:5efe:7f00:1",
        ] {
            assert_kind(text, Some(Kind::Loopback));
        }
    }
}
