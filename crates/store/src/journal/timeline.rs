//! Entries of all workers in the order of time, for a person to read.
//!
//! In: a directory. Out: its entries, merged. A worker's entries are nearly in order: an admission is written once the
//! body has been read, counts of refusals once their minute is over. So of each worker a window is held in memory, and
//! what comes later than its window is long comes late. A worker whose time has not come is not opened yet: an old
//! journal may have hundreds of them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::{Path, PathBuf};

use tollgate_core::record::Entry;

use super::format::SegmentId;
use super::reader::{Place, ReadError};
use super::replay::{Condition, Entries, segments};

/// Entries held of each worker.
const WINDOW: usize = 4096;
/// A worker is opened this long before its first entry's time, in milliseconds: a later one may be older.
const AHEAD_MS: u64 = 60_000;

/// When what an entry tells happened, in Unix milliseconds: a request is accepted, it has ended, a minute is over.
#[must_use]
pub fn happened_at(entry: &Entry<'_>) -> u64 {
    match entry {
        Entry::Admission(admission) => admission.request.unix_ms(),
        Entry::Settlement(settlement) => settlement.request.unix_ms() + u64::from(settlement.duration_us / 1000),
        Entry::RefusalCount(refusals) => (refusals.minute.saturating_add(60)).saturating_mul(1000),
    }
}

/// Entries of a directory by time.
///
/// # Errors
/// [`ReadError::Io`] where the directory cannot be listed.
pub fn timeline(directory: &Path) -> Result<Timeline, ReadError> {
    let mut lanes: Vec<Lane> = Vec::new();
    for segment in segments(directory)? {
        match lanes.last_mut() {
            Some(lane) if lane.is_of(segment) => lane.segments.push(segment),
            _ => lanes.push(Lane { segments: vec![segment], entries: None, held: 0, number: 0, latest_ms: 0 }),
        }
    }
    let mut timeline =
        Timeline { directory: directory.to_owned(), lanes, queue: BinaryHeap::new(), errors: VecDeque::new() };
    for lane in 0..timeline.lanes.len() {
        timeline.look_at(lane);
    }
    Ok(timeline)
}

/// Entries of all workers by time. A segment that cannot be read is one error; the others follow.
#[derive(Debug)]
pub struct Timeline {
    directory: PathBuf,
    lanes: Vec<Lane>,
    queue: BinaryHeap<Reverse<Item>>,
    errors: VecDeque<ReadError>,
}

/// One worker of one start.
#[derive(Debug)]
struct Lane {
    segments: Vec<SegmentId>,
    /// Open once its time has come.
    entries: Option<Entries>,
    /// Its entries in the queue.
    held: usize,
    /// How many were read.
    number: u64,
    latest_ms: u64,
}

/// Sorts by time, then as written.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    at_ms: u64,
    lane: usize,
    number: u64,
    /// `None`: the worker is to be opened.
    entry: Option<(Place, Vec<u8>)>,
}

impl Lane {
    fn is_of(&self, segment: SegmentId) -> bool {
        self.segments.first().is_some_and(|s| (s.epoch, s.worker) == (segment.epoch, segment.worker))
    }
}

impl Timeline {
    /// What was found so far; all of it once there are no more entries.
    #[must_use]
    pub fn condition(&self) -> Condition {
        let mut all = Condition::default();
        for found in self.lanes.iter().filter_map(|lane| lane.entries.as_ref()).map(Entries::condition) {
            all.ends.extend_from_slice(&found.ends);
            all.damage.extend_from_slice(&found.damage);
            all.gone += found.gone;
        }
        all
    }

    /// Finds out when a lane begins.
    fn look_at(&mut self, lane: usize) {
        let mut entries = Entries::of(&self.directory, self.lanes[lane].segments.clone());
        let at_ms = match entries.next() {
            Some(Ok((_, bytes))) => Entry::decode(&bytes).map_or(0, |entry| happened_at(&entry)),
            // The error comes again when the lane is opened.
            Some(Err(_)) => 0,
            None => {
                self.lanes[lane].entries = Some(entries);
                return;
            }
        };
        self.queue.push(Reverse(Item { at_ms: at_ms.saturating_sub(AHEAD_MS), lane, number: 0, entry: None }));
    }

    /// Holds as many entries of a lane as it may.
    fn fill(&mut self, index: usize) {
        let lane = &mut self.lanes[index];
        let entries = lane.entries.get_or_insert_with(|| Entries::of(&self.directory, lane.segments.clone()));
        while lane.held < WINDOW {
            match entries.next() {
                None => return,
                Some(Err(error)) => self.errors.push_back(error),
                Some(Ok((place, bytes))) => {
                    // What this version cannot read stands where it was written.
                    let at_ms = Entry::decode(&bytes).map_or(lane.latest_ms, |entry| happened_at(&entry));
                    lane.latest_ms = at_ms;
                    lane.number += 1;
                    lane.held += 1;
                    let entry = Some((place, bytes));
                    self.queue.push(Reverse(Item { at_ms, lane: index, number: lane.number, entry }));
                }
            }
        }
    }
}

impl Iterator for Timeline {
    type Item = Result<(Place, Vec<u8>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(error) = self.errors.pop_front() {
                return Some(Err(error));
            }
            let Reverse(item) = self.queue.pop()?;
            if item.entry.is_some() {
                self.lanes[item.lane].held -= 1;
            }
            self.fill(item.lane);
            if let Some(entry) = item.entry {
                return Some(Ok(entry));
            }
        }
    }
}
