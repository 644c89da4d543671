//! A model as commands show it: a row, a sheet, or JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value as Json;
use tollgate_core::operation::Operation;
use tollgate_gateway::settings::Model;

use crate::cli::output::{self, time};
use crate::settings::midnight;
use crate::wiring::now;

/// A model. What a server does not tell is `None`.
#[derive(Debug, Serialize)]
pub(super) struct ModelView {
    pub(super) name: String,
    owned_by: Option<String>,
    /// Unix seconds.
    created_at: Option<i64>,
    retired: bool,
    /// `YYYY-MM-DD`
    deprecated_on: Option<String>,
    /// `YYYY-MM-DD`
    shutdown_date: Option<String>,
    successor: Option<String>,
    maintenance: Option<MaintenanceView>,
    /// Paths below the API's base.
    endpoints: Option<Vec<&'static str>>,
    deployments: Option<Vec<DeploymentView>>,
    fallbacks: Option<Vec<String>>,
}

/// A time in which a model is refused; moments in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct MaintenanceView {
    from: Option<i64>,
    until: i64,
    reason: Option<String>,
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
        return output::table(["NAME", "OWNED BY", "ENDPOINTS", "DEPLOYMENTS", "STATE"], &rows);
    }
    let rows: Vec<_> = models.iter().map(|model| [model.name.clone(), model.owner(), model.state(now())]).collect();
    output::table(["NAME", "OWNED BY", "STATE"], &rows)
}

impl ModelView {
    pub(super) fn of_settings(model: &Model, now: i64) -> Self {
        // What only follows from another one is no endpoint that anybody would choose a model for.
        let is_named = |o: &Operation| o.asks_a_model() && *o != Operation::InputTokens;
        let endpoints = Operation::ALL.into_iter().filter(|o| is_named(o) && model.operations.contains(*o));
        let deployment = |d: &tollgate_gateway::settings::Deployment| DeploymentView {
            provider: d.provider.clone(),
            model: d.model.clone(),
            weight: d.weight,
        };
        Self {
            name: model.name.clone(),
            owned_by: Some(model.owned_by.clone()),
            created_at: Some(model.created),
            retired: model.lifecycle.shutdown.as_ref().is_some_and(|shutdown| shutdown.at <= now),
            deprecated_on: model.lifecycle.deprecated.as_ref().map(|day| day.date.clone()),
            shutdown_date: model.lifecycle.shutdown.as_ref().map(|day| day.date.clone()),
            successor: model.lifecycle.successor.clone(),
            maintenance: model.maintenance.as_ref().map(|m| MaintenanceView {
                from: m.from,
                until: m.until,
                reason: m.reason.clone(),
            }),
            endpoints: Some(endpoints.map(Operation::path).collect()),
            deployments: Some(model.deployments.iter().map(deployment).collect()),
            fallbacks: Some(model.fallbacks.iter().map(|fallback| fallback.model.clone()).collect()),
        }
    }

    /// Of an object in `GET /v1/models`; `None` where it has no name.
    pub(super) fn of_server(model: &Json, now: i64) -> Option<Self> {
        let text = |name: &str| model[name].as_str().map(str::to_owned);
        let shutdown_date = text("shutdown_date");
        let maintenance = &model["maintenance"];
        Some(Self {
            name: text("id")?,
            owned_by: text("owned_by"),
            created_at: model["created"].as_i64(),
            retired: shutdown_date.as_deref().and_then(midnight).is_some_and(|at| at <= now),
            deprecated_on: text("deprecated_on"),
            shutdown_date,
            successor: text("successor"),
            maintenance: maintenance.is_object().then(|| MaintenanceView {
                from: maintenance["from"].as_i64(),
                until: maintenance["until"].as_i64().unwrap_or_default(),
                reason: maintenance["reason"].as_str().map(str::to_owned),
            }),
            endpoints: None,
            deployments: None,
            fallbacks: None,
        })
    }

    fn row(&self) -> [String; 5] {
        let endpoints = self.endpoints.iter().flatten().map(|path| path.trim_start_matches('/').to_owned());
        let deployments = self.deployments.iter().flatten().map(DeploymentView::name);
        let [endpoints, deployments] = [endpoints.collect::<Vec<_>>(), deployments.collect()].map(|all| all.join(", "));
        [self.name.clone(), self.owner(), endpoints, deployments, self.state(now())]
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
        row("Deprecated", self.deprecated_on.as_deref().unwrap_or_default());
        row("Retires", &self.retires());
        row("Successor", self.successor.as_deref().unwrap_or_default());
        if let Some(maintenance) = &self.maintenance {
            row("Maintenance", &maintenance.words());
        }
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

    /// What holds of it now, the weightiest first, in a cell.
    fn state(&self, now: i64) -> String {
        let rests = self.maintenance.as_ref().filter(|m| m.from.is_none_or(|from| from <= now) && now < m.until);
        match (&self.shutdown_date, rests, &self.deprecated_on) {
            (Some(_), ..) if self.retired => self.retires(),
            (_, Some(maintenance), _) => format!("in maintenance until {}", time(maintenance.until)),
            (Some(date), ..) => format!("retires on {date}"),
            (None, None, Some(date)) => format!("deprecated on {date}"),
            (None, None, None) => String::new(),
        }
    }

    fn retires(&self) -> String {
        match &self.shutdown_date {
            None => String::new(),
            Some(date) if self.retired => format!("retired since {date}"),
            Some(date) => date.clone(),
        }
    }
}

impl MaintenanceView {
    fn words(&self) -> String {
        let from = self.from.map_or_else(String::new, |from| format!("from {} ", time(from)));
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        format!("{from}until {}{reason}", time(self.until))
    }
}

impl DeploymentView {
    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}
