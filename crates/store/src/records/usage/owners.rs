//! Whose keys are, each asked for once.
//!
//! In: numbers of keys. Out: numbers of owners, and whether usage is kept to them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::Connection;
use tollgate_core::id::KeyId;

use super::super::mixer::Map;
use super::super::names;
use super::{Label, Query};
use crate::database::StoreError;

pub(super) struct Owners<'q> {
    query: &'q Query<'q>,
    is_asked: bool,
    /// Numbers of owners, by the numbers of keys; `None` is not wanted.
    of_keys: Map<i64, Option<i64>>,
    numbers: HashMap<String, i64>,
    names: Vec<String>,
}

impl<'q> Owners<'q> {
    pub(super) fn of(query: &'q Query<'q>, is_asked: bool) -> Self {
        Self { query, is_asked, of_keys: Map::default(), numbers: HashMap::new(), names: Vec::new() }
    }

    /// Whether they matter.
    pub(super) fn are_asked(&self) -> bool {
        self.is_asked
    }

    /// The number of a key's owner; `None` where usage is not kept to him, or nobody has asked so far.
    pub(super) fn of_key(&self, key: i64) -> Option<i64> {
        self.of_keys.get(&key).copied().flatten()
    }

    /// Asks whose these are, as far as it is not known.
    pub(super) fn ask(&mut self, keys: impl Iterator<Item = i64>, connection: &Connection) -> Result<(), StoreError> {
        let mut new = Vec::new();
        for key in keys {
            if let Entry::Vacant(place) = self.of_keys.entry(key) {
                place.insert(None);
                let digits = names::text_of(connection, key)?;
                new.push((key, KeyId::from_digits(digits.as_bytes())));
            }
        }
        let ids: Vec<KeyId> = new.iter().filter_map(|(_, id)| *id).collect();
        let mut owners = match self.query.owner_of {
            Some(owner_of) if !ids.is_empty() => owner_of.0(&ids)?,
            _ => HashMap::new(),
        };
        for (key, id) in new {
            let owner = id.and_then(|id| owners.remove(&id)).unwrap_or_default();
            let is_wanted = self.query.among.owners.is_none_or(|owners| owners.contains(&owner));
            let number = is_wanted.then(|| self.number(owner));
            self.of_keys.insert(key, number);
        }
        Ok(())
    }

    fn number(&mut self, owner: String) -> i64 {
        let next = self.names.len() as i64;
        *self.numbers.entry(owner).or_insert_with_key(|owner| {
            self.names.push(owner.clone());
            next
        })
    }

    pub(super) fn name(&self, number: i64) -> Label {
        Label::Text(usize::try_from(number).ok().and_then(|n| self.names.get(n)).cloned().unwrap_or_default())
    }
}
