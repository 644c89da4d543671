//! The buckets that a page of usage has.

use std::ops::Range;

use tollgate_store::records::Dimension;

use super::super::act::Act;
use super::super::shape::ShapeError;
use crate::refusal::Refusal;

/// A width: as it is written, its seconds, how many there are on a page, and how many at most.
const WIDTHS: [(&str, i64, i64, i64); 3] = [("1m", 60, 60, 1440), ("1h", 3600, 24, 168), ("1d", 86_400, 7, 31)];

/// Buckets beside each other.
pub(super) struct Buckets {
    /// From the beginning of the first to the end of the last on this page.
    page: Range<i64>,
    /// Where the span that was asked for ends.
    end: i64,
    width: i64,
}

impl Buckets {
    /// Those of a request.
    pub(super) fn asked(act: &Act<'_>) -> Result<Self, Refusal> {
        let missing = || ShapeError::Missing("start_time".to_owned());
        let start = act.query.integer("start_time").ok_or_else(missing)?;
        let end = act.query.integer("end_time").unwrap_or(act.now);
        if end <= start && act.query.integer("end_time").is_none() {
            return Err(outside("start_time", &start.to_string(), "a moment in the past").into());
        }
        if end <= start {
            return Err(outside("end_time", &end.to_string(), "a moment behind start_time").into());
        }
        let named = act.query.text("bucket_width").unwrap_or("1d");
        let (_, width, usual, most) = WIDTHS.into_iter().find(|(name, ..)| *name == named).unwrap_or(WIDTHS[2]);
        let limit = act.query.integer("limit").unwrap_or(usual);
        if limit > most {
            let allowed = format!("a whole number from 1 to {most} where buckets are {named} wide");
            return Err(outside("limit", &limit.to_string(), &allowed).into());
        }
        let first = start.div_euclid(width) * width;
        let from = match act.query.text("page") {
            None => first,
            Some(page) => page
                .strip_prefix("page_")
                .and_then(|at| i64::from_str_radix(at, 16).ok())
                .filter(|at| at % width == 0 && (first..end).contains(at))
                .ok_or_else(|| {
                    outside("page", "that of another list", "the next_page of an answer to the same question")
                })?,
        };
        // What lies before 1970, or beyond what a clock shows, has no usage.
        let to = from.saturating_add(width.saturating_mul(limit)).min(end.saturating_add(width - 1) / width * width);
        Ok(Self { page: from..to, end, width })
    }

    pub(super) fn span(&self) -> Range<i64> {
        self.page.start..self.page.end.min(self.end)
    }

    pub(super) fn dimension(&self) -> Dimension {
        match self.width {
            60 => Dimension::Minute,
            3600 => Dimension::Hour,
            _ => Dimension::Day,
        }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = Range<i64>> {
        let width = self.width;
        let count = (self.page.end - self.page.start) / width;
        let start = self.page.start;
        (0..count).map(move |number| start + number * width..start + (number + 1) * width)
    }

    /// Where the next page begins.
    pub(super) fn next_page(&self) -> Option<String> {
        (self.page.end < self.end).then(|| format!("page_{:x}", self.page.end))
    }
}

fn outside(name: &str, found: &str, allowed: &str) -> ShapeError {
    ShapeError::Value { name: name.to_owned(), what: found.to_owned(), allowed: allowed.to_owned() }
}
