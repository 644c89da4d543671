//! Providers and models set over the API: written under their names, with all settings checked before that holds.
//!
//! In: an act within its transaction. Out: what is configured then, or why not: the transaction undoes what was written. A
//! change must not make anything wrong; one that writes settings must leave everything right.

use serde_json::{Map, Value as Json};
use tollgate_store::admin::configuration::{self as rows, Kind, OBJECTS_MAX};

use crate::api::act::Act;
use crate::api::shape::ShapeError;
use crate::configuration::{Configured, Origin, SetObject};
use crate::refusal::Refusal;

/// Bytes of an object's settings at most.
pub const SETTINGS_MAX_BYTES: usize = 64 * 1024;

/// What is configured at this moment, within the transaction.
///
/// # Errors
/// The database does not answer.
pub fn configured(act: &Act<'_>) -> Result<Configured, Refusal> {
    act.office.configuration.read(act.database(), &act.office.secrets)
}

/// An object as it is set at this moment, within the transaction.
///
/// # Errors
/// The database does not answer.
pub fn object(act: &Act<'_>, kind: Kind, name: &str) -> Result<Option<SetObject>, Refusal> {
    let all = act.office.configuration.objects(act.database(), &act.office.secrets)?;
    Ok(all.into_iter().find(|object| object.kind == kind && object.name == name))
}

/// Writes an object's settings.
///
/// # Errors
/// They are too long, or the database refuses.
pub fn put(act: &Act<'_>, kind: Kind, name: &str, settings: &Json) -> Result<(), Refusal> {
    let text = settings.to_string();
    if text.len() > SETTINGS_MAX_BYTES {
        return Err(Refusal::Shape(ShapeError::Value {
            name: "settings".to_owned(),
            what: format!("{} bytes long", text.len()),
            allowed: format!("at most {SETTINGS_MAX_BYTES} bytes"),
        }));
    }
    Ok(rows::put(act.database(), kind, name, &text, act.now)?)
}

/// What is configured now that something was written; all of it is right.
///
/// # Errors
/// What is wrong, or that there are too many objects. `section` is what the body's settings stand for, if they stand for one.
pub fn whole(act: &Act<'_>, section: Option<String>) -> Result<Configured, Refusal> {
    if rows::count(act.database())? > OBJECTS_MAX {
        return Err(Refusal::Conflict {
            what: format!("There are {OBJECTS_MAX} providers and models already"),
            why: "more are not kept".to_owned(),
            fix: "Delete what is not used, or put it into the configuration file".to_owned(),
        });
    }
    let after = configured(act)?;
    if after.problems.is_empty() {
        Ok(after)
    } else {
        Err(Refusal::Configuration { problems: after.problems, section })
    }
}

/// What is configured now that something was deleted: nothing is wrong that was not before. Where something was, this may be
/// the first step to mend it.
///
/// # Errors
/// What would be wrong without it.
pub fn no_worse(act: &Act<'_>, before: &Configured) -> Result<(), Refusal> {
    let mut problems = configured(act)?.problems;
    problems.retain(|problem| !before.problems.contains(problem));
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Configuration { problems, section: None }) }
}

/// Refuses what the file defines.
///
/// # Errors
/// It does.
pub fn refuse_locked(object: Option<&SetObject>) -> Result<(), Refusal> {
    let Some(SetObject { kind, name, origin: Origin::File { file, line }, .. }) = object else { return Ok(()) };
    Err(Refusal::Locked { kind: kind.word(), name: name.clone(), place: format!("{file}:{line}") })
}

/// Settings with changes: members take the place of those of the same name, and `null` takes one out.
#[must_use]
pub fn merged(before: &Json, changes: &Map<String, Json>) -> Json {
    let mut after = before.as_object().cloned().unwrap_or_default();
    for (name, value) in changes {
        match value {
            Json::Null => after.remove(name),
            value => after.insert(name.clone(), value.clone()),
        };
    }
    Json::Object(after)
}

/// The names of providers that use a credential.
#[must_use]
pub fn users_of(objects: &[SetObject], credential: &str) -> Vec<String> {
    let uses = |object: &&SetObject| object.kind == Kind::Provider && object.credential() == Some(credential);
    objects.iter().filter(uses).map(|object| object.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merged;

    #[test]
    fn a_change_replaces_members_and_null_takes_one_out() {
        let before = json!({ "base_url": "a", "region": "eu", "timeouts": { "idle": "1s", "total": "2s" } });
        let changes = json!({ "base_url": "b", "region": null, "timeouts": { "idle": "3s" } });

        let after = merged(&before, changes.as_object().expect("an object"));

        assert_eq!(after, json!({ "base_url": "b", "timeouts": { "idle": "3s" } }));
    }
}
