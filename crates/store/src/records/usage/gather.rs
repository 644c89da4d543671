//! Groups and their sums, while they are added up.
//!
//! In: rows of sums and packs. Out: groups in the order of their names. Everything is numbers until the end: a month of ten
//! thousand keys is some million additions, and few texts. Packs are added up a column at a time.

use std::ops::Range;

use rusqlite::Connection;

use super::super::mixer::Map;
use super::super::pack::{DIMENSIONS, Pack};
use super::super::rollup::floor;
use super::super::sums::{MEASURES, Reading, Summed};
use super::filter::Filter;
use super::owners::Owners;
use super::places::Places;
use super::table::Table;
use super::{Dimension, Label, Query};
use crate::database::StoreError;

/// Groups that were found so far.
pub(super) struct Gathered<'q> {
    pub(super) query: &'q Query<'q>,
    connection: &'q Connection,
    places: Places,
    /// Each measure that is read of all groups.
    sums: [Vec<i64>; MEASURES],
    count: u32,
    owners: Owners<'q>,
    pack: Columns,
}

/// The pack that is read; kept for the next one.
#[derive(Default)]
struct Columns {
    of: [Vec<i64>; DIMENSIONS],
    measure: Vec<i64>,
    /// Which of its groups are wanted, what they are by each dimension asked for, and the groups here that they belong to.
    wanted: Vec<u32>,
    by: Vec<Vec<i64>>,
    groups: Vec<u32>,
}

impl<'q> Gathered<'q> {
    pub(super) fn new(query: &'q Query<'q>, connection: &'q Connection) -> Self {
        let is_by_owner = query.by.contains(&Dimension::Owner) || query.among.owners.is_some();
        Self {
            query,
            connection,
            places: Places::new(query.by.len()),
            sums: std::array::from_fn(|_| Vec::new()),
            count: 0,
            owners: Owners::of(query, is_by_owner),
            pack: Columns::default(),
        }
    }

    /// Whether packs tell what is asked for.
    pub(super) fn is_packed(&self) -> bool {
        self.query.reading == Reading::Told && self.query.by.iter().all(|by| by.is_packed())
    }

    /// Adds those of some rows that are wanted.
    pub(super) fn add_rows(&mut self, rows: &[Summed], filter: &Filter) -> Result<(), StoreError> {
        let is_wanted = |row: &&Summed| filter.allows(row.project, row.key, row.model, row.operation);
        if self.owners.are_asked() {
            self.owners.ask(rows.iter().filter(is_wanted).map(|row| row.key), self.connection)?;
        }
        rows.iter().filter(is_wanted).for_each(|row| self.add_row(row));
        Ok(())
    }

    fn add_row(&mut self, row: &Summed) {
        // Where owners do not matter, all keys are one's.
        let owner = if self.owners.are_asked() { self.owners.of_key(row.key) } else { Some(0) };
        let Some(owner) = owner else { return };
        let by = self.query.by;
        let group = self.places.number(|n| match by[n] {
            Dimension::Project => row.project,
            Dimension::Key => row.key,
            Dimension::Owner => owner,
            Dimension::Model => row.model,
            Dimension::Deployment => row.deployment,
            Dimension::Status => row.status,
            Dimension::Outcome => row.outcome,
            Dimension::Cause => row.cause,
            Dimension::Operation => row.operation,
            Dimension::Minute | Dimension::Hour | Dimension::Day => floor(row.bucket, by[n].step()),
        });
        self.make_room(group);
        for which in self.query.reading.measures() {
            let sum = &mut self.sums[*which][group as usize];
            *sum = sum.saturating_add(row.measures[*which]);
        }
    }

    /// Adds those groups of a pack that are of a span and wanted.
    pub(super) fn add_pack(
        &mut self,
        start: i64,
        step: i64,
        span: &Range<i64>,
        pack: &Pack<'_>,
        filter: &Filter,
    ) -> Result<(), StoreError> {
        let Columns { of, measure, wanted, by, groups } = &mut self.pack;
        for (which, column) in of.iter_mut().enumerate() {
            pack.dimension(which).read(pack.groups, column);
        }
        let [buckets, projects, keys, models, operations] = of;
        let bucket = |n: &u32| start + buckets[*n as usize] * step;
        wanted.clear();
        wanted.extend((0..pack.groups as u32).filter(|n| span.contains(&bucket(n))));
        filter.keep([projects, keys, models, operations], wanted);
        if self.owners.are_asked() {
            self.owners.ask(wanted.iter().map(|n| keys[*n as usize]), self.connection)?;
            wanted.retain(|n| self.owners.of_key(keys[*n as usize]).is_some());
        }
        by.resize(self.query.by.len(), Vec::new());
        for (dimension, values) in self.query.by.iter().zip(by.iter_mut()) {
            values.clear();
            let mut take = |column: &[i64]| values.extend(wanted.iter().map(|n| column[*n as usize]));
            match dimension {
                Dimension::Project => take(projects),
                Dimension::Key => take(keys),
                Dimension::Model => take(models),
                Dimension::Operation => take(operations),
                Dimension::Owner => {
                    values.extend(wanted.iter().map(|n| self.owners.of_key(keys[*n as usize]).unwrap_or(0)));
                }
                Dimension::Minute | Dimension::Hour | Dimension::Day => {
                    values.extend(wanted.iter().map(|n| floor(bucket(n), dimension.step())));
                }
                // Whoever asks for these is not given packs.
                Dimension::Deployment | Dimension::Status | Dimension::Outcome | Dimension::Cause => {
                    values.resize(wanted.len(), 0);
                }
            }
        }
        groups.clear();
        groups.extend((0..wanted.len()).map(|n| self.places.number(|dimension| by[dimension][n])));
        self.count = groups.iter().map(|group| group + 1).max().unwrap_or(0).max(self.count);
        for (told, which) in self.query.reading.measures().iter().enumerate() {
            let sums = &mut self.sums[*which];
            sums.resize(self.count as usize, 0);
            if pack.told(told).is_zero() {
                continue;
            }
            pack.told(told).read(pack.groups, measure);
            for (n, group) in wanted.iter().zip(&*groups) {
                let sum = &mut sums[*group as usize];
                *sum = sum.saturating_add(measure[*n as usize]);
            }
        }
        Ok(())
    }

    fn make_room(&mut self, group: u32) {
        if group < self.count {
            return;
        }
        self.count = group + 1;
        for which in self.query.reading.measures() {
            self.sums[*which].resize(self.count as usize, 0);
        }
    }

    /// The groups by name, in the order of their names.
    pub(super) fn table(self, span: Range<i64>) -> Result<Table, StoreError> {
        let (mut names, mut ranks) = (Vec::new(), Vec::new());
        for (n, by) in self.query.by.iter().enumerate() {
            let mut labels = self.labels(*by, self.places.values(n))?;
            labels.sort_unstable();
            ranks.push(labels.iter().zip(0..).map(|((_, value), rank)| (*value, rank)).collect::<Map<i64, u32>>());
            names.push(labels.into_iter().map(|(label, _)| label).collect());
        }
        let (slots, ranks) = self.places.ordered(&ranks, self.count);
        Ok(Table { span, names, ranks, slots, sums: self.sums })
    }

    /// What values are called, each with the value.
    fn labels(&self, by: Dimension, values: Vec<i64>) -> rusqlite::Result<Vec<(Label, i64)>> {
        let label = |value: i64| match by {
            Dimension::Owner => Ok((self.owners.name(value), value)),
            by => by.label(value, self.connection).map(|label| (label, value)),
        };
        values.into_iter().map(label).collect()
    }
}
