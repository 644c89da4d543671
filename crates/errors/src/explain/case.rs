//! What was read out of a paste: the features that rules ask for.
//!
//! In: filled by `read`. Out: plain values and a few questions. It judges nothing. All words are in lower case.

use super::terms::GroupSet;
use crate::presented::Shape;

/// How much of its weight a rule keeps that is met in a sentence of this standing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Standing {
    /// The message of the innermost error object, or the last exception's.
    Message,
    /// Text that stands by itself, or a wrapper's message.
    Text,
    /// Noise around: log prefixes, frames of a stack, what the person writes.
    Around,
}

impl Standing {
    pub(crate) fn share(self) -> f64 {
        match self {
            Self::Message => 1.0,
            Self::Text => 0.95,
            Self::Around => 0.7,
        }
    }
}

/// One sentence.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    /// As pasted, for evidence; masked only when it is shown.
    pub(crate) text: String,
    /// In normal form.
    pub(crate) normal: String,
    pub(crate) standing: Standing,
    /// The groups of rules of which it has a term.
    pub(crate) groups: GroupSet,
}

/// One address that stands in the text or the context.
#[derive(Debug, Clone, Default)]
pub(crate) struct Address {
    /// Empty where none was written.
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// With its leading slash; empty where none was written.
    pub(crate) path: String,
    /// Whether the text presents it as what was called, not as a page to read.
    pub(crate) called: bool,
}

/// A text that was sent or echoed as a key.
#[derive(Debug, Clone)]
pub(crate) struct EchoedKey {
    /// As shown: often with stars in the middle.
    pub(crate) shown: String,
    /// What it is instead of a key; `None` where it may be one of the provider called.
    pub(crate) shape: Option<Shape>,
}

/// Numbers that were given for the same quantity. Units are tokens, requests, bytes or dollars, as the sentence says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Numbers {
    /// What is allowed: `Limit 6000`, `maximum context length is 4097`, `supports at most 4096`.
    pub(crate) limit: Option<f64>,
    /// What was used before: `Used 5034`.
    pub(crate) used: Option<f64>,
    /// What this one asks for: `Requested 12328`, `however, you requested 4203`, `8259148 bytes >`.
    pub(crate) requested: Option<f64>,
    /// Seconds until it may be tried again: `try again in 1m47.5s`, `Retry-After`.
    pub(crate) wait: Option<f64>,
}

/// The features of one paste.
#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    /// All sentences, the innermost message's first.
    pub(crate) sentences: Vec<Sentence>,
    /// The groups of rules of which some sentence has a term.
    pub(crate) groups: GroupSet,
    /// HTTP statuses, the innermost and the context's first.
    pub(crate) statuses: Vec<u16>,
    /// Values of `code`, `type`, `status`, `reason`, `__type` and the like in error objects: `insufficient_quota`,
    /// `resource_exhausted`, `validationexception`.
    pub(crate) codes: Vec<String>,
    /// The cause that a Tollgate server names itself: `diagnosis.cause` of its error object, or the header
    /// `x-tollgate-cause`.
    pub(crate) diagnosed: Option<String>,
    /// Values of `param`, of FastAPI's `loc` and of Google's `field`, and parameter names quoted by a message:
    /// `messages[1].content`.
    pub(crate) params: Vec<String>,
    /// Classes of exceptions without their modules: `ratelimiterror`, `sslcertverificationerror`.
    pub(crate) exceptions: Vec<String>,
    /// Errors of the operating system, of DNS, TLS and HTTP libraries by their symbolic names:
    /// `econnrefused` (also for errno 111, 61, WinError 10061), `enotfound` (for getaddrinfo failures), `etimedout`,
    /// `econnreset`, `epipe`, `cert_untrusted`, `cert_hostname`, `cert_expired`, `tls_wrong_version`, …
    pub(crate) os_errors: Vec<String>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) keys: Vec<EchoedKey>,
    /// Names of models in the text, the one at fault first.
    pub(crate) models: Vec<String>,
    /// Providers and servers that the text is about, by their words: `openai`, `azure`, `bedrock`, `ollama`, `litellm`.
    pub(crate) providers: Vec<String>,
    pub(crate) numbers: Numbers,
    /// Title and headings of a page, in normal form, where the text holds HTML.
    pub(crate) page: Option<String>,
    /// Header names sent with the request, with their values; names in lower case.
    pub(crate) request_headers: Vec<(String, String)>,
    /// Headers of the answer; names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The request's body, bounded.
    pub(crate) request_body: String,
    /// How many independent signs there are that this is about a language-model API: 0 none, 1 likely, 2 and more certain.
    pub(crate) api_signs: u32,
    /// Whether the pieces of a stream came all at once, by the times that stand beside them.
    pub(crate) came_at_once: bool,
    /// Whether the text is about something that failed at all.
    pub(crate) is_failure: bool,
    /// The sign by which the error of another system is known, where nothing firm speaks for an API of models.
    pub(crate) other_system: Option<String>,
    /// Whether the text speaks of failures without reporting one: a question, a source, settings, documentation.
    pub(crate) is_mention: bool,
    /// Whether the text itself says nothing of a failure, so that only what is known beside it speaks for one.
    pub(crate) is_mute: bool,
}

impl Case {
    /// All that is not empty, for those who write rules.
    pub(crate) fn shown(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for sentence in &self.sentences {
            lines.push(format!("{:?}: {}", sentence.standing, sentence.text));
            lines.push(format!("         {}", sentence.normal));
        }
        let mut line = |name: &str, value: String| {
            if value != "[]" && value != "None" && value != "\"\"" {
                lines.push(format!("{name}: {value}"));
            }
        };
        line("statuses", format!("{:?}", self.statuses));
        line("codes", format!("{:?}", self.codes));
        line("diagnosed", format!("{:?}", self.diagnosed));
        line("params", format!("{:?}", self.params));
        line("exceptions", format!("{:?}", self.exceptions));
        line("os_errors", format!("{:?}", self.os_errors));
        line("addresses", format!("{:?}", self.addresses));
        line("keys", format!("{:?}", self.keys));
        line("models", format!("{:?}", self.models));
        line("providers", format!("{:?}", self.providers));
        line("numbers", format!("{:?}", self.numbers));
        line("page", format!("{:?}", self.page));
        line("request_headers", format!("{:?}", self.request_headers));
        line("headers", format!("{:?}", self.headers));
        line("request_body", format!("{:?}", self.request_body));
        line("other_system", format!("{:?}", self.other_system));
        lines.push(format!(
            "api_signs: {}, is_failure: {}, is_mention: {}, came_at_once: {}",
            self.api_signs, self.is_failure, self.is_mention, self.came_at_once
        ));
        lines.join("\n")
    }

    /// Whether there is nothing to explain here: the error is another system's, or none is reported.
    pub(crate) fn is_beside_the_point(&self) -> bool {
        self.is_mention || self.other_system.is_some()
    }

    /// Whether one of these codes was given.
    pub(crate) fn code_is(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.contains(&code.as_str()))
    }

    /// Whether one of these statuses was given.
    pub(crate) fn status_is(&self, statuses: &[u16]) -> bool {
        self.statuses.iter().any(|status| statuses.contains(status))
    }

    /// Whether the text is about this provider or server.
    pub(crate) fn is_about(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p == provider)
    }

    /// Whether some parameter begins with this, `messages` finding `messages[1].content`.
    pub(crate) fn param_starts(&self, start: &str) -> bool {
        self.params.iter().any(|p| p.starts_with(start))
    }
}
