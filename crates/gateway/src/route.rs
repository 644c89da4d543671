//! Which deployments may serve a request, in order of preference.
//!
//! In: a permit and an envelope. Out: a [`Plan`].

use std::sync::Arc;

use crate::admit::Permit;
use crate::catalog::{Deployment, Model};
use crate::read::Envelope;

/// The deployments to try.
pub(crate) struct Plan {
    model: Arc<Model>,
    /// Only the first may be asked: the request refers to something stored there.
    only_first: bool,
}

impl Plan {
    /// The deployments, the preferred one first.
    pub(crate) fn deployments(&self) -> &[Arc<Deployment>] {
        let all = &self.model.deployments;
        if self.only_first { &all[..all.len().min(1)] } else { all }
    }
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
