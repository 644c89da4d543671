//! The model of all failures on demand.
//!
//! In: the sandbox's name. Out: the settings of a model that nobody writes.

use tollgate_core::operation::{Operation, Operations};
use tollgate_providers::sandbox::errors::ERROR_MODEL;
use tollgate_providers::sandbox::{self, Wishes};

use crate::settings::{self, Balance, CapabilityOverrides, Images, Lifecycle, Parameters, UpstreamTimeouts};

/// The model of all failures on demand: not listed, and served by the sandbox under every name of its beginning.
pub(super) fn model(sandbox: &str) -> settings::Model {
    let operations = Operation::ALL.into_iter().filter(|o| o.asks_a_model());
    let deployment = settings::Deployment {
        provider: sandbox.to_owned(),
        model: ERROR_MODEL.to_owned(),
        region: None,
        one_project: true,
        weight: 1,
        timeouts: UpstreamTimeouts::default(),
        wishes: Wishes::default(),
    };
    settings::Model {
        name: ERROR_MODEL.to_owned(),
        owned_by: "sandbox".to_owned(),
        created: sandbox::models().first().map_or(0, |model| model.created),
        lifecycle: Lifecycle::default(),
        maintenance: None,
        tier: 0,
        operations: operations.fold(Operations::NONE, Operations::with),
        deployments: vec![deployment],
        balance: Balance::default(),
        fallbacks: Vec::new(),
        resume: false,
        parameters: Parameters::Pass,
        images: Images::Off,
        capabilities: CapabilityOverrides::default(),
    }
}
