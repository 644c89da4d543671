//! The images and files that a request names by their addresses.
//!
//! In: a body that is valid JSON. Out: every address with its place and its path as OpenAI writes it
//! (`messages[0].content[1].image_url.url`), and the edits that put contents in their place. No tree is built: what comes as
//! a data: URL is megabytes.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;
use serde_json::Value;
use tollgate_core::operation::Operation;

use super::members::{Edit, Members};
use crate::json::{self, JsonError, Kind};

/// An address in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'b> {
    /// Where it stands, as OpenAI names places.
    pub param: String,
    /// The address.
    pub url: Cow<'b, str>,
    /// What lies there.
    pub what: What,
    /// Its bytes in the body, with the quotes.
    at: Range<usize>,
    /// Of a file: its member as a whole, and whether the part names the file besides.
    file: Option<(Range<usize>, bool)>,
}

/// What lies at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// An image.
    Image,
    /// A file of any kind.
    File,
}

impl Link<'_> {
    /// Whether the contents came along.
    #[must_use]
    pub fn is_inline(&self) -> bool {
        self.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
    }

    /// The edit that puts a data: URL in the address's place. A file needs a name beside its contents.
    #[must_use]
    pub fn replaced_by(&self, data_url: &str) -> Edit {
        let quoted = format!("\"{data_url}\"");
        match &self.file {
            None => Edit { at: self.at.clone(), text: Cow::Owned(quoted) },
            Some((member, named)) => {
                let name = if *named { String::new() } else { format!("\"filename\":{},", Value::from(self.name())) };
                Edit { at: member.clone(), text: Cow::Owned(format!("{name}\"file_data\":{quoted}")) }
            }
        }
    }

    /// What stands behind the last slash of the path.
    fn name(&self) -> &str {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("file")
    }
}

/// The addresses of a request, at most `most` of them. A search comes first: it is cheaper than reading, and most
/// requests have none.
#[must_use]
pub fn links(operation: Operation, body: &[u8], most: usize) -> Vec<Link<'_>> {
    let name = match operation {
        Operation::ChatCompletions => "messages",
        Operation::Responses | Operation::InputTokens | Operation::Moderations => "input",
        _ => return Vec::new(),
    };
    if memmem::find(body, b"_url\"").is_none() {
        return Vec::new();
    }
    let Some(list) = Members::read(body).and_then(|members| Some(members.get(name)?.value.clone())) else {
        return Vec::new();
    };
    let mut found = Found { body, most, links: Vec::new() };
    for (at, (item, _)) in json::elements(body, list).enumerate() {
        found.item(item, &format!("{name}[{at}]"));
    }
    found.links
}

struct Found<'b> {
    body: &'b [u8],
    most: usize,
    links: Vec<Link<'b>>,
}

/// What is read of an item or a part.
#[derive(Default)]
struct Part {
    kind: Option<Range<usize>>,
    image_url: Option<(Range<usize>, Kind)>,
    /// The value, and the member as a whole.
    file_url: Option<(Range<usize>, Range<usize>)>,
    filename: bool,
    /// Members that hold parts, by their names.
    lists: Vec<(&'static str, Range<usize>)>,
}

impl<'b> Found<'b> {
    /// A message or an item, which is a part itself in moderations.
    fn item(&mut self, at: Range<usize>, path: &str) {
        let part = self.part(at);
        self.look(&part, path);
        for (name, list) in part.lists {
            for (index, (element, _)) in json::elements(self.body, list).enumerate() {
                let inner = self.part(element);
                self.look(&inner, &format!("{path}.{name}[{index}]"));
            }
        }
    }

    fn part(&self, object: Range<usize>) -> Part {
        let start = object.start;
        let moved = |range: &Range<usize>| start + range.start..start + range.end;
        let mut part = Part::default();
        // What is not an object has no members; what is broken was refused before.
        let _ = json::members(&self.body[object], |member| {
            let value = moved(&member.value);
            match &*member.name {
                "type" => part.kind = Some(value),
                "image_url" => part.image_url = Some((value, member.kind)),
                "file_url" if member.kind == Kind::String => {
                    part.file_url = Some((value, start + member.name_at.start..start + member.value.end));
                }
                "filename" => part.filename = member.kind == Kind::String,
                "content" if member.kind == Kind::Array => part.lists.push(("content", value)),
                "output" if member.kind == Kind::Array => part.lists.push(("output", value)),
                _ => {}
            }
            Ok::<_, JsonError>(())
        });
        part
    }

    fn look(&mut self, part: &Part, path: &str) {
        let kind = part.kind.clone().and_then(|at| json::string(self.body, at));
        match (kind.as_deref(), &part.image_url, &part.file_url) {
            (Some("image_url" | "input_image"), Some((at, Kind::String)), _) => {
                self.add(at.clone(), format!("{path}.image_url"), None);
            }
            (Some("image_url"), Some((object, Kind::Object)), _) => {
                if let Some(at) = self.url_in(object.clone()) {
                    self.add(at, format!("{path}.image_url.url"), None);
                }
            }
            (Some("input_file"), _, Some((at, member))) => {
                self.add(at.clone(), format!("{path}.file_url"), Some((member.clone(), part.filename)));
            }
            _ => {}
        }
    }

    /// Where `url` stands in an object.
    fn url_in(&self, object: Range<usize>) -> Option<Range<usize>> {
        let start = object.start;
        let mut found = None;
        let _ = json::members(&self.body[object], |member| {
            if member.name == "url" && member.kind == Kind::String {
                found = Some(start + member.value.start..start + member.value.end);
            }
            Ok::<_, JsonError>(())
        });
        found
    }

    fn add(&mut self, at: Range<usize>, param: String, file: Option<(Range<usize>, bool)>) {
        if self.links.len() >= self.most {
            return;
        }
        let Some(url) = json::string(self.body, at.clone()) else { return };
        let what = if file.is_some() { What::File } else { What::Image };
        self.links.push(Link { param, url, what, at, file });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(operation: Operation, body: &Value) -> Vec<(String, String)> {
        let body = body.to_string();
        links(operation, body.as_bytes(), 10).into_iter().map(|link| (link.param, link.url.into_owned())).collect()
    }

    fn pair(param: &str, url: &str) -> (String, String) {
        (param.to_owned(), url.to_owned())
    }

    #[test]
    fn addresses_are_found_where_each_endpoint_has_them() {
        let chat = json!({ "model": "m", "messages": [{ "role": "system", "content": "look at image_url" },
            { "role": "user", "content": [{ "type": "text", "text": "a" },
                { "type": "image_url", "image_url": { "detail": "low", "url": "https://a.example/1.png" } }] }] });
        let responses = json!({ "input": [{ "role": "user", "content": [
                { "type": "input_image", "image_url": "https://a.example/2.png" },
                { "type": "input_file", "file_url": "https://a.example/3.pdf" }] },
            { "type": "function_call_output", "output": [{ "type": "input_image", "image_url": "data:," }] }] });
        let moderations =
            json!({ "input": [{ "type": "image_url", "image_url": { "url": "https://a.example/4.png" } }] });

        assert_eq!(
            found(Operation::ChatCompletions, &chat),
            [pair("messages[1].content[1].image_url.url", "https://a.example/1.png")]
        );
        assert_eq!(
            found(Operation::Responses, &responses),
            [
                pair("input[0].content[0].image_url", "https://a.example/2.png"),
                pair("input[0].content[1].file_url", "https://a.example/3.pdf"),
                pair("input[1].output[0].image_url", "data:,"),
            ]
        );
        assert_eq!(
            found(Operation::Moderations, &moderations),
            [pair("input[0].image_url.url", "https://a.example/4.png")]
        );
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for body in [
            json!({ "messages": [{ "content": "an \"image_url\" of text" }] }),
            json!({ "messages": [{ "content": [{ "type": "text", "text": "x", "image_url": { "url": "https://x" } }] }] }),
            json!({ "messages": [{ "content": [{ "type": "image_url", "image_url": { "url": 7 } }] }] }),
            json!({ "messages": "image_url\"", "image_url": 1 }),
            json!({ "tools": [{ "type": "image_url", "image_url": { "url": "https://x" } }] }),
        ] {
            assert_eq!(found(Operation::ChatCompletions, &body), [], "{body}");
        }
        assert_eq!(links(Operation::Embeddings, b"{\"input\":[{\"image_url\":\"x\"}]}", 9), []);
    }

    #[test]
    fn an_escaped_address_is_read_and_contents_take_its_place() {
        let body = br#"{ "messages" : [ {"content":[{"type":"image_url","image_url":{"url":"https:\/\/a.example\/1.png"}}]} ] }"#;
        let found = links(Operation::ChatCompletions, body, 10);
        assert_eq!(found[0].url, "https://a.example/1.png");

        let edit = found[0].replaced_by("data:image/png;base64,AAAA");

        let mut text = String::from_utf8(body.to_vec()).unwrap();
        text.replace_range(edit.at, &edit.text);
        assert_eq!(
            text,
            r#"{ "messages" : [ {"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]} ] }"#
        );
    }

    #[test]
    fn a_file_becomes_data_with_a_name() {
        for (extra, expected) in [
            (
                json!({}),
                json!({ "type": "input_file", "filename": "3.pdf", "file_data": "data:application/pdf;base64,AA" }),
            ),
            (
                json!({ "filename": "own.pdf" }),
                json!({ "type": "input_file", "filename": "own.pdf", "file_data": "data:application/pdf;base64,AA" }),
            ),
        ] {
            let mut part = json!({ "type": "input_file", "file_url": "https://a.example/x/3.pdf?sig=1" });
            part.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let mut text = json!({ "input": [{ "content": [part] }] }).to_string();

            let edit = links(Operation::Responses, text.as_bytes(), 1)[0].replaced_by("data:application/pdf;base64,AA");
            text.replace_range(edit.at, &edit.text);

            let changed: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(changed["input"][0]["content"][0], expected);
        }
    }
}
