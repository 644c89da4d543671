//! Placeholder for the error library.

/// Where a diagnosis is shown to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// In the error object and in headers.
    #[default]
    Body,
    /// In headers only.
    Header,
    /// Nowhere.
    Off,
}
