//! What the failed answers of providers come to: cause, evidence, remedy and the bytes that a caller gets.

use std::fmt::Write as _;
use std::time::Duration;

use insta::{assert_snapshot, with_settings};
use proptest::prelude::*;
use tollgate_errors::{
    Answer, Diagnosis, Party, Show, TELLING_HEADERS, adopt, catalog, classify_answer, classify_event, render,
};

const DOCS: &str = "http://gateway.example";

/// One answer of `answers/*.txt`.
struct Sent<'t> {
    name: &'t str,
    status: u16,
    content_type: &'t str,
    headers: Vec<(&'static str, String)>,
    body: &'t str,
}

impl<'t> Sent<'t> {
    fn read(text: &'t str) -> Self {
        let (head, body) = text.split_once("\n\n").expect("an empty line before the body");
        let mut lines = head.lines();
        let name = lines.next().expect("a name");
        let value = |wanted: &str| {
            head.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| *name == wanted).map(|(_, v)| v)
        };
        assert!(value("from").is_some(), "{name} has no source");
        let headers = TELLING_HEADERS.into_iter().filter_map(|name| Some((name, value(name)?.to_owned()))).collect();
        let status = value("status").and_then(|status| status.parse().ok()).expect("a status");
        let body = body.strip_suffix('\n').unwrap_or(body);
        Self { name, status, content_type: value("content-type").unwrap_or(""), headers, body }
    }

    fn told(&self) -> String {
        let found = classify_answer(&Answer {
            status: self.status,
            content_type: self.content_type,
            headers: &self.headers,
            host: "",
            body: self.body.as_bytes(),
        });
        let told = found.tell(Diagnosis::new(found.cause).with_status(self.status).fact("provider", "acme"));
        let mut out = format!("# {}\n{} → {} ({})", self.name, self.status, found.cause.slug, found.cause.party.name());
        for line in told.evidence_lines() {
            let _ = write!(out, "\n: {line}");
        }
        if let Some(wait) = found.wait {
            let _ = write!(out, "\n: the wait is {wait:?}");
        }
        let _ = write!(out, "\n= {}", told.remedy(DOCS));
        if found.cause == &catalog::UPSTREAM_CREDENTIAL_REJECTED {
            return out;
        }
        let bytes = adopt(self.body.as_bytes(), &told, Show::Off, DOCS);
        let bytes = bytes.unwrap_or_else(|| render(&told, Show::Off, DOCS).body);
        let same =
            if bytes == self.body.as_bytes() { "the same bytes".into() } else { String::from_utf8_lossy(&bytes) };
        let _ = write!(out, "\n> {same}");
        out
    }
}

fn sent(file: &str) -> Vec<Sent<'_>> {
    file.split("=== ").skip(1).map(Sent::read).collect()
}

fn told(file: &str) -> String {
    sent(file).iter().map(Sent::told).collect::<Vec<_>>().join("\n\n")
}

macro_rules! files {
    ($($name:ident),*) => {
        const FILES: &[&str] = &[$(include_str!(concat!("answers/", stringify!($name), ".txt"))),*];

        $(
            #[test]
            fn $name() {
                let told = told(include_str!(concat!("answers/", stringify!($name), ".txt")));
                with_settings!({ omit_expression => true, snapshot_path => "answers", prepend_module_to_snapshot => false }, {
                    assert_snapshot!(stringify!($name), told);
                });
            }
        )*
    };
}

files!(openai, azure, anthropic, google, bedrock, vendors, routers, local, between);

/// Nothing that a provider says of our credential, and no secret in any text, reaches a caller.
#[test]
fn no_secret_is_told() {
    for sent in FILES.iter().flat_map(|file| sent(file)) {
        let told = sent.told();

        assert!(!told.contains("wxyz") && !told.contains("ghijklmnop"), "{told}");
    }
}

#[test]
fn a_limit_or_an_account_is_never_the_callers() {
    for sent in FILES.iter().flat_map(|file| sent(file)).filter(|sent| matches!(sent.status, 401..=403 | 429)) {
        let found = classify_answer(&Answer {
            status: sent.status,
            content_type: sent.content_type,
            headers: &sent.headers,
            body: sent.body.as_bytes(),
            ..Answer::default()
        });

        assert_ne!(found.cause.party, Party::Caller, "{}", sent.name);
    }
}

#[test]
fn an_error_in_a_stream_has_the_cause_that_it_names() {
    for (event, cause) in [
        (r#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#, "provider_overloaded"),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "provider_overloaded"),
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"Rate limit reached","param":null,"sequence_number":3}"#,
            "upstream_rate_limited",
        ),
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"m"}}}"#,
            "upstream_rate_limited",
        ),
        (
            r#"{"error":{"message":"maximum context length","code":"context_length_exceeded"}}"#,
            "context_length_exceeded",
        ),
        (
            r#"{"id":"g","choices":[{"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":"Provider disconnected"}}"#,
            "bad_gateway",
        ),
        (
            r#"{"error":"an error was encountered while running the model: CUDA error: out of memory"}"#,
            "local_backend_crashed",
        ),
        (r#"{"error":{"message":"The server had an error"}}"#, "server_error"),
        ("", "server_error"),
    ] {
        let found = classify_event(&Answer { status: 200, body: event.as_bytes(), ..Answer::default() });

        assert_eq!(found.cause.slug, cause, "{event}");
    }
}

#[test]
fn a_wait_is_taken_from_wherever_it_stands() {
    let of = |headers: &[(&'static str, &str)], body: &str| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        classify_answer(&Answer { status: 429, headers: &headers, body: body.as_bytes(), ..Answer::default() }).wait
    };
    let none_left = [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s")];

    assert_eq!(of(&none_left, "{}"), Some(Duration::from_secs(60)), "a limit per minute is free again by then");
    assert_eq!(of(&[("x-ratelimit-remaining-tokens", "9"), none_left[1]], "{}"), None);
    assert_eq!(of(&[("x-ratelimit-reset", "3")], "{}"), Some(Duration::from_secs(3)));
    assert_eq!(of(&[], r#"{"error":{"details":[{"retryDelay":"34s"}]}}"#), Some(Duration::from_secs(34)));
    assert_eq!(of(&[], r#"{"error":{"message":"Please try again in 1.5s."}}"#), Some(Duration::from_millis(1500)));
}

/// Sizes and shapes that somebody could send to keep a serving thread busy; the bound is far above what they take.
#[test]
fn hostile_bodies_take_a_bounded_time() {
    let size = 10 << 20;
    for body in ["<", "{", "[", r#"{"a":"#, "\"", "sk-a ", "<script ", "\u{e9}", "4 ", "error: 400\n", "\0"] {
        let body = body.repeat(size / body.len());
        let started = std::time::Instant::now();

        let found = classify_answer(&Answer { status: 400, body: body.as_bytes(), ..Answer::default() });
        let told = found.tell(Diagnosis::new(found.cause));
        let bytes = adopt(body.as_bytes(), &told, Show::Body, DOCS).unwrap_or_default();

        assert!(bytes.len() < 16 << 10, "{} bytes", bytes.len());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?} of {:?}", &body[..8], started.elapsed());
    }
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(
        status in 100u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..300),
        json in r#"[\[{]{0,3}("(error|code|type|message|detail|details|metadata|raw|innererror|diagnosis)":?|[\[\]{},:]|null|429|"x"|"4s"|\\){0,16}"#,
        text in r#"(<[a-z!/]{0,6}>?|error|code|[0-9.]{1,4}|tokens|limit|key|sk-|é|\n| ){0,40}"#,
    ) {
        for body in [body.as_slice(), json.as_bytes(), text.as_bytes()] {
            let headers = [("x-ratelimit-reset", text.clone()), ("server", text.clone())];
            let answer = Answer { status, content_type: "text/html", headers: &headers, host: &text, body };
            let found = classify_answer(&answer);
            let _ = classify_event(&answer);
            let told = found.tell(Diagnosis::new(found.cause));
            let _ = adopt(body, &told, Show::Body, DOCS);
        }
    }
}
