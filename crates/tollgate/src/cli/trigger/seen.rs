//! What was asked and what came, to be printed or handed on as JSON.
//!
//! In: a request as it may be shown, and an answer. Out: both with the diagnosis, and whether it is the one expected. The
//! key is in none of it.

use std::fmt::Write as _;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use tollgate_errors::trigger::Trigger;
use tollgate_errors::{Explanation, mask};

use crate::cli::http::Base;
use crate::cli::output;

/// Headers of an answer that say something about a failure.
const TELLING: &[&str] = &[
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "x-request-id",
    "x-tollgate-cause",
    "x-tollgate-provider",
    "x-tollgate-attempts",
    "link",
    "allow",
    "connection",
];

/// A request, as it may be shown.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    /// Its bytes, where it is not proper HTTP; the other members say where it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

impl Asked {
    pub(super) fn new(method: &str, target: &str, base: &Base) -> Self {
        let scheme = if base.is_tls() { "https" } else { "http" };
        let url = format!("{scheme}://{}{target}", base.authority());
        Self { method: method.to_owned(), url, headers: Vec::new(), body: String::new(), raw: None }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn headers(self, headers: &[(&str, &str)]) -> Self {
        headers.iter().fold(self, |asked, (name, value)| asked.header(name, value))
    }

    pub(super) fn body(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }

    pub(super) fn raw(self, raw: String) -> Self {
        Self { raw: Some(raw), ..self }
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The cause in the record, where the caller left before it was told.
    pub(super) recorded: Option<String>,
}

impl Answered {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The error object: of the body, or of the last event of a stream.
    fn error(&self) -> Option<Json> {
        let text = String::from_utf8_lossy(&self.body);
        let read = |text: &str| {
            let object: Json = serde_json::from_str(text).ok()?;
            match object.get("error") {
                Some(error) if error.is_object() => Some(error.clone()),
                // An event of the Responses API is the error itself.
                _ => (object["type"] == "error").then_some(object),
            }
        };
        read(&text).or_else(|| text.lines().rev().find_map(|line| line.strip_prefix("data: ")).and_then(read))
    }
}

/// What was seen of a failure.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    name: &'static str,
    /// The cause that was to be seen.
    pub(super) expected: &'static str,
    /// The one that was.
    pub(super) cause: Option<String>,
    /// Whether they are the same.
    pub(super) as_expected: bool,
    /// `None` where a program was run instead.
    request: Option<Asked>,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    diagnosis: Json,
    program: Option<Json>,
    /// The cause is that of the record.
    #[serde(skip)]
    recorded: bool,
}

impl Seen {
    pub(super) fn new(trigger: &Trigger, expected: &'static str, request: Asked, answered: Answered) -> Self {
        let error = answered.error().unwrap_or_default();
        let diagnosis = error["diagnosis"].clone();
        let by_header = answered.header("x-tollgate-cause").map(str::to_owned);
        let by_body = diagnosis["cause"].as_str().map(str::to_owned);
        let cause = answered.recorded.clone().or(by_body).or(by_header);
        // A provider's own words in its stream go on as they are: there is no diagnosis in them.
        let passed_on = cause.is_none() && answered.status == 200 && error["type"] == trigger.wire.error_type;
        let as_expected = cause.as_deref() == Some(expected) || passed_on;
        let telling = |name: &str| TELLING.contains(&name) || name.starts_with("x-ratelimit-");
        let headers = answered.headers.into_iter().filter(|(name, _)| telling(&name.to_ascii_lowercase())).collect();
        let body = String::from_utf8_lossy(&answered.body).into_owned();
        let (status, name, recorded) = (Some(answered.status), trigger.name, answered.recorded.is_some());
        let (request, program) = (Some(request), None);
        Self { name, expected, cause, as_expected, request, status, headers, body, diagnosis, program, recorded }
    }

    /// What a program printed, and what is found in it.
    pub(super) fn of_program(trigger: &Trigger, program: Json, printed: &str, found: &Explanation) -> Self {
        let slug = found.cause.slug;
        Self {
            name: trigger.name,
            expected: trigger.cause.slug,
            cause: Some(slug.to_owned()),
            as_expected: slug == trigger.cause.slug,
            request: None,
            status: None,
            headers: Vec::new(),
            body: mask(printed),
            diagnosis: found.to_json(),
            program: Some(program),
            recorded: false,
        }
    }

    /// Request, answer and diagnosis, for people.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        output::line(self.sheet().trim_end())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Milliseconds until it may be repeated, where the answer says it.
    fn wait(&self) -> Option<u64> {
        self.header("retry-after-ms")?.parse().ok()
    }

    /// Where the cause was read, if the caller did not wait for it.
    fn record(&self) -> String {
        match self.header("x-request-id") {
            Some(id) if self.recorded => {
                format!("the caller left when the answer began: the record of {id} has the cause")
            }
            _ => String::new(),
        }
    }

    fn sheet(&self) -> String {
        match (&self.program, &self.request) {
            (Some(program), _) => self.program_sheet(program),
            (None, Some(asked)) => self.request_sheet(asked),
            (None, None) => String::new(),
        }
    }

    fn program_sheet(&self, program: &Json) -> String {
        let mut out = format!("program in {}\n", program["language"].as_str().unwrap_or_default());
        let printed = [program["code"].as_str().unwrap_or_default(), "\nprinted", self.body.trim_end()];
        for (at, text) in printed.into_iter().enumerate() {
            let margin = if at == 1 { "" } else { "  " };
            text.lines().for_each(|line| {
                let _ = writeln!(out, "{}", format!("{margin}{line}").trim_end());
            });
        }
        let _ = writeln!(out, "\nexplained\n{}", crate::cli::explain::sheet::of_document(&self.diagnosis));
        out
    }

    fn request_sheet(&self, asked: &Asked) -> String {
        let mut out = String::from("request\n");
        match &asked.raw {
            Some(raw) => {
                let _ = writeln!(out, "  to {}, these bytes:", asked.url);
                for line in raw.lines() {
                    let _ = writeln!(out, "  {}", line.escape_debug());
                }
            }
            None => {
                let _ = writeln!(out, "  {} {}", asked.method, asked.url);
                put_headers(&mut out, &asked.headers);
                put_body(&mut out, &asked.body);
            }
        }
        let _ = writeln!(out, "\nanswer\n  {}", self.status.map(status_line).unwrap_or_default());
        put_headers(&mut out, &self.headers);
        put_body(&mut out, &self.body);
        let _ = writeln!(out, "\ndiagnosis\n  cause     {}", self.cause.as_deref().unwrap_or("none told"));
        let text = |name: &str| self.diagnosis[name].as_str().unwrap_or_default().to_owned();
        let evidence = self.diagnosis["evidence"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let retry = match self.diagnosis["retry"].as_bool() {
            Some(true) => match self.wait() {
                Some(ms) => format!("yes, after {}", super::list::wait(ms)),
                None => "yes, after a while".to_owned(),
            },
            Some(false) => "no, not before something is changed".to_owned(),
            None if self.diagnosis.is_null() => String::new(),
            None => "it depends".to_owned(),
        };
        let evidence = evidence.collect::<Vec<_>>().join("; ");
        let rows = [
            ("party", text("party")),
            ("evidence", evidence),
            ("remedy", text("remedy")),
            ("retry", retry),
            ("record", self.record()),
            ("docs", text("docs")),
        ];
        for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "  {name:<9} {value}");
        }
        out
    }
}

/// JSON over several lines, its members in the order in which they came; `None` where it is something else.
fn indented(json: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(json).ok()?;
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let mut rest = json.trim().chars().peekable();
    while let Some(c) = rest.next() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            c if c.is_ascii_whitespace() => {}
            '{' | '[' => {
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                out.push(c);
                match rest.next_if(|c| matches!(c, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                in_text = c == '"';
                out.push(c);
            }
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

fn put_headers(out: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        let _ = writeln!(out, "  {name}: {value}");
    }
}

fn put_body(out: &mut String, body: &str) {
    for line in indented(body).as_deref().unwrap_or(body).lines() {
        let _ = writeln!(out, "  {line}");
    }
}

fn status_line(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    format!("{status} {reason}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn json_is_indented_in_the_order_in_which_it_came() {
        let shown = indented(r#"{"type":"a, \"{b}\": c\\","code": null ,"list":[1,[],{ }]}"#);

        let expected = r#"{
  "type": "a, \"{b}\": c\\",
  "code": null,
  "list": [
    1,
    [],
    {}
  ]
}"#;
        assert_eq!(shown.as_deref(), Some(expected));
        assert_eq!(indented("data: {}"), None);
    }
}
