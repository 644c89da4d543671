//! Numbers for groups, as they are found.
//!
//! In: the values of a group's dimensions. Out: its number, from 0 on. A group is what it is in without its last dimension,
//! and that one: so a group costs one look into one table of small entries, however many dimensions it has, where what comes
//! before is the same as of the group before, and it mostly is.

use std::collections::hash_map::Entry;

use super::super::mixer::Map;

#[derive(Debug)]
pub(super) struct Places(Vec<Step>);

/// The groups by the first dimensions.
#[derive(Debug, Default)]
struct Step {
    known: Map<(u32, i64), u32>,
    /// Of each, the group that it is in and its value.
    all: Vec<(u32, i64)>,
    /// What was asked for last.
    last: Option<((u32, i64), u32)>,
}

impl Places {
    pub(super) fn new(dimensions: usize) -> Self {
        Self((0..dimensions).map(|_| Step::default()).collect())
    }

    /// The number of a group.
    pub(super) fn number(&mut self, value: impl Fn(usize) -> i64) -> u32 {
        let mut number = 0;
        for (n, step) in self.0.iter_mut().enumerate() {
            number = step.number((number, value(n)));
        }
        number
    }

    /// The different values of a dimension, sorted.
    pub(super) fn values(&self, dimension: usize) -> Vec<i64> {
        let mut values: Vec<i64> = self.0[dimension].all.iter().map(|(_, value)| *value).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The groups in order of their values' ranks, each with these ranks; `count` of them where there are no dimensions.
    pub(super) fn ordered(&self, ranks: &[Map<i64, u32>], count: u32) -> (Vec<u32>, Vec<u32>) {
        // Where each group of the step before is, and what it is called.
        let mut order: Vec<u32> = (0..count).collect();
        let mut places: Vec<u32> = order.clone();
        let mut names: Vec<u32> = Vec::new();
        for (width, (step, ranks)) in self.0.iter().zip(ranks).enumerate() {
            let key = |(place, value): &(u32, i64)| {
                let before = if width == 0 { 0 } else { places[*place as usize] };
                u64::from(before) << 32 | u64::from(ranks.get(value).copied().unwrap_or(0))
            };
            let mut keys: Vec<(u64, u32)> = step.all.iter().map(key).zip(0..).collect();
            keys.sort_unstable();
            let mut all = Vec::with_capacity(keys.len() * (width + 1));
            for (key, _) in &keys {
                let before = (key >> 32) as usize * width;
                all.extend_from_slice(&names[before..before + width]);
                all.push(*key as u32);
            }
            order = keys.into_iter().map(|(_, number)| number).collect();
            places = vec![0; order.len()];
            (0..).zip(&order).for_each(|(place, number)| places[*number as usize] = place);
            names = all;
        }
        (order, names)
    }
}

impl Step {
    fn number(&mut self, group: (u32, i64)) -> u32 {
        if let Some((last, number)) = self.last
            && last == group
        {
            return number;
        }
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let number = match self.known.entry(group) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.all.push(group);
                *new.insert(next)
            }
        };
        self.last = Some((group, number));
        number
    }
}
