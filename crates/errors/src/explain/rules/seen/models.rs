//! Questions about which model, and which cloud's, the text is about.

use crate::explain::case::Case;

/// Whether anything says that this is about models.
pub(in crate::explain::rules) fn is_of_models(case: &Case) -> bool {
    case.api_signs > 0
}

/// An error of AWS that is not of another service than those for models.
pub(in crate::explain) fn is_aws_for_models(case: &Case) -> bool {
    const OURS: [&str; 16] = [
        "invokemodel",
        "converse",
        "listfoundation",
        "getfoundation",
        "listinference",
        "getinference",
        "applyguardrail",
        "retrieve",
        "invokeagent",
        "invokeendpoint",
        "createmodelinvocation",
        "counttokens",
        "startasyncinvoke",
        "listmodel",
        "invokeflow",
        "putusecase",
    ];
    case.sentences.iter().all(|s| {
        let Some((_, rest)) = s.normal.split_once("when calling the ") else { return true };
        let operation = rest.split(' ').next().unwrap_or_default();
        OURS.iter().any(|ours| operation.starts_with(ours))
    })
}

/// Nothing names a service of Google's other than those for models.
pub(in crate::explain) fn is_google_for_models(case: &Case) -> bool {
    const OURS: [&str; 9] = [
        "generativelanguage",
        "aiplatform",
        "cloudaicompanion",
        "cloudcode-pa",
        "oauth2",
        "www",
        "iamcredentials",
        "type",
        "cloudresourcemanager",
    ];
    let ours = |word: &str| {
        let host = word.trim_start_matches('/').split(['/', ':']).next().unwrap_or_default();
        let Some(name) = host.strip_suffix(".googleapis.com") else { return true };
        OURS.iter().any(|ours| name.contains(ours))
    };
    let sentences = case.sentences.iter().filter(|s| s.normal.contains(".googleapis.com"));
    case.addresses.iter().all(|a| ours(&a.host)) && sentences.flat_map(|s| s.normal.split(' ')).all(ours)
}

/// Whose models have such a name; `None` for names that many serve.
pub(in crate::explain::rules) fn maker(model: &str) -> Option<&'static str> {
    const MAKERS: [(&str, &str); 13] = [
        ("claude", "anthropic"),
        ("gemini", "gemini"),
        ("gpt-", "openai"),
        ("o1-", "openai"),
        ("o3", "openai"),
        ("o4-", "openai"),
        ("text-embedding-3", "openai"),
        ("text-embedding-ada", "openai"),
        ("grok", "xai"),
        ("command-", "cohere"),
        ("deepseek-chat", "deepseek"),
        ("deepseek-reasoner", "deepseek"),
        ("glm-", "zhipu"),
    ];
    let plain = model.trim_start_matches("models/");
    MAKERS.iter().find(|(start, _)| plain.starts_with(start)).map(|(_, maker)| *maker)
}

/// The model at fault is made by one vendor and was asked of another one that serves its own alone.
pub(in crate::explain::rules) fn model_of_another(case: &Case) -> bool {
    const HOSTS: [(&str, &str); 9] = [
        ("api.mistral.ai", "mistral"),
        ("api.openai.com", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "gemini"),
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "xai"),
        ("api.cohere", "cohere"),
        ("bigmodel.cn", "zhipu"),
        ("dashscope.aliyuncs.com", "qwen"),
    ];
    let Some(model) = case.models.first() else { return false };
    let written = |host: &str| {
        case.addresses.iter().any(|a| a.host.contains(host)) || case.sentences.iter().any(|s| s.normal.contains(host))
    };
    let called = HOSTS.iter().find(|(host, _)| written(host)).map(|(_, v)| *v);
    // `model: gpt-4o` beside `not_found_error` is Anthropic's answer alone.
    let anthropic_says =
        case.code_is(&["not_found_error"]) && case.sentences.iter().any(|s| s.normal.starts_with(" model "));
    let called = called.or(if anthropic_says { Some("anthropic") } else { None });
    // Groq refuses with OpenAI's words.
    if called.is_none() && ["versat", "-instant", "-32768", "-8192"].iter().any(|end| model.contains(end)) {
        return false;
    }
    let openai_says =
        case.sentences.iter().any(|s| s.normal.contains("does not exist or you do not have access to it"));
    let others =
        ["groq", "xai", "cerebras", "together", "fireworks", "openrouter"].iter().any(|other| case.is_about(other));
    let called = called.or(if openai_says && !others { Some("openai") } else { None });
    let Some(called) = called else { return false };
    let prefixed = model.split_once(['/', ':']).is_some_and(|(prefix, _)| {
        [
            "openai",
            "anthropic",
            "google",
            "gemini",
            "groq",
            "mistral",
            "openrouter",
            "azure",
            "deepseek",
            "xai",
            "meta-llama",
            "bedrock",
            "vertex_ai",
            "ollama",
            "together_ai",
            "cohere",
            "x-ai",
            "mistralai",
        ]
        .contains(&prefix)
    });
    maker(model).map_or(prefixed, |maker| maker != called || prefixed)
        || (called == "openai"
            && ["llama", "mistral", "mixtral", "qwen", "deepseek", "gemma", "phi"]
                .iter()
                .any(|open| model.starts_with(open)))
}

/// A fine-tuned model's name.
pub(in crate::explain::rules) fn is_fine_tuned(case: &Case) -> bool {
    let tuned = |word: &str| word.starts_with("ft:") || word.contains(":ft-") || word.starts_with("ft-");
    let written = |text: &str| {
        let quote = |c: char| c.is_whitespace() || matches!(c, '`' | '\'' | '"' | '[' | '(' | '=' | ',');
        text.split(quote).any(|word| tuned(&word.to_lowercase()))
    };
    case.models.iter().any(|m| tuned(m)) || case.sentences.iter().any(|s| written(&s.text))
}

/// A model that only `/v1/responses` serves.
pub(in crate::explain::rules) fn is_for_responses(case: &Case) -> bool {
    let named = |m: &str| {
        m.contains("codex")
            || m.contains("-pro") && (m.starts_with("o1") || m.starts_with("o3") || m.starts_with("gpt-5"))
            || m.contains("deep-research")
            || m.contains("computer-use")
    };
    case.models.iter().any(|m| named(m))
        || ["\"model\":\"", "\"model\": \""].iter().any(|start| {
            case.request_body.split_once(start).and_then(|(_, rest)| rest.split('"').next()).is_some_and(named)
        })
        || case.sentences.iter().any(|s| {
            s.normal.split(' ').any(|w| {
                w.contains("-codex")
                    || w.contains("deep-research")
                    || w.starts_with("o1-pro")
                    || w.starts_with("o3-pro")
            })
        })
}

/// The message itself, not what stands around it, names the model.
pub(in crate::explain::rules) fn message_names_model(case: &Case) -> bool {
    use crate::explain::case::Standing;
    let Some(model) = case.models.first().filter(|model| model.len() > 3) else { return false };
    case.sentences.iter().any(|s| s.standing != Standing::Around && s.normal.contains(model.as_str()))
}
