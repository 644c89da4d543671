//! One failure, ready to be told: a cause with the facts of one request.
//!
//! In: a cause and what the code that failed knows. Out: the texts of the catalogue filled with it, and the advice
//! whether to repeat. Whatever comes in is cleaned on entry (one line, secrets masked, bounded), so that no later
//! reader has to think of it.

use std::time::Duration;

use tollgate_core::key::redact;

use crate::cause::{Cause, Wire};
use crate::template;
use crate::text::{clean, cut};

/// Bytes of a fact that are shown.
pub const FACT_MAX_BYTES: usize = 256;
/// Bytes of all evidence together.
pub const EVIDENCE_MAX_BYTES: usize = 1024;
/// The longest wait after which an SDK is told to try again by itself. OpenAI's give up at once when `Retry-After` is
/// longer.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);
/// The longest wait that is told at all: a year.
const TOLD_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a client is told to wait on a 429 or 503 where nobody knows how long: SDKs without a header wait half a
/// second and double it, and a fleet of them does so in step.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// One failure, ready to be told.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The cause found.
    pub cause: &'static Cause,
    wire: Wire,
    facts: Vec<(&'static str, String)>,
    evidence: Vec<String>,
    param: Option<String>,
    retry_after: Option<Duration>,
}

impl Diagnosis {
    /// A failure of which only the cause is known.
    #[must_use]
    pub fn new(cause: &'static Cause) -> Self {
        Self { cause, wire: cause.wire, facts: Vec::new(), evidence: Vec::new(), param: None, retry_after: None }
    }

    /// Adds a fact for the texts ([`Cause::facts`] names those they can tell); the last one of a name counts.
    ///
    /// The fact `key` is what was sent as the key, in clear or redacted: it is always redacted. An empty value is
    /// no fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = clean(&value.into(), FACT_MAX_BYTES);
        let value = if name == "key" { redact(&value) } else { value };
        self.facts.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.facts.push((name, value));
        }
        self
    }

    /// Adds an observation that speaks for the cause. What exceeds [`EVIDENCE_MAX_BYTES`] in all is cut.
    #[must_use]
    pub fn evidence(mut self, observation: impl Into<String>) -> Self {
        let used: usize = self.evidence.iter().map(String::len).sum();
        let line = clean(&observation.into(), EVIDENCE_MAX_BYTES.saturating_sub(used));
        if !line.is_empty() {
            self.evidence.push(line);
        }
        self
    }

    /// Names the parameter at fault, for `error.param`.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(clean(&param.into(), FACT_MAX_BYTES)).filter(|p| !p.is_empty());
        self
    }

    /// Says when the request may be repeated.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Tells the same cause in another of OpenAI's forms ([`crate::catalog::wires`]).
    #[must_use]
    pub fn with_wire(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }

    /// Answers with another status than the cause's own, such as the one a provider chose.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.wire.status = status;
        self
    }

    /// What the caller's SDK will see.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The value of a fact, cleaned.
    #[must_use]
    pub fn fact_value(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The observations, cleaned and bounded.
    #[must_use]
    pub fn evidence_lines(&self) -> &[String] {
        &self.evidence
    }

    /// The observations in one line of at most `max_bytes`, for records and logs.
    #[must_use]
    pub fn evidence_text(&self, max_bytes: usize) -> String {
        cut(self.evidence.join("; "), max_bytes)
    }

    /// `error.param`: the diagnosis's own, else the cause's.
    #[must_use]
    pub fn param_name(&self) -> Option<&str> {
        self.param.as_deref().or(self.wire.param)
    }

    /// The whole message: OpenAI's sentence, then what was wrong and what to do.
    #[must_use]
    pub fn message(&self, docs_base: &str) -> String {
        self.message_after(self.fill(self.wire.sentence, &page(docs_base, self.cause.slug)), docs_base)
    }

    /// The whole message behind another sentence than the cause's.
    #[must_use]
    pub(crate) fn message_after(&self, sentence: String, docs_base: &str) -> String {
        let mut message = sentence;
        for part in [self.explanation(docs_base), self.remedy(docs_base)] {
            if !message.trim_end_matches(')').ends_with(['.', '!', '?']) {
                message.push('.');
            }
            message.push(' ');
            message.push_str(&part);
        }
        message
    }

    /// OpenAI's sentence alone. Its link leads to the library's index, since that of the cause would name it.
    #[must_use]
    pub fn sentence(&self, docs_base: &str) -> String {
        self.fill(self.wire.sentence, &page(docs_base, ""))
    }

    /// Which value was wrong and how we know, in one sentence.
    #[must_use]
    pub fn explanation(&self, docs_base: &str) -> String {
        self.fill(self.cause.explanation, &page(docs_base, self.cause.slug))
    }

    /// What to do, in one sentence.
    #[must_use]
    pub fn remedy(&self, docs_base: &str) -> String {
        self.fill(self.cause.remedy, &page(docs_base, self.cause.slug))
    }

    /// The guide's list of causes.
    pub(crate) fn index(&self, docs_base: &str) -> String {
        page(docs_base, "")
    }

    /// The page of the cause in the guide.
    #[must_use]
    pub fn docs(&self, docs_base: &str) -> String {
        page(docs_base, self.cause.slug)
    }

    /// The value of `x-should-retry`, which OpenAI's SDKs obey.
    ///
    /// Where the cause leaves it open, the SDKs' own rule by status decides (408, 409, 429 and from 500 on). A wait
    /// longer than [`RETRY_AFTER_MAX`] is a no: nobody waits for it, and whoever tried sooner would be refused again.
    #[must_use]
    pub fn should_retry(&self) -> bool {
        if self.retry_after.is_some_and(|wait| wait > RETRY_AFTER_MAX) {
            return false;
        }
        self.cause.retry.answer().unwrap_or(matches!(self.wire.status, 408 | 409 | 429 | 500..))
    }

    /// The wait for `retry-after`: the one given, however long, so that it agrees with what the text says; on a 429 or
    /// 503 worth repeating one second where none was given.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let expected = matches!(self.wire.status, 429 | 503) && self.should_retry();
        let wait = self.retry_after.or(expected.then_some(RETRY_AFTER_DEFAULT))?;
        Some(wait.min(TOLD_MAX))
    }

    fn fill(&self, template: &str, docs: &str) -> String {
        template::fill(template, &|name| match name {
            "docs" => Some(docs.to_owned()),
            "delay" => self.retry_after.or_else(|| self.wait()).map(delay),
            "param" => self.param_name().map(str::to_owned),
            name => self.fact_value(name).map(str::to_owned),
        })
    }
}

/// The address of a cause's page, or of the index for an empty slug. The base is the operator's, yet it goes into a
/// header: what may not stand in a URL is left out.
fn page(docs_base: &str, slug: &str) -> String {
    let fits = |c: &char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '`' | '{' | '}' | '|' | '^');
    let base: String = docs_base.trim_end_matches('/').chars().filter(fits).collect();
    if slug.is_empty() { format!("{base}/errors") } else { format!("{base}/errors/{slug}") }
}

/// A wait as OpenAI writes it: `174ms`, `9.816s`, `20s`, `6m0s`.
fn delay(wait: Duration) -> String {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    match ms {
        0..1000 => format!("{}ms", ms.max(1)),
        1000..60_000 if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
        1000..60_000 => format!("{}.{:03}s", ms / 1000, ms % 1000),
        60_000..3_600_000 => format!("{}m{}s", ms / 60_000, ms / 1000 % 60),
        _ => format!("{}h{}m{}s", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn a_wait_is_written_as_openai_writes_it() {
        for (ms, expected) in
            [(174, "174ms"), (9816, "9.816s"), (20_000, "20s"), (360_000, "6m0s"), (0, "1ms"), (7_261_000, "2h1m1s")]
        {
            assert_eq!(delay(Duration::from_millis(ms)), expected);
        }
    }

    #[test]
    fn the_key_of_a_fact_is_always_redacted() {
        let told = Diagnosis::new(&catalog::KEY_INVALID).fact("key", "my own very secret password");

        assert!(told.message("").starts_with("Incorrect API key provided: my own v***************word."));
    }

    #[test]
    fn evidence_stays_within_its_bound() {
        let mut told = Diagnosis::new(&catalog::KEY_INVALID);
        for _ in 0..50 {
            told = told.evidence("é".repeat(300));
        }

        assert!(told.evidence_lines().iter().map(String::len).sum::<usize>() <= EVIDENCE_MAX_BYTES);
        assert!(told.evidence_text(10).len() <= 10);
    }
}
