//! What speaks for the cause of a provider's failed answer, and the facts for its texts.
//!
//! In: an answer that was decided about. Out: a [`Found`]: codes, numbers, names and headers, as they were sent. The
//! provider's message is not repeated: it stands beside the evidence. Of an error about our own credential nothing is
//! told.

use super::{Reading, Told, wait};
use crate::answer::Found;
use crate::catalog;
use crate::cause::{Cause, Party};
use crate::explain::case::Numbers;

/// Headers that say which server answered.
const SERVERS: [&str; 6] = ["server", "via", "cf-ray", "cf-mitigated", "x-squid-error", "x-amzn-waf-action"];
/// Ids under which a provider finds the request again, beside the one that every answer of this gateway repeats.
const IDS: [&str; 2] = ["apim-request-id", "x-amzn-requestid"];
/// Of a page's title, what is looked at and what is shown.
const PAGE_MAX_BYTES: usize = 16 * 1024;
const TITLE_MAX_BYTES: usize = 120;

/// What was found.
pub(super) fn found(reading: &Reading<'_>, told: Told) -> Found {
    let found = Found { by: told.by, theirs: told.theirs, ..Found::new(told.cause) };
    if told.cause == &catalog::UPSTREAM_CREDENTIAL_REJECTED {
        return found;
    }
    let lines = [
        codes(reading),
        (!reading.said.behind.is_empty()).then(|| format!("it passes on an error of {}", reading.said.behind)),
        finer(told),
        numbers(&reading.case().numbers),
        limits(reading),
        named_model(reading, told.cause),
        filtered(reading),
        title(reading),
        headers(reading, &SERVERS),
        headers(reading, &IDS),
    ];
    Found {
        evidence: lines.into_iter().flatten().collect(),
        facts: facts(reading, told.cause),
        param: param(reading, told.cause),
        wait: wait::asked(reading),
        ..found
    }
}

/// The name by which the account's holder finds more in the guide, where it is no other word for the same.
fn finer(told: Told) -> Option<String> {
    const NO_FINER: [&str; 5] =
        ["endpoint_not_found", "model_deprecated", "model_not_found", "rate_limit_daily", "request_exceeds_tpm"];
    let theirs = told.theirs.filter(|theirs| !NO_FINER.contains(&theirs.slug))?;
    let whose = if told.cause.party == Party::Caller { "more exactly" } else { "for the account at the provider" };
    Some(format!("{whose} it is {}: {}", theirs.slug, theirs.title))
}

fn codes(reading: &Reading<'_>) -> Option<String> {
    let status = reading.answer.status.to_string();
    let mut shown: Vec<String> = Vec::new();
    for (name, value) in reading.said.codes.iter().filter(|(_, value)| *value != status) {
        if !shown.iter().any(|s| s.ends_with(&format!(": {value}"))) {
            shown.push(format!("{name}: {value}"));
        }
    }
    shown.extend(reading.answer.header("x-amzn-errortype").map(|value| {
        // What follows the name is an address of AWS's own.
        format!("x-amzn-errortype: {}", value.split(':').next().unwrap_or(value))
    }));
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn numbers(numbers: &Numbers) -> Option<String> {
    let parts = [("limit", numbers.limit), ("used", numbers.used), ("requested", numbers.requested)];
    let mut shown: Vec<String> =
        parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?))).collect();
    // A limit alone may be any number of the message.
    if shown.len() < 2 {
        shown.clear();
    }
    shown.extend(numbers.wait.map(|seconds| format!("to be asked again in {seconds} s")));
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// The limit of which nothing is left, as headers tell it.
fn limits(reading: &Reading<'_>) -> Option<String> {
    let of = |what: &str| {
        let header = |kind: &str| reading.answer.header(&format!("x-ratelimit-{kind}-{what}"));
        let left = header("remaining")?;
        (left.trim() == "0").then(|| {
            let limit = header("limit").map(|limit| format!(" of {limit}")).unwrap_or_default();
            format!("x-ratelimit-remaining-{what}: 0{limit}")
        })
    };
    of("requests").or_else(|| of("tokens"))
}

/// The model as the provider knows it, where the model is at fault: it helps the operator.
fn named_model(reading: &Reading<'_>, cause: &'static Cause) -> Option<String> {
    let at_fault = [&catalog::UPSTREAM_MODEL_NOT_FOUND, &catalog::UPSTREAM_MODEL_RETIRED].contains(&cause);
    let model = reading.case().models.first().filter(|_| at_fault)?;
    Some(format!("it names the model {}", as_sent(reading.answer.body, model)))
}

/// A word that was read in lower case, as the body has it: names of models differ by it.
fn as_sent(body: &[u8], word: &str) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(PAGE_MAX_BYTES)]);
    // Lower case of ASCII alone changes no length.
    let at = text.to_ascii_lowercase().find(word);
    at.and_then(|at| text.get(at..at + word.len())).unwrap_or(word).to_owned()
}

/// Which of Azure's filters fired.
fn filtered(reading: &Reading<'_>) -> Option<String> {
    let fired = fired(reading);
    (!fired.is_empty()).then(|| format!("filters that fired: {}", fired.join(", ")))
}

fn fired(reading: &Reading<'_>) -> Vec<String> {
    if !memchr::memmem::find(reading.answer.body, b"content_filter_result").is_some_and(|_| reading.is_json) {
        return Vec::new();
    }
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(reading.answer.body) else { return Vec::new() };
    let results = ["/error/innererror/content_filter_result", "/error/innererror/content_filter_results"]
        .into_iter()
        .find_map(|path| body.pointer(path)?.as_object());
    let fired = results.into_iter().flatten().filter(|(_, result)| result["filtered"] == true);
    fired
        .take(8)
        .map(|(name, result)| match result["severity"].as_str() {
            Some(severity) => format!("{name} ({severity})"),
            None => name.clone(),
        })
        .collect()
}

fn title(reading: &Reading<'_>) -> Option<String> {
    if !reading.is_page {
        return None;
    }
    let body = &reading.answer.body[..reading.answer.body.len().min(PAGE_MAX_BYTES)];
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let start = text.find("<title")?;
    let start = start + text[start..].find('>')? + 1;
    let end = start + text[start..].find("</title")?;
    let whole = String::from_utf8_lossy(body);
    // Lower case of ASCII alone changes no length.
    let title = whole[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let title = &title[..title.floor_char_boundary(TITLE_MAX_BYTES)];
    (!title.is_empty()).then(|| format!("a web page with the title “{title}”"))
}

fn headers(reading: &Reading<'_>, names: &[&str]) -> Option<String> {
    let shown: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{name}: {}", reading.answer.header(name)?))).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn facts(reading: &Reading<'_>, cause: &'static Cause) -> Vec<(&'static str, String)> {
    let numbers = &reading.case().numbers;
    let mut facts = Vec::new();
    let mut add = |name: &'static str, value: Option<f64>| facts.extend(value.map(|v| (name, v.to_string())));
    match cause {
        c if c == &catalog::CONTEXT_LENGTH_EXCEEDED => {
            add("limit", numbers.limit);
            add("used", numbers.requested);
        }
        c if c == &catalog::MAX_TOKENS_TOO_LARGE => {
            add("maximum", numbers.limit);
            add("got", numbers.requested);
        }
        _ => {}
    }
    if cause == &catalog::CONTENT_POLICY {
        let fired = fired(reading);
        facts.extend((!fired.is_empty()).then(|| ("what", fired.join(", "))));
    }
    facts
}

/// The parameter that another member than OpenAI's `param` names, such as FastAPI's `loc`.
fn param(reading: &Reading<'_>, cause: &'static Cause) -> Option<String> {
    let callers = cause.party == Party::Caller && reading.said.param.is_empty();
    reading.case().params.first().filter(|param| callers && !param.contains(' ')).cloned()
}
