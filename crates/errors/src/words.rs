//! The words in a provider's failed answer, whatever form it has.
//!
//! In: a body. Out: its message: out of the member that holds it, out of XML, or what a reader would see of a web page; the
//! whole text where it has no form that is known. Bounded and on one line; secrets are masked by whoever shows it.

use memchr::memmem;
use serde_json::Value;

use crate::long::tree;

/// Of a body, what is looked at.
const LOOKED_AT_BYTES: usize = 64 * 1024;
/// Of a message, what is kept.
pub const MESSAGE_MAX_BYTES: usize = 4096;
/// Objects inside of each other that are searched for a message.
const DEPTH: usize = 4;

/// Members that hold a message, the likeliest first: OpenAI's and most others', FastAPI's, AWS's, Cloudflare's, Baidu's,
/// MiniMax's, problem details' (RFC 9457).
const MESSAGES: [&str; 10] = [
    "message",
    "Message",
    "detail",
    "error_description",
    "errorMessage",
    "error_msg",
    "msg",
    "status_msg",
    "faultstring",
    "title",
];
/// Members inside of which to look, the likeliest first.
const AROUND: [&str; 9] =
    ["error", "errors", "message", "detail", "data", "base_resp", "response", "fault", "innererror"];

/// The message in `body`; `None` where it has no words.
#[must_use]
pub fn words(body: &[u8]) -> Option<String> {
    words_of(body, tree(body).as_ref())
}

/// The same of a body that was read as a tree already.
pub(crate) fn words_of(body: &[u8], value: Option<&Value>) -> Option<String> {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => message_in(value, DEPTH).or_else(|| whole(value))?,
        None => {
            let text = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT_BYTES)]);
            in_xml(&text).unwrap_or_else(|| visible(&text))
        }
    };
    let line = one_line(&text);
    (!line.is_empty()).then_some(line)
}

fn message_in(value: &Value, depth: usize) -> Option<String> {
    if depth == 0 {
        return None;
    }
    match value {
        Value::Array(elements) => elements.iter().take(8).find_map(|element| message_in(element, depth - 1)),
        Value::Object(members) => {
            let said = |name: &&str| members.get(*name)?.as_str().filter(|text| !text.trim().is_empty());
            let around = |name: &&str| match members.get(*name)? {
                Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
                inner => message_in(inner, depth - 1),
            };
            // The object around may repeat the status in words; what is inside knows more.
            let inner = AROUND.iter().take(2).find_map(around);
            let own = || MESSAGES.iter().find_map(said).map(|own| with_quoted(own, value, depth));
            inner.or_else(own).or_else(|| AROUND.iter().find_map(around))
        }
        _ => None,
    }
}

/// A router's own words (`Provider returned error`) with those of the provider that it quotes.
fn with_quoted(own: &str, error: &Value, depth: usize) -> String {
    let Some(raw) = error.pointer("/metadata/raw") else { return own.to_owned() };
    let quoted = match raw {
        Value::String(text) => {
            let parsed: Option<Value> = serde_json::from_str(text).ok();
            parsed.and_then(|parsed| message_in(&parsed, depth - 1)).or_else(|| Some(text.clone()))
        }
        other => message_in(other, depth - 1),
    };
    match quoted.filter(|quoted| !quoted.trim().is_empty() && quoted != own) {
        Some(quoted) => format!("{}: {}", own.trim_end_matches(['.', ':', ' ']), visible(&quoted)),
        None => own.to_owned(),
    }
}

/// JSON without a message, as it stands; nothing where it is empty.
fn whole(value: &Value) -> Option<String> {
    let is_empty = match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    };
    (!is_empty).then(|| value.to_string())
}

/// The message of an error in XML, as AWS and Azure's storage send them.
fn in_xml(text: &str) -> Option<String> {
    let text = text.trim_start();
    if !text.starts_with("<?xml") && !text.starts_with("<Error") {
        return None;
    }
    let start = text.find("<Message>")? + "<Message>".len();
    let message = &text[start..];
    Some(message[..message.find("</Message>")?].to_owned())
}

/// What a reader sees of a page: its title, then its text, without scripts, styles and marks.
fn visible(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0;
    while let Some(open) = lower[at..].find('<').map(|n| at + n) {
        out.push_str(&text[at..open]);
        let hidden = ["script", "style", "svg", "!--"].into_iter().find(|tag| lower[open + 1..].starts_with(tag));
        let rest = &lower.as_bytes()[open..];
        let close = match hidden {
            None => memchr::memchr(b'>', rest).map(|at| at + 1),
            Some("!--") => memmem::find(rest, b"-->").map(|at| at + 3),
            Some(tag) => memmem::find(rest, format!("</{tag}>").as_bytes()).map(|at| at + tag.len() + 3),
        };
        // Without its end, the rest is no text.
        let Some(close) = close.map(|end| open + end) else { return out };
        out.push(' ');
        at = close;
    }
    out.push_str(&text[at..]);
    entities(&out)
}

fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// Without line breaks and control characters, and a sentence that follows itself only once, as a title and its heading.
fn one_line(text: &str) -> String {
    let end = text.floor_char_boundary(LOOKED_AT_BYTES);
    let mut line = String::new();
    for word in text[..end].split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MESSAGE_MAX_BYTES {
            line.truncate(line.floor_char_boundary(MESSAGE_MAX_BYTES));
            break;
        }
        let half = line.len() / 2;
        if line.len() > 8
            && line.is_char_boundary(half)
            && line.as_bytes()[half] == b' '
            && line[..half] == line[half + 1..]
        {
            line.truncate(half);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> String {
        words(body.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn each_form_of_an_error_has_its_message_read() {
        for (body, message) in [
            (r#"{"error":{"message":"m","type":"t"}}"#, "m"),
            (r#"{"error":"model 'x' not found"}"#, "model 'x' not found"),
            (
                r#"[{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}]"#,
                "API key not valid",
            ),
            (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "Overloaded"),
            (r#"{"message":"The security token is expired","__type":"ExpiredToken"}"#, "The security token is expired"),
            (r#"{"Message":"m"}"#, "m"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (r#"{"detail":[{"loc":["body","input"],"msg":"field required"}]}"#, "field required"),
            (r#"{"errors":[{"code":10000,"message":"Authentication error"}],"success":false}"#, "Authentication error"),
            (
                r#"{"error_code":17,"error_msg":"Open api daily request limit reached"}"#,
                "Open api daily request limit reached",
            ),
            (r#"{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#, "insufficient balance"),
            (
                r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"message\":\"slow down\"}}"}}}"#,
                "Provider returned error: slow down",
            ),
            (r#"{"object":"error","message":{"detail":[{"loc":["body"],"msg":"Field required"}]}}"#, "Field required"),
            (r#"{"type":"about:blank","title":"Too Many Requests","status":429}"#, "Too Many Requests"),
            (r#"{"status":"failed"}"#, r#"{"status":"failed"}"#),
            ("\"just text\"", "just text"),
            ("upstream connect error or\ndisconnect", "upstream connect error or disconnect"),
            (
                "<?xml version=\"1.0\"?><Error><Code>C</Code><Message>Signature\n expired</Message></Error>",
                "Signature expired",
            ),
        ] {
            assert_eq!(of(body), message, "{body}");
        }
        for nothing in ["", "  ", "{}", "[]", "null", "<html></html>"] {
            assert_eq!(words(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn of_a_page_stays_what_a_reader_sees() {
        let page = "<html><head><title>502 Bad Gateway</title><style>p{color:red}</style></head><body>\
                    <center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.18.0</center>\
                    <script>alert('x')</script><!-- hidden --> Tom &amp; Co</body></html>";

        assert_eq!(of(page), "502 Bad Gateway nginx/1.18.0 Tom & Co");
        assert_eq!(of("before <script>var x = 1"), "before");
    }

    #[test]
    fn hostile_bodies_are_bounded() {
        let long = of(&"x ".repeat(1_000_000));
        let open = of(&"<".repeat(1_000_000));
        let deep = of(&format!("{}1{}", r#"{"error":"#.repeat(100), "}".repeat(100)));

        assert!(long.len() <= MESSAGE_MAX_BYTES && open.len() <= MESSAGE_MAX_BYTES, "{} {}", long.len(), open.len());
        assert!(deep.starts_with(r#"{"error":"#), "{deep}");
    }
}
