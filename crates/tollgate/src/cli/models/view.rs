//! A model as commands show it: a row, a sheet, or JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value as Json;
use tollgate_core::operation::Operation;
use tollgate_gateway::settings::{Model, Provider};

use crate::cli::output::{self, time};
use crate::settings::midnight;
use crate::wiring::now;

/// A model. What a server does not tell is `None`.
#[derive(Debug, Serialize)]
pub(crate) struct ModelView {
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
    /// The lowest tier of a key that may use it; 0 for every key.
    tier: u8,
    /// Where it is served, as far as the settings say.
    regions: Vec<String>,
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
    /// Its own, or its provider's.
    region: Option<String>,
}

/// A column: its head, and what stands there of a model.
type Column = (&'static str, fn(&ModelView) -> String);

/// The columns, and those alone of which some model says something.
const ALWAYS: [Column; 2] = [("NAME", |model| model.name.clone()), ("OWNED BY", ModelView::owner)];
const WHERE_SET: [Column; 4] = [
    ("ENDPOINTS", ModelView::paths),
    ("TIER", ModelView::tier),
    ("REGIONS", |model| model.regions.join(", ")),
    ("DEPLOYMENTS", ModelView::ways),
];
const STATE: Column = ("STATE", |model| model.state(now()));

/// Prints a list; without the columns that a server does not tell, or that nothing is set for.
pub(super) fn table(models: &[ModelView]) -> anyhow::Result<()> {
    let is_set = |(_, cell): &Column| models.iter().any(|model| !cell(model).is_empty());
    let columns: Vec<Column> = ALWAYS.into_iter().chain(WHERE_SET.into_iter().filter(is_set)).chain([STATE]).collect();
    let rows: Vec<Vec<String>> =
        models.iter().map(|model| columns.iter().map(|(_, cell)| cell(model)).collect()).collect();
    output::columns(&columns.iter().map(|(head, _)| *head).collect::<Vec<_>>(), &rows)
}

impl ModelView {
    pub(crate) fn of_settings(model: &Model, providers: &[Provider], now: i64) -> Self {
        // What only follows from another one is no endpoint that anybody would choose a model for.
        let is_named = |o: &Operation| o.asks_a_model() && *o != Operation::InputTokens;
        let endpoints = Operation::ALL.into_iter().filter(|o| is_named(o) && model.operations.contains(*o));
        let of_provider = |name: &str| providers.iter().find(|provider| provider.name == name)?.region.clone();
        let deployment = |d: &tollgate_gateway::settings::Deployment| DeploymentView {
            provider: d.provider.clone(),
            model: d.model.clone(),
            weight: d.weight,
            region: d.region.clone().or_else(|| of_provider(&d.provider)),
        };
        let deployments: Vec<_> = model.deployments.iter().map(deployment).collect();
        let mut regions: Vec<_> = deployments.iter().filter_map(|d| d.region.clone()).collect();
        regions.sort_unstable();
        regions.dedup();
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
            tier: model.tier,
            regions,
            endpoints: Some(endpoints.map(Operation::path).collect()),
            deployments: Some(deployments),
            fallbacks: Some(model.fallbacks.iter().map(|fallback| fallback.model.clone()).collect()),
        }
    }

    /// Of an object in `GET /v1/models`; `None` where it has no name.
    pub(super) fn of_server(model: &Json, now: i64) -> Option<Self> {
        let text = |name: &str| model[name].as_str().map(str::to_owned);
        let shutdown_date = text("shutdown_date");
        let (maintenance, regions) = (&model["maintenance"], model["regions"].as_array());
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
            tier: model["tier"].as_u64().and_then(|tier| u8::try_from(tier).ok()).unwrap_or_default(),
            regions: regions.into_iter().flatten().filter_map(|region| region.as_str().map(str::to_owned)).collect(),
            endpoints: None,
            deployments: None,
            fallbacks: None,
        })
    }

    fn paths(&self) -> String {
        let paths = self.endpoints.iter().flatten().map(|path| path.trim_start_matches('/'));
        paths.collect::<Vec<_>>().join(", ")
    }

    fn ways(&self) -> String {
        self.deployments.iter().flatten().map(DeploymentView::name).collect::<Vec<_>>().join(", ")
    }

    fn tier(&self) -> String {
        if self.tier == 0 { String::new() } else { self.tier.to_string() }
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
        row("Tier", &self.tier());
        if self.deployments.is_none() {
            row("Regions", &self.regions.join(", "));
        }
        for path in self.endpoints.iter().flatten() {
            row("Endpoint", &format!("POST /v1{path}"));
        }
        for deployment in self.deployments.iter().flatten() {
            let place = deployment.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
            row("Deployment", &format!("{}{place}", deployment.name()));
        }
        for fallback in self.fallbacks.iter().flatten() {
            row("Fallback", fallback);
        }
        sheet.truncate(sheet.trim_end().len());
        sheet
    }

    /// What holds of it now and what is to come, in a cell.
    fn state(&self, now: i64) -> String {
        let mut said = Vec::new();
        match &self.maintenance {
            Some(m) if m.until <= now || self.retired => {}
            Some(m) if m.from.is_none_or(|from| from <= now) => {
                said.push(format!("in maintenance until {}", time(m.until)));
            }
            Some(m) => said.push(format!("maintenance {}", m.moments())),
            None => {}
        }
        match (&self.shutdown_date, &self.deprecated_on) {
            (Some(_), _) if self.retired => said.push(self.retires()),
            (Some(date), _) => said.push(format!("retires on {date}")),
            (None, Some(date)) => said.push(format!("deprecated on {date}")),
            (None, None) => {}
        }
        if let (Some(successor), true) = (&self.successor, self.shutdown_date.is_some() || self.deprecated_on.is_some())
        {
            said.push(format!("then {successor}"));
        }
        said.join(", ")
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
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        format!("{}{reason}", self.moments())
    }

    fn moments(&self) -> String {
        let from = self.from.map_or_else(String::new, |from| format!("from {} ", time(from)));
        format!("{from}until {}", time(self.until))
    }
}

impl DeploymentView {
    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}
