//! Without a proxy: the name, then TCP to its addresses, each family apart.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tollgate_errors::{Cause, catalog, nearest};

use crate::address::Base;
use crate::call::Way;
use crate::check::Check;
use crate::connect::{TcpFault, connect, short};
use crate::examine::{Examination, Sight, Stop};
use crate::names::{Reply, Resolved, Said, resolve};
use crate::vendors::known_hosts;

/// Addresses of one family that are tried.
const TRIED: usize = 3;

/// An address, and what came of it.
type Tried = (SocketAddr, Result<Duration, TcpFault>);

/// Name and TCP.
pub(super) async fn look(ex: &mut Examination<'_>, way: &mut Way) -> Result<(), Stop> {
    ex.begin(Check::Names);
    let begin = Instant::now();
    let addresses = names(ex, &way.base).await?;
    way.dns = begin.elapsed();
    ex.begin(Check::Ipv4);
    let tried = tcp(&addresses, way.base.port, ex.patience()).await;
    judge(ex, &way.base, &tried)?;
    way.addresses = tried.iter().filter(|(_, result)| result.is_ok()).map(|(address, _)| *address).collect();
    Ok(())
}

async fn names(ex: &mut Examination<'_>, base: &Base) -> Result<Vec<IpAddr>, Stop> {
    if let Some(address) = base.literal {
        ex.put(Sight::fine(Check::Names, format!("{address} is an address")));
        return Ok(vec![address]);
    }
    let question = ex.question;
    let resolved = resolve(&base.host, &question.hosts, &question.resolv_conf, question.patience).await;
    match &resolved.addresses {
        Ok(found) if !found.is_empty() => {
            ex.put(found_names(base, &resolved, found));
            Ok(found.clone())
        }
        Ok(_) => Err(ex.stop(lost(base, &resolved, "it has no address"))),
        Err(reason) => Err(ex.stop(lost(base, &resolved, reason))),
    }
}

fn list(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn found_names(base: &Base, resolved: &Resolved, found: &[IpAddr]) -> Sight {
    let what = format!("{} is {} ({})", base.host, list(found), short(resolved.took));
    if !resolved.in_hosts.is_empty() {
        let line = format!("the file of hosts says so: {}", list(&resolved.in_hosts));
        let is_own = base.is_local();
        let sight = if is_own { Sight::fine(Check::Names, what) } else { Sight::note(Check::Names, what) };
        return sight.evidence(line);
    }
    let theirs: Vec<IpAddr> = resolved.said.iter().flat_map(addresses).collect();
    let differs = !theirs.is_empty() && !found.iter().any(|address| theirs.contains(address));
    let silent = resolved.said.iter().filter(|said| said.v4 == Reply::Silent).count();
    let sight = match (differs, silent) {
        (true, _) => Sight::note(Check::Names, what).evidence("the name servers say something else"),
        (false, 1..) => Sight::note(Check::Names, what).evidence("a name server does not answer, which costs seconds"),
        _ => Sight::fine(Check::Names, what),
    };
    if differs || silent > 0 { sight.evidences(resolved.said.iter().map(told)) } else { sight }
}

fn addresses(said: &Said) -> Vec<IpAddr> {
    let of = |reply: &Reply| if let Reply::Addresses(found) = reply { found.clone() } else { Vec::new() };
    [of(&said.v4), of(&said.v6)].concat()
}

fn lost(base: &Base, resolved: &Resolved, reason: &str) -> Sight {
    let host = &base.host;
    let is = |reply: &Reply| resolved.said.iter().any(|said| said.v4 == *reply || said.v6 == *reply);
    let is_dead = |said: &Said| matches!(said.v4, Reply::Silent | Reply::Failed(_));
    let known = resolved.said.iter().any(|said| !addresses(said).is_empty());
    let finding = |what: String| Sight::finding(Check::Names, &catalog::DNS_FAILURE, what);
    let sight = if known {
        finding(format!("the system does not find {host}, and a name server does"))
            .remedy("look at /etc/nsswitch.conf and the system's resolver: the name server itself is right")
    } else if is(&Reply::NoSuchName) {
        let meant = nearest(host, known_hosts()).filter(|known| known != host);
        let sight = finding(format!("there is no host named {host}"));
        match meant {
            Some(meant) => sight.remedy(format!("did you mean {meant}? Correct the base URL")),
            // It is the vendor's own: the network, not the name, is at fault.
            None if known_hosts().any(|known| known == host) => sight.remedy(
                "this machine has no way to the Internet's names: connect it, or set the proxy or name server of this network",
            ),
            None => sight.remedy("correct the host in the base URL, or join the network that knows the name"),
        }
    } else if !resolved.said.is_empty() && resolved.said.iter().all(is_dead) {
        finding(format!("no name server answers, so {host} cannot be found"))
            .remedy("check the network, the VPN, and the name servers in /etc/resolv.conf")
    } else {
        finding(format!("the system does not find {host}"))
    };
    sight.evidence(format!("the system's resolver: {reason}")).evidences(resolved.said.iter().map(told))
}

fn told(said: &Said) -> String {
    let reply = |reply: &Reply| match reply {
        Reply::Addresses(found) if found.is_empty() => "no such record".to_owned(),
        Reply::Addresses(found) => list(found),
        Reply::NoSuchName => "no such name".to_owned(),
        Reply::Refused(code) => format!("refused with code {code}"),
        Reply::Silent => "no answer".to_owned(),
        Reply::Failed(reason) => reason.clone(),
    };
    format!("name server {}: A {}, AAAA {}", said.server, reply(&said.v4), reply(&said.v6))
}

/// The addresses of a host, for a look aside.
pub(super) async fn quickly(base: &Base, patience: Duration) -> Vec<SocketAddr> {
    let found = tokio::time::timeout(patience, tokio::net::lookup_host((base.host.as_str(), base.port))).await;
    found.ok().and_then(Result::ok).map(Iterator::collect).unwrap_or_default()
}

/// Tries all at once.
async fn tcp(addresses: &[IpAddr], port: u16, patience: Duration) -> Vec<Tried> {
    let of = |is_v6: bool| addresses.iter().filter(move |address| address.is_ipv6() == is_v6).take(TRIED);
    let mut tries = JoinSet::new();
    for (place, address) in of(false).chain(of(true)).enumerate() {
        let address = SocketAddr::new(*address, port);
        tries.spawn(async move { (place, address, connect(address, patience).await.map(|(_, took)| took)) });
    }
    let mut found = tries.join_all().await;
    found.sort_by_key(|(place, ..)| *place);
    found.into_iter().map(|(_, address, result)| (address, result)).collect()
}

fn judge(ex: &mut Examination<'_>, base: &Base, tried: &[Tried]) -> Result<(), Stop> {
    let of = |is_v6: bool| -> Vec<&Tried> { tried.iter().filter(|(address, _)| address.is_ipv6() == is_v6).collect() };
    let (v4, v6) = (of(false), of(true));
    let works = |family: &[&Tried]| family.iter().any(|(_, result)| result.is_ok());
    if !works(&v4) && !works(&v6) {
        let (check, family) = if v4.is_empty() { (Check::Ipv6, &v6) } else { (Check::Ipv4, &v4) };
        let sight = unreachable(ex, base, check, family);
        return Err(ex.stop(sight.evidences(tried.iter().map(line))));
    }
    for (check, family) in [(Check::Ipv4, &v4), (Check::Ipv6, &v6)] {
        let sight = one_family(check, family, works(family));
        ex.put(sight);
    }
    Ok(())
}

/// One family, where the host can be reached by one of the two.
fn one_family(check: Check, family: &[&Tried], works: bool) -> Sight {
    let version = if check == Check::Ipv4 { "IPv4" } else { "IPv6" };
    if family.is_empty() {
        return Sight::passed_over(check, format!("the host has no {version} address"));
    }
    let lines = || family.iter().map(|tried| line(tried));
    let fastest = family.iter().filter_map(|(_, result)| result.as_ref().ok()).min();
    let is_silent = family.iter().any(|(_, result)| matches!(result, Err(TcpFault::Silent(_))));
    match fastest {
        Some(time) if works && !is_silent => Sight::fine(check, format!("connected in {}", short(*time))),
        Some(_) => Sight::note(check, format!("one of its {version} addresses does not answer")).evidences(lines()),
        None if is_silent => {
            let other = if check == Check::Ipv4 { "IPv6" } else { "IPv4" };
            let what = format!("{version} leads nowhere: packets to the host are lost, while {other} works");
            Sight::finding(check, &catalog::CONNECT_TIMEOUT, what).evidences(lines()).remedy(format!(
                "repair or switch off {version} on this machine or its router: clients that try it first wait for \
                 their whole connect timeout"
            ))
        }
        // Refused at once, or no route at all: clients go on to the other family without delay.
        None => {
            Sight::note(check, format!("not reachable over {version}, which clients notice at once")).evidences(lines())
        }
    }
}

fn line((address, result): &Tried) -> String {
    match result {
        Ok(time) => format!("{address}: connected in {}", short(*time)),
        Err(fault) => format!("{address}: {fault}"),
    }
}

fn unreachable(ex: &Examination<'_>, base: &Base, check: Check, family: &[&Tried]) -> Sight {
    let faults = || family.iter().filter_map(|(_, result)| result.as_ref().err());
    let authority = base.authority();
    let finding = |cause: &'static Cause, what: String| Sight::finding(check, cause, what);
    if faults().any(|fault| *fault == TcpFault::Refused) {
        return match (base.is_loopback(), ex.question.in_container) {
            (true, true) => finding(
                &catalog::LOCALHOST_IN_CONTAINER,
                format!("nothing listens at {authority}, which inside this container is the container itself"),
            ),
            (true, false) => finding(&catalog::CONNECTION_REFUSED_LOCAL, format!("nothing listens at {authority}")),
            _ => finding(&catalog::CONNECTION_REFUSED, format!("nothing listens at {authority}")),
        };
    }
    match faults().next() {
        Some(TcpFault::Silent(_)) => finding(&catalog::CONNECT_TIMEOUT, format!("{authority} does not answer at all"))
            .remedy("a firewall drops the packets, or the host is down: allow the port, or set the proxy that this network wants"),
        Some(fault) => finding(&catalog::CONNECT_TIMEOUT, format!("{authority} cannot be reached: {fault}"))
            .remedy("check the network and its routes: `ip route get ADDRESS`"),
        None => finding(&catalog::CONNECT_TIMEOUT, format!("{authority} cannot be reached")),
    }
}
