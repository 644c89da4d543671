//! `[cors]`: which origins a browser may call from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::Cors;

use super::address::BaseUrl;
use super::resolve::Resolver;
use super::tree::{Path, without_secret};

/// Calls from browsers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCors {
    /// Exact origins such as `https://app.example.com`, or the single entry `*` for all.
    pub origins: Vec<String>,
}

pub(super) fn resolve(raw: &RawCors, resolver: &mut Resolver<'_>) -> Cors {
    let path = Path::to("cors").key("origins");
    let any = raw.origins.iter().any(|o| o == "*");
    if any && raw.origins.len() > 1 {
        resolver.refuse(&path, |p| p.found("* beside other origins").allowed("\"*\" alone, or exact origins"));
    }
    for (at, origin) in raw.origins.iter().enumerate().filter(|(_, o)| *o != "*") {
        let is_origin = BaseUrl::read(origin).is_ok_and(|url| url.path.is_empty()) && !origin.ends_with('/');
        if !is_origin {
            resolver.refuse(&resolver.element(&path, at), |p| {
                p.found(format!("{:?}", without_secret(origin)))
                    .allowed("scheme, host and port without a path, for example \"https://app.example.com\"")
            });
        }
    }
    Cors { origins: raw.origins.clone() }
}
