//! A tree with 60 keys and 60 look-alikes: all keys are found, with the right vendor and severity, and nothing else.

#[path = "planted/log.rs"]
mod log;
#[path = "planted/tree.rs"]
mod tree;

use std::collections::BTreeSet;

use tollgate_scan::{Bounds, Ignoring, Options, Search, scan_tree};

use self::tree::{LOOK_ALIKES, plant};

type Found = BTreeSet<(String, u64, String, String)>;

/// What is found, and what should have been.
fn scanned(threads: usize) -> (Found, Found) {
    let root = tempfile::tempdir().expect("there is room for a directory");
    let planted = plant(root.path());
    let options = Options { ignoring: Ignoring::AsGit, bounds: Bounds::default(), threads };

    let report = scan_tree(&Search::new(), root.path(), &options);

    assert!(report.notes.is_empty(), "{:?}", report.notes);
    let found = report.findings.into_iter();
    let found =
        found.map(|one| (one.place.path, one.line, one.provider.to_owned(), one.severity.to_string())).collect();
    let planted = planted.into_iter().map(|one| (one.path, one.line, one.provider, one.severity)).collect();
    (found, planted)
}

#[test]
fn all_planted_keys_are_found_with_their_severity_and_no_look_alike_is() {
    let (found, planted) = scanned(1);

    let missed: Vec<_> = planted.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&planted).collect();
    assert!(missed.is_empty() && surplus.is_empty(), "missed or otherwise: {missed:#?}\nnot planted: {surplus:#?}");
    assert!(planted.len() >= 60 && LOOK_ALIKES.len() >= 60, "{} {}", planted.len(), LOOK_ALIKES.len());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    assert_eq!(scanned(1).0, scanned(4).0);
}
