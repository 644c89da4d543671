//! A key in another place than `Authorization`: another header, the URL, the body.
//!
//! In: a request without that header. Out: the place of the first thing that looks like a key, by the name it has
//! there. Nothing is accepted from any of these places; they are only told. Of a body, what has arrived is looked at,
//! up to a bound.

use tollgate_errors::vendor_of;

use crate::request::{Name, Request};

/// Where a key was seen although it belongs into `Authorization`; the names are as they came, shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// In this header.
    Header(String),
    /// In this parameter of the URL's query.
    Query(String),
    /// In this member of the body, its path with dots.
    Body(String),
    /// In the body, in an object of headers: what was meant as headers was sent as data.
    HeadersInBody(String),
}

/// How much of a body is looked at.
pub(crate) const SEARCHED: usize = 16 << 10;
/// Members of a body that hold what users say, where anything may stand.
const CONTENT: [&str; 7] = ["messages", "input", "prompt", "instructions", "tools", "functions", "metadata"];
/// Deeper members are not looked at.
const DEPTH: usize = 6;
/// Names under which people send keys, without their punctuation and in lower case.
const NAMES: [&str; 10] = [
    "authorization",
    "authorisation",
    "authentication",
    "apikey",
    "xapikey",
    "openaiapikey",
    "openaikey",
    "accesstoken",
    "xauthtoken",
    "bearer",
];

/// The first place in which something like a key stands.
pub(super) fn find(request: &Request) -> Option<Misplaced> {
    in_headers(request)
        .map(Misplaced::Header)
        .or_else(|| in_query(request.query()).map(Misplaced::Query))
        .or_else(|| in_body(arrived(request)))
}

fn arrived(request: &Request) -> &[u8] {
    let arrived = &request.bytes[request.body.start.min(request.bytes.len())..];
    &arrived[..arrived.len().min(SEARCHED)]
}

fn in_headers(request: &Request) -> Option<String> {
    let known = [(Name::ApiKey, "api-key"), (Name::XApiKey, "x-api-key"), (Name::XGoogApiKey, "x-goog-api-key")];
    if let Some((_, name)) = known.into_iter().find(|(name, _)| request.header(*name).is_some()) {
        return Some(name.to_owned());
    }
    // The lines of HTTP/1.1 as they came; of h2 only the headers above are kept.
    let head = &request.bytes[..request.body.start.min(request.bytes.len())];
    head.split(|b| *b == b'\n').skip(1).find_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        (is_name_of_key(name) || is_key(value.trim())).then(|| short(&name.to_ascii_lowercase()))
    })
}

fn in_query(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let named = name.eq_ignore_ascii_case("key") || is_name_of_key(name);
        (named || is_key(value)).then(|| short(name))
    })
}

fn in_body(body: &[u8]) -> Option<Misplaced> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        // A form, which is written as a query.
        return std::str::from_utf8(body).ok().and_then(in_query).map(Misplaced::Body);
    }
    let (path, last) = Members { text: body, at: 0, open: Vec::new(), name: None }.find(|path, value| {
        let outermost = path.first().copied().unwrap_or("");
        let name = path.last().copied().unwrap_or("");
        !CONTENT.contains(&outermost) && ((is_name_of_key(name) && !value.is_empty()) || is_key(value))
    })?;
    let of_headers = path.contains("headers") || last.eq_ignore_ascii_case("authorization");
    let path = short(&path);
    Some(if of_headers { Misplaced::HeadersInBody(path) } else { Misplaced::Body(path) })
}

fn is_name_of_key(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).take(24).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&letters.as_str())
}

/// Whether a value looks like a key, with or without `Bearer`.
fn is_key(value: &str) -> bool {
    let bare = value.get(..7).filter(|start| start.eq_ignore_ascii_case("bearer ")).map(|_| &value[7..]);
    let value = bare.unwrap_or(value);
    (value.len() >= 12 && value.starts_with("sk-") && !value.contains(' ')) || vendor_of(value).is_some()
}

/// A name as it may be shown: what stands in the place of a name may be anything.
fn short(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-_.[]".contains(*c);
    let name: String = name.chars().filter(plain).take(60).collect();
    tollgate_errors::mask(&name)
}

/// Text members of a JSON object that may be cut off: read in passing, without a tree and without judging it.
struct Members<'t> {
    text: &'t [u8],
    at: usize,
    /// The names of the objects and lists that are open, a list's being empty.
    open: Vec<&'t str>,
    /// The name before the value that comes next.
    name: Option<&'t str>,
}

impl<'t> Members<'t> {
    /// The path and the last name of the first text member that `wanted` picks by its path and value.
    fn find(mut self, wanted: impl Fn(&[&str], &str) -> bool) -> Option<(String, String)> {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'{' | b'[' => self.open.push(self.name.take().unwrap_or("")),
                b'}' | b']' => {
                    self.open.pop();
                    self.name = None;
                }
                b',' => self.name = None,
                b'"' => {
                    let text = self.string()?;
                    if self.text[self.at..].trim_ascii_start().first() == Some(&b':') {
                        self.name = Some(text);
                    } else if self.open.len() <= DEPTH {
                        let name = self.name.take();
                        let path: Vec<&str> = self.open.iter().skip(1).copied().chain(name).collect();
                        if wanted(&path, text) {
                            let named: Vec<&str> = path.iter().copied().filter(|part| !part.is_empty()).collect();
                            return Some((named.join("."), name.unwrap_or("").to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The text up to the closing quote, escapes as they stand; `None` where it is cut off.
    fn string(&mut self) -> Option<&'t str> {
        let start = self.at;
        loop {
            match self.text.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or("");
        self.at += 1;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-tg-0123456789abcdefghijklmnop";

    #[test]
    fn a_key_in_a_body_is_found_where_it_stands() {
        let body = |path: &str| Some(Misplaced::Body(path.to_owned()));
        let headers = |path: &str| Some(Misplaced::HeadersInBody(path.to_owned()));
        for (text, expected) in [
            (format!(r#"{{"model":"m","api_key":"{KEY}"}}"#), body("api_key")),
            (format!(r#"{{"model":"m","options":{{"apiKey":"{KEY}"}}}}"#), body("options.apiKey")),
            (format!(r#"{{"x":[1,"{KEY}"]}}"#), body("x")),
            (format!(r#"{{"headers":{{"Authorization":"Bearer {KEY}"}}}}"#), headers("headers.Authorization")),
            (format!(r#"{{"config":{{"headers":{{"x":"Bearer {KEY}"}}}}}}"#), headers("config.headers.x")),
            (format!(r#"{{"Authorization":"Bearer {KEY}"}}"#), headers("Authorization")),
            (
                r#"{"headers":{"Authorization":"Bearer undefined"},"messages":[{"conte"#.into(),
                headers("headers.Authorization"),
            ),
            (format!(r#"{{"messages":[{{"content":"my key is {KEY}"}},{{"content":"{KEY}"}}]}}"#), None),
            (r#"{"model":"m","user":"me"}"#.into(), None),
            (format!("model=m&api_key={KEY}"), body("api_key")),
            (String::new(), None),
        ] {
            assert_eq!(in_body(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_key_in_a_query_is_found_by_its_name_or_form() {
        assert_eq!(in_query("api_key=x"), Some("api_key".to_owned()));
        assert_eq!(in_query("a=b&key=x"), Some("key".to_owned()));
        assert_eq!(in_query(&format!("x={KEY}")), Some("x".to_owned()));
        assert_eq!(in_query("limit=3&after=gpt-4o"), None);
        assert_eq!(in_query(""), None);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(text in r#"[\[{]{0,3}("(headers|api_key|a)":?|"sk-0123456789abc"|[\[\]{},:\\]|null|1|"x){0,14}"#) {
            let _ = in_body(text.as_bytes());
        }
    }
}
