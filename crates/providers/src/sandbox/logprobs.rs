//! Log probabilities of what is said.
//!
//! In: tokens. Out: for each a probability above one half, and the tokens that might have stood there instead, which
//! share the rest. They depend on the token and its place alone, so that the same answer has the same numbers, and
//! mean nothing.

use serde::Serialize;
use tollgate_tokens::Vocabulary;

use super::digest::mix;

/// The least that a token's probability can be, as its logarithm: more than half.
const LEAST: f64 = -0.65;
/// Tokens from which alternatives are taken: behind the single bytes, and frequent ones.
const FREQUENT: std::ops::Range<u32> = 300..12_000;
/// What the best alternative takes of the rest, and every further one of what that leaves.
const SHARE: f64 = 0.55;

/// One entry of chat's `logprobs.content`.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    token: String,
    logprob: f64,
    bytes: Vec<u8>,
    top_logprobs: Vec<Top>,
}

/// One of the likeliest tokens at a place.
#[derive(Debug, Serialize)]
pub(super) struct Top {
    token: String,
    logprob: f64,
    bytes: Vec<u8>,
}

/// The token `id` at place `at`, with the `top` likeliest there.
pub(super) fn entry(vocabulary: Vocabulary, id: u32, at: usize, top: usize) -> Entry {
    let (logprob, alternatives) = likely(vocabulary, id, at, top);
    let of = |id: u32| vocabulary.bytes(id).unwrap_or_default();
    let top_logprobs =
        alternatives.into_iter().map(|(id, logprob)| Top { token: shown(of(id)), logprob, bytes: of(id).to_vec() });
    Entry { token: shown(of(id)), logprob, bytes: of(id).to_vec(), top_logprobs: top_logprobs.collect() }
}

/// The logarithm for `id`, and the `top` likeliest tokens at its place, itself the first.
pub(super) fn likely(vocabulary: Vocabulary, id: u32, at: usize, top: usize) -> (f64, Vec<(u32, f64)>) {
    let place = mix(u64::from(id) ^ mix(at as u64));
    let chosen = rounded(LEAST * unit(place).powi(3) - 1e-6);
    let mut likely = Vec::with_capacity(top);
    if top == 0 {
        return (chosen, likely);
    }
    likely.push((id, chosen));
    let mut rest = 1.0 - chosen.exp();
    let mut state = place;
    while likely.len() < top {
        state = mix(state);
        let other = FREQUENT.start + (state % u64::from(FREQUENT.end - FREQUENT.start)) as u32;
        let readable = vocabulary.bytes(other).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        if !readable || likely.iter().any(|(known, _)| *known == other) {
            continue;
        }
        likely.push((other, rounded((rest * SHARE).ln())));
        rest *= 1.0 - SHARE;
    }
    (chosen, likely)
}

/// A token as text. One that is part of a character is shown as what it is, in OpenAI's manner.
pub(super) fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
    }
}

/// From 0 to 1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// To so many digits that the last ones do not depend on the machine's logarithm.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_fall_and_do_not_exceed_one() {
        for id in [0, 700, 150_000] {
            for at in 0..200 {
                let (chosen, likely) = likely(Vocabulary::O200k, id, at, 20);

                assert_eq!((likely.len(), likely[0]), (20, (id, chosen)));
                assert!(chosen <= 0.0);
                assert!(likely.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{likely:?}");
                assert!(likely.iter().map(|(_, logprob)| logprob.exp()).sum::<f64>() < 1.0001);
            }
        }
    }

    #[test]
    fn entry_shows_bytes_where_a_token_is_part_of_a_character() {
        let ids = Vocabulary::O200k.encode("🏽");

        let entry = entry(Vocabulary::O200k, ids[1], 0, 0);

        assert!(entry.token.starts_with("\\x") && entry.bytes.len() < 4, "{entry:?}");
    }
}
