//! `[images]` and `images` of a model: what is done about images and files that requests name by their addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::{Downloads, Images};
use tollgate_outbound::Allowed;

use super::providers::{self, RawRoots};
use super::resolve::Resolver;
use super::scalar::{DurationText, SizeText};
use super::tree::Path;

/// How images and files are fetched that requests name by their addresses. Nothing is fetched from private, loopback,
/// link-local and other addresses that are not on the public internet, unless it is listed here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawImages {
    /// What is let through although it is not on the public internet: a host (`files.internal`), all hosts below one
    /// (`*.files.internal`), an address or a network (`10.1.0.0/16`), each with or without a port. The metadata service
    /// of a cloud is let through by its own address only.
    pub allowed_hosts: Vec<String>,
    /// Largest image or file.
    #[schemars(extend("x-min" = "1KiB", "x-max" = "512MiB"))]
    pub max_bytes: SizeText,
    /// Most pixels on a side of an image. Without it: any number.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_side: Option<u32>,
    /// From the first step to the last byte of one of them, redirects included. Behind a provider's refusal it is at
    /// most 5 seconds.
    #[schemars(extend("x-min" = "10ms", "x-max" = "5m"))]
    pub timeout: DurationText,
    /// Whom TLS trusts.
    pub roots: RawRoots,
}

impl Default for RawImages {
    fn default() -> Self {
        let downloads = Downloads::default();
        Self {
            allowed_hosts: Vec::new(),
            max_bytes: SizeText(downloads.bytes as u64),
            max_side: downloads.side,
            timeout: DurationText(downloads.time),
            roots: RawRoots::Bundled,
        }
    }
}

/// What is done about images and files that requests name by their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawImageMode {
    /// Nothing.
    Off,
    /// Where the provider refused them they are looked at, and the refusal is told with its reason.
    #[default]
    Diagnose,
    /// They are looked at before the call, and the request is refused where the provider would.
    Check,
    /// They are fetched before the call, and sent in place of their addresses.
    Inline,
}

impl RawImageMode {
    pub(super) fn resolved(self) -> Images {
        match self {
            Self::Off => Images::Off,
            Self::Diagnose => Images::Diagnose,
            Self::Check => Images::Check,
            Self::Inline => Images::Inline,
        }
    }
}

pub(super) fn resolve(raw: &RawImages, resolver: &mut Resolver<'_>) -> Downloads {
    let path = Path::to("images");
    let list = path.key("allowed_hosts");
    for (at, entry) in raw.allowed_hosts.iter().enumerate() {
        if let Err(error) = Allowed::read([entry.as_str()]) {
            resolver.refuse(&resolver.element(&list, at), |p| p.found(error.to_string()));
        }
    }
    Downloads {
        // What is refused above stops the start.
        allowed: Allowed::read(raw.allowed_hosts.iter().map(String::as_str)).unwrap_or_default(),
        bytes: usize::try_from(raw.max_bytes.0).unwrap_or(usize::MAX),
        side: raw.max_side,
        time: raw.timeout.0,
        roots: providers::roots(&path.key("roots"), &raw.roots, resolver),
    }
}
