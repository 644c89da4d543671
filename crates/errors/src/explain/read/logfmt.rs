//! Reads lines of the form `time=… level=error msg="…" error="…"`, their texts unescaped.
//!
//! In: a line. Out: the lines that its texts hold, and one with the other pairs; nothing where it is not of this form.

use super::escapes::unescaped;
use super::lines::{Level, Line};

/// Pairs of one line.
const PAIRS_MAX: usize = 60;
/// What such lines begin with.
const STARTS: [&str; 7] = ["time=", "ts=", "level=", "lvl=", "t=", "timestamp=", "msg="];
/// Names whose value is a text.
const TEXTS: [&str; 10] =
    ["msg", "message", "error", "err", "exception", "reason", "cause", "detail", "stack", "response"];

/// The lines in a line; `None` where it is not of this form.
pub(super) fn lines(line: &str) -> Option<Vec<Line>> {
    let line = line.trim_start();
    if !STARTS.iter().any(|start| line.starts_with(start)) || !line.contains("=\"") {
        return None;
    }
    let mut found = Vec::new();
    let mut level = Level::None;
    let mut others = String::new();
    let mut rest = line;
    for _ in 0..PAIRS_MAX {
        let Some((name, value)) = rest.split_once('=').filter(|(name, _)| is_name(name.trim())) else { break };
        let name = name.trim();
        let (text, behind) = value_of(value);
        if matches!(name, "level" | "lvl") {
            level = if matches!(text.as_str(), "info" | "debug" | "trace" | "INFO" | "DEBUG") {
                Level::Quiet
            } else {
                Level::Loud
            };
        } else if TEXTS.contains(&name) {
            found.extend(text.lines().map(str::to_owned));
            found.push(String::new());
        } else if !matches!(name, "time" | "ts" | "t" | "timestamp") {
            others.push_str(&format!("{name}={text} "));
        }
        rest = behind;
    }
    found.push(others);
    found.push(rest.to_owned());
    Some(found.into_iter().map(|text| Line { text, level }).collect())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// The value at the start, and what stands behind it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let bytes = quoted.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() && bytes[at] != b'"' {
        if bytes[at] == b'\\' {
            let (resolved, len) = unescaped(&bytes[at..]);
            out.extend_from_slice(resolved.as_slice());
            at += len;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    let end = (at + 1).min(bytes.len());
    (String::from_utf8_lossy(&out).into_owned(), quoted.get(end..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn the_texts_of_a_line_are_unescaped() {
        let case = case_of(
            r#"time=2026-11-20T10:11:12Z level=error msg="call failed" status=401 error="openai.AuthenticationError: Incorrect API key provided: \"sk-proj*******************pUA\".\n    at x (y:1:2)""#,
        );

        assert_eq!(case.statuses, [401]);
        assert_eq!(case.exceptions, ["authenticationerror"]);
        assert_eq!(case.keys[0].shown, "\"sk-proj*******************pUA\"");
        assert!(case.sentences.iter().any(|s| s.text == "call failed"));
    }

    #[test]
    fn an_object_in_such_a_line_is_read() {
        let case = case_of(r#"level=error msg="x" error="{\"error\":{\"code\":\"insufficient_quota\"}}""#);

        assert!(case.code_is(&["insufficient_quota"]));
    }
}
