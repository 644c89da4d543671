//! Completions, embeddings and moderations: prompts that are tokens, limits, log probabilities.

use super::*;

const CL100K: Vocabulary = Vocabulary::Cl100k;
const INSTRUCT: &str = "gpt-3.5-turbo-instruct";

fn completion(body: &Value) -> Value {
    good(Operation::Completions, INSTRUCT, body)
}

fn embedding(input: &Value) -> Value {
    let body = json!({ "input": input, "dimensions": 64 });
    good(Operation::Embeddings, "text-embedding-3-small", &body)
}

#[test]
fn token_prompts_are_echoed_as_their_text() {
    let text = "Say this is a test: 日本";

    let reply = completion(&json!({ "prompt": CL100K.encode(text), "echo": true, "max_tokens": 3 }));

    assert!(reply["choices"][0]["text"].as_str().is_some_and(|said| said.starts_with(text)));
    assert_eq!(reply["usage"]["prompt_tokens"], CL100K.count(text));
    assert_eq!(reply["usage"]["completion_tokens"], 3);
}

#[test]
fn token_inputs_have_the_vectors_of_their_texts() {
    let texts = ["Hello, world!", "naïve 🏽"];
    let ids: Vec<Vec<u32>> = texts.iter().map(|text| CL100K.encode(text)).collect();

    assert_eq!(embedding(&json!(texts)), embedding(&json!(ids)));
    assert_eq!(embedding(&json!(texts[0]))["data"], embedding(&json!(ids[0]))["data"]);
    assert_eq!(embedding(&json!(texts))["usage"]["prompt_tokens"], ids.concat().len());
}

#[test]
fn numbers_that_are_no_tokens_are_refused() {
    let prompt = json!({ "prompt": [1, 200_000] });
    let input = json!({ "input": [[1], [-1]] });

    assert_snapshot!(refusal_of(Operation::Completions, INSTRUCT, &prompt), @"400 Invalid token in prompt: 200000. Minimum value is 0, maximum value is 100276 (inclusive). [null null]");
    assert_snapshot!(refusal_of(Operation::Embeddings, "text-embedding-3-small", &input), @"400 Invalid token in input: -1. Minimum value is 0, maximum value is 100276 (inclusive). [null null]");
}

#[test]
fn log_probabilities_have_an_entry_for_each_token_and_know_its_place() {
    let body = json!({ "prompt": "日本 is", "echo": true, "logprobs": 2, "max_tokens": 12 });
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);

    let whole = completion(&body);
    let choice = &whole["choices"][0];
    let logprobs = &choice["logprobs"];
    let list = |name: &str| logprobs[name].as_array().cloned().unwrap_or_default();
    let characters: Vec<char> = choice["text"].as_str().expect("text").chars().collect();

    let count = CL100K.count("日本 is") + 12;
    for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
        assert_eq!(list(name).len(), count, "{name}");
    }
    for (token, offset) in list("tokens").iter().zip(list("text_offset")) {
        let token = token.as_str().expect("a token");
        if !token.starts_with("\\x") {
            let at = offset.as_u64().expect("a place") as usize;
            assert_eq!(characters[at..at + token.chars().count()].iter().collect::<String>(), token);
        }
    }
    let parts: Vec<Value> = events(&ask(Operation::Completions, INSTRUCT, &streamed))
        .iter()
        .filter_map(|event| event["choices"][0]["logprobs"]["tokens"].as_array().cloned())
        .flatten()
        .collect();
    assert_eq!(list("tokens"), parts);
}

#[test]
fn best_of_suffix_and_seed_are_heeded() {
    let bad = json!({ "prompt": "a", "n": 3, "best_of": 2 });
    let text = |body: Value| completion(&body)["choices"][0]["text"].as_str().unwrap_or_default().to_owned();

    assert_snapshot!(refusal_of(Operation::Completions, INSTRUCT, &bad), @"400 You requested that the server return more choices than it will generate (HINT: you must set 'n' (currently 3) to be at most 'best_of' (currently 2), or omit either parameter if you don't specifically want to use them.) [best_of null]");
    assert_snapshot!(text(json!({ "prompt": "Once", "suffix": "the end.", "max_tokens": 60 })), @"
    You wrote: “Once”. It is to lead to “the end.”. This is the sandbox, and a model would go on from here.
    ");
    assert_eq!(text(json!({ "prompt": "a", "seed": 3 })), text(json!({ "prompt": "a", "seed": 3 })));
}

#[test]
fn all_inputs_together_have_a_limit() {
    let input = vec!["word ".repeat(8000); 40];

    assert_snapshot!(refusal_of(Operation::Embeddings, "text-embedding-3-small", &json!({ "input": input })), @"400 Requested 320040 tokens, max 300000 tokens per request [null max_tokens_per_request]");
}

#[test]
fn moderated_images_are_looked_at() {
    let body = |url: &str| json!({ "input": [{ "type": "image_url", "image_url": { "url": url } }] });

    assert_snapshot!(refusal(Operation::Moderations, &body("data:image/png;base64,aGVsbG8=")), @"400 You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']. [null invalid_image_format]");
    let reply = good(Operation::Moderations, "omni-moderation-latest", &body("https://example.com/a.png"));
    assert_eq!(reply["results"][0]["category_applied_input_types"]["violence"], json!(["image"]));
}
