//! Which segments there are, and how far each has been read.
//!
//! In: the directory, and the table `segments`. Out: turns, in which entries of one worker are read in the order
//! written; and the rows that say how far that is. A segment is done once it has been read to an end that is final: its
//! worker has left it, or its process is over. Whether it is, is asked before the end is read, never after.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::Connection;

use super::source::{Source, epochs};
use crate::journal::{End, Place, ReadError, SegmentId, SegmentReader};

/// One worker of one start of the process.
pub(super) type Lane = (u32, u16);

/// All segments that exist or have a row.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    tracks: BTreeMap<SegmentId, Track>,
    /// Starts of the process that are over, and were so when the directory was listed.
    over: HashSet<u32>,
    /// Lanes of which a segment has become done.
    finished: Vec<Lane>,
}

#[derive(Debug, Default)]
struct Track {
    /// Up to which byte it has been read; 0: not at all.
    consumed: u64,
    done: bool,
    /// The file is there.
    listed: bool,
    /// The row says something else.
    changed: bool,
    /// Why it cannot be read, as it was logged.
    refused: Option<String>,
    reader: Option<SegmentReader>,
}

/// Reads on in one segment. To be given back with [`Lanes::end`].
#[derive(Debug)]
pub(super) struct Turn {
    segment: SegmentId,
    reader: SegmentReader,
    consumed: u64,
    /// No more entries can come.
    is_final: bool,
    done: bool,
}

impl Turn {
    /// The next entry; `None` where there is none at the moment, or where the segment is done.
    pub(super) fn next(&mut self) -> Result<Option<(Place, &[u8])>, ReadError> {
        while !self.reader.has_entry()? {
            // What is not final may just be being written.
            if !self.is_final {
                return Ok(None);
            }
            match self.reader.skip_damage()? {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => tracing::error!(
                    segment = %self.segment, from = bytes.start, to = bytes.end,
                    "the journal is damaged: entries are lost, those behind are read"
                ),
                None => {
                    self.done = true;
                    return Ok(None);
                }
            }
        }
        let next = self.reader.next_entry()?;
        if let Some((place, _)) = &next {
            self.consumed = place.end;
        }
        Ok(next)
    }
}

impl Lanes {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare("SELECT epoch, worker, sequence, consumed, done FROM segments")?;
        let read = |row: &rusqlite::Row<'_>| {
            let segment = SegmentId { epoch: row.get(0)?, worker: row.get(1)?, sequence: row.get(2)? };
            Ok((segment, Track { consumed: bytes(row.get(3)?), done: row.get(4)?, ..Track::default() }))
        };
        let tracks = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
        Ok(Self { tracks, ..Self::default() })
    }

    /// Looks what is in the directory.
    pub(super) fn look(&mut self, source: &Source) -> Result<(), ReadError> {
        let mut listed = source.list()?;
        let mut over = epochs(self.tracks.keys().chain(&listed));
        over.retain(|epoch| self.over.contains(epoch) || source.is_over(*epoch));
        if over.iter().any(|epoch| !self.over.contains(epoch)) {
            // Its last segments may have come after the first look.
            listed = source.list()?;
        }
        self.over = over;
        for (segment, track) in &mut self.tracks {
            let was = std::mem::replace(&mut track.listed, listed.binary_search(segment).is_ok());
            if was && !track.listed && !track.done {
                tracing::warn!(segment = %segment, "a journal segment is gone that had not been read to its end");
            }
        }
        for segment in listed {
            self.tracks.entry(segment).or_insert_with(|| Track { listed: true, ..Track::default() });
        }
        Ok(())
    }

    /// Lanes with a segment that is not done.
    pub(super) fn unread(&self) -> Vec<Lane> {
        let mut lanes: Vec<_> = self.undone().map(|(segment, _)| (segment.epoch, segment.worker)).collect();
        lanes.dedup();
        lanes
    }

    /// Whether no more entries of a start of the process can come.
    pub(super) fn is_read_out(&self, epoch: u32, source: &Source) -> bool {
        let unread = self.undone().any(|(segment, _)| segment.epoch == epoch);
        // One without segments was not asked about.
        let known = self.tracks.keys().any(|segment| segment.epoch == epoch);
        !unread && if known { self.over.contains(&epoch) } else { source.is_over(epoch) }
    }

    /// Whether a turn in this lane would come upon something.
    pub(super) fn has_news(&mut self, lane: Lane, source: &Source) -> bool {
        let Some(mut turn) = self.begin(lane, source) else { return false };
        let news = turn.is_final || turn.reader.has_entry().unwrap_or(true);
        self.end(turn, Ok(()), source);
        news
    }

    /// Begins to read on in a lane; `None` where there is nothing to read, or it cannot be read.
    pub(super) fn begin(&mut self, lane: Lane, source: &Source) -> Option<Turn> {
        let segment = self.of_lane(lane).find(|(_, track)| track.listed && !track.done).map(|(segment, _)| *segment)?;
        let is_final = !source.is_open(segment)
            && (source.is_own(segment.epoch) || self.over.contains(&segment.epoch) || self.moved_on(segment, source));
        let track = self.tracks.get_mut(&segment)?;
        let consumed = track.consumed;
        let opened =
            track.reader.take().map_or_else(|| SegmentReader::resume(source.directory(), segment, consumed), Ok);
        match opened {
            Ok(reader) => {
                track.refused = None;
                Some(Turn { segment, reader, consumed, is_final, done: false })
            }
            Err(error) => {
                track.refuse(segment, &error);
                None
            }
        }
    }

    /// Notes how far a turn came; whether its segment is done now.
    pub(super) fn end(&mut self, turn: Turn, result: Result<(), ReadError>, source: &Source) -> bool {
        let Some(track) = self.tracks.get_mut(&turn.segment) else { return false };
        track.changed |= turn.done || turn.consumed != track.consumed;
        track.consumed = turn.consumed;
        track.done |= turn.done;
        match result {
            Ok(()) if turn.done => {
                self.finished.push((turn.segment.epoch, turn.segment.worker));
                self.note_end(&turn, source);
            }
            Ok(()) => track.reader = Some(turn.reader),
            // The next turn opens it anew.
            Err(error) => track.refuse(turn.segment, &error),
        }
        turn.done
    }

    /// Why some segment cannot be read.
    pub(super) fn refused(&self) -> Option<&str> {
        self.undone().find_map(|(_, track)| track.refused.as_deref())
    }

    /// Segments that are done and still there.
    pub(super) fn done(&self) -> impl Iterator<Item = SegmentId> + '_ {
        self.tracks.iter().filter(|(_, track)| track.done && track.listed).map(|(segment, _)| *segment)
    }

    /// Lanes of which a segment has become done since this was last asked.
    pub(super) fn take_finished(&mut self) -> Vec<Lane> {
        let mut finished = std::mem::take(&mut self.finished);
        finished.sort_unstable();
        finished.dedup();
        finished
    }

    /// Reads again what was read before of segments that are not done.
    pub(super) fn read_again(
        &self,
        directory: &Path,
        mut each: impl FnMut(Place, &[u8]) -> rusqlite::Result<()>,
    ) -> Result<rusqlite::Result<()>, ReadError> {
        for (segment, track) in self.undone().filter(|(_, track)| track.consumed > 0) {
            let mut reader = SegmentReader::open(directory, *segment)?;
            while reader.has_entry()? || reader.skip_damage()?.is_some() {
                match reader.next_entry()? {
                    Some((place, bytes)) if place.end <= track.consumed => {
                        if let Err(error) = each(place, bytes) {
                            return Ok(Err(error));
                        }
                    }
                    _ => break,
                }
            }
        }
        Ok(Ok(()))
    }

    /// Writes how far each segment has been read. Rows of segments that are gone go, once that is sure to last.
    pub(super) fn write(&mut self, source: &Source, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?)")?;
        for (segment, track) in self.tracks.iter_mut().filter(|(_, track)| track.changed) {
            let SegmentId { epoch, worker, sequence } = *segment;
            statement.execute((epoch, worker, sequence, track.consumed as i64, track.done))?;
            track.changed = false;
        }
        let gone = |track: &Track| !track.listed;
        // After a loss of power a deleted file may be back, and must then be known as read.
        if self.tracks.values().any(gone) && File::open(source.directory()).and_then(|d| d.sync_all()).is_ok() {
            let mut statement =
                connection.prepare_cached("DELETE FROM segments WHERE epoch = ? AND worker = ? AND sequence = ?")?;
            for (segment, _) in self.tracks.extract_if(.., |_, track| gone(track)) {
                statement.execute((segment.epoch, segment.worker, segment.sequence))?;
            }
        }
        Ok(())
    }

    fn undone(&self) -> impl Iterator<Item = (&SegmentId, &Track)> {
        self.tracks.iter().filter(|(_, track)| track.listed && !track.done)
    }

    fn of_lane(&self, (epoch, worker): Lane) -> impl Iterator<Item = (&SegmentId, &Track)> {
        let id = |sequence| SegmentId { epoch, worker, sequence };
        self.tracks.range(id(0)..=id(u32::MAX))
    }

    /// Whether a worker of another process has left a segment: it writes in a later one.
    fn moved_on(&self, segment: SegmentId, source: &Source) -> bool {
        let mut later =
            self.of_lane((segment.epoch, segment.worker)).filter(|(id, track)| **id > segment && track.listed);
        later.any(|(id, _)| {
            SegmentReader::open(source.directory(), *id).and_then(|mut reader| reader.has_entry()).unwrap_or(false)
        })
    }

    /// A write that was cut off is the last of its worker.
    fn note_end(&self, turn: &Turn, source: &Source) {
        let torn = matches!(turn.reader.end(), Some(End::Torn { .. }));
        if torn && self.moved_on(turn.segment, source) {
            tracing::error!(segment = %turn.segment, from = turn.consumed, "the journal is damaged: entries are lost");
        }
    }
}

impl Track {
    /// Logs why it cannot be read, where that is news. One that was deleted since it was listed is no failure.
    fn refuse(&mut self, segment: SegmentId, error: &ReadError) {
        if let ReadError::Io { source, .. } = error
            && source.kind() == io::ErrorKind::NotFound
        {
            self.listed = false;
            return;
        }
        let text = super::text_of(error);
        if self.refused.as_ref() != Some(&text) {
            tracing::error!(segment = %segment, error = text, "a journal segment cannot be read; it is kept");
        }
        self.refused = Some(text);
    }
}

fn bytes(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
