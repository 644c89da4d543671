//! What can change while the server runs: its settings, and the catalog made of them.
//!
//! In: settings as they are read again. Out: a [`Live`] that every request takes once and keeps to its end, so that none
//! is judged by two. A worker has its own reference, without an atomic count: a request takes it for the price of an
//! increment.

use std::sync::Arc;

use crate::catalog::{Catalog, CatalogError};
use crate::images::Downloads;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// Settings and what they come to.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) settings: Arc<Settings>,
    pub(crate) catalog: Arc<Catalog>,
    /// What was seen lately belongs to the settings by which it was looked at.
    pub(crate) downloads: Arc<Downloads>,
}

impl Live {
    /// Of these settings. What is the same in `before` is taken over from there: breakers, and the places of providers
    /// in the pools.
    pub(crate) fn new(settings: Settings, metrics: &Metrics, before: Option<&Self>) -> Result<Self, CatalogError> {
        let catalog = Catalog::new(&settings, metrics, before)?;
        let same = before.filter(|before| before.settings.downloads == settings.downloads);
        let downloads = match same {
            Some(before) => before.downloads.clone(),
            None => Arc::new(Downloads::new(&settings.downloads).map_err(CatalogError::Downloads)?),
        };
        Ok(Self { settings: Arc::new(settings), catalog: Arc::new(catalog), downloads })
    }
}

/// Whether these settings can be served with; nothing is.
///
/// # Errors
/// They make no sense.
pub fn try_settings(settings: Settings) -> Result<(), CatalogError> {
    Live::new(settings, &Metrics::new(env!("CARGO_PKG_VERSION")), None).map(drop)
}

/// Names of the settings that differ and hold only from the next start; `new` gets the old values.
pub(crate) fn keep_what_stays(new: &mut Settings, old: &Settings) -> Vec<&'static str> {
    let mut kept = Vec::new();
    macro_rules! stays {
        ($($field:ident),*) => {
            $(if new.$field != old.$field {
                kept.push(stringify!($field));
                new.$field = old.$field.clone();
            })*
        };
    }
    stays!(listen, workers, tls, telemetry);
    kept
}
