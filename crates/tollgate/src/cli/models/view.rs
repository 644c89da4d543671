//! A model as commands show it: a row, a sheet, or JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value as Json;
use tollgate_core::operation::Operation;
use tollgate_gateway::settings::Model;

use crate::cli::output::{self, time};
use crate::settings::midnight;

/// A model. What a server does not tell is `None`.
#[derive(Debug, Serialize)]
pub(super) struct ModelView {
    pub(super) name: String,
    owned_by: Option<String>,
    /// Unix seconds.
    created_at: Option<i64>,
    retired: bool,
    /// `YYYY-MM-DD`
    shutdown_date: Option<String>,
    successor: Option<String>,
    /// Paths below the API's base.
    endpoints: Option<Vec<&'static str>>,
    deployments: Option<Vec<DeploymentView>>,
    fallbacks: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct DeploymentView {
    provider: String,
    model: String,
    weight: u32,
}

/// Prints a list; without the columns that a server does not tell.
pub(super) fn table(models: &[ModelView]) -> anyhow::Result<()> {
    let is_known = models.iter().any(|model| model.endpoints.is_some());
    if is_known {
        let rows: Vec<_> = models.iter().map(ModelView::row).collect();
        return output::table(["NAME", "OWNED BY", "ENDPOINTS", "DEPLOYMENTS", "RETIRES"], &rows);
    }
    let rows: Vec<_> = models.iter().map(|model| [model.name.clone(), model.owner(), model.retires()]).collect();
    output::table(["NAME", "OWNED BY", "RETIRES"], &rows)
}

impl ModelView {
    pub(super) fn of_settings(model: &Model, now: i64) -> Self {
        let endpoints = Operation::ALL.into_iter().filter(|operation| model.operations.contains(*operation));
        let deployment = |d: &tollgate_gateway::settings::Deployment| DeploymentView {
            provider: d.provider.clone(),
            model: d.model.clone(),
            weight: d.weight,
        };
        Self {
            name: model.name.clone(),
            owned_by: Some(model.owned_by.clone()),
            created_at: Some(model.created),
            retired: model.shutdown.as_ref().is_some_and(|shutdown| shutdown.at <= now),
            shutdown_date: model.shutdown.as_ref().map(|shutdown| shutdown.date.clone()),
            successor: model.shutdown.as_ref().and_then(|shutdown| shutdown.successor.clone()),
            endpoints: Some(endpoints.map(Operation::path).collect()),
            deployments: Some(model.deployments.iter().map(deployment).collect()),
            fallbacks: Some(model.fallbacks.iter().map(|fallback| fallback.model.clone()).collect()),
        }
    }

    /// Of an object in `GET /v1/models`; `None` where it has no name.
    pub(super) fn of_server(model: &Json, now: i64) -> Option<Self> {
        let text = |name: &str| model[name].as_str().map(str::to_owned);
        let shutdown_date = text("shutdown_date");
        Some(Self {
            name: text("id")?,
            owned_by: text("owned_by"),
            created_at: model["created"].as_i64(),
            retired: shutdown_date.as_deref().and_then(midnight).is_some_and(|at| at <= now),
            shutdown_date,
            successor: None,
            endpoints: None,
            deployments: None,
            fallbacks: None,
        })
    }

    fn row(&self) -> [String; 5] {
        let endpoints = self.endpoints.iter().flatten().map(|path| path.trim_start_matches('/').to_owned());
        let deployments = self.deployments.iter().flatten().map(DeploymentView::name);
        let [endpoints, deployments] = [endpoints.collect::<Vec<_>>(), deployments.collect()].map(|all| all.join(", "));
        [self.name.clone(), self.owner(), endpoints, deployments, self.retires()]
    }

    fn owner(&self) -> String {
        self.owned_by.clone().unwrap_or_default()
    }

    pub(super) fn sheet(&self) -> String {
        let mut sheet = String::new();
        let mut row = |label: &str, value: &str| {
            if !value.is_empty() {
                writeln!(sheet, "{label:<12} {value}").expect("a String takes all");
            }
        };
        row("Name", &self.name);
        row("Owned by", self.owned_by.as_deref().unwrap_or_default());
        row("Created", &self.created_at.map_or_else(String::new, time));
        row("Retires", &self.retires());
        row("Successor", self.successor.as_deref().unwrap_or_default());
        for path in self.endpoints.iter().flatten() {
            row("Endpoint", &format!("POST /v1{path}"));
        }
        for deployment in self.deployments.iter().flatten() {
            row("Deployment", &deployment.name());
        }
        for fallback in self.fallbacks.iter().flatten() {
            row("Fallback", fallback);
        }
        sheet.truncate(sheet.trim_end().len());
        sheet
    }

    fn retires(&self) -> String {
        match &self.shutdown_date {
            None => String::new(),
            Some(date) if self.retired => format!("retired since {date}"),
            Some(date) => date.clone(),
        }
    }
}

impl DeploymentView {
    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}
