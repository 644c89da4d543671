//! Which of the models that there are an unknown name was likely meant to be.
//!
//! In: the name asked for, and the names of models with what they mean. Out: the nearest, best first. A vendor's name
//! before a slash counts for nothing, on either side: clients of routers ask for `openai/gpt-4o` where the model is called
//! `gpt-4o`, and for `llama-3.1-8b` where it is `meta-llama/llama-3.1-8b`. Nor do points for dashes, dates, regions and
//! what else tells one vendor's spelling of a model from another's: `us.anthropic.claude-3-5-sonnet-20240620-v1:0`,
//! `claude-3.5-sonnet` and `claude-3-5-sonnet-latest` mean the same.

use tollgate_errors::distance;
use tollgate_models::canonical;

/// Names are shown up to here; nobody resembles a longer one.
const LENGTH_MAX: usize = 100;

/// What a name means, whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// As vendors are agreed upon.
    canonical: String,
    /// The words and numbers in it, in order of the alphabet: `gpt4o` is `gpt-4o`, `claude-4-sonnet` is
    /// `claude-sonnet-4`.
    parts: Vec<String>,
}

impl Meaning {
    pub(crate) fn of(name: &str) -> Self {
        let canonical = canonical(name);
        let mut parts: Vec<String> = Vec::new();
        let mut last = None;
        for c in canonical.chars() {
            let kind = (c.is_numeric(), c.is_alphabetic());
            match (kind, parts.last_mut()) {
                ((false, false), _) => {}
                (_, Some(part)) if last == Some(kind) => part.push(c),
                _ => parts.push(c.into()),
            }
            last = Some(kind);
        }
        parts.sort_unstable();
        Self { canonical, parts }
    }
}

/// Models that an unknown name may mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Nearest<'n> {
    /// At most three of them, nearest first.
    pub(crate) names: Vec<&'n str>,
    /// The first is that very model under another spelling, or stands for it.
    pub(crate) is_it: bool,
}

/// How near a name is, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It means the same model.
    Same,
    /// Its provider is asked for that model.
    Serves,
    /// It is written alike: edits without what stands before the last slash or differs by spelling, and as a whole.
    Alike(usize, usize),
}

/// The models that `asked` may mean; each with the meanings of its own name and of those at its providers.
pub(crate) fn nearest<'n, 'm>(asked: &str, models: impl Iterator<Item = (&'n str, &'m [Meaning])>) -> Nearest<'n> {
    let asked: String = asked.chars().take(LENGTH_MAX).collect();
    let meaning = Meaning::of(&asked);
    let mut found: Vec<(Rank, &str)> =
        models.filter_map(|(name, meanings)| Some((rank(&asked, &meaning, name, meanings)?, name))).collect();
    found.sort_unstable();
    let is_it = found.first().is_some_and(|(rank, _)| matches!(rank, Rank::Same | Rank::Serves));
    Nearest { names: found.into_iter().take(3).map(|(_, name)| name).collect(), is_it }
}

fn rank(asked: &str, meaning: &Meaning, name: &str, meanings: &[Meaning]) -> Option<Rank> {
    let same = |other: &Meaning| !meaning.parts.is_empty() && other.parts == meaning.parts;
    match meanings.split_first() {
        Some((own, _)) if same(own) => return Some(Rank::Same),
        Some((_, served)) if served.iter().any(same) => return Some(Rank::Serves),
        _ => {}
    }
    let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let whole = edits(asked, name);
    let spelling = meanings.first().and_then(|own| edits(&meaning.canonical, &own.canonical));
    let nearest = [whole, edits(&bare(asked), &bare(name)), spelling].into_iter().flatten().min()?;
    Some(Rank::Alike(nearest, whole.unwrap_or(usize::MAX)))
}

/// How many edits two names are apart; `None` where they do not resemble each other.
fn edits(asked: &str, name: &str) -> Option<usize> {
    let asked: Vec<char> = asked.chars().flat_map(char::to_lowercase).collect();
    let edits = distance(&asked, name);
    (edits <= (name.len().max(asked.len()) / 2).max(2)).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nearest of models that are called as they are at their providers, or otherwise: `name=upstream`.
    fn nearest_of<'n>(asked: &str, models: &[&'n str]) -> (Vec<&'n str>, bool) {
        let made: Vec<(&str, Vec<Meaning>)> = models
            .iter()
            .map(|model| {
                let (name, upstream) = model.split_once('=').unwrap_or((model, model));
                (name, vec![Meaning::of(name), Meaning::of(upstream)])
            })
            .collect();
        let found = nearest(asked, made.iter().map(|(name, meanings)| (*name, meanings.as_slice())));
        let known = |name: &str| models.iter().find_map(|m| m.split('=').next().filter(|n| *n == name)).unwrap_or("");
        (found.names.iter().map(|name| known(name)).collect(), found.is_it)
    }

    #[test]
    fn a_vendor_s_name_before_a_slash_is_no_difference() {
        assert_eq!(nearest_of("openai/gpt-4o", &["gpt-4o-mini", "gpt-4o", "sandbox"]).0[0], "gpt-4o");
        assert_eq!(nearest_of("OpenAI/GPT-4o", &["gpt-4.1", "gpt-4o"]).0[0], "gpt-4o");
        let llamas = ["meta-llama/llama-3.1-8b", "llama-3.1-70b"];
        assert_eq!(nearest_of("llama-3.1-8b", &llamas).0[0], "meta-llama/llama-3.1-8b");
        assert_eq!(nearest_of("a/b/qwen3", &["c/qwen3"]).0, ["c/qwen3"]);
        assert!(nearest_of("openai/gpt-4o", &["openai/text-embedding-3-large", "whisper"]).0.is_empty());
        assert_eq!(nearest_of("gpt-4o/", &["gpt-4o"]).0, ["gpt-4o"]);
    }

    #[test]
    fn a_model_is_found_under_every_vendor_s_spelling() {
        let here = [
            "gpt-4o",
            "gpt-4o-mini",
            "claude-3-5-sonnet-20241022",
            "claude-3-5-haiku",
            "gemini-1.5-pro",
            "llama-3.1-8b-instruct",
        ];
        for (asked, meant) in [
            ("claude-3.5-sonnet", here[2]),
            ("anthropic/claude-3-5-sonnet-20241022", here[2]),
            ("anthropic.claude-3-5-sonnet-20240620-v1:0", here[2]),
            ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", here[2]),
            ("claude-3-5-sonnet@20240620", here[2]),
            ("claude-sonnet-3.5", here[2]),
            ("anthropic/claude-3.5-haiku:beta", here[3]),
            ("gpt4o", here[0]),
            ("gpt-4o-2024-08-06", here[0]),
            ("gpt_4o_mini", here[1]),
            ("models/gemini-1.5-pro", here[4]),
            ("gemini-1.5-pro-latest", here[4]),
            ("meta-llama/Llama-3.1-8B-Instruct", here[5]),
            ("accounts/fireworks/models/llama-3p1-8b-instruct", here[5]),
        ] {
            let (names, is_it) = nearest_of(asked, &here);

            assert_eq!((names[0], is_it), (meant, true), "{asked}");
        }
    }

    #[test]
    fn a_name_of_the_operator_s_own_is_found_by_what_it_stands_for() {
        assert_eq!(
            nearest_of("claude-3.5-sonnet", &["cheap=gpt-4o-mini", "smart=claude-3-5-sonnet-20241022"]),
            (vec!["smart"], true)
        );
    }

    #[test]
    fn a_misspelt_name_resembles_and_is_not_the_same() {
        assert_eq!(nearest_of("gpt-4o-mni", &["gpt-4o-mini", "whisper"]), (vec!["gpt-4o-mini"], false));
        assert_eq!(nearest_of("claude-3.5-sonet", &["anthropic/claude-3-5-sonnet-20241022"]).0.len(), 1);
        assert!(!nearest_of("", &["gpt-4o"]).1);
        assert_eq!(nearest_of(&"x".repeat(10_000), &["gpt-4o"]), (vec![], false));
    }
}
