//! The catalogue as callers read it: a snapshot of every cause, and what must hold for all of them.
//!
//! `INSTA_UPDATE=always cargo test -p tollgate-errors` rewrites the snapshots, one file per family; read the change.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use tollgate_errors::{
    Cause, Diagnosis, Family, Retry, Show, annotate, catalog, classify_provider, headers, mask, render, stream_event,
};

const DOCS: &str = "https://gateway.example";

/// A plausible value for each fact that the catalogue names; a new fact must be added here.
fn sample(cause: &str, fact: &'static str) -> &'static str {
    match (cause, fact) {
        ("image_base64_invalid", "what") => "it has line breaks",
        ("image_too_large", "what") => "12 MB",
        ("messages_format_invalid", "expected") => "a string",
        ("messages_format_invalid", "got") => "null",
        ("role_unsupported", "got") => "human",
        ("role_unsupported", "likely") => "user",
        ("too_many_tools" | "max_tokens_too_large", "got") => "130",
        ("too_many_tools" | "max_tokens_too_large", "maximum") => "128",
        ("tool_schema_invalid" | "response_format_schema_invalid", "what") => "array schema missing items.",
        ("tool_schema_invalid", "name") => "get_weather",
        ("response_format_schema_invalid", "name") => "answer",
        ("responses_item_missing", "name") => "rs_1",
        ("auth_header_duplicate", "what") => "one header holds two, joined by a comma",
        ("key_empty", "what") => "arrived without a value",
        ("key_non_ascii", "what") => "U+2019, a curly apostrophe",
        ("key_quoted", "what") => "`\"`",
        ("key_whitespace", "where") => "a space at its start",
        ("admin_key_on_serving", "what") => "a session",
        ("admin_permission_missing", "fix") => "Sign in, or use an admin key that was made without scopes",
        ("key_expired", "fix") => "Use another admin key",
        ("org_mismatch", "own") => "org-demo",
        ("org_mismatch" | "project_mismatch", "what") => "what a variable without a value becomes",
        ("project_mismatch", "own") => "proj_demo",
        ("auth_header_malformed", "what") => "has no word Bearer",
        ("auth_scheme_basic", "what") => "its password looks like a key",
        ("body_incomplete" | "body_timeout", "got") => "1,200 bytes",
        ("body_incomplete", "expected") => "4,000 bytes",
        ("body_too_large" | "gateway_bodies_full", "limit") => "20 MiB",
        ("cloudflare_5xx", "status") => "524",
        ("content_policy", "what") => "violence",
        ("expectation_unsupported", "what") => "200-ok",
        ("framing_ambiguous", "what") => "Content-Length is given twice",
        ("head_too_large" | "uri_too_long", "limit") => "16 KiB",
        ("host_invalid", "what") => "given twice",
        ("http_malformed", "what") => "a header has no colon",
        ("image_invalid", "what") => "a web page",
        ("image_url_unreachable" | "image_needs_login", "what") => "the host answered 403",
        ("json_body_encoding", "what") => "0xe9 begins no character",
        ("json_body_invalid", "what") => "expected a comma",
        ("key_typo", "what") => "12 of its 56 characters are missing",
        ("key_invalid", "what") => "it does not begin with `sk-tg-`",
        ("param_out_of_range", "got") => "3",
        ("param_unknown", "likely") => "top_p",
        ("param_unknown", "origin") => "it is a parameter of Ollama",
        ("param_missing", "name") => "model",
        ("param_missing", "likely") => "mesages",
        ("content_type_wrong", "likely") => "as used for file uploads",
        ("json_body_invalid", "likely") => "there is a comma before the closing bracket",
        ("json_body_invalid", "unreadable") => "the number `1e999` is too large",
        ("method_not_allowed", "either") => "POST",
        ("endpoint_not_found", "fix") => "Use the client `OpenAI` instead of `AzureOpenAI`",
        ("param_missing", "fix") => "Set `model` to the name of a model",
        ("param_unknown", "fix") => "Send the body to /v1/responses",
        ("param_missing", "what") => "The field `model` is an empty text",
        ("json_body_encoding", "likely") => "it begins with a byte order mark",
        ("json_body_encoding", "fix") => "Write the file without a byte order mark",
        ("redirect_breaks_request", "status") => "307",
        ("region_unsupported", "allowed") => "`eu`",
        ("model_access_tier", "needs") => "3",
        (_, "fix") => "Remove the last comma",
        (_, "start") => "the API begins at /v1",
        ("temperature_unsupported", "got") => "0.2",
        ("waf_blocked", "status") => "403",
        (cause, "limit") if cause.contains("timeout") => "30 s",
        (_, fact) => sample_of_any(fact),
    }
}

fn sample_of_any(fact: &str) -> &'static str {
    match fact {
        "able" => "`gpt-4o` or `gpt-4.1-mini`",
        "allowed" => "POST",
        "call" => "call_1",
        "client" => "axios/1.7.2",
        "completion" => "4096",
        "content_type" => "text/plain",
        "count" => "2",
        "date" => "2026-10-31",
        "duration" => "12.5 s",
        "either" => "v1/chat/completions or v1/responses",
        "encoding" => "gzip",
        "endpoint" => "v1/embeddings",
        "expected" => "an integer",
        "got" => "a string",
        "first" => "`gpt-4o`",
        "granted" => "api.model.read",
        "has" => "tier 1",
        "header" => "x-api-key",
        "key" => "sk-tg-abcdefghijklmnopqrstuvwxyz0123",
        "kind" => "a web address",
        "likely" => "/v1/chat/completions",
        "limit" => "1000",
        "literal" => "undefined",
        "maximum" => "2",
        "method" => "GET",
        "minimum" => "0",
        "model" => "gpt-4o-mini",
        "name" => "api_key",
        "needs" => "'tools' are specified",
        "nearest" => "`gpt-4o` or `gpt-4.1-mini`",
        "organization" => "org-acme",
        "path" => "/v1/v1/chat/completions",
        "placeholder" => "YOUR_API_KEY",
        "position" => "17",
        "project" => "proj_demo",
        "prefix" => "the prefix `openai/` does not belong to the name",
        "prompt" => "5000",
        "provider" => "openai",
        "request" => "req_01a1fba57fd23a2376004b8125cc10ff",
        "requested" => "500",
        "response" => "resp_123",
        "retired" => "OpenAI has switched off its model of that name, on 2024-01-04",
        "rule" => "allow list (`gpt-4o*`) leaves it out",
        "scopes" => "api.model.request",
        "size" => "30 MiB",
        "status" => "418",
        "subject" => "this key",
        "successor" => "gpt-5-mini",
        "supported" => "'low' and 'high'",
        "served" => "`us-east-1`",
        "sold" => "Anthropic and Amazon Bedrock have a model of that name, which is not configured here",
        "until" => "2026-12-01T08:00:00Z",
        "usable" => "`gpt-4o` or `sandbox`",
        "url" => "https://img.example/cat.png",
        "used" => "900",
        "variable" => "${OPENAI_API_KEY}",
        "vendor" => "Anthropic",
        "version" => "HTTP/2.0",
        "what" => "the system's own words",
        "where" => "at its end",
        "account" => "your organization",
        "address" => "203.0.113.9",
        "tool" => "web_search",
        "fix" => "Choose another name",
        "id" => "proj_abc",
        "here" => "here",
        "holder" => "The server",
        "place" => "in the organization",
        "who" => "key_3fA0dLq9Zk1x",
        "why" => "another project of the organization is called so",
        other => panic!("no sample for the fact {other}"),
    }
}

fn with_samples(cause: &'static Cause) -> Diagnosis {
    let diagnosis =
        cause.facts().into_iter().fold(Diagnosis::new(cause), |d, name| d.fact(name, sample(cause.slug, name)));
    let named = [cause.wire.sentence, cause.explanation, cause.remedy].iter().any(|text| text.contains("{param}"));
    let diagnosis =
        if named && cause.wire.param.is_none() { diagnosis.param(sample_param(cause.slug)) } else { diagnosis };
    diagnosis.evidence("the first observation").evidence("another one")
}

fn sample_param(cause: &str) -> &'static str {
    match cause {
        "image_url_malformed" | "image_url_scheme" => "messages[0].content[1].image_url.url",
        "param_missing" => "messages",
        "param_invalid_type" => "max_completion_tokens",
        "param_out_of_range" => "top_p",
        "param_unsupported" => "reasoning_effort",
        "param_unknown" => "top_k",
        _ => "messages.[3].role",
    }
}

fn page(cause: &'static Cause) -> String {
    let mut out = format!("=== {}: {}\n", cause.slug, cause.title);
    let told = with_samples(cause);
    let error = render(&told, Show::Body, DOCS);
    let body: Value = serde_json::from_slice(&error.body).expect("an error is JSON");
    let _ = writeln!(out, "{} {}, retry {:?}", error.status, cause.party.name(), cause.retry);
    let without = if cause.without_status { ", or none" } else { "" };
    let _ = writeln!(out, "seen with {:?}{without}", cause.statuses);
    for (name, value) in &error.headers {
        let _ = writeln!(out, "{name}: {value}");
    }
    let _ = writeln!(out, "{}", serde_json::to_string_pretty(&body).expect("a value is JSON"));
    let _ = writeln!(out, "with no facts: {}", Diagnosis::new(cause).message(DOCS));
    for (head, lines) in [("reasons", cause.reasons), ("checks", cause.checks), ("remedies", cause.remedies)] {
        let _ = writeln!(out, "{head}:");
        lines.iter().for_each(|line| out.push_str(&format!("  - {line}\n")));
    }
    for snippet in cause.snippets {
        let _ = writeln!(out, "{}:\n{}", snippet.language.name(), indented(snippet.code));
    }
    let _ = writeln!(out, "repeating: {}\nrecognised: {}", cause.retry_advice, cause.recognised);
    let _ = writeln!(out, "example: {}\nrelated: {}\n", cause.example, cause.related.join(", "));
    out
}

fn indented(code: &str) -> String {
    code.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_cause_is_told_as_in_its_snapshot() {
    for family in Family::ALL {
        let causes = catalog::all().iter().filter(|cause| cause.family == family);
        let pages: String = causes.map(|cause| page(cause)).collect();

        assert!(!pages.is_empty(), "{family:?} has no cause");
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(family.name(), pages) });
    }
}

#[test]
fn the_manual_lists_every_cause_as_it_is() {
    let manual =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md")).expect("it is there");
    let listed: HashSet<(String, String)> = manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter(|(slug, _)| catalog::by_slug(slug).is_some())
        .map(|(slug, rest)| (slug.to_owned(), rest.to_owned()))
        .collect();

    for cause in catalog::all() {
        let retry = match cause.retry {
            Retry::No => "no",
            Retry::Yes => "yes",
            Retry::Depends => "depends",
        };
        let status = if cause.is_answered() { cause.wire.status.to_string() } else { "–".to_owned() };
        let (start, end) = (format!("{status} | {} | {retry} | ", cause.party.name()), format!(" | {} |", cause.title));
        let found =
            listed.iter().any(|(slug, row)| slug == cause.slug && row.starts_with(&start) && row.ends_with(&end));
        assert!(found, "docs/errors.md lacks: | `{}` | {start}…{end}", cause.slug);
    }
}

#[test]
fn no_snapshot_is_left_over() {
    let kept: HashSet<String> = Family::ALL.iter().map(|f| format!("catalog__{}.snap", f.name())).collect();
    for file in std::fs::read_dir("tests/snapshots").expect("the snapshots stand beside the test") {
        let name = file.expect("a folder can be read").file_name().to_string_lossy().into_owned();

        assert!(kept.contains(&name), "{name} belongs to no family");
    }
}

#[test]
fn slugs_are_unique_and_findable() {
    let mut seen = HashSet::new();
    for cause in catalog::all() {
        assert!(seen.insert(cause.slug), "{} is there twice", cause.slug);
        assert!(
            cause.slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
            "{}",
            cause.slug
        );
        assert!(std::ptr::eq(catalog::by_slug(cause.slug).expect("it is in the catalogue"), *cause));
    }
    assert_eq!(catalog::by_slug("no_such_cause"), None);
}

#[test]
fn a_related_cause_exists_and_is_another_one() {
    for cause in catalog::all() {
        for related in cause.related {
            assert!(catalog::by_slug(related).is_some(), "{} names {related}", cause.slug);
            assert_ne!(*related, cause.slug);
        }
        let once: HashSet<_> = cause.related.iter().collect();
        assert_eq!(once.len(), cause.related.len(), "{} names one twice", cause.slug);
        assert!(!once.is_empty(), "{} is related to none", cause.slug);
    }
}

#[test]
fn every_cause_says_why_how_to_check_and_what_to_do() {
    for cause in catalog::all() {
        for lines in [cause.reasons, cause.checks, cause.remedies] {
            assert!(!lines.is_empty(), "{}", cause.slug);
            for line in lines {
                assert!(line.len() > 8 && !line.ends_with('.'), "{}: {line}", cause.slug);
                assert!(!line.contains("[[") && unfilled(line).is_none(), "{}: {line}", cause.slug);
            }
        }
        for sentence in [cause.explanation, cause.remedy] {
            assert!(sentence.ends_with('.'), "{}: {sentence}", cause.slug);
            assert_eq!(sentence.matches(". ").count(), 0, "{}: more than one sentence: {sentence}", cause.slug);
        }
        assert!(!cause.title.ends_with('.'), "{}", cause.slug);
        assert!((400..=599).contains(&cause.wire.status), "{}", cause.slug);
    }
}

#[test]
fn every_cause_says_how_it_is_recognised_whether_to_repeat_and_has_an_example() {
    for cause in catalog::all() {
        for sentence in [cause.retry_advice, cause.recognised] {
            assert!(sentence.len() > 8 && sentence.ends_with('.'), "{}: {sentence}", cause.slug);
        }
        // What nothing is known of has no typical text.
        assert_eq!(cause.example.is_empty(), cause.slug == "unknown", "{}", cause.slug);
        // Four are about what a masked credential looks like: its quotation marks, the word in front of it.
        let shown = ["key_double_bearer", "key_quoted", "auth_scheme_basic", "gateway_key_invalid"];
        assert!(shown.contains(&cause.slug) || mask(cause.example) == cause.example, "{}", cause.slug);
    }
}

#[test]
fn advice_on_repeating_says_what_programs_are_told() {
    for cause in catalog::all() {
        let advice = cause.retry_advice.strip_prefix("Repeating it ").unwrap_or_else(|| panic!("{}", cause.slug));
        let first_something_else = ["helps only", "helps once"].iter().any(|start| advice.starts_with(start));
        let helps = advice.starts_with("helps") && !first_something_else;
        match cause.retry {
            Retry::Yes => assert!(helps || advice.starts_with("helps once"), "{}: {advice}", cause.slug),
            Retry::No => assert!(!helps, "{}: {advice}", cause.slug),
            Retry::Depends => {}
        }
    }
}

#[test]
fn code_takes_keys_from_the_environment_and_fits_on_a_page() {
    for cause in catalog::all() {
        let languages: HashSet<_> = cause.snippets.iter().map(|snippet| snippet.code).collect();
        assert_eq!(languages.len(), cause.snippets.len(), "{} has one twice", cause.slug);
        for snippet in cause.snippets {
            let literal = ["sk-", "Bearer ey", "AIza", "gsk_", "api_key=\"", "apiKey: '", "api-key: \"", "Bearer \""];
            assert!(!literal.iter().any(|key| snippet.code.contains(key)), "{}: {}", cause.slug, snippet.code);
            assert!(snippet.code.lines().all(|line| line.chars().count() <= 120), "{}: {}", cause.slug, snippet.code);
            assert!(!snippet.code.ends_with('\n') && !snippet.code.is_empty(), "{}", cause.slug);
        }
    }
}

#[test]
fn the_statuses_of_a_cause_have_our_own_among_them_or_no_server_tells_it() {
    for cause in catalog::all() {
        assert!(cause.is_answered() || cause.without_status, "{} is seen nowhere", cause.slug);
        assert!(!cause.is_answered() || cause.statuses.contains(&cause.wire.status), "{}", cause.slug);
        assert!(cause.is_answered() || cause.wire == catalog::wires::NOT_ANSWERED, "{}", cause.slug);
        assert!(cause.statuses.iter().all(|status| (200..600).contains(status)), "{}", cause.slug);
    }
}

#[test]
fn no_placeholder_leaks_with_or_without_facts() {
    for cause in catalog::all() {
        for told in [Diagnosis::new(cause), with_samples(cause)] {
            for show in [Show::Body, Show::Header, Show::Off] {
                let body = String::from_utf8(render(&told, show, DOCS).body).expect("JSON is UTF-8");

                assert_eq!(unfilled(&body), None, "{}: {body}", cause.slug);
                assert!(!body.contains("[[") && !body.contains("]]") && !body.contains("||"), "{}: {body}", cause.slug);
                let message = told.message(DOCS);
                assert!(!message.contains("  ") && !message.contains(" ."), "{}: {message}", cause.slug);
            }
        }
    }
}

/// The first `{name}` in `text`.
fn unfilled(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|rest| {
        let name = &rest[..rest.find('}')?];
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(name)
    })
}

#[test]
fn a_message_begins_with_openai_s_sentence_word_for_word() {
    let told = Diagnosis::new(&catalog::MODEL_NOT_FOUND).fact("model", "gpt-5-mimi").fact("nearest", "`gpt-5-mini`");

    assert_eq!(
        told.message(DOCS),
        "The model `gpt-5-mimi` does not exist or you do not have access to it. There is no model called `gpt-5-mimi` here; \
         perhaps you mean `gpt-5-mini`. Use a name from the list that GET /v1/models gives with the same key."
    );
    for cause in catalog::all() {
        let (sentence, message) = (Diagnosis::new(cause).sentence(DOCS), Diagnosis::new(cause).message(DOCS));
        let before_link = sentence.split(DOCS).next().unwrap_or_default();
        assert!(message.starts_with(before_link), "{message}");
    }
}

#[test]
fn another_form_of_openai_s_replaces_type_code_and_sentence() {
    let told = Diagnosis::new(&catalog::PARAM_MISSING).with_wire(catalog::wires::MODEL_MISSING).param("model");
    let body: Value = serde_json::from_slice(&render(&told, Show::Off, DOCS).body).expect("JSON");

    assert_eq!(body["error"]["message"], "you must provide a model parameter");
    assert_eq!(body["error"]["code"], Value::Null);
    assert_eq!(told.cause.slug, "param_missing");
}

#[test]
fn what_is_shown_follows_the_setting() {
    let told = Diagnosis::new(&catalog::KEY_EXPIRED).fact("date", "2026-10-31");
    let names = |show| render(&told, show, DOCS).headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let error = |show| -> Value { serde_json::from_slice(&render(&told, show, DOCS).body).expect("JSON") };

    assert_eq!(names(Show::Body), ["x-should-retry", "x-tollgate-cause", "link"]);
    assert_eq!(names(Show::Header), ["x-should-retry", "x-tollgate-cause", "link"]);
    assert_eq!(names(Show::Off), ["x-should-retry"]);
    assert_eq!(error(Show::Body)["error"]["diagnosis"]["cause"], "key_expired");
    assert_eq!(error(Show::Header)["error"].as_object().map(serde_json::Map::len), Some(4));
    assert!(error(Show::Header)["error"]["message"].as_str().is_some_and(|m| m.contains("expired on 2026-10-31")));
    assert!(!error(Show::Off).to_string().contains("expired"));
    assert_eq!(
        String::from_utf8(render(&Diagnosis::new(&catalog::SERVER_ERROR), Show::Off, DOCS).body).as_deref(),
        Ok("{\"error\":{\"message\":\"The server had an error while processing your request. Sorry about that!\",\
            \"type\":\"server_error\",\"param\":null,\"code\":null}}")
    );
}

#[test]
fn a_wait_is_told_as_it_is_and_one_that_nobody_waits_for_is_a_no() {
    let limited = Diagnosis::new(&catalog::RATE_LIMIT_REQUESTS);
    let header = |d: &Diagnosis, name| headers(d, DOCS).into_iter().find(|(n, _)| *n == name).map(|(_, value)| value);

    let short = limited.clone().retry_after(Duration::from_micros(1_200_300));
    assert_eq!(header(&short, "retry-after").as_deref(), Some("2"));
    assert_eq!(header(&short, "retry-after-ms").as_deref(), Some("1201"));
    assert_eq!(header(&short, "x-should-retry").as_deref(), Some("true"));

    let long = limited.clone().retry_after(Duration::from_secs(432));
    assert_eq!(header(&long, "retry-after").as_deref(), Some("432"));
    assert_eq!(header(&long, "retry-after-ms").as_deref(), Some("432000"));
    assert_eq!(header(&long, "x-should-retry").as_deref(), Some("false"));

    let endless = limited.clone().retry_after(Duration::MAX);
    assert_eq!(header(&endless, "retry-after").as_deref(), Some("31536000"));

    assert_eq!(header(&limited, "retry-after").as_deref(), Some("1"));
    assert_eq!(header(&Diagnosis::new(&catalog::INSUFFICIENT_QUOTA), "retry-after"), None);
}

#[test]
fn only_causes_that_leave_it_open_follow_the_status() {
    for cause in catalog::all() {
        let expected = match cause.retry {
            Retry::Yes => true,
            Retry::No => false,
            Retry::Depends => matches!(cause.wire.status, 408 | 409 | 429 | 500..),
        };
        assert_eq!(Diagnosis::new(cause).should_retry(), expected, "{}", cause.slug);
    }
}

#[test]
fn a_late_failure_is_the_last_event_of_its_api() {
    let told = Diagnosis::new(&catalog::STREAM_INTERRUPTED).fact("provider", "openai");
    let event = |sequence| String::from_utf8(stream_event(&told, Show::Body, DOCS, sequence)).expect("UTF-8");

    let chat = event(None);
    let data = chat.strip_prefix("data: ").and_then(|d| d.strip_suffix("\n\n")).expect("one event");
    let object: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(object["error"]["diagnosis"]["cause"], "stream_interrupted");
    assert!(!data.contains('\n'));

    let responses = event(Some(41));
    let data = responses.strip_prefix("event: error\ndata: ").and_then(|d| d.strip_suffix("\n\n")).expect("one event");
    let object: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(object["type"], "error");
    assert_eq!(object["sequence_number"], 41);
    assert!(object["message"].is_string() && object.get("code").is_some() && object.get("param").is_some());
}

#[test]
fn a_body_of_another_form_is_not_annotated() {
    let told = Diagnosis::new(&catalog::PARAM_UNKNOWN);
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"error":"text"}"#,
        r#"{"error":{"message":"x","type":"y","param":null}}"#,
        r#"{"error":{"message":"x","type":"y","param":null,"code":null}} trailing"#,
        r#"{"error":{"message":"x","type":"y","param":null,"code":null},"error":{}}"#,
        r#"{"detail":{"error":{"message":"x","type":"y","param":null,"code":null}}}"#,
    ] {
        assert_eq!(annotate(body.as_bytes(), &told, DOCS), None, "{body}");
    }
    assert_eq!(annotate(b"{\"error\":{\"message\":\"\xff\"}}", &told, DOCS), None);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!(r#"{{"error":{{"message":{deep},"type":"y","param":null,"code":null}}}}"#);
    let _ = annotate(body.as_bytes(), &told, DOCS);
}

/// Text that a hostile caller or provider may send.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\"\\\\{}\\[\\]|<>`' -~\u{202e}\u{200b}]{0,400}",
        "(\\{(key|model|docs)\\}|\\[\\[|\\]\\]|\\|\\||\r\n|\"|é|\u{7f}|\u{2028}){0,60}",
    ]
}

fn json(value: impl Into<Value>) -> String {
    value.into().to_string()
}

fn blank() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,3}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_facts_make_a_whole_error(
        at in any::<prop::sample::Index>(),
        value in hostile(),
        param in proptest::option::of(hostile()),
        evidence in proptest::collection::vec(hostile(), 0..6),
        wait in proptest::option::of(any::<Duration>()),
        base in hostile(),
        show in prop_oneof![Just(Show::Body), Just(Show::Header), Just(Show::Off)],
    ) {
        let cause = *at.get(catalog::all());
        let mut told = cause.facts().into_iter().fold(Diagnosis::new(cause), |d, name| d.fact(name, value.clone()));
        told = evidence.into_iter().fold(told, Diagnosis::evidence);
        if let Some(param) = param { told = told.param(param); }
        if let Some(wait) = wait { told = told.retry_after(wait); }

        let error = render(&told, show, &base);

        prop_assert!(error.body.iter().all(|b| !b.is_ascii_control()));
        let body: Value = serde_json::from_slice(&error.body).unwrap();
        let object = body["error"].as_object().unwrap();
        prop_assert!(object["message"].is_string() && object["type"].is_string());
        prop_assert!(object["param"].is_string() || object["param"].is_null());
        prop_assert!(object["code"].is_string() || object["code"].is_null());
        prop_assert_eq!(object.len(), if show == Show::Body { 5 } else { 4 });
        prop_assert!(!object["message"].as_str().unwrap().chars().any(char::is_control));
        let evidence: usize = told.evidence_lines().iter().map(String::len).sum();
        prop_assert!(evidence <= 1024 && told.evidence_text(100).len() <= 100);
        for (name, value) in &error.headers {
            prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}: {:?}", name, value);
        }
        let event = stream_event(&told, show, &base, wait.map(|w| w.as_secs()));
        prop_assert!(event.ends_with(b"\n\n") && !event[..event.len() - 2].windows(2).any(|w| w == b"\n\n"));
    }

    #[test]
    fn a_key_in_any_fact_is_masked(at in any::<prop::sample::Index>(), secret in "[0-9A-Za-z]{50}", around in "[ -~]{0,30}") {
        let cause = *at.get(catalog::all());
        let text = format!("{around} Authorization: Bearer sk-tg-{secret} {around}");
        let mut told = cause.facts().into_iter().fold(Diagnosis::new(cause), |d, name| d.fact(name, text.clone()));
        told = told.evidence(text.clone()).param(text.clone());

        let error = render(&told, Show::Body, DOCS);

        let body = String::from_utf8(error.body).unwrap();
        prop_assert!(!body.contains(&secret[2..46]) && !body.contains(&secret[10..40]), "{}", body);
        prop_assert!(!mask(&text).contains(&secret[10..40]));
    }

    #[test]
    fn annotating_adds_one_member_and_keeps_every_other_byte(
        b in proptest::collection::vec(blank(), 12),
        message in any::<String>(),
        before in proptest::option::of(any::<String>()),
        inner in proptest::option::of(any::<String>()),
        after in proptest::option::of(any::<String>()),
        code in proptest::option::of("[a-z_]{1,20}"),
    ) {
        let mut members = vec![
            format!("\"message\"{}:{}{}", b[0], b[1], json(message.as_str())),
            format!("\"type\":{}\"x\"", b[2]),
            format!("\"param\"{}:null", b[3]),
            format!("\"code\":{}", json(code)),
        ];
        if let Some(inner) = &inner {
            members.insert(1, format!("\"innererror\":{{\"error\":{{\"a\":{}}},\"n\":[1.50,2e3]}}", json(inner.as_str())));
        }
        let object = format!("{{{}{}{}}}", b[4], members.join(&format!("{},{}", b[5], b[6])), b[7]);
        let before = before.map(|t| format!("\"before\":{{\"error\":{}}},", json(t))).unwrap_or_default();
        let after = after.map(|t| format!(",\"after\":[{}]", json(t))).unwrap_or_default();
        let start = format!("{}{{{}{before}\"error\"{}:", b[8], b[9], b[10]);
        let body = format!("{start}{object}{after}}}{}", b[11]);
        let told = Diagnosis::new(&catalog::PARAM_UNKNOWN).evidence(message);

        let annotated = annotate(body.as_bytes(), &told, DOCS).expect("it has the four keys");

        let brace = start.len() + object.len() - 1;
        let added = annotated.len() - body.len();
        prop_assert_eq!(&annotated[..brace], &body.as_bytes()[..brace]);
        prop_assert_eq!(&annotated[brace + added..], &body.as_bytes()[brace..]);
        let mut value: Value = serde_json::from_slice(&annotated).unwrap();
        let member = value["error"].as_object_mut().unwrap().remove("diagnosis").unwrap();
        prop_assert_eq!(&member["cause"], "param_unknown");
        prop_assert_eq!(value, serde_json::from_str::<Value>(&body).unwrap());
        // In the place of a diagnosis that is there already.
        prop_assert_eq!(annotate(&annotated, &told, DOCS), Some(annotated));
    }

    #[test]
    fn no_bytes_make_annotating_panic(body in proptest::collection::vec(any::<u8>(), 0..200), text in hostile()) {
        let told = Diagnosis::new(classify_provider(400, "", &body));
        let _ = annotate(&body, &told, DOCS);
        let _ = annotate(text.as_bytes(), &told, &text);
    }
}
