//! Every JSON document that commands print: what it is called, who prints it, and what its members mean.
//!
//! In: nothing. Out: the table from which the reference page is generated, and against which each document is held as it
//! is printed (in debug builds, so in every test). A document begins with `object` and `version`; the version rises
//! when a member changes its meaning or goes, not when one is added. A member that does not apply is `null`.

mod calls;
mod causes;
mod copies;
mod doctor;
mod images;
mod keys;
mod records;
mod server;
mod triggers;

use serde_json::Value as Json;

pub use self::calls::{CHAT, MODEL, MODEL_CHECK, MODELS, TRAFFIC};
pub use self::causes::{CAUSE, CAUSES};
pub use self::copies::{BACKUP, MIGRATIONS, RESTORE};
pub use self::doctor::{DOCTOR, PROVIDER_TEST, PROVIDER_TESTS};
pub use self::images::IMAGE_CHECK;
pub use self::keys::{CONTEXTS, CREDENTIALS, IMPORT, KEY, KEYS, ROTATION, SECRETS};
pub use self::records::{JOURNAL_CHECK, JOURNAL_ENTRY, REQUEST, REQUESTS, USAGE};
pub use self::server::{CONFIG_CHECK, READY, SETTINGS};
pub use self::triggers::{TRIGGERED, TRIGGERS};

/// The version of all of them so far.
pub const VERSION: u32 = 1;

/// A kind of document.
#[derive(Debug)]
pub struct Document {
    /// Its member `object`.
    pub object: &'static str,
    /// Commands that print it.
    pub commands: &'static [&'static str],
    /// What is in it.
    pub shape: Shape,
}

/// What is in a document beside `object` and `version`.
#[derive(Debug)]
pub enum Shape {
    /// Members by their paths, and what they mean.
    Members(&'static [(&'static str, &'static str)]),
    /// `data`, an array of objects with the members of this one.
    List(&'static Document),
}

/// All documents, in the order of the reference page.
pub static ALL: [&Document; 30] = [
    &READY,
    &CONFIG_CHECK,
    &SETTINGS,
    &KEY,
    &KEYS,
    &IMPORT,
    &CREDENTIALS,
    &CONTEXTS,
    &SECRETS,
    &ROTATION,
    &MODEL,
    &MODELS,
    &MODEL_CHECK,
    &CHAT,
    &TRAFFIC,
    &TRIGGERED,
    &TRIGGERS,
    &DOCTOR,
    &PROVIDER_TESTS,
    &CAUSE,
    &CAUSES,
    &IMAGE_CHECK,
    &USAGE,
    &REQUEST,
    &REQUESTS,
    &JOURNAL_ENTRY,
    &JOURNAL_CHECK,
    &BACKUP,
    &RESTORE,
    &MIGRATIONS,
];

impl Document {
    /// Paths of the members that are declared, those of a list from its elements on.
    #[must_use]
    pub fn members(&self) -> &'static [(&'static str, &'static str)] {
        match &self.shape {
            Shape::Members(members) => members,
            Shape::List(of) => of.members(),
        }
    }

    /// Paths in a printed value that are not declared.
    #[must_use]
    pub fn undeclared(&self, value: &Json) -> Vec<String> {
        let mut paths = paths(value);
        if let Shape::List(_) = self.shape {
            paths = paths.iter().filter_map(|path| path.strip_prefix("[].")).map(str::to_owned).collect();
        }
        paths.retain(|path| !self.members().iter().any(|(declared, _)| covers(declared, path)));
        paths
    }
}

/// Whether a declared member is the one at this path, contains it, or is in it where that is empty.
#[must_use]
pub fn covers(declared: &str, path: &str) -> bool {
    let is_in = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    is_in(declared, path) || is_in(path, declared)
}

/// The paths of all values that hold no others: `usage.input`, `keys[].id`.
#[must_use]
pub fn paths(value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Json, path: String, found: &mut Vec<String>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, path, found);
            }
        }
        Json::Array(elements) if !elements.is_empty() => {
            elements.iter().for_each(|value| collect(value, format!("{path}[]"), found));
        }
        _ => found.push(path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values_and_members_contain_what_is_in_them() {
        let value = json!({ "a": { "b": 1, "c": [{ "d": null }, { "d": [] }] }, "e": {} });

        assert_eq!(paths(&value), ["a.b", "a.c[].d", "e"]);
        assert!(covers("a", "a.b") && covers("a.b", "a.b") && covers("e.f", "e"));
        assert!(!covers("a", "ab") && !covers("a.b", "a.c"));
    }

    #[test]
    fn what_is_not_declared_is_found_in_lists_too() {
        assert_eq!(KEYS.undeclared(&json!([{ "id": "key_1", "surprise": 1 }])), ["surprise"]);
        assert_eq!(CREDENTIALS.undeclared(&json!([])), [""; 0]);
    }

    #[test]
    fn every_document_has_a_name_of_its_own_and_every_member_is_told_once() {
        let mut names: Vec<_> = ALL.iter().map(|document| document.object).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for document in ALL {
            let mut paths: Vec<_> = document.members().iter().map(|(path, _)| *path).collect();
            paths.sort_unstable();
            let count = paths.len();
            paths.dedup();
            assert_eq!(paths.len(), count, "{}", document.object);
        }
    }
}
