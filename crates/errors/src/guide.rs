//! The error guide as plain text, and the words that all pages of it share.
//!
//! In: a cause. Out: its page for terminals, in lines of at most 100 characters but for code and examples, which are to be
//! copied. Pages for browsers are made elsewhere, of the same data.

use std::fmt::Write as _;

use crate::catalog;
use crate::cause::{Cause, Party};
use crate::nearest::several;
use crate::trigger::{self, Kind};

/// Columns of text.
const WIDTH: usize = 100;

/// How a cause is made to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provoked {
    /// `wire`, `socket` or `client`.
    pub kind: &'static str,
    /// The command that does it.
    pub command: String,
    /// What the command does, in a sentence.
    pub how: &'static str,
}

/// How this cause is made to happen; `None` where nothing brings it about by itself.
#[must_use]
pub fn provoked(cause: &Cause) -> Option<Provoked> {
    let kind = trigger::by_name(cause.slug)?.kind;
    let how = match kind {
        Kind::Wire => "The sandbox answers so; at a running server, the header `x-sandbox-error` asks for it.",
        Kind::State => "The sandbox says what the server would say in that state.",
        Kind::Socket(_) => "The sandbox answers over a connection that really breaks.",
        Kind::Client(_) => "It sends the request that makes the mistake.",
        Kind::Program(_) => {
            "It runs a small program that makes the mistake, or prints it where its interpreter is missing."
        }
        Kind::None => return None,
    };
    Some(Provoked { kind: kind.name(), command: format!("tollgate trigger {}", cause.slug), how })
}

/// The statuses under which it is seen: `401, 400 or 403`, `502, or none`, `none`.
#[must_use]
pub fn statuses(cause: &Cause) -> String {
    let mut words: Vec<String> = cause.statuses.iter().map(u16::to_string).collect();
    if cause.without_status {
        words.push("none".to_owned());
    }
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

/// Whether to repeat the request, in a few words.
#[must_use]
pub fn retry(cause: &Cause) -> &'static str {
    match cause.retry.answer() {
        Some(true) => "yes, after a while",
        Some(false) => "no, not before something is changed",
        None => "it depends",
    }
}

/// Who has to act, in words.
#[must_use]
pub fn who_acts(party: Party) -> &'static str {
    match party {
        Party::Caller => "whoever sends the request",
        Party::Gateway => "whoever runs the gateway or server; you, if you call directly",
        Party::Provider => "the provider",
        Party::Network => "whoever runs the network in between",
    }
}

/// At most three slugs that resemble `asked`, nearest first.
#[must_use]
pub fn nearest_slugs(asked: &str) -> Vec<&'static str> {
    several(asked, catalog::all().iter().map(|cause| cause.slug))
}

/// The page of a cause.
#[must_use]
pub fn page(cause: &Cause) -> String {
    let mut out = format!("{}\n{}\n\n", cause.title, "=".repeat(cause.title.chars().count()));
    facts(&mut out, cause);
    if !cause.example.is_empty() {
        let _ = writeln!(out, "\nExample\n  {}", cause.example);
    }
    for (head, lines) in [("Reasons", cause.reasons), ("Checks", cause.checks), ("Remedies", cause.remedies)] {
        let _ = writeln!(out, "\n{head}");
        for line in lines {
            write_wrapped(&mut out, "  - ", line);
        }
    }
    for snippet in cause.snippets {
        let _ = writeln!(out, "\n{}", snippet.language.title());
        for line in snippet.code.lines() {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
    }
    if let Some(Provoked { command, how, .. }) = provoked(cause) {
        let _ = writeln!(out, "\nMake it happen\n    {command}");
        write_wrapped(&mut out, "  ", how);
    }
    let _ = writeln!(out, "\nRelated");
    write_wrapped(&mut out, "  ", &cause.related.join(", "));
    out
}

fn facts(out: &mut String, cause: &Cause) {
    write_wrapped(out, "cause       ", cause.slug);
    write_wrapped(out, "status      ", &statuses(cause));
    if cause.is_answered() {
        let code = cause.wire.code.map_or_else(String::new, |code| format!(", code {code}"));
        write_wrapped(out, "here        ", &format!("{}, type {}{code}", cause.wire.status, cause.wire.error_type));
    }
    write_wrapped(out, "who acts    ", who_acts(cause.party));
    write_wrapped(out, "repeat      ", cause.retry_advice);
    write_wrapped(out, "recognised  ", cause.recognised);
}

/// `text` behind `mark`, in lines that fit; a word longer than a line stays whole.
fn write_wrapped(out: &mut String, mark: &str, text: &str) {
    let indent = mark.chars().count();
    let mut column = indent;
    out.push_str(mark);
    for (at, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > WIDTH {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_everything_that_is_known_of_a_cause() {
        let page = page(&catalog::KEY_EMPTY);

        for expected in [
            "The key is an empty string\n==========================\n\n",
            "cause       key_empty\nstatus      401 or none\nhere        401, type invalid_request_error\n",
            "\nrepeat      Repeating it does not help: give the key a value first.\n",
            "\nExample\n  httpx.LocalProtocolError",
            "\nReasons\n  - The environment variable is set but empty",
            "\nPython\n    import os\n",
            "\nMake it happen\n    tollgate trigger key_empty\n",
            "\nRelated\n  key_missing, ",
        ] {
            assert!(page.contains(expected), "{expected}\n--\n{page}");
        }
    }

    #[test]
    fn what_no_server_tells_has_neither_a_type_nor_a_status() {
        let page = page(&catalog::BASE_URL_MALFORMED);

        assert!(page.contains("\nstatus      none\nwho acts    "), "{page}");
    }

    #[test]
    fn lines_of_prose_fit_and_words_stay_whole() {
        for cause in catalog::all() {
            let prose = page(cause);
            let too_long = prose.lines().filter(|line| line.starts_with("  - ") || line.starts_with("repeat"));
            for line in too_long.filter(|line| line.chars().count() > WIDTH) {
                assert!(line.split_whitespace().any(|word| word.chars().count() > WIDTH - 12), "{line}");
            }
        }
    }

    #[test]
    fn a_mistyped_slug_has_near_ones() {
        assert_eq!(nearest_slugs("key_mising")[0], "key_missing");
        assert!(nearest_slugs("azure").iter().all(|slug| slug.contains("azure")));
        assert!(nearest_slugs("").is_empty());
    }
}
