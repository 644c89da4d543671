//! What has been done: written in the transaction of the act, never changed.
//!
//! In: [`NewEvent`]s. Out: [`Event`]s, newest first, by any combination of filters. What an event says is put together by the
//! control plane.
//!
//! A page is read from one index, in its order: each value of one filter is looked up there for as many events as the page
//! has, and the rest of the filters are checked on the way. Which filter that is, is decided by counting: that of the fewest
//! events, as far as it matters; where each finds many, two are looked up together. Asked for all at once, SQLite would sort
//! everything that one of them finds.

use std::iter;

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
    /// Of an admin key or a session.
    pub actor_id: &'a str,
    /// `user-…`, who is behind it.
    pub actor_user: Option<&'a str>,
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
    /// By these users, admin keys or sessions.
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
    (id, organization, project, type, effective_at, actor, actor_id, actor_user, actor_email, resource_id, payload)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const CURSOR: &str = "SELECT effective_at, row_id FROM audit_events WHERE organization = $1 AND id = $2";

/// Above how many events one filter is as good as another.
const COUNTED_MAX: i64 = 1000;
/// Places that one statement looks at, at most: one for each pair of values of two filters.
const PLACES_MAX: usize = 64;
const COLUMNS: [&str; 6] = ["resource_id", "actor_id", "actor_user", "actor_email", "project", "type"];

pub(super) fn statements() -> Vec<String> {
    let mut all = vec![INSERT.to_owned(), CURSOR.to_owned()];
    all.extend(COLUMNS.map(|column| count(&[column])));
    for first in COLUMNS {
        all.extend(
            COLUMNS.into_iter().filter(|second| is_indexed(first, second)).map(|second| count(&[first, second])),
        );
    }
    for set in 0..1_u32 << 7 {
        let has = |bit: u32| set & (1 << bit) != 0;
        let some = |bit| if has(bit) { vec!["x".to_owned(), "user-x".to_owned()] } else { Vec::new() };
        let filter = Filter {
            from: has(0).then_some(0),
            until: has(1).then_some(0),
            projects: some(2),
            kinds: some(3),
            actors: some(4),
            emails: some(5),
            resources: some(6),
        };
        let narrowings = narrowings(&filter);
        for lookup in lookups(&narrowings) {
            for than in ["<", ">"] {
                all.push(Query::new(&0, &filter, &narrowings, &lookup, Some((&(0, 0), than)), &1).sql);
            }
            all.push(Query::new(&0, &filter, &narrowings, &lookup, None, &1).sql);
        }
    }
    all
}

/// Writes an event and returns its id.
///
/// # Errors
/// The database refuses.
pub fn write(database: &Database, event: &NewEvent<'_>) -> Result<String, StoreError> {
    let id = Random::id("audit_log-");
    let NewEvent { organization, project, kind, at, actor, actor_id, actor_user, actor_email, resource_id, payload } =
        event;
    let values: [&dyn ToSql; 11] =
        [&id, organization, project, kind, at, actor, actor_id, actor_user, actor_email, resource_id, payload];
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
    let (beside, than) = match cursor {
        Cursor::Newest => (None, "<"),
        Cursor::After(id) => (Some(position(database, organization, id)?), "<"),
        Cursor::Before(id) => (Some(position(database, organization, id)?), ">"),
    };
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let narrowings = narrowings(filter);
    let lookup = narrowest(database, organization, &narrowings)?;
    let beside = beside.as_ref().map(|position| (position, than));
    let query = Query::new(&organization, filter, &narrowings, &lookup, beside, &one_more);
    let mut statement = database.connection.prepare_cached(&query.sql)?;
    let mut rows = statement.query_map(query.values.as_slice(), read)?.collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    if matches!(cursor, Cursor::Before(_)) {
        rows.reverse();
    }
    Ok(Page { rows, has_more })
}

/// Where an event stands in the order: its time, and its row among those of one second.
type Position = (i64, i64);

fn position(database: &Database, organization: i64, id: &str) -> Result<Position, PageError> {
    let mut statement = database.connection.prepare_cached(CURSOR)?;
    let found = statement.query_row((organization, id), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.ok_or_else(|| PageError::UnknownCursor(id.to_owned()))
}

/// The values of one filter, each with the column that it is looked up in.
type Narrowing<'a> = Vec<(&'static str, &'a String)>;

fn narrowings(filter: &Filter) -> Vec<Narrowing<'_>> {
    let actor_column = |actor: &str| if actor.starts_with("user-") { "actor_user" } else { "actor_id" };
    let all: [Narrowing<'_>; 5] = [
        filter.resources.iter().map(|value| ("resource_id", value)).collect(),
        filter.actors.iter().map(|value| (actor_column(value), value)).collect(),
        filter.emails.iter().map(|value| ("actor_email", value)).collect(),
        filter.projects.iter().map(|value| ("project", value)).collect(),
        filter.kinds.iter().map(|value| ("type", value)).collect(),
    ];
    all.into_iter().filter(|values| !values.is_empty()).collect()
}

/// What of the filters is looked up: none, one or two, by number, and each place to look at.
struct Lookup<'a> {
    filters: Vec<usize>,
    places: Vec<Vec<(&'static str, &'a String)>>,
}

impl<'a> Lookup<'a> {
    /// Everything, where nothing is asked for.
    fn all() -> Self {
        Self { filters: Vec::new(), places: vec![Vec::new()] }
    }

    fn one(narrowings: &[Narrowing<'a>], number: usize) -> Self {
        Self { filters: vec![number], places: narrowings[number].iter().map(|value| vec![*value]).collect() }
    }

    /// `None` where no index tells both, or the places are too many.
    fn two(narrowings: &[Narrowing<'a>], [first, second]: [usize; 2]) -> Option<Self> {
        let pairs =
            narrowings[first].iter().flat_map(|one| narrowings[second].iter().map(move |other| vec![*one, *other]));
        let places: Vec<Vec<_>> = pairs.collect();
        let fits = places.len() <= PLACES_MAX && places.iter().all(|place| is_indexed(place[0].0, place[1].0));
        fits.then(|| Self { filters: vec![first, second], places })
    }

    /// How many events there are at its places, as far as it matters.
    fn count(&self, database: &Database, organization: i64) -> Result<i64, StoreError> {
        let mut found = 0;
        for place in &self.places {
            let columns: Vec<&str> = place.iter().map(|(column, _)| *column).collect();
            let mut statement = database.connection.prepare_cached(&count(&columns))?;
            let values = place.iter().map(|(_, value)| value as &dyn ToSql);
            let all: Vec<&dyn ToSql> = iter::once(&organization as &dyn ToSql).chain(values).collect();
            let all: Vec<&dyn ToSql> = all.into_iter().chain([&COUNTED_MAX as &dyn ToSql]).collect();
            found += statement.query_row(all.as_slice(), |row| row.get::<_, i64>(0))?;
            if found >= COUNTED_MAX {
                break;
            }
        }
        Ok(found.min(COUNTED_MAX))
    }
}

/// Whether an index has both columns, one behind the other.
fn is_indexed(first: &str, second: &str) -> bool {
    let is_actor = |column: &str| ["actor_id", "actor_user", "actor_email"].contains(&column);
    match second {
        "project" => is_actor(first),
        "type" => is_actor(first) || first == "project",
        _ => false,
    }
}

/// What may be looked up: each filter, and each two that an index tells together.
fn lookups<'a>(narrowings: &[Narrowing<'a>]) -> Vec<Lookup<'a>> {
    if narrowings.is_empty() {
        return vec![Lookup::all()];
    }
    let numbers = 0..narrowings.len();
    let pairs = numbers.clone().flat_map(|first| (first + 1..narrowings.len()).map(move |second| [first, second]));
    let one = numbers.map(|number| Lookup::one(narrowings, number));
    one.chain(pairs.filter_map(|pair| Lookup::two(narrowings, pair))).collect()
}

/// The lookup that finds the fewest events. One filter is preferred to two where it finds few.
fn narrowest<'a>(
    database: &Database,
    organization: i64,
    narrowings: &[Narrowing<'a>],
) -> Result<Lookup<'a>, StoreError> {
    let mut best: Option<(i64, Lookup<'a>)> = None;
    for lookup in lookups(narrowings) {
        let found = if narrowings.len() < 2 { 0 } else { lookup.count(database, organization)? };
        let is_two = lookup.filters.len() > 1;
        // Of two that find many each, the one that looks at two filters reads less.
        let is_better = best.as_ref().is_none_or(|(fewest, other)| {
            found < *fewest || (found == *fewest && is_two && other.filters.len() < 2 && found >= COUNTED_MAX)
        });
        let is_few = best.as_ref().is_some_and(|(fewest, _)| *fewest < COUNTED_MAX);
        if is_two && is_few {
            break;
        }
        if is_better {
            best = Some((found, lookup));
        }
    }
    Ok(best.map_or_else(Lookup::all, |(_, lookup)| lookup))
}

fn count(columns: &[&str]) -> String {
    let conditions: String = columns.iter().zip(2..).map(|(column, n)| format!(" AND {column} = ${n}")).collect();
    let limit = columns.len() + 2;
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM audit_events WHERE organization = $1{conditions} LIMIT ${limit}) some_events"
    )
}

/// A statement put together of the filters that are there.
struct Query<'a> {
    sql: String,
    values: Vec<&'a dyn ToSql>,
}

impl<'a> Query<'a> {
    fn new(
        organization: &'a dyn ToSql,
        filter: &'a Filter,
        narrowings: &'a [Narrowing<'a>],
        lookup: &'a Lookup<'a>,
        beside: Option<(&'a Position, &str)>,
        limit: &'a dyn ToSql,
    ) -> Self {
        let mut query = Self { sql: String::new(), values: vec![organization] };
        let mut conditions = query.times(filter, beside);
        for (number, values) in narrowings.iter().enumerate() {
            if !lookup.filters.contains(&number) {
                conditions.push_str(&query.among(values));
            }
        }
        let word = if matches!(beside, Some((_, ">"))) { "ASC" } else { "DESC" };
        let mut branches = Vec::new();
        let mut limit_number = None;
        for (number, place) in lookup.places.iter().enumerate() {
            let one =
                |(column, value): &'a (&'static str, &'a String)| format!(" AND a.{column} = {}", query.bind(value));
            let equals: String = place.iter().map(one).collect();
            let limit = limit_number.get_or_insert_with(|| query.bind(limit));
            branches.push(format!(
                "SELECT * FROM (SELECT a.effective_at, a.row_id FROM audit_events a
                WHERE a.organization = $1{conditions}{equals}
                ORDER BY a.effective_at {word}, a.row_id {word} LIMIT {limit}) found_{number}"
            ));
        }
        // An event that two values find, by its key and by who is behind it, is one.
        let (found, limit) = (branches.join(" UNION "), limit_number.unwrap_or_default());
        query.sql = format!(
            "SELECT e.id, e.project, p.name, e.type, e.effective_at, e.actor, e.payload
            FROM (SELECT row_id FROM ({found}) found ORDER BY effective_at {word}, row_id {word} LIMIT {limit}) page
            JOIN audit_events e ON e.row_id = page.row_id LEFT JOIN projects p ON p.id = e.project
            ORDER BY e.effective_at {word}, e.row_id {word}"
        );
        query
    }

    /// The conditions on when.
    fn times(&mut self, filter: &'a Filter, beside: Option<(&'a Position, &str)>) -> String {
        let mut conditions = String::new();
        if let Some(from) = &filter.from {
            conditions.push_str(&format!(" AND a.effective_at >= {}", self.bind(from)));
        }
        if let Some(until) = &filter.until {
            conditions.push_str(&format!(" AND a.effective_at <= {}", self.bind(until)));
        }
        if let Some(((at, row), than)) = beside {
            let (at, row) = (self.bind(at), self.bind(row));
            conditions.push_str(&format!(" AND (a.effective_at, a.row_id) {than} ({at}, {row})"));
        }
        conditions
    }

    /// The condition of a filter that is not looked up; written so that no index is taken for it.
    fn among(&mut self, values: &'a Narrowing<'a>) -> String {
        let one_of = values.iter().map(|(column, value)| format!("coalesce(a.{column}, '') = {}", self.bind(value)));
        format!(" AND ({})", one_of.collect::<Vec<_>>().join(" OR "))
    }

    fn bind(&mut self, value: &'a dyn ToSql) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
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
