//! What usage is kept to, in numbers.
//!
//! In: a query's texts. Out: a test for groups of packs and rows, and a condition that has SQLite leave out what it can.

use rusqlite::Connection;
use tollgate_core::id::KeyId;

use super::super::names;
use super::{Among, Query};

/// A condition is not longer than so many numbers; what it does not say is tested afterwards.
const CONDITION_MAX: usize = 64;

/// Numbers up to which whether one is wanted is looked up by itself. Names are numbered from 1 on.
const DENSE_MAX: i64 = 1 << 20;

/// Numbers that are wanted, in order.
#[derive(Debug)]
struct Numbers {
    sorted: Vec<i64>,
    /// Whether each is among them, where they are small.
    dense: Option<Vec<bool>>,
}

impl Numbers {
    fn of(mut numbers: Vec<i64>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        let most = numbers.last().copied().unwrap_or(0);
        let is_small = (0..DENSE_MAX).contains(&most) && numbers.first().is_none_or(|least| *least >= 0);
        let dense = is_small.then(|| {
            let mut dense = vec![false; most as usize + 1];
            numbers.iter().for_each(|number| dense[*number as usize] = true);
            dense
        });
        Self { sorted: numbers, dense }
    }

    fn has(&self, number: i64) -> bool {
        match &self.dense {
            Some(dense) => usize::try_from(number).ok().and_then(|at| dense.get(at)).copied().unwrap_or(false),
            None => self.sorted.binary_search(&number).is_ok(),
        }
    }
}

/// What to keep to. `None` allows all.
#[derive(Debug)]
pub(super) struct Filter {
    /// Whether sums by key are wanted, or those over all keys.
    pub(super) per_key: bool,
    projects: Option<Numbers>,
    keys: Option<Numbers>,
    models: Option<Numbers>,
    operations: Option<Numbers>,
}

impl Filter {
    /// `None` where nothing can be found.
    pub(super) fn of(query: &Query<'_>, connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let Among { projects, keys, owners, models, operations } = query.among;
        let one = |text: Option<&str>, among: Option<Vec<&str>>| numbers(connection, text, among);
        let key = query.key.as_ref().map(KeyId::digits);
        let among_keys = keys.map(|keys| keys.iter().map(KeyId::digits).collect());
        let filter = Self {
            per_key: key.is_some()
                || among_keys.is_some()
                || owners.is_some()
                || query.by.iter().any(|by| by.is_of_key()),
            projects: one(query.project, projects.map(texts))?,
            keys: one(key, among_keys)?,
            models: one(query.model, models.map(texts))?,
            operations: operations.map(|all| Numbers::of(all.iter().map(|one| i64::from(*one as u8)).collect())),
        };
        let is_empty = |numbers: &Option<Numbers>| numbers.as_ref().is_some_and(|numbers| numbers.sorted.is_empty());
        let finds_nothing = filter.columns().iter().any(|(_, numbers)| is_empty(numbers));
        Ok((!finds_nothing).then_some(filter))
    }

    pub(super) fn allows(&self, project: i64, key: i64, model: i64, operation: i64) -> bool {
        let found = [project, key, model, operation];
        self.columns()
            .iter()
            .zip(found)
            .all(|((_, numbers), number)| numbers.as_ref().is_none_or(|some| some.has(number)))
    }

    /// Leaves of groups those that are wanted: columns as [`Self::columns`] has them.
    pub(super) fn keep(&self, columns: [&[i64]; 4], groups: &mut Vec<u32>) {
        for ((_, numbers), column) in self.columns().iter().zip(columns) {
            if let Some(some) = numbers {
                groups.retain(|group| some.has(column[*group as usize]));
            }
        }
    }

    /// What is behind `WHERE …`. Numbers of ours need no place in the statement.
    pub(super) fn condition(&self) -> String {
        let mut condition = String::new();
        for (column, numbers) in self.columns() {
            let Some(numbers) = numbers.as_ref().filter(|some| some.sorted.len() <= CONDITION_MAX) else { continue };
            let numbers: Vec<String> = numbers.sorted.iter().map(i64::to_string).collect();
            condition.push_str(&format!(" AND {column} IN ({})", numbers.join(", ")));
        }
        condition
    }

    fn columns(&self) -> [(&'static str, &Option<Numbers>); 4] {
        [("project", &self.projects), ("key", &self.keys), ("model", &self.models), ("operation", &self.operations)]
    }
}

/// The numbers that satisfy both: the one, and one among several.
fn numbers(connection: &Connection, one: Option<&str>, among: Option<Vec<&str>>) -> rusqlite::Result<Option<Numbers>> {
    let wanted = match (one, among) {
        (None, None) => return Ok(None),
        (None, Some(among)) => among,
        (Some(one), None) => vec![one],
        (Some(one), Some(among)) => among.into_iter().filter(|text| *text == one).collect(),
    };
    let found = wanted.into_iter().filter_map(|text| names::number_of(connection, text).transpose());
    Ok(Some(Numbers::of(found.collect::<rusqlite::Result<_>>()?)))
}

fn texts(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}
