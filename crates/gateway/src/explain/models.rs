//! What the table of models knows of the model that a pasted failure names.
//!
//! In: an explanation out of a text. Out: the same, its advice beginning with the day on which the model was switched off,
//! with who serves it, or with the names it may have been meant as. The library of errors knows no models, so that this is
//! added by those who know both: the server and the command line.

use tollgate_errors::{Context, Explanation};
use tollgate_models::{How, Model};

use crate::names::{self, Meaning};

/// The causes at which the model's name is at fault, by their names in answers.
const OF_THE_NAME: [&str; 3] = ["model_not_found", "model_deprecated", "model_wrong_provider"];
/// Letters at which the names that are compared begin alike.
const ALIKE: usize = 2;

/// The cause of `text`, with what is known of the model in it.
#[must_use]
pub fn explain(text: &str, context: &Context) -> Explanation {
    let mut explanation = tollgate_errors::explain(text, context);
    if let Some(name) = explanation.model.clone().filter(|_| OF_THE_NAME.contains(&explanation.answer())) {
        let name = name.strip_prefix("models/").unwrap_or(&name);
        if let Some(line) = advice(explanation.answer(), name) {
            explanation.advice.insert(0, line);
        }
    }
    explanation
}

fn advice(cause: &str, name: &str) -> Option<String> {
    if cause == "model_wrong_provider" {
        return sellers(name);
    }
    let listed = tollgate_models::find(None, name).filter(|found| found.how != How::OtherVendor);
    let exact = listed.filter(|found| found.how == How::Exact);
    // A day to come is to blame only where the failure says so.
    let day = exact
        .filter(|_| cause == "model_deprecated")
        .and_then(|found| Some((found.model.vendor, found.model.shutdown?)));
    let day = tollgate_models::retired(name).map(|gone| (gone.by, gone.on)).or(day);
    if let Some((by, on)) = day {
        let instead = alike(name, |model| model.vendor == by && model.shutdown.is_none());
        let instead = either(&instead).map_or_else(String::new, |names| format!(", such as {names}"));
        return Some(format!(
            "Use a model that {} still serves{instead}: the day on which it switches `{name}` off is {on}",
            by.name()
        ));
    }
    if exact.is_some() || listed.is_none() {
        let told = sellers(name);
        if told.is_some() {
            return told;
        }
    }
    let found = alike(name, |model| !model.vendor.serves_others_models() && model.shutdown.is_none());
    either(&found).map(|names| format!("Use {names} instead of `{name}`, if that is meant"))
}

/// Where a model is to be had.
fn sellers(name: &str) -> Option<String> {
    let sellers: Vec<&str> = tollgate_models::sellers(name).iter().map(|vendor| vendor.name()).take(3).collect();
    (!sellers.is_empty())
        .then(|| format!("Send `{name}` to who serves it ({}), with a key that may use it", sellers.join(", ")))
}

/// At most three names of the table that resemble this one, nearest first.
fn alike(name: &str, fits: impl Fn(&Model) -> bool) -> Vec<&'static str> {
    let start = |name: &str| -> String {
        let name = name.rsplit('/').next().unwrap_or_default();
        name.chars().filter(|c| c.is_alphanumeric()).take(ALIKE).collect::<String>().to_ascii_lowercase()
    };
    let asked = start(name);
    let mut rows: Vec<&'static str> = tollgate_models::all()
        .filter(|model| fits(model) && start(model.name) == asked && model.name != name)
        .map(|model| model.name)
        .collect();
    rows.sort_unstable();
    rows.dedup();
    let meanings: Vec<[Meaning; 1]> = rows.iter().map(|name| [Meaning::of(name)]).collect();
    let models = rows.iter().zip(&meanings).map(|(name, meaning)| (*name, &meaning[..]));
    names::nearest(name, models).names
}

fn either(names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, rest) = quoted.split_last()?;
    Some(if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> String {
        let found = explain(text, &Context::default());
        found.to_json()["fixes"][0].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_misspelt_model_is_answered_with_the_name_that_it_resembles() {
        let told = first("openai.NotFoundError: Error code: 404 - The model `gpt4o` does not exist");

        assert!(told.starts_with("Use `gpt-4o`") && told.contains("instead of `gpt4o`"), "{told}");
    }

    #[test]
    fn a_retired_model_is_answered_with_its_day_and_what_is_left() {
        let told = first("openai 404: The model `gpt-4-0314` has been deprecated, learn more here");

        assert!(told.contains("OpenAI still serves") && told.contains("2026-03-26"), "{told}");
    }

    #[test]
    fn a_model_of_another_vendor_is_answered_with_who_serves_it() {
        let told = first("openai 404: The model `claude-sonnet-4-5` does not exist or you do not have access to it");

        assert!(told.contains("Anthropic"), "{told}");
    }

    #[test]
    fn a_name_that_resembles_none_gets_the_advice_of_the_cause_alone() {
        let text = "openai 404: The model `zzqx-7711` does not exist";
        let found = explain(text, &Context::default());

        assert!(found.advice.is_empty(), "{:?}", found.advice);
    }
}
