//! Who serves a model: the vendors that the table has rows of.

/// A vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// OpenAI itself.
    OpenAi,
    /// Azure OpenAI.
    Azure,
    /// Azure AI Foundry: models of other makers at Azure.
    AzureAi,
    /// Anthropic.
    Anthropic,
    /// Amazon Bedrock.
    Bedrock,
    /// Cerebras.
    Cerebras,
    /// Cohere.
    Cohere,
    /// Alibaba Cloud (Qwen).
    Dashscope,
    /// DeepSeek.
    DeepSeek,
    /// Fireworks AI.
    Fireworks,
    /// Google AI Studio.
    Gemini,
    /// Groq.
    Groq,
    /// Hyperbolic.
    Hyperbolic,
    /// Jina AI.
    Jina,
    /// Mistral AI.
    Mistral,
    /// Moonshot AI (Kimi).
    Moonshot,
    /// NVIDIA NIM.
    Nvidia,
    /// Ollama.
    Ollama,
    /// OpenRouter. The table has no rows of it: names there are found under their makers.
    OpenRouter,
    /// Perplexity.
    Perplexity,
    /// SambaNova.
    SambaNova,
    /// Together AI.
    Together,
    /// Google Vertex AI.
    VertexAi,
    /// Voyage AI.
    Voyage,
    /// xAI (Grok).
    Xai,
}

/// Word in the table, name for people, and the hosts of its API: a whole name, or an ending that begins with a dot.
const VENDORS: [(Vendor, &str, &str, &[&str]); 25] = [
    (Vendor::OpenAi, "openai", "OpenAI", &["api.openai.com", ".api.openai.com"]),
    (
        Vendor::Azure,
        "azure",
        "Azure OpenAI",
        &[".openai.azure.com", ".openai.azure.us", ".cognitiveservices.azure.com"],
    ),
    (Vendor::AzureAi, "azure_ai", "Azure AI Foundry", &[".services.ai.azure.com", ".models.ai.azure.com"]),
    (Vendor::Anthropic, "anthropic", "Anthropic", &["api.anthropic.com"]),
    (Vendor::Bedrock, "bedrock", "Amazon Bedrock", &[".amazonaws.com", ".api.aws"]),
    (Vendor::Cerebras, "cerebras", "Cerebras", &["api.cerebras.ai"]),
    (Vendor::Cohere, "cohere", "Cohere", &["api.cohere.ai", "api.cohere.com"]),
    (Vendor::Dashscope, "dashscope", "Alibaba Cloud", &[".aliyuncs.com"]),
    (Vendor::DeepSeek, "deepseek", "DeepSeek", &["api.deepseek.com"]),
    (Vendor::Fireworks, "fireworks_ai", "Fireworks AI", &["api.fireworks.ai"]),
    (Vendor::Gemini, "gemini", "Google", &["generativelanguage.googleapis.com"]),
    (Vendor::Groq, "groq", "Groq", &["api.groq.com"]),
    (Vendor::Hyperbolic, "hyperbolic", "Hyperbolic", &["api.hyperbolic.xyz"]),
    (Vendor::Jina, "jina_ai", "Jina AI", &["api.jina.ai"]),
    (Vendor::Mistral, "mistral", "Mistral AI", &["api.mistral.ai", "codestral.mistral.ai"]),
    (Vendor::Moonshot, "moonshot", "Moonshot AI", &["api.moonshot.ai", "api.moonshot.cn"]),
    (Vendor::Nvidia, "nvidia_nim", "NVIDIA", &["integrate.api.nvidia.com"]),
    (Vendor::Ollama, "ollama", "Ollama", &["ollama.com"]),
    (Vendor::OpenRouter, "openrouter", "OpenRouter", &["openrouter.ai", ".openrouter.ai"]),
    (Vendor::Perplexity, "perplexity", "Perplexity", &["api.perplexity.ai"]),
    (Vendor::SambaNova, "sambanova", "SambaNova", &["api.sambanova.ai"]),
    (Vendor::Together, "together_ai", "Together AI", &["api.together.xyz", "api.together.ai"]),
    (Vendor::VertexAi, "vertex_ai", "Google Vertex AI", &["aiplatform.googleapis.com", "-aiplatform.googleapis.com"]),
    (Vendor::Voyage, "voyage", "Voyage AI", &["api.voyageai.com"]),
    (Vendor::Xai, "xai", "xAI", &["api.x.ai", ".api.x.ai"]),
];

impl Vendor {
    /// Every one of them.
    pub fn all() -> impl Iterator<Item = Self> {
        VENDORS.into_iter().map(|(vendor, ..)| vendor)
    }

    /// The vendor whose API is at this host name; `None` for any other, such as a server of one's own.
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_at = |known: &str| match known.starts_with(['.', '-']) {
            true => host.ends_with(known),
            false => host == known,
        };
        VENDORS.into_iter().find(|(.., hosts)| hosts.iter().any(|known| is_at(known))).map(|(vendor, ..)| vendor)
    }

    /// The vendor of a word such as `azure_ai`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        VENDORS.into_iter().find(|(_, known, ..)| *known == word).map(|(vendor, ..)| vendor)
    }

    /// Its word in the table and in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, &'static str, &'static [&'static str]) {
        VENDORS.into_iter().find(|(vendor, ..)| *vendor == self).expect("every vendor has a row")
    }

    /// Whether it serves models that others have made.
    #[must_use]
    pub fn serves_others_models(self) -> bool {
        use Vendor as V;
        matches!(
            self,
            V::Azure
                | V::AzureAi
                | V::Bedrock
                | V::Cerebras
                | V::Fireworks
                | V::Groq
                | V::Hyperbolic
                | V::Nvidia
                | V::Ollama
                | V::OpenRouter
                | V::Perplexity
                | V::SambaNova
                | V::Together
                | V::VertexAi
        )
    }

    /// Whether it answers as OpenAI itself does, refusals included.
    #[must_use]
    pub fn speaks_as_openai(self) -> bool {
        matches!(self, Self::OpenAi | Self::Azure)
    }
}
