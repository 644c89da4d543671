//! Text as the sandbox measures, cuts and streams it.
//!
//! In: a text. Out: its tokens, the part before a stop or a ceiling, the pieces in which it is streamed, an excerpt for
//! quoting. Tokens are exact. Who writes by a vocabulary of its own (completions, embeddings) names it; everything else
//! is `o200k_base`, as all models of chat and responses here are.

use tollgate_tokens::{Vocabulary, recipe};

/// Longest excerpt, in characters.
const EXCERPT: usize = 160;

/// Why the output ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All was said, or a stop was met.
    Stop,
    /// The ceiling of tokens was met.
    Length,
    /// A filter cut it off.
    Filtered,
}

impl Ending {
    /// The word for `finish_reason`.
    pub(super) fn finish_reason(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Filtered => "content_filter",
        }
    }
}

/// What is said, and the tokens that it was said in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The text. Where the ceiling fell within a character, that character is missing.
    pub(super) text: String,
    /// Its tokens, at most as many as allowed.
    pub(super) ids: Vec<u32>,
    /// Why it ends.
    pub(super) ending: Ending,
    vocabulary: Vocabulary,
}

/// A piece of what is said: at least one token, and whole characters only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The text, empty if the output ends within a character.
    pub(super) text: &'a str,
    /// Its tokens.
    pub(super) ids: &'a [u32],
}

impl Written {
    /// Nothing but `text`, whole.
    pub(super) fn whole(vocabulary: Vocabulary, text: &str) -> Self {
        written(vocabulary, text, &[], None)
    }

    /// How many tokens it is.
    pub(super) fn tokens(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// What vocabulary the ids are of.
    pub(super) fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// The pieces in which it is streamed, of at least `size` tokens each but the last. Together they are the text.
    pub(super) fn pieces(&self, size: usize) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let (mut from, mut start, mut end) = (0, 0, 0);
        for (at, id) in self.ids.iter().enumerate() {
            end += self.vocabulary.bytes(*id).map_or(0, <[u8]>::len);
            let whole = self.text.is_char_boundary(end);
            if whole && at + 1 - from >= size {
                pieces.push(Piece { text: &self.text[start..end], ids: &self.ids[from..=at] });
                (from, start) = (at + 1, end);
            }
        }
        if from < self.ids.len() {
            pieces.push(Piece { text: &self.text[start..], ids: &self.ids[from..] });
        }
        pieces
    }
}

/// What is said of `text`: up to the first of `stops`, and at most `maximum` tokens of it.
pub(super) fn written(vocabulary: Vocabulary, text: &str, stops: &[&str], maximum: Option<u32>) -> Written {
    let stop = stops.iter().filter_map(|stop| text.find(stop)).min();
    let text = &text[..stop.unwrap_or(text.len())];
    let mut ids = vocabulary.encode(text);
    let maximum = maximum.and_then(|maximum| usize::try_from(maximum).ok()).unwrap_or(usize::MAX);
    if ids.len() <= maximum {
        return Written { text: text.to_owned(), ids, ending: Ending::Stop, vocabulary };
    }
    ids.truncate(maximum);
    let length: usize = ids.iter().filter_map(|id| vocabulary.bytes(*id)).map(<[u8]>::len).sum();
    let kept = &text[..text.floor_char_boundary(length)];
    Written { text: kept.to_owned(), ids, ending: Ending::Length, vocabulary }
}

/// What is said of `text` where exactly `wished` tokens of prose are asked for: sentences that say so are added, and
/// stops and ceiling hold nevertheless.
pub(super) fn lengthened(text: &str, stops: &[&str], maximum: Option<u32>, wished: u32) -> Written {
    /// A sentence is more tokens than this.
    const SENTENCE: u32 = 10;
    let mut long = text.to_owned();
    for nth in 1..=wished / SENTENCE + 1 {
        long.push_str(&format!(" Sentence {nth} is here because a longer answer was asked for."));
    }
    let most = maximum.unwrap_or(u32::MAX);
    let mut written = written(Vocabulary::O200k, &long, stops, Some(wished.min(most)));
    if wished <= most {
        written.ending = Ending::Stop;
    }
    written
}

/// What a filter of contents leaves of `text`: its first half.
pub(super) fn filtered(vocabulary: Vocabulary, text: &str) -> Written {
    let half = u32::try_from(vocabulary.encode(text).len() / 2).unwrap_or(u32::MAX);
    Written { ending: Ending::Filtered, ..written(vocabulary, text, &[], Some(half)) }
}

/// The number of tokens in chat and responses.
pub(super) fn tokens(text: &str) -> u32 {
    recipe::tokens(Vocabulary::O200k, text)
}

/// The text and ending of what is [`written`] in chat and responses.
pub(super) fn limited(text: &str, stops: &[&str], maximum: Option<u32>) -> (String, Ending) {
    let written = written(Vocabulary::O200k, text, stops, maximum);
    (written.text, written.ending)
}

/// The pieces in which a text is streamed in chat and responses: a token each. Together they are the text.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end) = (0, 0);
    for id in Vocabulary::O200k.encode(text) {
        end += Vocabulary::O200k.bytes(id).map_or(0, <[u8]>::len);
        if text.is_char_boundary(end) {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    pieces
}

/// `text` for quoting inside a sentence: on one line, short, with nothing that a terminal would obey.
pub(super) fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    for (length, character) in text.trim().chars().filter(|c| !turns_writing(*c)).enumerate() {
        if length == EXCERPT {
            excerpt.push('…');
            break;
        }
        excerpt.push(quoted(character));
    }
    excerpt
}

/// A character between quotation marks. Controls are shown by their pictures, for the answer may go to a terminal.
fn quoted(character: char) -> char {
    match character {
        _ if character.is_whitespace() => ' ',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\x7f' => '␡',
        _ if character.is_control() => '\u{fffd}',
        '“' => '‘',
        '”' => '’',
        _ => character,
    }
}

/// Whether a character is there to turn the direction of others, also of those behind the quotation.
fn turns_writing(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const O200K: Vocabulary = Vocabulary::O200k;

    #[test]
    fn tokens_are_those_of_the_vocabulary() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("Hello, world!"), 4);
        assert_eq!(tokens("internationalisation"), 2);
    }

    #[test]
    fn output_ends_at_the_first_stop() {
        assert_eq!(limited("one two three", &["three", "two"], None), (String::from("one "), Ending::Stop));
    }

    #[test]
    fn output_ends_at_the_ceiling() {
        assert_eq!(limited("one two three", &[], Some(1)), (String::from("one"), Ending::Length));
        assert_eq!(limited("one two three", &[], Some(0)), (String::new(), Ending::Length));
        assert_eq!(limited("one", &[], Some(1)), (String::from("one"), Ending::Stop));
    }

    #[test]
    fn character_that_the_ceiling_cuts_is_left_out() {
        let cut = written(O200K, "👍🏽", &[], Some(2));

        assert_eq!((cut.text.as_str(), cut.ids.len(), cut.ending), ("👍", 2, Ending::Length));
    }

    #[test]
    fn excerpt_is_one_line_and_short() {
        assert_eq!(excerpt(" a\nb "), "a b");
        assert_eq!(excerpt(&"x".repeat(1000)).chars().count(), EXCERPT + 1);
    }

    #[test]
    fn excerpt_shows_controls_and_obeys_none() {
        assert_eq!(excerpt("a\x1b[31mb\u{202e}c\u{9b}d\x7f"), "a␛[31mbc\u{fffd}d␡");
        assert_eq!(excerpt("“quoted” text"), "‘quoted’ text");
        assert_eq!(excerpt("👩\u{200d}🔬 العربية"), "👩\u{200d}🔬 العربية");
    }

    proptest! {
        #[test]
        fn pieces_together_are_the_text(text in ".*", size in 1_usize..5) {
            let written = written(O200K, &text, &[], Some(20));
            let pieces = written.pieces(size);

            prop_assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), written.text.clone());
            prop_assert_eq!(pieces.iter().map(|piece| piece.ids.len()).sum::<usize>(), written.ids.len());
            prop_assert_eq!(super::pieces(&text).concat(), text);
        }

        #[test]
        fn ceiling_is_never_exceeded(text in ".*", maximum in 0_u32..40) {
            let written = written(O200K, &text, &[], Some(maximum));

            prop_assert!(text.starts_with(&written.text));
            prop_assert!(written.tokens() <= maximum);
            prop_assert_eq!(written.ending == Ending::Stop, written.text == text);
        }
    }
}
