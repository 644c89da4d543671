//! Which deployments may serve a request.
//!
//! In: a permit and an envelope. Out: a [`Plan`].

use std::sync::Arc;

use tollgate_core::key::Key;

use crate::admit::Permit;
use crate::catalog::{Deployment, Model, Reach};
use crate::read::Envelope;
use crate::request::Request;
use crate::sandbox::Apart;
use crate::worker::Worker;

/// The deployments to try.
pub(crate) struct Plan {
    /// The model, in whose deployments the balance chooses.
    pub(crate) model: Arc<Model>,
    /// Only its one deployment may be asked: the request refers to something stored there.
    pub(crate) only_first: bool,
    /// Which breakers of the sandbox's deployments it sees; `model` is so already, and on the caller's accounts.
    pub(crate) apart: Apart,
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
pub(crate) fn plan(
    worker: &Worker,
    caller: &Key,
    request: &Request,
    permit: Permit,
    envelope: &Envelope<'_>,
) -> Result<Plan, RouteError> {
    let apart = Apart::of(request, envelope.model());
    let model = worker.shared.accounts.view(caller, apart.view(permit.model));
    let Some(first) = model.deployments.first() else {
        return Err(RouteError::NoDeployment { model: model.name.clone() });
    };
    if envelope.peek.refers_to_state == Some("previous_response_id")
        && let Some(deployment) = stored_at(worker, caller, request, &model, envelope)
    {
        let model = if model.deployments.len() == 1 { model } else { Arc::new(model.only(deployment)) };
        return Ok(Plan { model, only_first: true, apart });
    }
    if let Some(param) = envelope.peek.refers_to_state
        && (model.deployments.len() != 1 || !first.one_project)
    {
        let deployments = model.deployments.len();
        return Err(RouteError::StateUnroutable { param, model: model.name.clone(), deployments });
    }
    let only_first = envelope.peek.refers_to_state.is_some();
    Ok(Plan { model, only_first, apart })
}

/// The deployment of the model that has stored the response which the request builds on, where that is known.
fn stored_at<'m>(
    worker: &Worker,
    caller: &Key,
    request: &Request,
    model: &'m Model,
    envelope: &Envelope<'_>,
) -> Option<&'m Arc<Deployment>> {
    let id = envelope.peek.previous_response(request.body())?;
    let project = &caller.project.id;
    let here = |d: &&Arc<Deployment>| matches!(d.provider.reach, Reach::Sandbox);
    if worker.shared.responses.why_absent(project, &id, worker.clock.unix_ms(request.accepted)).is_none() {
        return model.deployments.iter().find(here);
    }
    let origin = worker.shared.origins.find(project, &id)?;
    let same = model.deployments.iter().find(|d| *d.id == *origin.deployment);
    same.or_else(|| model.deployments.iter().find(|d| *d.provider.name == *origin.provider))
}
