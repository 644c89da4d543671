//! Takes lines out of what is around them: boxes drawn by terminals, quoting, and the prefixes of logs.
//!
//! In: plain text. Out: its lines without that, each with the level a logger gave it. A line that a box broke is joined
//! again; where the break may have been in the middle of a word, both readings are kept.

use super::trace::looks_like_frame;
use super::{logfmt, prefix};

/// How a logger ranked a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    None,
    /// Debug, info, notice.
    Quiet,
    /// Warnings and errors.
    Loud,
}

/// One line without its prefix.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) level: Level,
}

/// What a whole paste becomes.
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    /// Words that a box may have broken, put together.
    pub(super) joined: Vec<String>,
}

/// The lines of `text`.
pub(super) fn lines(text: &str) -> Lines {
    let mut found = Lines { lines: Vec::new(), joined: Vec::new() };
    let mut open: Option<Boxed> = None;
    let is_transcript = text
        .lines()
        .take(400)
        .any(|l| l.starts_with("< HTTP/") || l.starts_with("* Connected to") || l.starts_with("* Host "));
    for line in text.lines() {
        let line = line.trim_end();
        match boxed(line) {
            Some(inside) => open.get_or_insert_default().add(inside),
            None => {
                if let Some(ended) = open.take() {
                    ended.close(&mut found);
                }
                let unquoted = if is_transcript { line } else { unquote(line) };
                let (text, level) = prefix::strip(unquoted);
                // What a program quotes stands behind its logger's prefix.
                let text = if is_transcript || text.len() == unquoted.len() { text } else { unquote(text) };
                match logfmt::lines(text) {
                    Some(lines) => found.lines.extend(lines),
                    None => found.lines.push(Line { text: text.to_owned(), level }),
                }
            }
        }
    }
    if let Some(ended) = open {
        ended.close(&mut found);
    }
    found
}

/// `text` with those line ends taken out that a window of fixed width may have put in the middle of words; `None` where
/// there are none. Words that ended with their line are glued together too: it is read beside the text, not for it.
pub(super) fn glued(text: &str) -> Option<String> {
    const NARROWEST: usize = 60;
    let lines: Vec<&str> = text.lines().collect();
    let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    let width = widths.iter().copied().max().filter(|width| (NARROWEST..=240).contains(width))?;
    let full = widths.iter().filter(|w| **w == width).count();
    if full < 2 && lines.len() > 2 || lines.len() > 400 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut broken = false;
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).filter(|next| !looks_like_frame(next));
        let next = next.and_then(|next| next.trim_start().chars().next());
        let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let ends = line.chars().next_back().is_some_and(in_word);
        if at > 0 && out.ends_with('\n') || at == 0 {
            out.push_str(line);
        } else {
            out.push_str(line.trim_start());
        }
        if widths[at] == width && ends && next.is_some_and(in_word) {
            broken = true;
        } else {
            out.push('\n');
        }
    }
    broken.then_some(out)
}

/// Without the `> ` of a reply, the `|` of a group of exceptions, and the bullets of tools.
fn unquote(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..4 {
        let trimmed = rest.trim_start();
        let marks = ["> ", ">> ", "| ", "⎿", "✕ ", "✖ ", "✗ ", "❌", "⚠️", "⚠", "🔴", "●", "•", "└", "├", "⨯ ", "×"];
        match marks.iter().find_map(|mark| trimmed.strip_prefix(mark)) {
            Some(inner) => rest = inner,
            None if trimmed == ">" || trimmed == "|" => return "",
            None => return rest,
        }
    }
    rest
}

/// The inside of a line of a box, borders taken off; an empty text for the top and the bottom.
fn boxed(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    if trimmed.starts_with(['╭', '╰', '┌', '└', '├', '╔', '╚', '┏', '┗', '─', '━', '═', '╠', '╟'])
    {
        let drawn = |c: char| ('\u{2500}'..='\u{257f}').contains(&c);
        let content = trimmed.trim_matches(|c| drawn(c) || c == ' ');
        return (trimmed.chars().filter(|c| drawn(*c)).count() > 3).then_some(content).map(|_| "");
    }
    let inside = trimmed.strip_prefix(['│', '┃', '║', '┆', '❱'])?;
    Some(inside.trim_end().strip_suffix(['│', '┃', '║', '┆']).unwrap_or(inside))
}

/// The lines inside a box.
#[derive(Default)]
struct Boxed(Vec<String>);

impl Boxed {
    fn add(&mut self, inside: &str) {
        self.0.push(inside.to_owned());
    }

    /// Joins lines that were broken to fit: those that fill the box go on in the next one.
    fn close(self, found: &mut Lines) {
        let width = self.0.iter().map(|line| line.trim_end().chars().count()).max().unwrap_or(0);
        let mut at = 0;
        while at < self.0.len() {
            let mut whole = self.0[at].trim().to_owned();
            let mut glued = whole.clone();
            // A word that did not fit leaves a gap; nobody breaks a line that is half empty.
            while at + 1 < self.0.len() && goes_on(&self.0[at], &self.0[at + 1], width) {
                at += 1;
                let next = self.0[at].trim();
                whole.push(' ');
                whole.push_str(next);
                glued.push_str(next);
            }
            at += 1;
            if glued.len() != whole.len() {
                found.joined.push(glued);
            }
            let (text, level) = prefix::strip(&whole);
            found.lines.push(Line { text: text.to_owned(), level });
        }
    }
}

/// Whether a line in a box of this width goes on in the next.
fn goes_on(line: &str, next: &str, width: usize) -> bool {
    if looks_like_frame(line) || looks_like_frame(next) {
        return false;
    }
    let first_word = next.split_whitespace().next().map_or(0, |word| word.chars().count());
    let length = line.trim_end().chars().count();
    first_word > 0 && length > 20 && length + 1 + first_word.max(2) > width.saturating_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        lines(text).lines.into_iter().map(|line| line.text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn a_box_is_taken_off_and_its_sentence_put_together() {
        let text = "╭──────────────────────────────────╮\n\
                    │ Error: You exceeded your current │\n\
                    │ quota, please check your plan    │\n\
                    ╰──────────────────────────────────╯";

        assert_eq!(texts(text), ["Error: You exceeded your current quota, please check your plan"]);
    }

    #[test]
    fn a_word_broken_by_a_box_is_put_together_too() {
        let text = "│ the request failed: insufficie│\n│nt_quota                        │";

        assert!(lines(text).joined[0].contains("insufficient_quota"), "{:?}", lines(text).joined);
    }

    #[test]
    fn a_word_broken_by_a_window_is_put_together() {
        let text = "the request to the service failed with the code insufficient_q\nuota, and nothing else was said by it, so please check plan_an\nd billing";

        assert!(glued(text).unwrap().contains("insufficient_quota"));
        assert_eq!(glued("short\nlines"), None);
    }

    #[test]
    fn quoting_and_prefixes_are_taken_off_in_whatever_order() {
        let text = "> > api-1  | 2026-05-04T10:11:12.123Z ERROR [worker-3] Error code: 401\n>\n  ⎿  API Error: 529";

        assert_eq!(texts(text), ["Error code: 401", "API Error: 529"]);
    }
}
