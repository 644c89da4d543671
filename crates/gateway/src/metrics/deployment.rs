//! What is counted of one deployment, with every handle of a success resolved beforehand.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use tollgate_core::operation::{Operation, Operations};
use tollgate_core::usage::Usage;

use super::Metrics;
use super::labels::{AttemptLabels, DeploymentLabels, ModelLabels, RequestLabels, TokenLabels, UpstreamLabels};

/// What a deployment serves.
pub(crate) struct Served<'a> {
    /// The deployment's id.
    pub(crate) deployment: &'a str,
    /// The model's public name.
    pub(crate) model: &'a str,
    pub(crate) provider: &'a str,
    pub(crate) operations: Operations,
}

/// The handles of one deployment.
#[derive(Clone)]
pub(crate) struct DeploymentMetrics {
    labels: ModelLabels,
    /// Successes per operation; failures are looked up.
    success: Vec<Option<Counter>>,
    input: Counter,
    cached: Counter,
    output: Counter,
    reasoning: Counter,
    duration: Histogram,
    first_token: Histogram,
    overhead: Histogram,
    attempts: [Counter; AttemptResult::ALL.len()],
    upstream_errors: Family<UpstreamLabels, Counter>,
    openings: Counter,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptResult {
    /// With an answer, of which a stream may still break off.
    Answered,
    /// With an error that says nothing against the deployment: the request is wrong, or it came too often.
    Refused,
    /// With any other error, or none.
    Failed,
    /// The caller left before.
    Abandoned,
}

impl AttemptResult {
    const ALL: [Self; 4] = [Self::Answered, Self::Refused, Self::Failed, Self::Abandoned];

    fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The times of a settled request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) whole: Duration,
    pub(crate) overhead: Duration,
    pub(crate) first_token: Option<Duration>,
}

impl DeploymentMetrics {
    pub(super) fn new(all: &Metrics, served: &Served<'_>) -> Self {
        let labels = ModelLabels { model: served.model.to_owned(), provider: served.provider.to_owned() };
        let ModelLabels { model, provider } = &labels;
        let tokens = |kind| {
            let labels = TokenLabels { model: model.clone(), provider: provider.clone(), r#type: kind };
            all.tokens.get_or_create_owned(&labels)
        };
        let success = |operation: Operation| {
            let labels = || RequestLabels {
                route: operation.name(),
                model: model.clone(),
                provider: provider.clone(),
                status: 200,
                error: "",
            };
            served.operations.contains(operation).then(|| all.requests.get_or_create_owned(&labels()))
        };
        let attempts = |result: AttemptResult| {
            let labels = AttemptLabels { model: model.clone(), provider: provider.clone(), result: result.name() };
            all.attempts.get_or_create_owned(&labels)
        };
        Self {
            success: Operation::ALL.into_iter().map(success).collect(),
            input: tokens("input"),
            cached: tokens("cached_input"),
            output: tokens("output"),
            reasoning: tokens("reasoning"),
            duration: all.duration.get_or_create_owned(&labels),
            first_token: all.first_token.get_or_create_owned(&labels),
            overhead: all.overhead.get_or_create_owned(&labels),
            attempts: AttemptResult::ALL.map(attempts),
            upstream_errors: all.upstream_errors.clone(),
            openings: all.openings.get_or_create_owned(&DeploymentLabels { deployment: served.deployment.to_owned() }),
            labels,
        }
    }

    /// The public name of the model whose deployment it is.
    pub(crate) fn model(&self) -> &str {
        &self.labels.model
    }

    /// Counts a success; false where it has no counter for that.
    pub(crate) fn has_counted(&self, operation: Operation) -> bool {
        let counter = self.success.get(operation as usize - 1).and_then(Option::as_ref);
        counter.map(Counter::inc).is_some()
    }

    /// Counts the end of an attempt.
    pub(crate) fn attempt(&self, result: AttemptResult) {
        self.attempts[result as usize].inc();
    }

    /// Counts an attempt without an answer, or an answer that broke off.
    pub(crate) fn upstream_error(&self, cause: &'static str) {
        let ModelLabels { model, provider } = self.labels.clone();
        self.upstream_errors.get_or_create(&UpstreamLabels { model, provider, cause }).inc();
    }

    /// Counts an opening of its breaker.
    pub(crate) fn opened(&self) {
        self.openings.inc();
    }

    /// Counts tokens and times, of failures too where there are any.
    pub(crate) fn settled(&self, usage: &Usage, times: Times) {
        for (counter, tokens) in [
            (&self.input, usage.input),
            (&self.cached, usage.cached_input),
            (&self.output, usage.output),
            (&self.reasoning, usage.reasoning),
        ] {
            if tokens > 0 {
                counter.inc_by(u64::from(tokens));
            }
        }
        self.duration.observe(times.whole.as_secs_f64());
        self.overhead.observe(times.overhead.as_secs_f64());
        if let Some(first) = times.first_token {
            self.first_token.observe(first.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_result_of_an_attempt_has_its_own_counter() {
        for (index, result) in AttemptResult::ALL.into_iter().enumerate() {
            assert_eq!(result as usize, index);
        }
    }
}
