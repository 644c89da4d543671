//! Chooses what is read of a long paste: its two ends, and the places in between where something failed.
//!
//! In: a text of any length. Out: parts of it, together bounded.

/// A text up to this length is read whole.
const WHOLE_MAX_BYTES: usize = 128 * 1024;
/// Bytes of each end.
const END_BYTES: usize = 40 * 1024;
/// Bytes before and behind a place in between.
const BEFORE_BYTES: usize = 6 * 1024;
const BEHIND_BYTES: usize = 10 * 1024;
const PART_BYTES: usize = BEFORE_BYTES + BEHIND_BYTES;
/// Places in between.
const PLACES_MAX: usize = 3;
/// What marks a failure: exchanges in recordings of browsers, error objects, exceptions.
const MARKS: [&str; 8] = [
    "\"status\": 4",
    "\"status\": 5",
    "\"status\":4",
    "\"status\":5",
    "\"error\":",
    "Error code: ",
    "Traceback (most recent",
    "HTTP/1.1\" 4",
];

/// The parts of `text` to be read, in their order.
pub(super) fn parts(text: &str) -> Vec<&str> {
    if text.len() <= WHOLE_MAX_BYTES {
        return vec![text];
    }
    let head = text.floor_char_boundary(END_BYTES);
    let tail = text.ceil_char_boundary(text.len() - END_BYTES);
    let mut parts = vec![&text[..head]];
    parts.extend(places(text, head, tail));
    parts.push(&text[tail..]);
    parts
}

/// Parts around the last marks between the ends: of failures that repeat, the last is whole.
fn places(text: &str, head: usize, tail: usize) -> Vec<&str> {
    let mut found: Vec<usize> = MARKS.iter().flat_map(|mark| marked(text, mark, head, tail)).collect();
    found.sort_unstable();
    let mut last: Option<usize> = None;
    // What stands in the part around the one before is read with it.
    found.retain(|at| {
        let apart = last.is_none_or(|last| *at > last + PART_BYTES);
        if apart {
            last = Some(*at);
        }
        apart
    });
    let found = found.split_off(found.len().saturating_sub(PLACES_MAX));
    let part = |at: usize| {
        let start = text.ceil_char_boundary(at.saturating_sub(BEFORE_BYTES).max(head));
        let end = text.floor_char_boundary((at + BEHIND_BYTES).min(tail)).max(start);
        &text[start..end]
    };
    found.into_iter().map(part).collect()
}

/// Where `mark` stands, at most once in as many bytes as are read around it.
fn marked(text: &str, mark: &str, head: usize, tail: usize) -> Vec<usize> {
    let finder = memchr::memmem::Finder::new(mark);
    let bytes = &text.as_bytes()[..tail];
    let mut found = Vec::new();
    let mut from = head;
    while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)).map(|at| from + at) {
        found.push(at);
        from = at + PART_BYTES;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_ends_and_the_failure_in_between_are_read() {
        let filler = "all is well é\n".repeat(100_000);
        let text = format!("first{filler}\"error\": {{\"code\": \"x\"}}{filler}last");

        let parts = parts(&text);

        assert!(parts[0].starts_with("first") && parts.last().is_some_and(|part| part.ends_with("last")));
        assert!(parts.iter().any(|part| part.contains("\"error\":")));
        assert!(parts.iter().map(|part| part.len()).sum::<usize>() <= WHOLE_MAX_BYTES);
    }
}
