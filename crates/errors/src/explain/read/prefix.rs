//! Takes off what loggers write before a message: service names, times, levels, threads, places in the source.
//!
//! In: a line. Out: the message, and the level. What is not surely a prefix stays.

use super::lines::Level;

/// Prefixes in a row.
const PARTS_MAX: usize = 10;

/// The line without its prefix, indentation kept where nothing was taken off.
pub(super) fn strip(line: &str) -> (&str, Level) {
    let mut state = Stripping { rest: line, level: Level::None, seen: false };
    for _ in 0..PARTS_MAX {
        if !state.step() {
            break;
        }
    }
    (state.rest, state.level)
}

struct Stripping<'t> {
    rest: &'t str,
    level: Level,
    /// A time, a level or a service was there: what is ambiguous counts as prefix.
    seen: bool,
}

impl<'t> Stripping<'t> {
    fn step(&mut self) -> bool {
        let text = self.rest.trim_start();
        let skipped = self
            .service(text)
            .or_else(|| time(text))
            .or_else(|| if self.seen { stream(text) } else { None })
            .or_else(|| self.level(text))
            .or_else(|| if self.seen { place(text) } else { None });
        match skipped {
            Some(len) if len > 0 => {
                self.rest = after_separator(&text[len..]);
                self.seen = true;
                true
            }
            _ => false,
        }
    }

    /// `app-1  | `, `[pod/web-0/app] `, `host process[123]: `, `##[error]`.
    fn service(&self, text: &str) -> Option<usize> {
        if let Some(rest) = text.strip_prefix("##[") {
            return rest.find(']').filter(|len| *len < 16).map(|len| len + 4);
        }
        if let Some(rest) = text.strip_prefix("[pod/") {
            return rest.find(']').filter(|len| *len < 120).map(|len| len + 6);
        }
        let name = text.bytes().take(64).take_while(|b| b.is_ascii_alphanumeric() || b"-_./".contains(b)).count();
        let rest = &text[name..];
        let blanks = rest.bytes().take(40).take_while(|b| *b == b' ').count();
        let named = text[..name].contains(|c: char| c.is_ascii_alphabetic());
        if named && rest[blanks..].starts_with("| ") || name > 0 && blanks > 0 && rest[blanks..] == *"|" {
            return Some((name + blanks + 2).min(text.len()));
        }
        // `host process[123]: ` after a time, as system logs have it.
        let process = &rest[blanks..];
        let word = process.bytes().take(48).take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
        let number = process[word..].strip_prefix('[')?;
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let ends = digits > 0 && number[digits..].starts_with("]:");
        (self.seen && ends).then_some(name + blanks + word + digits + 3)
    }

    /// `ERROR`, `[error]`, `INFO:`, `level=error`, `ERROR:root:`; `Error:` alone is the message's.
    fn level(&mut self, text: &str) -> Option<usize> {
        let open = usize::from(text.starts_with(['[', '(', '<']));
        let inner = &text[open..];
        let name = inner.bytes().take(9).take_while(u8::is_ascii_alphabetic).count();
        let word = &inner[..name];
        let level = level_of(word)?;
        let rest = &inner[name..];
        let capitals = word.bytes().all(|b| b.is_ascii_uppercase());
        let len = if open == 1 {
            rest.find([']', ')', '>']).filter(|len| *len < 3).map(|len| open + name + len + 1)?
        } else if rest.starts_with(':') && capitals && word != "ERROR" || rest.starts_with(":root:") {
            let root = usize::from(rest.starts_with(":root:")) * "root:".len();
            name + 1 + root
        } else if capitals && rest.starts_with([' ', '|', '\t']) && (self.seen || rest.starts_with("  ")) {
            name
        } else if self.seen && (level == Level::Quiet || rest.starts_with("  ") || rest.starts_with([']', '|'])) {
            name + usize::from(rest.starts_with(']'))
        } else {
            return None;
        };
        if self.level != Level::None && open == 0 {
            return None;
        }
        self.level = level;
        Some(len)
    }
}

/// `stderr F `, as container runtimes mark whole (`F`) and partial (`P`) lines.
fn stream(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("stderr ").or_else(|| text.strip_prefix("stdout "))?;
    rest.starts_with(['F', 'P']).then(|| rest[1..].starts_with(' ').then_some("stderr F".len())).flatten()
}

fn level_of(word: &str) -> Option<Level> {
    const QUIET: [&str; 7] = ["trace", "debug", "info", "notice", "verbose", "dbg", "inf"];
    const LOUD: [&str; 9] = ["warn", "warning", "error", "err", "fatal", "critical", "severe", "panic", "alert"];
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(word));
    if is(&QUIET) {
        Some(Level::Quiet)
    } else if is(&LOUD) {
        Some(Level::Loud)
    } else {
        None
    }
}

/// The length of a date, a time or both at the start.
fn time(text: &str) -> Option<usize> {
    let open = usize::from(text.starts_with(['[', '(']));
    let inner = &text[open..];
    let in_time = |b: u8| b.is_ascii_digit() || b":-/.,+TZ".contains(&b);
    let mut len = month_and_day(inner).unwrap_or(0);
    loop {
        let part = inner[len..].bytes().take(40).take_while(|b| in_time(*b)).count();
        let blanks = inner[len + part..].bytes().take_while(|b| *b == b' ').count();
        let next = inner[len + part + blanks..].bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'+');
        len += part;
        if part == 0 || !next || blanks != 1 || !looks_like_date(&inner[..len]) {
            break;
        }
        len += blanks;
    }
    let time = &inner[..len];
    let clock = has_clock(time);
    // A time ends with its fraction or zone, not with what separates it from the next part.
    let time_len = time.trim_end_matches([':', '-', ',', '/']).len();
    if !clock {
        return None;
    }
    if open == 0 {
        return Some(time_len);
    }
    let rest = &inner[len..];
    rest.starts_with([']', ')']).then_some(open + len + 1)
}

/// `Nov 20 `, as system logs begin.
fn month_and_day(text: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = MONTHS.iter().find_map(|month| text.strip_prefix(month))?.trim_start();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let day = rest[digits..].strip_prefix(' ')?;
    (1..=2).contains(&digits).then_some(text.len() - day.len())
}

fn looks_like_date(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 8 && text.bytes().filter(|b| b"-/.".contains(b)).count() >= 2
}

/// Whether `12:34:56` stands in it.
fn has_clock(text: &str) -> bool {
    let two = |w: &[u8]| w[0].is_ascii_digit() && w[1].is_ascii_digit();
    text.as_bytes().windows(8).any(|w| two(w) && w[2] == b':' && two(&w[3..]) && w[5] == b':' && two(&w[6..]))
}

/// Threads, loggers and places: `[main]`, `(reqId=7)`, `src.aclient -> `, `file.py:371 - `, `[eino_llm.go:321]`.
fn place(text: &str) -> Option<usize> {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(rest) = text.strip_prefix(open) {
            let end = rest.find(close).filter(|end| (1..48).contains(end))?;
            let inner = &rest[..end];
            let plain = inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/#=@$ ".contains(&b));
            let words = inner.split_whitespace().count();
            let error = inner.starts_with(|c: char| c.is_ascii_digit()) && words > 1
                || inner.contains("rror")
                || inner.contains("rrno")
                || inner.contains(": ");
            return (plain && words <= 2 && !error).then_some(end + 2);
        }
    }
    let name = text.bytes().take(80).take_while(|b| b.is_ascii_alphanumeric() || b"-_./:$<>".contains(b)).count();
    let word = text[..name].trim_end_matches([':', '-']);
    // A message may begin with the parameter it is about.
    if super::params::is_known(word) {
        return None;
    }
    let qualified = word.contains(['.', ':', '/', '_']) && !word.contains("://") && !is_exception(word);
    let rest = &text[name..];
    if qualified && let Some(line) = rest.strip_prefix(" (") {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        return (digits > 0 && line[digits..].starts_with(')')).then_some(name + digits + 3);
    }
    let separated = [" - ", " -> ", " | ", " — "].iter().find(|s| rest.starts_with(*s)).map(|s| s.len());
    match separated {
        Some(len) if name > 0 && !word.bytes().all(|b| b.is_ascii_digit()) && !is_exception(word) => Some(name + len),
        None if qualified && word.len() < name && rest.starts_with(' ') => Some(name),
        _ => None,
    }
}

fn is_exception(word: &str) -> bool {
    word.ends_with("Error") || word.ends_with("Exception") || word.ends_with("error")
}

fn after_separator(text: &str) -> &str {
    let rest = text.strip_prefix(' ').unwrap_or(text);
    for separator in ["- ", "| ", ": ", "-> ", "— ", ", "] {
        if let Some(inner) = rest.trim_start().strip_prefix(separator) {
            return inner;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_many_loggers_are_taken_off() {
        for (line, message) in [
            ("2023-06-14 11:40:17 ERROR    src.aclient -> Error while sending: x", "Error while sending: x"),
            ("[2022-12-23 04:06:58.194] manager.py (192) - [ERROR] : Incorrect key", "Incorrect key"),
            ("app-1  | 2026-11-20T10:11:12.345Z ERROR [worker-3] {", "{"),
            ("app-1  | 2026-11-20T10:11:12.345Z ERROR [worker-3]   File \"x\"", "  File \"x\""),
            ("Nov 20 10:11:12 host app[123]: refused", "refused"),
            ("04:10:41 - opendevin:ERROR: llm.py:63 - LLM Provider", "LLM Provider"),
            ("2026-05-24 23:59:56.702 [error] [eino_llm.go:321] failed", "failed"),
            ("ERROR:root:LLM error", "LLM error"),
            (
                "app-1  | 2026-11-20T10:11:12.345Z ERROR [w-3] tools.13.custom.name: String",
                "tools.13.custom.name: String",
            ),
            ("app-1  | 2026-11-20T10:11:12.345Z ERROR [w-3] [GIN] 2024/10/19 - 13:55:00 | 404 | 22ms", "404 | 22ms"),
            ("INFO:     192.168.96.3:42832 - \"POST /x HTTP/1.1\" 401", "\"POST /x HTTP/1.1\" 401"),
            ("2023-11-21 10:44:31 chatcompletion error: The model", "chatcompletion error: The model"),
            ("2024-01-01T00:00:00.123Z ##[error]Process failed", "Process failed"),
            ("2026/01/02 03:04:05 dial tcp: refused", "dial tcp: refused"),
            ("2026-11-20T10:11:12.123456789Z stderr F openai.RateLimitError: x", "openai.RateLimitError: x"),
            ("2026-11-20T10:11:12.123456789Z stdout P   File \"x\"", "  File \"x\""),
        ] {
            assert_eq!(strip(line).0, message, "{line}");
        }
    }

    #[test]
    fn messages_keep_their_own_beginning() {
        for line in [
            "Error: 429 Too Many Requests",
            "[Errno 111] Connection refused",
            "[400 Bad Request] API key not valid",
            "openai.AuthenticationError: Error code: 401 - {",
            "401 Incorrect API key provided: sk-x",
            "{\"error\": 1}",
            "    raise x",
            "error, status code: 400",
            "HTTP 400 \"API key expired.\"",
        ] {
            assert_eq!(strip(line).0, line, "{line}");
        }
    }
}
