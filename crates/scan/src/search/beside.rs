//! Keys without a prefix whose vendor stands beside them, and not in the name that they are given to: as a section, a
//! parent key or a client around them, or as a model, a host or a provider in a line next to them.
//!
//! In: a text and where it names vendors. Out: values of such a vendor's form that are given to a name of no service. Only
//! lines of the same block are looked at, so that a word in a sentence announces nothing.

use std::ops::Range;

use super::Candidate;
use super::around::values;
use crate::vendors::{CONTEXTUAL, Near};

/// A longer line is nobody's configuration.
const LINE_MAX: usize = 300;
/// Lines of a block that are looked at behind its head.
const BLOCK_LINES: usize = 20;
/// Lines before and behind one that names a model, a host or a provider.
const NEXT_LINES: usize = 8;

/// Names of settings whose value is a vendor.
const PROVIDERS: [&str; 6] = ["provider", "vendor", "platform", "service", "backend", "api_type"];

/// What the line with the word is for the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `mistral:`, `"cohere": {`, `client = Mistral(`: what is indented below is its.
    Head,
    /// `[providers.cohere]`: what follows is its, up to the next section.
    Section,
    /// `model: mistral/…`, `https://api.mistral.ai`, `provider: mistral`: what stands next to it in the same block.
    Next,
}

/// Keys beside words: start and end of each, and the forms that it can announce, bit by bit.
pub(super) fn words(bytes: &[u8], hits: &[(usize, usize, u32)]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut done = None;
    for (start, end, forms) in hits {
        let Some(line) = line_at(bytes, *start).filter(|line| done != Some((line.start, *forms))) else { continue };
        let Some(role) = role(bytes, &line, *start, *end) else { continue };
        // A line says it once, however often it has the word.
        done = Some((line.start, *forms));
        let reach = reach(bytes, &line, role);
        for (_, form) in
            CONTEXTUAL.iter().enumerate().filter(|(at, form)| forms & (1 << at) != 0 && form.near == Near::Name)
        {
            values(bytes, reach.start, reach.end, form, true, &mut found);
        }
    }
    found
}

fn line_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let before = &bytes[at.saturating_sub(LINE_MAX)..at];
    let start = match memchr::memrchr(b'\n', before) {
        Some(newline) => at - before.len() + newline + 1,
        None if before.len() == at => 0,
        None => return None,
    };
    let behind = &bytes[at..(at + LINE_MAX).min(bytes.len())];
    let end = match memchr::memchr(b'\n', behind) {
        Some(newline) => at + newline,
        None if at + behind.len() == bytes.len() => bytes.len(),
        None => return None,
    };
    Some(start..end)
}

fn role(bytes: &[u8], line: &Range<usize>, start: usize, end: usize) -> Option<Role> {
    if !is_a_word(bytes, start, end) {
        return None;
    }
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.$:".contains(byte);
    let name_end = end + bytes[end..line.end].iter().take_while(|byte| in_name(byte)).count();
    // The colon of YAML is not the name's.
    let name_end = name_end - usize::from(bytes[..name_end].ends_with(b":") && name_end > end);
    let text = bytes[line.start..line.end].trim_ascii();
    let rest = bytes[name_end..line.end].trim_ascii();
    if text.starts_with(b"[") && text.ends_with(b"]") && !text.contains(&b',') {
        return Some(Role::Section);
    }
    let opens = rest.last().is_some_and(|byte| b":{([".contains(byte));
    if opens && rest.iter().all(|byte| b"\"'`]):={(> [".contains(byte)) {
        return Some(Role::Head);
    }
    is_next(bytes, line, start, end).then_some(Role::Next)
}

/// A word of its own, or one that a capital letter begins: of `ChatMistralAI`, and not of `incoherent`.
fn is_a_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let begins = start == 0 || {
        let before = bytes[start - 1];
        !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && bytes[start].is_ascii_uppercase())
    };
    let behind = &bytes[end..];
    let is_cased = bytes[start].is_ascii_uppercase() && bytes[start + 1..end].iter().all(u8::is_ascii_uppercase);
    let ends = match behind.first() {
        Some(byte) if byte.is_ascii_lowercase() => behind.starts_with(b"ai"),
        Some(byte) if byte.is_ascii_uppercase() => !is_cased || behind.starts_with(b"AI"),
        _ => true,
    };
    begins && ends
}

fn is_next(bytes: &[u8], line: &Range<usize>, start: usize, end: usize) -> bool {
    let (before, behind) = (&bytes[line.start..start], &bytes[end..line.end]);
    let in_host = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte);
    let host = before.iter().rev().take_while(in_host).count();
    if before[..before.len() - host].ends_with(b"://") {
        return true;
    }
    let begins_a_value = before.last().is_some_and(|byte| b"\"'` =:".contains(byte));
    let is_model = behind.starts_with(b"/") && behind.get(1).is_some_and(u8::is_ascii_alphanumeric);
    let ends_a_value = behind.trim_ascii_end().first().is_none_or(|byte| b"\"'`,;".contains(byte));
    let name = String::from_utf8_lossy(before).to_ascii_lowercase();
    begins_a_value && (is_model || (ends_a_value && PROVIDERS.iter().any(|word| name.contains(word))))
}

/// The lines that belong to the one with the word, itself included.
fn reach(bytes: &[u8], line: &Range<usize>, role: Role) -> Range<usize> {
    let own = &bytes[line.clone()];
    let depth = indentation(own);
    let mut reach = line.clone();
    let lines = if role == Role::Next { NEXT_LINES } else { BLOCK_LINES };
    for _ in 0..lines {
        let Some(next) = reach.end.checked_add(1).filter(|at| *at < bytes.len()) else { break };
        let Some(next) = line_at(bytes, next) else { break };
        let text = &bytes[next.clone()];
        let is_continued = bytes[reach.clone()].trim_ascii_end().ends_with(b"\\");
        let belongs = text.trim_ascii().is_empty()
            || is_continued
            || match role {
                Role::Head => indentation(text) > depth,
                Role::Section => !text.starts_with(b"["),
                Role::Next => indentation(text) >= depth && !is_item(text),
            };
        if !belongs {
            break;
        }
        reach.end = next.end;
    }
    if role == Role::Next {
        reach.start = above(bytes, line, depth);
    }
    reach
}

/// Where the block begins that a line with a model, a host or a provider stands in.
fn above(bytes: &[u8], line: &Range<usize>, depth: usize) -> usize {
    let mut start = line.start;
    for _ in 0..NEXT_LINES {
        if is_item(&bytes[start..line.end]) {
            break;
        }
        let Some(before) = start.checked_sub(1).and_then(|newline| line_at(bytes, newline)) else { break };
        let text = &bytes[before.clone()];
        let is_continued = text.trim_ascii_end().ends_with(b"\\");
        if !is_continued && !text.trim_ascii().is_empty() && indentation(text) < depth {
            break;
        }
        start = before.start;
    }
    start
}

/// Whether a line begins an item of a list in YAML.
fn is_item(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"- ")
}

/// Blanks before a line's text; the mark of a list's item is as good as blanks.
fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|byte| b" \t".contains(byte) || (**byte == b'-' && is_item(line))).count()
}
