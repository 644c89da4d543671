//! The end of a model's life, and the times in which it rests: `deprecated_on`, `shutdown_date`, `successor` and
//! `maintenance` of a `[models."NAME"]`.
//!
//! In: what was written. Out: days and moments in Unix seconds, or what contradicts itself. It knows no clock: a day
//! that has passed is as good as one that is to come.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::{Day, Lifecycle, Maintenance};

use super::address;
use super::models::RawModel;
use super::problem::nearest;
use super::resolve::Resolver;
use super::tree::Path;

/// Characters of a reason: it stands in the answer of every call that is refused for it.
const REASON_MAX: usize = 200;

/// A time in which a model is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMaintenance {
    /// When it begins, in RFC 3339. Without it: it has begun.
    #[schemars(extend("format" = "moment"))]
    pub from: Option<String>,
    /// When it ends, in RFC 3339: from then on the model is served again.
    #[schemars(extend("format" = "moment"))]
    pub until: String,
    /// Why, in a few words that callers read in the refusal.
    pub reason: Option<String>,
}

pub(super) fn resolve(path: &Path, raw: &RawModel, resolver: &mut Resolver<'_>) -> Lifecycle {
    let day = |date: &Option<String>| date.as_ref().and_then(|date| Some((date.clone(), address::midnight(date)?)));
    let [deprecated, shutdown] =
        [&raw.deprecated_on, &raw.shutdown_date].map(|date| day(date).map(|(date, at)| Day { date, at }));
    if let (Some(deprecated), Some(shutdown)) = (&deprecated, &shutdown)
        && deprecated.at > shutdown.at
    {
        resolver.refuse(&path.key("deprecated_on"), |p| {
            p.found(format!("{}, after the shutdown_date", deprecated.date))
                .allowed(format!("a day up to {}", shutdown.date))
        });
    }
    let dates = [path.key("shutdown_date"), path.key("deprecated_on")];
    let dated = deprecated.is_some() || shutdown.is_some();
    if raw.successor.is_some() && !dated && dates.iter().all(|date| resolver.is_whole(date)) {
        let what = "has no effect without shutdown_date or deprecated_on";
        resolver.warn(&path.key("successor"), what.to_owned(), |p| p);
    }
    Lifecycle { deprecated, shutdown, successor: raw.successor.clone() }
}

/// Who is told to use the successor should find it here.
pub(super) fn check_successor(
    name: &str,
    raw: &RawModel,
    models: &BTreeMap<String, RawModel>,
    resolver: &mut Resolver<'_>,
) {
    let Some(successor) = &raw.successor else { return };
    let path = Path::to("models").key(name).key("successor");
    if successor == name {
        resolver.refuse(&path, |p| p.found(format!("{successor:?}, the model itself")).allowed("another model"));
    } else if (raw.shutdown_date.is_some() || raw.deprecated_on.is_some())
        && !models.contains_key(successor)
        && resolver.is_whole(&Path::to("models").key(successor))
    {
        let meant = nearest(successor, models.keys().map(String::as_str));
        resolver.warn(&path, format!("{successor:?} is not a model of this configuration"), |p| match meant {
            Some(meant) => p.help(format!("did you mean {meant:?}?")),
            None => p.help(format!("callers are told to use it: add [models.{successor:?}], or name another one")),
        });
    }
}

pub(super) fn maintenance(path: &Path, raw: &RawMaintenance, resolver: &mut Resolver<'_>) -> Option<Maintenance> {
    let path = path.key("maintenance");
    let from = raw.from.as_deref().and_then(address::moment);
    let until = address::moment(&raw.until)?;
    if from.is_some_and(|from| from >= until) {
        resolver.refuse(&path.key("until"), |p| {
            p.found(format!("{:?}, not after its beginning", raw.until)).allowed("a moment after `from`")
        });
    }
    let fits = |reason: &String| {
        (1..=REASON_MAX).contains(&reason.trim().chars().count()) && !reason.chars().any(char::is_control)
    };
    if raw.reason.as_ref().is_some_and(|reason| !fits(reason)) {
        resolver.refuse(&path.key("reason"), |p| {
            p.found("a text that is empty, too long, or more than one line")
                .allowed(format!("1 to {REASON_MAX} characters in one line"))
        });
    }
    let reason = raw.reason.as_deref().map(|reason| reason.trim().trim_end_matches('.').to_owned());
    Some(Maintenance { from, until, reason })
}
