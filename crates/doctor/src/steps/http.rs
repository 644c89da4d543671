//! The first request, without a key: whether HTTP is spoken there, what time it is, whether the address leads elsewhere,
//! and whether an API is at the path.
//!
//! No key is sent before all of that is as it should be.

use tollgate_errors::{Cause, catalog};
use url::Url;

use super::{base_path, clock};
use crate::address::Base;
use crate::call::{Call, CallError, Heard, Way};
use crate::check::Check;
use crate::environment::Resolved;
use crate::examine::{Api, Examination, Sight, Stop};
use crate::http2;

/// Asks for the list of models.
pub(crate) async fn look(ex: &mut Examination<'_>, resolved: Resolved, way: Way) -> Result<Api, Stop> {
    ex.begin(Check::Clock);
    let call = resolved.dialect.models(&way.base.url, &resolved.api_version);
    let mut unasked = match ex.ask(&way, &call).await {
        Ok(heard) => heard,
        Err(error) => return Err(unanswered(ex, &way, &error).await),
    };
    let slashed = with_slash(&call, &unasked);
    if let Some(to) = &slashed {
        let call = Call { url: to.clone(), ..call.clone() };
        unasked = match ex.ask(&way, &call).await {
            Ok(heard) => heard,
            Err(error) => return Err(unanswered(ex, &way, &error).await),
        };
    }
    if wants_tls(&unasked) {
        return Err(ex.stop(mismatch(&way.base, &unasked.excerpt())));
    }
    if let Some(sight) = refuses_the_version(&call, &unasked) {
        return Err(ex.stop(sight));
    }
    ex.put(clock::judge(&unasked).unwrap_or_else(|| clock::agreed(&unasked)));
    ex.begin(Check::Redirects);
    match redirected(&way.base, &call, &unasked) {
        Some(sight) => return Err(ex.stop(sight)),
        None if slashed.is_some() => {
            let what = format!("{} alone redirects, to the same with a slash at its end", call.url.path());
            ex.put(Sight::note(Check::Redirects, what));
        }
        None => ex.put(Sight::fine(Check::Redirects, "the address answers itself")),
    }
    ex.begin(Check::BasePath);
    let api = Api { resolved, way, unasked, list_has_slash: slashed.is_some() };
    base_path::without_key(ex, &api).await?;
    Ok(api)
}

/// No HTTP, or none in clear.
async fn unanswered(ex: &mut Examination<'_>, way: &Way, error: &CallError) -> Stop {
    if matches!(error, CallError::NotHttp(_) | CallError::Closed | CallError::Late { .. }) && speaks_tls(way).await {
        return ex.stop(mismatch(&way.base, "TLS is agreed on at the same port"));
    }
    if matches!(error, CallError::NotHttp(_) | CallError::Closed | CallError::Late { .. })
        && let Some(sight) = http2_alone(way, Check::BasePath).await
    {
        return ex.stop(sight);
    }
    let place = way.base.authority();
    let (cause, what): (&'static Cause, String) = match error {
        CallError::NotHttp(_) => (&catalog::BASE_URL_WRONG, format!("what listens at {place} does not speak HTTP")),
        CallError::Closed => (&catalog::CONNECTION_RESET, format!("{place} closes the connection without an answer")),
        CallError::Late { .. } => {
            (&catalog::TIMEOUT, format!("{place} takes the request and does not answer: {error}"))
        }
        CallError::Proxy(_) => (&catalog::PROXY_MISCONFIGURED, error.to_string()),
        CallError::Tls(_) => (&catalog::TLS_FAILURE, "TLS fails after the handshake".to_owned()),
        CallError::Tcp(_) => (&catalog::CONNECTION_RESET, format!("the second connection fails: {error}")),
        CallError::Unsendable(_) => (&catalog::BASE_URL_MALFORMED, error.to_string()),
    };
    ex.stop(Sight::finding(Check::BasePath, cause, what).evidence(error.to_string()))
}

/// What nginx, Go and others say to a request in clear at a port of TLS.
fn wants_tls(heard: &Heard) -> bool {
    let text = heard.excerpt().to_ascii_lowercase();
    if heard.status == 426 {
        return heard.header("upgrade").is_some_and(|wanted| wanted.starts_with("TLS/"));
    }
    heard.status == 400
        && (text.contains("http request was sent to https port") || text.contains("http request to an https server"))
}

/// The finding of a server that speaks HTTP/2 and does not answer HTTP/1.1; `None` where it was not seen to.
pub(super) async fn http2_alone(way: &Way, check: Check) -> Option<Sight> {
    let seen = http2::seen(way).await?;
    let what = format!("{} speaks HTTP/2 alone, and clients of these APIs begin with HTTP/1.1", way.base.authority());
    let sight = Sight::finding(check, &catalog::HTTP_VERSION_UNSUPPORTED, what).evidence(match way.base.is_tls() {
        true => "offered `http/1.1` alone, the server ends the handshake or the connection",
        false => "a request in HTTP/1.1 is not answered in HTTP",
    });
    let remedy = match way.base.is_tls() {
        true => {
            "have the server offer http/1.1 beside h2; else Python's client needs a client of its own: \
             http_client=httpx2.Client(http2=True), with 'httpx2[http2]' installed (before openai 3: httpx)"
        }
        false => "this may be a port of gRPC: use the port of the HTTP API, or have the server speak HTTP/1.1 too",
    };
    Some(sight.evidence(seen).remedy(remedy))
}

/// 505, or 426 with what the server wants instead.
fn refuses_the_version(call: &Call, heard: &Heard) -> Option<Sight> {
    if !matches!(heard.status, 426 | 505) {
        return None;
    }
    let wanted = heard.header("upgrade").map(|wanted| format!("upgrade: {wanted}"));
    let what = match wanted {
        Some(_) => "the server refuses HTTP/1.1, and says what it wants instead",
        None => "the server refuses HTTP/1.1",
    };
    let sight = Sight::finding(Check::BasePath, &catalog::HTTP_VERSION_UNSUPPORTED, what);
    let sight = sight.evidence(heard.shown(call)).evidences(wanted);
    Some(sight.remedy("have the server, or the proxy before it, take HTTP/1.1: clients of these APIs begin with it"))
}

fn mismatch(base: &Base, seen: &str) -> Sight {
    let what = format!("{} speaks https, and the base URL says http", base.authority());
    Sight::finding(Check::Tls, &catalog::HTTP_HTTPS_MISMATCH, what)
        .evidence(seen)
        .remedy(format!("write {}", base.with_scheme("https")))
}

async fn speaks_tls(way: &Way) -> bool {
    if way.base.is_tls() || way.proxy.is_some() {
        return false;
    }
    match way.reach().await {
        Ok(tcp) => way.agree(tcp, &way.trust.lenient).await.is_ok(),
        Err(_) => false,
    }
}

/// Where an answer leads elsewhere: the finding that says where.
pub(super) fn redirected(base: &Base, call: &Call, heard: &Heard) -> Option<Sight> {
    if !matches!(heard.status, 301..=303 | 307 | 308) {
        return None;
    }
    let finding = |what: String| {
        Sight::finding(Check::Redirects, &catalog::REDIRECT_BREAKS_REQUEST, what)
            .evidence(format!("{} → {}", call.url, heard.status))
    };
    let Some(location) = heard.header("location") else {
        return Some(finding("the address redirects, and does not say where".to_owned()));
    };
    let Ok(to) = call.url.join(location) else {
        return Some(finding("the address redirects to what is not an address".to_owned()));
    };
    let host = to.host_str().unwrap_or("").to_owned();
    let what = match (base.url.scheme(), to.scheme()) {
        _ if is_sign_in(&to) => "the address redirects to a page for signing in",
        ("https", "http") => "https:// redirects to http://, where a key would go over the network in clear",
        _ if host != call.url.host_str().unwrap_or("") => {
            "the address redirects to another host, where clients send no key"
        }
        ("http", "https") => "http:// redirects to https://, where a POST becomes a GET or loses its key",
        _ => "the address redirects, and a POST may become a GET on the way",
    };
    let tail = call.url.path().strip_prefix(base.url.path().trim_end_matches('/')).unwrap_or("");
    let target = to.as_str().strip_suffix(tail).unwrap_or(to.as_str()).trim_end_matches('/').to_owned();
    let remedy = match is_sign_in(&to) {
        true => "ask those who run it how programs get in: by a token, or at another address than people".to_owned(),
        false => format!("write {target}"),
    };
    Some(finding(what.to_owned()).evidence(format!("location: {location}")).remedy(remedy))
}

/// A page at which people sign in, by its host or its path.
fn is_sign_in(to: &Url) -> bool {
    let hosts = ["login.", "signin.", "sso.", "auth.", "accounts.", "idp."];
    let is_host = to.host_str().is_some_and(|host| hosts.iter().any(|word| host.starts_with(word)));
    let path = to.path().to_ascii_lowercase();
    is_host || ["login", "signin", "sign-in", "sso", "oauth", "saml"].iter().any(|word| path.contains(word))
}

/// The same address with a slash at its end, where that is all that a redirect is about: some frameworks want it in
/// lists alone. Clients follow it with the key, as it is the same host.
fn with_slash(call: &Call, heard: &Heard) -> Option<Url> {
    if !matches!(heard.status, 301 | 302 | 307 | 308) {
        return None;
    }
    let to = call.url.join(heard.header("location")?).ok()?;
    let wanted = format!("{}/", call.url.path());
    let is_same = to.origin() == call.url.origin() && to.path() == wanted && to.query() == call.url.query();
    is_same.then_some(to)
}
