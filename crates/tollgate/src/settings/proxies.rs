//! `trusted_proxies`: whose word about a caller's address counts.

use tollgate_core::network::{Network, NotANetwork};

use super::resolve::Resolver;
use super::tree::Path;

/// More networks than anybody's proxies are in; each request from one of them is held against all.
const MOST: usize = 256;

pub(super) fn resolve(raw: &[String], resolver: &mut Resolver<'_>) -> Vec<Network> {
    let path = Path::to("trusted_proxies");
    if raw.len() > MOST {
        resolver.refuse(&path, |p| p.found(format!("{} networks", raw.len())).allowed(format!("at most {MOST}")));
    }
    let mut networks = Vec::new();
    for (at, text) in raw.iter().enumerate() {
        match text.parse::<Network>() {
            Ok(network) => networks.push(network),
            Err(error) => resolver.refuse(&resolver.element(&path, at), |p| {
                let p = p.found(format!("{text:?}")).allowed("an address or a network, for example \"10.0.0.0/8\"");
                match error {
                    NotANetwork::BitsBehind(meant) => p.help(format!("the network of this length is \"{meant}\"")),
                    NotANetwork::Straddles => p.help(error.to_string()),
                    NotANetwork::Form => p,
                }
            }),
        }
    }
    networks
}
