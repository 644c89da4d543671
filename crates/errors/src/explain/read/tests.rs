//! Whole pastes, read.

use proptest::prelude::*;

use super::*;

/// The case of a text without anything beside it.
pub(super) fn case_of(text: &str) -> Case {
    case(text, &Context::default())
}

#[test]
fn a_wrapped_error_gives_the_innermost_message_first() {
    let text = r#"litellm.APIError: APIError: OpenrouterException - {"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"message\":\"Rate limit reached for model x: Limit 6000, Requested 12328\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}"}}}"#;

    let case = case_of(text);

    assert!(case.sentences[0].text.starts_with("Rate limit reached"), "{:?}", case.sentences[0]);
    assert_eq!(case.codes[0], "tokens");
    assert!(case.code_is(&["rate_limit_exceeded"]));
    assert_eq!(case.statuses, [429]);
    assert!(case.is_about("openrouter") && case.is_about("litellm"));
    assert_eq!((case.numbers.limit, case.numbers.requested), (Some(6000.0), Some(12328.0)));
}

#[test]
fn an_object_that_every_line_of_a_log_breaks_is_read_whole() {
    let text = "web-1  | 2026-05-04T10:11:12.123Z ERROR [worker-3] request failed: {\n\
                web-1  | 2026-05-04T10:11:12.124Z ERROR [worker-3]   \"error\": {\n\
                web-1  | 2026-05-04T10:11:12.125Z ERROR [worker-3]     \"message\": \"You exceeded your current quota\",\n\
                web-1  | 2026-05-04T10:11:12.126Z ERROR [worker-3]     \"code\": \"insufficient_quota\"\n\
                web-1  | 2026-05-04T10:11:12.127Z ERROR [worker-3]   }\n\
                web-1  | 2026-05-04T10:11:12.128Z ERROR [worker-3] }";

    let case = case_of(text);

    assert_eq!(case.sentences[0].text, "You exceeded your current quota");
    assert_eq!(case.codes, ["insufficient_quota"]);
}

#[test]
fn what_keys_echo_in_commands_is_judged_as_a_shell_would_send_it() {
    let double = case_of(r#"curl https://api.openai.com/v1/models -H "Authorization: Bearer $OPENAI_API_KEY""#);
    let single = case_of("curl https://api.openai.com/v1/models -H 'Authorization: Bearer $OPENAI_API_KEY'");

    assert!(double.keys.is_empty(), "{:?}", double.keys);
    assert_eq!(single.keys[0].shown, "$OPENAI_API_KEY");
}

#[test]
fn the_answer_s_headers_are_read_where_a_library_prints_them() {
    let case = case_of(
        "Status: 401 (PermissionDenied)\nErrorCode: 401\n\nContent:\n{\"error\":{\"code\":\"401\",\"message\":\"Access denied\"}}\n\nHeaders:\napim-request-id: REDACTED\nretry-after: 20\n\nDone: no",
    );

    assert!(case.is_about("azure"));
    assert_eq!(case.numbers.wait, Some(20.0));
    assert!(case.sentences.iter().any(|s| s.text == "Done: no"));
}

/// Texts that would cost an unbounded reader much.
fn hostile(megabytes: usize) -> Vec<String> {
    let units = [
        "{",
        "{\"a\":",
        "[{\"error\":[",
        "{\\\"error\\\":\\\"",
        "<",
        "<html><p>",
        "\"",
        "'",
        "\\",
        "│ x",
        "> > ",
        "[",
        "(",
        "https://a/",
        "Bearer ",
        "api key provided: ",
        "host='",
        "error(",
        "a: b: c: ",
        "model ",
        " 401 ",
        "Error: ",
        "\u{1b}[",
        "&quot;",
        "\n",
        " ",
        "e",
        "é",
        "😀 ",
        "{'a': '",
        "at x (",
        "code=1,",
        "{a{a{a",
        "\u{fffc}",
    ];
    units.iter().map(|unit| unit.repeat(megabytes * 1_000_000 / unit.len())).collect()
}

#[test]
fn five_megabytes_of_anything_are_read_in_bounded_work() {
    for text in hostile(5) {
        let start = std::time::Instant::now();
        let case = case_of(&text);

        // A tenth of a second without optimisation; a quadratic reader would need hours.
        let took = start.elapsed();
        let shown = &text[..text.floor_char_boundary(20)];
        assert!(case.sentences.len() <= 600 && took < std::time::Duration::from_secs(20), "{shown}: {took:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\{|\\}|\\[|\"|'|\\\\|\\\\\"|: |, |\n|\"error\"|message|code|<html>|<|>|│|╭|─|Bearer |sk-|\\*\\*\\*|HTTP/1.1 401|429|é|😀|\u{1b}\\[|[ -~]){0,120}") {
        let _ = case_of(&text);
    }
}

#[test]
fn a_sentence_in_place_of_a_parameters_name_is_the_message() {
    let case = case_of(r#"{"error":{"message":"Bad","param":"temperature must be at most two here","code":"400"}}"#);

    assert!(case.sentences.iter().any(|s| s.text == "temperature must be at most two here"));
    assert!(case.params.iter().all(|param| !param.contains(' ')), "{:?}", case.params);
}

#[test]
fn what_was_sent_is_not_what_was_said() {
    let case = case_of(
        "- body: {\"model\": \"gpt-4o\", \"messages\": [{\"role\": \"user\", \"content\": \"invalid key?\"}], \"stream\": true}\nNot found",
    );

    assert!(case.sentences.iter().all(|s| !s.text.contains("invalid key")), "{:?}", case.sentences);
    assert_eq!(case.models, ["gpt-4o"]);
    assert!(case.request_body.contains("\"stream\":true"), "{}", case.request_body);
}
