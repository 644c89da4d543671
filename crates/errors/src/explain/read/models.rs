//! Finds names of models.
//!
//! In: a line. Out: models in the notes: those that a message quotes as such, and names of the known families.

use std::sync::LazyLock;

use memchr::memmem;

use super::notes::Notes;
use crate::explain::starts::{Needles, Starts};

/// How the names of large families begin, in lower case.
pub(super) const FAMILIES: [&str; 58] = [
    "gpt-",
    "chatgpt-",
    "o1-",
    "o3-",
    "o4-",
    "text-embedding-",
    "text-davinci",
    "code-davinci",
    "davinci-",
    "babbage-",
    "whisper-",
    "tts-1",
    "dall-e",
    "claude-",
    "gemini-",
    "gemma-",
    "gemma2",
    "gemma3",
    "gemma:",
    "text-bison",
    "chat-bison",
    "llama-",
    "llama2",
    "llama3",
    "meta-llama",
    "codellama",
    "mistral-",
    "mixtral-",
    "codestral",
    "ministral",
    "devstral",
    "pixtral",
    "deepseek-",
    "qwen",
    "qwq",
    "command-r",
    "embed-english",
    "embed-multilingual",
    "phi-",
    "phi3",
    "phi4",
    "glm-",
    "chatglm",
    "moonshot-",
    "kimi-",
    "grok-",
    "yi-",
    "sonar",
    "nova-",
    "titan-",
    "tinyllama",
    "starcoder",
    "vicuna",
    "wizardlm",
    "nomic-embed",
    "bge-",
    "ernie-",
    "gpt35",
];

/// Words before a model's name, in lower case.
const BEFORE: [&str; 14] = [
    "the model ",
    "the model: ",
    "model: ",
    "model ",
    "model= ",
    "model=",
    "model id ",
    "for model ",
    "deployment ",
    "engine ",
    "model name: ",
    "modelid=",
    "model group=",
    "--model ",
];

static STARTS: LazyLock<Starts> = LazyLock::new(|| Starts::new(&FAMILIES));
static MARKS: LazyLock<Needles> = LazyLock::new(|| Needles::new(BEFORE.into_iter()));

/// Notes the models in a line.
pub(super) fn in_text(text: &str, depth: u8, notes: &mut Notes) {
    let lower = text.to_ascii_lowercase();
    let is_told = MARKS.first(&lower, |_| true).is_some();
    for before in BEFORE.into_iter().filter(|_| is_told) {
        for at in memmem::find_iter(lower.as_bytes(), before).take(4) {
            if at > 0 && lower.as_bytes()[at - 1].is_ascii_alphanumeric() {
                continue;
            }
            announced(&text[at + before.len()..], depth, notes);
        }
    }
    for word in lower.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.:/@".contains(c))) {
        if is_known(word) {
            notes.model(depth, trimmed(word));
        }
    }
}

/// A name behind one of [`BEFORE`]: in quotation marks, or of a form that no word of prose has.
fn announced(rest: &str, depth: u8, notes: &mut Notes) {
    let quoted = rest.strip_prefix(['`', '\'', '"']);
    let name = quoted.unwrap_or(rest);
    let end = name.find(|c: char| c.is_whitespace() || "`'\",;)}".contains(c)).unwrap_or(name.len());
    let name = trimmed(&name[..end]);
    let formed = name.len() > 2 && name.bytes().any(|b| b.is_ascii_digit() || b"-/:".contains(&b));
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/@".contains(&b));
    if plain && !name.is_empty() && name.len() < 120 && (quoted.is_some() || formed) && !name.contains("://") {
        notes.model(depth, name);
    }
}

/// Whether a word in lower case is the name of a model of a known family, also behind its vendor's.
pub(super) fn is_known(word: &str) -> bool {
    if matches!(word, "o1" | "o3") {
        return true;
    }
    if word.len() < 3 || word.len() > 120 || word.contains("://") || word.starts_with('/') {
        return false;
    }
    let name = word.strip_prefix("ft:").unwrap_or(word);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = if name.contains("anthropic.") { name.rsplit("anthropic.").next().unwrap_or(name) } else { name };
    let mut family = None;
    STARTS.at(name.as_bytes(), |number, _| {
        family = Some(FAMILIES[number]);
        true
    });
    let named = family.is_some_and(|family| {
        let rest = &name[family.len()..];
        // `chatgpt-web` and `gemini-cli` are programs.
        rest.bytes().any(|b| b.is_ascii_digit()) || family.ends_with(|c: char| c.is_ascii_digit()) || is_variant(rest)
    });
    named && !name.contains(".js") && !name.ends_with(".py") && !name.contains("--")
}

fn is_variant(rest: &str) -> bool {
    [
        "chat", "reasoner", "coder", "pro", "flash", "opus", "sonnet", "haiku", "large", "small", "medium", "latest",
        "mini",
    ]
    .iter()
    .any(|variant| rest.starts_with(variant))
}

fn trimmed(word: &str) -> &str {
    word.trim_end_matches(['.', ':', '/', '-', '_']).trim_start_matches(['.', ':', '-', '_'])
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn the_model_that_a_message_names_is_found() {
        for (text, model) in [
            ("The model `gpt-9` does not exist", "gpt-9"),
            ("model 'tinyllama' not found, try pulling it first", "tinyllama"),
            ("The model: `curie:ft-uoft-2022` does not exist", "curie:ft-uoft-2022"),
            ("{\"error\":{\"message\":\"model: claude-3.5-sonnet\"}}", "claude-3.5-sonnet"),
            ("You passed model= MaziyarPanahi/WizardLM-2-7B-GGUF\n", "maziyarpanahi/wizardlm-2-7b-gguf"),
            ("models/gemini-1.5-pro is not found for API version v1", "models/gemini-1.5-pro"),
            ("--model o1 --api-key x", "o1"),
        ] {
            assert_eq!(case_of(text).models.first().map(String::as_str), Some(model), "{text}");
        }
    }

    #[test]
    fn programs_and_prose_are_not_models() {
        let text = "chatgpt-web and gemini-cli: the model is not found in the model viewer";

        assert_eq!(case_of(text).models, Vec::<String>::new());
    }
}
