//! Provider keys in the environment that nothing uses yet: noticed, never read beyond whether they are ours.
//!
//! In: the names of variables, and the file that is read. Out: one line and the TOML lines that would use each. Base URLs are those that the
//! providers publish for OpenAI's SDKs.

use std::collections::BTreeMap;
use std::path::Path;

/// Prefix of the variable, name of the provider, base URL.
const KNOWN: [(&str, &str, &str); 6] = [
    ("OPENAI", "openai", "https://api.openai.com/v1"),
    ("OPENROUTER", "openrouter", "https://openrouter.ai/api/v1"),
    ("GROQ", "groq", "https://api.groq.com/openai/v1"),
    ("DEEPSEEK", "deepseek", "https://api.deepseek.com/v1"),
    ("MISTRAL", "mistral", "https://api.mistral.ai/v1"),
    ("TOGETHER", "together", "https://api.together.xyz/v1"),
];

/// One message per provider that could be configured. A key of Tollgate itself is none: that is how its own callers
/// are configured. `place` is the file that is, or would be, read.
pub(super) fn messages(variables: &BTreeMap<String, String>, configured: &[&str], place: &Path) -> Vec<String> {
    KNOWN
        .iter()
        .filter_map(|(prefix, provider, base_url)| {
            let variable = format!("{prefix}_API_KEY");
            let value = variables.get(&variable)?;
            if value.is_empty() || value.starts_with(tollgate_core::key::PREFIX) || configured.contains(provider) {
                return None;
            }
            Some(format!(
                "{variable} is set: to use {provider}, put into {}
  [providers.{provider}]
  base_url = \"{base_url}\"
  credential = {{ env = \"{variable}\" }}
  [models.\"NAME\"]
  deployments = [{{ provider = \"{provider}\", model = \"NAME\" }}]",
                place.display()
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_noticed_by_its_name_and_never_shown() {
        let variables = BTreeMap::from([
            ("OPENAI_API_KEY".to_owned(), "sk-tg-ours".to_owned()),
            ("GROQ_API_KEY".to_owned(), "gsk_secret".to_owned()),
            ("MISTRAL_API_KEY".to_owned(), "secret".to_owned()),
        ]);

        let messages = messages(&variables, &["mistral"], Path::new("/data/tollgate.toml"));

        assert_eq!(messages.len(), 1);
        assert!(messages[0].contains("put into /data/tollgate.toml\n"));
        assert!(messages[0].contains("https://api.groq.com/openai/v1") && !messages[0].contains("secret"));
    }
}
