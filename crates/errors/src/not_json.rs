//! What a body is that is not JSON: the mistake behind it, told by what is there.
//!
//! In: the body, and the place from which it cannot be read as JSON. Out: a [`NotJson`] with the mistake and its
//! remedy in words. Nothing of the body is in them but single characters and the words of programming languages.

use crate::characters::character_name;

/// The mistake behind a body that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// What it looks like, as a clause: `it looks like a form`.
    pub what: String,
    /// What to do, a sentence without its full stop.
    pub remedy: &'static str,
    /// The bytes are at fault (their encoding, a compression), not the text.
    pub encoding: bool,
}

const SERIALISE: &str = "Build the body with a JSON serialiser (json.dumps, JSON.stringify) and never by joining text";
const AS_JSON: &str = "Send the parameters as JSON: `json=` in requests and httpx, JSON.stringify in JavaScript, \
    --data with -H 'Content-Type: application/json' in curl";

fn text(what: impl Into<String>, remedy: &'static str) -> Option<NotJson> {
    Some(NotJson { what: what.into(), remedy, encoding: false })
}

fn bytes(what: impl Into<String>, remedy: &'static str) -> Option<NotJson> {
    Some(NotJson { what: what.into(), remedy, encoding: true })
}

/// What `body` is, which cannot be read as JSON from the byte `at` on.
#[must_use]
pub fn not_json(body: &[u8], at: usize) -> Option<NotJson> {
    binary(body).or_else(|| encoding(body, at)).or_else(|| {
        let body = std::str::from_utf8(body).ok()?;
        whole(body).or_else(|| at_place(body, at.min(body.len())))
    })
}

/// Told by the first bytes.
fn binary(body: &[u8]) -> Option<NotJson> {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"\x78\x9c", "zlib (deflate)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"%PDF", "a PDF"),
        (b"RIFF", "a WAV or WebP file"),
        (b"GIF8", "a GIF image"),
    ];
    let (_, name) = MAGIC.iter().find(|(magic, _)| body.starts_with(magic))?;
    match *name {
        "gzip" | "Zstandard" | "zlib (deflate)" => {
            bytes(format!("it is compressed with {name}"), "Send the body without compression")
        }
        name => bytes(format!("it is {name}"), "Send JSON; an image belongs in it as a base64 data: URL"),
    }
}

fn encoding(body: &[u8], at: usize) -> Option<NotJson> {
    const UTF_8: &str = "Encode the body as UTF-8";
    if body.starts_with(b"\xef\xbb\xbf") {
        return bytes(
            "it begins with a byte order mark (U+FEFF), which JSON on the wire must not have",
            "Write the file without a byte order mark (utf-8 instead of utf-8-sig; in PowerShell utf8NoBOM)",
        );
    }
    let utf_16 = body.starts_with(b"\xff\xfe")
        || body.starts_with(b"\xfe\xff")
        || body.get(1) == Some(&0)
        || body.first() == Some(&0);
    if utf_16 {
        return bytes("it is encoded as UTF-16", "Encode the body as UTF-8 (in PowerShell: -Encoding utf8)");
    }
    let wrong = std::str::from_utf8(body).err()?;
    if wrong.error_len().is_none() {
        return bytes(
            "it ends in the middle of a character",
            "Split text by characters and not by bytes, and count Content-Length in bytes",
        );
    }
    let byte = body[wrong.valid_up_to().max(at.min(wrong.valid_up_to()))];
    match byte {
        0x80..=0x9f => bytes(format!("the byte 0x{byte:02X} is not UTF-8; it may be Windows-1252"), UTF_8),
        _ => bytes(format!("the byte 0x{byte:02X} is not UTF-8; in Latin-1 it would be `{}`", char::from(byte)), UTF_8),
    }
}

/// Told by the text as a whole.
fn whole(body: &str) -> Option<NotJson> {
    let start = body.trim_start();
    let lower: String = start.chars().take(40).flat_map(char::to_lowercase).collect();
    let is_form = |text: &str| {
        let name = text.split('=').next().unwrap_or("");
        text.contains('=')
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.[]%+".contains(&b))
    };
    if lower.starts_with("<!doctype")
        || lower.starts_with("<html")
        || lower.starts_with("<?xml")
        || lower.starts_with('<')
    {
        return text("it is a web page or XML", AS_JSON);
    }
    if start.starts_with("--") && lower.contains("content-disposition") || lower.starts_with("------") {
        return text("it is a multipart form, as used for file uploads", AS_JSON);
    }
    if start.starts_with("[object ") {
        return text(
            "it is `[object Object]`: an object that was put into text",
            "Pass the object through JSON.stringify, or give it to the library as data",
        );
    }
    if start.starts_with('"') {
        let inner: String = serde_json::from_str(start.trim_end()).ok()?;
        if inner.trim_start().starts_with('{') {
            return text(
                "it is JSON inside a JSON string: it was serialised twice",
                "Serialise the object once: give the library either the object or the text, not the text as if it were an object",
            );
        }
        return text("it is a text alone", "Send an object, for example {\"model\": …, \"messages\": […]}");
    }
    if start.starts_with('[') {
        return serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok().then_some(()).and_then(|()| {
            text("it is a list", "Send one object; a list of messages belongs in its field `messages`")
        });
    }
    if start.starts_with('@') {
        return text(
            "it begins with `@`: the name of a file was sent instead of its content",
            "With curl write --data @body.json, and give the name of a file that exists; other programs do not know the `@`",
        );
    }
    if ["null", "true", "false"].contains(&lower.trim_end()) || start.trim_end().parse::<f64>().is_ok() {
        return text("it is a single value", "Send an object, for example {\"model\": …, \"messages\": […]}");
    }
    if !start.starts_with('{') && is_form(start) {
        return text("it is a form (`name=value&…`)", AS_JSON);
    }
    if start.starts_with("data:") || start.starts_with("event:") {
        return text("it is a stream of events, which is the form of an answer", SERIALISE);
    }
    if start.starts_with(|c: char| c.is_ascii_alphabetic()) && start.lines().next().is_some_and(|l| l.contains(": ")) {
        return text("it looks like YAML or like header lines", AS_JSON);
    }
    None
}

/// Told by what stands at the place from which it cannot be read.
fn at_place(body: &str, at: usize) -> Option<NotJson> {
    let at = body.floor_char_boundary(at);
    let (before, after) = body.split_at(at);
    let last = before.trim_end().chars().next_back();
    let next = after.trim_start();
    let word: String =
        next.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').take(24).collect();
    if next.is_empty() {
        return text(
            "it was cut off before its end",
            "Send the whole body; Content-Length is its length in bytes, not in characters",
        );
    }
    if next.starts_with('\'') {
        return text(
            "there is a single quote where JSON needs a double one, as in a Python dictionary printed as text",
            SERIALISE,
        );
    }
    if next.starts_with(['“', '”', '„', '‘', '’', '«', '»']) {
        let mark = next.chars().next().map(character_name).unwrap_or_default();
        return text(
            format!("there is a typographic quotation mark ({mark})"),
            "Replace typographic quotation marks with plain ones",
        );
    }
    if next.starts_with("//") || next.starts_with("/*") || next.starts_with('#') {
        return text("there is a comment, and JSON has none", "Remove the comments");
    }
    if last == Some(',') && next.starts_with(['}', ']']) {
        return text("there is a comma before the closing bracket", "Remove the last comma");
    }
    if next.starts_with(',') && matches!(last, Some(',' | '[' | '{')) {
        return text("there is a comma without a value before it", "Remove the comma");
    }
    match word.as_str() {
        "True" | "False" | "None" => {
            return text(
                format!("`{word}` is Python's; JSON writes true, false and null"),
                "Serialise with json.dumps instead of str()",
            );
        }
        "NaN" | "Infinity" | "-Infinity" | "inf" | "nan" => {
            return text(
                format!("`{word}` is not a JSON number"),
                "Replace NaN and Infinity with null or leave the field out (json.dumps with allow_nan=False finds them)",
            );
        }
        "undefined" => {
            return text(
                "`undefined` is JavaScript's and not JSON's",
                "Serialise with JSON.stringify, which leaves such fields out",
            );
        }
        _ => {}
    }
    if next.starts_with(['{', '[', '"']) && matches!(last, Some('}' | ']' | '"')) {
        let name_or_value =
            before.trim_end().len() < body.trim_end().len() && last == Some('}') && depth_is_zero(before);
        return if name_or_value {
            text(
                "a second value follows the first",
                "Send one object; several of them, one per line (JSONL), belong in a batch file",
            )
        } else {
            text("a comma is missing", SERIALISE)
        };
    }
    if !word.is_empty() && next[word.len()..].trim_start().starts_with(':') {
        return text("there is a name without quotation marks, as in JavaScript", SERIALISE);
    }
    if !word.is_empty() && matches!(last, Some(':' | '[' | ',')) {
        return text("there is a text without quotation marks", SERIALISE);
    }
    if last == Some('"') && !word.is_empty() {
        return text("a quotation mark inside the text before it is not escaped", SERIALISE);
    }
    if next.starts_with('$') || next.starts_with("{{") {
        return text(
            "there is a template variable that was not replaced by its value",
            "Let the template put the value in, serialised as JSON",
        );
    }
    let c = next.chars().next()?;
    let shown = if c.is_ascii_graphic() { format!("`{c}`") } else { character_name(c) };
    text(format!("there is {shown}"), SERIALISE)
}

/// Whether all brackets of `text` are closed; strings are passed over.
fn depth_is_zero(text: &str) -> bool {
    let (mut depth, mut inside, mut escaped) = (0i64, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => depth += 1,
            b'}' | b']' if !inside => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where serde stops reading, as a byte.
    fn place(body: &[u8]) -> usize {
        let Err(e) = serde_json::from_slice::<serde_json::Value>(body) else { return 0 };
        let before: usize = body.split(|b| *b == b'\n').take(e.line() - 1).map(|line| line.len() + 1).sum();
        (before + e.column()).saturating_sub(1)
    }

    fn found(body: &str) -> String {
        let at = if body.ends_with(|c: char| c.is_alphanumeric()) && body.starts_with('{') {
            body.len()
        } else {
            place(body.as_bytes())
        };
        not_json(body.as_bytes(), at).map(|found| found.what).unwrap_or_default()
    }

    #[test]
    fn the_mistake_behind_a_body_is_told() {
        for (body, said) in [
            ("{'model': 'x'}", "single quote"),
            ("{\"a\": True}", "`True` is Python's"),
            ("{\"a\": NaN}", "`NaN`"),
            ("{\"a\": undefined}", "JavaScript's"),
            ("{\"a\": 1,}", "before the closing bracket"),
            ("{\"a\": [1,]}", "before the closing bracket"),
            ("{\"a\": 1, // note\n \"b\": 2}", "a comment"),
            ("{a: 1}", "without quotation marks"),
            ("{“a”: 1}", "U+201C"),
            ("{\"a\": 1} {\"b\": 2}", "a second value"),
            ("{\"a\": 1", "cut off"),
            ("model=gpt-4o&messages=hi", "a form"),
            ("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", "multipart"),
            ("<html><body>hi", "web page"),
            ("[object Object]", "`[object Object]`"),
            ("\"{\\\"model\\\":\\\"x\\\"}\"", "serialised twice"),
            ("[{\"role\":\"user\"}]", "a list"),
            ("@body.json", "the name of a file"),
            ("model: x\nmessages: []", "YAML"),
        ] {
            assert!(found(body).contains(said), "{body}: {}", found(body));
        }
    }

    #[test]
    fn the_bytes_of_other_encodings_are_told() {
        for (body, said) in [
            (&b"\x1f\x8b\x08\x00"[..], "gzip"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"{\"a\":\"\xe9\"}", "in Latin-1 it would be `é`"),
            (b"{\"a\":\"\x93x\"}", "Windows-1252"),
            (b"{\"a\":\"\xc3", "in the middle of a character"),
            (b"%PDF-1.7", "a PDF"),
        ] {
            let found = not_json(body, 0).unwrap();
            assert!(found.what.contains(said) && found.encoding, "{body:?}: {found:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..120), at in 0usize..140) {
            let _ = not_json(&body, at);
        }
    }
}
