//! What providers and models have in common: how they are set over the API, and what an answer says of where they are set.

use serde_json::{Map, Value as Json, json};
use tollgate_store::admin::configuration::{self as rows, Kind as ObjectKind};

use super::act::Act;
use super::endpoint::{Done, Event};
use super::shape::{Field, Kind};
use crate::configuration::{Configured, Origin, SetObject, find};
use crate::office::Providers;
use crate::refusal::Refusal;
use crate::use_cases::configuration as use_case;

/// Characters of a name at most.
pub(super) const NAME_MAX: usize = 200;

const ORIGIN: &[Field] = &[
    Field::new("kind", Kind::Word(&["file", "api", "built_in"]), "The configuration file, this API, or `tollgate up`."),
    Field::nullable("file", Kind::Text(4096), "The file, as the server was given it."),
    Field::nullable("line", Kind::Integer(1, i64::MAX), "The line in it."),
];
pub(super) const SETTINGS: Field = Field::new(
    "settings",
    Kind::Free,
    "As its section of the configuration file has them (docs/configuration.md); credentials by name alone.",
);
pub(super) const WHERE: Field = Field::new("origin", Kind::Object(ORIGIN), "Where it is set.");
pub(super) const LOCKED: Field =
    Field::new("locked", Kind::Bool, "Whether the file defines it, so that this API cannot change it.");
pub(super) const HIDES: Field = Field::given(
    "hides_api",
    Kind::Bool,
    "True where one of this name was set over the API too, which does not hold while the file defines it.",
);
pub(super) const NAME: Field = Field::new("name", Kind::Text(NAME_MAX), "What it is called.");
pub(super) const SET: Field = Field::new(
    "settings",
    Kind::Free,
    "As its section of the configuration file would have them (docs/configuration.md). A credential is `{\"stored\": \"NAME\"}`.",
);
pub(super) const CHANGES: Field = Field::new(
    "settings",
    Kind::Free,
    "The settings that change, each in place of the whole member of its name; `null` takes one out.",
);
pub(super) const DELETED: &[Field] = &[
    Field::new("object", Kind::Text(64), "What has happened."),
    Field::new("id", Kind::Text(NAME_MAX), "Which."),
    Field::new("deleted", Kind::Bool, "Always true."),
];

/// Adds to an object what is known of where it is set.
pub(super) fn add_place(shown: &mut Json, objects: &[SetObject], kind: ObjectKind, name: &str) {
    let object = find(objects, kind, name);
    shown["settings"] = object.map_or_else(|| json!({}), |object| object.settings.clone());
    shown["origin"] = object.map_or(&Origin::BuiltIn, |object| &object.origin).shown();
    shown["locked"] = object.is_some_and(SetObject::is_locked).into();
    if object.is_some_and(|object| object.hides_api) {
        shown["hides_api"] = true.into();
    }
}

/// Creates an object; `show` says what it has become.
pub(super) fn create(act: &Act<'_>, kind: ObjectKind, show: Show) -> Result<Done, Refusal> {
    let name = act.body.text("name").unwrap_or_default();
    let found = use_case::object(act, kind, name)?;
    use_case::refuse_locked(found.as_ref())?;
    if found.is_some_and(|object| object.origin == Origin::Api) {
        return Err(Refusal::Conflict {
            what: format!("There is a {} '{name}'", kind.word()),
            why: format!("a {} of this name was set over the API", kind.word()),
            fix: format!("Change it with POST /v1/tollgate/{}s/{name}", kind.word()),
        });
    }
    let settings = without_null(Json::Object(members(act)));
    use_case::put(act, kind, name, &settings)?;
    let after = use_case::whole(act, section(kind, name))?;
    let event = Event::created(Change::Created.event(kind), name, &json!({ "settings": settings }));
    Ok(Done::new(shown(&after, act, name, show)?, event))
}

/// Changes an object.
pub(super) fn update(act: &Act<'_>, kind: ObjectKind, show: Show) -> Result<Done, Refusal> {
    let name = act.id(0);
    let found = use_case::object(act, kind, name)?.ok_or_else(|| Refusal::missing(kind.word(), name))?;
    use_case::refuse_locked(Some(&found))?;
    let requested = members(act);
    let settings = use_case::merged(&found.settings, &requested);
    use_case::put(act, kind, name, &settings)?;
    let after = use_case::whole(act, section(kind, name))?;
    let (was, is) = (json!({ "settings": found.settings }), json!({ "settings": settings }));
    let event = Event::updated(Change::Changed.event(kind), name, &json!({ "settings": requested }), &was, &is);
    Ok(Done::new(shown(&after, act, name, show)?, event))
}

/// Deletes what was set over the API.
pub(super) fn delete(act: &Act<'_>, kind: ObjectKind) -> Result<Done, Refusal> {
    let name = act.id(0);
    let before = use_case::configured(act)?;
    let Some(row) = rows::all(act.database())?.into_iter().find(|row| row.kind == kind && row.name == name) else {
        let found = before.object(kind, name).ok_or_else(|| Refusal::missing(kind.word(), name))?;
        use_case::refuse_locked(Some(found))?;
        return Err(Refusal::Conflict {
            what: format!("The {} '{name}' cannot be deleted", kind.word()),
            why: "`tollgate up` brings it along".to_owned(),
            fix: "Start the server with `tollgate serve`, which has what is configured alone".to_owned(),
        });
    };
    rows::delete(act.database(), kind, name)?;
    use_case::no_worse(act, &before)?;
    let was = serde_json::from_str::<Json>(&row.settings).unwrap_or_default();
    let answer = json!({ "object": format!("tollgate.{}.deleted", kind.word()), "id": name, "deleted": true });
    Ok(Done::new(answer, Event::ended(Change::Deleted.event(kind), name, &json!({ "settings": was }))))
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Changed,
    Deleted,
    Unchanged,
}

impl Change {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Unchanged => "unchanged",
        }
    }

    /// The type of its event; OpenAI has none for what it does not configure.
    pub(super) fn event(self, kind: ObjectKind) -> &'static str {
        match (kind, self) {
            (ObjectKind::Provider, Self::Created) => "tollgate.provider.created",
            (ObjectKind::Provider, Self::Changed | Self::Unchanged) => "tollgate.provider.updated",
            (ObjectKind::Provider, Self::Deleted) => "tollgate.provider.deleted",
            (ObjectKind::Model, Self::Created) => "tollgate.model.created",
            (ObjectKind::Model, Self::Changed | Self::Unchanged) => "tollgate.model.updated",
            (ObjectKind::Model, Self::Deleted) => "tollgate.model.deleted",
        }
    }
}

/// How a kind shows one of its objects, of what is served; `None` where it is not there.
pub(super) type Show = fn(served: &dyn Providers, name: &str, now: i64) -> Option<Json>;

fn shown(after: &Configured, act: &Act<'_>, name: &str, show: Show) -> Result<Json, Refusal> {
    let shown = after.served.as_ref().and_then(|served| show(served.as_ref(), name, act.now));
    shown.ok_or(Refusal::NotInForce)
}

fn members(act: &Act<'_>) -> Map<String, Json> {
    act.body.value("settings").and_then(Json::as_object).cloned().unwrap_or_default()
}

/// `null` says nothing, as everywhere in a body.
pub(super) fn without_null(settings: Json) -> Json {
    match settings {
        Json::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(name, value)| (name, without_null(value))).collect())
        }
        other => other,
    }
}

/// The section that an object's settings stand for, as the paths of problems begin.
fn section(kind: ObjectKind, name: &str) -> Option<String> {
    let is_bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let name = if is_bare { name.to_owned() } else { format!("{name:?}") };
    Some(format!("{}s.{name}", kind.word()))
}
