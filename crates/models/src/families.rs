//! Rules of families of models that the table does not have: which parameters a model refuses, which window it shares.
//!
//! In: what the table says of a model. Out: the same, completed. Sources are the vendors' own references as of November
//! 2026: OpenAI's guides to reasoning, to GPT-5 and to deprecated parameters, Azure's page on reasoning models, the
//! compatibility pages of xAI, Groq and Cerebras. What a vendor ignores in silence is not refused.

use crate::capabilities::{Capabilities, Dimensions, Sampling, Support};
use crate::spelling::canonical;
use crate::table::Mode;
use crate::vendor::Vendor;

/// What OpenAI's reasoning models take with the default value only, beside `temperature`.
const SAMPLING: &[&str] = &["top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias"];
/// The same of those that do not stop at a word either.
const SAMPLING_AND_STOP: &[&str] =
    &["top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias", "stop"];

/// Models that read text alone, by the beginnings of their names: no server can show them an image.
const TEXT_ONLY: [&str; 18] = [
    "gpt-oss",
    "deepseek-v3",
    "deepseek-r1",
    "deepseek-chat",
    "deepseek-reasoner",
    "deepseek-coder",
    "llama-3-1",
    "llama-3-3",
    "meta-llama-3-",
    "llama3-8b",
    "llama3-70b",
    "mixtral",
    "mistral-7b",
    "qwen2-5-coder",
    "qwen3-coder",
    "qwq",
    "codestral",
    "kimi-k2-instruct",
];
/// Embedding models whose vectors have one length.
const FIXED_VECTORS: [&str; 8] =
    ["text-embedding-ada-002", "mistral-embed", "bge-", "e5-", "gte-", "all-minilm", "titan-embed-text-v1", "embed-v3"];

/// Adds what is known of the model's family.
pub(crate) fn apply(c: &mut Capabilities, vendor: Option<Vendor>, name: &str) {
    let plain = canonical(name);
    if c.mode == Mode::Embedding {
        c.dimensions = dimensions(&plain);
        c.strict_names = vendor.is_none_or(Vendor::speaks_as_openai) && plain.starts_with("text-embedding-");
        return;
    }
    if TEXT_ONLY.iter().any(|family| plain.starts_with(family)) && c.vision == Support::Unlisted {
        c.vision = Support::No;
    }
    match vendor {
        None | Some(Vendor::OpenAi | Vendor::Azure | Vendor::AzureAi) => openai(c, &plain),
        Some(Vendor::Xai) if c.reasoning == Support::Yes && plain.starts_with("grok-4") => {
            c.refused = &["presence_penalty", "frequency_penalty", "stop"];
        }
        Some(Vendor::Groq) => c.refused = &["logprobs", "top_logprobs", "logit_bias"],
        Some(Vendor::Cerebras) => c.refused = &["presence_penalty", "frequency_penalty", "logit_bias"],
        Some(_) => {}
    }
}

fn dimensions(plain: &str) -> Dimensions {
    match plain {
        "text-embedding-3-large" => Dimensions::UpTo(3072),
        "text-embedding-3-small" => Dimensions::UpTo(1536),
        plain if FIXED_VECTORS.iter().any(|family| plain.starts_with(family)) => Dimensions::Fixed,
        _ => Dimensions::Unlisted,
    }
}

/// OpenAI's own, at OpenAI or Azure or behind a server of one's own.
fn openai(c: &mut Capabilities, plain: &str) {
    let older = ["gpt-3-5-", "gpt-4", "davinci-", "babbage-"].iter().any(|family| plain.starts_with(family));
    let series_o = ["o1", "o3", "o4"].iter().any(|series| is_series(plain, series));
    c.strict_names = older || series_o || plain.starts_with("gpt-5") || plain.starts_with("gpt-6");
    if older {
        return of_the_older(c, plain);
    }
    if series_o {
        return series(c, plain);
    }
    if plain.starts_with("gpt-5-chat") {
        // It is listed as one that reasons, and does not.
        (c.reasoning, c.max_tokens, c.sampling) = (Support::No, Support::Yes, Sampling::Free);
        c.context = Some(128_000);
    } else if is_reasoning_gpt(plain) {
        c.reasoning = Support::Yes;
        c.max_tokens = Support::No;
        (c.sampling, c.refused) = match plain {
            // Their own pages do not say.
            plain if plain.ends_with("-chat") => (Sampling::Unlisted, &[] as &[_]),
            // `stop` is refused in so many words (reported of these three since 2025-08); of GPT-5.1 and later, reports
            // contradict each other.
            "gpt-5" | "gpt-5-mini" | "gpt-5-nano" => (Sampling::Fixed, SAMPLING_AND_STOP),
            "gpt-5-pro" | "gpt-5-codex" => (Sampling::Fixed, SAMPLING),
            _ => (Sampling::WithoutReasoning, SAMPLING),
        };
    }
}

/// GPT-5 and later, but for those made for search.
fn is_reasoning_gpt(plain: &str) -> bool {
    ["gpt-5", "gpt-6"].iter().any(|series| is_series(plain, series)) && !plain.contains("-search")
}

/// `o1`, `o1-pro`; not `o100`.
fn is_series(plain: &str, series: &str) -> bool {
    plain.strip_prefix(series).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// GPT-3.5 to GPT-4.1: prompt and answer share one window.
fn of_the_older(c: &mut Capabilities, plain: &str) {
    if plain.contains("-search") || plain.contains("realtime") || plain.contains("transcribe") {
        return;
    }
    (c.reasoning, c.max_tokens, c.sampling) = (Support::No, Support::Yes, Sampling::Free);
    match plain {
        // The table has 4,096; OpenAI's page has the whole window.
        "gpt-4" | "gpt-4-0613" => c.max_output = Some(8192),
        "davinci-002" | "babbage-002" => c.max_output = Some(16_384),
        // 8,192 in the table, 4,097 in OpenAI's own refusals.
        "gpt-3-5-turbo-instruct" => c.max_input = Some(4097),
        _ => {}
    }
    c.context = c.max_input;
}

/// The o-series.
fn series(c: &mut Capabilities, plain: &str) {
    (c.reasoning, c.max_tokens, c.sampling) = (Support::Yes, Support::No, Sampling::Fixed);
    c.parallel_tools = Support::No;
    c.refused = if is_series(plain, "o1") { SAMPLING } else { SAMPLING_AND_STOP };
    c.context = c.max_input;
    if ["o1-mini", "o1-preview"].contains(&plain) {
        (c.tools, c.vision, c.json_schema, c.system) = (Support::No, Support::No, Support::No, Support::No);
    }
}
