//! One worker's end of the journal: entries are gathered, written together, and waited for.
//!
//! In: entries of one serving thread. Out: their bytes in this worker's segments, and positions to wait for. Nothing
//! is synchronised here and, while the background thread keeps up, no file is made here.
//!
//! An admission is taken only while the segments already on disk can hold it, the entries gathered before it, and a
//! settlement for every admitted request. That is why a settlement is never refused, even on a full disk.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use tollgate_core::record::{Entry, Recorder, RecorderError};

use super::Sync;
use super::background::Engine;
use super::format::{self, FRAME_MAX, HEADER_BYTES, SETTLEMENT_ROOM};
use super::lane::Lane;
use super::segment::{self, Segment};
use super::shared::Shared;
use super::space::Limit;

/// Room of the group's buffer at the start; it grows where a tick gathers more, and keeps its size.
const GROUP_BYTES: usize = 64 * 1024;

/// Writes the entries of one serving worker. It can be moved to that worker's thread, but not shared between threads.
///
/// An admission whose wait ends in an error holds no room any more: its request must be refused, and a settlement of
/// that refusal carries the identity.
pub struct Writer {
    engine: Arc<Engine>,
    lane: Arc<Lane>,
    state: RefCell<State>,
}

/// What only this worker's thread touches.
struct State {
    current: Option<Current>,
    /// Frames gathered since the last flush, not sealed yet, and what each of them is.
    group: Vec<u8>,
    kinds: Vec<Kind>,
    /// Position behind the last frame gathered.
    appended: u64,
    /// Admissions that have not been settled.
    outstanding: u64,
    wakers: Vec<Waker>,
}

/// The segment being written.
struct Current {
    segment: Arc<Segment>,
    offset: u64,
    chain: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sets room aside for its settlement.
    Admission,
    /// Uses room set aside.
    Settlement,
    /// Takes what room there is.
    Other,
}

/// A part of the group could not be written.
struct Lost {
    /// Its first byte in the group, and its first entry.
    from: usize,
    from_entry: usize,
    error: RecorderError,
}

impl Writer {
    /// The writer of a lane.
    pub(super) fn new(engine: Arc<Engine>, lane: Arc<Lane>) -> Self {
        let state = State {
            current: None,
            group: Vec::with_capacity(GROUP_BYTES),
            kinds: Vec::with_capacity(256),
            appended: 0,
            outstanding: 0,
            wakers: Vec::new(),
        };
        let writer = Self { engine, lane, state: RefCell::new(state) };
        writer.next_segment(&mut writer.state.borrow_mut());
        writer
    }

    fn shared(&self) -> &Shared {
        &self.engine.shared
    }

    /// Whether the last frame gathered may stay.
    fn admit(&self, state: &State, kind: Kind) -> Result<(), RecorderError> {
        if self.lane.state.failing.load(Ordering::Relaxed) {
            return Err(RecorderError::Failed);
        }
        let shared = self.shared();
        let settlements = state.outstanding + u64::from(kind == Kind::Admission);
        let needed = state.group.len() as u64 + settlements * SETTLEMENT_ROOM;
        let spare = loop {
            if let Some(spare) = state.room(&self.lane).checked_sub(needed) {
                break spare;
            }
            let made = if shared.space.may_take(shared.segment_bytes) {
                shared.make_segment(&self.lane, Limit::Bound)
            } else {
                Err(RecorderError::Full)
            };
            if let Err(error) = made {
                if kind == Kind::Admission && error == RecorderError::Full {
                    shared.refused(&self.lane);
                }
                return Err(error);
            }
        };
        if kind == Kind::Admission {
            shared.admits(&self.lane);
        }
        let low = segment::usable_when_fresh(shared.segment_bytes);
        if spare < low && shared.space.may_take(shared.segment_bytes) {
            shared.want_segment(&self.lane);
        }
        Ok(())
    }

    /// Seals and writes the group: one write, or one per segment where it does not fit into the current one.
    fn write_group(&self, state: &mut State, group: &mut [u8]) -> Result<(), Lost> {
        if self.lane.state.give_up_segment.swap(false, Ordering::Relaxed) {
            self.leave_segment(state);
        }
        let (mut from, mut from_entry, mut at, mut entry) = (0, 0, 0, 0);
        let mut chain = state.chain();
        while at < group.len() {
            let size = format::frame_size(&group[at..]);
            while !state.fits(at - from + size) {
                self.write_part(state, &group[from..at], chain).map_err(|error| Lost { from, from_entry, error })?;
                (from, from_entry) = (at, entry);
                self.leave_segment(state);
                if !self.next_segment(state) {
                    let made = self.shared().make_segment(&self.lane, Limit::None);
                    made.map_err(|error| Lost { from, from_entry, error })?;
                    self.next_segment(state);
                }
                chain = state.chain();
            }
            chain = format::seal(&mut group[at..at + size], chain);
            at += size;
            entry += 1;
        }
        self.write_part(state, &group[from..], chain).map_err(|error| Lost { from, from_entry, error })
    }

    /// Writes sealed frames behind the last ones; `chain` is the CRC of the last of them.
    fn write_part(&self, state: &mut State, part: &[u8], chain: u32) -> Result<(), RecorderError> {
        let Some(current) = &mut state.current else { return Ok(()) };
        if part.is_empty() {
            return Ok(());
        }
        current.segment.write_at(part, current.offset).map_err(|error| self.shared().failed(&self.lane, &error))?;
        current.offset += part.len() as u64;
        current.chain = chain;
        Ok(())
    }

    fn leave_segment(&self, state: &mut State) {
        if let Some(left) = state.current.take() {
            self.shared().space.close(left.segment.id);
        }
    }

    /// Goes on in a segment made ahead; `false` where there is none.
    fn next_segment(&self, state: &mut State) -> bool {
        state.current = self.lane.take_ready().map(|segment| {
            let chain = segment.chain;
            Current { segment, offset: HEADER_BYTES, chain }
        });
        state.current.is_some()
    }

    /// Tells those who wait that a part is lost, and takes back what its admissions set aside.
    fn lose(&self, state: &mut State, group_bytes: usize, lost: &Lost) {
        let kinds = &state.kinds[lost.from_entry..];
        let admissions = kinds.iter().filter(|&&k| k == Kind::Admission).count() as u64;
        // Only an admission may hear that there is no room, and an error is for the whole part.
        let error = if kinds.contains(&Kind::Settlement) { RecorderError::Failed } else { lost.error };
        state.outstanding = state.outstanding.saturating_sub(admissions);
        self.lane.fail(state.appended - (group_bytes - lost.from) as u64, state.appended, error);
    }
}

impl State {
    /// Bytes that entries are sure to find in the segments there are.
    fn room(&self, lane: &Lane) -> u64 {
        let current = self.current.as_ref().map_or(0, |c| segment::usable(c.segment.bytes, c.offset));
        current + lane.ready_bytes()
    }

    fn fits(&self, bytes: usize) -> bool {
        self.current.as_ref().is_some_and(|c| c.offset + bytes as u64 <= c.segment.bytes)
    }

    fn chain(&self) -> u32 {
        self.current.as_ref().map_or(0, |c| c.chain)
    }

    fn kind_of(&self, entry: &Entry<'_>) -> Kind {
        match entry {
            Entry::Admission(_) => Kind::Admission,
            Entry::Settlement(s) if s.identity.is_none() && self.outstanding > 0 => Kind::Settlement,
            Entry::Settlement(_) | Entry::RefusalCount(_) => Kind::Other,
        }
    }
}

impl Recorder for Writer {
    fn append(&self, entry: &Entry<'_>) -> Result<u64, RecorderError> {
        let state = &mut *self.state.borrow_mut();
        let kind = state.kind_of(entry);
        let start = state.group.len();
        let size = format::push_frame(&mut state.group, |out| entry.encode(out));
        let admitted = match kind {
            _ if size > FRAME_MAX => Err(RecorderError::Failed),
            Kind::Settlement => Ok(()),
            Kind::Admission | Kind::Other => self.admit(state, kind),
        };
        if let Err(error) = admitted {
            state.group.truncate(start);
            return Err(error);
        }
        match kind {
            Kind::Admission => state.outstanding += 1,
            Kind::Settlement => state.outstanding -= 1,
            Kind::Other => {}
        }
        state.kinds.push(kind);
        state.appended += size as u64;
        Ok(state.appended)
    }

    fn flush(&self) {
        let (appended, mut wakers) = {
            let state = &mut *self.state.borrow_mut();
            if state.group.is_empty() {
                return;
            }
            let mut group = std::mem::take(&mut state.group);
            if let Err(lost) = self.write_group(state, &mut group) {
                self.lose(state, group.len(), &lost);
            }
            group.clear();
            state.group = group;
            state.kinds.clear();
            (state.appended, std::mem::take(&mut state.wakers))
        };
        self.lane.written.store(appended, Ordering::SeqCst);
        self.shared().signal.written();
        if self.shared().sync != Sync::Strict {
            self.lane.wake(appended, &mut wakers);
        }
        self.state.borrow_mut().wakers = wakers;
    }

    fn poll_written(&self, position: u64, cx: &mut Context<'_>) -> Poll<Result<(), RecorderError>> {
        let decided = match self.shared().sync {
            Sync::Periodic(_) => &self.lane.written,
            Sync::Strict => &self.lane.synchronised,
        };
        self.lane.poll(decided, position, cx)
    }
}

impl Drop for Writer {
    /// Writes what was gathered; its last segment stays open until the process ends.
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outstanding = self.state.try_borrow().ok().map_or(0, |state| state.outstanding);
        f.debug_struct("Writer")
            .field("worker", &self.lane.worker)
            .field("outstanding", &outstanding)
            .finish_non_exhaustive()
    }
}
