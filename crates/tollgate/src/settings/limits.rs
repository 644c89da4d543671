//! `[limits]`: ceilings on what callers may send and how much is done at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::Limits;

use super::resolve::Resolver;
use super::scalar::SizeText;
use super::tree::Path;

/// Ceilings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawLimits {
    /// Largest request head (request line and headers).
    #[schemars(extend("x-min" = "1KiB", "x-max" = "1MiB"))]
    pub head: SizeText,
    /// Most headers of a request.
    #[schemars(range(min = 10, max = 256))]
    pub headers: u32,
    /// Largest request body.
    #[schemars(extend("x-min" = "1KiB", "x-max" = "2GiB"))]
    pub body: SizeText,
    /// Memory that all request bodies together may take; at least one of the largest must fit.
    #[schemars(extend("x-min" = "1MiB", "x-max" = "1TiB"))]
    pub all_bodies: SizeText,
    /// Most open client connections.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections: u32,
    /// Most requests served at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub in_flight: u32,
    /// Most idle connections kept to a provider, per serving thread.
    #[schemars(range(min = 0, max = 100_000))]
    pub idle_upstream_connections: u32,
}

impl Default for RawLimits {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            head: SizeText(limits.head_bytes as u64),
            headers: limits.headers as u32,
            body: SizeText(limits.body_bytes as u64),
            all_bodies: SizeText(limits.all_bodies_bytes as u64),
            connections: limits.connections as u32,
            in_flight: limits.in_flight as u32,
            idle_upstream_connections: limits.idle_upstream_connections as u32,
        }
    }
}

pub(super) fn resolve(raw: &RawLimits, resolver: &mut Resolver<'_>) -> Limits {
    if raw.all_bodies < raw.body {
        resolver.refuse(&Path::to("limits").key("all_bodies"), |p| {
            p.found(raw.all_bodies.to_string()).allowed(format!("at least limits.body, which is {}", raw.body))
        });
    }
    let bytes = |size: SizeText| usize::try_from(size.0).unwrap_or(usize::MAX);
    Limits {
        head_bytes: bytes(raw.head),
        headers: raw.headers as usize,
        body_bytes: bytes(raw.body),
        all_bodies_bytes: bytes(raw.all_bodies),
        connections: raw.connections as usize,
        in_flight: raw.in_flight as usize,
        idle_upstream_connections: raw.idle_upstream_connections as usize,
    }
}
