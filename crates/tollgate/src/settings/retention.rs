//! `[retention]`: how long records and sums are kept in the database, and segments of the journal behind it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_store::records::Retention;

use super::resolve::Resolver;
use super::scalar::DurationText;
use super::tree::Path;

/// How long things are kept. What is older is deleted in small steps while the server runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawRetention {
    /// Records of requests, and counts of refused strangers.
    #[schemars(extend("x-min" = "1h", "x-max" = "36500d"))]
    pub requests: DurationText,
    /// Sums by minute. Behind that, usage is told in whole hours.
    #[schemars(extend("x-min" = "1h", "x-max" = "36500d"))]
    pub minutes: DurationText,
    /// Sums by hour, at least as long as those by minute. Behind that, usage is told in whole days.
    #[schemars(extend("x-min" = "1d", "x-max" = "36500d"))]
    pub hours: DurationText,
    /// Sums by day, at least as long as those by hour. Behind that, nothing is known of usage.
    #[schemars(extend("x-min" = "1d", "x-max" = "36500d"))]
    pub days: DurationText,
    /// Segments of the journal after they were read into the database, counted from their last entry. They take part in
    /// `journal.bound`: where the journal is half full, they go at once.
    #[schemars(extend("x-min" = "0s", "x-max" = "36500d"))]
    pub segments: DurationText,
}

impl Default for RawRetention {
    fn default() -> Self {
        let Retention { requests, minutes, hours, days, segments } = Retention::default();
        Self {
            requests: DurationText(requests),
            minutes: DurationText(minutes),
            hours: DurationText(hours),
            days: DurationText(days),
            segments: DurationText(segments),
        }
    }
}

pub(super) fn resolve(raw: &RawRetention, resolver: &mut Resolver<'_>) -> Retention {
    for (name, found, least_name, least) in
        [("hours", raw.hours, "minutes", raw.minutes), ("days", raw.days, "hours", raw.hours)]
    {
        if found.0 < least.0 {
            resolver.refuse(&Path::to("retention").key(name), |p| {
                p.found(found.to_string()).allowed(format!("at least retention.{least_name}, which is {least}"))
            });
        }
    }
    Retention {
        requests: raw.requests.0,
        minutes: raw.minutes.0,
        hours: raw.hours.0,
        days: raw.days.0,
        segments: raw.segments.0,
    }
}
