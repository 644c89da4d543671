//! Ranges of addresses from which a key may be used.
//!
//! In: a text such as `10.0.0.0/8`, `2001:db8::/32` or one address. Out: a [`Network`], and whether an address is in it. An
//! IPv4 address that came as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address, and a network of such addresses one of IPv4.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// The text is not that of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// Neither an address nor one with a length behind a slash.
    #[error("neither an address nor a network such as 10.0.0.0/8 or 2001:db8::/32")]
    Form,
    /// Bits are set that the length leaves out: a slip in the address or in the length.
    #[error("bits are set behind the length; the network of this length is {0}")]
    BitsBehind(Network),
    /// IPv4 addresses written as IPv6, and others beside them: it would hold for neither as it reads.
    #[error(
        "it is IPv4 addresses written as IPv6 (::ffff:0:0/96) and others beside them; write the IPv4 network by itself"
    )]
    Straddles,
}

/// So many bits lie before an IPv4 address that is written as IPv6: 80 are zero, 16 are one.
const MAPPED_BITS: u8 = 96;
const MAPPED_ZEROS: u8 = 80;
const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => masked_v4(address, self.bits) == first,
            (IpAddr::V6(first), IpAddr::V6(address)) => masked_v6(address, self.bits) == first,
            _ => false,
        }
    }

    /// Whether it is one address alone.
    fn is_one(self) -> bool {
        self.bits == if self.first.is_ipv4() { 32 } else { 128 }
    }
}

fn masked_v4(address: Ipv4Addr, bits: u8) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & mask)
}

fn masked_v6(address: Ipv6Addr, bits: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork::Form)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match length {
            None => most,
            // A plus or a leading zero is a slip too.
            Some(digits) => match digits.parse::<u8>() {
                Ok(bits) if bits <= most && digits == bits.to_string() => bits,
                _ => return Err(NotANetwork::Form),
            },
        };
        let (address, bits) = match address {
            IpAddr::V6(of_six) if of_six.to_ipv4_mapped().is_some() && bits >= MAPPED_BITS => {
                (address.to_canonical(), bits - MAPPED_BITS)
            }
            IpAddr::V6(of_six) if bits > MAPPED_ZEROS && bits < MAPPED_BITS => {
                if masked_v6(of_six, bits) == masked_v6(MAPPED, bits) {
                    return Err(NotANetwork::Straddles);
                }
                (address, bits)
            }
            _ => (address, bits),
        };
        let first = match address {
            IpAddr::V4(address) => IpAddr::V4(masked_v4(address, bits)),
            IpAddr::V6(address) => IpAddr::V6(masked_v6(address, bits)),
        };
        let network = Self { first, bits };
        if first == address { Ok(network) } else { Err(NotANetwork::BitsBehind(network)) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_one() {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}/{}", self.first, self.bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_in_the_networks_that_it_begins_like() {
        for (range, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "2001:db8::1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::/0", "203.0.113.9", false),
        ] {
            assert_eq!(network(range).contains(address.parse().unwrap()), expected, "{address} in {range}");
        }
    }

    #[test]
    fn a_network_is_written_as_it_is_read() {
        for text in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1", "0.0.0.0/0"] {
            assert_eq!(network(text).to_string(), text);
        }
        assert_eq!(network("192.0.2.7/32").to_string(), "192.0.2.7");
    }

    #[test]
    fn a_network_of_ipv4_addresses_written_as_ipv6_is_one_of_ipv4() {
        for (text, meant) in [
            ("::ffff:127.0.0.1/128", "127.0.0.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
        ] {
            assert_eq!(network(text), network(meant), "{text}");
            assert_eq!(network(text).to_string(), meant);
        }
        assert_eq!("::ffff:10.0.0.1/104".parse::<Network>(), Err(NotANetwork::BitsBehind(network("10.0.0.0/8"))));
        for text in ["::ffff:127.0.0.1/90", "::ffc0:0:0/90", "::8000:0:0/81", "::fffe:0:0/95"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork::Straddles), "{text}");
        }
        assert_eq!(network("::/80").to_string(), "::/80");
    }

    #[test]
    fn a_slip_is_told_from_what_was_meant() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/08", "office", "::1/129"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork::Form), "{text}");
        }
        assert_eq!("10.0.0.1/8".parse::<Network>(), Err(NotANetwork::BitsBehind(network("10.0.0.0/8"))));
    }
}
