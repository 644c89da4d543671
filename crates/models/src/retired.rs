//! Models that their makers have switched off, and that therefore are in no table of what can be had.
//!
//! In: a name, under any vendor's spelling. Out: who has retired it, and on which day. The days are those of the makers'
//! pages of deprecations (developers.openai.com/api/docs/deprecations and
//! platform.claude.com/docs/en/about-claude/model-deprecations, 2026-11). What a maker recommends in a model's place is not
//! here: it changes, and was itself retired more than once. A name that is not here, may be retired all the same.

use crate::spelling::bare;
use crate::vendor::Vendor;

/// That a model has been switched off by its maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retired {
    /// Who has.
    pub by: Vendor,
    /// The day from which it is refused there, `YYYY-MM-DD`.
    pub on: &'static str,
}

/// What is known of the retirement of the model that a name means; a date in the name counts.
#[must_use]
pub fn retired(name: &str) -> Option<Retired> {
    let name = bare(name);
    let name = name.strip_suffix("-latest").unwrap_or(&name);
    let (by, on, _) = RETIRED.iter().find(|(.., names)| names.contains(&name))?;
    Some(Retired { by: *by, on })
}

/// Who, when, which.
static RETIRED: [(Vendor, &str, &[&str]); 12] = [
    (
        Vendor::OpenAi,
        "2024-01-04",
        &[
            "ada",
            "babbage",
            "curie",
            "davinci",
            "text-ada-001",
            "text-babbage-001",
            "text-curie-001",
            "text-davinci-001",
            "text-davinci-002",
            "text-davinci-003",
        ],
    ),
    (Vendor::OpenAi, "2024-09-13", &["gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613", "gpt-3.5-turbo-16k-0613"]),
    (Vendor::OpenAi, "2024-12-06", &["gpt-4-vision-preview", "gpt-4-1106-vision-preview"]),
    (Vendor::OpenAi, "2025-06-06", &["gpt-4-32k", "gpt-4-32k-0314", "gpt-4-32k-0613"]),
    (Vendor::OpenAi, "2025-07-14", &["gpt-4.5-preview"]),
    (Vendor::OpenAi, "2025-10-10", &["gpt-4o-audio-preview-2024-10-01"]),
    (Vendor::OpenAi, "2026-01-16", &["codex-mini-latest", "codex-mini"]),
    (Vendor::OpenAi, "2026-02-17", &["chatgpt-4o-latest", "chatgpt-4o"]),
    (Vendor::OpenAi, "2026-03-26", &["gpt-4-0314", "gpt-4-0125-preview", "gpt-4-turbo-preview"]),
    (
        Vendor::Anthropic,
        "2024-11-06",
        &[
            "claude-1.0",
            "claude-1.1",
            "claude-1.2",
            "claude-1.3",
            "claude-instant-1.0",
            "claude-instant-1.1",
            "claude-instant-1.2",
        ],
    ),
    (Vendor::Anthropic, "2025-07-21", &["claude-2.0", "claude-2.1", "claude-3-sonnet", "claude-3-sonnet-20240229"]),
    (Vendor::Anthropic, "2026-01-05", &["claude-3-opus", "claude-3-opus-20240229"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::all;

    #[test]
    fn a_retired_model_is_known_under_the_spellings_of_vendors_and_routers() {
        for (name, by, on) in [
            ("text-davinci-003", Vendor::OpenAi, "2024-01-04"),
            ("openai/gpt-4-0314", Vendor::OpenAi, "2026-03-26"),
            ("GPT-4-32k", Vendor::OpenAi, "2025-06-06"),
            ("chatgpt-4o-latest", Vendor::OpenAi, "2026-02-17"),
            ("anthropic/claude-3-opus-20240229", Vendor::Anthropic, "2026-01-05"),
            ("us.anthropic.claude-3-opus-20240229-v1:0", Vendor::Anthropic, "2026-01-05"),
            ("claude-3-opus-latest", Vendor::Anthropic, "2026-01-05"),
        ] {
            assert_eq!(retired(name), Some(Retired { by, on }), "{name}");
        }
        for name in ["", "gpt-4o", "gpt-4", "claude-opus-4", "davinci-002", "sandbox"] {
            assert_eq!(retired(name), None, "{name}");
        }
    }

    #[test]
    fn nothing_that_its_maker_has_in_the_table_with_a_later_day_is_called_retired() {
        for model in all() {
            if let Some(gone) = retired(model.name).filter(|gone| gone.by == model.vendor) {
                let is_tuned = model.name.starts_with("ft:");

                assert!(is_tuned || model.shutdown.is_some_and(|day| day <= gone.on), "{}", model.name);
            }
        }
    }
}
