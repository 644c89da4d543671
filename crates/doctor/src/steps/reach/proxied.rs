//! Through a proxy: whether it can be reached, lets through, and should be there at all.

use std::net::SocketAddr;
use std::time::Instant;

use tollgate_errors::{Cause, catalog};

use super::direct;
use crate::call::{Call, CallError, Heard, Way};
use crate::check::Check;
use crate::connect::{connect, short};
use crate::environment::Resolved;
use crate::examine::{Examination, Sight, Stop};
use crate::proxy::{Manner, Proxy, ProxyFault};
use crate::socks::{self, SocksFault};

/// A name that nobody may have (RFC 2606).
const NOWHERE: &str = "doctor.invalid";

/// Looks at the proxy of `way`.
pub(super) async fn look(ex: &mut Examination<'_>, resolved: &Resolved, way: &mut Way) -> Result<(), Stop> {
    let proxy = way.proxy.clone().expect("it is called with a proxy");
    hide(ex, &proxy);
    let begin = Instant::now();
    if proxy.manner == Manner::Socks {
        find_host(ex, way).await;
    }
    let reached = reach(ex, &proxy, way).await;
    let tried = match reached {
        Ok(()) => lets_through(ex, resolved, way).await,
        Err(sight) => Err(sight),
    };
    match tried {
        Ok(()) => {
            let kind = if proxy.manner == Manner::Http { "" } else { "the SOCKS proxy " };
            let Proxy { origin, host, port, .. } = &proxy;
            let what = format!("{origin} leads through {kind}{host}:{port} ({})", short(begin.elapsed()));
            let sight = match (way.base.is_local(), proxy.manner) {
                (true, _) => Sight::note(Check::Proxy, format!("{what}, although the host is local"))
                    .remedy(format!("NO_PROXY={}", way.base.host)),
                (false, Manner::Http) => Sight::fine(Check::Proxy, what),
                (false, _) => Sight::note(Check::Proxy, what).remedy(
                    "Python's clients need `pip install 'httpx2[socks]'` for it (before openai 3 'httpx[socks]'); Node's fetch \
                     does not speak SOCKS",
                ),
            };
            ex.put(sight);
            for check in [Check::Names, Check::Ipv4, Check::Ipv6] {
                ex.put(Sight::passed_over(check, "the proxy sees to it"));
            }
            Ok(())
        }
        Err(sight) if way.base.is_local() && works_directly(way).await => {
            let what = format!("{} swallows a call to a local address", proxy.origin);
            let mut out = vec!["localhost", "127.0.0.1", "::1"];
            if !out.contains(&way.base.host.as_str()) {
                out.push(&way.base.host);
            }
            let swallowed = Sight::finding(Check::Proxy, &catalog::PROXY_INTERCEPTS_LOCAL, what)
                .evidence(format!("through {}:{}: {}", proxy.host, proxy.port, sight.what()))
                .evidence(format!("without it: {} is connected to", way.base.authority()))
                .remedy(format!("NO_PROXY={} (and no_proxy, which some clients read)", out.join(",")));
            Err(ex.stop(swallowed))
        }
        Err(sight) => Err(ex.stop(sight)),
    }
}

/// From now on, what its address says of somebody is not shown.
fn hide(ex: &mut Examination<'_>, proxy: &Proxy) {
    let authorization = proxy.authorization();
    // Clients of Basic credentials send what stands behind the word.
    let encoded = authorization.as_deref().and_then(|text| text.strip_prefix("Basic "));
    for secret in [Some(proxy.user.as_str()), proxy.password.as_deref(), encoded].into_iter().flatten() {
        ex.secrets.add(secret);
    }
}

/// `socks5://` has this machine find the host; where it cannot, the proxy is given the name, as most clients do.
async fn find_host(ex: &Examination<'_>, way: &mut Way) {
    let found = match way.base.literal {
        Some(address) => Some(address),
        None => direct::quickly(&way.base, ex.patience()).await.first().map(SocketAddr::ip),
    };
    way.found = found;
}

/// The proxy's own name and port.
async fn reach(ex: &Examination<'_>, proxy: &Proxy, way: &mut Way) -> Result<(), Sight> {
    let wrong = |what: String| {
        Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what).evidence(format!("from {}", proxy.origin))
    };
    let place = format!("{}:{}", proxy.host, proxy.port);
    let begin = Instant::now();
    let found = tokio::time::timeout(ex.patience(), tokio::net::lookup_host((proxy.host.as_str(), proxy.port))).await;
    way.dns = begin.elapsed();
    let addresses: Vec<_> = match found {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(error)) => return Err(wrong(format!("the proxy's name {} is not found: {error}", proxy.host))),
        Err(_) => return Err(wrong(format!("the proxy's name {} is not found in time", proxy.host))),
    };
    let mut last = None;
    for address in addresses {
        match connect(address, ex.patience()).await {
            Ok(_) => {
                way.addresses = vec![address];
                return Ok(());
            }
            Err(fault) => last = Some(fault),
        }
    }
    let fault = last.map_or_else(|| "it has no address".to_owned(), |fault| fault.to_string());
    Err(wrong(format!("the proxy at {place} cannot be reached: {fault}"))
        .remedy(format!("start the proxy, correct {}, or unset it", proxy.origin)))
}

/// A way to the host, or for plain http through a proxy that passes requests on, one question without a key.
async fn lets_through(ex: &mut Examination<'_>, resolved: &Resolved, way: &Way) -> Result<(), Sight> {
    if !way.proxy.as_ref().is_some_and(|proxy| proxy.passes_on(way.base.is_tls())) {
        return way.reach().await.map(drop).map_err(|error| refused(way, &error));
    }
    let call = resolved.dialect.models(&way.base.url, &resolved.api_version);
    match ex.ask(way, &call).await {
        Ok(heard) if is_the_proxys(&heard) => Err(answered(way, &call, &heard)),
        Ok(heard) if answers_for_all(ex, way, &call, &heard).await => {
            let proxy = way.proxy.as_ref().map_or_else(String::new, |proxy| format!("{}:{}", proxy.host, proxy.port));
            let what = format!("what listens at {proxy} answers for every host alike: it is a web server, not a proxy");
            Err(Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what)
                .evidence(heard.shown(&call))
                .evidence(format!("the same for {NOWHERE}, which no proxy can reach"))
                .remedy("correct the proxy's address, or unset it"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(refused(way, &error)),
    }
}

/// Whether what answers as a proxy answers for a host that cannot be as it does for this one. Nothing but the way to the
/// list of models is told to it.
async fn answers_for_all(ex: &mut Examination<'_>, way: &Way, call: &Call, heard: &Heard) -> bool {
    // An API that lists models or wants a key for them is behind a proxy, or is what was meant.
    let may_be_its_own = matches!(heard.status, 400 | 404 | 405 | 421) || heard.is_page();
    let mut url = call.url.clone();
    if !may_be_its_own || heard.header("via").is_some() || url.set_host(Some(NOWHERE)).is_err() {
        return false;
    }
    let nowhere = Call { url, ..call.clone() };
    let other = ex.ask(way, &nowhere).await;
    // Such answers often say the address that was asked for.
    let without = |heard: &Heard, host: &str| String::from_utf8_lossy(&heard.body).replace(host, "");
    other.is_ok_and(|other| other.status == heard.status && without(&other, NOWHERE) == without(heard, &way.base.host))
}

/// Whether an answer is the proxy's own and not the host's.
fn is_the_proxys(heard: &Heard) -> bool {
    heard.status == 407
        || heard.header("x-squid-error").is_some()
        || heard.header("proxy-connection").is_some()
        || (matches!(heard.status, 502..=504) && heard.json().is_none())
}

fn answered(way: &Way, call: &Call, heard: &Heard) -> Sight {
    let challenge = heard.header("proxy-authenticate").map(str::to_owned);
    match heard.status {
        407 => password(way, challenge),
        status => Sight::finding(
            Check::Proxy,
            &catalog::PROXY_MISCONFIGURED,
            format!("the proxy answers {status} instead of the host's answer"),
        )
        .evidence(heard.shown(call)),
    }
}

fn refused(way: &Way, error: &CallError) -> Sight {
    let finding = |what: String| Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what);
    let place = way.proxy.as_ref().map_or_else(String::new, |proxy| format!("{}:{}", proxy.host, proxy.port));
    match error {
        CallError::Proxy(ProxyFault::Refused { status: 407, challenge, .. }) => password(way, challenge.clone()),
        CallError::Proxy(ProxyFault::Refused { status, server, .. }) => {
            let sight = finding(format!(
                "the proxy at {place} refuses a tunnel to {} with {status}",
                way.base.authority()
            ))
            .remedy(
                "have the host allowed at the proxy, or take it out with NO_PROXY where it can be reached directly",
            );
            sight.evidences(server.iter().map(|server| format!("server: {server}")))
        }
        CallError::Proxy(ProxyFault::Socks(fault)) => by_socks(way, &place, *fault),
        CallError::Proxy(ProxyFault::NotAProxy) | CallError::NotHttp(_) => {
            finding(format!("what listens at {place} is not an HTTP proxy"))
                .remedy("correct the proxy's port: it may be one of SOCKS, or another program's")
        }
        other => finding(format!("the proxy at {place} does not let through: {other}")),
    }
}

/// What a SOCKS proxy refuses. That it cannot reach the host is not its own fault.
fn by_socks(way: &Way, place: &str, fault: SocksFault) -> Sight {
    let finding = |cause: &'static Cause, what: String| Sight::finding(Check::Proxy, cause, what);
    let wrong = |what: String| finding(&catalog::PROXY_MISCONFIGURED, what);
    let host = way.base.authority();
    let origin = way.proxy.as_ref().map_or("the proxy's address", |proxy| proxy.origin.as_str());
    match fault {
        SocksFault::NotSocks | SocksFault::Silent => wrong(format!("what listens at {place} does not speak SOCKS 5"))
            .evidence(fault.to_string())
            .remedy(format!("correct {origin}: a proxy of HTTP is written http://{place}")),
        SocksFault::WantsPassword => wrong(format!("the SOCKS proxy at {place} wants a user name and a password"))
            .advice(format!("{origin}=socks5h://USER:PASSWORD@HOST:PORT, special letters percent-encoded")),
        SocksFault::WrongPassword => {
            wrong(format!("the SOCKS proxy at {place} refuses the user name and password in its address"))
                .remedy(format!("correct them in {origin}; special letters of a password are percent-encoded"))
        }
        SocksFault::Refused(code @ 3..=6) => {
            let cause: &'static Cause =
                if code == 5 { &catalog::CONNECTION_REFUSED } else { &catalog::CONNECT_TIMEOUT };
            finding(cause, format!("the SOCKS proxy at {place} cannot reach {host}: {}", socks::reply(code))).remedy(
                "the proxy itself works: correct the base URL, or ask those who run the proxy whether it may go there",
            )
        }
        SocksFault::Refused(2) => wrong(format!("the SOCKS proxy at {place} does not let through to {host}")).remedy(
            "have the host allowed at the proxy, or take it out with NO_PROXY where it can be reached directly",
        ),
        SocksFault::Refused(8) => wrong(format!("the SOCKS proxy at {place} does not take this kind of address"))
            .remedy(other_manner(way, place)),
        other => wrong(format!("the SOCKS proxy at {place} does not let through: {other}")),
    }
}

/// Names instead of addresses, or the reverse.
fn other_manner(way: &Way, place: &str) -> String {
    let by_name = way.proxy.as_ref().is_some_and(|proxy| proxy.manner == Manner::SocksByName);
    match by_name {
        true => format!("write socks5://{place}: this machine then finds the host's address"),
        false => format!("write socks5h://{place}: the proxy then finds the host"),
    }
}

fn password(way: &Way, challenge: Option<String>) -> Sight {
    let proxy = way.proxy.as_ref();
    let origin = proxy.map_or("the proxy's address", |proxy| proxy.origin.as_str());
    let has_one = proxy.is_some_and(Proxy::has_credentials);
    let what = match has_one {
        true => "the proxy refuses the user name and password in its address (407)",
        false => "the proxy wants a user name and a password (407)",
    };
    let remedy = format!("{origin}=http://USER:PASSWORD@HOST:PORT, special letters of the password percent-encoded");
    let sight = Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what).advice(remedy);
    sight.evidences(challenge.map(|challenge| format!("proxy-authenticate: {challenge}")))
}

/// Whether the host answers without the proxy.
async fn works_directly(way: &Way) -> bool {
    let mut direct = way.clone();
    direct.proxy = None;
    direct.addresses = match way.base.literal {
        Some(address) => vec![SocketAddr::new(address, way.base.port)],
        None => direct::quickly(&way.base, way.patience).await,
    };
    direct.ask_anybody(&Call::get(way.base.url.clone())).await.is_ok()
}
