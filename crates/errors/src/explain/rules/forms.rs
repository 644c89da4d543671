//! What the form of names and headers tells where no word does: a model's tag, the publisher in a path, a challenge.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Ollama alone names models with a tag: `llama3.2:1b`.
    Rule::new("model_not_pulled", 6.7)
        .says(&["model|模型|modell|modelo|modèle|модел & not found|does not exist|no such|unknown|not available|not exist|can not find|could not find|不存在|未找到|找不到|nicht gefunden|introuvable|no encontrado & !access|deprecated"])
        .when(is_named_by_tag)
        .of_an_api(),
    Rule::new("model_wrong_provider", 6.9).when(is_under_another_publisher).of_an_api(),
    Rule::new("waf_blocked", 7.2).when(was_challenged),
    Rule::new("waf_blocked", 7.2).says(&["cf-mitigated challenge|cfmitigated challenge"]),
];

/// A model at fault has a name and a tag of sizes, as only Ollama names them, and no other vendor is spoken of.
fn is_named_by_tag(case: &Case) -> bool {
    const OTHERS: [&str; 8] = ["openrouter", "openai", "anthropic", "bedrock", "azure", "vertex", "together", "groq"];
    let is_tag = |tag: &str| {
        let size = tag.split(['-', '_']).next().unwrap_or_default();
        let number = size.strip_suffix('b').or_else(|| size.strip_suffix('m')).unwrap_or_default();
        tag == "latest"
            || tag == "cloud"
            || number.starts_with(|c: char| c.is_ascii_digit())
                && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'x'))
    };
    let is_tagged =
        |model: &String| model.split_once(':').is_some_and(|(name, tag)| name.len() > 1 && name != "ft" && is_tag(tag));
    case.models.first().is_some_and(is_tagged) && !OTHERS.iter().any(|other| case.is_about(other))
}

/// `publishers/google/models/claude-…`: the path of one publisher with the model of another.
fn is_under_another_publisher(case: &Case) -> bool {
    const MAKERS: [(&str, &str); 9] = [
        ("claude", "anthropic"),
        ("gemini", "google"),
        ("gemma", "google"),
        ("imagen", "google"),
        ("text-embedding-00", "google"),
        ("llama", "meta"),
        ("mistral", "mistralai"),
        ("codestral", "mistralai"),
        ("deepseek", "deepseek-ai"),
    ];
    let is_wrong = |path: &str| {
        if !path.contains("publishers/") {
            return false;
        }
        let Some((_, rest)) = path.split_once("publishers/") else { return false };
        let Some((publisher, rest)) = rest.split_once("/models/") else { return false };
        MAKERS.iter().any(|(start, maker)| {
            rest.starts_with(start) && publisher != *maker && !publisher.contains(char::is_whitespace)
        })
    };
    case.addresses.iter().any(|a| is_wrong(&a.path)) || case.sentences.iter().any(|s| is_wrong(&s.normal))
}

/// Cloudflare let nobody through without a test that only browsers pass, and says so in a header.
fn was_challenged(case: &Case) -> bool {
    case.headers.iter().any(|(name, value)| name == "cf-mitigated" && value.contains("challenge"))
}

#[cfg(test)]
mod tests;
