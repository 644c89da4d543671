//! What was found: where, whose key, how bad; never the key itself.
//!
//! In: a key and its place. Out: a [`Finding`] that can be printed and compared. The whole text of a key is kept only where
//! it is one of ours, for withdrawing it, and nothing prints that.

use std::fmt;

use serde::Serialize;
use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, Presented};

/// How bad it is, by who can read the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// In tests and fixtures.
    Low,
    /// In a `.env` file.
    Medium,
    /// In code, images, CI, notebooks or documents.
    High,
    /// Shipped to browsers or apps: everybody has it.
    Critical,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Who can read it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Low => "in tests or fixtures",
            Self::Medium => "in a .env file",
            Self::High => "hard-coded",
            Self::Critical => "shipped to browsers or apps, where everybody can read it",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a text is that is looked through.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to what is scanned, with `/` between its parts.
    pub path: String,
    /// What lies in it, where it is an archive: names from the outermost in.
    pub members: Vec<String>,
    /// The first commit that has it, where history is scanned.
    pub commit: Option<Commit>,
}

impl Place {
    /// A file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Member names in one text, if there are any.
    #[must_use]
    pub fn member(&self) -> Option<String> {
        (!self.members.is_empty()).then(|| self.members.join("!"))
    }
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// When it was made, RFC 3339.
    pub date: String,
}

/// One of our own keys. It has no `Display`, and `Debug` prints its public id only.
#[derive(Clone, PartialEq, Eq)]
pub struct OurKey {
    /// Its public id.
    pub id: KeyId,
    text: String,
}

impl OurKey {
    /// The key of a text, if the text is a whole key of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match Presented::read(text.as_bytes()) {
            Presented::Ours(id) => Some(Self { id, text: text.to_owned() }),
            Presented::Damaged | Presented::Foreign => None,
        }
    }

    /// The key in clear, to compare its digest. Never print it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for OurKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OurKey({})", self.id)
    }
}

/// A key that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// The line in the innermost file, from 1.
    pub line: u64,
    /// The byte in the line, from 1.
    pub column: u64,
    /// The character in the line, from 1, as editors count.
    pub character: u64,
    /// A vendor's id: [`crate::vendors::VENDORS`].
    pub provider: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The first eight and the last four characters.
    pub masked: String,
    /// What it is called in a baseline: a hash of key, vendor and place, but not of the line.
    pub fingerprint: String,
    /// Whether it stands there in base64.
    pub in_base64: bool,
    /// Where it is one of ours.
    pub ours: Option<OurKey>,
}

/// A key as it is shown.
pub(crate) fn masked(key: &str) -> String {
    let hidden = key.len() < 20 || !key.is_ascii();
    if hidden { "…".to_owned() } else { format!("{}…{}", &key[..8], &key[key.len() - 4..]) }
}

/// A hash that tells nothing of a key and does not change when lines move.
pub(crate) fn fingerprint(place: &Place, provider: &str, key: &str) -> String {
    let text = format!("tollgate scan 1\0{}\0{}\0{provider}\0{key}", place.path, place.members.join("!"));
    let digest = Digest::sha256(text.as_bytes());
    digest.bytes.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_by_its_ends_alone() {
        assert_eq!(masked("sk-proj-abcdefghijklmnop"), "sk-proj-…mnop");
        assert_eq!(masked("AKIA0123"), "…");
    }

    #[test]
    fn a_fingerprint_is_of_key_and_place() {
        let here = Place::file("a.py");
        let there = Place::file("b.py");

        assert_eq!(fingerprint(&here, "openai", "x"), fingerprint(&here, "openai", "x"));
        assert_ne!(fingerprint(&here, "openai", "x"), fingerprint(&there, "openai", "x"));
        assert_ne!(fingerprint(&here, "openai", "x"), fingerprint(&here, "openai", "y"));
        assert_eq!(fingerprint(&here, "openai", "x").len(), 40);
    }

    #[test]
    fn the_worst_comes_last_in_order_and_first_in_the_list() {
        assert!(Severity::Critical > Severity::High && Severity::Medium > Severity::Low);
        assert_eq!(Severity::ALL.map(Severity::as_str), ["critical", "high", "medium", "low"]);
    }
}
