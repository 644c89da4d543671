//! How the reading of the journal into the database goes: the port that health pages and metrics look at.
//!
//! Out of here comes no record and no error: whatever state it is in, requests are served and the journal keeps what
//! they leave behind, up to its bound.

/// How far the database is behind the journal, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestStatus {
    /// What is being done about it.
    pub state: IngestState,
    /// Milliseconds since the database last had everything that the journal had.
    pub lag_ms: u64,
    /// Bytes of the journal that are not in the database, as of the last look.
    pub lag_bytes: u64,
    /// Entries read into the database since the start of this process.
    pub entries: u64,
    /// Why it does not work, for operators; the last reason stays until it works again.
    pub last_error: Option<String>,
}

/// Whether the journal is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestState {
    /// It is, by this process.
    Working,
    /// Another process on the same directory does it.
    Elsewhere,
    /// The database or the journal cannot be used; it is tried again and again.
    Failing,
}

impl IngestState {
    /// The word used in health pages and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Elsewhere => "elsewhere",
            Self::Failing => "failing",
        }
    }
}

/// The port.
pub trait IngestHealth: Send + Sync {
    /// How it goes.
    fn status(&self) -> IngestStatus;
}
