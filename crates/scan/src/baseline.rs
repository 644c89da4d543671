//! Findings that are known and stay: a file of their fingerprints, so that a scan tells only what is new.
//!
//! In: findings, or a file. Out: the file, or whether a finding is in it. The file has no key and no part of one; it may be
//! committed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;

/// The version of the file so far.
const VERSION: u32 = 1;

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file is not there, or may not be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// It is another file.
    #[error("it is not a baseline: {0}")]
    Form(#[from] serde_json::Error),
    /// It was written by a later version.
    #[error("it has version {0}, and this program knows version {VERSION}")]
    Version(u32),
}

/// Known findings.
#[derive(Debug, Default)]
pub struct Baseline {
    fingerprints: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding; what it is beside its fingerprint is for people.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    path: String,
    provider: String,
    fingerprint: String,
}

impl Baseline {
    /// What a file knows.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn read(file: &Path) -> Result<Self, BaselineError> {
        let document: Document = serde_json::from_slice(&fs::read(file)?)?;
        if document.version != VERSION {
            return Err(BaselineError::Version(document.version));
        }
        Ok(Self { fingerprints: document.findings.into_iter().map(|known| known.fingerprint).collect() })
    }

    /// Whether a finding is known.
    #[must_use]
    pub fn knows(&self, finding: &Finding) -> bool {
        self.fingerprints.contains(&finding.fingerprint)
    }
}

/// Writes the file that knows these findings.
///
/// # Errors
/// It cannot be written.
pub fn write_baseline(file: &Path, findings: &[Finding]) -> Result<(), BaselineError> {
    let mut known: Vec<Known> = findings
        .iter()
        .map(|finding| Known {
            path: finding.place.path.clone(),
            provider: finding.provider.to_owned(),
            fingerprint: finding.fingerprint.clone(),
        })
        .collect();
    known.sort();
    known.dedup();
    let mut text = serde_json::to_string_pretty(&Document { version: VERSION, findings: known })?;
    text.push('\n');
    Ok(fs::write(file, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;
    use crate::search::Search;
    use crate::text::scan;

    // tollgate:allow: made up for this test
    const KEY: &str = "sk-proj-FAKEq81Lm9ZtWc4Vb2Nd7KpR5";

    #[test]
    fn what_is_written_is_known_also_on_another_line_but_not_in_another_file() {
        let search = Search::new();
        let found = |path: &str, text: &str| scan(&search, &Place::file(path), text.as_bytes()).remove(0);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("baseline.json");
        let known = found("a.py", KEY);

        write_baseline(&file, &[known.clone(), known.clone()]).unwrap();
        let baseline = Baseline::read(&file).unwrap();

        assert!(baseline.knows(&known) && baseline.knows(&found("a.py", &format!("\n\n{KEY}"))));
        assert!(!baseline.knows(&found("b.py", KEY)));
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&KEY[8..16]) && text.matches("fingerprint").count() == 1, "{text}");
    }

    #[test]
    fn another_file_is_no_baseline() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("x.json");

        assert!(matches!(Baseline::read(&file), Err(BaselineError::File(_))));
        fs::write(&file, "[]").unwrap();
        assert!(matches!(Baseline::read(&file), Err(BaselineError::Form(_))));
        fs::write(&file, "{\"version\": 9, \"findings\": []}").unwrap();
        assert!(matches!(Baseline::read(&file), Err(BaselineError::Version(9))));
    }
}
