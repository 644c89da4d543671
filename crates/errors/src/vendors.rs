//! Keys of other vendors, by how they begin: one table for refusals, masking and `explain`. What looks for keys in files has
//! a table of its own, for there it matters where a key ends.
//!
//! In: a text. Out: whose key it is by its form. Prefixes are the vendors' own (their documentation, and the patterns
//! that secret scanners publish); what has no prefix of its own is told by length and alphabet only where no other
//! vendor has the same form. A form is never proof that the key works.

/// How keys of one vendor look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// The vendor as it is called in a sentence.
    pub name: &'static str,
    /// A word for JSON; several forms of one vendor share it.
    pub id: &'static str,
    /// What every such key starts with.
    pub prefix: &'static str,
    /// At least so many characters follow.
    pub least: usize,
}

const fn vendor(prefix: &'static str, least: usize, id: &'static str, name: &'static str) -> Vendor {
    Vendor { name, id, prefix, least }
}

/// All forms with a prefix, longer prefixes before the shorter ones that they begin with.
pub static VENDORS: [Vendor; 56] = [
    vendor("sk-ant-", 8, "anthropic", "Anthropic"),
    vendor("sk-or-", 8, "openrouter", "OpenRouter"),
    vendor("sk-proj-", 8, "openai", "OpenAI"),
    vendor("sk-svcacct-", 8, "openai", "OpenAI"),
    vendor("sk-admin-", 8, "openai", "OpenAI"),
    vendor("sk-None-", 8, "openai", "OpenAI"),
    vendor("sess-", 32, "openai", "OpenAI's dashboard session"),
    vendor("sk-lf-", 8, "langfuse", "Langfuse"),
    vendor("pk-lf-", 8, "langfuse", "Langfuse"),
    vendor("sk-helicone-", 8, "helicone", "Helicone"),
    vendor("sk-t0-", 8, "tensorzero", "TensorZero"),
    vendor("sk-bf-", 8, "bifrost", "Bifrost"),
    vendor("AIza", 10, "gemini", "Google"),
    vendor("AQ.A", 20, "gemini", "Google"),
    vendor("ya29.", 8, "gemini", "Google's sign-in"),
    vendor("GOCSPX-", 12, "google", "Google's sign-in"),
    vendor("gsk_", 8, "groq", "Groq"),
    vendor("xai-", 8, "xai", "xAI"),
    vendor("hf_", 8, "huggingface", "Hugging Face"),
    vendor("api_org_", 20, "huggingface", "Hugging Face"),
    vendor("pplx-", 8, "perplexity", "Perplexity"),
    vendor("nvapi-", 8, "nvidia", "NVIDIA"),
    vendor("r8_", 20, "replicate", "Replicate"),
    vendor("fw_", 16, "fireworks", "Fireworks AI"),
    vendor("tgp_v1_", 16, "together", "Together AI"),
    vendor("csk-", 20, "cerebras", "Cerebras"),
    vendor("esecret_", 16, "anyscale", "Anyscale"),
    vendor("rpa_", 20, "runpod", "RunPod"),
    vendor("vck_", 20, "vercel", "Vercel AI Gateway"),
    vendor("cpk_", 20, "chutes", "Chutes"),
    vendor("jina_", 20, "jina", "Jina AI"),
    vendor("pa-", 40, "voyage", "Voyage AI"),
    vendor("up_", 24, "upstage", "Upstage"),
    vendor("AQVN", 20, "yandex", "Yandex Cloud"),
    vendor("ABSK", 40, "aws", "Amazon Bedrock"),
    vendor("bedrock-api-key-", 16, "aws", "Amazon Bedrock"),
    vendor("AKIA", 12, "aws", "AWS"),
    vendor("ASIA", 12, "aws", "AWS"),
    vendor("dapi", 32, "databricks", "Databricks"),
    vendor("lsv2_", 16, "langsmith", "LangSmith"),
    vendor("ls__", 16, "langsmith", "LangSmith"),
    vendor("llx-", 20, "llamaindex", "LlamaCloud"),
    vendor("pcsk_", 20, "pinecone", "Pinecone"),
    vendor("tvly-", 16, "tavily", "Tavily"),
    vendor("sk_live_", 12, "stripe", "Stripe"),
    vendor("sk_test_", 12, "stripe", "Stripe"),
    vendor("rk_live_", 12, "stripe", "Stripe"),
    vendor("github_pat_", 16, "github", "GitHub"),
    vendor("ghp_", 16, "github", "GitHub"),
    vendor("gho_", 16, "github", "GitHub"),
    vendor("ghs_", 16, "github", "GitHub"),
    vendor("ghu_", 16, "github", "GitHub"),
    vendor("glpat-", 16, "gitlab", "GitLab"),
    vendor("xoxb-", 16, "slack", "Slack"),
    vendor("xoxp-", 16, "slack", "Slack"),
    vendor("sk_", 40, "elevenlabs", "ElevenLabs"),
];

/// "OpenAI" in base64: it stands in the middle of OpenAI's keys of every form.
const OPENAI_MARK: &str = "T3BlbkFJ";

const OPENAI: Vendor = vendor("sk-", 40, "openai", "OpenAI");
const AZURE: Vendor = vendor("", 84, "azure", "Azure OpenAI");
/// Both issue `sk-` and 32 hexadecimal digits.
const DEEPSEEK: Vendor = vendor("sk-", 32, "deepseek", "DeepSeek or Alibaba Cloud");
const ZHIPU: Vendor = vendor("", 49, "zhipu", "Zhipu AI");

/// Whose key `text` is by its form, if it is anybody's but this gateway's.
#[must_use]
pub fn vendor_of(text: &str) -> Option<&'static Vendor> {
    let in_key = |b: u8| b.is_ascii_alphanumeric() || b"-_.=/+".contains(&b);
    if !text.bytes().all(in_key) {
        return None;
    }
    let by_prefix = |v: &&Vendor| text.strip_prefix(v.prefix).is_some_and(|rest| rest.len() >= v.least);
    VENDORS.iter().find(by_prefix).or_else(|| by_form(text))
}

/// Forms without a prefix of their own.
fn by_form(text: &str) -> Option<&'static Vendor> {
    let hex = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let alphanumeric = |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric());
    if text.starts_with("sk-") && text.contains(OPENAI_MARK) {
        return Some(&OPENAI);
    }
    // Azure's newer keys carry a mark in the middle; its older ones are 32 hexadecimal digits like many others'.
    if text.len() == 84 && alphanumeric(text) && text.contains("JQQJ99") {
        return Some(&AZURE);
    }
    if let Some(rest) = text.strip_prefix("sk-") {
        return match rest.len() {
            48 if alphanumeric(rest) => Some(&OPENAI),
            32 if hex(rest) => Some(&DEEPSEEK),
            _ => None,
        };
    }
    let (id, secret) = text.split_once('.')?;
    (id.len() == 32 && hex(id) && secret.len() == 16 && alphanumeric(secret)).then_some(&ZHIPU)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        vendor_of(text).map(|v| v.name)
    }

    #[test]
    fn every_prefix_names_its_own_vendor() {
        for vendor in &VENDORS {
            let key = format!("{}{}", vendor.prefix, "A1b2C3d4".repeat(8));

            assert_eq!(vendor_of(&key).map(|v| v.prefix), Some(vendor.prefix), "{key}");
        }
    }

    #[test]
    fn forms_without_a_prefix_are_told_where_they_are_one_vendor_s() {
        let old = format!("sk-{}", "a1B2".repeat(12));
        let marked = "sk-abcdefghijklmnopqrstT3BlbkFJabcdefghijklmnopqrst";
        let azure = format!("{}JQQJ99{}", "a1".repeat(20), "b2".repeat(19));

        assert_eq!(name(&old), Some("OpenAI"));
        assert_eq!(name(marked), Some("OpenAI"));
        assert_eq!(name(&format!("sk-{}", "0a1b".repeat(8))), Some("DeepSeek or Alibaba Cloud"));
        assert_eq!(name(&azure), Some("Azure OpenAI"));
        assert_eq!(name(&format!("{}.{}", "0a".repeat(16), "aB".repeat(8))), Some("Zhipu AI"));
        for nobody_s in ["", "sk-", "sk-1234", "0123456789abcdef0123456789abcdef", "hello world", "pa-ul", "fc-1"] {
            assert_eq!(name(nobody_s), None, "{nobody_s}");
        }
    }
}
