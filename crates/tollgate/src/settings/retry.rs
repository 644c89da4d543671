//! `[retry]` and `[breaker]`: further attempts after a failed one, and when a deployment is left alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::{Breaker, Retry};

use super::resolve::Resolver;
use super::scalar::DurationText;
use super::tree::Path;

/// Further attempts after a failed one. Nothing is repeated once the caller has a byte of the answer, or what cannot
/// succeed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawRetry {
    /// Most attempts of a request, the first and those at other deployments and models included.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
    /// How many of the requests of the last ten seconds may be repeated, in percent, over the whole server; beside them,
    /// a hundred are always allowed. An attempt at another deployment or model counts too. 0 allows none.
    #[schemars(range(min = 0, max = 100))]
    pub budget_percent: u32,
    /// Bound of the first pause before the same deployments are asked again. The pause is drawn between nothing and
    /// the bound, which doubles each time.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1m"))]
    pub pause: DurationText,
    /// Bound of every pause.
    #[schemars(extend("x-min" = "1ms", "x-max" = "5m"))]
    pub pause_max: DurationText,
    /// A provider's `Retry-After` up to this is waited for; a longer one is handed to the caller with the error.
    #[schemars(extend("x-min" = "0s", "x-max" = "5m"))]
    pub wait_max: DurationText,
}

impl Default for RawRetry {
    fn default() -> Self {
        let retry = Retry::default();
        Self {
            attempts: retry.attempts,
            budget_percent: retry.budget_permille / 10,
            pause: DurationText(retry.pause),
            pause_max: DurationText(retry.pause_max),
            wait_max: DurationText(retry.wait_max),
        }
    }
}

/// When a deployment is left alone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawBreaker {
    /// Failures in a row (5xx, no answer, no connection, no JSON) after which a deployment is left alone; 0 for never.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub failures: u32,
    /// For how long at first. Then one request finds out; where it fails, the time doubles.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1h"))]
    pub open: DurationText,
    /// For how long at most: so long after its recovery a deployment is asked again.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1h"))]
    pub open_max: DurationText,
    /// For how long at most a provider's `Retry-After` makes other deployments preferred.
    #[schemars(extend("x-min" = "0s", "x-max" = "1h"))]
    pub rest_max: DurationText,
}

impl Default for RawBreaker {
    fn default() -> Self {
        let breaker = Breaker::default();
        Self {
            failures: breaker.failures,
            open: DurationText(breaker.open),
            open_max: DurationText(breaker.open_max),
            rest_max: DurationText(breaker.rest_max),
        }
    }
}

pub(super) fn resolve(raw: &RawRetry, resolver: &mut Resolver<'_>) -> Retry {
    at_least(&Path::to("retry").key("pause_max"), raw.pause_max, "retry.pause", raw.pause, resolver);
    Retry {
        attempts: raw.attempts.max(1),
        budget_permille: raw.budget_percent * 10,
        pause: raw.pause.0,
        pause_max: raw.pause_max.0,
        wait_max: raw.wait_max.0,
    }
}

pub(super) fn resolve_breaker(raw: &RawBreaker, resolver: &mut Resolver<'_>) -> Breaker {
    at_least(&Path::to("breaker").key("open_max"), raw.open_max, "breaker.open", raw.open, resolver);
    Breaker { failures: raw.failures, open: raw.open.0, open_max: raw.open_max.0, rest_max: raw.rest_max.0 }
}

fn at_least(path: &Path, found: DurationText, name: &str, least: DurationText, resolver: &mut Resolver<'_>) {
    if found.0 < least.0 {
        resolver.refuse(path, |p| p.found(found.to_string()).allowed(format!("at least {name}, which is {least}")));
    }
}
