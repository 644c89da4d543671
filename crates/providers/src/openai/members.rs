//! The members of a request body, and edits that take some away, rename them or put another value in their place.
//!
//! In: a body. Out: what its top level has, and [`Edit`]s. Every byte that no edit is about stays as it is, commas and
//! white space of the other members included.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::json::{self, JsonError, Kind, Member};

/// The top level of a body.
#[derive(Debug, Clone)]
pub struct Members<'b> {
    body: &'b [u8],
    list: Vec<Member<'b>>,
}

/// One replacement in a body; none of them overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub at: Range<usize>,
    /// By what.
    pub text: Cow<'static, str>,
}

/// What is to become of members, by their names.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    removed: Vec<&'static str>,
    renamed: Vec<(&'static str, &'static str)>,
    replaced: Vec<(&'static str, String)>,
}

impl Changes {
    /// Takes a member away.
    pub fn remove(&mut self, name: &'static str) {
        self.removed.push(name);
    }

    /// Gives it another name.
    pub fn rename(&mut self, from: &'static str, to: &'static str) {
        self.renamed.push((from, to));
    }

    /// Gives it another value, written as JSON.
    pub fn replace(&mut self, name: &'static str, json: String) {
        self.replaced.push((name, json));
    }
}

impl<'b> Members<'b> {
    /// Reads them; `None` where the body is not a JSON object.
    #[must_use]
    pub fn read(body: &'b [u8]) -> Option<Self> {
        let mut list = Vec::with_capacity(16);
        let read = json::members(body, |member| {
            list.push(member);
            Ok::<_, JsonError>(())
        });
        read.ok()?;
        Some(Self { body, list })
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|member| &*member.name)
    }

    /// The last member of this name, which is the one that most parsers take, unless it is null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Member<'b>> {
        self.list.iter().rev().find(|member| member.name == name).filter(|member| member.kind != Kind::Null)
    }

    /// The bytes of a member's value.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'b str> {
        std::str::from_utf8(&self.body[self.get(name)?.value.clone()]).ok()
    }

    /// A member that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).filter(|member| member.kind == Kind::Number)?;
        self.text(name)?.parse().ok()
    }

    /// A member's value as a tree: for short ones, or where something was found in it already.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.text(name)?).ok()
    }

    /// Where the first part of a kind stands in a list of messages: the index of the message, and of the part in it. No
    /// tree is built: images are megabytes.
    #[must_use]
    pub fn part_of_kind(&self, name: &str, kind: &str) -> Option<(usize, usize)> {
        let messages = self.get(name)?.value.clone();
        json::elements(self.body, messages).enumerate().find_map(|(at, (message, _))| {
            let content = member(self.body, message, "content")?;
            let is_it = |part| {
                member(self.body, part, "type").is_some_and(|at| json::string(self.body, at).as_deref() == Some(kind))
            };
            Some((at, json::elements(self.body, content).position(|(part, _)| is_it(part))?))
        })
    }

    /// What `changes` come to in this body, in the order of their places.
    #[must_use]
    pub fn edits(&self, changes: &Changes) -> Vec<Edit> {
        let is_removed = |at: usize| changes.removed.iter().any(|name| self.list[at].name == *name);
        let mut edits = Vec::new();
        let mut at = 0;
        while at < self.list.len() {
            if is_removed(at) {
                let end = (at..self.list.len()).find(|&next| !is_removed(next)).unwrap_or(self.list.len());
                edits.push(Edit { at: self.run(at, end), text: Cow::Borrowed("") });
                at = end;
                continue;
            }
            let member = &self.list[at];
            if let Some((_, to)) = changes.renamed.iter().find(|(from, _)| member.name == *from) {
                edits.push(Edit { at: member.name_at.clone(), text: Cow::Owned(format!("\"{to}\"")) });
            }
            if let Some((_, json)) = changes.replaced.iter().find(|(name, _)| member.name == *name) {
                edits.push(Edit { at: member.value.clone(), text: Cow::Owned(json.clone()) });
            }
            at += 1;
        }
        edits
    }

    /// The bytes of the members from `first` to before `end`, with the commas that would be left over.
    fn run(&self, first: usize, end: usize) -> Range<usize> {
        let start = self.list[first].name_at.start;
        match (self.list.get(end), first.checked_sub(1)) {
            (Some(next), _) => start..next.name_at.start,
            (None, Some(before)) => self.list[before].value.end..self.list[end - 1].value.end,
            (None, None) => start..self.list[end - 1].value.end,
        }
    }
}

/// Where the value of a member of the object at `object` stands.
fn member(body: &[u8], object: Range<usize>, name: &str) -> Option<Range<usize>> {
    let start = object.start;
    let mut found = None;
    let read = json::members(&body[object], |member| {
        if member.name == name {
            found = Some(start + member.value.start..start + member.value.end);
        }
        Ok::<_, JsonError>(())
    });
    found.filter(|_| read.is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    fn edited(body: &str, changes: &Changes) -> String {
        let members = Members::read(body.as_bytes()).expect("it is an object");
        let mut out = body.to_owned();
        for edit in members.edits(changes).into_iter().rev() {
            out.replace_range(edit.at, &edit.text);
        }
        out
    }

    proptest! {
        #[test]
        fn edits_equal_a_change_of_the_tree(
            given in proptest::sample::subsequence(NAMES.to_vec(), 0..=4).prop_shuffle(),
            removed in proptest::sample::subsequence(NAMES.to_vec(), 0..=4),
            pretty in any::<bool>(),
        ) {
            let mut tree = serde_json::Map::new();
            for name in &given { tree.insert((*name).to_owned(), json!([{ "a": 1 }, name])); }
            let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) };
            let mut changes = Changes::default();
            for name in &removed { changes.remove(name); }
            changes.rename("b", "bb");
            changes.replace("c", "7".to_owned());

            let got: Value = serde_json::from_str(&edited(&text.expect("a tree is JSON"), &changes)).expect("still JSON");

            for name in &removed { tree.remove(*name); }
            if let Some(value) = tree.remove("b") { tree.insert("bb".to_owned(), value); }
            if let Some(value) = tree.get_mut("c") { *value = json!(7); }
            prop_assert_eq!(got, Value::Object(tree));
        }
    }

    #[test]
    fn bytes_of_other_members_stay() {
        let mut changes = Changes::default();
        changes.remove("temperature");
        changes.rename("max_tokens", "max_completion_tokens");

        let got = edited("{ \"max_tokens\" : 1.0e+00 ,\n\t\"temperature\": 0.2, \"x\":\"\\u0041\" }", &changes);

        assert_eq!(got, "{ \"max_completion_tokens\" : 1.0e+00 ,\n\t\"x\":\"\\u0041\" }");
    }

    #[test]
    fn the_first_part_of_a_kind_is_found_in_messages_of_any_form() {
        let place = |messages: Value| {
            let body = json!({ "messages": messages }).to_string();
            Members::read(body.as_bytes()).expect("it is an object").part_of_kind("messages", "image_url")
        };
        let image = json!({ "image_url": { "url": "data:" }, "type": "image_url" });
        let text = json!({ "type": "text", "text": "what is an image_url?" });

        assert_eq!(place(json!([{ "content": "a" }, { "role": "user", "content": [text, image] }])), Some((1, 1)));
        assert_eq!(place(json!([{ "content": [image] }])), Some((0, 0)));
        assert_eq!(place(json!([{ "content": [text] }, { "content": null }, "a", 1, []])), None);
        assert_eq!(place(json!([])), None);
        assert_eq!(place(json!("image_url")), None);
    }

    #[test]
    fn a_member_given_twice_is_changed_twice_and_null_is_not_there() {
        let mut changes = Changes::default();
        changes.remove("a");
        let members = Members::read(br#"{"a":1,"b":null,"c":2.5}"#).expect("it is an object");

        assert_eq!(edited(r#"{"a":1,"b":2,"a":3}"#, &changes), r#"{"b":2}"#);
        assert_eq!(edited(r#"{"a":1,"a":3}"#, &changes), "{}");
        assert!(members.get("b").is_none());
        assert_eq!(members.number("c"), Some(2.5));
    }
}
