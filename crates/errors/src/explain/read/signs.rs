//! Tells whom a text is about: providers by their hosts, libraries, words and ids, and whether it is about a
//! language-model API at all.
//!
//! In: the whole text and what was noted of it. Out: providers, the number of independent signs, and whether it tells
//! of a failure.

use std::sync::LazyLock;

use super::notes::Notes;
use super::provider_words::{PROVIDERS, VOCABULARY};
use super::vendor_words::{SAID, VENDORS};
use crate::explain::starts::Needles;
use crate::explain::terms::normal;
use crate::nearest::distance;

/// Kinds of signs; each counts once, however often it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The host of an API or its documentation.
    Host,
    /// A library or a program for such APIs.
    Library,
    /// A product or a company.
    Product,
    /// An id or a header of a provider.
    Id,
    /// An environment variable or a setting.
    Setting,
}

/// A word, and whose it is: of no one's, it is said of models in general.
type Word = (&'static str, Option<(&'static str, Sign)>);

static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let known = PROVIDERS.iter().map(|(word, provider, sign)| (*word, Some((*provider, *sign))));
    let vendors = VENDORS
        .iter()
        .flat_map(|(words, provider, sign)| words.split('|').map(move |word| (word, Some((*provider, *sign)))));
    let said = VOCABULARY.into_iter().chain(SAID.split('|')).map(|word| (word, None));
    known.chain(vendors).chain(said).collect()
});

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(WORDS.iter().map(|(word, _)| *word)));

/// Notes what `text` is about.
pub(super) fn read(text: &str, notes: &mut Notes) {
    let mut kinds = [0u32; 5];
    let mut words = std::collections::HashSet::new();
    NEEDLES.each(text, |hit| match WORDS[hit.word].1 {
        _ if !is_whole(text.as_bytes(), hit.start, hit.end) => {}
        Some((provider, sign)) => {
            if !provider.is_empty() {
                notes.provider(provider);
            }
            kinds[sign as usize] = 1;
        }
        None => {
            words.insert(hit.word);
        }
    });
    let vocabulary = u32::from(!words.is_empty()) + u32::from(words.len() > 1);
    let models = u32::from(!notes.models_known().is_empty());
    notes.case.api_signs += kinds.iter().sum::<u32>() + vocabulary + models;
}

/// Hosts of providers, with the provider's word.
pub(super) fn hosts() -> impl Iterator<Item = (&'static str, &'static str)> {
    PROVIDERS.iter().filter(|(_, provider, sign)| *sign == Sign::Host && !provider.is_empty()).map(|(h, p, _)| (*h, *p))
}

/// Whether a hit is a word: `groq` is not in `groquik`, and `openai` may be in `openai_key`.
fn is_whole(bytes: &[u8], start: usize, end: usize) -> bool {
    let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let inner = bytes[start].is_ascii_alphanumeric() && letter(before);
    let camel = before.is_some_and(u8::is_ascii_lowercase) && bytes[start].is_ascii_uppercase();
    let behind = bytes.get(end);
    let goes_on = bytes[end - 1].is_ascii_alphanumeric() && behind.is_some_and(u8::is_ascii_lowercase);
    let plural = behind == Some(&b's') && !letter(bytes.get(end + 1));
    (!inner || camel)
        && (!goes_on || plural || bytes[end - 1].is_ascii_lowercase() && behind.is_some_and(u8::is_ascii_uppercase))
}

/// What the keys, headers and addresses say beside the words.
pub(super) fn settle(notes: &mut Notes) {
    let headers: Vec<String> = notes.case.headers.iter().map(|(name, _)| name.clone()).collect();
    for name in headers {
        let provider = match name.as_str() {
            "cf-ray" | "cf-cache-status" => "cloudflare",
            "apim-request-id" | "x-ms-region" | "x-ms-client-request-id" | "azureml-model-session" => "azure",
            "anthropic-organization-id" | "anthropic-ratelimit-requests-limit" => "anthropic",
            "openai-organization" | "openai-processing-ms" | "openai-version" => "openai",
            "x-amzn-errortype" | "x-amzn-requestid" => "aws",
            "x-groq-region" => "groq",
            "x-goog-api-client" => "gemini",
            _ => continue,
        };
        notes.provider(provider);
    }
    let local: Vec<Option<u16>> = notes.case.addresses.iter().filter(|a| a.called).map(|a| a.port).collect();
    for port in local.into_iter().flatten() {
        match port {
            11434 => notes.provider("ollama"),
            1234 => notes.provider("lmstudio"),
            _ => continue,
        }
        notes.case.api_signs += 1;
    }
    let grammar = notes.grammar_signs();
    notes.case.api_signs += grammar;
    let path = notes.case.addresses.iter().any(|a| is_api_path(&a.path));
    let param = notes.case.params.iter().any(|param| super::params::is_known(param));
    let mistyped = notes.case.addresses.iter().any(|a| is_mistyped_host(&a.host));
    notes.case.api_signs += u32::from(path) + u32::from(param) + u32::from(mistyped);
    notes.settle_statuses();
    notes.case.is_failure = is_failure(notes);
}

/// Whether this is the host of a provider but for a letter or two: `api.opena1.com`. Short names are near to many others.
fn is_mistyped_host(host: &str) -> bool {
    const SHORTEST: usize = 10;
    fn bare(host: &str) -> &str {
        host.strip_prefix("api.").unwrap_or(host)
    }
    let asked: Vec<char> = bare(host).to_lowercase().chars().take(64).collect();
    let letters_asked = letters(asked.iter().copied());
    asked.contains(&'.')
        && hosts().any(|(known, _)| {
            let known = bare(known);
            let edits = (known.len() / SHORTEST).min(2);
            known.len().abs_diff(asked.len()) <= edits
                // Each letter that only one of them has is an edit: this spares nearly all the reckoning.
                && (letters_asked & !letters(known.chars())).count_ones() as usize <= edits
                && (1..=edits).contains(&distance(&asked, known))
        })
}

/// The letters and signs of ASCII that stand in a name, as bits.
fn letters(name: impl Iterator<Item = char>) -> u128 {
    name.filter(char::is_ascii).fold(0, |bits, c| bits | 1 << u32::from(c.to_ascii_lowercase()))
}

fn is_api_path(path: &str) -> bool {
    [
        "/chat/completions",
        "/v1/completions",
        "/v1/messages",
        "/v1/embeddings",
        "/v1/responses",
        "/v1/models",
        ":generateContent",
        ":streamGenerateContent",
        "/api/generate",
        "/api/chat",
        "/api/embed",
        "/openai/deployments",
        "/v1/images",
        "/v1/audio",
        "/invoke",
        "/converse",
        "/v1beta/models",
    ]
    .iter()
    .any(|known| path.contains(known))
}

/// What texts of failures say.
const FAILURE_WORDS: [&str; 132] = [
    "下线",
    "停用",
    "废弃",
    "已迁移",
    "error",
    "fail",
    "exception",
    "invalid",
    "denied",
    "refused",
    "not found",
    "unauthorized",
    "forbidden",
    "timeout",
    "timed out",
    "exceed",
    "incorrect",
    "missing",
    "not supported",
    "unsupported",
    "unknown",
    "can not",
    "could not",
    "does not",
    "not have",
    "is not",
    "limit reached",
    "limited",
    "blocked",
    "expired",
    "suspended",
    "disabled",
    "too many",
    "too large",
    "too long",
    "unable",
    "overloaded",
    "unavailable",
    "rejected",
    "deprecated",
    "decommissioned",
    "not allowed",
    "must be",
    "is required",
    "need to provide",
    "insufficient",
    "bad request",
    "bad gateway",
    "terminated",
    "not exist",
    "crash",
    "abort",
    "no longer",
    "restricted",
    "please reduce",
    "wrong",
    "失败",
    "错误",
    "无效",
    "ошибка",
    "fehler",
    "erreur",
    "エラー",
    "오류",
    "refusal",
    "not configured",
    "not active",
    "exhausted",
    "run out",
    "reached your",
    "been reached",
    "no models loaded",
    "reached the",
    "busy",
    "不足",
    "上限",
    "超过",
    // Negations and refusals in other words and languages.
    " neither ",
    " no such ",
    " carries no ",
    " contains no ",
    " gibt es nicht",
    " nicht ",
    " kein",
    " n est pas ",
    " introuvable",
    " aucun",
    " inexistente",
    " no está ",
    " no es ",
    " no existe",
    " não ",
    " non è ",
    " non valid",
    " brak ",
    " nie ",
    " niet ",
    " geen ",
    " ongeldig",
    " не ",
    " нет ",
    "未",
    "ません",
    "없",
    "switched off",
    " denies",
    "zu lang",
    "zu groß",
    "zu viel",
    "überschr",
    "dépass",
    " trop ",
    "demasiad",
    "excede",
    "troppo",
    "слишком",
    "превыш",
    " refus",
    "enfreint",
    "违反",
    "拦截",
    "过长",
    "过大",
    "仅支持",
    "不支持",
    "稍后",
    "truncat",
    "must accept",
    "need to accept",
    "there was no",
    "hit the quota",
    "already has an active",
];

/// Whether a short text says nothing of a failure: all that speaks for one then stands beside it.
pub(super) fn is_mute(text: &str) -> bool {
    const LONGEST: usize = 200;
    let text = text.trim();
    let has_number = || text.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit));
    text.len() <= LONGEST && text.is_ascii() && !text.contains(['{', '[', '<']) && !has_number() && !tells_failure(text)
}

fn tells_failure(text: &str) -> bool {
    let normal = normal(text);
    FAILURE_WORDS.iter().any(|word| normal.contains(word))
}

/// Whether anything says that something failed.
fn is_failure(notes: &Notes) -> bool {
    notes.case.statuses.iter().any(|status| *status >= 400)
        || notes.has_status()
        || !notes.case.exceptions.is_empty()
        || !notes.case.os_errors.is_empty()
        || !notes.case.keys.is_empty()
        || notes.is_page
        || notes.reports_error
        || notes.messages().any(|(text, _)| tells_failure(text))
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn providers_are_told_by_many_things() {
        for (text, provider) in [
            ("https://api.groq.com/openai/v1/chat/completions", "groq"),
            ("litellm.AuthenticationError: AnthropicException - {}", "anthropic"),
            ("litellm.AuthenticationError: AnthropicException - {}", "litellm"),
            ("{\"request_id\":\"req_011Cb6hFdcxpxiNYNLFgdoS8\"}", "anthropic"),
            ("An error occurred (ValidationException) when calling the Converse operation", "bedrock"),
            ("dial tcp 127.0.0.1:11434: connect: connection refused", "ollama"),
            ("Ray ID: 7ab160c02b5ddb96", "cloudflare"),
            ("Provided OPENAI_API_KEY is wrong", "openai"),
            ("com.azure.ai.openai.OpenAIClient failed", "azure"),
        ] {
            assert!(case_of(text).is_about(provider), "{text}: {:?}", case_of(text).providers);
        }
    }

    #[test]
    fn texts_about_other_things_have_no_sign_of_an_api() {
        for text in [
            "Model not found: assets/chair.glb could not be loaded by the viewer",
            "Function name can not be longer than 64 characters",
            "{\"code\":401,\"error\":\"Wrong Api Key\"}",
            "ERROR 1045 (28000): Access denied for user 'root'@'localhost'",
            "npm ERR! 404 Not Found - GET https://registry.npmjs.org/left-pad1",
            "botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the CreateRole operation",
        ] {
            assert_eq!(case_of(text).api_signs, 0, "{text}: {:?}", case_of(text).providers);
        }
    }

    #[test]
    fn a_text_in_which_nothing_failed_is_told() {
        assert!(!case_of("The build took four minutes and everything went well").is_failure);
        assert!(case_of("Rate limit exceeded").is_failure);
    }
}
