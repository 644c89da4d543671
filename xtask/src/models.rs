//! Writes the table of models that `crates/models` embeds.
//!
//! In: the path of a file of model facts (JSON: `as_of`, `origin`, `models`). Out: `crates/models/table.tsv`, one line per
//! vendor and name. Rows that differ by region, commitment or image size only become one; prices stay outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, ensure};
use serde_json::Value as Json;

const TABLE: &str = "crates/models/table.tsv";

/// Letters of `supports`, as the table has them.
const FEATURES: [(&str, char); 9] = [
    ("function_calling", 'T'),
    ("parallel_function_calling", 'P'),
    ("vision", 'V'),
    ("response_schema", 'J'),
    ("reasoning", 'R'),
    ("system_messages", 'S'),
    ("audio_input", 'A'),
    ("audio_output", 'O'),
    ("pdf_input", 'F'),
];

/// Letters of `endpoints`.
const ENDPOINTS: [(&str, char); 6] = [
    ("/v1/chat/completions", 'c'),
    ("/v1/responses", 'r'),
    ("/v1/completions", 'l'),
    ("/v1/embeddings", 'e'),
    ("/v1/batch", 'b'),
    ("/v1/realtime", 't'),
];

/// One line of the table.
#[derive(Default)]
struct Row {
    mode: &'static str,
    numbers: [Option<u64>; 3],
    shutdown: String,
    features: BTreeSet<char>,
    endpoints: BTreeSet<char>,
    regions: BTreeSet<String>,
}

/// Reads the file at `path` and writes the table.
pub(crate) fn run(path: Option<String>) -> anyhow::Result<()> {
    let path = path.context("usage: cargo xtask models FILE")?;
    let facts: Json = serde_json::from_slice(&fs::read(&path).with_context(|| path.clone())?)?;
    let models = facts["models"].as_array().context("no list of models in it")?;
    let mut rows: BTreeMap<(&str, String), Row> = BTreeMap::new();
    for model in models {
        let (Some(id), Some(provider)) = (model["id"].as_str(), model["provider"].as_str()) else { continue };
        let (Some(vendor), Some(mode)) = (vendor(provider), model["mode"].as_str().and_then(mode)) else { continue };
        let Some((name, region)) = name(id, vendor) else { continue };
        let row = rows.entry((vendor, name)).or_default();
        row.take(model, mode);
        row.regions.extend(region);
    }
    ensure!(rows.len() > 1000, "only {} models in it", rows.len());
    let text = table(&facts, &rows);
    fs::write(TABLE, &text)?;
    println!("{TABLE}: {} rows of {} models, {} bytes", rows.len(), models.len(), text.len());
    Ok(())
}

impl Row {
    /// Adds what another line says of the same model: the larger limit, the later date, every ability.
    fn take(&mut self, model: &Json, mode: &'static str) {
        self.mode = mode;
        for (mine, member) in self.numbers.iter_mut().zip(["max_input_tokens", "max_output_tokens", "dimensions"]) {
            *mine = (*mine).max(model[member].as_u64());
        }
        let shutdown = model["shutdown_date"].as_str().unwrap_or("");
        if shutdown > self.shutdown.as_str() {
            shutdown.clone_into(&mut self.shutdown);
        }
        self.features.extend(letters(&model["supports"], &FEATURES));
        self.endpoints.extend(letters(&model["endpoints"], &ENDPOINTS));
    }
}

fn letters(words: &Json, known: &[(&str, char)]) -> Vec<char> {
    let words: Vec<&str> = words.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    known.iter().filter(|(word, _)| words.contains(word)).map(|(_, letter)| *letter).collect()
}

fn table(facts: &Json, rows: &BTreeMap<(&str, String), Row>) -> String {
    let word = |name: &str| facts[name].as_str().unwrap_or("");
    let mut text = format!(
        "# Written by `cargo xtask models FILE`; do not edit. As of {}. From {}; see LICENSE beside it.\n\
         # vendor, name, mode, input tokens, output tokens, dimensions, shut down on, abilities, endpoints, regions\n",
        word("as_of"),
        word("origin")
    );
    for (&(vendor, ref name), row) in rows {
        let [input, output, dimensions] = row.numbers.map(|n| n.map(|n| n.to_string()).unwrap_or_default());
        let (features, endpoints): (String, String) = (row.features.iter().collect(), row.endpoints.iter().collect());
        let regions = row.regions.iter().cloned().collect::<Vec<_>>().join(",");
        let numbers = [input, output, dimensions].join("\t");
        let fields = [vendor, name, row.mode, &numbers, &row.shutdown, &features, &endpoints, &regions];
        let _ = writeln!(text, "{}", fields.join("\t").trim_end_matches('\t'));
    }
    text
}

fn vendor(provider: &str) -> Option<&'static str> {
    Some(match provider {
        "openai" | "text-completion-openai" => "openai",
        "azure" => "azure",
        "azure_ai" => "azure_ai",
        "bedrock" | "bedrock_converse" => "bedrock",
        "vertex_ai" | "vertex_ai-language-models" => "vertex_ai",
        "gemini" => "gemini",
        "anthropic" => "anthropic",
        "cohere" | "cohere_chat" => "cohere",
        "cerebras" => "cerebras",
        "dashscope" => "dashscope",
        "deepseek" => "deepseek",
        "fireworks_ai" => "fireworks_ai",
        "groq" => "groq",
        "hyperbolic" => "hyperbolic",
        "jina_ai" => "jina_ai",
        "mistral" => "mistral",
        "moonshot" => "moonshot",
        "nvidia_nim" => "nvidia_nim",
        "ollama" => "ollama",
        "perplexity" => "perplexity",
        "sambanova" => "sambanova",
        "together_ai" => "together_ai",
        "voyage" => "voyage",
        "xai" => "xai",
        _ => return None,
    })
}

fn mode(word: &str) -> Option<&'static str> {
    Some(match word {
        "chat" => "chat",
        "responses" => "responses",
        "completion" => "completion",
        "embedding" => "embedding",
        "moderation" => "moderation",
        "image_generation" | "image_edit" => "image",
        "audio_speech" | "audio_transcription" => "audio",
        "realtime" => "realtime",
        "rerank" => "rerank",
        "video_generation" => "video",
        _ => return None,
    })
}

/// The name that the vendor's own API takes, and the region that the line is about; nothing for lines that are a tier of
/// prices and no model.
fn name(id: &str, vendor: &str) -> Option<(String, Option<String>)> {
    let mut parts: Vec<&str> = id.split('/').collect();
    if parts.iter().any(|part| is_tier(part)) {
        return None;
    }
    let own = [vendor, "bedrock", "azure", "cohere", "vertex_ai", "openai"];
    // OpenRouter-like vendors have makers before a slash, OpenAI's among them: only the vendor's own word goes.
    if parts.len() > 1 && (parts[0] == vendor || (parts[0] != "openai" && own.contains(&parts[0]))) {
        parts.remove(0);
    }
    let mut region = None;
    if parts.len() > 1 && matches!(vendor, "bedrock" | "azure") {
        region = Some(parts.remove(0).to_owned()).filter(|region| is_region(region));
    }
    let name = parts.join("/");
    if vendor == "bedrock"
        && let Some((first, rest)) = name.split_once('.')
        && is_region(first)
    {
        return Some((rest.to_owned(), Some(first.to_owned())));
    }
    // Fireworks lists most models twice: with and without the account's path.
    let name = name.strip_prefix("accounts/fireworks/models/").unwrap_or(&name).to_owned();
    (!name.is_empty()).then_some((name, region))
}

/// `us`, or a region's whole name such as `us-east-1`.
fn is_region(word: &str) -> bool {
    ["us", "eu", "apac", "global", "jp", "au", "ca", "us-gov"].contains(&word)
        || (word.matches('-').count() >= 2 && word.ends_with(|c: char| c.is_ascii_digit()))
}

fn is_tier(part: &str) -> bool {
    let size =
        |part: &str| part.split_once("-x-").is_some_and(|(wide, _)| wide.parse::<u32>().is_ok() || wide == "max");
    let parameters = |part: &str| {
        (part.starts_with("fireworks-ai-") || part.starts_with("together-ai-")) && !part.contains("instruct")
    };
    size(part)
        || parameters(part)
        || ["low", "medium", "high", "hd", "standard", "auto", "*", "container", "guardrails"].contains(&part)
        || part.ends_with("-commitment")
        || part.ends_with("-steps")
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_line_gives_the_name_that_the_vendor_takes() {
        for (id, vendor, expected) in [
            ("azure/eu/gpt-5.1", "azure", Some(("gpt-5.1", Some("eu")))),
            ("bedrock/us-east-1/anthropic.claude-v2:1", "bedrock", Some(("anthropic.claude-v2:1", Some("us-east-1")))),
            ("us.anthropic.claude-v2:1", "bedrock", Some(("anthropic.claude-v2:1", Some("us")))),
            ("groq/openai/gpt-oss-20b", "groq", Some(("openai/gpt-oss-20b", None))),
            ("fireworks_ai/accounts/fireworks/models/glm-5p1", "fireworks_ai", Some(("glm-5p1", None))),
            ("1024-x-1024/dall-e-3", "openai", None),
            ("bedrock/*/1-month-commitment/cohere.command-text-v14", "bedrock", None),
        ] {
            let found = name(id, vendor);

            assert_eq!(found.as_ref().map(|(name, region)| (name.as_str(), region.as_deref())), expected, "{id}");
        }
    }
}
