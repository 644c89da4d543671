//! Endings that a model would choose and a program has to be tested against: a refusal, a filter, a failure.
//!
//! In: the metadata of a request, `{"sandbox": "refusal"}` and the like, which no program has there by chance. Out: the
//! ending that it asks for. What comes over the wire otherwise than as an answer is asked for by `errors`.

use super::fields::Fields;

/// What a refusal says.
pub(super) const REFUSED: &str = "I'm sorry, but I can't help with that.";

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Staged {
    /// As it ends by itself.
    #[default]
    Nothing,
    /// The model refuses.
    Refusal,
    /// A filter of contents cuts it off.
    ContentFilter,
    /// It fails when it has begun; of the responses alone, which have a status for that.
    Failure,
}

impl Staged {
    /// What `metadata` asks for.
    pub(super) fn of(body: &Fields<'_>) -> Self {
        let asked = body.get("metadata").and_then(|metadata| metadata.get("sandbox")?.as_str());
        match asked {
            Some("refusal") => Self::Refusal,
            Some("content_filter") => Self::ContentFilter,
            Some("failed") => Self::Failure,
            _ => Self::Nothing,
        }
    }
}
