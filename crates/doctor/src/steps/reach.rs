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
use crate::variables::{About, about};

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
    let mut way = Way { base, addresses: Vec::new(), proxy: None, found: None, trust, dns: Duration::ZERO, patience };
    match choose(ex.question, &way.base) {
        Choice::None => ex.put(Sight::fine(Check::Proxy, "none is set")),
        Choice::Bypassed { origin, by, entry } => {
            let what = format!("{origin} is set, and {by} takes the host out by `{entry}`");
            ex.put(Sight::fine(Check::Proxy, what));
        }
        Choice::Wrong { origin, what, remedy } => {
            let what = format!("{origin} does not name a proxy: {what}");
            let sight = Sight::finding(Check::Proxy, &catalog::PROXY_MISCONFIGURED, what);
            return Err(ex.stop(sight.remedy(remedy)));
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
    for name in about(About::Roots) {
        files.extend(question.variable(name).map(|path| (PathBuf::from(path), name.to_owned())));
    }
    Trust::new(&files)
}
