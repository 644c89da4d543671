//! Numbers for texts that come again and again: projects, keys, models, deployments, causes.
//!
//! In: a text. Out: its number in the table `names`, from a cache of bounded size. Those that operators choose always
//! get a number. Those that outsiders choose (what a provider calls its model, what a caller asked for in vain) get one
//! only up to a bound, or only if it has one already: nobody can fill the table by asking for ever new names.

use std::collections::HashMap;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::database::Records;
use crate::database::StoreError;

/// Numbers kept in memory; beyond it the cache begins anew.
const CACHE_MAX: usize = 1 << 16;
/// Names that outsiders chose.
const OFFERED_MAX: i64 = 10_000;

/// A text as a row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Number(i64),
    Text(Box<str>),
}

impl ToSql for Name {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
        }
    }
}

/// The numbers of a database. Valid as long as every transaction that asked for one is committed: otherwise it must be
/// thrown away with what the transaction did.
#[derive(Debug)]
pub(super) struct Names {
    known: HashMap<Box<str>, i64>,
    offered: i64,
}

impl Names {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        let offered =
            connection.query_row("SELECT count(*) FROM names WHERE offered = 1", [], |row| row.get::<_, i64>(0))?;
        Ok(Self { known: HashMap::new(), offered })
    }

    /// The number of a text that an operator chose, or this program.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        match self.look_up(connection, text)? {
            Some(number) => Ok(number),
            None => self.add(connection, text, false),
        }
    }

    /// A text that a provider chose.
    pub(super) fn offered(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<Name> {
        match self.look_up(connection, text)? {
            Some(number) => Ok(Name::Number(number)),
            None if self.offered < OFFERED_MAX => self.add(connection, text, true).map(Name::Number),
            None => Ok(Name::Text(text.into())),
        }
    }

    /// A text that a caller chose.
    pub(super) fn asked(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<Name> {
        Ok(self.look_up(connection, text)?.map_or_else(|| Name::Text(text.into()), Name::Number))
    }

    fn look_up(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
        if text.is_empty() {
            return Ok(Some(0));
        }
        if let Some(number) = self.known.get(text) {
            return Ok(Some(*number));
        }
        let found = number_of(connection, text)?;
        if let Some(number) = found {
            self.remember(text, number);
        }
        Ok(found)
    }

    fn add(&mut self, connection: &Connection, text: &str, offered: bool) -> rusqlite::Result<i64> {
        let mut statement = connection.prepare_cached("INSERT INTO names (text, offered) VALUES (?, ?)")?;
        let number = statement.insert((text, offered))?;
        self.offered += i64::from(offered);
        self.remember(text, number);
        Ok(number)
    }

    fn remember(&mut self, text: &str, number: i64) {
        if self.known.len() >= CACHE_MAX {
            self.known.clear();
        }
        self.known.insert(text.into(), number);
    }
}

/// The number of a text, if it has one.
pub(super) fn number_of(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM names WHERE text = ?")?;
    statement.query_row([text], |row| row.get(0)).optional()
}

/// The text of a number; empty where it has none.
pub(super) fn text_of(connection: &Connection, number: i64) -> rusqlite::Result<String> {
    let mut statement = connection.prepare_cached("SELECT text FROM names WHERE id = ?")?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Whether any record names this text: a project, a key's digits, a model, a deployment or a cause. Models that were asked
/// for in vain are not among them as a rule.
///
/// # Errors
/// The database refuses.
pub fn are_there_of(records: &Records, text: &str) -> Result<bool, StoreError> {
    Ok(number_of(&records.connection, text)?.is_some())
}
