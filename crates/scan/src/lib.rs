//! Finds hard-coded and leaked API keys: in trees of files, in the history of a git repository, in what is about to be
//! committed, in built bundles, notebooks, archives and images.
//!
//! Open [`vendors`] first: it is the table of what is looked for. `search` finds candidates in one pass, `judge` says whether
//! a candidate is a key, `place` how bad that is where it stands. [`scan_tree`], [`scan_history`] and [`scan_staged`] say
//! which texts are looked through, `walk` and `unpack` how they are come by.
//!
//! It calls no provider: whether a key still works, is not tried. No whole key leaves it but those of our own, for whoever
//! withdraws them.

mod alphabet;
mod baseline;
mod finding;
mod git;
mod history;
mod judge;
mod look;
mod names;
mod place;
mod remedy;
mod sarif;
mod search;
mod staged;
mod text;
mod tree;
mod unpack;
pub mod vendors;
mod walk;

pub use baseline::{Baseline, BaselineError, write_baseline};
pub use finding::{Commit, Finding, OurKey, Place, Severity};
pub use git::{GitError, top_of_repository};
pub use history::scan_history;
pub use look::{Bounds, Note, Report};
pub use remedy::remedy;
pub use sarif::sarif;
pub use search::Search;
pub use staged::scan_staged;
pub use text::scan;
pub use tree::{Options, scan_tree};
pub use unpack::Limits;
pub use walk::Ignoring;
