//! The operations of the serving API and the permission that each needs.
//!
//! In: a method and a path are matched elsewhere (the gateway's `paths`). Here: which operations exist, what they are
//! called in records and metrics, and which [`Scope`] a key needs for them.

/// One operation of the serving API. The numbers are stored in the journal: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Operation {
    /// `POST /v1/chat/completions`
    ChatCompletions = 1,
    /// `POST /v1/completions`
    Completions = 2,
    /// `POST /v1/embeddings`
    Embeddings = 3,
    /// `POST /v1/responses`
    Responses = 4,
    /// `POST /v1/moderations`
    Moderations = 5,
    /// `GET /v1/models`
    ListModels = 6,
    /// `GET /v1/models/{id}`
    RetrieveModel = 7,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 7] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Embeddings,
        Self::Responses,
        Self::Moderations,
        Self::ListModels,
        Self::RetrieveModel,
    ];

    /// The operation of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|o| *o as u8 == number)
    }

    /// The word used in records, metrics, configuration and docs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Responses => "responses",
            Self::Moderations => "moderations",
            Self::ListModels => "list_models",
            Self::RetrieveModel => "retrieve_model",
        }
    }

    /// The path below `/v1` (for `RetrieveModel` without the id).
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Completions => "/completions",
            Self::Embeddings => "/embeddings",
            Self::Responses => "/responses",
            Self::Moderations => "/moderations",
            Self::ListModels | Self::RetrieveModel => "/models",
        }
    }

    /// The permission a key needs.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::ChatCompletions => Scope::ChatCompletions,
            Self::Completions => Scope::Completions,
            Self::Embeddings => Scope::Embeddings,
            Self::Responses => Scope::Responses,
            Self::Moderations => Scope::Moderations,
            Self::ListModels | Self::RetrieveModel => Scope::ModelRead,
        }
    }
}

/// A set of operations, for example those that a model serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Operations(u16);

impl Operations {
    /// No operation.
    pub const NONE: Self = Self(0);

    /// The set with `operation` added.
    #[must_use]
    pub const fn with(self, operation: Operation) -> Self {
        Self(self.0 | (1 << operation as u8))
    }

    /// Whether `operation` is in the set.
    #[must_use]
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u8) != 0
    }
}

impl FromIterator<Operation> for Operations {
    fn from_iter<I: IntoIterator<Item = Operation>>(operations: I) -> Self {
        operations.into_iter().fold(Self::NONE, Self::with)
    }
}

/// One named permission of a key. The numbers are bits of a stored set: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Scope {
    /// List and retrieve models.
    ModelRead = 0,
    /// Create chat completions.
    ChatCompletions = 1,
    /// Create legacy completions.
    Completions = 2,
    /// Create embeddings.
    Embeddings = 3,
    /// Create responses.
    Responses = 4,
    /// Create moderations.
    Moderations = 5,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] = [
        Self::ModelRead,
        Self::ChatCompletions,
        Self::Completions,
        Self::Embeddings,
        Self::Responses,
        Self::Moderations,
    ];

    /// The name in requests, errors and lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ModelRead => "api.model.read",
            Self::ChatCompletions => "api.chat.completions.write",
            Self::Completions => "api.completions.write",
            Self::Embeddings => "api.embeddings.write",
            Self::Responses => "api.responses.write",
            Self::Moderations => "api.moderations.write",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}
