//! Whether a request fits the model that a deployment serves, and what to do where it does not.
//!
//! In: a deployment, of which the catalog keeps what is known (`Known`), and a request: its endpoint and its
//! parameters. Out, by the model's setting
//! `parameters`: with `pass` nothing, and nothing of the body is read; with `check` a refusal as the provider would
//! word it, before it is asked; with `adapt` the changes that leave the request's meaning as it is, and a refusal where
//! there are none. Behind a provider's own refusal it adds what is known to its diagnosis ([`explain()`]).

mod endpoint;
mod explain;
mod judge;
mod known;
mod ranges;
mod window;

use tollgate_core::operation::Operation;
use tollgate_errors::Diagnosis;
use tollgate_providers::openai::members::Edit;

use crate::catalog::Deployment;
use crate::settings::Parameters;

pub(crate) use self::explain::{able, explain};
pub(crate) use self::known::Fit;

/// A request changed so that it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adapted {
    /// The changes, none of which overlap.
    pub(crate) edits: Vec<Edit>,
    /// What they are, for the header `x-tollgate-adapted` and the record.
    pub(crate) note: String,
}

/// Who refuses a call of an endpoint that a model is certainly not served at.
#[derive(Debug, Clone)]
pub(crate) enum Misplaced {
    /// This gateway, before the call.
    Here(Box<Diagnosis>),
    /// The provider: the setting lets it pass.
    ByProvider,
}

/// Whether `body` may go to `deployment`, and changed how.
pub(crate) async fn fitted(
    deployment: &Deployment,
    operation: Operation,
    body: &[u8],
) -> Result<Option<Adapted>, Box<Diagnosis>> {
    let Fit { parameters, known: Some(known) } = &deployment.fit else { return Ok(None) };
    if *parameters == Parameters::Pass {
        return Ok(None);
    }
    if let Some(refusal) = endpoint::refusal(known, operation) {
        return Err(Box::new(refusal));
    }
    let adapted = judge::judge(known, operation, body, *parameters)?;
    if window::may_be_exceeded(known, operation, body) {
        // Rare, and its state is larger than what every request waits for.
        Box::pin(window::check(known, operation, body)).await?;
    }
    Ok(adapted)
}

/// What a call of `operation` is refused with before anything of it is looked at: by this gateway where it checks, and
/// by the provider where it does not.
pub(crate) fn misplaced(deployment: &Deployment, operation: Operation) -> Option<Misplaced> {
    let Fit { parameters, known: Some(known) } = &deployment.fit else { return None };
    let refusal = endpoint::refusal(known, operation)?;
    Some(match parameters {
        Parameters::Pass => Misplaced::ByProvider,
        Parameters::Check | Parameters::Adapt => Misplaced::Here(Box::new(refusal)),
    })
}

/// The same for a request that was sent before, to this deployment or another: what is refused now was taken then.
pub(crate) fn adapted_again(deployment: &Deployment, operation: Operation, body: &[u8]) -> Option<Adapted> {
    let Fit { parameters: Parameters::Adapt, known: Some(known) } = &deployment.fit else { return None };
    judge::judge(known, operation, body, Parameters::Adapt).ok().flatten()
}

#[cfg(test)]
mod tests;
