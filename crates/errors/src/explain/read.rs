//! Reads a paste into a case: unwraps it, then notes its features.
//!
//! In: the text and its context. Out: the [`Case`]. Bounded: of a text longer than [`TEXT_MAX_BYTES`] its two ends are
//! read.

use super::Context;
use super::case::{Case, Sentence, Standing};
use super::rules::rules;
use super::terms::{TermSet, normal};

/// Of a paste, what is read.
pub(crate) const TEXT_MAX_BYTES: usize = 128 * 1024;

/// The features of `text`.
pub(crate) fn case(text: &str, context: &Context) -> Case {
    let end = text.floor_char_boundary(TEXT_MAX_BYTES);
    let mut case = Case {
        sentences: text[..end].split(['\n']).map(|line| sentence(line, Standing::Text)).collect(),
        statuses: context.status.into_iter().collect(),
        providers: context.provider.iter().map(|p| p.to_lowercase()).collect(),
        api_signs: 1,
        is_failure: true,
        ..Case::default()
    };
    let mut all = TermSet::default();
    case.sentences.iter().for_each(|s| all.add(&s.terms));
    case.terms = all;
    case
}

/// A sentence with its terms.
pub(crate) fn sentence(text: &str, standing: Standing) -> Sentence {
    let normal = normal(text);
    let terms = rules().terms.in_text(&normal);
    Sentence { text: text.to_owned(), normal, standing, terms }
}
