//! `parameters` and `capabilities` of a model: what is done about parameters that it would refuse, and which they are.
//!
//! In: the section as written. Out: what the gateway is told. The table of models is the tollgate-models crate's; what
//! stands here comes before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_errors::nearest;
use tollgate_gateway::settings::{CapabilityOverrides, Parameters};

use super::resolve::Resolver;
use super::tree::Path;

/// What is done about parameters that a model would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawParameters {
    /// They are sent, and a refusal is explained.
    #[default]
    Pass,
    /// They are refused before the call, as the provider would.
    Check,
    /// The request is changed where its meaning stays, and refused elsewhere.
    Adapt,
}

impl RawParameters {
    pub(super) fn resolved(self) -> Parameters {
        match self {
            Self::Pass => Parameters::Pass,
            Self::Check => Parameters::Check,
            Self::Adapt => Parameters::Adapt,
        }
    }
}

/// What is known of a model better than the built-in table says. Whatever is left out, the table decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawCapabilities {
    /// The model that it is, where its name at the provider does not say so, as with deployments of Azure: `gpt-5`, or
    /// with its vendor `azure/gpt-5`.
    pub base_model: Option<String>,
    /// The most tokens of prompt and answer together.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub context_tokens: Option<u32>,
    /// The most tokens of the input alone.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub max_input_tokens: Option<u32>,
    /// The most tokens of an answer.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub max_output_tokens: Option<u32>,
    /// Whether it calls functions.
    pub tools: Option<bool>,
    /// Whether it takes `parallel_tool_calls`.
    pub parallel_tool_calls: Option<bool>,
    /// Whether it takes images.
    pub vision: Option<bool>,
    /// Whether its answers can be held to a JSON schema.
    pub json_schema: Option<bool>,
    /// Whether it takes `reasoning_effort`.
    pub reasoning: Option<bool>,
    /// Whether it takes messages of role `system` and `developer`.
    pub system_messages: Option<bool>,
    /// Whether it takes `max_tokens`; where not, it takes `max_completion_tokens`.
    pub max_tokens: Option<bool>,
    /// Whether it takes any `temperature`, or its default alone.
    pub sampling: Option<bool>,
    /// Whether it takes `dimensions`.
    pub dimensions: Option<bool>,
    /// Whether parameters that OpenAI does not know may be sent to it, such as `top_k` to vLLM.
    pub unknown_parameters: Option<bool>,
    /// Other parameters that it refuses, such as `["logit_bias"]`.
    pub refused: Vec<String>,
}

impl RawCapabilities {
    /// As the gateway takes them. `model` is the path of the model's section.
    pub(super) fn resolved(&self, model: &Path, resolver: &mut Resolver<'_>) -> CapabilityOverrides {
        if let Some(base) = &self.base_model {
            check_base(base, &model.key("capabilities").key("base_model"), resolver);
        }
        CapabilityOverrides {
            base_model: self.base_model.clone(),
            context_tokens: self.context_tokens,
            max_input_tokens: self.max_input_tokens,
            max_output_tokens: self.max_output_tokens,
            tools: self.tools,
            parallel_tool_calls: self.parallel_tool_calls,
            vision: self.vision,
            json_schema: self.json_schema,
            reasoning: self.reasoning,
            system_messages: self.system_messages,
            max_tokens: self.max_tokens,
            sampling: self.sampling,
            dimensions: self.dimensions,
            unknown_parameters: self.unknown_parameters,
            refused: self.refused.clone(),
        }
    }
}

/// A base model is one of the table: of any other it would say nothing.
fn check_base(base: &str, path: &Path, resolver: &mut Resolver<'_>) {
    let known = match base.split_once('/') {
        Some((vendor, name)) => tollgate_models::find(tollgate_models::Vendor::of_word(vendor), name)
            .or_else(|| tollgate_models::find(None, base)),
        None => tollgate_models::find(None, base),
    };
    if known.is_some() || !resolver.is_whole(path) {
        return;
    }
    let name = base.rsplit('/').next().unwrap_or(base);
    let meant = nearest(name, tollgate_models::all().map(|model| model.name));
    resolver.refuse(path, |p| {
        let p = p.found(format!("{base:?}, which is not in the table of models")).allowed("the name of a known model");
        match meant {
            Some(name) => p.help(format!("did you mean {name:?}?")),
            None => p.help("leave it out, and set what you know of the model beside it"),
        }
    });
}
