//! What `POST /v1/responses` keeps: responses with their items, per project, in bounded memory.
//!
//! In: responses as they are made, and the time. Out: the response of an id, or why there is none. A project never sees
//! what another has: every look-up goes through its name. Nothing is written to a disk, so all is lost with the process.
//!
//! All serving threads share it. It has locks, a few dozen instructions long each, that only calls of this kind take:
//! one for each sixteenth of the projects. The turns of a conversation are shared by the responses that continue it, and
//! their memory counts until the last of these is gone.

mod shard;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use super::items::Item;

use self::shard::Shard;

const SHARDS: usize = 16;
/// What an entry takes besides its texts: its places in the tables, and the heads of its allocations.
const OVERHEAD: usize = 512;

/// How much is kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Responses of one project.
    pub project_responses: usize,
    /// Bytes of one project.
    pub project_bytes: usize,
    /// Responses of all projects.
    pub responses: usize,
    /// Bytes of all projects.
    pub bytes: usize,
    /// How long a response is kept, in milliseconds.
    pub keep_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            project_responses: 1000,
            project_bytes: 8 << 20,
            responses: 10_000,
            bytes: 64 << 20,
            keep_ms: 24 * 60 * 60 * 1000,
        }
    }
}

/// Why a project has no response of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The project has made none of this id since the process began, or it is too long ago to be remembered.
    Unknown,
    /// It was deleted.
    Deleted,
    /// Its time was over.
    Expired,
    /// Later ones took its place.
    PushedOut,
    /// It was made with `store: false`.
    NotStored,
    /// It takes, with the turns that it builds on, more than a project may have.
    TooLarge,
}

/// The stored responses of all projects.
#[derive(Debug)]
pub struct ResponseStore {
    limits: Limits,
    shards: [Mutex<Shard>; SHARDS],
    /// Of each shard, the number of its oldest response; the highest where it has none.
    oldest: [AtomicU64; SHARDS],
    next: AtomicU64,
    responses: AtomicUsize,
    bytes: Arc<AtomicUsize>,
}

/// Memory that is counted for as long as this lives.
#[derive(Debug)]
struct Weight {
    bytes: usize,
    of: [Arc<AtomicUsize>; 2],
}

impl Drop for Weight {
    fn drop(&mut self) {
        for count in &self.of {
            count.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// One exchange: what was put in, and what came out.
#[derive(Debug)]
pub(super) struct Turn {
    /// The items of the input.
    pub(super) input: Vec<Item>,
    /// The items of the output.
    pub(super) output: Vec<Item>,
    weight: Weight,
}

/// When a response that was made in the background is begun and finished, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) begins_ms: u64,
    pub(super) ends_ms: u64,
}

/// A response to be kept.
#[derive(Debug)]
pub(super) struct Made {
    /// Its JSON when all is said.
    pub(super) done: String,
    /// Its JSON while it is queued, and when it is worked on, where it was made in the background.
    pub(super) background: Option<(String, Schedule)>,
    /// Its events, where it was made in the background and streamed.
    pub(super) events: Vec<Vec<u8>>,
    /// The exchanges before, oldest first.
    pub(super) earlier: Vec<Arc<Turn>>,
    /// The items of its own exchange.
    pub(super) input: Vec<Item>,
    pub(super) output: Vec<Item>,
}

/// A response that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) created_ms: u64,
    pub(super) done: String,
    pub(super) background: Option<(String, Schedule)>,
    pub(super) events: Vec<Vec<u8>>,
    /// The exchanges that led to it and its own, oldest first.
    pub(super) turns: Vec<Arc<Turn>>,
    pub(super) cancelled: AtomicBool,
    weight: Weight,
}

impl Default for ResponseStore {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl ResponseStore {
    /// An empty one.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            shards: Default::default(),
            oldest: std::array::from_fn(|_| AtomicU64::new(u64::MAX)),
            next: AtomicU64::new(0),
            responses: AtomicUsize::new(0),
            bytes: Arc::default(),
        }
    }

    /// How many responses are kept, and how many bytes they take.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.responses.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Why the project has no response of this id; `None` where it has one.
    #[must_use]
    pub fn why_absent(&self, project: &str, id: &str, now_ms: u64) -> Option<Gone> {
        self.get(project, id, now_ms).err()
    }

    /// Takes the first id of `candidate` (0, 1, 2, …) that the project does not use, so that the same call made twice
    /// gets two ids, and always the same two.
    pub(super) fn reserve(&self, project: &str, now_ms: u64, candidate: impl Fn(u64) -> String) -> (u64, String) {
        let index = shard_of(project);
        let mut shard = self.swept(index, now_ms);
        let mut attempt = 0;
        loop {
            let id = candidate(attempt);
            if shard.reserve(project, &id) {
                return (attempt, id);
            }
            attempt += 1;
        }
    }

    /// Keeps a response under its id; the oldest make room for it.
    pub(super) fn keep(&self, project: &str, id: &str, now_ms: u64, made: Made) {
        let index = shard_of(project);
        let mut shard = self.swept(index, now_ms);
        let of = [shard.bytes_of(project), self.bytes.clone()];
        let kept = Arc::new(Kept::new(now_ms, made, of));
        if kept.footprint() > self.limits.project_bytes {
            shard.discard(project, id, Gone::TooLarge);
            return;
        }
        let before = shard.len();
        shard.insert(project, id, self.next.fetch_add(1, Ordering::Relaxed), kept);
        while shard.exceeds(project, &self.limits) {
            shard.push_out_of(project);
        }
        self.note(index, &shard, before);
        drop(shard);
        self.push_out_oldest();
    }

    /// Notes that the project has made a response of this id that is not to be kept.
    pub(super) fn pass(&self, project: &str, id: &str) {
        self.lock(shard_of(project)).note(project, id, Gone::NotStored);
    }

    /// The response of an id.
    pub(super) fn get(&self, project: &str, id: &str, now_ms: u64) -> Result<Arc<Kept>, Gone> {
        self.swept(shard_of(project), now_ms).get(project, id)
    }

    /// Removes a response.
    pub(super) fn remove(&self, project: &str, id: &str, now_ms: u64) -> Result<(), Gone> {
        let index = shard_of(project);
        let mut shard = self.swept(index, now_ms);
        let before = shard.len();
        let removed = shard.remove(project, id, Gone::Deleted);
        self.note(index, &shard, before);
        removed
    }

    /// The item of an id, which the project has put into a response or got out of one.
    pub(super) fn item(&self, project: &str, id: &str, now_ms: u64) -> Option<Item> {
        self.swept(shard_of(project), now_ms).item(project, id)
    }

    fn lock(&self, index: usize) -> MutexGuard<'_, Shard> {
        // A panic inside left a table that is whole: it is changed by single insertions and removals.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A shard without what has expired.
    fn swept(&self, index: usize, now_ms: u64) -> MutexGuard<'_, Shard> {
        let mut shard = self.lock(index);
        let before = shard.len();
        shard.expire(now_ms.saturating_sub(self.limits.keep_ms));
        self.note(index, &shard, before);
        shard
    }

    /// Takes over what has changed in a shard of so many responses before.
    fn note(&self, index: usize, shard: &Shard, before: usize) {
        self.oldest[index].store(shard.oldest(), Ordering::Relaxed);
        if shard.len() >= before {
            self.responses.fetch_add(shard.len() - before, Ordering::Relaxed);
        } else {
            self.responses.fetch_sub(before - shard.len(), Ordering::Relaxed);
        }
    }

    /// Pushes out the oldest of all projects until the rest is within the bounds.
    fn push_out_oldest(&self) {
        loop {
            let (responses, bytes) = self.size();
            let within = responses <= self.limits.responses && bytes <= self.limits.bytes;
            let oldest =
                (0..SHARDS).min_by_key(|index| self.oldest[*index].load(Ordering::Relaxed)).unwrap_or_default();
            if within || self.oldest[oldest].load(Ordering::Relaxed) == u64::MAX {
                return;
            }
            let mut shard = self.lock(oldest);
            let before = shard.len();
            shard.push_out();
            self.note(oldest, &shard, before);
        }
    }
}

impl Weight {
    fn of(bytes: usize, of: [Arc<AtomicUsize>; 2]) -> Self {
        for count in &of {
            count.fetch_add(bytes, Ordering::Relaxed);
        }
        Self { bytes, of }
    }
}

impl Kept {
    fn new(created_ms: u64, made: Made, of: [Arc<AtomicUsize>; 2]) -> Self {
        let Made { done, background, events, earlier: mut turns, input, output } = made;
        let items: usize = input.iter().chain(&output).map(Item::bytes).sum();
        turns.push(Arc::new(Turn { input, output, weight: Weight::of(items, of.clone()) }));
        let queued = background.as_ref().map_or(0, |(queued, _)| queued.len());
        let events_bytes: usize = events.iter().map(|event| event.len() + size_of::<Vec<u8>>()).sum();
        let bytes = OVERHEAD + done.len() + queued + events_bytes + turns.len() * size_of::<Arc<Turn>>();
        let weight = Weight::of(bytes, of);
        Self { created_ms, done, background, events, turns, cancelled: AtomicBool::new(false), weight }
    }
}

impl Kept {
    /// What would still be taken if it were the only one.
    fn footprint(&self) -> usize {
        self.turns.iter().fold(self.weight.bytes, |sum, turn| sum + turn.weight.bytes)
    }
}

fn shard_of(project: &str) -> usize {
    (crate::sandbox::digest::fnv(0, project.as_bytes()) % SHARDS as u64) as usize
}

#[cfg(test)]
mod tests;
