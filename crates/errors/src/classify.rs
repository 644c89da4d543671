//! Names the cause of a provider's failed answer.
//!
//! In: status, headers and body as they came. Out: a cause of the catalogue, with what was seen. Status and codes decide;
//! what they leave open (OpenAI sends code null for a dozen mistakes) is decided by the engine of [`crate::explain()`] on
//! the same rules, and never against them. Nothing of the body is kept but short facts.
//!
//! Whose side a cause is on is seen from the caller of this gateway ([`standpoint`]). The account and the deployment that
//! the provider speaks of are the gateway's: the caller named a model that exists here and spends a budget of ours. So a
//! provider's "no such model", its rate limits and its quota have causes of their own (`upstream_…`), and only what is
//! wrong with the request itself is the caller's.

mod codes;
mod seen;
mod standpoint;
mod wait;

use std::cell::OnceCell;

use crate::answer::{Answer, By, Found};
use crate::catalog;
use crate::cause::Cause;
use crate::error_in_success::meant;
use crate::explain::answered::answered;
use crate::explain::case::Case;
use crate::explain::weigh::{Weighed, ranking};
use crate::long::excerpt;
use crate::said::Said;
pub(crate) use codes::{OVERLOADED, by_code};

/// Of each text in a long body, what the rules are tested on: what it says stands between echoes of the request.
const ECHO_MAX_BYTES: usize = 512;
/// What has to speak for a cause that nothing but words names: about one rule that says "likely" (3).
const LIKELY: f64 = 2.9;
/// The same where a wrong verdict would hide the provider's words, or show words that are to be hidden.
const STRONG: f64 = 4.4;

/// The cause of a provider's failed answer, or of one with status 200 that is no answer.
///
/// A 401, and a 403 that is about nothing else (a region, a model, content, a firewall, …), is
/// [`catalog::UPSTREAM_CREDENTIAL_REJECTED`]: the credential is the gateway's, and the provider's text must not reach the
/// caller. So is a 400 that says so (Google
/// and xAI refuse a wrong key with 400).
#[must_use]
pub fn classify_provider(status: u16, content_type: &str, body: &[u8]) -> &'static Cause {
    Reading::of(&Answer { status, content_type, body, ..Answer::default() }).decide().cause
}

/// The cause of a provider's failed answer with its evidence: what [`classify_provider`] says, and what was seen.
#[must_use]
pub fn classify_answer(answer: &Answer<'_>) -> Found {
    let reading = Reading::of(answer);
    let told = reading.decide();
    let theirs = told.theirs.or_else(|| reading.finer(told.cause));
    seen::found(&reading, Told { theirs, ..told })
}

/// The cause of an error that came as an event of a stream, after its answer began with success: `answer` has the event's
/// data as its body. Where the event names no status, its codes decide.
#[must_use]
pub fn classify_event(answer: &Answer<'_>) -> Found {
    let said = Said::read(answer.body);
    let status = said
        .as_ref()
        .and_then(|said| said.status.or_else(|| Some(by_code(said)?.wire.status)).or_else(|| meant(said)))
        .unwrap_or(500);
    classify_answer(&Answer { status, content_type: "application/json", ..*answer })
}

/// What was decided, and by what.
#[derive(Debug, Clone, Copy)]
struct Told {
    cause: &'static Cause,
    theirs: Option<&'static Cause>,
    by: By,
}

impl From<&'static Cause> for Told {
    fn from(cause: &'static Cause) -> Self {
        Self { cause, theirs: None, by: By::Code }
    }
}

/// An answer and what was read of it so far.
struct Reading<'a> {
    answer: &'a Answer<'a>,
    said: Said,
    /// The body is JSON.
    is_json: bool,
    /// The body is a web page.
    is_page: bool,
    case: OnceCell<Case>,
    ranking: OnceCell<Vec<Weighed>>,
}

impl<'a> Reading<'a> {
    fn of(answer: &'a Answer<'a>) -> Self {
        let said = Said::read(answer.body);
        let is_json = said.is_some();
        Self {
            answer,
            is_json,
            is_page: !is_json && is_page(answer.content_type, answer.body),
            said: said.unwrap_or_default(),
            case: OnceCell::new(),
            ranking: OnceCell::new(),
        }
    }

    fn case(&self) -> &Case {
        let read = || answered(&Answer { body: &excerpt(self.answer.body, ECHO_MAX_BYTES), ..*self.answer });
        self.case.get_or_init(read)
    }

    fn ranking(&self) -> &[Weighed] {
        self.ranking.get_or_init(|| ranking(self.case()))
    }

    fn decide(&self) -> Told {
        let (said, status) = (&self.said, self.answer.status);
        if let Some(cause) = self.diagnosed() {
            return cause.into();
        }
        match status {
            401 => (&catalog::UPSTREAM_CREDENTIAL_REJECTED).into(),
            403 if self.is_page => (&catalog::WAF_BLOCKED).into(),
            403 => self.forbidden(),
            402 => (&catalog::UPSTREAM_QUOTA_EXHAUSTED).into(),
            // A proxy or a captive portal on the way, which the provider knows nothing of.
            407 | 511 => (&catalog::WAF_BLOCKED).into(),
            429 if !self.is_json && is_challenge(self.answer.body) => (&catalog::WAF_BLOCKED).into(),
            429 => self.too_many(),
            408 => (&catalog::GATEWAY_TIMEOUT).into(),
            413 => self.too_large(),
            520..=527 | 530 => (&catalog::CLOUDFLARE_5XX).into(),
            529 => (&catalog::PROVIDER_OVERLOADED).into(),
            500..=599 => self.failed(),
            300..=399 => (&catalog::REDIRECT_BREAKS_REQUEST).into(),
            _ if self.is_page => (&catalog::HTML_INSTEAD_OF_JSON).into(),
            404 | 405 | 410 => self.not_there(),
            // A tool's server that the provider called for the request: its words are about another key than ours.
            424 => by_code(said).unwrap_or(&catalog::PROVIDER_REFUSED).into(),
            400..=499 => self.refused().unwrap_or_else(|| (&catalog::PROVIDER_REFUSED).into()),
            200..=299 => (&catalog::RESPONSE_SHAPE_UNEXPECTED).into(),
            _ => (&catalog::UNKNOWN).into(),
        }
    }

    /// What another Tollgate says of the request or of its own provider, seen from here.
    fn diagnosed(&self) -> Option<&'static Cause> {
        let theirs = self.said.diagnosed.filter(|_| matches!(self.answer.status, 400 | 404..=499))?;
        let cause = if theirs.slug.starts_with("upstream_") { Some(theirs) } else { standpoint::from_here(theirs) };
        cause.filter(|cause| *cause != &catalog::UPSTREAM_CREDENTIAL_REJECTED)
    }

    /// The likeliest cause by the engine's rules, seen from here, where it is among those that `fits`.
    fn told(&self, least: f64, fits: impl Fn(&'static Cause) -> bool) -> Option<Told> {
        self.ranking().iter().filter(|weighed| weighed.score >= least).find_map(|weighed| {
            let cause = standpoint::from_here(weighed.cause).filter(|cause| fits(cause))?;
            let theirs = (cause != weighed.cause).then_some(weighed.cause);
            Some(Told { cause, theirs, by: if weighed.is_coded() { By::Code } else { By::Words } })
        })
    }

    /// The likeliest cause of all; `None` where it is one that means nothing here, or too little speaks for it.
    fn first(&self, least: f64) -> Option<Told> {
        let best = self.ranking().first().filter(|best| best.score >= least)?.cause;
        let theirs = |cause: &'static Cause| standpoint::from_here(best) == Some(cause);
        self.told(least, theirs)
    }

    /// The account holder's name for `cause`, where the rules find the same by another name.
    fn finer(&self, cause: &'static Cause) -> Option<&'static Cause> {
        self.told(LIKELY, |c| c == cause)?.theirs
    }

    /// Whether the text repeats a key, in whatever form.
    fn shows_a_key(&self) -> bool {
        !self.case().keys.is_empty()
    }

    /// About our credential, unless a code says that it is about something else, or words do that show no key.
    fn forbidden(&self) -> Told {
        let by_code = by_code(&self.said).filter(|cause| may_be_told_with_403(cause));
        if let Some(cause) = by_code.or_else(|| codes::of_another_kind(&self.said)) {
            return cause.into();
        }
        let told = self
            .first(STRONG)
            .filter(|told| may_be_told_with_403(told.cause) || (!self.is_json && told.cause == &catalog::WAF_BLOCKED));
        match told {
            Some(told) if !self.shows_a_key() => Told { by: By::Code, ..told },
            _ => (&catalog::UPSTREAM_CREDENTIAL_REJECTED).into(),
        }
    }

    /// Whose limit it is, is certain (that of our account); which one decides whether waiting helps.
    fn too_many(&self) -> Told {
        let said = &self.said;
        if let Some(cause) = codes::too_many(said) {
            return cause.into();
        }
        let plain = said.code_is(&["rate_limit_exceeded", "rate_limit_error", "requests", "tokens"]);
        let known: &[&'static Cause] = match plain {
            true => &[&catalog::UPSTREAM_RATE_LIMITED, &catalog::UPSTREAM_DAILY_LIMIT],
            false => &[
                &catalog::UPSTREAM_RATE_LIMITED,
                &catalog::UPSTREAM_DAILY_LIMIT,
                &catalog::UPSTREAM_REQUEST_EXCEEDS_TPM,
                &catalog::UPSTREAM_QUOTA_EXHAUSTED,
                &catalog::PROVIDER_OVERLOADED,
                &catalog::MODEL_LOADING,
            ],
        };
        let told = self.told(LIKELY, |cause| known.contains(&cause));
        match told {
            // Who says when to come back has not run out of money.
            Some(told) if told.cause == &catalog::UPSTREAM_QUOTA_EXHAUSTED && wait::is_short(self) => {
                (&catalog::UPSTREAM_RATE_LIMITED).into()
            }
            Some(told) => Told { by: By::Code, ..told },
            None => (&catalog::UPSTREAM_RATE_LIMITED).into(),
        }
    }

    /// Groq refuses with 413 what OpenAI refuses with 429; others a prompt that is too long.
    fn too_large(&self) -> Told {
        let known: &[&'static Cause] = &[
            &catalog::CONTEXT_LENGTH_EXCEEDED,
            &catalog::UPSTREAM_REQUEST_EXCEEDS_TPM,
            &catalog::UPSTREAM_RATE_LIMITED,
            &catalog::UPSTREAM_DAILY_LIMIT,
            &catalog::FILE_TOO_LARGE,
            &catalog::IMAGE_TOO_LARGE,
        ];
        let coded = by_code(&self.said).map(Told::from);
        coded
            .or_else(|| self.told(STRONG, |cause| known.contains(&cause)))
            .map(|told| Told { by: By::Code, ..told })
            .unwrap_or_else(|| (&catalog::BODY_TOO_LARGE).into())
    }

    fn failed(&self) -> Told {
        let (said, status) = (&self.said, self.answer.status);
        if said.code_is(OVERLOADED) || (status == 503 && said.mentions("overloaded")) {
            return (&catalog::PROVIDER_OVERLOADED).into();
        }
        // A gateway behind this one that passes on what was said of its credential, under a status of its own.
        if self.is_json && self.shows_a_key() && self.first(STRONG).is_some_and(is_about_our_credential) {
            return (&catalog::UPSTREAM_CREDENTIAL_REJECTED).into();
        }
        let known: &[&'static Cause] = match status {
            500 => &[&catalog::MODEL_LOADING, &catalog::LOCAL_BACKEND_CRASHED],
            503 if self.is_page => &[],
            503 => &[&catalog::MODEL_LOADING, &catalog::LOCAL_BACKEND_CRASHED, &catalog::PROVIDER_OVERLOADED],
            _ => &[],
        };
        let by_status = match status {
            502 => &catalog::BAD_GATEWAY,
            503 => &catalog::SERVICE_UNAVAILABLE,
            504 => &catalog::GATEWAY_TIMEOUT,
            _ => &catalog::SERVER_ERROR,
        };
        let told = if known.is_empty() { None } else { self.told(STRONG, |cause| known.contains(&cause)) };
        told.map_or_else(|| by_status.into(), |told| Told { by: By::Code, ..told })
    }

    fn refused(&self) -> Option<Told> {
        if let Some(cause) = by_code(&self.said).or_else(|| codes::by_sentence(&self.said)) {
            return Some(cause.into());
        }
        let first = self.first(LIKELY)?;
        // To hide a provider's words by mistake would leave a caller without any.
        let hides = is_about_our_credential(first);
        if hides && self.first(STRONG).is_none() {
            return None;
        }
        Some(first)
    }

    /// A 404, 405 or 410: of something the request names, or of the very endpoint that this gateway called.
    fn not_there(&self) -> Told {
        let by_status = Told::from(&catalog::UPSTREAM_ENDPOINT_NOT_FOUND);
        if names_nothing(&self.said) || self.answer.status == 405 {
            return by_code(&self.said).map_or(by_status, Told::from);
        }
        match self.refused() {
            Some(told) => Told { by: By::Code, ..told },
            None => (&catalog::PROVIDER_REFUSED).into(),
        }
    }
}

fn is_about_our_credential(told: Told) -> bool {
    told.cause == &catalog::UPSTREAM_CREDENTIAL_REJECTED
}

/// Of all causes, those that a 403 may be about without being about our credential: what the account may not have, and
/// what the request may not say.
fn may_be_told_with_403(cause: &'static Cause) -> bool {
    [
        &catalog::REGION_UNSUPPORTED,
        &catalog::CONTENT_POLICY,
        &catalog::UPSTREAM_QUOTA_EXHAUSTED,
        &catalog::UPSTREAM_RATE_LIMITED,
        &catalog::UPSTREAM_DAILY_LIMIT,
        &catalog::UPSTREAM_MODEL_NOT_FOUND,
        &catalog::UPSTREAM_MODEL_RETIRED,
        &catalog::ORG_VERIFICATION_REQUIRED,
        &catalog::GCP_API_DISABLED,
    ]
    .contains(&cause)
}

/// Whether "not found" is said of no thing, or of the path: FastAPI, Go's net/http, Azure, OpenAI, LM Studio.
fn names_nothing(said: &Said) -> bool {
    const WHOLE: &[&str] = &["", "not found", "404 not found", "404 page not found", "resource not found", "gone"];
    const BEGINNINGS: &[&str] =
        &["invalid url", "unknown request url", "unexpected endpoint", "no route", "cannot post"];
    let message = said.message.trim().trim_end_matches('.');
    said.code == "unknown_url" || WHOLE.contains(&message) || BEGINNINGS.iter().any(|words| message.starts_with(words))
}

/// Whether a web page came instead of JSON.
fn is_page(content_type: &str, body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    content_type.trim_ascii_start().get(..9).is_some_and(|t| t.eq_ignore_ascii_case("text/html"))
        || [&b"<!doctype html"[..], b"<html"].iter().any(|tag| starts_with_ignoring_case(start, tag))
}

/// Whether the page is a bot protection's and not the provider's own rate limit.
fn is_challenge(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]).to_ascii_lowercase();
    ["cloudflare", "captcha", "cf-ray", "ray id"].iter().any(|word| start.contains(word))
}

fn starts_with_ignoring_case(text: &[u8], tag: &[u8]) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
}

#[cfg(test)]
mod tests;
