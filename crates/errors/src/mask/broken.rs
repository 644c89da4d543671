//! Keys that a terminal or a mail broke into two lines.
//!
//! In: a text. Out: where such a key ends. The second line has none of the signs of a key; what stands before it has.

use super::{BY_FIRST, LOOK_AHEAD, by_prefix, in_token, looks_random};

/// What ids begin with, which are not secrets and of use to whoever reads about the failure.
pub(crate) const IDS: [&str; 12] =
    ["req_", "req-", "resp_", "chatcmpl-", "call_", "msg_", "toolu_", "rs_", "fc_", "asst_", "thread_", "run_"];

/// Where a key ends that a terminal broke at `end`: behind a line's end, or behind the blank that stands for one where the
/// first part ends as no key does.
pub(super) fn broken(bytes: &[u8], end: usize) -> Option<usize> {
    let line = bytes[end..].iter().take(8).take_while(|b| b" \r\n".contains(b)).count();
    let gap = &bytes[end..end + line];
    let cut = end > 0 && matches!(bytes[end - 1], b'-' | b'_');
    if !(gap.contains(&b'\n') || (line == 1 && cut)) {
        return None;
    }
    let start = end + line;
    let len = bytes[start..].iter().take(512).take_while(|&&b| in_token(b)).count();
    let rest = &bytes[start..start + len];
    let is_id = IDS.iter().any(|id| rest.starts_with(id.as_bytes()));
    let letters = rest.iter().filter(|b| b.is_ascii_alphabetic()).count();
    // The dashes and points of a date, a model's name or an address.
    let joints = rest.iter().filter(|b| matches!(b, b'.' | b'-' | b'_')).count();
    (looks_random(rest) && letters >= 8 && joints < 3 && !is_id && !rest.contains(&b'*')).then_some(start + len)
}

/// What a terminal cut off of keys in `text`: the lines on which they go on.
pub(crate) fn broken_off(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr_iter(b'\n', bytes) {
        let end = at - bytes[..at].iter().rev().take(2).take_while(|b| matches!(b, b'\r' | b' ')).count();
        let len = bytes[..end].iter().rev().take(LOOK_AHEAD * 4).take_while(|&&b| in_token(b)).count();
        let starts = len > 2 && !BY_FIRST[usize::from(bytes[end - len])].is_empty();
        if let Some((_, after)) = starts.then(|| by_prefix(bytes, end - len)).flatten().filter(|(_, to)| *to > at) {
            found.push(text[at..after].trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::broken_off;
    use crate::mask;

    #[test]
    fn a_key_that_a_terminal_broke_is_hidden_with_its_rest() {
        for text in [
            "sk-proj-\nabcdefghijklmnopqrstuvwxyz0123456789ABCD Incorrect API key provided 401",
            "sk-proj- abcdefghijklmnopqrstuvwxyz0123456789ABCD refused",
            "key sk-proj-q8Zt\r\n  abcdefghijklmnop0123456789qrst refused",
        ] {
            let masked = mask(text);

            assert!(!masked.contains("ghijkl"), "{masked}");
        }
        for text in [
            "they start with sk- and go on",
            "sk-\nclaude-3-5-sonnet-20241022",
            "sk-proj- \n2026-05-02T11:02:44 error",
            "AIza\nreq_01a1fba57fd23a2376004b8125cc10ff",
        ] {
            assert_eq!(mask(text).len(), text.len());
            assert!(mask(text).ends_with(&text[text.len() - 8..]), "{}", mask(text));
        }
        let pasted = "Error: sk-proj-\nabcdefghijklmnopqrstuvwxyz0123456789ABCD 401";
        assert_eq!(broken_off(pasted), ["abcdefghijklmnopqrstuvwxyz0123456789ABCD"]);
    }
}
