//! What has been done: written in the transaction of the act, never changed.
//!
//! In: [`NewEvent`]s. Out: [`Event`]s, newest first, by any combination of filters. What an event says is put together by the
//! control plane.

use rusqlite::{OptionalExtension, Row, ToSql};

use super::page::{Page, PageError};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// An event to be written.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// The number of the organization.
    pub organization: i64,
    /// `proj_…`, for an act within a project.
    pub project: Option<&'a str>,
    /// As OpenAI names it.
    pub kind: &'a str,
    /// Unix seconds.
    pub at: i64,
    /// JSON, as it is shown.
    pub actor: &'a str,
    /// Of a user or an admin key.
    pub actor_id: &'a str,
    /// The user's address.
    pub actor_email: Option<&'a str>,
    /// What the act was upon.
    pub resource_id: Option<&'a str>,
    /// JSON, as it is shown.
    pub payload: &'a str,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `audit_log-…`
    pub id: String,
    /// `proj_…` and what the project is called now.
    pub project: Option<(String, String)>,
    /// As OpenAI names it.
    pub kind: String,
    /// Unix seconds.
    pub at: i64,
    /// JSON.
    pub actor: String,
    /// JSON.
    pub payload: String,
}

/// Which events; what is empty or `None` allows all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// From this moment on (Unix seconds).
    pub from: Option<i64>,
    /// Until this moment, which is included.
    pub until: Option<i64>,
    /// Of these projects.
    pub projects: Vec<String>,
    /// Of these types.
    pub kinds: Vec<String>,
    /// By these users or admin keys.
    pub actors: Vec<String>,
    /// By users with these addresses.
    pub emails: Vec<String>,
    /// Upon these.
    pub resources: Vec<String>,
}

/// Behind or before which event a page is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cursor {
    /// From the newest on.
    #[default]
    Newest,
    /// Those older than this one.
    After(String),
    /// Those newer than this one, the nearest to it.
    Before(String),
}

const INSERT: &str = "INSERT INTO audit_events
    (id, organization, project, type, effective_at, actor, actor_id, actor_email, resource_id, payload)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const CURSOR: &str = "SELECT row_id FROM audit_events WHERE organization = $1 AND id = $2";

pub(super) fn statements() -> Vec<String> {
    let one = || vec!["x".to_owned()];
    let mut all = vec![INSERT.to_owned(), CURSOR.to_owned()];
    for set in 0..1_u32 << 7 {
        let has = |bit: u32| set & (1 << bit) != 0;
        let some = |bit| if has(bit) { one() } else { Vec::new() };
        let filter = Filter {
            from: has(0).then_some(0),
            until: has(1).then_some(0),
            projects: some(2),
            kinds: some(3),
            actors: some(4),
            emails: some(5),
            resources: some(6),
        };
        all.push(Query::new(&0, &filter, Some((&0, ">")), &1).sql);
    }
    all
}

/// Writes an event and returns its id.
///
/// # Errors
/// The database refuses.
pub fn write(database: &Database, event: &NewEvent<'_>) -> Result<String, StoreError> {
    let id = Random::id("audit_log-");
    let NewEvent { organization, project, kind, at, actor, actor_id, actor_email, resource_id, payload } = event;
    let values: [&dyn ToSql; 10] =
        [&id, organization, project, kind, at, actor, actor_id, actor_email, resource_id, payload];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(id)
}

/// A page of events, newest first.
///
/// # Errors
/// See [`PageError`].
pub fn list(
    database: &Database,
    organization: i64,
    filter: &Filter,
    cursor: &Cursor,
    limit: usize,
) -> Result<Page<Event>, PageError> {
    let (row, than) = match cursor {
        Cursor::Newest => (None, "<"),
        Cursor::After(id) => (Some(row_of(database, organization, id)?), "<"),
        Cursor::Before(id) => (Some(row_of(database, organization, id)?), ">"),
    };
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let query = Query::new(&organization, filter, row.as_ref().map(|row| (row as &dyn ToSql, than)), &one_more);
    let mut statement = database.connection.prepare_cached(&query.sql)?;
    let mut rows = statement.query_map(query.values.as_slice(), read)?.collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    if matches!(cursor, Cursor::Before(_)) {
        rows.reverse();
    }
    Ok(Page { rows, has_more })
}

fn row_of(database: &Database, organization: i64, id: &str) -> Result<i64, PageError> {
    let row = database.connection.prepare_cached(CURSOR)?.query_row((organization, id), |row| row.get(0)).optional()?;
    row.ok_or_else(|| PageError::UnknownCursor(id.to_owned()))
}

/// A statement put together of the filters that are there, so that each narrows by its own index.
struct Query<'a> {
    sql: String,
    values: Vec<&'a dyn ToSql>,
}

impl<'a> Query<'a> {
    fn new(
        organization: &'a dyn ToSql,
        filter: &'a Filter,
        beside: Option<(&'a dyn ToSql, &str)>,
        limit: &'a dyn ToSql,
    ) -> Self {
        let mut query = Self {
            sql: "SELECT e.id, e.project, p.name, e.type, e.effective_at, e.actor, e.payload
                FROM audit_events e LEFT JOIN projects p ON p.id = e.project WHERE e.organization = $1"
                .to_owned(),
            values: vec![organization],
        };
        if let Some(from) = &filter.from {
            query.and("e.effective_at >=", from);
        }
        if let Some(until) = &filter.until {
            query.and("e.effective_at <=", until);
        }
        query.among("e.project", &filter.projects);
        query.among("e.type", &filter.kinds);
        query.among("e.actor_id", &filter.actors);
        query.among("e.actor_email", &filter.emails);
        query.among("e.resource_id", &filter.resources);
        let mut order = "DESC";
        if let Some((row, than)) = beside {
            query.and(&format!("e.row_id {than}"), row);
            order = if than == ">" { "ASC" } else { "DESC" };
        }
        query.values.push(limit);
        let limit = query.values.len();
        query.sql.push_str(&format!(" ORDER BY e.row_id {order} LIMIT ${limit}"));
        query
    }

    fn and(&mut self, condition: &str, value: &'a dyn ToSql) {
        self.values.push(value);
        let number = self.values.len();
        self.sql.push_str(&format!(" AND {condition} ${number}"));
    }

    fn among(&mut self, column: &str, values: &'a [String]) {
        if values.is_empty() {
            return;
        }
        let first = self.values.len() + 1;
        let numbers: Vec<String> = (first..first + values.len()).map(|number| format!("${number}")).collect();
        self.sql.push_str(&format!(" AND {column} IN ({})", numbers.join(", ")));
        self.values.extend(values.iter().map(|value| value as &dyn ToSql));
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    let project: Option<String> = row.get(1)?;
    let name: Option<String> = row.get(2)?;
    Ok(Event {
        id: row.get(0)?,
        project: project.map(|id| (id, name.unwrap_or_default())),
        kind: row.get(3)?,
        at: row.get(4)?,
        actor: row.get(5)?,
        payload: row.get(6)?,
    })
}
