//! Pages of a list: a cursor that stays where it is while rows are added before and behind it.
//!
//! In: the id that a page begins behind, also of something that has been deleted since. Out: statements in either order, and a
//! [`Page`]. Rows are in the order in which they were made, which never changes.

use rusqlite::{OptionalExtension, Row, ToSql, params_from_iter};

use super::gone;
use crate::database::{Database, StoreError};

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Behind the row with this id.
    pub after: Option<String>,
    /// At most so many rows.
    pub limit: usize,
    /// Which first.
    pub order: Order,
}

/// Which row comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest.
    OldestFirst,
    /// The newest.
    NewestFirst,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no row with the id that the page should begin behind, nor has there been one lately.
    #[error("there is nothing with the id {0:?} in this list")]
    UnknownCursor(String),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for PageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A list of rows that belong to one owner, or to what several numbers name together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// By which deleted rows of it are known: see [`gone`].
    pub(crate) name: &'static str,
    /// `SELECT … FROM … WHERE owner = $1`, with a parameter per owner, and any further condition without one.
    pub(crate) select: &'static str,
    /// `SELECT row_id FROM … WHERE owner = $1 AND id = $2`, the id behind the owners.
    pub(crate) cursor: &'static str,
    /// The table's row number as the select calls it.
    pub(crate) row_id: &'static str,
}

impl List {
    /// Its statements.
    pub(crate) fn statements(self) -> Vec<String> {
        vec![self.sql(Order::OldestFirst), self.sql(Order::NewestFirst), self.cursor.to_owned()]
    }

    fn sql(self, order: Order) -> String {
        let Self { select, row_id, .. } = self;
        let (than, word) = match order {
            Order::OldestFirst => (">", "ASC"),
            Order::NewestFirst => ("<", "DESC"),
        };
        let (behind, limit) = (self.owners() + 1, self.owners() + 2);
        format!("{select} AND {row_id} {than} ${behind} ORDER BY {row_id} {word} LIMIT ${limit}")
    }

    /// How many parameters name the owner; each appears once in the select.
    fn owners(self) -> usize {
        self.select.matches('$').count()
    }

    /// A page of what belongs to `owner`.
    pub(crate) fn page<T>(
        self,
        database: &Database,
        owner: i64,
        part: &Part,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Page<T>, PageError> {
        self.page_within(database, &[owner], part, read)
    }

    /// A page of what belongs to all of `owners`, of which the first is the organization.
    pub(crate) fn page_within<T>(
        self,
        database: &Database,
        owners: &[i64],
        part: &Part,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Page<T>, PageError> {
        let behind = match (&part.after, part.order) {
            (Some(id), order) => self.position(database, owners, id, order)?,
            (None, Order::OldestFirst) => i64::MIN,
            (None, Order::NewestFirst) => i64::MAX,
        };
        let one_more = i64::try_from(part.limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut statement = database.connection.prepare_cached(&self.sql(part.order))?;
        let values = owners.iter().chain([&behind, &one_more]);
        let mut rows = statement.query_map(params_from_iter(values), read)?.collect::<Result<Vec<_>, _>>()?;
        let has_more = rows.len() > part.limit;
        rows.truncate(part.limit);
        Ok(Page { rows, has_more })
    }

    /// The row number behind which a page begins that follows something: its own, or what it had before it was deleted.
    pub(crate) fn position(
        self,
        database: &Database,
        owners: &[i64],
        id: &str,
        order: Order,
    ) -> Result<i64, PageError> {
        let mut statement = database.connection.prepare_cached(self.cursor)?;
        let values = owners.iter().map(|owner| owner as &dyn ToSql).chain([&id as &dyn ToSql]);
        let row = statement.query_row(params_from_iter(values), |row| row.get(0)).optional()?;
        if let Some(row) = row {
            return Ok(row);
        }
        let stood_at = gone::stood_at(database, self.name, owners, id)?;
        let stood_at = stood_at.ok_or_else(|| PageError::UnknownCursor(id.to_owned()))?;
        // SQLite gives the number of the newest row again where that was deleted: what has it now came later.
        Ok(match order {
            Order::OldestFirst => stood_at.saturating_sub(1),
            Order::NewestFirst => stood_at,
        })
    }
}
