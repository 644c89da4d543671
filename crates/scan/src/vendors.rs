//! Whose keys are looked for, and how they look: tables, from the vendors' documentation and from the patterns that they
//! have published with secret scanners.
//!
//! In: nothing. Out: vendors with the page where their keys are withdrawn; forms that a prefix announces; forms that only
//! the words around them tell from any other digits. Lengths are generous where a vendor has changed them before.

use crate::alphabet::Alphabet;

/// A vendor whose keys are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// A word for JSON.
    pub id: &'static str,
    /// As it is called in a sentence.
    pub name: &'static str,
    /// Where its keys are withdrawn.
    pub page: &'static str,
}

/// What must be true of a key beside its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The prefix is nobody else's, and occurs in no word.
    Prefix,
    /// The prefix occurs in words too: the body must look random, and nothing may stand before it.
    Random,
    /// Sixteen upper case letters and digits, at least one digit; or else a name that means a key, for digits may be
    /// missing by chance, and words may be that long.
    AwsId,
    /// The checksum of our own keys.
    OurChecksum,
}

/// A form that its prefix announces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefixed {
    pub(crate) vendor: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) alphabet: Alphabet,
    /// Bytes behind the prefix.
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) proof: Proof,
}

/// Where the word must stand that makes digits a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Near {
    /// In the name that the value is given to: `COHERE_API_KEY=…`, `cohere.Client("…")`.
    Name,
    /// In some lines around it, where the value is given to a name that means a key.
    Lines,
}

/// A form without a prefix: so many bytes of an alphabet, given to a name of this vendor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contextual {
    pub(crate) vendor: &'static str,
    /// In lower case; found in any case.
    pub(crate) words: &'static [&'static str],
    pub(crate) alphabet: Alphabet,
    pub(crate) lengths: &'static [usize],
    pub(crate) near: Near,
}

const fn vendor(id: &'static str, name: &'static str, page: &'static str) -> Vendor {
    Vendor { id, name, page }
}

/// Every vendor, those first that most keys are of.
pub static VENDORS: [Vendor; 50] = [
    vendor("openai", "OpenAI", "https://platform.openai.com/api-keys"),
    vendor("anthropic", "Anthropic", "https://console.anthropic.com/settings/keys"),
    vendor("gemini", "Google Gemini", "https://aistudio.google.com/apikey"),
    vendor("huggingface", "Hugging Face", "https://huggingface.co/settings/tokens"),
    vendor("groq", "Groq", "https://console.groq.com/keys"),
    vendor("xai", "xAI", "https://console.x.ai"),
    vendor("aws", "AWS", "https://console.aws.amazon.com/iam"),
    vendor("azure", "Azure OpenAI", "https://portal.azure.com"),
    vendor("openrouter", "OpenRouter", "https://openrouter.ai/settings/keys"),
    vendor("tollgate", "this gateway", "tollgate keys revoke"),
    vendor("mistral", "Mistral", "https://console.mistral.ai/api-keys"),
    vendor("cohere", "Cohere", "https://dashboard.cohere.com/api-keys"),
    vendor("together", "Together AI", "https://api.together.ai/settings/api-keys"),
    vendor("deepseek", "DeepSeek", "https://platform.deepseek.com/api_keys"),
    vendor("fireworks", "Fireworks AI", "https://app.fireworks.ai/settings/users/api-keys"),
    vendor("perplexity", "Perplexity", "https://www.perplexity.ai/settings/api"),
    vendor("replicate", "Replicate", "https://replicate.com/account/api-tokens"),
    vendor("nvidia", "NVIDIA", "https://build.nvidia.com/settings/api-keys"),
    vendor("cerebras", "Cerebras", "https://cloud.cerebras.ai"),
    vendor("sambanova", "SambaNova", "https://cloud.sambanova.ai/apis"),
    vendor("elevenlabs", "ElevenLabs", "https://elevenlabs.io/app/settings/api-keys"),
    vendor("stability", "Stability AI", "https://platform.stability.ai/account/keys"),
    vendor("assemblyai", "AssemblyAI", "https://www.assemblyai.com/dashboard/api-keys"),
    vendor("deepgram", "Deepgram", "https://console.deepgram.com"),
    vendor("voyage", "Voyage AI", "https://dashboard.voyageai.com"),
    vendor("jina", "Jina AI", "https://jina.ai/api-dashboard"),
    vendor("langsmith", "LangSmith", "https://smith.langchain.com/settings"),
    vendor("langfuse", "Langfuse", "https://cloud.langfuse.com"),
    vendor("helicone", "Helicone", "https://www.helicone.ai"),
    vendor("tensorzero", "TensorZero", "the gateway's settings"),
    vendor("bifrost", "Bifrost", "the gateway's pages"),
    vendor("llamaindex", "LlamaCloud", "https://cloud.llamaindex.ai"),
    vendor("pinecone", "Pinecone", "https://app.pinecone.io"),
    vendor("tavily", "Tavily", "https://app.tavily.com"),
    vendor("github", "GitHub", "https://github.com/settings/tokens"),
    vendor("databricks", "Databricks", "the settings of the workspace"),
    vendor("cloudflare", "Cloudflare", "https://dash.cloudflare.com/profile/api-tokens"),
    vendor("litellm", "a LiteLLM proxy", "the proxy's /key/delete"),
    vendor("moonshot", "Moonshot AI", "https://platform.moonshot.ai/console/api-keys"),
    vendor("dashscope", "Alibaba Cloud Model Studio", "https://modelstudio.console.alibabacloud.com"),
    vendor("zhipu", "Zhipu AI", "https://open.bigmodel.cn/usercenter/apikeys"),
    vendor("anyscale", "Anyscale", "https://console.anyscale.com"),
    vendor("runpod", "RunPod", "https://www.runpod.io/console/user/settings"),
    vendor("vercel", "Vercel AI Gateway", "https://vercel.com/dashboard"),
    vendor("chutes", "Chutes", "https://chutes.ai"),
    vendor("upstage", "Upstage", "https://console.upstage.ai/api-keys"),
    vendor("yandex", "Yandex Cloud", "https://console.yandex.cloud"),
    vendor("wandb", "Weights & Biases", "https://wandb.ai/authorize"),
    vendor("google", "Google Cloud", "https://console.cloud.google.com/iam-admin/serviceaccounts"),
    vendor("private-key", "a private key", "make a new one wherever this one is trusted"),
];

/// The vendor of this id.
#[must_use]
pub fn vendor_of(id: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.id == id)
}

const fn prefixed(
    vendor: &'static str,
    prefix: &'static str,
    alphabet: Alphabet,
    lengths: (usize, usize),
    proof: Proof,
) -> Prefixed {
    Prefixed { vendor, prefix, alphabet, least: lengths.0, most: lengths.1, proof }
}

use Alphabet::{Alphanumeric, Base64, Dotted, Hex, Lower, Token, Uuid};
use Proof::{AwsId, OurChecksum, Prefix, Random};

/// Forms with a prefix. Where one prefix begins like another, the longer one is taken.
#[rustfmt::skip]
pub(crate) static PREFIXED: [Prefixed; 55] = [
    prefixed("tollgate", "sk-tg-admin-", Alphanumeric, (32, 80), Prefix),
    prefixed("tollgate", "sk-tg-", Alphanumeric, (50, 50), OurChecksum),
    prefixed("openai", "sk-proj-", Token, (20, 220), Prefix),
    prefixed("openai", "sk-svcacct-", Token, (20, 220), Prefix),
    prefixed("openai", "sk-admin-", Token, (20, 220), Prefix),
    prefixed("openai", "sk-None-", Token, (20, 220), Prefix),
    prefixed("openai", "sk-", Token, (20, 220), Random),
    prefixed("openai", "sess-", Alphanumeric, (40, 40), Random),
    // sk-ant-api03-, -admin01-, -oat01-, -ort01-, -sid01-: the number may rise.
    prefixed("anthropic", "sk-ant-", Token, (24, 220), Prefix),
    prefixed("openrouter", "sk-or-", Token, (24, 120), Prefix),
    prefixed("gemini", "AIza", Token, (35, 35), Random),
    prefixed("gemini", "AQ.A", Token, (30, 120), Random),
    prefixed("huggingface", "hf_", Token, (30, 44), Random),
    prefixed("huggingface", "api_org_", Token, (30, 44), Random),
    prefixed("groq", "gsk_", Token, (20, 80), Random),
    prefixed("xai", "xai-", Token, (20, 120), Random),
    prefixed("aws", "AKIA", Token, (16, 16), AwsId),
    prefixed("aws", "ASIA", Token, (16, 16), AwsId),
    prefixed("aws", "ABIA", Token, (16, 16), AwsId),
    prefixed("aws", "ABSK", Base64, (44, 320), Random),
    prefixed("aws", "bedrock-api-key-", Base64, (40, 4096), Random),
    prefixed("fireworks", "fw_", Alphanumeric, (20, 40), Random),
    prefixed("together", "tgp_v1_", Token, (24, 64), Prefix),
    prefixed("perplexity", "pplx-", Alphanumeric, (40, 64), Random),
    prefixed("replicate", "r8_", Alphanumeric, (37, 37), Random),
    prefixed("nvidia", "nvapi-", Token, (40, 90), Prefix),
    prefixed("cerebras", "csk-", Lower, (40, 60), Random),
    prefixed("elevenlabs", "sk_", Hex, (48, 48), Random),
    prefixed("voyage", "pa-", Token, (40, 48), Random),
    prefixed("jina", "jina_", Token, (56, 64), Random),
    prefixed("langsmith", "lsv2_", Token, (36, 60), Random),
    prefixed("langsmith", "ls__", Alphanumeric, (32, 40), Random),
    prefixed("langfuse", "sk-lf-", Uuid, (36, 36), Prefix),
    prefixed("helicone", "sk-helicone-", Token, (20, 60), Prefix),
    prefixed("tensorzero", "sk-t0-", Token, (20, 100), Prefix),
    prefixed("bifrost", "sk-bf-", Uuid, (36, 36), Prefix),
    prefixed("llamaindex", "llx-", Alphanumeric, (40, 64), Random),
    prefixed("pinecone", "pcsk_", Token, (50, 90), Random),
    prefixed("tavily", "tvly-", Token, (28, 64), Random),
    prefixed("github", "ghp_", Alphanumeric, (36, 36), Prefix),
    prefixed("github", "gho_", Alphanumeric, (36, 36), Prefix),
    prefixed("github", "ghu_", Alphanumeric, (36, 36), Prefix),
    prefixed("github", "ghs_", Alphanumeric, (36, 36), Prefix),
    prefixed("github", "ghr_", Alphanumeric, (36, 76), Prefix),
    prefixed("github", "github_pat_", Token, (60, 90), Prefix),
    prefixed("databricks", "dapi", Uuid, (32, 34), Random),
    prefixed("cloudflare", "cfut_", Token, (40, 60), Random),
    prefixed("cloudflare", "cfat_", Token, (40, 60), Random),
    prefixed("anyscale", "esecret_", Alphanumeric, (20, 40), Random),
    prefixed("runpod", "rpa_", Alphanumeric, (36, 48), Random),
    prefixed("vercel", "vck_", Alphanumeric, (40, 64), Random),
    prefixed("chutes", "cpk_", Dotted, (60, 120), Random),
    prefixed("upstage", "up_", Alphanumeric, (28, 36), Random),
    prefixed("yandex", "AQVN", Token, (35, 40), Random),
    prefixed("wandb", "wandb_v1_", Token, (60, 100), Random),
];

const fn contextual(
    vendor: &'static str,
    words: &'static [&'static str],
    alphabet: Alphabet,
    lengths: &'static [usize],
    near: Near,
) -> Contextual {
    Contextual { vendor, words, alphabet, lengths, near }
}

/// Forms without one. Azure's are looked for in the lines around, because clients of Azure are given the endpoint beside
/// a key that is simply called `api_key`.
#[rustfmt::skip]
pub(crate) static CONTEXTUAL: [Contextual; 15] = [
    contextual("azure", &["azure", "ocp-apim", "aoai", "cognitiveservices"], Hex, &[32], Near::Lines),
    contextual("azure", &["azure", "ocp-apim", "aoai", "cognitiveservices"], Alphanumeric, &[84], Near::Lines),
    contextual("aws", &["secret_access_key", "secretaccesskey", "aws_secret", "secret access key"], Base64, &[40], Near::Name),
    contextual("mistral", &["mistral"], Alphanumeric, &[32], Near::Name),
    contextual("cohere", &["cohere", "co_api_key"], Alphanumeric, &[40], Near::Name),
    contextual("together", &["together"], Hex, &[64], Near::Name),
    contextual("sambanova", &["sambanova"], Uuid, &[36], Near::Name),
    contextual("elevenlabs", &["elevenlabs", "eleven_api_key", "xi-api-key"], Hex, &[32], Near::Name),
    contextual("assemblyai", &["assemblyai", "assembly_ai"], Hex, &[32], Near::Name),
    contextual("deepgram", &["deepgram"], Hex, &[40], Near::Name),
    contextual("cloudflare", &["cloudflare", "cf_api_token"], Token, &[40], Near::Name),
    contextual("wandb", &["wandb"], Hex, &[40], Near::Name),
    contextual("zhipu", &["zhipu", "bigmodel", "glm_api_key"], Dotted, &[49], Near::Name),
    contextual("langsmith", &["langsmith", "langchain_api_key"], Uuid, &[36], Near::Name),
    contextual("pinecone", &["pinecone"], Uuid, &[36], Near::Name),
];

/// Vendors whose keys begin with `sk-` like OpenAI's, by a word in the name that the key is given to.
pub(crate) static SK_BY_NAME: [(&str, &str); 8] = [
    ("deepseek", "deepseek"),
    ("stability", "stability"),
    ("litellm", "litellm"),
    ("moonshot", "moonshot"),
    ("kimi", "moonshot"),
    ("dashscope", "dashscope"),
    ("qwen", "dashscope"),
    ("openrouter", "openrouter"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_form_is_of_a_vendor_and_every_vendor_has_a_form() {
        let formed: BTreeSet<_> = PREFIXED
            .iter()
            .map(|form| form.vendor)
            .chain(CONTEXTUAL.iter().map(|form| form.vendor))
            .chain(SK_BY_NAME.iter().map(|(_, vendor)| *vendor))
            // By the armour around them.
            .chain(["google", "private-key"])
            .collect();
        let named: BTreeSet<_> = VENDORS.iter().map(|vendor| vendor.id).collect();

        assert_eq!(formed, named);
        assert_eq!(named.len(), VENDORS.len());
    }

    #[test]
    fn prefixes_differ_and_lengths_are_in_order() {
        let prefixes: BTreeSet<_> = PREFIXED.iter().map(|form| form.prefix).collect();

        assert_eq!(prefixes.len(), PREFIXED.len());
        assert!(PREFIXED.iter().all(|form| form.least <= form.most && form.least >= 16));
        assert!(CONTEXTUAL.iter().all(|form| form.words.iter().all(|word| *word == word.to_lowercase())));
    }
}
