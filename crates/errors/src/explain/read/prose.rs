//! Reads lines that are not objects: messages, exceptions, frames of a stack, pairs of name and value, what people write.
//!
//! In: lines without the objects that stood in them. Out: sentences with their standing, and their features.

use super::layers::TAKEN;
use super::lines::{Level, Line};
use super::notes::Notes;
use super::{addresses, codes, exceptions, http, keys, models, os_errors, pairs, params, statuses, trace};
use crate::explain::case::Standing;

/// A shorter line was not broken to fit a window.
const BROKEN_MIN: usize = 40;
/// Lines put together at most.
const JOINED_MAX: usize = 8;

/// A message that an error object or an exception holds.
pub(super) fn message(text: &str, depth: u8, notes: &mut Notes) {
    notes.sentence(text, Standing::Message, depth);
    features(text, depth, notes);
}

/// All lines of a text.
pub(super) fn read(lines: &[Line], depth: u8, notes: &mut Notes) {
    let mut http = http::Transcript::default();
    let mut frames = trace::Frames::default();
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let text = line.text.trim();
        at += 1;
        if text.is_empty() || text == "```" {
            frames.end();
            http.end();
            continue;
        }
        if http.take(text, notes) {
            continue;
        }
        if frames.is_frame(&line.text) {
            if let Some((said, class)) = trace::message_in_ruby(text) {
                notes.exception(class);
                message(said, depth, notes);
            }
            exceptions::in_frame(text, notes);
            notes.sentence(text, Standing::Around, depth);
            continue;
        }
        let (joined, more) = with_continuation(text, &lines[at..]);
        at += more;
        one(&joined, line.level, depth, notes);
    }
}

/// One line, or several that were one.
fn one(text: &str, level: Level, depth: u8, notes: &mut Notes) {
    pairs::in_line(text, depth, notes);
    features(text, depth, notes);
    notes.sentence(&text.replace(TAKEN, " "), standing(text, level), depth);
}

fn features(text: &str, depth: u8, notes: &mut Notes) {
    // Logs say the same again and again.
    if !notes.is_new(text, depth) {
        return;
    }
    statuses::in_text(text, depth, notes);
    codes::in_text(text, depth, notes);
    exceptions::in_text(text, notes);
    os_errors::in_text(text, notes);
    keys::in_text(text, notes);
    params::in_text(text, notes);
    models::in_text(text, depth, notes);
    addresses::in_text(text, notes);
}

fn standing(text: &str, level: Level) -> Standing {
    if level == Level::Quiet || is_personal(text) {
        return Standing::Around;
    }
    // What wraps an object is not the message; an exception with a text of its own is.
    if exceptions::heads(text) && !text.contains(TAKEN) { Standing::Message } else { Standing::Text }
}

/// The line with those that follow it where a window broke it, and how many these are.
fn with_continuation(text: &str, next: &[Line]) -> (String, usize) {
    let mut whole = text.to_owned();
    let mut last = text;
    let mut more = 0;
    for line in next.iter().take(JOINED_MAX) {
        let following = line.text.trim();
        // `'message':`, and its value on the next line.
        let named = more == 0 && text.ends_with("':") && !following.is_empty();
        let other = line.level == Level::Quiet;
        if other || !named && !goes_on(last, following) || trace::looks_like_frame(&line.text) {
            break;
        }
        whole.push(' ');
        whole.push_str(following);
        last = following;
        more += 1;
    }
    (whole, more)
}

fn goes_on(line: &str, next: &str) -> bool {
    let ended = line.ends_with(['.', '!', '?', ';', '{', '}', TAKEN, '。', '！', '？']);
    let starts = next.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || "\"'`“(".contains(c));
    line.len() >= BROKEN_MIN && !ended && starts && !exceptions::heads(next) && !pairs::heads(next)
}

/// Whether a person speaks: about what was tried, or with a question.
fn is_personal(text: &str) -> bool {
    const SIGNS: [&str; 26] = [
        " i ",
        " i'm ",
        " i've ",
        " i’m ",
        " i’ve ",
        " im ",
        " my ",
        " we ",
        " our ",
        " me ",
        "please help",
        "any idea",
        "how can",
        "how do",
        "how to",
        "thanks",
        "hello",
        " hi ",
        "anyone",
        "does not work for",
        "expected behavior",
        "steps to reproduce",
        "to reproduce",
        "describe the bug",
        "screenshots",
        "my_own",
    ];
    let start = &text[..text.floor_char_boundary(400)];
    let padded = format!(" {} ", start.to_lowercase());
    // Messages address the reader; people speak of themselves. `We could not parse your body` is a message.
    let to_the_reader = padded.contains(" your ") || padded.contains(" you ");
    let is_sign = |sign: &str| padded.contains(sign) && !(to_the_reader && matches!(sign, " we " | " our "));
    SIGNS.iter().any(|sign| is_sign(sign)) && !exceptions::heads(text) && !text.contains(TAKEN)
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;
    use crate::explain::case::Standing;

    #[test]
    fn a_service_that_says_we_to_its_reader_is_not_a_person() {
        let case = case_of("Your account is not active, please check your billing details on our website.");

        assert_eq!(case.sentences[0].standing, Standing::Text);
    }

    #[test]
    fn what_people_write_stands_around_the_message() {
        let case = case_of("I tried this with my key\nopenai.RateLimitError: Rate limit reached\nHow can I fix it?");

        assert_eq!(case.sentences[0].text, "openai.RateLimitError: Rate limit reached");
        assert_eq!(case.sentences[0].standing, Standing::Message);
        assert!(case.sentences[1..].iter().all(|s| s.standing == Standing::Around));
    }

    #[test]
    fn a_sentence_that_a_window_broke_is_one() {
        let case = case_of(
            "litellm.AuthenticationError: OpenAIException - Incorrect API key provided:\n\"sk-proj***pUA\". You can",
        );

        assert!(case.sentences[0].normal.contains("provided sk-proj***pua"), "{:?}", case.sentences[0]);
    }
}
