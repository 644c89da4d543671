//! The table: one row per vendor and name, as it was published.
//!
//! In: `table.tsv`. Out: [`Model`]s, in the order of vendor and name.

use crate::vendor::Vendor;

static TABLE: &str = include_str!("../table.tsv");

/// Every row. They are read from the text each time, which is no slower than from a list and takes no memory.
pub fn all() -> impl Iterator<Item = Model> {
    lines().filter_map(|(_, line)| Model::read(line))
}

/// The lines that are rows, with the place where each begins.
pub(crate) fn lines() -> impl Iterator<Item = (usize, &'static str)> {
    let mut next = 0;
    let lines = TABLE.split('\n').map(move |line| {
        let at = next;
        next += line.len() + 1;
        (at, line)
    });
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The row that begins at a place.
pub(crate) fn row_at(place: usize) -> Option<Model> {
    Model::read(TABLE.get(place..)?.lines().next()?)
}

/// What kind of model it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Answers messages.
    Chat,
    /// Answers the Responses API only.
    Responses,
    /// Continues a text.
    Completion,
    /// Makes vectors.
    Embedding,
    /// Judges texts.
    Moderation,
    /// Makes images.
    Image,
    /// Speaks or transcribes.
    Audio,
    /// Talks over a socket.
    Realtime,
    /// Orders texts.
    Rerank,
    /// Makes films.
    Video,
}

impl Mode {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "chat" => Self::Chat,
            "responses" => Self::Responses,
            "completion" => Self::Completion,
            "embedding" => Self::Embedding,
            "moderation" => Self::Moderation,
            "image" => Self::Image,
            "audio" => Self::Audio,
            "realtime" => Self::Realtime,
            "rerank" => Self::Rerank,
            "video" => Self::Video,
            _ => return None,
        })
    }

    /// Its word, as in "an embedding model".
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Completion => "completion",
            Self::Embedding => "embedding",
            Self::Moderation => "moderation",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Realtime => "realtime",
            Self::Rerank => "rerank",
            Self::Video => "video",
        }
    }
}

/// One row: a model at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Who serves it.
    pub vendor: Vendor,
    /// The name that the vendor's API takes.
    pub name: &'static str,
    /// What it is.
    pub mode: Mode,
    /// The most tokens that an input may have; of many models the whole window, answer included.
    pub max_input: Option<u32>,
    /// The most tokens that it writes.
    pub max_output: Option<u32>,
    /// The length of its vectors.
    pub dimensions: Option<u32>,
    /// The day on which the vendor switches it off, or has: `2027-01-14`.
    pub shutdown: Option<&'static str>,
    /// Regions that have rows of their own, such as `eu` or `us-east-1`; empty where the table says nothing of them.
    pub regions: &'static str,
    abilities: &'static str,
    endpoints: &'static str,
}

impl Model {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or("");
        let (vendor, name, mode) = (Vendor::of_word(next())?, next(), Mode::read(next())?);
        let mut number = || next().parse().ok();
        let (max_input, max_output, dimensions) = (number(), number(), number());
        let shutdown = Some(next()).filter(|date| !date.is_empty());
        let (abilities, endpoints, regions) = (next(), next(), next());
        Some(Self { vendor, name, mode, max_input, max_output, dimensions, shutdown, regions, abilities, endpoints })
    }

    /// Whether it is listed with an ability: `T`ools, `P`arallel tools, `V`ision, `J`SON schema, `R`easoning, `S`ystem
    /// messages, `A`udio in, audio `O`ut, `F`iles.
    pub(crate) fn lists(&self, ability: char) -> bool {
        self.abilities.contains(ability)
    }

    /// Whether its abilities were kept with care: OpenAI's own, with more than a few of them.
    pub(crate) fn is_kept(&self) -> bool {
        self.vendor == Vendor::OpenAi && (self.lists('T') || self.abilities.len() >= 3)
    }

    /// Whether it is served at an endpoint, by its letter (`c`hat, `r`esponses, comp`l`etions, `e`mbeddings); `None`
    /// where the table does not list its endpoints.
    pub fn is_served_at(&self, endpoint: char) -> Option<bool> {
        (!self.endpoints.is_empty()).then(|| self.endpoints.contains(endpoint))
    }
}
