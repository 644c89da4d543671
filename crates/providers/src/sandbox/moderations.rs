//! `POST /v1/moderations`: rules, not judgement.
//!
//! In: texts, or parts of text and images. Out: OpenAI's thirteen categories for each, with a flag, a score and the
//! kinds of input that took part. A category is flagged when one of its phrases occurs as whole words, or when two
//! categories meet that it is made of. Enough to test what an application does with a flag; far too little to moderate
//! anything. Images are counted as seen and never flagged.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    Ask, Draft,
    conversation::words,
    digest::{Digest, fnv, mix},
    fields::Fields,
    image::Image,
    models::SandboxModel,
    refusal::Refusal,
    write,
};

/// From this score on a category is flagged.
const THRESHOLD: f64 = 0.5;
/// Score of a single phrase; each further one halves what is missing to 1.
const FIRST_PHRASE: f64 = 0.85;
/// Scores of categories without a phrase stay below this.
const NOISE: f64 = 0.0005;
/// Digits of the id after `modr-`.
const ID_DIGITS: usize = 32;

/// A category: the phrases that flag it, the pair of others that flags it together, and whether it looks at images.
struct Rule {
    category: &'static str,
    phrases: &'static [&'static str],
    together: Option<(&'static str, &'static str)>,
    images: bool,
}

/// In an order in which the parts of a pair come before it. Phrases are lower-case words with single blanks.
const RULES: [Rule; 13] = [
    Rule {
        category: "violence",
        phrases: &[
            "kill",
            "kills",
            "killed",
            "killing",
            "murder",
            "murdered",
            "stab",
            "stabbed",
            "shoot",
            "shot him",
            "shot her",
            "strangle",
            "beat up",
            "attack him",
            "attack her",
            "attack them",
            "blow up",
            "massacre",
        ],
        together: None,
        images: true,
    },
    Rule {
        category: "violence/graphic",
        phrases: &[
            "gore",
            "blood everywhere",
            "dismember",
            "dismembered",
            "decapitate",
            "decapitated",
            "mutilate",
            "mutilated",
            "disembowel",
        ],
        together: None,
        images: true,
    },
    Rule {
        category: "harassment",
        phrases: &[
            "you idiot",
            "you moron",
            "you loser",
            "you are an idiot",
            "you are a moron",
            "you are a loser",
            "you are pathetic",
            "you are worthless",
            "you are stupid",
            "you re an idiot",
            "you re stupid",
            "you re worthless",
            "shut up",
            "nobody likes you",
        ],
        together: None,
        images: false,
    },
    Rule {
        category: "harassment/threatening",
        phrases: &[
            "kill you",
            "kill them",
            "kill him",
            "kill her",
            "hurt you",
            "beat you up",
            "i will find you",
            "you will regret",
            "watch your back",
        ],
        together: Some(("harassment", "violence")),
        images: false,
    },
    Rule {
        category: "hate",
        phrases: &[
            "subhuman",
            "inferior race",
            "i hate all",
            "they are vermin",
            "go back to your country",
            "kill all jews",
            "kill all muslims",
            "kill all christians",
            "kill all blacks",
            "kill all immigrants",
        ],
        together: None,
        images: false,
    },
    Rule {
        category: "hate/threatening",
        phrases: &["exterminate them", "wipe them out"],
        together: Some(("hate", "violence")),
        images: false,
    },
    Rule {
        category: "illicit",
        phrases: &[
            "how to shoplift",
            "how to steal",
            "launder money",
            "counterfeit money",
            "forge a passport",
            "hack into",
            "pick a lock",
            "cook meth",
            "buy drugs",
        ],
        together: None,
        images: false,
    },
    Rule {
        category: "illicit/violent",
        phrases: &["build a bomb", "make a bomb", "make a pipe bomb", "build a weapon", "buy a gun illegally"],
        together: Some(("illicit", "violence")),
        images: false,
    },
    Rule {
        category: "self-harm/intent",
        phrases: &[
            "i want to die",
            "kill myself",
            "end my life",
            "i want to hurt myself",
            "i am going to hurt myself",
            "cut myself on purpose",
        ],
        together: None,
        images: true,
    },
    Rule {
        category: "self-harm/instructions",
        phrases: &["how to kill myself", "how to hurt myself", "how to commit suicide", "ways to commit suicide"],
        together: None,
        images: true,
    },
    Rule {
        category: "self-harm",
        phrases: &[
            "suicide",
            "self harm",
            "kill myself",
            "hurt myself",
            "end my life",
            "i want to die",
            "starve myself",
        ],
        together: None,
        images: true,
    },
    Rule {
        category: "sexual",
        phrases: &["sex scene", "porn", "pornography", "erotic", "naked", "nude", "nudes", "sexual"],
        together: None,
        images: true,
    },
    Rule {
        category: "sexual/minors",
        phrases: &[
            "child porn",
            "underage sex",
            "nude child",
            "nude children",
            "naked child",
            "naked children",
            "nudes of a child",
            "sex with a child",
            "sex with a minor",
            "sex with children",
        ],
        together: None,
        images: false,
    },
];

#[derive(Serialize)]
struct Moderation<'a> {
    id: String,
    model: &'a str,
    results: Vec<Verdict>,
}

#[derive(Serialize)]
struct Verdict {
    flagged: bool,
    categories: BTreeMap<&'static str, bool>,
    category_scores: BTreeMap<&'static str, f64>,
    category_applied_input_types: BTreeMap<&'static str, Vec<&'static str>>,
}

/// What one verdict is about.
#[derive(Default)]
struct Input {
    text: Option<String>,
    images: bool,
}

/// Answers a moderations request.
pub(super) fn answer(ask: &Ask<'_>, _: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let results = inputs(body)?.iter().map(verdict).collect();
    let id = format!("modr-{}", Digest::of(ask).hex(0, ID_DIGITS));
    Ok(Draft::Whole(write::json(&Moderation { id, model: ask.model, results })))
}

/// A string is one input, each of several strings is one, and all parts together are one.
fn inputs(body: &Fields<'_>) -> Result<Vec<Input>, Refusal> {
    match body.required("input")? {
        Value::String(text) => Ok(vec![Input { text: Some(text.clone()), images: false }]),
        Value::Array(items) if items.is_empty() => Err(Refusal::empty_array("input")),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts = items.iter().filter_map(Value::as_str);
            Ok(texts.map(|text| Input { text: Some(text.to_owned()), images: false }).collect())
        }
        Value::Array(items) => {
            let mut input = Input::default();
            for (index, item) in items.iter().enumerate() {
                part(&Fields::of_value(item, format!("input[{index}]"), "an object")?, &mut input)?;
            }
            Ok(vec![input])
        }
        other => Err(Refusal::wrong_type("input", "one of a string, array of strings, or array of objects", other)),
    }
}

fn part(part: &Fields<'_>, input: &mut Input) -> Result<(), Refusal> {
    match part.required_word("type", &["text", "image_url"])? {
        "text" => {
            let text = input.text.get_or_insert_default();
            text.push(' ');
            text.push_str(part.required_string("text")?);
        }
        _ => {
            part.required("image_url")?;
            let image = part.object("image_url")?.ok_or_else(|| Refusal::missing(&part.path("image_url")))?;
            Image::of_url(image.required_string("url")?, &image.path("url"))?;
            input.images = true;
        }
    }
    Ok(())
}

/// What programs do to each other harms nobody.
const HARMLESS: [&str; 6] =
    [" kill a process ", " kill the process ", " kill process ", " kill a job ", " kill 9 ", " kill the server "];

/// The words of a text, full-width letters written as others, without what is harmless.
fn readable(text: &str) -> String {
    const WIDER: u32 = 0xfee0;
    let narrow = |letter: char| match letter {
        '！'..='～' => char::from_u32(letter as u32 - WIDER).unwrap_or(letter),
        other => other,
    };
    let text = words(&text.chars().map(narrow).collect::<String>());
    HARMLESS.iter().fold(text, |text, harmless| text.replace(harmless, " "))
}

fn verdict(input: &Input) -> Verdict {
    let text = readable(input.text.as_deref().unwrap_or_default());
    let mut categories = BTreeMap::new();
    let mut category_scores: BTreeMap<&'static str, f64> = BTreeMap::new();
    let mut category_applied_input_types = BTreeMap::new();
    for rule in &RULES {
        let hits = rule.phrases.iter().filter(|phrase| text.contains(&format!(" {phrase} "))).count();
        let both =
            rule.together.and_then(|(one, other)| Some(category_scores.get(one)?.min(*category_scores.get(other)?)));
        let score = score(hits, rule.category, &text).max(both.filter(|both| *both >= THRESHOLD).unwrap_or(0.0));
        let mut types = Vec::new();
        if input.text.is_some() {
            types.push("text");
        }
        if input.images && rule.images {
            types.push("image");
        }
        categories.insert(rule.category, score >= THRESHOLD);
        category_scores.insert(rule.category, score);
        category_applied_input_types.insert(rule.category, types);
    }
    let flagged = categories.values().any(|flagged| *flagged);
    Verdict { flagged, categories, category_scores, category_applied_input_types }
}

fn score(hits: usize, category: &str, text: &str) -> f64 {
    if hits == 0 {
        let noise = mix(fnv(fnv(0, category.as_bytes()), text.as_bytes())) >> 40;
        return NOISE * noise as f64 / f64::from(1 << 24);
    }
    1.0 - (1.0 - FIRST_PHRASE) * 0.5_f64.powf((hits - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flagged(text: &str) -> Vec<&'static str> {
        let verdict = verdict(&Input { text: Some(text.to_owned()), images: false });
        verdict.categories.into_iter().filter_map(|(category, flagged)| flagged.then_some(category)).collect()
    }

    #[test]
    fn harmless_text_is_not_flagged() {
        assert_eq!(flagged("I will kindly skill up and cut the cake."), [""; 0]);
    }

    #[test]
    fn programs_may_be_killed_and_wide_letters_are_letters() {
        assert_eq!(flagged("how do I kill a process in linux"), [""; 0]);
        assert_eq!(flagged("ＫＩＬＬ"), ["violence"]);
        assert_eq!(flagged("kill all jews"), ["hate", "hate/threatening", "violence"]);
        assert_eq!(flagged("nudes of a child"), ["sexual", "sexual/minors"]);
    }

    #[test]
    fn openais_own_example_is_flagged_as_a_threat() {
        assert_eq!(flagged("I want to kill them."), ["harassment/threatening", "violence"]);
    }

    #[test]
    fn two_categories_together_make_a_third() {
        assert_eq!(flagged("You idiot, this will be murder!"), ["harassment", "harassment/threatening", "violence"]);
    }

    #[test]
    fn images_take_part_where_openai_looks_at_them() {
        let verdict = verdict(&Input { text: None, images: true });

        assert_eq!(verdict.category_applied_input_types["violence"], ["image"]);
        assert_eq!(verdict.category_applied_input_types["hate"], [""; 0]);
        assert!(!verdict.flagged);
    }
}
