//! At which endpoints of OpenAI's API a model is served, where that is certain.
//!
//! In: a row of the table, and the vendor that is asked. Out: [`Endpoints`]. OpenAI's own rows are kept whole, and what
//! they leave out is refused there. Of others it is certain only that what makes vectors answers no messages: a server
//! of one's own may translate between endpoints (proxies do), and many make vectors with chat models.

use crate::table::{Mode, Model};
use crate::vendor::Vendor;

/// An endpoint that a model is asked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/chat/completions`
    Chat,
    /// `/responses`
    Responses,
    /// `/completions`
    Completions,
    /// `/embeddings`
    Embeddings,
    /// `/moderations`
    Moderations,
}

/// At which endpoints a model is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoints {
    /// At these and at no other of [`Endpoint`].
    Only(&'static [Endpoint]),
    /// Not known for certain.
    Unlisted,
}

impl Endpoints {
    /// Where else a model is served that is certainly not served at `asked`.
    #[must_use]
    pub fn instead_of(self, asked: Endpoint) -> Option<&'static [Endpoint]> {
        match self {
            Self::Only(served) if !served.contains(&asked) => Some(served),
            Self::Only(_) | Self::Unlisted => None,
        }
    }
}

/// Of the row `model`, which `vendor` is asked for.
pub(crate) fn of(vendor: Option<Vendor>, model: &Model) -> Endpoints {
    use Endpoint as E;
    use Endpoints::{Only, Unlisted};
    match (model.mode, vendor) {
        (Mode::Embedding, _) => Only(&[E::Embeddings]),
        (Mode::Moderation, None) => Only(&[E::Moderations]),
        (_, Some(Vendor::OpenAi | Vendor::Azure)) if is_openais(model) => at_openai(model),
        _ => Unlisted,
    }
}

fn is_openais(model: &Model) -> bool {
    matches!(model.vendor, Vendor::OpenAi | Vendor::Azure)
}

fn at_openai(model: &Model) -> Endpoints {
    use Endpoint as E;
    let is_at = |letter| model.is_served_at(letter);
    Endpoints::Only(match model.mode {
        Mode::Responses => &[E::Responses],
        Mode::Chat if is_at('c') == Some(false) && is_at('r') == Some(true) => &[E::Responses],
        // Azure still had some of them at completions after OpenAI.
        Mode::Chat if is_at('l') == Some(true) || model.vendor == Vendor::Azure => {
            &[E::Chat, E::Responses, E::Completions]
        }
        // Which of them the Responses API leaves out, its list does not say.
        Mode::Chat => &[E::Chat, E::Responses],
        Mode::Completion => &[E::Completions],
        Mode::Embedding => &[E::Embeddings],
        Mode::Moderation => &[E::Moderations],
        Mode::Image | Mode::Audio | Mode::Realtime | Mode::Rerank | Mode::Video => &[],
    })
}
