//! Strings of a pattern, a format and a length.
//!
//! In: the schema of a string and the property's name. Out: a text that keeps to it and reads like a sample. A pattern
//! comes before a format, since both together are beyond what can be made in general.

use serde_json::{Map, Value};

use super::pattern;

/// Longest part of a property's name that its sample text repeats, in characters.
const SAMPLE_CHARACTERS: usize = 40;

/// A string of at most `room` bytes, whatever the schema asks.
pub(super) fn string(schema: &Map<String, Value>, name: &str, nth: usize, room: usize) -> String {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let least = (bound("minLength").unwrap_or(0.0).ceil() as usize).min(room);
    let most = bound("maxLength").map_or(usize::MAX, |most| most as usize);
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && let Some(text) = pattern::matching(pattern, nth, least, most)
    {
        return text;
    }
    let mut text = match schema.get("format").and_then(Value::as_str).and_then(|format| formatted(format, nth)) {
        Some(text) => return lengthened(text, least),
        None => sample(name, nth),
    };
    let length = text.chars().count();
    text.extend(std::iter::repeat_n('.', least.saturating_sub(length)));
    if length > most {
        text = text.chars().take(most).collect();
    }
    text
}

/// A text that says what it stands for.
pub(super) fn sample(name: &str, nth: usize) -> String {
    let mut sample = String::from("sample");
    if !name.is_empty() {
        sample.push(' ');
        sample.extend(name.chars().take(SAMPLE_CHARACTERS).map(|c| if c == '_' { ' ' } else { c }));
    }
    if nth > 0 {
        sample.push_str(&format!(" {}", nth + 1));
    }
    sample
}

fn formatted(format: &str, nth: usize) -> Option<String> {
    // Later items differ in a digit or two, and stay what they are.
    let n = nth % 28;
    Some(match format {
        "date-time" => format!("2026-01-{:02}T09:30:00Z", n + 1),
        "date" => format!("2026-01-{:02}", n + 1),
        "time" => format!("09:{:02}:00Z", 30 + n),
        "duration" => format!("P{}D", n + 1),
        "email" | "idn-email" if n == 0 => String::from("sample@example.com"),
        "email" | "idn-email" => format!("sample{}@example.com", n + 1),
        "hostname" | "idn-hostname" if n == 0 => String::from("example.com"),
        "hostname" | "idn-hostname" => format!("host{}.example.com", n + 1),
        "ipv4" => format!("192.0.2.{}", n + 1),
        "ipv6" => format!("2001:db8::{:x}", n + 1),
        "uri" | "iri" | "url" if n == 0 => String::from("https://example.com/"),
        "uri" | "iri" | "url" => format!("https://example.com/{}", n + 1),
        "uuid" => format!("00000000-0000-4000-8000-{n:012}"),
        _ => return None,
    })
}

/// Where a format can be lengthened it is: names and paths have no fixed length.
fn lengthened(text: String, least: usize) -> String {
    let missing = least.saturating_sub(text.chars().count());
    if missing == 0 {
        return text;
    }
    match text.split_once('@') {
        Some((local, host)) => format!("{local}{}@{host}", "x".repeat(missing)),
        None if text.contains("//") => text + &"x".repeat(missing),
        None => text,
    }
}
