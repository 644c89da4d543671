//! `sandbox` of a provider or a model: how slow, how large and in what pieces the sandbox answers there.
//!
//! In: the sections as written. Out: what the sandbox is wished to do where a request's headers say nothing else. The
//! bounds are those of the headers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_providers::sandbox::Wishes;

use super::resolve::Resolver;
use super::scalar::DurationText;
use super::tree::Path;

/// Pace and size of the sandbox's answers. The headers `x-sandbox-…` of a request come before them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawSandbox {
    /// Time before the first byte. Without it: the model's own.
    #[schemars(extend("x-min" = "0ms", "x-max" = "2m"))]
    pub latency: Option<DurationText>,
    /// Time between two events of a stream. Without it: the model's own.
    #[schemars(extend("x-min" = "0ms", "x-max" = "10s"))]
    pub chunk: Option<DurationText>,
    /// Tokens in one event of a stream of chat or completions. Without it: one.
    #[schemars(range(min = 1, max = 1000))]
    pub chunk_tokens: Option<u32>,
    /// Tokens of prose in a response, and in each choice of a chat. Without it: as many as it takes.
    #[schemars(range(min = 1, max = 16_384))]
    pub tokens: Option<u32>,
}

impl RawSandbox {
    /// As the sandbox takes them.
    pub(super) fn wishes(&self) -> Wishes {
        Wishes {
            before: self.latency.map(|d| d.0),
            between: self.chunk.map(|d| d.0),
            chunk_tokens: self.chunk_tokens,
            tokens: self.tokens,
            ..Wishes::default()
        }
    }

    /// Refuses what is written where no sandbox answers.
    pub(super) fn refuse(&self, path: &Path, resolver: &mut Resolver<'_>) {
        if *self != Self::default() {
            resolver.refuse(&path.key("sandbox"), |p| {
                p.found("pace and size for the sandbox")
                    .allowed("nothing: only a provider with dialect = \"sandbox\" has them")
            });
        }
    }
}
