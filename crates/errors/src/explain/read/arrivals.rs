//! Tells from the times beside the pieces of a stream whether they came all at once, as where something has kept them back.
//!
//! In: the whole text. Out: yes or no. Times are those of a log's clock (`10:41:07.912 chunk 3`), seconds since the
//! request (`chunk 3 after 4.12 s`), or since the piece before (`chunk 3 +0.00 s`). A model may be fast: what came
//! within a moment was kept back only if a wait stands before it that is long beside that moment.

/// Lines that are looked at.
const LINES_MAX: usize = 2000;
/// Bytes of each.
const LINE_MAX_BYTES: usize = 240;
/// Fewer pieces say nothing.
const PIECES_MIN: usize = 4;
/// What a stream's first piece takes in any case, in milliseconds.
const WAIT_MIN: i64 = 1000;
/// Whatever the wait: pieces of one collected answer are read within so many milliseconds.
const SPREAD_MAX: i64 = 200;
/// Without a wait, so many pieces at the very same millisecond.
const SAME_MIN: usize = 5;

const PIECES: [&str; 6] = ["chunk", "delta", "data:", "event:", "piece ", "token:"];
const REQUESTS: [&str; 7] = ["request", "post ", "sending", "sent ", "start", "asked", "began"];

/// A time of day, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    at: i64,
    /// To the millisecond; else to the second.
    is_exact: bool,
}

/// Whether the pieces of a stream came all at once.
pub(super) fn came_at_once(text: &str) -> bool {
    let lines =
        text.lines().take(LINES_MAX).map(|line| line[..line.floor_char_boundary(LINE_MAX_BYTES)].to_lowercase());
    let mut clocks: Vec<Clock> = Vec::new();
    let mut elapsed: Vec<i64> = Vec::new();
    let mut asked: Option<Clock> = None;
    for line in lines {
        let clock = clock(&line);
        if PIECES.iter().any(|word| line.contains(word)) {
            clocks.extend(clock);
            elapsed.extend(duration(&line));
        } else if asked.is_none() && clocks.is_empty() && REQUESTS.iter().any(|word| line.contains(word)) {
            asked = clock;
        }
    }
    by_durations(&elapsed) || by_clocks(asked, &clocks)
}

fn by_durations(elapsed: &[i64]) -> bool {
    let [first, rest @ ..] = elapsed else { return false };
    let (Some(least), Some(most)) = (rest.iter().min(), rest.iter().max()) else { return false };
    // Since the request, they never fall; since the piece before, they fall to next to nothing.
    let spread = if *most < first / 2 { *most } else { most.max(first) - least.min(first) };
    elapsed.len() >= PIECES_MIN && is_kept_back(*first, spread)
}

fn by_clocks(asked: Option<Clock>, pieces: &[Clock]) -> bool {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    let (spread, is_exact) = (last.at - first.at, pieces.iter().all(|piece| piece.is_exact));
    if spread < 0 || pieces.len() < PIECES_MIN {
        return false;
    }
    match asked {
        // To the second, nothing is known of what happened within one.
        Some(asked) if is_exact && asked.is_exact => is_kept_back(first.at - asked.at, spread),
        Some(asked) => spread == 0 && first.at - asked.at >= 3 * WAIT_MIN,
        None => is_exact && spread == 0 && pieces.len() >= SAME_MIN,
    }
}

fn is_kept_back(wait: i64, spread: i64) -> bool {
    wait >= WAIT_MIN && spread <= SPREAD_MAX && spread * 10 <= wait
}

/// The first `10:41:07`, `10:41:07.912` or `10:41:07,912` of a line.
fn clock(line: &str) -> Option<Clock> {
    const LONG: usize = "10:41:07".len();
    let bytes = line.as_bytes();
    let at = (0..bytes.len().saturating_sub(LONG - 1)).find(|at| {
        let digit = |offset: usize| bytes[at + offset].is_ascii_digit();
        [0, 1, 3, 4, 6, 7].into_iter().all(digit) && bytes[at + 2] == b':' && bytes[at + 5] == b':'
    })?;
    let two = |offset: usize| i64::from(bytes[at + offset] - b'0') * 10 + i64::from(bytes[at + offset + 1] - b'0');
    let seconds = two(0) * 3600 + two(3) * 60 + two(6);
    let fraction =
        bytes.get(at + LONG).filter(|b| matches!(b, b'.' | b',')).map_or(&[][..], |_| &bytes[at + LONG + 1..]);
    let thousandths: Vec<i64> =
        fraction.iter().take_while(|b| b.is_ascii_digit()).take(3).map(|b| i64::from(b - b'0')).collect();
    let is_exact = thousandths.len() == 3;
    let part = if is_exact { thousandths.into_iter().fold(0, |sum, digit| sum * 10 + digit) } else { 0 };
    Some(Clock { at: seconds * 1000 + part, is_exact })
}

/// The first number of a line with a unit of time behind it, in milliseconds: `4.12s`, `4.12 s`, `4120 ms`.
fn duration(line: &str) -> Option<i64> {
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let is_own = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_'));
        let number = &rest[at..];
        let len = number.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let unit = number[len..].strip_prefix(' ').unwrap_or(&number[len..]);
        let word = &unit[..unit.bytes().take_while(u8::is_ascii_lowercase).count()];
        let factor = match word {
            "s" | "sec" | "secs" | "second" | "seconds" => Some(1000.0),
            "ms" | "milliseconds" => Some(1.0),
            _ => None,
        };
        if let (true, Some(factor), Ok(value)) = (is_own, factor, number[..len].parse::<f64>()) {
            // No request takes a day.
            return Some((value.min(86_400.0 * 1000.0) * factor) as i64);
        }
        rest = &number[len.max(1)..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{came_at_once, duration};

    #[test]
    fn pieces_that_came_together_after_a_wait_are_told() {
        for text in [
            "chunk 1 after 1.21 s\nchunk 2 after 1.21 s\nchunk 3 after 1.21 s\nchunk 4 after 1.22 s",
            "chunk 1: +4.10s\nchunk 2: +0.00s\nchunk 3: +0.00s\nchunk 4: +0.01s",
            "10:41:03.100 POST /v1/chat/completions\n10:41:07.912 chunk 1\n10:41:07.912 chunk 2\n10:41:07.913 chunk 3\n10:41:07.914 chunk 4",
            "[10:41:02] request sent\n[10:41:07] data: {a\n[10:41:07] data: {b\n[10:41:07] data: {c\n[10:41:07] data: [DONE]",
            "2026-11-20 10:41:07,912 delta a\n2026-11-20 10:41:07,912 delta b\n2026-11-20 10:41:07,912 delta c\n\
             2026-11-20 10:41:07,912 delta d\n2026-11-20 10:41:07,912 delta e",
        ] {
            assert!(came_at_once(text), "{text}");
        }
    }

    #[test]
    fn pieces_of_a_stream_that_flows_are_not() {
        for text in [
            "chunk 1 after 0.30 s\nchunk 2 after 0.62 s\nchunk 3 after 0.91 s\nchunk 4 after 1.22 s",
            "chunk 1 after 0.02 s\nchunk 2 after 0.02 s\nchunk 3 after 0.03 s\nchunk 4 after 0.03 s",
            "chunk 1: +0.31s\nchunk 2: +0.30s\nchunk 3: +0.29s\nchunk 4: +0.31s",
            "10:41:07.100 POST /v1/chat/completions\n10:41:07.912 chunk 1\n10:41:08.112 chunk 2\n10:41:08.313 chunk 3\n10:41:08.514 chunk 4",
            "10:41:07 chunk 1\n10:41:07 chunk 2\n10:41:07 chunk 3\n10:41:07 chunk 4\n10:41:07 chunk 5",
            "10:41:07.912 chunk 1\n10:41:07.912 chunk 2",
            "Error code: 429 after 4.2 s",
            "",
        ] {
            assert!(!came_at_once(text), "{text}");
        }
    }

    #[test]
    fn a_duration_has_a_unit() {
        for (line, found) in [
            ("chunk 3 after 4.12 s", Some(4120)),
            ("[0.50s] chunk", Some(500)),
            ("chunk 3 (87 ms)", Some(87)),
            ("chunk 3 of 12", None),
            ("gpt-4s chunk", None),
            ("chunk 7: 3 sources", None),
        ] {
            assert_eq!(duration(line), found, "{line}");
        }
    }
}
