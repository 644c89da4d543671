//! One entry of an import: what its members may hold.
//!
//! In: members by name, from whichever format. Out: a key to import, or what is wrong with the entry. A message does not
//! repeat a value: where columns were mixed up it could be a secret.

use serde_json::{Map, Value};
use tollgate_control::use_cases::keys::{Expiry, ImportedKey, NewKey};
use tollgate_core::policy::TIER_MAX;

use crate::cli::keys::expiry;
use crate::settings::problem::nearest;

/// The member that holds the digest.
pub(super) const DIGEST: &str = "digest";
/// Every member.
pub(super) const NAMES: [&str; 12] = [
    DIGEST,
    "name",
    "last_four",
    "project",
    "models",
    "deny_models",
    "regions",
    "tier",
    "addresses",
    "scopes",
    "expires",
    "metadata",
];
/// Those that hold several texts.
pub(super) const LISTS: [&str; 5] = ["models", "deny_models", "regions", "addresses", "scopes"];

/// Members of one entry by name.
pub(super) type Members = Map<String, Value>;

/// An entry that can be read, and the line it begins in.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: usize,
    key: ImportedKey,
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Wrong {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl Entry {
    /// What the key is to be called.
    pub(super) fn name(&self) -> &str {
        &self.key.key.name
    }

    /// The key, in this project where it names none itself.
    pub(super) fn key(&self, organization: Option<&str>, project: Option<&str>) -> ImportedKey {
        let mut key = self.key.clone();
        key.key.organization = organization.map(str::to_owned);
        if key.key.project.is_empty() {
            project.unwrap_or_default().clone_into(&mut key.key.project);
        }
        key
    }
}

/// What is wrong with a name that no member has.
pub(super) fn unknown(name: &str) -> String {
    match nearest(name, NAMES) {
        Some(meant) => format!("{name:?} is not known; did you mean {meant:?}?"),
        None => format!("{name:?} is not known; known are {}", NAMES.join(", ")),
    }
}

/// The entry that begins in `line`.
pub(super) fn of(line: usize, members: &Members) -> Result<Entry, Wrong> {
    key_of(members).map(|key| Entry { line, key }).map_err(|what| Wrong { line, what })
}

fn key_of(members: &Members) -> Result<ImportedKey, String> {
    if let Some(name) = members.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(unknown(name));
    }
    let digest = text(members, DIGEST)?.ok_or("the digest is missing")?;
    if digest.starts_with("sk-") {
        return Err("this looks like a key; its digest is wanted, the SHA-256 of its text".to_owned());
    }
    let key = NewKey {
        name: text(members, "name")?.ok_or("the name is missing")?,
        project: text(members, "project")?.unwrap_or_default(),
        permissions: list(members, "scopes")?,
        models_allow: list(members, "models")?,
        models_deny: list(members, "deny_models")?,
        regions: list(members, "regions")?,
        tier: tier(members)?,
        addresses: list(members, "addresses")?,
        expiry: when(members)?,
        metadata: metadata(members)?,
        ..NewKey::default()
    };
    Ok(ImportedKey { digest, last_four: text(members, "last_four")?, key })
}

fn text(members: &Members, name: &str) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("{name} must be a text, not {}", kind(other))),
    }
}

fn list(members: &Members, name: &str) -> Result<Vec<String>, String> {
    let texts = match members.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(elements)) => elements.iter().map(|e| e.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    texts.ok_or_else(|| format!("{name} must be a list of texts"))
}

/// A whole number, which a cell of a table holds as text.
fn tier(members: &Members) -> Result<u8, String> {
    let tier = match members.get("tier") {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::Number(tier)) => tier.as_u64().and_then(|tier| u8::try_from(tier).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    tier.filter(|tier| *tier <= TIER_MAX).ok_or_else(|| format!("tier must be a whole number up to {TIER_MAX}"))
}

/// As `--expires` has it, or Unix seconds.
fn when(members: &Members) -> Result<Expiry, String> {
    const WRONG: &str = "expires is not understood: take a time from now such as 30d, a date such as 2027-03-31, a \
                         moment such as 2027-03-31T12:00:00Z, Unix seconds, or never";
    match members.get("expires") {
        None | Some(Value::Null) => Ok(Expiry::Never),
        Some(Value::Number(seconds)) => seconds.as_i64().map(Expiry::At).ok_or_else(|| WRONG.to_owned()),
        Some(Value::String(text)) => match text.parse() {
            Ok(seconds) => Ok(Expiry::At(seconds)),
            Err(_) => expiry(text).map_err(|_| WRONG.to_owned()),
        },
        Some(_) => Err(WRONG.to_owned()),
    }
}

fn metadata(members: &Members) -> Result<std::collections::BTreeMap<String, String>, String> {
    let entries = match members.get("metadata") {
        None | Some(Value::Null) => return Ok(Default::default()),
        Some(Value::Object(entries)) => {
            entries.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        }
        Some(_) => None,
    };
    entries.ok_or_else(|| "metadata must be an object of texts".to_owned())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<ImportedKey, String> {
        let Value::Object(members) = value else { panic!("an object") };
        key_of(&members)
    }

    #[test]
    fn every_member_reaches_the_key() {
        let key = read(json!({
            "digest": "d", "name": "n", "last_four": "abcd", "project": "p", "models": ["a*"], "deny_models": ["ab"],
            "scopes": ["api.model.read"], "expires": "1970-01-02", "metadata": { "team": "x" },
            "regions": ["eu-*"], "tier": "3",
        }))
        .unwrap();

        assert_eq!((key.digest.as_str(), key.last_four.as_deref()), ("d", Some("abcd")));
        let NewKey { project, name, permissions, models_allow, models_deny, regions, tier, expiry, metadata, .. } =
            key.key;
        assert_eq!((project.as_str(), name.as_str(), expiry), ("p", "n", Expiry::At(86_400)));
        assert_eq!(
            (permissions, models_allow, models_deny),
            (vec!["api.model.read".into()], vec!["a*".into()], vec!["ab".into()])
        );
        assert_eq!((regions, tier), (vec!["eu-*".to_owned()], 3));
        assert_eq!(metadata, [("team".to_owned(), "x".to_owned())].into());
    }

    #[test]
    fn an_end_is_a_time_from_now_a_date_a_moment_seconds_or_never() {
        let with =
            |expires: Value| read(json!({ "digest": "d", "name": "n", "expires": expires })).map(|k| k.key.expiry);

        assert_eq!(with(json!("30s")), Ok(Expiry::In(std::time::Duration::from_secs(30))));
        assert_eq!(with(json!("1970-01-02T00:00:01Z")), Ok(Expiry::At(86_401)));
        assert_eq!((with(json!(7)), with(json!("7"))), (Ok(Expiry::At(7)), Ok(Expiry::At(7))));
        assert_eq!((with(json!("never")), with(Value::Null)), (Ok(Expiry::Never), Ok(Expiry::Never)));
        for wrong in [json!("soon"), json!(1.5), json!(true), json!("1970-01-02 00:00")] {
            assert!(with(wrong.clone()).unwrap_err().starts_with("expires is not understood"), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for (entry, expected) in [
            (json!({ "name": "n" }), "the digest is missing"),
            (json!({ "digest": "d", "name": null }), "the name is missing"),
            (json!({ "digest": "sk-secret", "name": "n" }), "this looks like a key"),
            (json!({ "digest": 7, "name": "n" }), "digest must be a text, not a number"),
            (json!({ "digest": "d", "name": "n", "models": "secret" }), "models must be a list of texts"),
            (json!({ "digest": "d", "name": "n", "scopes": [1] }), "scopes must be a list of texts"),
            (json!({ "digest": "d", "name": "n", "metadata": { "a": 1 } }), "metadata must be an object of texts"),
            (json!({ "digest": "d", "name": "n", "model": [] }), "\"model\" is not known; did you mean \"models\"?"),
            (json!({ "digest": "d", "name": "n", "spend": 1 }), "\"spend\" is not known; known are digest, name,"),
        ] {
            let what = read(entry).unwrap_err();
            assert!(what.starts_with(expected) && !what.contains("secret"), "{what}");
        }
    }
}
