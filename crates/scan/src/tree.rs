//! A tree of files, looked through by as many threads as are given.
//!
//! In: a directory. Out: a report. Each thread takes the next file of the list; nothing is shared but the list's place, so
//! the result is the same for any number of threads.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::finding::Place;
use crate::look::{Bounds, Look, Report};
use crate::search::Search;
use crate::walk::{Ignoring, Listed, list};

/// How a tree is looked through.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What is left out.
    pub ignoring: Ignoring,
    /// How much is read.
    pub bounds: Bounds,
    /// Threads, at least one.
    pub threads: usize,
}

/// The keys in the files of `root`.
#[must_use]
pub fn scan_tree(search: &Search, root: &Path, options: &Options) -> Report {
    let listing = list(root, options.ignoring);
    let next = AtomicUsize::new(0);
    let mut report = Report::default();
    for unread in listing.unread {
        report.note(&unread.path, format!("it cannot be listed: {}", unread.error));
    }
    let files = &listing.files;
    let threads = options.threads.clamp(1, files.len().max(1));
    thread::scope(|scope| {
        let part = || take(search, files, &next, options.bounds);
        let parts: Vec<_> = (0..threads).map(|_| scope.spawn(part)).collect();
        for part in parts {
            report.extend(part.join().expect("looking through a file does not panic"));
        }
    });
    report.sort();
    report
}

/// The next files, until there are no more.
fn take(search: &Search, files: &[Listed], next: &AtomicUsize, bounds: Bounds) -> Report {
    let mut look = Look::new(search, bounds);
    while let Some(listed) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
        match File::open(&listed.file) {
            Ok(mut file) => look.through(&Place::file(&listed.path), &mut file),
            Err(error) => look.report.note(&listed.path, format!("it cannot be read: {error}")),
        }
    }
    look.report
}
