//! Finds the numbers of limits: what is allowed, what was used, what was asked for, how long to wait.
//!
//! In: messages, the innermost first. Out: numbers in the notes. The first that is found for each quantity counts.

use memchr::memmem;

use super::notes::Notes;
use crate::explain::case::Numbers;

/// Words before a limit, in lower case; a colon, a blank or an equals sign may follow.
const LIMIT: [&str; 24] = [
    "limit",
    "maximum context length is",
    "maximum context length of",
    "context length is only",
    "at most",
    "maximum of",
    "maximum allowed",
    "max budget:",
    "context length is",
    "maximum number of tokens allowed (",
    "maximum is",
    "maximum:",
    "limit of",
    "only afford",
    "maximum content size limit (",
    "max_model_len",
    "n_ctx:",
    "context size (",
    "up to a maximum of",
    "less than or equal to",
    "limit is",
    "<=",
    " > ",
    "maximum length",
];
const REQUESTED: [&str; 16] = [
    "requested",
    "you requested",
    "resulted in",
    "resulted in over",
    "input token count (",
    "prompt is too long:",
    "requested up to",
    "whereas you provided",
    "prompt contains at least",
    "too large:",
    "token count (",
    "got",
    "prompt contains",
    "request has",
    "input is too long:",
    "has",
];
const USED: [&str; 4] = ["used", "current cost:", "current:", "spend:"];
const WAIT: [&str; 10] = [
    "try again in",
    "retry in",
    "retry after",
    "retry-after:",
    "wait",
    "available in",
    "resets in",
    "retrying in",
    "reset after",
    "try again after",
];

/// Notes the numbers of all messages.
pub(super) fn in_messages(notes: &mut Notes) {
    let mut found = notes.case.numbers;
    for (text, _) in notes.messages().take(60) {
        in_text(text, &mut found);
    }
    notes.case.numbers = found;
}

fn in_text(text: &str, found: &mut Numbers) {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return;
    }
    let lower = text.to_ascii_lowercase();
    let compared = compared(&lower);
    found.limit = found.limit.or(compared.map(|(_, limit)| limit)).or_else(|| behind(&lower, &LIMIT));
    found.used = found.used.or_else(|| behind(&lower, &USED));
    found.requested = found.requested.or(compared.map(|(asked, _)| asked)).or_else(|| behind(&lower, &REQUESTED));
    found.wait = found.wait.or_else(|| wait(&lower));
}

/// The number behind one of these words.
fn behind(text: &str, words: &[&str]) -> Option<f64> {
    // Few of the words are there, and a search for each place is dear to prepare.
    words.iter().filter(|word| text.contains(**word)).find_map(|word| {
        memmem::find_iter(text.as_bytes(), word).take(4).find_map(|at| {
            let whole = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
            let rest = text[at + word.len()..].trim_start_matches([' ', ':', '=', '(', '~']);
            let rest =
                ["of ", "is ", "only ", "about ", "over "].iter().fold(rest, |r, w| r.strip_prefix(w).unwrap_or(r));
            whole.then(|| number(rest)).flatten()
        })
    })
}

/// `8259148 bytes > 5242880 bytes`, `204800 tokens > 200000 maximum`: what was asked for, and the limit.
fn compared(text: &str) -> Option<(f64, f64)> {
    let (before, behind) = text.split_once(" > ")?;
    Some((before.rsplit(' ').take(3).find_map(number)?, number(behind)?))
}

/// A number at the start: `6000`, `128,000`, `0.25`, `5242880`.
fn number(text: &str) -> Option<f64> {
    let len = text.bytes().take(24).take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b',')).count();
    let digits: String = text[..len].trim_end_matches(['.', ',']).chars().filter(|c| *c != ',').collect();
    digits.parse().ok()
}

/// `1m47.5854s`, `20s`, `9.816s`, `577ms`, `2 hours`, `60 seconds`, `43s.`, `6h12m`.
fn wait(text: &str) -> Option<f64> {
    WAIT.iter().find_map(|word| {
        let at = memmem::find(text.as_bytes(), word.as_bytes())?;
        duration(text[at + word.len()..].trim_start_matches([' ', ':', '=', '"', '(']))
    })
}

fn duration(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut seconds = None;
    for _ in 0..4 {
        let len = rest.bytes().take(16).take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let Ok(amount) = rest[..len].trim_end_matches('.').parse::<f64>() else { break };
        let unit = rest[len..].trim_start();
        let letters = unit.bytes().take(12).take_while(u8::is_ascii_alphabetic).count();
        let factor = match &unit[..letters] {
            "ms" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" | "" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86400.0,
            _ => break,
        };
        seconds = Some(seconds.unwrap_or(0.0) + amount * factor);
        rest = unit[letters..].trim_start_matches([' ', ',']);
    }
    seconds
}

/// A member of an object: `retryDelay: "43s"`, `limit: 50`.
pub(super) fn member(name: &str, value: &str, notes: &mut Notes) {
    let value = value.to_ascii_lowercase();
    let numbers = &mut notes.case.numbers;
    match name {
        "retrydelay" | "retryafter" | "retryafterseconds" | "estimatedtime" => {
            numbers.wait = numbers.wait.or_else(|| duration(&value));
        }
        "retryafterms" => numbers.wait = numbers.wait.or_else(|| number(&value).map(|ms| ms / 1000.0)),
        "limit" | "quotavalue" | "quotalimitvalue" => numbers.limit = numbers.limit.or_else(|| number(&value)),
        "used" => numbers.used = numbers.used.or_else(|| number(&value)),
        "requested" => numbers.requested = numbers.requested.or_else(|| number(&value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn limits_and_requests_are_told_apart() {
        for (text, limit, requested) in [
            ("(TPM): Limit 6000, Used 5034, Requested 1443. Please", 6000.0, 1443.0),
            (
                "This model's maximum context length is 4097 tokens. However, you requested 4203 tokens (3703 in",
                4097.0,
                4203.0,
            ),
            ("max_tokens is too large: 6000. This model supports at most 4096 completion tokens", 4096.0, 6000.0),
            ("image exceeds 5 MB maximum: 8259148 bytes > 5242880 bytes", 5_242_880.0, 8_259_148.0),
            (
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                1_048_576.0,
                1_200_000.0,
            ),
            ("prompt is too long: 204800 tokens > 200000 maximum", 200_000.0, 204_800.0),
            (
                "maximum context length is 128,000 tokens. However, your messages resulted in 142,422 tokens",
                128_000.0,
                142_422.0,
            ),
            ("You requested up to 64000 tokens, but can only afford 2666.", 2666.0, 64000.0),
        ] {
            let numbers = case_of(text).numbers;
            assert_eq!((numbers.limit, numbers.requested), (Some(limit), Some(requested)), "{text}");
        }
    }

    #[test]
    fn waits_are_in_seconds() {
        for (text, wait) in [
            ("Please try again in 1m47.5s. Visit", 107.5),
            ("Please try again in 20s", 20.0),
            ("try again in 577ms", 0.577),
            ("{\"retryDelay\": \"43s\"}", 43.0),
            ("Please retry after 60 seconds.", 60.0),
        ] {
            assert_eq!(case_of(text).numbers.wait, Some(wait), "{text}");
        }
    }
}
