//! The names that a request body may have at its top level, and where other names come from.
//!
//! In: an operation and a name. Out: whether OpenAI knows it there (its specification of 2026-11, its SDKs and its own
//! clients), the nearest one that it knows, and what is known of names of other servers and other endpoints.

use tollgate_core::operation::Operation;
use tollgate_errors::nearest;

const CHAT: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];
const COMPLETIONS: &[&str] = &[
    "best_of",
    "echo",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "model",
    "n",
    "presence_penalty",
    "prompt",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "top_p",
    "user",
];
const EMBEDDINGS: &[&str] = &["dimensions", "encoding_format", "input", "model", "user"];
const MODERATIONS: &[&str] = &["input", "model"];
/// The counting of tokens takes whatever a response takes, and one more, which stands first.
const INPUT_TOKENS: &[&str] = &[
    "personality",
    "access_programs",
    "background",
    "background_options",
    // In neither specification nor SDK; OpenAI's own Codex CLI sends it with every request.
    "client_metadata",
    "context_management",
    "conversation",
    "image",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];
const RESPONSES: &[&str] = INPUT_TOKENS.split_at(1).1;

/// What OpenAI knows at the top level of a body; nothing where an operation has no body.
#[must_use]
pub fn parameters(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::ChatCompletions => CHAT,
        Operation::Completions => COMPLETIONS,
        Operation::Embeddings => EMBEDDINGS,
        Operation::Moderations => MODERATIONS,
        Operation::Responses => RESPONSES,
        Operation::InputTokens => INPUT_TOKENS,
        _ => &[],
    }
}

/// The parameter that `name` was likely meant to be.
#[must_use]
pub fn likely(operation: Operation, name: &str) -> Option<&'static str> {
    let renamed = match (operation, name) {
        (Operation::ChatCompletions, "max_output_tokens" | "max_new_tokens" | "maxOutputTokens") => {
            "max_completion_tokens"
        }
        (Operation::ChatCompletions, "input" | "prompt") => "messages",
        (Operation::ChatCompletions, "reasoning") => "reasoning_effort",
        (Operation::ChatCompletions, "text" | "format") => "response_format",
        (Operation::ChatCompletions | Operation::Completions, "stop_sequences" | "stopSequences") => "stop",
        (Operation::Completions, "messages" | "input") => "prompt",
        (Operation::Responses, "messages") => "input",
        (Operation::Responses, "max_tokens" | "max_completion_tokens") => "max_output_tokens",
        (Operation::Responses, "response_format") => "text.format",
        (Operation::Responses, "reasoning_effort") => "reasoning.effort",
        (Operation::Responses, "verbosity") => "text.verbosity",
        (Operation::Responses, "system") => "instructions",
        (Operation::Embeddings | Operation::Moderations, "text" | "texts" | "inputs" | "prompt") => "input",
        _ => return nearest(name, parameters(operation).iter().copied()),
    };
    Some(renamed)
}

/// Where a name that OpenAI does not know comes from, as a clause.
#[must_use]
pub fn origin(name: &str) -> Option<&'static str> {
    Some(match name {
        "top_k" => "it is a parameter of Anthropic, Google, Ollama and vLLM",
        "min_p"
        | "repetition_penalty"
        | "length_penalty"
        | "use_beam_search"
        | "ignore_eos"
        | "skip_special_tokens" => "it is a parameter of vLLM and similar servers",
        "guided_json" | "guided_regex" | "guided_choice" | "chat_template" | "chat_template_kwargs" => {
            "it is a parameter of vLLM"
        }
        "num_ctx" | "num_predict" | "num_keep" | "keep_alive" | "options" | "mirostat" => "it is a parameter of Ollama",
        "enable_thinking" | "thinking_budget" | "enable_search" => "it is a parameter of Alibaba Cloud (Qwen)",
        "thinking" | "system" | "anthropic_version" => "it is a parameter of Anthropic",
        "generationConfig" | "safetySettings" | "contents" => "it is a parameter of Google",
        "max_new_tokens" | "do_sample" | "return_full_text" | "inputs" => "it is a parameter of Hugging Face",
        "provider" | "transforms" | "route" | "models" => "it is a parameter of OpenRouter",
        "api_base" | "custom_llm_provider" | "num_retries" | "fallbacks" | "drop_params" => {
            "it is an argument of LiteLLM and not of the request"
        }
        "extra_body" => "its members belong to the top level of the body, where the SDK puts them",
        "extra_headers" | "extra_query" | "timeout" | "max_retries" | "base_url" | "organization" | "project" => {
            "it is an argument of the SDK and not of the request"
        }
        "api_key" | "apiKey" | "headers" | "Authorization" => "it belongs in the headers",
        "engine" | "deployment_id" | "api_version" => "it is an argument of older SDKs for Azure",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_specification_or_the_sdk_has_is_known() {
        let mut operation = None;
        let published = include_str!("parameters/published.txt").lines().filter(|line| !line.starts_with('#'));
        for line in published {
            match line.trim_start() {
                path if path.starts_with('/') => operation = Some(named(path)),
                name => {
                    let operation = operation.expect("a path stands before its names");
                    assert!(parameters(operation).contains(&name), "{operation:?} does not know {name}");
                }
            }
        }
        assert_eq!(operation, Some(Operation::Moderations));
    }

    fn named(path: &str) -> Operation {
        match path {
            "/chat/completions" => Operation::ChatCompletions,
            "/completions" => Operation::Completions,
            "/embeddings" => Operation::Embeddings,
            "/moderations" => Operation::Moderations,
            "/responses" => Operation::Responses,
            "/responses/input_tokens" => Operation::InputTokens,
            other => panic!("{other} is not among the operations with a body"),
        }
    }

    #[test]
    fn what_one_endpoint_alone_has_is_unknown_to_the_next() {
        assert!(parameters(Operation::InputTokens).contains(&"personality"));
        assert!(!parameters(Operation::Responses).contains(&"personality"));
        assert!(parameters(Operation::Responses).contains(&"client_metadata"));
    }

    #[test]
    fn names_of_other_endpoints_and_slips_lead_to_the_right_one() {
        for (operation, name, expected) in [
            (Operation::ChatCompletions, "temprature", Some("temperature")),
            (Operation::ChatCompletions, "maxTokens", Some("max_tokens")),
            (Operation::ChatCompletions, "max_output_tokens", Some("max_completion_tokens")),
            (Operation::Responses, "messages", Some("input")),
            (Operation::Responses, "response_format", Some("text.format")),
            (Operation::Embeddings, "text", Some("input")),
            (Operation::ChatCompletions, "num_ctx", None),
        ] {
            assert_eq!(likely(operation, name), expected, "{name}");
        }
        assert!(origin("num_ctx").is_some_and(|o| o.contains("Ollama")));
        assert_eq!(origin("temperature"), None);
    }
}
