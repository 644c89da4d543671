//! Models: who serves them, in which order and until when, and what is done about requests that do not fit them.

use tollgate_core::operation::Operations;
use tollgate_providers::sandbox::Wishes;

use super::UpstreamTimeouts;

/// A model has no more deployments.
pub const DEPLOYMENTS_MAX: usize = 64;

/// A model that callers may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Public name.
    pub name: String,
    /// Who is said to own it, in `GET /v1/models`.
    pub owned_by: String,
    /// Unix seconds, in `GET /v1/models`.
    pub created: i64,
    /// From when it is not to be used any more, and from when it is refused.
    pub lifecycle: Lifecycle,
    /// A time in which it is refused.
    pub maintenance: Option<Maintenance>,
    /// The lowest tier of a key that may use it; 0 for every key.
    pub tier: u8,
    /// What it can be asked for.
    pub operations: Operations,
    /// Ways to serve it, in order of preference; at least one, at most
    /// [`DEPLOYMENTS_MAX`].
    pub deployments: Vec<Deployment>,
    /// Which of them is asked first.
    pub balance: Balance,
    /// Other models, in order, that may answer where no deployment of this one does.
    pub fallbacks: Vec<Fallback>,
    /// Whether a stream that breaks off is continued by the next deployment, where that one says the same again.
    pub resume: bool,
    /// What is done about parameters that its deployments would refuse.
    pub parameters: Parameters,
    /// What is done about images and files that requests name by their addresses.
    pub images: Images,
    /// What the operator knows of it better than the table of models.
    pub capabilities: CapabilityOverrides,
}

/// What is done about parameters that a deployment's model would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parameters {
    /// They pass, and a refusal is explained.
    #[default]
    Pass,
    /// The request is refused before the call, as the provider would.
    Check,
    /// The request is changed where its meaning stays, and refused elsewhere.
    Adapt,
}

/// What is done about images and files that requests name by their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Images {
    /// Nothing.
    Off,
    /// Behind a provider's refusal they are looked at, and it is told with its reason.
    #[default]
    Diagnose,
    /// They are looked at before the call, and the request refused where the provider would.
    Check,
    /// They are fetched before the call, and sent in place of their addresses.
    Inline,
}

/// What an operator says of a model; `None` leaves it to the table of models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapabilityOverrides {
    /// The model that it is, where its name at the provider does not say so; `azure/gpt-5` names a vendor too.
    pub base_model: Option<String>,
    /// The most tokens of prompt and answer together.
    pub context_tokens: Option<u32>,
    /// The most tokens of the input alone.
    pub max_input_tokens: Option<u32>,
    /// The most tokens of an answer.
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
    /// Whether it takes `max_tokens`.
    pub max_tokens: Option<bool>,
    /// Whether it takes any temperature.
    pub sampling: Option<bool>,
    /// Whether it takes `dimensions`.
    pub dimensions: Option<bool>,
    /// Whether names that OpenAI does not know may be sent to it.
    pub unknown_parameters: Option<bool>,
    /// Other parameters that it refuses.
    pub refused: Vec<String>,
}

/// Which of a model's deployments is asked first. The others follow where it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Balance {
    /// As they are listed.
    #[default]
    Ordered,
    /// By lot, by their weights.
    Weighted,
    /// The one with the fewest attempts in flight per weight.
    LeastBusy,
    /// The one that answers soonest, by the time it took lately and what is in flight there.
    Latency,
}

/// A model that stands in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// Its name in [`super::Settings::models`].
    pub model: String,
    /// After what.
    pub on: Vec<Condition>,
}

/// What kind of failure a fallback stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The deployments fail or cannot be reached.
    Error,
    /// They do not answer in time.
    Timeout,
    /// They refuse for their rate limits or quotas.
    RateLimit,
    /// The prompt is too long for the model.
    ContextLength,
    /// The provider's content filter refuses.
    Content,
}

/// The end of a model's life, as far as it has been announced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lifecycle {
    /// From when new uses are discouraged; answers say so, whatever the day.
    pub deprecated: Option<Day>,
    /// From when it is retired: still listed, and refused.
    pub shutdown: Option<Day>,
    /// What to use instead.
    pub successor: Option<String>,
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// As shown, `YYYY-MM-DD`.
    pub date: String,
    /// Its midnight UTC in Unix seconds.
    pub at: i64,
}

/// A time in which a model is refused, to come back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Unix seconds from which it is refused; `None` for from now on.
    pub from: Option<i64>,
    /// Unix seconds from which it is served again.
    pub until: i64,
    /// Why, for callers to read.
    pub reason: Option<String>,
}

impl Maintenance {
    /// Whether `now` (Unix seconds) is within it.
    #[must_use]
    pub fn holds(&self, now: i64) -> bool {
        self.from.is_none_or(|from| from <= now) && now < self.until
    }
}

/// One way to serve a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Name of a provider in [`super::Settings::providers`].
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// Where it is served, if not where its provider is.
    pub region: Option<String>,
    /// Whether the credential serves one upstream project, so that `previous_response_id` and `conversation` can
    /// work.
    pub one_project: bool,
    /// Its share where the balance goes by weight; one of 0 is asked only when no other can be.
    pub weight: u32,
    /// Timers: the provider's, or the model's or its own where those say otherwise.
    pub timeouts: UpstreamTimeouts,
    /// Pace and size of the answers, where the sandbox makes them and the request's headers say nothing else.
    pub wishes: Wishes,
}
