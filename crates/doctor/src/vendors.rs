//! Whose API it is: addresses, variables and forms of keys of those that are known by name.
//!
//! In: a word or a host. Out: a [`Vendor`]. Sources: the vendors' own documentation and SDKs (2026-11). What is not in the
//! table is looked at as an OpenAI-compatible endpoint of nobody's.

use tollgate_models::Vendor as Maker;

use crate::dialect::Dialect;

/// A vendor.
#[derive(Debug, PartialEq, Eq)]
pub struct Vendor {
    /// Its word: `--provider`.
    pub name: &'static str,
    /// Its name in sentences.
    pub title: &'static str,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where its SDK goes by default; empty where there is no default.
    pub base_url: &'static str,
    /// Its host, or the end of its hosts with a dot before it; empty where it runs on hosts of one's own.
    pub hosts: &'static [&'static str],
    /// Variables that its SDK reads the key from, the one that wins first.
    pub key_variables: &'static [&'static str],
    /// Variables of tokens that go as `Authorization: Bearer`, where keys have another header.
    pub token_variables: &'static [&'static str],
    /// Variables for the base URL, the one that wins first.
    pub base_variables: &'static [&'static str],
    /// The words of [`tollgate_errors::VENDORS`] for its keys; empty where keys have no form of their own.
    pub key_ids: &'static [&'static str],
}

const OPENAI_BASE: &[&str] = &["OPENAI_BASE_URL", "OPENAI_API_BASE"];

const fn compatible(
    name: &'static str,
    title: &'static str,
    base_url: &'static str,
    hosts: &'static [&'static str],
    key_variables: &'static [&'static str],
    key_ids: &'static [&'static str],
) -> Vendor {
    Vendor {
        name,
        title,
        dialect: Dialect::OpenAi,
        base_url,
        hosts,
        key_variables,
        token_variables: &[],
        base_variables: &[],
        key_ids,
    }
}

/// All that are known.
pub static VENDORS: [Vendor; 19] = [
    Vendor {
        name: "openai",
        title: "OpenAI",
        dialect: Dialect::OpenAi,
        base_url: "https://api.openai.com/v1",
        hosts: &["api.openai.com", ".api.openai.com"],
        key_variables: &["OPENAI_API_KEY"],
        token_variables: &[],
        base_variables: OPENAI_BASE,
        key_ids: &["openai"],
    },
    Vendor {
        name: "azure",
        title: "Azure OpenAI",
        dialect: Dialect::Azure,
        base_url: "",
        hosts: &[".openai.azure.com", ".openai.azure.us", ".cognitiveservices.azure.com", ".services.ai.azure.com"],
        key_variables: &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
        token_variables: &["AZURE_OPENAI_AD_TOKEN"],
        base_variables: &["AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"],
        key_ids: &["azure"],
    },
    Vendor {
        name: "anthropic",
        title: "Anthropic",
        dialect: Dialect::Anthropic,
        base_url: "https://api.anthropic.com",
        hosts: &["api.anthropic.com"],
        key_variables: &["ANTHROPIC_API_KEY"],
        token_variables: &["ANTHROPIC_AUTH_TOKEN"],
        base_variables: &["ANTHROPIC_BASE_URL"],
        key_ids: &["anthropic"],
    },
    Vendor {
        name: "gemini",
        title: "Google Gemini",
        dialect: Dialect::Gemini,
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        hosts: &["generativelanguage.googleapis.com"],
        // google-genai: "Both GOOGLE_API_KEY and GEMINI_API_KEY are set. Using GOOGLE_API_KEY."
        key_variables: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        token_variables: &[],
        base_variables: &["GOOGLE_GEMINI_BASE_URL"],
        key_ids: &["gemini"],
    },
    compatible(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        &["openrouter.ai"],
        &["OPENROUTER_API_KEY"],
        &["openrouter"],
    ),
    compatible("groq", "Groq", "https://api.groq.com/openai/v1", &["api.groq.com"], &["GROQ_API_KEY"], &["groq"]),
    compatible("xai", "xAI", "https://api.x.ai/v1", &["api.x.ai"], &["XAI_API_KEY"], &["xai"]),
    compatible(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        &["api.deepseek.com"],
        &["DEEPSEEK_API_KEY"],
        &["deepseek"],
    ),
    compatible("mistral", "Mistral AI", "https://api.mistral.ai/v1", &["api.mistral.ai"], &["MISTRAL_API_KEY"], &[]),
    compatible(
        "together",
        "Together AI",
        "https://api.together.xyz/v1",
        &["api.together.xyz", "api.together.ai"],
        &["TOGETHER_API_KEY"],
        &[],
    ),
    compatible(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        &["api.fireworks.ai"],
        &["FIREWORKS_API_KEY"],
        &["fireworks"],
    ),
    compatible(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        &["api.cerebras.ai"],
        &["CEREBRAS_API_KEY"],
        &["cerebras"],
    ),
    compatible(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        &["api.perplexity.ai"],
        &["PERPLEXITY_API_KEY", "PPLX_API_KEY"],
        &["perplexity"],
    ),
    compatible(
        "nvidia",
        "NVIDIA",
        "https://integrate.api.nvidia.com/v1",
        &["integrate.api.nvidia.com"],
        &["NVIDIA_API_KEY"],
        &["nvidia"],
    ),
    compatible(
        "moonshot",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        &["api.moonshot.ai", "api.moonshot.cn"],
        &["MOONSHOT_API_KEY"],
        &[],
    ),
    compatible("ollama", "Ollama", "http://127.0.0.1:11434/v1", &[], &[], &[]),
    compatible("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", &[], &[], &[]),
    compatible("vllm", "vLLM", "http://127.0.0.1:8000/v1", &[], &["VLLM_API_KEY"], &[]),
    compatible("tollgate", "Tollgate", "http://127.0.0.1:8080/v1", &[], &["TOLLGATE_API_KEY"], &[]),
];

impl Vendor {
    /// The vendor of this word.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        VENDORS.iter().find(|vendor| vendor.name.eq_ignore_ascii_case(name))
    }

    /// The vendor whose API is at this host.
    #[must_use]
    pub fn by_host(host: &str) -> Option<&'static Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_at = |known: &&str| match known.starts_with('.') {
            true => host.ends_with(*known),
            false => host == *known,
        };
        VENDORS.iter().find(|vendor| vendor.hosts.iter().any(is_at))
    }

    /// Whether it has hosts of its own: only there is a key of another vendor certainly wrong.
    #[must_use]
    pub fn is_hosted(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// As the table of models knows it.
    #[must_use]
    pub(crate) fn maker(&self) -> Option<Maker> {
        self.hosts.iter().find_map(|host| Maker::of_host(&format!("x{host}")).or_else(|| Maker::of_host(host)))
    }
}

/// Names of hosts that are known, for those that were mistyped.
pub(crate) fn known_hosts() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().flat_map(|vendor| vendor.hosts).copied().filter(|host| !host.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_found_by_its_host_and_by_no_other() {
        let name = |host| Vendor::by_host(host).map(|vendor| vendor.name);

        assert_eq!(name("api.openai.com"), Some("openai"));
        assert_eq!(name("EU.api.openai.com."), Some("openai"));
        assert_eq!(name("mine.openai.azure.com"), Some("azure"));
        assert_eq!(name("api.openai.com.example.org"), None);
        assert_eq!(name("evilapi.openai.com"), None);
        assert_eq!(name("localhost"), None);
    }

    #[test]
    fn makers_are_those_of_the_table_of_models() {
        for (name, maker) in [("openai", Maker::OpenAi), ("azure", Maker::Azure), ("groq", Maker::Groq)] {
            assert_eq!(Vendor::by_name(name).unwrap().maker(), Some(maker), "{name}");
        }
        assert_eq!(Vendor::by_name("ollama").unwrap().maker(), None);
    }
}
