//! Which deployments may serve a request.
//!
//! In: a permit and an envelope. Out: a [`Plan`].

use std::sync::Arc;

use crate::admit::Permit;
use crate::catalog::Model;
use crate::read::Envelope;

/// The deployments to try.
pub(crate) struct Plan {
    /// The model, in whose deployments the balance chooses.
    pub(crate) model: Arc<Model>,
    /// Only its one deployment may be asked: the request refers to something stored there.
    pub(crate) only_first: bool,
}

/// Why no deployment can take a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RouteError {
    /// It refers to a stored response, and it is not certain where that is stored.
    #[error("{param} needs one deployment with one project")]
    StateUnroutable {
        /// The member that refers to it.
        param: &'static str,
        /// The model.
        model: String,
        /// How many deployments the model has.
        deployments: usize,
    },
    /// The model has no deployment.
    #[error("model {model:?} has no deployment")]
    NoDeployment {
        /// The model.
        model: String,
    },
}

/// Plans a request.
pub(crate) fn plan(permit: Permit, envelope: &Envelope<'_>) -> Result<Plan, RouteError> {
    let model = permit.model;
    let Some(first) = model.deployments.first() else {
        return Err(RouteError::NoDeployment { model: model.name.clone() });
    };
    if let Some(param) = envelope.peek.refers_to_state
        && (model.deployments.len() != 1 || !first.one_project)
    {
        let deployments = model.deployments.len();
        return Err(RouteError::StateUnroutable { param, model: model.name.clone(), deployments });
    }
    let only_first = envelope.peek.refers_to_state.is_some();
    Ok(Plan { model, only_first })
}
