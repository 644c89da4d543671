//! `[tls]`: certificate and key towards callers.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::Tls;

use super::resolve::Resolver;
use super::tree::Path;

/// TLS towards callers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTls {
    /// PEM file with the certificate chain, leaf first. It is read again when it changes.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

pub(super) fn resolve(raw: &RawTls, resolver: &mut Resolver<'_>) -> Tls {
    let path = Path::to("tls");
    let mut file = |name: &str, written| {
        let path = path.key(name);
        let file = resolver.file(&path, written);
        if let Err(error) = resolver.read(&file) {
            resolver.refuse(&path, |p| {
                p.found(format!("{}: {error}", file.display())).allowed("a PEM file that can be read")
            });
        }
        file
    };
    Tls { certificate: file("certificate", &raw.certificate), key: file("key", &raw.key) }
}
