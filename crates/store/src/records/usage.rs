//! Usage over a span of time, from the sums alone.
//!
//! In: a span, what to group by, what to keep to. Out: sums per group. Days are read from the table of days, what is
//! left at both ends from the hours and the minutes; so a month costs thirty days, and is exact to the minute as long as
//! the minutes are kept.

use std::collections::HashMap;
use std::ops::{Add, Range};

use rusqlite::Connection;
use rusqlite::types::Value;
use tollgate_core::id::KeyId;
use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;

use super::database::Records;
use super::names;
use super::rollup::{DAY, HOUR, MINUTE, Progress, SUMS, floor};
use crate::database::StoreError;

/// What usage can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// `proj_…`
    Project,
    /// `key_…`
    Key,
    /// The model as asked; empty for refusals of models that never existed.
    Model,
    /// The deployment asked last; empty where none was.
    Deployment,
    /// The caller's status; 0 where it is not known.
    Status,
    /// What kind of end it was.
    Outcome,
    /// The slug of the cause; empty where nothing failed.
    Cause,
    /// The endpoint called, as a number of [`Operation`]; 0 of what was summed before operations were told apart.
    Operation,
    /// Minutes, hours and days of UTC, by their first second.
    Minute,
    /// See [`Dimension::Minute`].
    Hour,
    /// See [`Dimension::Minute`].
    Day,
}

/// Which usage.
#[derive(Debug, Clone, Default)]
pub struct Query<'a> {
    /// Requests accepted in these seconds since 1970; widened to whole minutes, or to what is kept.
    pub span: Range<i64>,
    /// What to group by; nothing: one sum.
    pub by: &'a [Dimension],
    /// Only of this project.
    pub project: Option<&'a str>,
    /// Only of this key.
    pub key: Option<KeyId>,
    /// Only of this model, as asked.
    pub model: Option<&'a str>,
    /// Only of some, where they are named.
    pub among: Among<'a>,
}

/// Several of a kind that usage is kept to; `None` are all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Among<'a> {
    /// Projects.
    pub projects: Option<&'a [String]>,
    /// Keys.
    pub keys: Option<&'a [KeyId]>,
    /// Models, as asked.
    pub models: Option<&'a [String]>,
    /// Operations.
    pub operations: Option<&'a [Operation]>,
}

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A project, key, model or deployment; empty where there is none.
    Text(String),
    /// A status.
    Status(u16),
    /// An outcome.
    Outcome(Outcome),
    /// An operation's number.
    Operation(u8),
    /// The first second of a span of time.
    Time(i64),
}

/// Sums of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Requests.
    pub requests: i64,
    /// Of these, refused, failed or broken off, whatever the status. A caller who left is no failure.
    pub failed: i64,
    /// Of these, those whose caller left before the end.
    pub abandoned: i64,
    /// Of these, those whose end was seen: what [`Self::duration_us`] is of.
    pub ended: i64,
    /// Tokens, as in [`tollgate_core::usage::Usage`].
    pub input: i64,
    /// Of the input.
    pub cached_input: i64,
    /// Of the input.
    pub cache_write: i64,
    /// Of the input.
    pub audio_input: i64,
    /// Tokens.
    pub output: i64,
    /// Of the output.
    pub reasoning: i64,
    /// Of the output.
    pub audio_output: i64,
    /// Requests whose tokens are estimated.
    pub estimated: i64,
    /// Requests whose tokens nobody told, and which a provider may charge.
    pub unknown: i64,
    /// Requests that had a first byte.
    pub first_bytes: i64,
    /// Microseconds up to these bytes.
    pub first_byte_us: i64,
    /// Microseconds of all requests.
    pub duration_us: i64,
    /// Bytes of request bodies.
    pub request_bytes: i64,
    /// Bytes of answers' bodies.
    pub answer_bytes: i64,
}

/// Usage.
#[derive(Debug, Clone)]
pub struct Usage {
    /// The span that was summed.
    pub span: Range<i64>,
    /// Groups in the order of their labels.
    pub groups: Vec<(Vec<Label>, Total)>,
}

/// Sums usage.
///
/// # Errors
/// The database refuses.
pub fn usage(records: &Records, query: &Query<'_>) -> Result<Usage, StoreError> {
    let connection = &records.connection;
    // Sums that are carried on meanwhile are not to be missed, nor seen twice.
    let snapshot = connection.unchecked_transaction()?;
    let progress = Progress::of(connection)?;
    let finest = query.by.iter().map(|by| by.step()).min().unwrap_or(DAY);
    let span = widened(&query.span, finest, &progress);
    let mut sums: HashMap<Vec<i64>, Total> = HashMap::new();
    if let Some(filter) = Filter::of(query, connection)? {
        for piece in pieces(&span, finest, &progress) {
            read(&piece, query.by, &filter, connection, &mut sums)?;
        }
    }
    let mut groups: Vec<(Vec<Label>, Total)> = Vec::with_capacity(sums.len());
    for (values, total) in sums {
        let labels = query.by.iter().zip(values).map(|(by, value)| by.label(value, connection));
        groups.push((labels.collect::<rusqlite::Result<_>>()?, total));
    }
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    snapshot.finish()?;
    Ok(Usage { span, groups })
}

impl Dimension {
    /// The column, or what follows from one.
    fn expression(self) -> String {
        match self {
            Self::Project => "project".to_owned(),
            Self::Key => "key".to_owned(),
            Self::Model => "model".to_owned(),
            Self::Deployment => "deployment".to_owned(),
            Self::Status => "status".to_owned(),
            Self::Outcome => "outcome".to_owned(),
            Self::Cause => "cause".to_owned(),
            Self::Operation => "operation".to_owned(),
            Self::Minute | Self::Hour | Self::Day => format!("bucket - bucket % {}", self.step()),
        }
    }

    /// The longest buckets that it can be read from.
    fn step(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            _ => DAY,
        }
    }

    fn label(self, value: i64, connection: &Connection) -> rusqlite::Result<Label> {
        Ok(match self {
            Self::Status => Label::Status(u16::try_from(value).unwrap_or(0)),
            Self::Outcome => Label::Outcome(outcome(value)),
            Self::Operation => Label::Operation(u8::try_from(value).unwrap_or(0)),
            Self::Minute | Self::Hour | Self::Day => Label::Time(value),
            Self::Key => {
                let digits = names::text_of(connection, value)?;
                Label::Text(KeyId::from_digits(digits.as_bytes()).map_or(digits, |key| key.to_string()))
            }
            _ => Label::Text(names::text_of(connection, value)?),
        })
    }
}

/// The outcome of a stored number; what nobody knows is no success.
fn outcome(number: i64) -> Outcome {
    u8::try_from(number).ok().and_then(Outcome::from_number).unwrap_or(Outcome::Failed)
}

/// The sum of requests with one of these outcomes.
fn with_outcome(outcomes: &[Outcome]) -> String {
    let numbers: Vec<_> = outcomes.iter().map(|outcome| (*outcome as u8).to_string()).collect();
    format!("sum(iif(outcome IN ({}), requests, 0))", numbers.join(", "))
}

/// Part of the span, and the table that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    table: &'static str,
    span: Range<i64>,
}

/// The span in whole buckets of what is kept.
fn widened(span: &Range<i64>, finest: i64, progress: &Progress) -> Range<i64> {
    let kept = [(MINUTE, progress.minutes_from), (HOUR, progress.hours_from), (DAY, progress.days_from)];
    let (mut start, mut end) = (span.start, span.end);
    for (step, from) in kept {
        if step == MINUTE || start < previous(kept, step) {
            start = floor(start, step);
        }
        if step == MINUTE || end < previous(kept, step) {
            end = -floor(-end, step);
        }
        if step == finest {
            start = start.max(from);
        }
    }
    start..end.max(start)
}

/// From when on the next finer buckets are kept.
fn previous(kept: [(i64, i64); 3], step: i64) -> i64 {
    kept.iter().rev().find(|(finer, _)| *finer < step).map_or(i64::MIN, |(_, from)| *from)
}

/// A table, the length of its buckets, and up to when it is complete.
type Level = (&'static str, i64, i64);

/// The longest buckets that fit, in the middle the days.
fn pieces(span: &Range<i64>, finest: i64, progress: &Progress) -> Vec<Piece> {
    let levels = [("days", DAY, progress.days_to), ("hours", HOUR, progress.hours_to), ("minutes", MINUTE, i64::MAX)];
    let mut pieces = Vec::new();
    let usable = levels.iter().position(|(_, step, _)| *step <= finest).unwrap_or(levels.len());
    split(span.clone(), &levels[usable..], &mut pieces);
    pieces
}

/// Takes from `span` what the first level can say, and leaves what is before and behind to the others.
fn split(span: Range<i64>, levels: &[Level], pieces: &mut Vec<Piece>) {
    let Some((&(table, step, to), finer)) = levels.split_first() else { return };
    let start = -floor(-span.start, step);
    let end = floor(span.end.min(to), step);
    if start >= end {
        return split(span, finer, pieces);
    }
    split(span.start..start, finer, pieces);
    pieces.push(Piece { table, span: start..end });
    split(end..span.end, finer, pieces);
}

/// What to keep to, as a condition.
struct Filter {
    condition: String,
    values: Vec<Value>,
}

impl Filter {
    /// `None` where nothing can be found.
    fn of(query: &Query<'_>, connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let per_key = query.key.is_some() || query.among.keys.is_some() || query.by.contains(&Dimension::Key);
        let mut filter = Self { condition: "per_key = ?".to_owned(), values: vec![i64::from(per_key).into()] };
        let key = query.key.as_ref().map(KeyId::digits);
        for (column, text) in [("project", query.project), ("key", key), ("model", query.model)] {
            let Some(text) = text else { continue };
            let Some(number) = names::number_of(connection, text)? else { return Ok(None) };
            filter.condition.push_str(&format!(" AND {column} = ?"));
            filter.values.push(number.into());
        }
        let Among { projects, keys, models, operations } = query.among;
        let keys = keys.map(|keys| keys.iter().map(KeyId::digits).collect::<Vec<_>>());
        for (column, among) in [("project", projects.map(texts)), ("key", keys), ("model", models.map(texts))] {
            let Some(among) = among else { continue };
            let numbers = among.into_iter().filter_map(|text| names::number_of(connection, text).transpose());
            filter.among(column, &numbers.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        if let Some(operations) = operations {
            filter.among("operation", &operations.iter().map(|one| i64::from(*one as u8)).collect::<Vec<_>>());
        }
        Ok(Some(filter))
    }

    /// Numbers of ours need no place in the statement, which has room for some thousand values only.
    fn among(&mut self, column: &str, numbers: &[i64]) {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        self.condition.push_str(&format!(" AND {column} IN ({})", numbers.join(", ")));
    }
}

fn texts(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

fn read(
    piece: &Piece,
    by: &[Dimension],
    filter: &Filter,
    connection: &Connection,
    into: &mut HashMap<Vec<i64>, Total>,
) -> rusqlite::Result<()> {
    let keys: Vec<_> = by.iter().map(|dimension| dimension.expression()).collect();
    let sums: Vec<_> = SUMS.iter().map(|sum| format!("sum({sum})")).collect();
    let of_outcomes = [with_outcome(&[Outcome::Failed, Outcome::Interrupted]), with_outcome(&[Outcome::Abandoned])];
    let ended = ["sum(iif(status = 0, 0, requests))".to_owned()];
    let columns = [keys.as_slice(), &sums, &of_outcomes, &ended].concat();
    let group = if keys.is_empty() { String::new() } else { format!("GROUP BY {}", keys.join(", ")) };
    let sql = format!(
        "SELECT {} FROM {} WHERE {} AND bucket >= ? AND bucket < ? {group}",
        columns.join(", "),
        piece.table,
        filter.condition
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let bounds = [piece.span.start.into(), piece.span.end.into()];
    let mut rows = statement.query(rusqlite::params_from_iter(filter.values.iter().chain(&bounds)))?;
    while let Some(row) = rows.next()? {
        // Without groups there is one row, also where there is nothing to sum.
        if row.get::<_, Option<i64>>(keys.len())?.is_none() {
            continue;
        }
        let values = (0..keys.len()).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<i64>>>()?;
        let mut sums = [0; SUMS.len() + 3];
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = row.get(keys.len() + n)?;
        }
        let total = into.entry(values).or_default();
        *total = *total + Total::of(sums);
    }
    Ok(())
}

impl Total {
    /// What [`SUMS`] names, and then the failed, the abandoned and the ended ones.
    fn of(sums: [i64; SUMS.len() + 3]) -> Self {
        let [requests, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, ..] = sums;
        let [.., estimated, unknown, first_bytes, first_byte_us, duration_us, _, _, _, _, _] = sums;
        let [.., request_bytes, answer_bytes, failed, abandoned, ended] = sums;
        Self {
            requests,
            failed,
            abandoned,
            ended,
            input,
            cached_input,
            cache_write,
            audio_input,
            output,
            reasoning,
            audio_output,
            estimated,
            unknown,
            first_bytes,
            first_byte_us,
            duration_us,
            request_bytes,
            answer_bytes,
        }
    }
}

impl Add for Total {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            failed: self.failed + other.failed,
            abandoned: self.abandoned + other.abandoned,
            ended: self.ended + other.ended,
            input: self.input + other.input,
            cached_input: self.cached_input + other.cached_input,
            cache_write: self.cache_write + other.cache_write,
            audio_input: self.audio_input + other.audio_input,
            output: self.output + other.output,
            reasoning: self.reasoning + other.reasoning,
            audio_output: self.audio_output + other.audio_output,
            estimated: self.estimated + other.estimated,
            unknown: self.unknown + other.unknown,
            first_bytes: self.first_bytes + other.first_bytes,
            first_byte_us: self.first_byte_us + other.first_byte_us,
            duration_us: self.duration_us + other.duration_us,
            request_bytes: self.request_bytes + other.request_bytes,
            answer_bytes: self.answer_bytes + other.answer_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_cover_the_span_once_and_read_only_what_was_carried_on(
            start in 0..400_000_i64, length in 0..900_000_i64, hours_to in 0..1_000_000_i64, days in 0..12_i64,
            finest in prop::sample::select(vec![MINUTE, HOUR, DAY]),
        ) {
            let progress = Progress { hours_to, days_to: (days * DAY).min(floor(hours_to, DAY)), ..Progress::default() };
            let span = floor(start, MINUTE)..floor(start + length, MINUTE);

            let pieces = pieces(&span, finest, &progress);

            let mut at = span.start;
            for piece in &pieces {
                let (step, to) = match piece.table {
                    "days" => (DAY, progress.days_to),
                    "hours" => (HOUR, progress.hours_to),
                    _ => (MINUTE, i64::MAX),
                };
                prop_assert!(piece.span.start == at && piece.span.end <= to && step <= finest, "{:?}", pieces);
                prop_assert!(piece.span.start % step == 0 && piece.span.end % step == 0);
                at = piece.span.end;
            }
            prop_assert!(at == span.end || span.is_empty());
        }
    }

    #[test]
    fn a_span_is_widened_to_what_is_kept() {
        let progress =
            Progress { minutes_from: 10 * DAY, hours_from: 5 * DAY, days_from: 2 * DAY, ..Progress::default() };
        let at = 7 * DAY + 5 * HOUR + 61;

        assert_eq!(widened(&(at..20 * DAY + 61), DAY, &progress), 7 * DAY + 5 * HOUR..20 * DAY + 120);
        assert_eq!(widened(&(DAY + 61..3 * DAY + 1), DAY, &progress), 2 * DAY..4 * DAY);
        assert_eq!(widened(&(DAY..12 * DAY), HOUR, &progress), 5 * DAY..12 * DAY);
        assert_eq!(widened(&(DAY..12 * DAY), MINUTE, &progress), 10 * DAY..12 * DAY);
        assert_eq!(widened(&(11 * DAY + 61..12 * DAY), DAY, &progress), 11 * DAY + 60..12 * DAY);
    }
}
