//! The groups of an answer: their names apart from their sums, for there are few names and may be many groups.
//!
//! In: groups, numbered, and their sums. Out: the groups in the order of their names.

use std::ops::Range;

use super::super::sums::MEASURES;
use super::{Label, Total};

/// Usage by what it was asked by.
#[derive(Debug)]
pub struct Table {
    /// The span that was summed.
    pub span: Range<i64>,
    /// For each dimension what its values are called, in order.
    pub names: Vec<Vec<Label>>,
    /// The groups in order: for each dimension the place of its name.
    pub(super) ranks: Vec<u32>,
    /// Which sums are a group's.
    pub(super) slots: Vec<u32>,
    /// Each measure of all groups; empty where it was not read.
    pub(super) sums: [Vec<i64>; MEASURES],
}

impl Table {
    /// The groups in the order of their names: for each dimension the place of its name in [`Self::names`], and the sums.
    pub fn groups(&self) -> impl Iterator<Item = (&[u32], Total)> {
        let width = self.names.len();
        self.slots.iter().enumerate().map(move |(n, slot)| {
            let measure = |which: usize| self.sums[which].get(*slot as usize).copied().unwrap_or(0);
            (self.ranks.get(n * width..(n + 1) * width).unwrap_or_default(), Total::of(measure))
        })
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}
