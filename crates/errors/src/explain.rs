//! Finds the cause in whatever somebody pastes: an error message, a body, a traceback, log lines, a page.
//!
//! In: a text and what is known beside it ([`Context`]). Out: an [`Explanation`]: the causes ranked, with a confidence that
//! was calibrated on cases with a known answer, and the facts that speak for the first. Deterministic, without a clock or
//! a network. [`read`] unwraps the text and notes its features in a [`case::Case`]; the [`rules`] say which features speak
//! for which cause; [`weigh`] adds them up and decides whether the evidence suffices.
//!
//! A rule names a mechanism, never one sentence: codes, classes of exceptions, statuses, numbers in relation, forms of
//! keys and addresses, and groups of words that must meet in one sentence in whatever order.

mod advice;
pub(crate) mod answered;
mod bits;
pub(crate) mod case;
mod ceiling;
pub(crate) mod public;
pub(crate) mod read;
pub(crate) mod rule;
pub(crate) mod rules;
mod several;
mod shown;
mod starts;
pub(crate) mod terms;
pub(crate) mod weigh;

use crate::catalog;
use crate::cause::Cause;

/// What is known beside the text; everything may be missing.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Context {
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// Whose API was called, as a word: `openai`, `azure`, `anthropic`, `gemini`, …
    pub provider: Option<String>,
    /// The address called.
    pub url: Option<String>,
    /// Headers of the answer.
    pub headers: std::collections::BTreeMap<String, String>,
    /// Headers of the request.
    pub request_headers: std::collections::BTreeMap<String, String>,
    /// The request's body.
    pub request_body: Option<String>,
}

/// A member of a context that has another type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not {expected}")]
pub struct UnfitContext {
    name: &'static str,
    expected: &'static str,
}

impl Context {
    /// The members that are known, and what each is.
    pub const MEMBERS: [(&str, &str); 6] = [
        ("status", "an HTTP status, as 429"),
        ("provider", "a text"),
        ("url", "a text"),
        ("headers", "an object of texts"),
        ("request_headers", "an object of texts"),
        ("request_body", "a text"),
    ];

    /// The context that these members of a JSON object are; others are left aside.
    ///
    /// # Errors
    ///
    /// A known member has another type.
    pub fn of_json(members: &serde_json::Map<String, serde_json::Value>) -> Result<Self, UnfitContext> {
        let read = |members| serde_json::from_value::<Self>(serde_json::Value::Object(members));
        read(members.clone()).map_err(|_| {
            let is_unfit = |(name, _): &(&str, &str)| {
                let alone = members.get(*name).map(|value| [((*name).to_owned(), value.clone())].into_iter().collect());
                alone.is_some_and(|alone| read(alone).is_err())
            };
            let (name, expected) = Self::MEMBERS.into_iter().find(is_unfit).unwrap_or(("context", "of this form"));
            UnfitContext { name, expected }
        })
    }
}

/// The causes found, best first.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The likeliest cause; [`crate::catalog::UNKNOWN`] where the evidence is thin or the text is not an API error.
    pub cause: &'static Cause,
    /// How sure: the share of such verdicts that were right, 0 to 1.
    pub confidence: f64,
    /// The facts that speak for the cause, the strongest first, secrets masked.
    pub evidence: Vec<String>,
    /// What to do by the facts of the case, before the remedies of the cause; secrets masked.
    pub advice: Vec<String>,
    /// The model that the text names, as it is written there; secrets masked.
    pub model: Option<String>,
    /// Other causes worth a look, best first, with their confidence; at most five.
    pub alternatives: Vec<(&'static Cause, f64)>,
}

/// Puts the rules together, which the first call would have to: some milliseconds of work, which a server does beside its
/// serving threads and not while somebody waits for an answer. What else the first call does takes less than a tenth.
pub fn prepare() {
    let _ = rules::rules();
}

/// The cause of `text`.
#[must_use]
pub fn explain(text: &str, context: &Context) -> Explanation {
    let case = read::case(text, context);
    several::regarded(text, context, weigh::verdict(&case))
}

/// The best cause for `text`, by its slug in answers, with the figures that its confidence is reckoned from: for fitting
/// that confidence on labelled cases.
#[must_use]
pub fn figures(text: &str, context: &Context) -> (&'static str, weigh::Figures) {
    weigh::figures(&read::case(text, context))
}

/// What was read out of `text`, for those who write rules.
#[doc(hidden)]
#[must_use]
pub fn case_shown(text: &str, context: &Context) -> String {
    read::case(text, context).shown()
}

impl Explanation {
    /// The slug to answer with: one of the fixed taxonomy wherever one covers the cause.
    #[must_use]
    pub fn answer(&self) -> &'static str {
        public::public(self.cause.slug)
    }

    /// The finer name of the cause, where the answer is a more general one.
    #[must_use]
    pub fn detail(&self) -> Option<&'static str> {
        (self.answer() != self.cause.slug).then_some(self.cause.slug)
    }

    /// A cause that is known, as from the record of a request; [`catalog::UNKNOWN`] where there is none of this slug.
    #[must_use]
    pub fn of_cause(slug: &str, evidence: Vec<String>) -> Self {
        let cause = catalog::by_slug(slug).unwrap_or(&catalog::UNKNOWN);
        Self { cause, confidence: 1.0, evidence, advice: Vec::new(), model: None, alternatives: Vec::new() }
    }

    /// May the same request succeed when it is repeated? `None` where it depends.
    ///
    /// A gateway leaves it open for an answer that has the wrong form once among many that have not. Whoever pastes one
    /// has mostly got the address wrong, and gets the same again.
    #[must_use]
    pub fn retryable(&self) -> Option<bool> {
        match self.answer() {
            "html_instead_of_json" | "response_shape_unexpected" | "image_url_unreachable" => Some(false),
            _ => self.cause.retry.answer(),
        }
    }

    /// The contract of `explain --json`: cause, confidence, what to know, check and do, and whether to repeat.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let alternatives: Vec<_> = self
            .alternatives
            .iter()
            // Less is not worth a look.
            .filter(|(_, confidence)| *confidence >= 0.002)
            .map(|(cause, confidence)| {
                serde_json::json!({ "cause": public::public(cause.slug), "confidence": rounded(*confidence) })
            })
            .collect();
        let mut json = serde_json::json!({
            "cause": self.answer(),
            "confidence": rounded(self.confidence),
            "title": self.cause.title,
            "reasons": self.texts(|cause| cause.reasons),
            "checks": self.texts(|cause| cause.checks),
            "fixes": self.fixes(),
            "retryable": self.retryable(),
            "evidence": self.evidence,
            "alternatives": alternatives,
        });
        if let Some(detail) = self.detail() {
            json["detail"] = detail.into();
        }
        json
    }

    /// What the facts of the case advise, then what helps against every failure of the kind.
    fn fixes(&self) -> Vec<&str> {
        let general = self.texts(|cause| cause.remedies);
        self.advice.iter().map(String::as_str).chain(general).collect()
    }

    /// What the finer cause has to say, then what the answer's own cause says beyond that.
    fn texts(&self, of: fn(&'static Cause) -> &'static [&'static str]) -> Vec<&'static str> {
        let mut texts = of(self.cause).to_vec();
        let general = self.detail().and_then(|_| crate::catalog::by_slug(self.answer())).map_or(&[][..], of);
        texts.extend(general.iter().filter(|text| !of(self.cause).contains(text)));
        texts
    }
}

/// Three digits are more than is known.
fn rounded(confidence: f64) -> f64 {
    (confidence * 1000.0).round() / 1000.0
}
