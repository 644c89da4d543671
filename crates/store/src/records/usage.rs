//! Usage over a span of time, from the sums alone.
//!
//! In: a span, what to group by, what to keep to. Out: sums per group. Days are read from the table of days, what is
//! left at both ends from the hours and the minutes; so a month costs thirty days, and is exact to the minute as long as
//! the minutes are kept. What packs tell is read from packs, where there are some.

mod filter;
mod gather;
mod owners;
mod pieces;
mod places;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::ops::{Add, Range};

use rusqlite::Connection;
use tollgate_core::id::KeyId;
use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;

use self::filter::Filter;
use self::gather::Gathered;
use self::pieces::{Piece, pieces, widened};
pub use self::table::Table;
use super::database::Records;
use super::names;
use super::progress::Progress;
use super::rollup::{DAY, HOUR, MINUTE};
use super::sums::{Reading, Summed};
use crate::database::StoreError;

/// Rows that are held before they are added up.
const ROWS: usize = 1024;

/// What usage can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// `proj_…`
    Project,
    /// `key_…`
    Key,
    /// Whose the key is, as [`Query::owner_of`] says; empty where nobody owns it.
    Owner,
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
    /// Who knows whose a key is: nobody here does.
    pub owner_of: Option<OwnerOf<'a>>,
    /// Which sums are asked for.
    pub reading: Reading,
}

/// Whose keys are, of those that somebody owns; asked once for each key.
#[derive(Clone, Copy)]
pub struct OwnerOf<'a>(pub &'a AskOwners<'a>);

/// The users who own keys.
pub type AskOwners<'a> = dyn Fn(&[KeyId]) -> Result<HashMap<KeyId, String>, StoreError> + 'a;

impl fmt::Debug for OwnerOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerOf")
    }
}

/// Several of a kind that usage is kept to; `None` are all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Among<'a> {
    /// Projects.
    pub projects: Option<&'a [String]>,
    /// Keys.
    pub keys: Option<&'a [KeyId]>,
    /// Owners of keys, as [`Query::owner_of`] says.
    pub owners: Option<&'a [String]>,
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

/// Sums usage, every group by its names.
///
/// # Errors
/// The database refuses.
pub fn usage(records: &Records, query: &Query<'_>) -> Result<Usage, StoreError> {
    let table = table(records, query)?;
    let labels = |ranks: &[u32]| -> Vec<Label> {
        ranks.iter().zip(&table.names).filter_map(|(rank, names)| names.get(*rank as usize).cloned()).collect()
    };
    let groups = table.groups().map(|(ranks, total)| (labels(ranks), total)).collect();
    Ok(Usage { span: table.span.clone(), groups })
}

/// Sums usage.
///
/// # Errors
/// The database refuses.
pub fn table(records: &Records, query: &Query<'_>) -> Result<Table, StoreError> {
    let connection = &records.connection;
    // Sums that are carried on meanwhile are not to be missed, nor seen twice.
    let snapshot = connection.unchecked_transaction()?;
    let progress = Progress::of(connection)?;
    let finest = query.by.iter().map(|by| by.step()).min().unwrap_or(DAY);
    let span = widened(&query.span, finest, &progress);
    let mut gathered = Gathered::new(query, connection);
    if let Some(filter) = Filter::of(query, connection)? {
        for piece in pieces(&span, finest, &progress) {
            read(&piece, &progress, &filter, connection, &mut gathered)?;
        }
    }
    let table = gathered.table(span)?;
    snapshot.finish()?;
    Ok(table)
}

/// Adds what a piece says: from packs what they tell, from rows what is before and behind them.
fn read(
    piece: &Piece,
    progress: &Progress,
    filter: &Filter,
    connection: &Connection,
    into: &mut Gathered<'_>,
) -> Result<(), StoreError> {
    let Range { start, end } = piece.span;
    let packed = if into.is_packed() { piece.packed.range(progress) } else { end..end };
    let (from, to) = (packed.start.clamp(start, end), packed.end.clamp(start, end));
    read_rows(piece, &(start..from), filter, connection, into)?;
    if from >= to {
        return read_rows(piece, &(from..end), filter, connection, into);
    }
    let span = from..to;
    piece.packed.read(&span, connection, |at, pack| into.add_pack(at, piece.packed.step, &span, pack, filter))?;
    read_rows(piece, &(to..end), filter, connection, into)
}

fn read_rows(
    piece: &Piece,
    span: &Range<i64>,
    filter: &Filter,
    connection: &Connection,
    into: &mut Gathered<'_>,
) -> Result<(), StoreError> {
    if span.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE per_key = ? AND bucket >= ? AND bucket < ?{}",
        into.query.reading.columns(),
        piece.packed.table,
        filter.condition()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((i64::from(filter.per_key), span.start, span.end))?;
    // Some at once: to ask for the owner of each key by itself would take ten times as long.
    let mut some = Vec::with_capacity(ROWS);
    while let Some(row) = rows.next()? {
        some.push(Summed::of(row, into.query.reading)?);
        if some.len() == ROWS {
            into.add_rows(&some, filter)?;
            some.clear();
        }
    }
    into.add_rows(&some, filter)
}

impl Dimension {
    /// The longest buckets that it can be read from.
    fn step(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            _ => DAY,
        }
    }

    /// Whether it is by key, so that sums over all keys do not tell it.
    fn is_of_key(self) -> bool {
        matches!(self, Self::Key | Self::Owner)
    }

    /// Whether packs tell it.
    fn is_packed(self) -> bool {
        !matches!(self, Self::Deployment | Self::Status | Self::Outcome | Self::Cause)
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

impl Total {
    /// What each of [`super::sums::Measures`] is.
    fn of(measure: impl Fn(usize) -> i64) -> Self {
        Self {
            requests: measure(0),
            input: measure(1),
            cached_input: measure(2),
            cache_write: measure(3),
            audio_input: measure(4),
            output: measure(5),
            reasoning: measure(6),
            audio_output: measure(7),
            estimated: measure(8),
            unknown: measure(9),
            first_bytes: measure(10),
            first_byte_us: measure(11),
            duration_us: measure(12),
            request_bytes: measure(13),
            answer_bytes: measure(14),
            failed: measure(15),
            abandoned: measure(16),
            ended: measure(17),
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
