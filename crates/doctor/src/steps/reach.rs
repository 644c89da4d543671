//! The way to the host: through a proxy, or by its name and over TCP.

mod direct;
mod proxied;

use std::path::PathBuf;
use std::time::Duration;

use tollgate_errors::catalog;

use crate::address::Base;
use crate::call::Way;
use crate::check::Check;
use crate::environment::Resolved;
use crate::examine::{Examination, Sight, Stop};
use crate::proxy::{Choice, choose};
use crate::tls::{Trust, TrustError};

/// Finds it.
pub(crate) async fn look(ex: &mut Examination<'_>, resolved: &Resolved, base: Base) -> Result<Way, Stop> {
    ex.begin(Check::Proxy);
    let trust = match trust(ex) {
        Ok(trust) => trust,
        Err(error) => {
            let sight = Sight::finding(Check::Tls, &catalog::TLS_UNTRUSTED_CA, error.to_string())
                .remedy("name a PEM file that holds certificates, or unset the variable");
            return Err(ex.stop(sight));
        }
    };
    let patience = ex.patience();
    let mut way = Way { base, addresses: Vec::new(), proxy: None, trust, dns: Duration::ZERO, patience };
    match choose(ex.question, &way.base) {
        Choice::None => ex.put(Sight::fine(Check::Proxy, "none is set")),
        Choice::Bypassed { origin, by, entry } => {
            let what = format!("{origin} is set, and {by} takes the host out by `{entry}`");
            ex.put(Sight::fine(Check::Proxy, what));
        }
        Choice::Socks { origin } => {
            let what =
                format!("{origin} names a SOCKS proxy, which is not asked here: the host is looked at without it");
            let remedy = "Python needs httpx[socks] for it; Node's fetch knows no SOCKS";
            ex.put(Sight::note(Check::Proxy, what).remedy(remedy));
        }
        Choice::Wrong { origin, what } => {
            let what = format!("{origin} is no address of a proxy: {what}");
            return Err(ex.stop(Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what)));
        }
        Choice::Via(proxy) => {
            way.proxy = Some(proxy);
            proxied::look(ex, resolved, &mut way).await?;
            return Ok(way);
        }
    }
    direct::look(ex, &mut way).await?;
    Ok(way)
}

/// The roots that clients of this environment have.
fn trust(ex: &Examination<'_>) -> Result<Trust, TrustError> {
    let question = ex.question;
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    files.extend(question.ca_file.clone().map(|path| (path, "--ca-file".to_owned())));
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        files.extend(question.variable(name).map(|path| (PathBuf::from(path), name.to_owned())));
    }
    Trust::new(&files)
}
