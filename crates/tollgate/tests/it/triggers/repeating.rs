//! What an answer says of repeating it: header, wait and diagnosis agree with each other and with the catalogue.

use serde_json::{Value as Json, json};
use tollgate_errors::{Cause, RETRY_AFTER_MAX, Retry};

/// Fails where they do not. `retry` is the member of the diagnosis, `header` gives the answer's headers by name.
pub(super) fn check(about: &str, cause: &Cause, status: u16, retry: &Json, header: impl Fn(&str) -> Option<String>) {
    let number =
        |name: &str| header(name).map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{about}: {text}")));
    let (seconds, millis) = (number("retry-after"), number("retry-after-ms"));
    let repeats = match header("x-should-retry").as_deref() {
        Some("true") => true,
        Some("false") => false,
        other => panic!("{about}: x-should-retry is {other:?}"),
    };

    assert_eq!(*retry, json!(cause.retry.answer()), "{about}: the diagnosis says as the catalogue does");
    assert_eq!(seconds, millis.map(|millis| millis.div_ceil(1000)), "{about}: one wait in two units");
    let nobody_waits = millis.is_some_and(|millis| u128::from(millis) > RETRY_AFTER_MAX.as_millis());
    let by_status = matches!(status, 408 | 409 | 429 | 500..);
    let expected = cause.retry.answer().unwrap_or(by_status) && !nobody_waits;
    assert_eq!(repeats, expected, "{about}: {status}, wait {millis:?}, retry {retry}");
    // When a day's limit is given back is told, and nobody waits for it.
    let is_in_vain = cause.retry == Retry::No && millis.is_some() && !nobody_waits;
    assert!(!is_in_vain, "{about}: a wait of {millis:?} ms, and repeating does not help");
    assert!(!(repeats && matches!(status, 429 | 503)) || millis.is_some(), "{about}: {status} without a wait");
}
