//! Text as the sandbox measures and cuts it.
//!
//! In: a text. Out: its number of tokens, the part before a stop or a ceiling, the pieces in which it is streamed, an
//! excerpt for quoting. Tokens are approximated: one per four bytes of UTF-8, and at least one per word. That is
//! OpenAI's own rule of thumb for English; for code and for other scripts it may be far off.

/// Bytes that one token stands for.
const BYTES_PER_TOKEN: usize = 4;
/// Longest piece of a stream, so that JSON, which has no blanks, still comes in several.
const PIECE_BYTES: usize = 16;
/// Longest excerpt, in characters.
const EXCERPT: usize = 160;

/// Why the output ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All was said, or a stop was met.
    Stop,
    /// The ceiling of tokens was met.
    Length,
}

impl Ending {
    /// The word for `finish_reason`.
    pub(super) fn finish_reason(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
        }
    }
}

/// The approximate number of tokens.
pub(super) fn tokens(text: &str) -> u32 {
    count(text.split_whitespace().count(), text.len())
}

fn count(words: usize, bytes: usize) -> u32 {
    u32::try_from(words.max(bytes.div_ceil(BYTES_PER_TOKEN))).unwrap_or(u32::MAX)
}

/// What is said of `text`: up to the first of `stops`, and at most `maximum` tokens of it.
pub(super) fn limited(text: &str, stops: &[&str], maximum: Option<u32>) -> (String, Ending) {
    let stop = stops.iter().filter_map(|stop| text.find(stop)).min();
    let text = &text[..stop.unwrap_or(text.len())];
    let kept = maximum.map_or(text, |maximum| first_tokens(text, maximum));
    let ending = if kept.len() < text.len() { Ending::Length } else { Ending::Stop };
    (kept.to_owned(), ending)
}

/// The longest beginning of `text` that has at most `maximum` tokens.
fn first_tokens(text: &str, maximum: u32) -> &str {
    let mut words = 0;
    let mut in_word = false;
    for (at, character) in text.char_indices() {
        let blank = character.is_whitespace();
        if !blank && !in_word {
            words += 1;
        }
        in_word = !blank;
        if count(words, at + character.len_utf8()) > maximum {
            return &text[..at];
        }
    }
    text
}

/// The pieces in which `text` is streamed: words with the blank after them, long ones in parts. Together they are the
/// text.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        if character.is_whitespace() || end - start >= PIECE_BYTES {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// `text` for quoting inside a sentence: on one line, and short.
pub(super) fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    for (length, character) in text.trim().chars().enumerate() {
        if length == EXCERPT {
            excerpt.push('…');
            break;
        }
        excerpt.push(if character.is_whitespace() { ' ' } else { character });
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_word_is_a_token_and_so_are_four_bytes() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("a b c d"), 4);
        assert_eq!(tokens("internationalisation"), 5);
    }

    #[test]
    fn output_ends_at_the_first_stop() {
        assert_eq!(limited("one two three", &["three", "two"], None), (String::from("one "), Ending::Stop));
    }

    #[test]
    fn output_ends_at_the_ceiling() {
        assert_eq!(limited("one two three", &[], Some(1)), (String::from("one "), Ending::Length));
        assert_eq!(limited("one two three", &[], Some(0)), (String::new(), Ending::Length));
        assert_eq!(limited("one", &[], Some(1)), (String::from("one"), Ending::Stop));
    }

    #[test]
    fn excerpt_is_one_line_and_short() {
        assert_eq!(excerpt(" a\nb "), "a b");
        assert_eq!(excerpt(&"x".repeat(1000)).chars().count(), EXCERPT + 1);
    }

    proptest! {
        #[test]
        fn pieces_together_are_the_text(text in ".*") {
            prop_assert_eq!(pieces(&text).concat(), text);
        }

        #[test]
        fn ceiling_is_never_exceeded(text in ".*", maximum in 0_u32..40) {
            let (kept, ending) = limited(&text, &[], Some(maximum));

            prop_assert!(text.starts_with(&kept));
            prop_assert!(tokens(&kept) <= maximum);
            prop_assert_eq!(ending == Ending::Stop, kept == text);
        }
    }
}
