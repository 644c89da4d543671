//! How long a provider wants to be left alone, where it does not say so in `Retry-After`.
//!
//! In: an answer. Out: a wait. Headers with the time of a reset speak of a limit that is full again; a request may pass
//! earlier, so they count only for a limit of which nothing is left, and for a minute at most.

use std::time::Duration;

use super::Reading;

/// Limits are mostly per minute.
const RESET_MAX: Duration = Duration::from_secs(60);
/// Who names a longer wait may speak of a day or a month.
const SHORT: Duration = Duration::from_secs(120);
/// No longer wait is believed.
const WAIT_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// The wait that the body or the headers name.
pub(super) fn asked(reading: &Reading<'_>) -> Option<Duration> {
    matches!(reading.answer.status, 413 | 429 | 503 | 529).then(|| in_body(reading).or_else(|| in_headers(reading)))?
}

/// Whether the body names a wait after which it makes sense to come back.
pub(super) fn is_short(reading: &Reading<'_>) -> bool {
    in_body(reading).is_some_and(|wait| wait <= SHORT)
}

/// Google's `RetryInfo`, `retry_after` of several, `Please try again in 7.66s.`
fn in_body(reading: &Reading<'_>) -> Option<Duration> {
    let seconds = reading.case().numbers.wait?;
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero() && *wait <= WAIT_MAX)
}

fn in_headers(reading: &Reading<'_>) -> Option<Duration> {
    let answer = reading.answer;
    let of_limit = |remaining: &str, reset: &str| {
        let nothing_left = answer.header(remaining).is_some_and(|left| left.trim() == "0");
        nothing_left.then(|| duration(answer.header(reset)?)).flatten()
    };
    of_limit("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")
        .or_else(|| of_limit("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"))
        .or_else(|| {
            ["x-ratelimit-reset", "ratelimit-reset"].into_iter().find_map(|name| duration(answer.header(name)?))
        })
        .map(|wait| wait.min(RESET_MAX))
}

/// `1s`, `6m0s`, `120ms`, `7.66s`, and seconds alone; moments in time are not read, for this crate has no clock.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let amount: f64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        seconds += amount
            * match &rest[digits..digits + letters] {
                "ms" => 0.001,
                "s" | "" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &rest[digits + letters..];
    }
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero() && *wait <= WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_read_as_openai_writes_it() {
        for (text, ms) in
            [("1s", 1000), ("6m0s", 360_000), ("120ms", 120), ("7.66s", 7660), ("3", 3000), ("1h1s", 3_601_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "0", "soon", "1741305600000", "2026-01-01T00:00:00Z", "-1", "1..2", "é"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
