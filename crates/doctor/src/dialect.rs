//! How a vendor is spoken to: paths, headers, bodies, and where in an answer the text is.
//!
//! In: a base URL, a key, a model. Out: [`Call`]s. OpenAI's API reference, Azure's (data plane), Anthropic's and Google's
//! of 2026-11. Every body is as small as the dialect takes it.

use serde_json::{Value as Json, json};
use url::Url;

use crate::call::Call;
use crate::question::Need;

/// Azure's last version of its dated API that every region serves; a `base_url` with `/openai/v1` needs none.
pub(crate) const AZURE_VERSION: &str = "2024-10-21";
/// What Anthropic's API asks every request to name.
const ANTHROPIC_VERSION: &str = "2023-06-01";
/// Enough for a stream to have pieces.
const STREAMED_TOKENS: u32 = 24;
/// Models that reason refuse less.
const LEAST_REASONING: u32 = 16;
/// One red pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// How a vendor is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's API, or one compatible with it.
    OpenAi,
    /// Azure's, with a deployment in the path and `api-version`.
    Azure,
    /// Anthropic's Messages.
    Anthropic,
    /// Google's Gemini.
    Gemini,
}

/// What a completion is to be like.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    /// In pieces.
    pub(crate) streamed: bool,
    /// Under `max_completion_tokens`, for models that refuse `max_tokens`.
    pub(crate) reasons: bool,
    /// With something that asks for an ability.
    pub(crate) need: Option<Need>,
}

impl Dialect {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Azure => "azure",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    /// The header that carries the key, and the key as it stands there.
    pub(crate) fn header(self, key: &str) -> (&'static str, String) {
        match self {
            Self::OpenAi => ("authorization", format!("Bearer {key}")),
            Self::Azure => ("api-key", key.to_owned()),
            Self::Anthropic => ("x-api-key", key.to_owned()),
            Self::Gemini => ("x-goog-api-key", key.to_owned()),
        }
    }

    /// A request for the list of models, without a key.
    pub(crate) fn models(self, base: &Url, version: &str) -> Call {
        let call = match self {
            Self::OpenAi => Call::get(below(base, "models")),
            Self::Azure if is_v1(base) => Call::get(below(base, "models")),
            Self::Azure => Call::get(with_version(below(base, "openai/models"), version)),
            Self::Anthropic => Call::get(below(base, &anthropic(base, "models"))),
            Self::Gemini => Call::get(below(base, "models")),
        };
        self.usual(call)
    }

    /// A request for a completion, without a key.
    pub(crate) fn completion(self, base: &Url, version: &str, model: &str, wanted: Wanted) -> Call {
        let (url, body) = match self {
            Self::OpenAi => (below(base, "chat/completions"), chat(Some(model), wanted)),
            Self::Azure if is_v1(base) => (below(base, "chat/completions"), chat(Some(model), wanted)),
            Self::Azure => {
                let path = format!("openai/deployments/{}/chat/completions", encoded(model));
                (with_version(below(base, &path), version), chat(None, wanted))
            }
            Self::Anthropic => (below(base, &anthropic(base, "messages")), messages(model, wanted)),
            Self::Gemini if wanted.streamed => {
                let mut url = below(base, &format!("models/{}:streamGenerateContent", encoded(bare(model))));
                url.set_query(Some("alt=sse"));
                (url, contents(wanted))
            }
            Self::Gemini => {
                (below(base, &format!("models/{}:generateContent", encoded(bare(model)))), contents(wanted))
            }
        };
        self.usual(Call::post(url, body.to_string()))
    }

    fn usual(self, call: Call) -> Call {
        match self {
            Self::Anthropic => call.header("anthropic-version", ANTHROPIC_VERSION),
            _ => call,
        }
    }

    /// The names in a list of models; `None` where it is not one.
    pub(crate) fn names(self, list: &Json) -> Option<Vec<String>> {
        let (rows, name) = match self {
            Self::Gemini => (list["models"].as_array(), "name"),
            _ => (list["data"].as_array().or_else(|| list.as_array()), "id"),
        };
        let names = rows?.iter().filter_map(|row| row[name].as_str()).map(|name| bare(name).to_owned());
        Some(names.collect())
    }

    /// Whether an answer has the shape of a completion.
    pub(crate) fn is_completion(self, answer: &Json) -> bool {
        match self {
            Self::OpenAi | Self::Azure => answer["choices"].is_array(),
            Self::Anthropic => answer["content"].is_array(),
            Self::Gemini => answer["candidates"].is_array() || answer["usageMetadata"].is_object(),
        }
    }

    /// Tokens of prompt and answer, as the provider counts them.
    pub(crate) fn tokens(self, answer: &Json) -> (u64, u64) {
        let (usage, input, output) = match self {
            Self::OpenAi | Self::Azure => (&answer["usage"], "prompt_tokens", "completion_tokens"),
            Self::Anthropic => (&answer["usage"], "input_tokens", "output_tokens"),
            Self::Gemini => (&answer["usageMetadata"], "promptTokenCount", "candidatesTokenCount"),
        };
        (usage[input].as_u64().unwrap_or(0), usage[output].as_u64().unwrap_or(0))
    }
}

/// A path behind the base URL's own.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

fn with_version(mut url: Url, version: &str) -> Url {
    url.set_query(Some(&format!("api-version={version}")));
    url
}

/// Azure's newer form, which is OpenAI's with another header.
fn is_v1(base: &Url) -> bool {
    base.path().trim_end_matches('/').ends_with("/v1")
}

/// Its SDK's base URL has no version in it; other tools' have.
fn anthropic(base: &Url, path: &str) -> String {
    if is_v1(base) { path.to_owned() } else { format!("v1/{path}") }
}

/// `models/gemini-2.5-flash` is listed, and asked for with and without its folder.
fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

/// As a segment of a path.
fn encoded(text: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:".contains(&b);
    text.bytes().map(|b| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn prompt(wanted: Wanted) -> &'static str {
    match wanted.streamed {
        true => "Count from 1 to 9.",
        false => "Hi",
    }
}

fn most(wanted: Wanted) -> u32 {
    match wanted {
        Wanted { streamed: true, .. } => STREAMED_TOKENS,
        Wanted { reasons: true, .. } => LEAST_REASONING,
        _ => 1,
    }
}

fn chat(model: Option<&str>, wanted: Wanted) -> Json {
    let content = match wanted.need {
        Some(Need::Vision) => json!([
            { "type": "text", "text": "Hi" },
            { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{PIXEL}") } },
        ]),
        _ => prompt(wanted).into(),
    };
    let mut body = json!({ "messages": [{ "role": "user", "content": content }] });
    if let Some(model) = model {
        body["model"] = model.into();
    }
    body[if wanted.reasons { "max_completion_tokens" } else { "max_tokens" }] = most(wanted).into();
    if wanted.streamed {
        body["stream"] = true.into();
    }
    match wanted.need {
        Some(Need::Tools) => {
            body["tools"] = json!([{ "type": "function", "function": {
                "name": "now", "description": "the time", "parameters": { "type": "object", "properties": {} },
            } }]);
        }
        Some(Need::JsonSchema) => {
            body["response_format"] = json!({ "type": "json_schema", "json_schema": { "name": "a", "strict": true, "schema": {
                "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false,
            } } });
        }
        _ => {}
    }
    body
}

fn messages(model: &str, wanted: Wanted) -> Json {
    let content = match wanted.need {
        Some(Need::Vision) => json!([
            { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": PIXEL } },
            { "type": "text", "text": "Hi" },
        ]),
        _ => prompt(wanted).into(),
    };
    let mut body =
        json!({ "model": model, "max_tokens": most(wanted), "messages": [{ "role": "user", "content": content }] });
    if wanted.streamed {
        body["stream"] = true.into();
    }
    if wanted.need == Some(Need::Tools) {
        body["tools"] = json!([{ "name": "now", "description": "the time", "input_schema": { "type": "object" } }]);
    }
    body
}

fn contents(wanted: Wanted) -> Json {
    let mut parts = vec![json!({ "text": prompt(wanted) })];
    if wanted.need == Some(Need::Vision) {
        parts.push(json!({ "inlineData": { "mimeType": "image/png", "data": PIXEL } }));
    }
    let mut body = json!({
        "contents": [{ "role": "user", "parts": parts }],
        "generationConfig": { "maxOutputTokens": most(wanted) },
    });
    match wanted.need {
        Some(Need::Tools) => {
            body["tools"] = json!([{ "functionDeclarations": [{ "name": "now", "description": "the time" }] }]);
        }
        Some(Need::JsonSchema) => body["generationConfig"]["responseMimeType"] = "application/json".into(),
        _ => {}
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_has_its_own_addresses() {
        let path = |dialect: Dialect, base: &str| {
            let base = Url::parse(base).unwrap();
            let call = dialect.completion(&base, AZURE_VERSION, "a/b", Wanted::default());
            call.url.as_str().to_owned()
        };

        assert_eq!(path(Dialect::OpenAi, "https://h/v1/"), "https://h/v1/chat/completions");
        assert_eq!(
            path(Dialect::Azure, "https://h/"),
            "https://h/openai/deployments/a%2Fb/chat/completions?api-version=2024-10-21"
        );
        assert_eq!(path(Dialect::Azure, "https://h/openai/v1"), "https://h/openai/v1/chat/completions");
        assert_eq!(path(Dialect::Anthropic, "https://h"), "https://h/v1/messages");
        assert_eq!(path(Dialect::Anthropic, "https://h/v1"), "https://h/v1/messages");
        assert_eq!(path(Dialect::Gemini, "https://h/v1beta"), "https://h/v1beta/models/a%2Fb:generateContent");
    }

    #[test]
    fn a_list_of_models_is_read_in_each_dialect() {
        let openai = json!({ "object": "list", "data": [{ "id": "gpt-4o-mini" }] });
        let gemini = json!({ "models": [{ "name": "models/gemini-2.5-flash" }] });

        assert_eq!(Dialect::OpenAi.names(&openai), Some(vec!["gpt-4o-mini".to_owned()]));
        assert_eq!(Dialect::Gemini.names(&gemini), Some(vec!["gemini-2.5-flash".to_owned()]));
        assert_eq!(Dialect::OpenAi.names(&json!({ "ok": true })), None);
    }
}
