//! An explanation for people.
//!
//! In: the document of an explanation. Out: text for a terminal: what it is, how sure, why, what to check, what to do.

use std::fmt::Write as _;

use serde_json::Value as Json;
use tollgate_errors::{Explanation, catalog};

/// Columns of text.
const WIDTH: usize = 100;

pub(super) fn of(explanation: &Explanation) -> String {
    of_document(&explanation.to_json())
}

pub(in crate::cli) fn of_document(document: &Json) -> String {
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let mut out = format!("{}\n\n", text("title"));
    let detail = match text("detail") {
        "" => String::new(),
        detail => format!(", more exactly {detail}"),
    };
    let sure = document["confidence"].as_f64().map_or(0.0, |sure| sure * 100.0);
    let is_unknown = text("cause") == "unknown";
    let sure = if is_unknown { String::new() } else { format!(" ({sure:.0} % sure)") };
    row(&mut out, "cause", &format!("{}{detail}{sure}", text("cause")));
    row(
        &mut out,
        "retry",
        match document["retryable"].as_bool() {
            Some(true) => "yes, after a while",
            Some(false) => "no, not before something is changed",
            None => "it depends",
        },
    );
    let finest = Some(text("detail")).filter(|detail| !detail.is_empty()).unwrap_or(text("cause"));
    row(&mut out, "more", &format!("tollgate errors show {finest}"));
    if !text("docs").is_empty() {
        row(&mut out, "docs", text("docs"));
    }
    list(&mut out, "Evidence", &document["evidence"]);
    list(&mut out, "How it comes about", &document["reasons"]);
    list(&mut out, "Check", &document["checks"]);
    list(&mut out, "Do", &document["fixes"]);
    code(&mut out, finest);
    let others = document["alternatives"].as_array().into_iter().flatten();
    let others: Vec<Json> = others
        .filter(|other| other["confidence"].as_f64().is_some_and(|sure| sure >= 0.05))
        .map(|other| {
            format!(
                "{} ({:.0} %)",
                other["cause"].as_str().unwrap_or_default(),
                100.0 * other["confidence"].as_f64().unwrap_or(0.0)
            )
            .into()
        })
        .collect();
    list(&mut out, "It may also be", &Json::Array(others));
    out
}

/// The code that ends a cause.
fn code(out: &mut String, slug: &str) {
    for snippet in catalog::by_slug(slug).map_or(&[][..], |cause| cause.snippets) {
        let _ = writeln!(out, "\n{}", snippet.language.title());
        for line in snippet.code.lines() {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
    }
}

fn row(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name:<7} {value}");
}

fn list(out: &mut String, head: &str, lines: &Json) {
    let lines: Vec<&str> = lines.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{head}");
    for line in lines {
        let mut mark = "- ";
        for part in wrapped(line) {
            let _ = writeln!(out, "  {mark}{part}");
            mark = "  ";
        }
    }
}

/// `text` in lines that fit; a word longer than a line stays whole, so that it can be copied.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("it begins with one");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH - 4 {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_and_long_words_stay_whole() {
        let word = "x".repeat(120);

        let lines = wrapped(&format!("{} {word} end", "word ".repeat(30)));

        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH - 4 || *line == word), "{lines:?}");
        assert_eq!(lines.concat().matches("word").count(), 30);
    }
}
