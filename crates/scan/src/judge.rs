//! Whether what has the form of a key is one: not a placeholder, not words, not a documentation's example, not cut.
//!
//! In: the bytes behind a prefix, or a whole value. Out: yes or no. No word says "key of a test": whoever commits a real
//! key and calls it fake has still committed it.

/// Words that stand in values which somebody is to replace. In lower case; the short ones count only as words.
const PLACEHOLDERS: [&str; 26] = [
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "redacted",
    "insert",
    "dummy-",
    "dummy_",
    "sample",
    "apikey",
    "api-key",
    "api_key",
    "key-here",
    "key_here",
    "keyhere",
    "goes-here",
    "goes_here",
    "not-real",
    "not_real",
    "notreal",
    "not-a-real",
    "secret-key",
    "secret_key",
    "deadbeef",
];

/// Those that occur by chance in random letters: only between separators.
const WORDS: [&str; 9] = ["your", "my", "enter", "todo", "here", "some", "key", "dummy", "token"];

/// Keys that vendors' documentation shows to everybody.
const EXAMPLES: [&str; 6] = [
    "AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAI44QH8DHBEXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
];

/// Whether a whole key is one that documentation shows to everybody.
pub(crate) fn is_example(key: &str) -> bool {
    EXAMPLES.contains(&key)
}

/// Whether somebody is to put a key in its place. A prefix is not part of `value`: some have words in them.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    if repeats(value) || counts_up(value) {
        return true;
    }
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word)) || lower.split(['-', '_', '.']).any(|w| WORDS.contains(&w))
}

/// Whether a value follows that somebody left out: `sk-ab…`, `sk-ab...wxyz`, `sk-ab****`.
pub(crate) fn is_cut(after: &[u8]) -> bool {
    [&b"..."[..], b"\xe2\x80\xa6", b"***", b"\xe2\x80\xa2", b"\\u2026", b"${", b"{", b"[...", b"%s"]
        .iter()
        .any(|mark| after.starts_with(mark))
}

/// `xxxx`, `000000`, `abababab`: one byte four times or more where it is a letter for anything, or too few different
/// ones for the length.
fn repeats(value: &[u8]) -> bool {
    let mut same = 1;
    for pair in value.windows(2) {
        same = if pair[0] == pair[1] { same + 1 } else { 1 };
        let most = if matches!(pair[0], b'x' | b'X' | b'*' | b'.' | b'-' | b'_') { 4 } else { 7 };
        if same >= most {
            return true;
        }
    }
    value.len() >= 16 && distinct(value) < 7
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().filter(|byte| !std::mem::replace(&mut seen[usize::from(**byte)], true)).count()
}

/// `12345678`, `abcdefgh`, `a1b2c3d4e5`, `abc123def456ghi`: somebody's fingers and no generator.
fn counts_up(value: &[u8]) -> bool {
    let letters: Vec<u8> = value.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    if letters.len() < value.len() && counts(&letters) {
        return true;
    }
    counts(value)
}

fn counts(value: &[u8]) -> bool {
    let (mut run, mut woven) = (1, 1);
    for at in 1..value.len() {
        run = if follows(value[at - 1], value[at]) { run + 1 } else { 1 };
        woven = if at >= 2 && follows(value[at - 2], value[at]) { woven + 1 } else { 1 };
        if run >= 8 || woven >= 8 {
            return true;
        }
    }
    false
}

fn follows(before: u8, byte: u8) -> bool {
    byte == before.wrapping_add(1) || matches!((before, byte), (b'9', b'0' | b'a' | b'A'))
}

/// Whether it is words, numbers and dates with dashes between them: `test-run-of-2024-11-20-a1b2c3`.
pub(crate) fn is_dashed(body: &[u8]) -> bool {
    let parts: Vec<&[u8]> = body.split(|byte| matches!(byte, b'-' | b'_')).collect();
    let word = |part: &&[u8]| part.len() >= 4 && part.iter().all(u8::is_ascii_lowercase);
    parts.len() > 3 && !body.iter().any(u8::is_ascii_uppercase) && parts.iter().any(word)
}

/// Whether a generator could have made it, and nobody's language did.
///
/// Random letters and digits change between upper case, lower case and digits at every second or third place; words,
/// paths and identifiers do so seldom, and most of their letters stand in runs that can be pronounced.
pub(crate) fn is_random(body: &[u8]) -> bool {
    let mut seen = Seen::default();
    let mut before = None;
    let mut run = 0;
    for byte in body {
        let class = class(*byte);
        if class == Class::Other {
            (before, run) = (None, seen.end(run));
            continue;
        }
        seen.letters += 1;
        seen.digits += usize::from(class == Class::Digit);
        seen.uppers += usize::from(class == Class::Upper);
        let changes = before.is_some_and(|before| before != class);
        seen.changes += usize::from(changes);
        // An upper case letter begins a word, and the lower case ones after it go on.
        let goes_on = class != Class::Digit && (!changes || (before == Some(Class::Upper) && run == 1));
        run = if goes_on { run + 1 } else { seen.end(run) + usize::from(class != Class::Digit) };
        before = Some(class);
    }
    seen.end(run);
    seen.speaks_for_chance(distinct(body))
}

/// What was counted.
#[derive(Default)]
struct Seen {
    letters: usize,
    digits: usize,
    uppers: usize,
    changes: usize,
    /// Letters in runs of four and more.
    in_words: usize,
}

impl Seen {
    /// A run of letters has ended; the next begins at nothing.
    fn end(&mut self, run: usize) -> usize {
        self.in_words += if run >= 4 { run } else { 0 };
        0
    }

    fn speaks_for_chance(&self, distinct: usize) -> bool {
        let mixed = self.digits > 0 || (self.uppers > 0 && self.uppers < self.letters);
        // Of words most letters are of one case. (Of random letters without digits one body in two hundred is so.)
        let one_case = self.uppers * 10 < self.letters * 3 || self.uppers * 10 > self.letters * 7;
        let wordy = one_case && self.in_words * 10 > self.letters * 7 && self.digits * 7 < self.letters;
        mixed && !wordy && distinct >= 8 && self.changes * 7 >= self.letters
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Lower,
    Upper,
    Other,
}

fn class(byte: u8) -> Class {
    match byte {
        b'0'..=b'9' => Class::Digit,
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_somebody_is_to_replace_is_no_key() {
        for value in [
            "YOUR_OPENAI_API_KEY",
            "proj-your-key-here",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "Ab3xxxxDq81Lm9Zt",
            "1234567890abcdef1234567890abcdef",
            "abcdefghijklmnopqrstuvwxyz012345",
            "a1b2c3d4e5f6g7h8i9j0",
            "abc123def456ghi789jkl012mno345",
            "00000000000000000000000000000000",
            "abcabcabcabcabcabcabc",
            "IOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "replace-me-Zq81Lm9Zt4",
            "deadbeefdeadbeefdeadbeefdeadbeef",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn a_key_that_is_called_fake_is_a_key() {
        // tollgate:allow: made up for this test
        for value in ["FAKEq81Lm9ZtWc4Vb2Nd7Kp", "fa4e91c07bd2e8535a0f6c1b7e92d48a", "AKIAFAKEQ7Z2M4X5R6T3"] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
        assert!(is_random(b"FAKEq81Lm9ZtWc4Vb2Nd7Kp"));
    }

    #[test]
    fn words_paths_and_identifiers_are_not_random() {
        for value in [
            "fading-circle-container-wrapper",
            "my-container-2024-11-20-backup",
            "BertForSequenceClassification_v2",
            "hub_download_with_retries_and_more",
            "MyVeryLongClassNameForTheModel",
            "all_lower_case_name_of_a_function_1",
            "UPPER_CASE_NAME_OF_A_CONSTANT_VALUE",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(!is_random(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn words_and_dates_between_dashes_are_no_draw() {
        assert!(is_dashed(b"test-idempotency-run-2024-11-20-a1b2c3"));
        assert!(!is_dashed(b"FAKEq81-Lm9Zt-Wc4Vb-2Nd7Kp") && !is_dashed(b"v1-9f86d081884c7d659a2feaa0c55ad015"));
    }

    #[test]
    fn what_follows_says_that_a_value_was_cut() {
        for after in ["...wxyz", "…", "****", "${SUFFIX}", "{suffix}"] {
            assert!(is_cut(after.as_bytes()), "{after}");
        }
        for after in ["", "\"", ". Then", "\\n", " # comment", "</string>", "** is bold"] {
            assert!(!is_cut(after.as_bytes()), "{after}");
        }
    }

    proptest! {
        #[test]
        fn what_a_generator_made_is_random(body in "[A-Za-z0-9]{40}", hex in "[0-9a-f]{64}") {
            prop_assert!(is_random(body.as_bytes()) || distinct(body.as_bytes()) < 12, "{}", body);
            prop_assert!(is_random(hex.as_bytes()) || distinct(hex.as_bytes()) < 9, "{}", hex);
        }

        #[test]
        fn no_bytes_make_a_judgement_panic(value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (is_placeholder(&value), is_random(&value), is_cut(&value));
        }
    }
}
