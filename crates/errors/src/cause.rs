//! What a cause is: one reason an error can have, as data.
//!
//! In: nothing; the values stand in `catalog`. Out: the types that API, guide pages, `explain` and docs read. It holds
//! no text of a single request: facts come with a [`crate::Diagnosis`].

use crate::template;

/// The part of a call that a cause is about; the guide is divided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// The key and the header that carries it.
    Credentials,
    /// Whether the caller may use what was asked for, models above all.
    Access,
    /// URL, path and method.
    Address,
    /// Rate limits, quota, budgets.
    Limits,
    /// The HTTP message, its body and its parameters.
    Body,
    /// What the body's content is: images, policy.
    Content,
    /// The caller's own program: its SDK, the browser it runs in, the index it keeps.
    Client,
    /// The way between caller, gateway and provider: names, connections, TLS, timeouts.
    Network,
    /// Faults and overload of a server, the provider's or ours.
    Server,
    /// Nothing that could be told.
    Unknown,
}

impl Family {
    /// All families, in the order of the guide.
    pub const ALL: [Self; 10] = [
        Self::Credentials,
        Self::Access,
        Self::Address,
        Self::Limits,
        Self::Body,
        Self::Content,
        Self::Client,
        Self::Network,
        Self::Server,
        Self::Unknown,
    ];

    /// The word used in JSON and in the guide's addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Access => "access",
            Self::Address => "address",
            Self::Limits => "limits",
            Self::Body => "body",
            Self::Content => "content",
            Self::Client => "client",
            Self::Network => "network",
            Self::Server => "server",
            Self::Unknown => "unknown",
        }
    }
}

/// On whose side a cause lies, which is who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// Whoever sent the request.
    Caller,
    /// This server or its operator.
    Gateway,
    /// The model provider.
    Provider,
    /// What lies between gateway and provider.
    Network,
}

impl Party {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Caller, Self::Gateway, Self::Provider, Self::Network];

    /// The word used in `diagnosis.party`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Gateway => "gateway",
            Self::Provider => "provider",
            Self::Network => "network",
        }
    }
}

/// May the same request succeed when it is repeated?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Not before something was changed.
    No,
    /// After a while.
    Yes,
    /// It cannot be told from here.
    Depends,
}

impl Retry {
    /// The value of `diagnosis.retry`: `true`, `false`, or `null` for [`Retry::Depends`].
    #[must_use]
    pub fn answer(self) -> Option<bool> {
        match self {
            Self::No => Some(false),
            Self::Yes => Some(true),
            Self::Depends => None,
        }
    }
}

/// What the caller's SDK sees of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// HTTP status. Where OpenAI has the error, its status.
    pub status: u16,
    /// `error.type`.
    pub error_type: &'static str,
    /// `error.code`; OpenAI leaves it null on many errors, and so do we.
    pub code: Option<&'static str>,
    /// `error.param`, unless the diagnosis names one.
    pub param: Option<&'static str>,
    /// OpenAI's own sentence word for word, with `{placeholders}`; its links became ours (`{docs}`).
    pub sentence: &'static str,
}

impl Wire {
    /// A wire error without a fixed `param`.
    #[must_use]
    pub const fn new(
        status: u16,
        error_type: &'static str,
        code: Option<&'static str>,
        sentence: &'static str,
    ) -> Self {
        Self { status, error_type, code, param: None, sentence }
    }

    /// A wire error of type `invalid_request_error` without a code: the most frequent one.
    #[must_use]
    pub const fn invalid(status: u16, sentence: &'static str) -> Self {
        Self::new(status, "invalid_request_error", None, sentence)
    }

    /// The same with `error.param`.
    #[must_use]
    pub const fn with_param(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }
}

/// A piece of code or a command that ends a cause. Keys stand in it as environment variables only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snippet {
    /// What it is written for.
    pub language: Language,
    /// The code, one or more lines without a line break at the end.
    pub code: &'static str,
}

/// What a [`Snippet`] is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// A shell, without calling the API.
    Shell,
    /// curl.
    Curl,
    /// Python with the official SDK, unless it says otherwise.
    Python,
    /// Node with the official SDK.
    Node,
    /// Node with axios.
    Axios,
    /// A file of settings.
    Config,
}

impl Language {
    /// The word used in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Curl => "curl",
            Self::Python => "python",
            Self::Node => "node",
            Self::Axios => "axios",
            Self::Config => "config",
        }
    }

    /// The word in headings.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Shell => "Shell",
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::Node => "Node",
            Self::Axios => "axios",
            Self::Config => "Settings",
        }
    }
}

/// One reason an error can have.
///
/// Title, reasons, checks and remedies are for whoever meets the cause, at this gateway or at any provider; explanation
/// and remedy are what this gateway tells of one request.
///
/// `explanation` and `remedy` are templates: `{name}` is a fact of the diagnosis, and `[[…{name}…||…]]` is dropped, or
/// replaced by what stands behind `||`, where the fact is not known. Each is one sentence.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// The name in URLs, headers, JSON and the records; never changes once published.
    pub slug: &'static str,
    /// A headline without a full stop.
    pub title: &'static str,
    /// Where the guide has it.
    pub family: Family,
    /// Who has to act.
    pub party: Party,
    /// May the same request succeed when it is repeated?
    pub retry: Retry,
    /// The HTTP statuses under which it is seen, at this gateway and at any provider, the likeliest first. Empty where no
    /// server tells it: nothing was sent, or no answer came.
    pub statuses: &'static [u16],
    /// Whether it is also seen without any status: as an exception of a client, or a connection that fails.
    pub without_status: bool,
    /// What the caller's SDK sees where this gateway tells it; [`crate::catalog::wires::NOT_ANSWERED`] where no server does.
    pub wire: Wire,
    /// Which value was wrong, and how we know.
    pub explanation: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// How it comes about, the likeliest first.
    pub reasons: &'static [&'static str],
    /// What to look at to be sure that it is this one.
    pub checks: &'static [&'static str],
    /// What ends it.
    pub remedies: &'static [&'static str],
    /// Code that ends it, where code helps.
    pub snippets: &'static [Snippet],
    /// Whether and how to repeat the request, in a sentence.
    pub retry_advice: &'static str,
    /// How it is told from others, in a sentence for people.
    pub recognised: &'static str,
    /// A typical text of it, as a provider, a client or the system words it.
    pub example: &'static str,
    /// Slugs of causes that look alike or follow from the same mistake.
    pub related: &'static [&'static str],
}

impl Cause {
    /// What the fields have that a cause leaves out.
    pub(crate) const BLANK: Self = Self {
        slug: "",
        title: "",
        family: Family::Unknown,
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[],
        without_status: false,
        wire: Wire::invalid(500, ""),
        explanation: "",
        remedy: "",
        reasons: &[],
        checks: &[],
        remedies: &[],
        snippets: &[],
        retry_advice: "",
        recognised: "",
        example: "",
        related: &[],
    };

    /// Whether a server tells it, so that there is a status, an error object, and something to ask the sandbox for.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !self.statuses.is_empty()
    }

    /// The facts that the texts of this cause can tell, each once: what a diagnosis should bring along.
    #[must_use]
    pub fn facts(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for text in [self.wire.sentence, self.explanation, self.remedy] {
            for name in template::names(text) {
                let supplied_here = matches!(name, "docs" | "delay" | "param");
                if !supplied_here && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}
