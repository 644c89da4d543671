//! What is known of a deployment's model: the table of models, and above it what the operator says.
//!
//! In: a deployment's settings, and its provider's host. Out: [`Fit`], which the catalog keeps, so that a request only
//! looks at it.

use std::sync::Arc;

use tollgate_core::operation::{Operation, Operations};
use tollgate_models::{Capabilities, Dimensions, Endpoints, Mode, Sampling, Support, Vendor};
use tollgate_tokens::Vocabulary;

use crate::settings::{CapabilityOverrides, Parameters};

/// What a deployment's requests are held to.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) parameters: Parameters,
    /// `None` for a model that nobody has heard of.
    pub(crate) known: Option<Arc<Known>>,
}

/// What is known of a model.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The name that the facts are told under.
    pub(crate) name: String,
    pub(crate) can: Capabilities,
    /// Parameters that it refuses, the operator's among them.
    pub(crate) refused: Vec<String>,
    /// Its tokens, where they can be counted.
    pub(crate) vocabulary: Option<Vocabulary>,
}

/// Families whose vocabulary is public.
const COUNTED: [&str; 8] =
    ["gpt-3.5", "gpt-35", "gpt-4", "gpt-5", "chatgpt-", "text-embedding-", "davinci-", "babbage-"];

impl Fit {
    /// Of a model whose name is `model` at a provider on `host`, and of which the settings say `operations`.
    pub(crate) fn new(
        parameters: Parameters,
        overrides: &CapabilityOverrides,
        operations: Operations,
        host: Option<&str>,
        model: &str,
    ) -> Self {
        let at = host.and_then(Vendor::of_host);
        let (vendor, name) = match overrides.base_model.as_deref() {
            Some(base) => match base.split_once('/') {
                Some((word, name)) if Vendor::of_word(word).is_some() => (Vendor::of_word(word), name),
                _ => (at, base),
            },
            None => (at, model),
        };
        let listed = tollgate_models::of(vendor, name);
        if listed.is_none() && *overrides == CapabilityOverrides::default() {
            return Self { parameters, known: None };
        }
        let mut can = listed.unwrap_or_else(|| Capabilities::unknown(Mode::Chat));
        let mut refused: Vec<String> = can.refused.iter().map(|name| (*name).to_owned()).collect();
        overrule(&mut can, overrides);
        if !says_nothing(operations) {
            can.endpoints = Endpoints::Unlisted;
        }
        refused.extend(overrides.refused.iter().filter(|name| !can.refused.contains(&name.as_str())).cloned());
        let known = Known { name: name.to_owned(), can, refused, vocabulary: vocabulary(vendor, name) };
        Self { parameters, known: Some(Arc::new(known)) }
    }

    /// Of a model of which nothing is asked.
    pub(crate) fn none() -> Self {
        Self { parameters: Parameters::Pass, known: None }
    }
}

/// Whether the endpoints of the settings leave nothing out: they are those of every model then. What was chosen comes
/// before the table.
fn says_nothing(operations: Operations) -> bool {
    Operation::ALL.into_iter().filter(|operation| operation.asks_a_model()).all(|o| operations.contains(o))
}

/// The operator's word comes before the table's.
fn overrule(can: &mut Capabilities, by: &CapabilityOverrides) {
    if by.context_tokens.is_some() {
        can.context = by.context_tokens;
        can.max_input = by.max_input_tokens.or(by.context_tokens);
    }
    can.max_input = by.max_input_tokens.or(can.max_input);
    can.max_output = by.max_output_tokens.or(can.max_output);
    for (mine, said) in [
        (&mut can.tools, by.tools),
        (&mut can.parallel_tools, by.parallel_tool_calls),
        (&mut can.vision, by.vision),
        (&mut can.json_schema, by.json_schema),
        (&mut can.reasoning, by.reasoning),
        (&mut can.system, by.system_messages),
        (&mut can.max_tokens, by.max_tokens),
    ] {
        if let Some(said) = said {
            *mine = if said { Support::Yes } else { Support::No };
        }
    }
    if let Some(any) = by.sampling {
        can.sampling = if any { Sampling::Free } else { Sampling::Fixed };
    }
    if let Some(takes) = by.dimensions {
        can.dimensions = if takes { Dimensions::Unlisted } else { Dimensions::Fixed };
    }
    if let Some(pass) = by.unknown_parameters {
        can.strict_names = !pass;
    }
}

/// The vocabulary of OpenAI's own models; of others it would be a guess.
fn vocabulary(vendor: Option<Vendor>, name: &str) -> Option<Vocabulary> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let bare = name.strip_prefix("ft:").unwrap_or(name);
    let series_o = bare.starts_with('o') && bare[1..].starts_with(|c: char| c.is_ascii_digit());
    let openais = vendor.is_none_or(Vendor::speaks_as_openai) || vendor == Some(Vendor::OpenRouter);
    let counted = series_o || COUNTED.iter().any(|family| bare.starts_with(family));
    (openais && counted).then(|| Vocabulary::of_model(name))
}
