//! How a vendor is spoken to: paths, headers, bodies, and where in an answer the text is.
//!
//! In: a base URL, a key, a model. Out: [`Call`]s. OpenAI's API reference, Azure's (data plane), Anthropic's and Google's
//! of 2026-11.

mod body;

use serde_json::{Value as Json, json};
use url::Url;

use self::body::{chat, contents, messages};
use crate::call::Call;
use crate::question::Need;

/// Azure's last version of its dated API that every region serves; a `base_url` with `/openai/v1` needs none.
pub(crate) const AZURE_VERSION: &str = "2024-10-21";
/// What Anthropic's API asks every request to name.
const ANTHROPIC_VERSION: &str = "2023-06-01";
/// Where Google's SDK goes below its base URL.
const GEMINI_VERSION: &str = "v1beta";
/// The most that Anthropic's and Google's lists give at once; without it these end after 20 and 50 models.
const PAGE: u32 = 1000;

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
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::OpenAi, Self::Azure, Self::Anthropic, Self::Gemini];

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
            Self::Azure => Call::get(with_query(below(base, "openai/models"), &format!("api-version={version}"))),
            Self::Anthropic => {
                Call::get(with_query(below(base, &versioned(base, "v1", "models")), &format!("limit={PAGE}")))
            }
            Self::Gemini => {
                let url = below(base, &versioned(base, GEMINI_VERSION, "models"));
                Call::get(with_query(url, &format!("pageSize={PAGE}")))
            }
        };
        self.usual(call)
    }

    /// A request for one model of the list, which knows aliases too; `None` where a list says nothing of what is served.
    pub(crate) fn model(self, base: &Url, version: &str, model: &str) -> Option<Call> {
        if self == Self::Azure {
            return None;
        }
        let mut call = self.models(base, version);
        call.url.set_path(&format!("{}/{}", call.url.path(), encoded(bare(model))));
        call.url.set_query(base.query());
        Some(call)
    }

    /// A request for a completion, without a key.
    pub(crate) fn completion(self, base: &Url, version: &str, model: &str, wanted: Wanted) -> Call {
        let (url, body) = match self {
            Self::OpenAi => (below(base, "chat/completions"), chat(Some(model), wanted)),
            Self::Azure if is_v1(base) => (below(base, "chat/completions"), chat(Some(model), wanted)),
            Self::Azure => {
                let path = format!("openai/deployments/{}/chat/completions", encoded(model));
                (with_query(below(base, &path), &format!("api-version={version}")), chat(None, wanted))
            }
            Self::Anthropic => (below(base, &versioned(base, "v1", "messages")), messages(model, wanted)),
            Self::Gemini => {
                let verb = if wanted.streamed { "streamGenerateContent" } else { "generateContent" };
                let path = format!("models/{}:{verb}", encoded(bare(model)));
                let url = below(base, &versioned(base, GEMINI_VERSION, &path));
                (if wanted.streamed { with_query(url, "alt=sse") } else { url }, contents(wanted))
            }
        };
        self.usual(Call::post(url, body.to_string()))
    }

    /// A request for one embedding, without a key; `None` where the API has none.
    pub(crate) fn embedding(self, base: &Url, version: &str, model: &str) -> Option<Call> {
        let (url, body) = match self {
            Self::OpenAi => (below(base, "embeddings"), json!({ "model": model, "input": "Hi" })),
            Self::Azure if is_v1(base) => (below(base, "embeddings"), json!({ "model": model, "input": "Hi" })),
            Self::Azure => {
                let path = format!("openai/deployments/{}/embeddings", encoded(model));
                (with_query(below(base, &path), &format!("api-version={version}")), json!({ "input": "Hi" }))
            }
            Self::Anthropic => return None,
            Self::Gemini => {
                let path = format!("models/{}:embedContent", encoded(bare(model)));
                let body = json!({ "content": { "parts": [{ "text": "Hi" }] } });
                (below(base, &versioned(base, GEMINI_VERSION, &path)), body)
            }
        };
        Some(self.usual(Call::post(url, body.to_string())))
    }

    /// What its API wants in every request, beside the key.
    pub(crate) fn usual(self, call: Call) -> Call {
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

    /// Whether a list of models goes on elsewhere.
    pub(crate) fn goes_on(self, list: &Json) -> bool {
        list["has_more"] == true || list["nextPageToken"].as_str().is_some_and(|token| !token.is_empty())
    }

    /// The version that its SDK puts between base URL and path.
    pub(crate) fn sdk_version(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => Some("v1"),
            Self::Gemini => Some(GEMINI_VERSION),
            Self::OpenAi | Self::Azure => None,
        }
    }

    /// Whether an answer has the shape of an embedding.
    pub(crate) fn is_embedding(self, answer: &Json) -> bool {
        match self {
            Self::Gemini => answer["embedding"].is_object(),
            _ => !answer["data"][0]["embedding"].is_null(),
        }
    }

    /// Whether an answer has the shape of a completion.
    pub(crate) fn is_completion(self, answer: &Json) -> bool {
        match self {
            Self::OpenAi | Self::Azure => answer["choices"].is_array(),
            Self::Anthropic => answer["content"].is_array(),
            Self::Gemini => answer["candidates"].is_array() || answer["usageMetadata"].is_object(),
        }
    }

    /// Tokens of prompt and answer, as the provider counts them: of an answer, or of an event of a stream.
    pub(crate) fn tokens(self, answer: &Json) -> (u64, u64) {
        let count = |usage: &Json, name: &str| usage[name].as_u64().unwrap_or(0);
        match self {
            Self::OpenAi | Self::Azure => {
                (count(&answer["usage"], "prompt_tokens"), count(&answer["usage"], "completion_tokens"))
            }
            Self::Anthropic => {
                // The first event of a stream has it within its message.
                let usage = if answer["usage"].is_object() { &answer["usage"] } else { &answer["message"]["usage"] };
                (count(usage, "input_tokens"), count(usage, "output_tokens"))
            }
            Self::Gemini => {
                let usage = &answer["usageMetadata"];
                let output = count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount");
                (count(usage, "promptTokenCount"), output)
            }
        }
    }
}

/// A path behind the base URL's own.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

fn with_query(mut url: Url, query: &str) -> Url {
    url.set_query(Some(query));
    url
}

/// Azure's newer form, which is OpenAI's with another header.
fn is_v1(base: &Url) -> bool {
    base.path().trim_end_matches('/').ends_with("/v1")
}

/// The base URLs of Anthropic's and Google's SDKs have no version in them; other tools' have.
fn versioned(base: &Url, version: &str, path: &str) -> String {
    let last = base.path().trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let has_one = last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if has_one { path.to_owned() } else { format!("{version}/{path}") }
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
        assert_eq!(path(Dialect::Gemini, "https://h/"), "https://h/v1beta/models/a%2Fb:generateContent");
    }

    #[test]
    fn embeddings_have_addresses_of_their_own() {
        let path = |dialect: Dialect, base: &str| {
            let call = dialect.embedding(&Url::parse(base).unwrap(), AZURE_VERSION, "m");
            call.map(|call| call.url.as_str().to_owned())
        };

        assert_eq!(path(Dialect::OpenAi, "https://h/v1").as_deref(), Some("https://h/v1/embeddings"));
        assert_eq!(
            path(Dialect::Azure, "https://h").as_deref(),
            Some("https://h/openai/deployments/m/embeddings?api-version=2024-10-21")
        );
        assert_eq!(path(Dialect::Gemini, "https://h").as_deref(), Some("https://h/v1beta/models/m:embedContent"));
        assert_eq!(path(Dialect::Anthropic, "https://h"), None);
    }

    #[test]
    fn a_list_is_asked_for_whole_and_one_model_by_its_name() {
        let base = Url::parse("https://h").unwrap();
        let list = |dialect: Dialect| dialect.models(&base, AZURE_VERSION).url.as_str().to_owned();
        let one =
            |dialect: Dialect| dialect.model(&base, AZURE_VERSION, "models/m-latest").map(|call| call.url.to_string());

        assert_eq!(list(Dialect::Anthropic), "https://h/v1/models?limit=1000");
        assert_eq!(list(Dialect::Gemini), "https://h/v1beta/models?pageSize=1000");
        assert_eq!(one(Dialect::Anthropic).as_deref(), Some("https://h/v1/models/m-latest"));
        assert_eq!(one(Dialect::OpenAi).as_deref(), Some("https://h/models/m-latest"));
        assert_eq!(one(Dialect::Azure), None);
        assert!(Dialect::Anthropic.goes_on(&json!({ "has_more": true })));
        assert!(!Dialect::Gemini.goes_on(&json!({ "models": [], "nextPageToken": "" })));
    }

    #[test]
    fn what_was_spent_is_read_in_each_dialect() {
        let started =
            json!({ "type": "message_start", "message": { "usage": { "input_tokens": 9, "output_tokens": 1 } } });
        let ended = json!({ "type": "message_delta", "usage": { "output_tokens": 24 } });
        let thought = json!({ "usageMetadata": { "promptTokenCount": 3, "thoughtsTokenCount": 20 } });

        assert_eq!(Dialect::Anthropic.tokens(&started), (9, 1));
        assert_eq!(Dialect::Anthropic.tokens(&ended), (0, 24));
        assert_eq!(Dialect::Gemini.tokens(&thought), (3, 20));
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
