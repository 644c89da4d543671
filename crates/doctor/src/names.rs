//! What a name stands for: to the system, to the file of hosts, and to each name server.
//!
//! In: a host name. Out: the system's addresses, which is what programs get, and beside them what the file and the servers
//! say, so that a difference can be told.

mod hosts;
mod query;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::timeout;

pub(crate) use hosts::{in_hosts, servers};
pub(crate) use query::{Reply, ask};

/// Of a name server: what it says of A and AAAA together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) server: IpAddr,
    pub(crate) v4: Reply,
    pub(crate) v6: Reply,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    /// The system's answer.
    pub(crate) addresses: Result<Vec<IpAddr>, String>,
    pub(crate) took: Duration,
    /// What the file of hosts says.
    pub(crate) in_hosts: Vec<IpAddr>,
    pub(crate) said: Vec<Said>,
}

/// Name servers that are asked.
const SERVERS: usize = 3;

/// Asks everybody.
pub(crate) async fn resolve(name: &str, hosts: &Path, resolv_conf: &Path, patience: Duration) -> Resolved {
    let begin = Instant::now();
    let addresses = match timeout(patience, tokio::net::lookup_host((name, 0))).await {
        Ok(Ok(found)) => Ok(unique(found.map(|address| address.ip()))),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the system's resolver gave no answer within {}", crate::connect::seconds(patience))),
    };
    let took = begin.elapsed();
    let in_hosts = in_hosts(hosts, name);
    let mut said = Vec::new();
    // One label is a name of this machine or of a search list, and says nothing to a server.
    if in_hosts.is_empty() && name.contains('.') {
        for server in servers(resolv_conf).into_iter().take(SERVERS) {
            let at = SocketAddr::new(server, 53);
            let within = patience.min(Duration::from_secs(3));
            let (v4, v6) = tokio::join!(ask(at, name, false, within), ask(at, name, true, within));
            said.push(Said { server, v4, v6 });
        }
    }
    Resolved { addresses, took, in_hosts, said }
}

fn unique(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for address in addresses {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}
