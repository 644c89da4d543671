//! Finds parameters that a message names: `messages.1.content.0.type: …`, `Invalid 'tools[1].function.name'`.
//!
//! In: a line. Out: parameters in the notes, as they were written.

use memchr::memmem;

use super::notes::Notes;

/// Words before a quoted name that is a parameter, in lower case, without blanks at their ends.
const BEFORE: [&str; 30] = [
    "parameter",
    "parameter:",
    "parameters:",
    "argument",
    "argument supplied:",
    "arguments supplied:",
    "invalid",
    "value for",
    "value:",
    "field",
    "field:",
    "property",
    "use",
    "using",
    "for",
    "supported:",
    "unsupported",
    "input:",
    "parameter(s):",
    "missing",
    "missing required",
    "type for",
    "invalid value for",
    "name",
    "fields:",
    "key",
    "remove",
    "instead of",
    "permitted:",
    "arguments:",
];
/// Parameters of the APIs; they count wherever they are quoted.
pub(super) const KNOWN: [&str; 54] = [
    "model",
    "messages",
    "input",
    "prompt",
    "temperature",
    "top_p",
    "top_k",
    "n",
    "stream",
    "stop",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "user",
    "seed",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "response_format",
    "parallel_tool_calls",
    "stream_options",
    "reasoning_effort",
    "reasoning",
    "reasoning.effort",
    "reasoning.summary",
    "service_tier",
    "store",
    "metadata",
    "dimensions",
    "encoding_format",
    "thinking",
    "budget_tokens",
    "system",
    "stop_sequences",
    "best_of",
    "echo",
    "suffix",
    "file",
    "image",
    "size",
    "quality",
    "voice",
    "instructions",
    "previous_response_id",
    "text.format",
    "include",
    "num_ctx",
    "verbosity",
];

/// Notes the parameters in a line.
pub(super) fn in_text(text: &str, notes: &mut Notes) {
    at_start(text, notes);
    quoted(text, notes);
    for announced in [
        "argument supplied: ",
        "not supported on this model: ",
        "not supported by this model: ",
        "not supported for this model: ",
    ] {
        if let Some((_, rest)) = text.split_once(announced)
            && is_name(first_word(rest))
        {
            notes.param(first_word(rest));
        }
    }
}

/// `messages.1.content.0.type: Expected`, `tools.0.custom.name: String should`, `max_tokens: 6000 >`.
fn at_start(text: &str, notes: &mut Notes) {
    let start = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    for at in memmem::find_iter(start.as_bytes(), ": ").take(4) {
        let name = start[..at].rsplit([' ', '"', '\'', '`', '(']).next().unwrap_or("");
        if is_path(name) {
            notes.param(name);
        }
    }
}

fn is_path(name: &str) -> bool {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.[]-*".contains(&b));
    let root = name.split(['.', '[']).next().unwrap_or("");
    plain
        && (KNOWN.contains(&root)
            || matches!(root, "tools" | "GenerateContentRequest" | "generationConfig" | "contents")
                && name.len() > root.len())
}

/// Names in quotation marks behind the words that announce them, or that are parameters of the APIs.
fn quoted(text: &str, notes: &mut Notes) {
    let mut rest = text;
    let mut before = "";
    for _ in 0..24 {
        let Some(open) = rest.find(['\'', '`', '"']) else { return };
        let mark = rest.as_bytes()[open];
        let inner = &rest[open + 1..];
        let Some(close) = inner.bytes().take(120).position(|b| b == mark) else {
            rest = inner;
            continue;
        };
        let (name, lead) = (&inner[..close], &rest[..open]);
        let lead = if lead.trim().is_empty() { before } else { lead };
        if is_name(name) && (is_path(name) || announced(lead)) {
            notes.param(name);
        }
        before = lead;
        // An apostrophe opens nothing.
        let apostrophe = mark == b'\'' && lead.ends_with(|c: char| c.is_alphanumeric());
        rest = if apostrophe { inner } else { &inner[close + 1..] };
    }
}

/// Whether a parameter that was noted is one of the APIs'.
pub(super) fn is_known(param: &str) -> bool {
    const COMMON: [&str; 10] = ["input", "n", "user", "file", "image", "size", "store", "include", "system", "quality"];
    is_path(param) && !COMMON.contains(&param)
}

fn is_name(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.len() <= 80
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.[]-$".contains(&b))
}

fn announced(lead: &str) -> bool {
    let start = lead.floor_char_boundary(lead.len().saturating_sub(40));
    let lead = lead[start..].trim_end().to_ascii_lowercase();
    BEFORE.iter().any(|word| lead.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric())))
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'')).unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn a_parameter_is_found_where_a_message_names_it() {
        for (text, param) in [
            ("messages.1.content.0.type: Expected `thinking`, but found `text`", "messages.1.content.0.type"),
            ("400 Invalid 'tools[1].function.name': string does not match pattern", "tools[1].function.name"),
            ("Unsupported parameter: 'max_tokens' is not supported with this model.", "max_tokens"),
            ("Unknown parameter: 'input[32].status'.", "input[32].status"),
            ("Unrecognized request argument supplied: reasoning_effort", "reasoning_effort"),
            ("Unsupported value: 'temperature' does not support 0.1", "temperature"),
            ("max_tokens: 200000 > 8192, which is the maximum", "max_tokens"),
            ("Invalid value for 'content': expected a string, got null.", "content"),
            ("messages: text content blocks must be non-empty", "messages"),
            ("{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"Input should be a valid list\"}]}", "input"),
        ] {
            assert_eq!(case_of(text).params.first().map(String::as_str), Some(param), "{text}");
        }
    }

    #[test]
    fn quoted_values_are_not_parameters() {
        assert_eq!(case_of("The model 'gpt-9' does not exist, it's the user's").params, Vec::<String>::new());
    }
}
