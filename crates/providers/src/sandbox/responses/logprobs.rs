//! Log probabilities: numbers of the right shape, made of the text itself.
//!
//! In: a text and how many alternatives are wanted. Out: for each piece of it, its likelihood and those alternatives.
//! They say nothing: the sandbox has no probabilities. They are the same for the same text.

use crate::sandbox::{digest::fnv, text::pieces};

use super::wire::{Likely, LogProb};

/// Alternatives to any piece, the likeliest first; as many as OpenAI gives at most.
const OTHERS: [&str; 20] = [
    " the", " a", ".", ",", " and", " to", " of", " in", " is", " that", " it", " for", " on", " with", " as", " was",
    " at", " by", " an", " be",
];

/// Those of a text.
pub(super) fn of(text: &str, alternatives: usize) -> Vec<LogProb> {
    pieces(text).into_iter().map(|piece| of_piece(piece, alternatives)).collect()
}

/// Those of one piece.
pub(super) fn of_piece(piece: &str, alternatives: usize) -> LogProb {
    // Between 0 and -0.1: it was rather sure.
    let own = -((fnv(0, piece.as_bytes()) % 1000) as f64) / 10_000.0;
    let others = OTHERS.iter().filter(|other| **other != piece);
    let rest = others.enumerate().map(|(rank, other)| likely(other, -3.0 - rank as f64 / 4.0));
    let top_logprobs = std::iter::once(likely(piece, own)).chain(rest).take(alternatives).collect();
    LogProb { of: likely(piece, own), top_logprobs }
}

fn likely(token: &str, logprob: f64) -> Likely {
    Likely { token: token.to_owned(), logprob, bytes: token.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_together_are_the_text_and_each_leads_its_alternatives() {
        let all = of("one two three", 3);

        assert_eq!(all.iter().map(|one| one.of.token.as_str()).collect::<String>(), "one two three");
        for one in all {
            assert_eq!(one.top_logprobs.len(), 3);
            assert_eq!(one.top_logprobs[0].token, one.of.token);
            assert!(one.of.logprob <= 0.0 && one.top_logprobs.windows(2).all(|two| two[0].logprob >= two[1].logprob));
        }
    }
}
