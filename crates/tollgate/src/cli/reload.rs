//! Settings read again while the server runs: when it is told to, and when a file has changed that they came from.
//!
//! In: where settings come from. Out: a server that serves with the new ones, or one that goes on with the old and a
//! log that says what is wrong. They are read and checked whole, as at a start, before the first of them holds.

use std::path::PathBuf;

use anyhow::Context;

use super::log;
use super::output::{self, Label};
use super::server::Source;
use crate::settings::Loaded;
use crate::settings::environment::{Process, Stamp};
use crate::settings::log::RawLog;
use crate::wiring::Running;

/// Files, as they were.
type Files = Vec<(PathBuf, Option<Stamp>)>;

/// What is needed to read settings again.
pub(super) struct Reload {
    source: Source,
    log: RawLog,
    /// As they were when the settings were read from them, and at the last look.
    read: Files,
    seen: Files,
    /// The revision of what was set over the API, when the settings were last read.
    revision: Option<i64>,
}

impl Reload {
    /// For a server that has started with `loaded`.
    pub(super) fn new(source: Source, loaded: &Loaded, process: &Process) -> Self {
        let read = process.files_read();
        Self { source, log: loaded.settings.log, seen: read.clone(), read, revision: None }
    }

    /// Whether somebody has changed what the database keeps, or a file has changed, and has not changed again since the last
    /// look: who writes a file may not be done with it.
    pub(super) fn is_due(&mut self, running: &Running) -> bool {
        // Another process has; what this one changes asks for it.
        let known = self.revision.unwrap_or_else(|| running.revision());
        if running.stored_revision().is_some_and(|revision| revision != known) {
            return true;
        }
        let now: Files = self.read.iter().map(|(path, _)| (path.clone(), Stamp::of(path))).collect();
        let rests = now == self.seen;
        self.seen = now;
        rests && self.seen != self.read
    }

    /// Reads them, and serves with them if they are right; whether it does.
    pub(super) fn run(&mut self, running: &Running) -> bool {
        let process = Process::now();
        let outcome = self.try_run(running, &process);
        let is_applied = outcome.is_ok();
        match outcome {
            Ok(kept) => {
                output::say(Label::Note, "the settings were read again, and hold from now on");
                if !kept.is_empty() {
                    let message = format!("{}: changed too, and held from the next start only", kept.join(", "));
                    output::say(Label::Warning, &message);
                }
            }
            Err(error) => {
                running.reload_refused();
                output::fail(&error);
                output::say(Label::Error, "the changed settings are refused; the server goes on with those it has");
            }
        }
        // Also where they were refused: they are read again once they have changed again.
        let mut read = process.files_read();
        read.extend(self.read.drain(..).filter(|(path, _)| !read.iter().any(|(p, _)| p == path)).collect::<Files>());
        self.read = read.into_iter().map(|(path, _)| (path.clone(), Stamp::of(&path))).collect();
        self.seen.clone_from(&self.read);
        is_applied
    }

    fn try_run(&mut self, running: &Running, process: &Process) -> anyhow::Result<Vec<&'static str>> {
        let (revision, rows) = running.rows().context("what was set over the API cannot be read")?;
        self.revision = Some(revision);
        let loaded = self.source.load(process, &|_| Ok(rows.clone()))?;
        let log = loaded.settings.log;
        let mut kept = running.reload(loaded.settings)?;
        running.applied(revision);
        if log.format != self.log.format {
            kept.push("log.format");
        }
        log::set_level(log.level);
        Ok(kept)
    }
}
