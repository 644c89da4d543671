//! Through a proxy: whether it can be reached, lets through, and should be there at all.

use std::time::Instant;

use tollgate_errors::catalog;

use super::direct;
use crate::call::{Call, CallError, Heard, Way};
use crate::check::Check;
use crate::connect::{connect, short};
use crate::environment::Resolved;
use crate::examine::{Examination, Sight, Stop};
use crate::proxy::{Proxy, ProxyFault};

/// Looks at the proxy of `way`.
pub(super) async fn look(ex: &mut Examination<'_>, resolved: &Resolved, way: &mut Way) -> Result<(), Stop> {
    let proxy = way.proxy.clone().expect("it is called with a proxy");
    for secret in [&proxy.password, &proxy.authorization].into_iter().flatten() {
        ex.secrets.add(secret);
    }
    // Clients of Basic credentials send what stands behind the word.
    if let Some(encoded) = proxy.authorization.as_deref().and_then(|text| text.strip_prefix("Basic ")) {
        ex.secrets.add(encoded);
    }
    let begin = Instant::now();
    let reached = reach(ex, &proxy, way).await;
    let tried = match reached {
        Ok(()) => lets_through(ex, resolved, way).await,
        Err(sight) => Err(sight),
    };
    match tried {
        Ok(()) => {
            let what =
                format!("{} leads through {}:{} ({})", proxy.origin, proxy.host, proxy.port, short(begin.elapsed()));
            let sight = match way.base.is_local() {
                true => Sight::note(Check::Proxy, format!("{what}, although the host is local"))
                    .remedy(format!("NO_PROXY={}", way.base.host)),
                false => Sight::fine(Check::Proxy, what),
            };
            ex.put(sight);
            for check in [Check::Names, Check::Ipv4, Check::Ipv6] {
                ex.put(Sight::passed_over(check, "the proxy sees to it"));
            }
            Ok(())
        }
        Err(sight) if way.base.is_local() && works_directly(way).await => {
            let what = format!("{} swallows a call to a local address", proxy.origin);
            let host = &way.base.host;
            let swallowed = Sight::finding(Check::Proxy, &catalog::PROXY_INTERCEPTS_LOCAL, what)
                .evidence(format!("through {}:{}: {}", proxy.host, proxy.port, sight.what()))
                .evidence(format!("without it: {} is connected to", way.base.authority()))
                .remedy(format!("NO_PROXY=localhost,127.0.0.1,::1,{host} (and no_proxy, which some clients read)"));
            Err(ex.stop(swallowed))
        }
        Err(sight) => Err(ex.stop(sight)),
    }
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

/// A tunnel, or for plain http one question without a key.
async fn lets_through(ex: &mut Examination<'_>, resolved: &Resolved, way: &Way) -> Result<(), Sight> {
    if way.base.is_tls() {
        return way.reach().await.map(drop).map_err(|error| refused(way, &error));
    }
    let call = resolved.dialect.models(&way.base.url, &resolved.api_version);
    match ex.ask(way, &call).await {
        Ok(heard) if is_the_proxys(&heard) => Err(answered(way, &call, &heard)),
        Ok(_) => Ok(()),
        Err(error) => Err(refused(way, &error)),
    }
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
        CallError::Proxy(ProxyFault::NotAProxy) | CallError::NotHttp(_) => {
            finding(format!("what listens at {place} is not an HTTP proxy"))
                .remedy("correct the proxy's port: it may be one of SOCKS, or another program's")
        }
        other => finding(format!("the proxy at {place} does not let through: {other}")),
    }
}

fn password(way: &Way, challenge: Option<String>) -> Sight {
    let proxy = way.proxy.as_ref();
    let origin = proxy.map_or("the proxy's address", |proxy| proxy.origin.as_str());
    let has_one = proxy.is_some_and(|proxy| proxy.authorization.is_some());
    let what = match has_one {
        true => "the proxy refuses the user name and password in its address (407)",
        false => "the proxy wants a user name and a password (407)",
    };
    let remedy = format!("{origin}=http://USER:PASSWORD@HOST:PORT, special letters of the password percent-encoded");
    let sight = Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what).remedy(remedy);
    sight.evidences(challenge.map(|challenge| format!("proxy-authenticate: {challenge}")))
}

/// Whether the host answers without the proxy.
async fn works_directly(way: &Way) -> bool {
    let mut direct = way.clone();
    direct.proxy = None;
    direct.addresses = match way.base.literal {
        Some(address) => vec![std::net::SocketAddr::new(address, way.base.port)],
        None => direct::quickly(&way.base, way.patience).await,
    };
    direct.ask_anybody(&Call::get(way.base.url.clone())).await.is_ok()
}
