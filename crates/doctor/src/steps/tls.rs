//! The handshake, and whose certificate it is.

use std::time::SystemTime;

use tollgate_errors::{Cause, catalog};

use super::{clock, http};
use crate::call::{Call, CallError, Way};
use crate::certificate::{Certificate, moment};
use crate::check::Check;
use crate::examine::{Examination, Sight, Stop};
use crate::tls::{TlsFault, told};
use crate::vendors::Vendor;

/// A certificate that ends sooner than this is worth a word.
const SOON_DAYS: i64 = 14;

/// Agrees on TLS once.
pub(crate) async fn look(ex: &mut Examination<'_>, way: Way) -> Result<Way, Stop> {
    ex.begin(Check::Tls);
    if !way.base.is_tls() {
        let sight = match way.base.is_local() {
            true => Sight::passed_over(Check::Tls, "http:// needs none"),
            false => Sight::note(Check::Tls, "http:// sends the key in clear over the network"),
        };
        ex.put(sight);
        return Ok(way);
    }
    match handshake(&way).await {
        Ok(version) => {
            ex.put(agreed(&way, &version));
            Ok(way)
        }
        Err(CallError::Tls(fault)) => Err(failed(ex, &way, fault).await),
        Err(error @ (CallError::Late { .. } | CallError::Closed)) => {
            let fault = if speaks_plainly(&way).await { TlsFault::NotTls } else { TlsFault::Other(error.to_string()) };
            Err(failed(ex, &way, fault).await)
        }
        Err(error) => {
            let sight = Sight::finding(Check::Tls, &catalog::TLS_FAILURE, format!("no TLS connection: {error}"));
            Err(ex.stop(sight))
        }
    }
}

async fn handshake(way: &Way) -> Result<String, CallError> {
    let tcp = way.reach().await?;
    let stream = way.agree(tcp, &way.trust.strict).await?;
    let version = stream.get_ref().1.protocol_version();
    Ok(version.map_or_else(String::new, |version| format!("{version:?}").replace('_', ".").replace("TLSv", "TLS ")))
}

fn agreed(way: &Way, version: &str) -> Sight {
    let chain = way.trust.chain();
    let Some(first) = chain.first() else { return Sight::fine(Check::Tls, version) };
    let days = (first.not_after - now()) / 86_400;
    let what = format!("{version}, certificate of {}, {days} days left", first.issuer);
    if let Some(product) = first.interceptor() {
        let remedy = "Python and Node have roots of their own: name the company's in SSL_CERT_FILE, REQUESTS_CA_BUNDLE and \
            NODE_EXTRA_CA_CERTS";
        let what = format!("{product} opens TLS on the way, with a root that this machine trusts");
        return Sight::note(Check::Tls, what).evidences(told(&chain)).remedy(remedy);
    }
    match days {
        ..SOON_DAYS => Sight::note(Check::Tls, format!("the certificate ends in {days} days")).evidences(told(&chain)),
        _ => Sight::fine(Check::Tls, what).evidence(format!("trusted by {}", way.trust.roots)),
    }
}

async fn failed(ex: &mut Examination<'_>, way: &Way, fault: TlsFault) -> Stop {
    if matches!(fault, TlsFault::NotTls | TlsFault::Closed) && speaks_plainly(way).await {
        let what = format!("{} speaks plain http, and the base URL says https", way.base.authority());
        let sight = Sight::finding(Check::Tls, &catalog::HTTP_HTTPS_MISMATCH, what)
            .evidence("a request without TLS to the same port was answered")
            .remedy(format!("write {}", way.base.with_scheme("http")));
        return ex.stop(sight);
    }
    if fault == TlsFault::Protocol
        && let Some(sight) = http::http2_alone(way, Check::Tls).await
    {
        return ex.stop(sight);
    }
    // A wrong clock makes good certificates look bad.
    if matches!(fault, TlsFault::Expired(_) | TlsFault::NotYetValid(_)) {
        let chain = told(&way.trust.chain());
        if let Some(sight) = by_clock(ex, way).await {
            return ex.stop(sight.evidences(chain));
        }
    }
    let sight = sight(way, fault).evidences(told(&way.trust.chain()));
    ex.stop(sight)
}

/// The finding of a wrong clock, by what the host says in an answer: of https without trust, else of http at its usual port.
async fn by_clock(ex: &mut Examination<'_>, way: &Way) -> Option<Sight> {
    let mut plain = way.clone();
    let is_plain = plain.base.url.set_scheme("http").is_ok() && plain.base.url.set_port(None).is_ok();
    for address in &mut plain.addresses {
        address.set_port(80);
    }
    let ways = if is_plain && way.proxy.is_none() { vec![way.clone(), plain] } else { vec![way.clone()] };
    for way in ways {
        let heard = ex.ask_anybody(&way, &Call::get(way.base.url.clone())).await;
        match heard {
            Ok(heard) if clock::is_told(&heard) => return clock::judge(&heard),
            Ok(_) | Err(_) => {}
        }
    }
    None
}

fn sight(way: &Way, fault: TlsFault) -> Sight {
    let host = &way.base.host;
    let finding = |cause: &'static Cause, what: String| Sight::finding(Check::Tls, cause, what);
    match fault {
        TlsFault::Expired(certificate) => finding(
            &catalog::TLS_CERTIFICATE_INVALID,
            format!("the certificate expired on {}", moment(certificate.not_after)),
        )
        .remedy("whoever runs the host has to renew its certificate"),
        TlsFault::NotYetValid(certificate) => {
            let from = moment(certificate.not_before);
            finding(&catalog::TLS_CERTIFICATE_INVALID, format!("the certificate is not valid before {from}")).remedy(
                format!("whoever runs the host has to replace it, unless this clock is wrong: {} here", moment(now())),
            )
        }
        TlsFault::WrongName(certificate) => {
            finding(&catalog::TLS_HOSTNAME_MISMATCH, format!("the certificate is not for {host}"))
                .remedy(named(&certificate))
        }
        TlsFault::SelfSigned(certificate) | TlsFault::Untrusted(Some(certificate)) => untrusted(way, &certificate),
        TlsFault::Untrusted(None) => {
            finding(&catalog::TLS_UNTRUSTED_CA, "the certificate is signed by nobody that is trusted".to_owned())
        }
        TlsFault::Certificate(reason) => {
            finding(&catalog::TLS_CERTIFICATE_INVALID, format!("the certificate is not accepted: {reason}"))
        }
        TlsFault::ClientCertificate => {
            finding(&catalog::TLS_FAILURE, "the server asks for a certificate of the client".to_owned())
        }
        TlsFault::Version => {
            finding(&catalog::TLS_FAILURE, "client and server have no version or cipher of TLS in common".to_owned())
        }
        TlsFault::Protocol => {
            let what = "the server takes neither HTTP/1.1 nor HTTP/2 (no_application_protocol)";
            finding(&catalog::TLS_FAILURE, what.to_owned())
                .remedy("offer http/1.1 at the server's TLS: what listens there may not be a web server")
        }
        TlsFault::NotTls => finding(&catalog::TLS_FAILURE, "what comes back is not TLS".to_owned()),
        TlsFault::Closed => {
            finding(&catalog::TLS_FAILURE, "the server closes the connection during the handshake".to_owned())
                .remedy("a firewall may cut connections to this host by its name: try another network")
        }
        TlsFault::Other(reason) => finding(&catalog::TLS_FAILURE, format!("the handshake fails: {reason}")),
    }
}

fn named(certificate: &Certificate) -> String {
    match certificate.names.as_slice() {
        [] => "the certificate names no host: whoever runs the host has to renew it".to_owned(),
        names => format!("use one of the names that the certificate is for: {}", names.join(", ")),
    }
}

/// Opened on the way, self-signed, or with a link missing.
fn untrusted(way: &Way, certificate: &Certificate) -> Sight {
    let finding = |what: String| Sight::finding(Check::Tls, &catalog::TLS_UNTRUSTED_CA, what);
    let issuer = &certificate.issuer;
    let hosted = Vendor::by_host(&way.base.host);
    let opener = certificate.interceptor().map(str::to_owned);
    let opener = opener.or_else(|| (hosted.is_some() || way.proxy.is_some()).then(|| format!("`{issuer}`")));
    if let Some(opener) = opener {
        return finding(format!("{opener} opens TLS on the way, and this machine does not trust it")).remedy(
            "get the company's root as PEM from those who run the network, and name it: SSL_CERT_FILE, REQUESTS_CA_BUNDLE, \
             NODE_EXTRA_CA_CERTS",
        );
    }
    if certificate.is_self_issued {
        return finding("the certificate is self-signed".to_owned()).remedy(
            "name it as a root (--ca-file here, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS in programs), or have one issued",
        );
    }
    if way.trust.chain().len() == 1 && certificate.tells_its_issuer {
        return finding(format!(
            "the server does not send the certificate of {issuer}, which links its own to a trusted root"
        ))
        .remedy("whoever runs the host has to serve the full chain (fullchain.pem)");
    }
    finding(format!("the certificate is signed by {issuer}, which is not trusted here")).remedy(
        "name the authority's certificate as a root: --ca-file here, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS in programs",
    )
}

/// Whether the port answers a request without TLS.
async fn speaks_plainly(way: &Way) -> bool {
    if way.proxy.is_some() {
        return false;
    }
    let mut plain = way.clone();
    if plain.base.url.set_scheme("http").is_err() {
        return false;
    }
    plain.ask_anybody(&Call::get(plain.base.url.clone())).await.is_ok()
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
