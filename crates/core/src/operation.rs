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
    /// `POST /v1/responses/input_tokens`
    InputTokens = 8,
    /// `GET /v1/responses/{id}`
    RetrieveResponse = 9,
    /// `DELETE /v1/responses/{id}`
    DeleteResponse = 10,
    /// `POST /v1/responses/{id}/cancel`
    CancelResponse = 11,
    /// `GET /v1/responses/{id}/input_items`
    ListInputItems = 12,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 12] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Embeddings,
        Self::Responses,
        Self::Moderations,
        Self::ListModels,
        Self::RetrieveModel,
        Self::InputTokens,
        Self::RetrieveResponse,
        Self::DeleteResponse,
        Self::CancelResponse,
        Self::ListInputItems,
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
            Self::InputTokens => "responses_input_tokens",
            Self::RetrieveResponse => "retrieve_response",
            Self::DeleteResponse => "delete_response",
            Self::CancelResponse => "cancel_response",
            Self::ListInputItems => "list_input_items",
        }
    }

    /// The path below `/v1`, of those with an id in it the part before the id.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Completions => "/completions",
            Self::Embeddings => "/embeddings",
            Self::Responses
            | Self::RetrieveResponse
            | Self::DeleteResponse
            | Self::CancelResponse
            | Self::ListInputItems => "/responses",
            Self::InputTokens => "/responses/input_tokens",
            Self::Moderations => "/moderations",
            Self::ListModels | Self::RetrieveModel => "/models",
        }
    }

    /// Whether its body names a model, which a provider is then asked.
    #[must_use]
    pub fn asks_a_model(self) -> bool {
        match self {
            Self::ChatCompletions
            | Self::Completions
            | Self::Embeddings
            | Self::Responses
            | Self::InputTokens
            | Self::Moderations => true,
            Self::ListModels
            | Self::RetrieveModel
            | Self::RetrieveResponse
            | Self::DeleteResponse
            | Self::CancelResponse
            | Self::ListInputItems => false,
        }
    }

    /// The permission a key needs.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::ChatCompletions => Scope::ChatCompletions,
            Self::Completions => Scope::Completions,
            Self::Embeddings => Scope::Embeddings,
            Self::Responses | Self::InputTokens | Self::DeleteResponse | Self::CancelResponse => Scope::Responses,
            Self::RetrieveResponse | Self::ListInputItems => Scope::ResponsesRead,
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
    /// Create, cancel and delete responses.
    Responses = 4,
    /// Create moderations.
    Moderations = 5,
    /// Retrieve stored responses and what they were made of.
    ResponsesRead = 6,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::ModelRead,
        Self::ChatCompletions,
        Self::Completions,
        Self::Embeddings,
        Self::Responses,
        Self::Moderations,
        Self::ResponsesRead,
    ];

    /// Those that only read.
    pub const READ: [Self; 2] = [Self::ModelRead, Self::ResponsesRead];

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
            Self::ResponsesRead => "api.responses.read",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}
