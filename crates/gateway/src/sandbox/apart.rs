//! Requests that ask the sandbox to fail, kept apart from everybody else's in what breakers count.
//!
//! In: a request and a model. Out: the model as that request sees it. A failure that is what the caller wants to see is
//! made whatever any breaker says, and tells none. One that is to be treated as a provider's opens a breaker, which only
//! requests see that say `x-sandbox-fault: upstream`: with or without a failure, so that they can see it close again too.

use std::sync::Arc;

use tollgate_providers::sandbox::errors::Demand;

use super::failing::demand;
use crate::breaker::Breaker;
use crate::catalog::{Deployment, Model};
use crate::request::{Name, Request};

/// Which breakers of the sandbox's deployments a request sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apart {
    /// Those of everybody.
    No,
    /// None: what it asks for is what it sees.
    Asked,
    /// Those of failures that are to be a provider's.
    Faulted,
}

impl Apart {
    /// Of a request to the model that it calls by this name.
    pub(crate) fn of(request: &Request, model: &str) -> Self {
        match demand(request, model) {
            Ok(None) if says_upstream(request) => Self::Faulted,
            Ok(None) => Self::No,
            Ok(Some(Demand { as_providers: true, .. })) => Self::Faulted,
            Ok(Some(_)) | Err(_) => Self::Asked,
        }
    }

    /// The model as it is for this request.
    pub(crate) fn view(self, model: Arc<Model>) -> Arc<Model> {
        if self == Self::No || model.deployments.iter().all(|d| d.faulted.is_none()) {
            return model;
        }
        let deployments = model.deployments.iter().map(|deployment| match self.breaker(deployment) {
            Some(breaker) => Arc::new(deployment.with_breaker(breaker)),
            None => deployment.clone(),
        });
        Arc::new(model.with_deployments(deployments.collect()))
    }

    fn breaker(self, deployment: &Deployment) -> Option<Arc<Breaker>> {
        let faulted = deployment.faulted.as_ref()?;
        Some(if self == Self::Faulted { faulted.clone() } else { Arc::new(faulted.afresh()) })
    }
}

fn says_upstream(request: &Request) -> bool {
    request.header(Name::SandboxFault).is_some_and(|said| said.trim_ascii().eq_ignore_ascii_case(b"upstream"))
}
