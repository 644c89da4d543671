//! Which time: `--since 7d`, or `--from` and `--to`.
//!
//! In: arguments and the present. Out: a span in seconds since 1970.

use std::ops::Range;
use std::time::Duration;

use super::output::{self, Refused};
use crate::settings::midnight;
use crate::settings::scalar::DurationText;

/// A span of time.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SpanArgs {
    /// Only so far back, for example 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "from")]
    since: Option<Duration>,
    /// From this date (its midnight UTC) or moment on, for example 2026-11-01 or 2026-11-01T12:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    from: Option<i64>,
    /// Up to, and without, this date or moment [default: now]
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    to: Option<i64>,
}

impl SpanArgs {
    /// The span, where `now` is; without a beginning it is `usual` long. One that ends before it begins is refused.
    pub(super) fn resolve(&self, now: i64, usual: Option<Duration>) -> Result<Range<i64>, Refused> {
        // What has just happened is in it.
        let end = self.to.unwrap_or(now + 1);
        let back = self.since.or(usual);
        let start = self.from.or_else(|| {
            let back = i64::try_from(back?.as_secs()).unwrap_or(i64::MAX);
            Some(self.to.unwrap_or(now).saturating_sub(back))
        });
        let start = start.unwrap_or(0).max(0);
        if start >= end {
            let times = (output::time(start), output::time(end));
            let message = match self.to {
                Some(_) => format!("the time from {} to {} is none", times.0, times.1),
                None => format!("{} is yet to come", times.0),
            };
            return Err(Refused::usage(message).help("--from has to be before --to, and not after the present"));
        }
        Ok(start..end)
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<DurationText>().map(|d| d.0).map_err(|error| error.to_string())
}

fn moment(text: &str) -> Result<i64, String> {
    let moment = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    midnight(text)
        .or_else(moment)
        .ok_or_else(|| "expected a date such as 2026-11-01, or a moment such as 2026-11-01T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: Option<u64>, from: Option<i64>, to: Option<i64>, usual: Option<u64>) -> Range<i64> {
        let args = SpanArgs { since: since.map(Duration::from_secs), from, to };
        args.resolve(1000, usual.map(Duration::from_secs)).unwrap()
    }

    #[test]
    fn a_span_ends_now_and_begins_where_it_is_told() {
        assert_eq!(span(None, None, None, None), 0..1001);
        assert_eq!(span(Some(60), None, None, Some(5)), 940..1001);
        assert_eq!(span(None, None, None, Some(5)), 995..1001);
        assert_eq!(span(None, Some(3), Some(9), Some(5)), 3..9);
        assert_eq!(span(Some(2), None, Some(9), None), 7..9);
        assert_eq!(span(Some(5000), None, None, None), 0..1001);
    }

    #[test]
    fn a_span_that_ends_before_it_begins_is_refused() {
        let refused = |from, to| SpanArgs { since: None, from: Some(from), to }.resolve(1000, None).unwrap_err();

        assert_eq!(
            refused(900, Some(800)).to_string(),
            "the time from 1970-01-01T00:15:00Z to 1970-01-01T00:13:20Z is none"
        );
        assert_eq!(refused(5000, None).to_string(), "1970-01-01T01:23:20Z is yet to come");
    }

    #[test]
    fn dates_and_moments_are_read_and_nothing_else() {
        assert_eq!(moment("1970-01-02"), Ok(86_400));
        assert_eq!(moment("1970-01-01T01:00:00+01:00"), Ok(0));
        for text in ["", "yesterday", "1970-13-01", "86400"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
