//! A provider's failed answer as it came, and what it comes to.
//!
//! In: nothing; these are the values that `classify` takes and gives. Out: a [`Found`], which puts cause, facts and evidence
//! into a [`Diagnosis`].

use std::time::Duration;

use crate::cause::Cause;
use crate::diagnosis::Diagnosis;

/// Headers of a failed answer that tell something: which server it was, which limit, how long to wait. In lower case.
pub const TELLING_HEADERS: [&str; 17] = [
    "server",
    "via",
    "cf-ray",
    "cf-mitigated",
    "x-amzn-errortype",
    "x-amzn-requestid",
    "apim-request-id",
    "x-squid-error",
    "x-amzn-waf-action",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-reset",
    "ratelimit-reset",
];

/// A provider's failed answer, as it came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`; empty where there was none.
    pub content_type: &'a str,
    /// Those of its headers that are among [`TELLING_HEADERS`].
    pub headers: &'a [(&'static str, String)],
    /// The host that was called; empty where it is not known.
    pub host: &'a str,
    /// The body, or its start.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// What a cause was told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// The status, or a code that machines compare.
    #[default]
    Code,
    /// Words that people read. A caller may have written them: servers repeat what they refuse.
    Words,
}

/// What a provider's failed answer comes to.
#[derive(Debug, Clone)]
pub struct Found {
    /// The cause, seen from this gateway.
    pub cause: &'static Cause,
    /// The cause as the holder of the provider's account would meet it, where that is another: `credits_exhausted` of
    /// `upstream_quota_exhausted`.
    pub theirs: Option<&'static Cause>,
    /// What told it.
    pub by: By,
    /// What was seen, not masked yet.
    pub evidence: Vec<String>,
    /// Facts for the cause's texts, not masked yet.
    pub facts: Vec<(&'static str, String)>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// How long the provider wants to be left alone, where it says so anywhere but in `Retry-After`.
    pub wait: Option<Duration>,
}

impl Found {
    /// A cause of which nothing else is known.
    #[must_use]
    pub fn new(cause: &'static Cause) -> Self {
        Self { cause, theirs: None, by: By::Code, evidence: Vec::new(), facts: Vec::new(), param: None, wait: None }
    }

    /// `diagnosis` with what was found.
    #[must_use]
    pub fn tell(&self, mut diagnosis: Diagnosis) -> Diagnosis {
        for (name, value) in &self.facts {
            diagnosis = diagnosis.fact(name, value.as_str());
        }
        for line in &self.evidence {
            diagnosis = diagnosis.evidence(line.as_str());
        }
        match &self.param {
            Some(param) => diagnosis.param(param.as_str()),
            None => diagnosis,
        }
    }
}
