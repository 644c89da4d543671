//! Adds up what speaks for each cause and decides.
//!
//! In: a case. Out: the verdict. The strongest rule of a cause counts in full and its further rules a little, since rules
//! of one cause often see the same fact twice; so the weights alone say which cause is the finer one.
//!
//! How sure a verdict is follows from a few figures: the score of the best cause, how near the next one comes, and how
//! many signs there are that the text is about a language-model API at all, or about something else. A logistic function
//! of them was fitted on labelled cases (`--fit` of `examples/judge.rs`, each source left out in turn), so that of the
//! verdicts with confidence 0.8 about four in five are right. What is another system's error, or only speaks of failures,
//! is left aside before ([`Case::is_beside_the_point`]). Where it comes out below [`CLAIM`], the answer is *unknown*.

use std::collections::BTreeMap;

use super::Explanation;
use super::advice;
use super::case::Case;
use super::ceiling;
use super::public::public;
use super::rule::Held;
use super::rules::own::own;
use super::rules::{rules, seen};
use super::shown::shown;
use crate::catalog;
use crate::cause::Cause;

/// What further rules of the same cause add, as a share of their weight, and at most.
const FURTHER: (f64, f64) = (0.1, 0.6);
/// A cause is claimed from this confidence on.
const CLAIM: f64 = 0.47;
/// What speaks for a cause counts so much less where nothing says that something failed.
const NO_FAILURE: f64 = 0.6;
/// What is left where the error is of another service of a cloud that serves models too.
const OTHER_SERVICE: f64 = 0.55;
/// Scores beyond this say nothing more.
const SCORE_MAX: f64 = 7.0;
/// Bytes of one fact that are shown.
const SEEN_MAX_BYTES: usize = 200;
/// Bytes of one piece of advice.
const ADVICE_MAX_BYTES: usize = 400;
/// A server that says what was wrong with a request of its own.
const DIAGNOSED: f64 = 0.97;

/// Constant and factors of [`Figures`] for the confidence in a cause; fitted.
const SURE: [f64; 6] = [-0.79, 0.66, -1.22, -0.86, 0.17, -0.10];
/// The same for the confidence in *unknown*: constant, the confidence that the best cause would have had, and the last two
/// of [`Figures`]; fitted. Where much speaks of an API of models and no rule holds, it is a rule that is missing.
const UNSURE: [f64; 4] = [1.42, -1.05, 1.03, -1.53];

/// One cause with what speaks for it.
pub(crate) struct Weighed {
    pub(crate) cause: &'static Cause,
    pub(crate) score: f64,
    held: Vec<Held>,
}

impl Weighed {
    /// Whether codes are among what speaks for it most, and not people's words alone.
    pub(crate) fn is_coded(&self) -> bool {
        self.held.first().is_some_and(|held| held.coded)
    }
}

/// What the confidence is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Score of the best cause.
    pub score: f64,
    /// How near the next one comes that has another name in answers: 1 where it is level, 0 from a distance of 1 on.
    pub rivalled: f64,
    /// 1 where nothing says that this is about a language-model API.
    pub foreign: f64,
    /// 1 where two things and more say so.
    pub certain: f64,
    /// 1 where nothing says so, and the address of something else stands there.
    pub elsewhere: f64,
    /// The most that may be claimed, however well the rest fits.
    pub ceiling: f64,
    /// 1 where nothing failed, or what failed is known to be something else.
    pub beside: f64,
    /// How many things say that this is about a language-model API, two at most; none where it is beside the point.
    pub signs: f64,
}

impl Figures {
    fn of(case: &Case, ranking: &[Weighed]) -> Self {
        // What only looks like an error of such an API speaks for nothing.
        let best = ranking.first().filter(|_| !case.is_beside_the_point());
        let score = best.map_or(0.0, |best| best.score);
        let foreign = case.api_signs == 0 || is_of_another_service(case);
        let beside = case.is_beside_the_point() || !case.is_failure;
        let other = |w: &&Weighed| public(w.cause.slug) != public(ranking[0].cause.slug);
        let next = ranking.iter().find(other).map_or(0.0, |next| next.score);
        Self {
            score: score.min(SCORE_MAX),
            rivalled: (1.0 - (score - next)).clamp(0.0, 1.0),
            foreign: f64::from(u8::from(foreign)),
            certain: f64::from(u8::from(case.api_signs > 1)),
            elsewhere: f64::from(u8::from(is_elsewhere(case))),
            ceiling: best.map_or(0.0, |best| ceiling::of(best.cause.slug, best.score, foreign, case)),
            beside: f64::from(u8::from(beside)),
            signs: if beside { 0.0 } else { f64::from(case.api_signs.min(2)) },
        }
    }

    /// How sure the best cause is.
    fn confidence(self) -> f64 {
        if self.score <= 0.0 {
            return 0.0;
        }
        let inputs = [1.0, self.score, self.rivalled, self.foreign, self.certain, self.elsewhere];
        let sure = logistic(SURE.iter().zip(inputs).map(|(factor, input)| factor * input).sum());
        sure.min(self.ceiling)
    }

    /// How sure it is that there is nothing to tell, where the best cause would have had this `confidence`.
    fn unsure(self, confidence: f64) -> f64 {
        let inputs = [1.0, confidence, self.beside, self.signs];
        logistic(UNSURE.iter().zip(inputs).map(|(factor, input)| factor * input).sum())
    }
}

/// Whether a service of AWS or Google is named that is not one for models.
fn is_of_another_service(case: &Case) -> bool {
    !seen::is_aws_for_models(case) || !seen::is_google_for_models(case)
}

/// Whether all that is known of what was called is that it is not an API of models.
fn is_elsewhere(case: &Case) -> bool {
    let local = |host: &str| host == "localhost" || host.starts_with("127.") || host == "host.docker.internal";
    let mut hosts = case.addresses.iter().map(|a| a.host.as_str()).filter(|host| !host.is_empty());
    case.api_signs == 0 && hosts.any(|host| !local(host))
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// All causes for which something speaks, best first.
pub(crate) fn ranking(case: &Case) -> Vec<Weighed> {
    let mut by_cause: BTreeMap<&'static str, Vec<Held>> = BTreeMap::new();
    for held in rules().holding(case) {
        by_cause.entry(held.cause).or_default().push(held);
    }
    let failed = if case.is_failure { 1.0 } else { NO_FAILURE };
    let share = if is_of_another_service(case) { failed * OTHER_SERVICE } else { failed };
    let mut ranking: Vec<Weighed> = by_cause
        .into_iter()
        .filter_map(|(slug, held)| Some(weighed(catalog::by_slug(slug)?, held, share)))
        .filter(|weighed| weighed.score > 0.0)
        .collect();
    ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranking
}

fn weighed(cause: &'static Cause, mut held: Vec<Held>, share: f64) -> Weighed {
    held.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let (against, speaking): (Vec<&Held>, Vec<&Held>) = held.iter().partition(|h| h.weight < 0.0);
    let best = speaking.first().map_or(0.0, |h| h.weight);
    let (factor, most) = FURTHER;
    let further: f64 = speaking.iter().skip(1).map(|h| h.weight * factor).sum();
    let against: f64 = against.iter().map(|h| h.weight).sum();
    Weighed { cause, score: (best + further.min(most)) * share + against, held }
}

/// The figures behind the verdict on a case, for the fitting of its confidence: the best cause and its figures.
pub(crate) fn figures(case: &Case) -> (&'static str, Figures) {
    let ranking = ranking(case);
    let best = ranking.first().map_or("unknown", |best| public(best.cause.slug));
    (best, Figures::of(case, &ranking))
}

/// The verdict on a case.
pub(crate) fn verdict(case: &Case) -> Explanation {
    // Whoever could not tell either named the cause so; it is kept as the finer name of an answer that is unknown.
    let told = told(case);
    if let Some(told) = told.as_ref().filter(|told| told.answer() != "unknown") {
        return told.clone();
    }
    let ranking = ranking(case);
    let figures = Figures::of(case, &ranking);
    let confidence = figures.confidence();
    let unsure = figures.unsure(confidence);
    match ranking.split_first() {
        Some((best, rest)) if confidence >= CLAIM => Explanation {
            cause: best.cause,
            confidence,
            evidence: evidence(best, case),
            advice: advised(best.cause, case),
            model: named(case),
            alternatives: others(rest, public(best.cause.slug), best.score, 1.0 - confidence),
        },
        _ => Explanation {
            cause: told.as_ref().map_or(&catalog::UNKNOWN, |told| told.cause),
            confidence: unsure,
            evidence: told.map(|told| told.evidence).unwrap_or_default(),
            advice: Vec::new(),
            model: named(case),
            alternatives: others(&ranking, "unknown", ranking.first().map_or(0.0, |b| b.score), 1.0 - unsure),
        },
    }
}

/// What a Tollgate server said itself of the error that is pasted: by name, or in its words.
fn told(case: &Case) -> Option<Explanation> {
    let (cause, evidence) = match case.diagnosed.as_deref().and_then(catalog::by_slug) {
        Some(cause) => (cause, format!("the server that answered names the cause itself: `{}`", cause.slug)),
        None => {
            let own = own(case)?;
            let how =
                if own.is_link { "it links to the page of its cause" } else { "a Tollgate server words this cause so" };
            (own.cause, shown(&format!("{how}: “{}”", own.seen.trim()), &case.keys, SEEN_MAX_BYTES))
        }
    };
    Some(Explanation {
        cause,
        confidence: DIAGNOSED,
        evidence: vec![evidence],
        advice: advised(cause, case),
        model: named(case),
        alternatives: Vec::new(),
    })
}

/// What the facts of a case advise, fit to be shown.
fn advised(cause: &Cause, case: &Case) -> Vec<String> {
    advice::of(cause, case).iter().map(|line| shown(line, &case.keys, ADVICE_MAX_BYTES)).collect()
}

/// The model of a case, fit to be shown.
fn named(case: &Case) -> Option<String> {
    advice::written(case).map(|name| shown(&name, &case.keys, SEEN_MAX_BYTES))
}

fn evidence(best: &Weighed, case: &Case) -> Vec<String> {
    let mut evidence: Vec<String> = Vec::new();
    for held in best.held.iter().filter(|held| held.weight > 0.0) {
        let seen = shown(&held.seen(case), &case.keys, SEEN_MAX_BYTES);
        if !seen.is_empty() && !evidence.contains(&seen) {
            evidence.push(seen);
        }
    }
    evidence
}

/// The next causes, each name once, which share what confidence is left by how near they come to the best.
fn others(rest: &[Weighed], but: &str, best: f64, left: f64) -> Vec<(&'static Cause, f64)> {
    let mut named = vec![but];
    let mut kept: Vec<(&'static Cause, f64)> = Vec::new();
    for weighed in rest {
        let name = public(weighed.cause.slug);
        if !named.contains(&name) && kept.len() < 5 {
            named.push(name);
            kept.push((weighed.cause, (weighed.score - best).exp()));
        }
    }
    let total: f64 = kept.iter().map(|(_, share)| share).sum::<f64>() + 0.5;
    kept.into_iter().map(|(cause, share)| (cause, left * share / total)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::explain::{Context, explain};

    fn json(text: &str) -> Value {
        explain(text, &Context::default()).to_json()
    }

    #[test]
    fn what_a_tollgate_server_found_itself_is_taken_over_under_its_public_name() {
        let body = r#"{"error":{"message":"Incorrect API key provided: sk-tg-****abcd","type":"invalid_request_error","param":null,"code":"invalid_api_key","diagnosis":{"cause":"key_typo","party":"caller"}}}"#;

        let answer = json(body);

        assert_eq!(answer["cause"], "key_invalid");
        assert_eq!(answer["detail"], "key_typo");
        assert!(answer["confidence"].as_f64().is_some_and(|sure| sure > 0.9), "{answer}");
    }

    #[test]
    fn a_link_to_a_page_of_the_guide_names_the_cause() {
        let message = "The body of the request is a bad one (http://gateway:4000/errors/json_body_encoding)";

        assert_eq!(json(message)["cause"], "json_body_encoding");
    }

    #[test]
    fn a_failure_that_any_program_prints_is_a_guess_at_most() {
        let guess = json("UnknownHostException: Unable to resolve host: No address associated with hostname");
        let other = json("Error: getaddrinfo ENOTFOUND db.shop.example while calling https://db.shop.example/v2/carts");
        let named = json("Error: getaddrinfo ENOTFOUND api.openai.com");

        assert!(guess["cause"] == "unknown" || guess["confidence"].as_f64().is_some_and(|sure| sure < 0.5), "{guess}");
        assert_eq!(other["cause"], "unknown", "{other}");
        assert_eq!(named["cause"], "dns_failure");
        assert!(named["confidence"].as_f64().is_some_and(|sure| sure > 0.7), "{named}");
    }

    #[test]
    fn a_provider_that_refused_without_a_known_reason_is_read_further() {
        let body = r#"{"error":{"message":"Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1.","type":"requests","param":null,"code":"rate_limit_exceeded","diagnosis":{"cause":"provider_refused"}}}"#;

        assert_eq!(json(body)["cause"], "rate_limit_requests");
    }

    #[test]
    fn a_text_about_nothing_known_is_unknown_and_says_how_sure_that_is() {
        let answer = json("I checked the logs of the backend, but nothing there tells of an error.");

        assert_eq!(answer["cause"], "unknown");
        assert!(answer["confidence"].as_f64().is_some_and(|sure| sure > 0.5), "{answer}");
        assert!(answer.get("detail").is_none());
    }

    #[test]
    fn words_without_any_sign_of_such_an_api_are_a_guess_at_most() {
        let answer = json("Access refused: this IP address is not authorized. Booking system, code B17.");

        let sure = answer["confidence"].as_f64().unwrap_or_default();
        assert!(answer["cause"] == "unknown" || sure < 0.5, "{answer}");
    }

    #[test]
    fn what_every_program_says_of_a_connection_is_a_guess_where_no_api_of_models_is_named() {
        let sure = |text: &str| json(text)["confidence"].as_f64().unwrap_or_default();

        let other = json("javax.net.ssl.SSLHandshakeException: PKIX path building failed");
        assert!(other["cause"] == "unknown" || other["confidence"].as_f64().is_some_and(|sure| sure < 0.5), "{other}");
        assert!(sure("getaddrinfo ENOTFOUND api.openai.com") > 0.5);
    }

    #[test]
    fn a_text_that_says_nothing_leaves_a_status_and_an_address_a_guess() {
        let url = Some("https://x.openai.azure.com/openai/deployments/gpt/chat/completions".to_owned());
        let context = Context { status: Some(404), url, ..Context::default() };

        let bare = explain("INFO x", &context);
        let told = explain("Resource not found", &context);

        assert!(bare.cause.slug == "unknown" || bare.confidence < 0.5, "{} {}", bare.cause.slug, bare.confidence);
        assert!(told.confidence > 0.5, "{} {}", told.cause.slug, told.confidence);
    }

    #[test]
    fn what_is_left_of_certainty_is_shared_by_the_alternatives() {
        for text in ["429", "503", "404 openai"] {
            let found = explain(text, &Context::default());
            let others: f64 = found.alternatives.iter().map(|(_, confidence)| confidence).sum();

            assert!(found.confidence + others <= 1.0, "{text}: {} {others}", found.confidence);
        }
    }

    #[test]
    fn a_secret_in_the_text_is_not_in_the_answer() {
        let secret = "sk-proj-FAKEfakeFAKEfakeFAKEfake1234567890";
        let answer = json(&format!("openai 401 Incorrect API key provided: {secret}."));

        assert!(!answer.to_string().contains(secret), "{answer}");
    }
}
