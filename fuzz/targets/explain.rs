//! Whatever is pasted is explained: without a panic, the same way each time, with nothing unmasked in what is shown.
//!
//! The input is a text, and behind its first NUL a context in JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_errors::{Context, explain, mask};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (text, context) = text.split_once('\0').unwrap_or((&text, "{}"));
    let context: Context = serde_json::from_str(context).unwrap_or_default();

    let found = explain(text, &context);

    assert!((0.0..=1.0).contains(&found.confidence), "{}", found.confidence);
    assert!(found.alternatives.len() <= 5);
    for shown in &found.evidence {
        assert_eq!(mask(shown), *shown);
    }
    assert_eq!(explain(text, &context).to_json(), found.to_json());
});
