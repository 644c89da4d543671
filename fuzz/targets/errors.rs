//! Errors: a provider's body is classified and annotated without a panic or a broken answer, and secrets are masked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tollgate_errors::{
    Diagnosis, Show, adopt, annotate, catalog, classify_provider, error_in_success, mask, render, stream_event,
};

const DOCS: &str = "http://127.0.0.1:4000";
const KEY: &str = "sk-tg-0123456789abcdefghijABCDEFGHIJKLMNOPQRSTUV";

fuzz_target!(|bytes: &[u8]| {
    let Some((&[a, b, cut], body)) = bytes.split_first_chunk() else { return };
    let status = u16::from_le_bytes([a, b]) % 600;
    let (head, tail) = body.split_at(usize::from(cut).min(body.len()));

    let kind = String::from_utf8_lossy(head);
    let cause = classify_provider(status, &kind, tail);
    let _ = classify_provider(status, "application/json", body);
    assert!(error_in_success(body).is_none_or(|found| (400..=599).contains(&found.status)));
    for show in [Show::Header, Show::Off] {
        let bare = adopt(body, &Diagnosis::new(cause), show, DOCS);
        let bare = bare.and_then(|bare| serde_json::from_slice::<Value>(&bare).ok());
        assert!(bare.is_none_or(|bare| bare["error"].get("diagnosis").is_none()));
    }

    let diagnosis = Diagnosis::new(cause).fact("model", kind.clone()).fact("key", kind.clone()).evidence(kind);
    annotated(body, &diagnosis);
    rendered(&diagnosis);
    masked(&String::from_utf8_lossy(head), &String::from_utf8_lossy(tail));
});

/// Annotated, a body is the same error object with our diagnosis, whether it had one or not.
fn annotated(body: &[u8], diagnosis: &Diagnosis) {
    let Some(out) = annotate(body, diagnosis, DOCS) else { return };
    // Numbers beyond a double's range are JSON that no tree can hold.
    let Ok(mut before) = serde_json::from_slice::<Value>(body) else { return };
    before.get_mut("error").and_then(Value::as_object_mut).expect("so it was").remove("diagnosis");
    let mut after: Value = serde_json::from_slice(&out).expect("an annotated body is JSON");
    let error = after.get_mut("error").and_then(Value::as_object_mut).expect("an annotated body is an error object");
    assert!(error.remove("diagnosis").is_some_and(|d| d.is_object()));
    assert_eq!(after, before);
}

/// Whatever the facts are, the answer is OpenAI's error object and its headers are header lines.
fn rendered(diagnosis: &Diagnosis) {
    for show in [Show::Body, Show::Header, Show::Off] {
        let answer = render(diagnosis, show, DOCS);
        let tree: Value = serde_json::from_slice(&answer.body).expect("an error of ours is JSON");
        let error = tree["error"].as_object().expect("in an object");
        assert!(["message", "type", "param", "code"].iter().all(|key| error.contains_key(*key)));
        assert_eq!(error.contains_key("diagnosis"), show == Show::Body);
        for (name, value) in &answer.headers {
            assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{name}: {value:?}");
        }
        let event = stream_event(diagnosis, show, DOCS, None);
        assert!(event.ends_with(b"\n\n") && event.iter().filter(|&&b| b == b'\n').count() == 2);
    }
    assert!(catalog::by_slug(diagnosis.cause.slug).is_some());
}

/// A key between any two texts is not printed; masking what is masked changes nothing.
fn masked(before: &str, after: &str) {
    let text = format!("{before} {KEY} {after}");
    let once = mask(&text);
    let secret = &KEY[8..KEY.len() - 4];
    let given = before.matches(secret).count() + after.matches(secret).count();
    if given == 0 {
        assert!(!once.contains(secret), "{once}");
    }
    assert_eq!(mask(&once), once, "masked twice is not masked once");
}
