//! Fields of a project's key: as it is shown, as it is asked for, and what a use case says of them.
//!
//! OpenAI's fields come first; what it lacks is added beside them, in the words of `tollgate keys`. Where its specification
//! and its SDK differ (`expires_at` is in the SDK alone), both are satisfied.

use serde_json::{Value as Json, json};
use tollgate_core::key::{DigestKind, PREFIX};
use tollgate_core::operation::Scope;
use tollgate_core::policy::TIER_MAX;
use tollgate_store::keys::{Metadata, Owner, OwnerKind, StoredKey};

use super::act::Act;
use super::projects::archived;
use super::shape::{Body, Field, Kind, ShapeError, TIME};
use crate::refusal::Refusal;
use crate::use_cases::keys::{Expiry, KeyChanges, KeyError, NAME_MAX, PATTERN_MAX, PATTERNS_MAX};

/// The longest time after which a key can end: ten years.
pub(super) const EXPIRY_MAX_SECONDS: i64 = 10 * 366 * 24 * 60 * 60;
const PATTERNS: Kind = Kind::Texts(PATTERNS_MAX, PATTERN_MAX);

pub(super) const KEY: &[Field] = &[
    Field::new("object", Kind::Word(&["organization.project.api_key"]), "Always `organization.project.api_key`."),
    Field::new("id", Kind::Text(64), "The key's id, `key_` and letters and digits."),
    Field::new("name", Kind::Text(NAME_MAX), "What the key is called."),
    Field::new("redacted_value", Kind::Text(64), "Its beginning and end."),
    Field::given("value", Kind::Text(64), "The secret, in answers of creation and rotation alone."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::nullable("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::nullable("last_used_at", TIME, "When it was last used, in Unix seconds, some ten seconds late at most."),
    Field::new(
        "owner_project_access",
        Kind::Word(&["active", "inactive"]),
        "Whether its owner may use the project; a key whose owner may not is refused.",
    ),
    Field::new("owner", Kind::Free, "The user or service account whose key it is; empty where it is the project's."),
    Field::new("status", Kind::Word(&["active", "disabled", "expired", "revoked"]), "Whether it works."),
    Field::new("scopes", PATTERNS, "What it may do; an empty list is everything."),
    Field::new("models_allow", PATTERNS, "Patterns of models it may use; an empty list is all."),
    Field::new("models_deny", PATTERNS, "Patterns of models it may not use."),
    Field::new(
        "regions",
        PATTERNS,
        "Patterns of regions in which its calls may be served; an empty list is everywhere.",
    ),
    Field::new("tier", Kind::Integer(0, TIER_MAX as i64), "The highest tier of models it may use."),
    Field::new("addresses", PATTERNS, "Networks from which it may be used; an empty list is anywhere."),
    Field::nullable("replaced_works_until", TIME, "Until when the secret before the last rotation works."),
    Field::new("metadata", Kind::Metadata, "Texts kept beside it."),
    Field::new("project", Kind::Text(64), "The project that it belongs to, by id."),
    Field::new("organization", Kind::Text(64), "The organization of the project, by id."),
    Field::new("imported", Kind::Bool, "Whether it is another system's, of which only the digest is known."),
    Field::new("updated_at", TIME, "When it was last changed, in Unix seconds."),
    Field::nullable("last_used_address", Kind::Text(64), "From where it was last used."),
    Field::nullable("last_used_client", Kind::Text(256), "By which client it was last used, as that names itself."),
];

/// The fields of a policy, which creation and change have alike.
pub(super) const SCOPES: Field = Field::given(
    "scopes",
    Kind::Texts(64, 64),
    "What it may do; an empty list is everything, `api.all.read` what only reads.",
);
pub(super) const EXPIRES_IN: Field = Field::given(
    "expires_in_seconds",
    Kind::Integer(1, EXPIRY_MAX_SECONDS),
    "After how many seconds from now it ends.",
);
pub(super) const EXPIRES_AT: Field = Field::optional(
    "expires_at",
    TIME,
    "When it ends, in Unix seconds, at the latest with the year 9998; `null` is never.",
);
pub(super) const MODELS_ALLOW: Field =
    Field::given("models_allow", PATTERNS, "Patterns of models it may use; an empty list is all.");
pub(super) const MODELS_DENY: Field =
    Field::given("models_deny", PATTERNS, "Patterns of models it may not use, even if allowed.");
pub(super) const REGIONS: Field = Field::given(
    "regions",
    PATTERNS,
    "Patterns of regions in which its calls may be served; an empty list is everywhere.",
);
pub(super) const TIER: Field =
    Field::given("tier", Kind::Integer(0, TIER_MAX as i64), "The highest tier of models it may use.");
pub(super) const ADDRESSES: Field =
    Field::given("addresses", PATTERNS, "Addresses and networks from which it may be used; an empty list is anywhere.");
pub(super) const DISABLED: Field = Field::given("disabled", Kind::Bool, "Whether it is switched off.");
pub(super) const METADATA: Field = Field::given("metadata", Kind::Metadata, "Texts kept beside it.");

/// What a body asks for.
pub(super) fn changes(act: &Act<'_>) -> Result<KeyChanges, Refusal> {
    let body = &act.body;
    let list = |name| body.texts(name).map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
    Ok(KeyChanges {
        name: body.text("name").map(str::to_owned),
        permissions: list("scopes"),
        models_allow: list("models_allow"),
        models_deny: list("models_deny"),
        regions: list("regions"),
        tier: body.integer("tier").and_then(|tier| u8::try_from(tier).ok()),
        addresses: list("addresses"),
        expiry: expiry(act)?,
        is_disabled: body.flag("disabled"),
        metadata: metadata(body),
    })
}

/// When the key is to end, said in one of two ways.
fn expiry(act: &Act<'_>) -> Result<Option<Expiry>, Refusal> {
    let given = act.body.members().get("expires_at");
    match (act.ends("expires_in_seconds"), given) {
        (Some(_), Some(_)) => Err(Refusal::Shape(ShapeError::Value {
            name: "expires_at".to_owned(),
            what: "given beside `expires_in_seconds`".to_owned(),
            allowed: "one of both".to_owned(),
        })),
        (Some(at), None) => Ok(Some(Expiry::At(at))),
        (None, Some(at)) => Ok(Some(at.as_i64().map_or(Expiry::Never, Expiry::At))),
        (None, None) => Ok(None),
    }
}

fn metadata(body: &Body) -> Option<Metadata> {
    let members = body.value("metadata")?.as_object()?;
    let text = |(name, value): (&String, &Json)| Some((name.clone(), value.as_str()?.to_owned()));
    Some(members.iter().filter_map(text).collect())
}

/// A key as administrators see it.
pub(crate) fn shown(key: &StoredKey, now: i64) -> Json {
    let policy = &key.policy;
    let addresses: Vec<String> = policy.addresses.iter().map(ToString::to_string).collect();
    json!({
        "object": "organization.project.api_key",
        "id": key.id.to_string(),
        "name": key.name,
        "redacted_value": redacted(key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_use.as_ref().map(|last| last.at),
        "owner_project_access": access_word(key),
        "owner": key.owner.as_ref().map_or_else(|| json!({}), owner),
        "status": key.state(now).as_str(),
        "scopes": policy.permissions.names(),
        "models_allow": policy.models.allow,
        "models_deny": policy.models.deny,
        "regions": policy.regions,
        "tier": policy.tier,
        "addresses": addresses,
        "replaced_works_until": key.replaced_works_until.filter(|until| *until > now),
        "metadata": key.metadata,
        "project": key.project,
        "organization": key.organization,
        "imported": key.digest_kind == DigestKind::Sha256,
        "updated_at": key.updated_at,
        "last_used_address": key.last_use.as_ref().map(|last| last.address.to_string()),
        "last_used_client": key.last_use.as_ref().map(|last| last.client.as_str()),
    })
}

/// Whether its owner may use the project, in OpenAI's word.
pub(super) fn access_word(key: &StoredKey) -> &'static str {
    if key.owner_has_access { "active" } else { "inactive" }
}

fn owner(owner: &Owner) -> Json {
    let mut who = json!({ "id": owner.id, "name": owner.name, "created_at": owner.created_at, "role": owner.role });
    match &owner.kind {
        OwnerKind::User { email } => {
            who["email"] = email.as_str().into();
            json!({ "type": "user", "user": who })
        }
        OwnerKind::ServiceAccount => json!({ "type": "service_account", "service_account": who }),
    }
}

fn redacted(key: &StoredKey) -> String {
    match key.digest_kind {
        DigestKind::HmacSha256 => format!("{PREFIX}{}...{}", key.id.digits(), key.last_four),
        DigestKind::Sha256 => format!("...{}", key.last_four),
    }
}

/// What the caller is told where a use case refuses.
pub(super) fn refusal(error: KeyError) -> Refusal {
    use KeyError as E;
    let value = |name: &str, what: String, allowed: &str| {
        Refusal::Shape(ShapeError::Value { name: name.to_owned(), what, allowed: allowed.to_owned() })
    };
    let conflict =
        |what: String, why: &str, fix: &str| Refusal::Conflict { what, why: why.to_owned(), fix: fix.to_owned() };
    match error {
        E::Store(error) => Refusal::Store(error),
        E::UnknownKey(id) | E::UnknownPrefix(id) | E::NoId(id) => Refusal::missing("API key", &id),
        E::AmbiguousPrefix { given, .. } | E::EmptyPrefix { given, .. } => Refusal::missing("API key", &given),
        E::UnknownProject(id) => Refusal::missing("project", &id),
        E::UnknownOrganization(id) => Refusal::missing("organization", &id),
        E::NoProject => conflict("There is no project".to_owned(), "all of them are archived", "Create a project"),
        E::Archived(id) => archived(&id),
        E::AlreadyRevoked(id) => {
            conflict(format!("The key {id} is revoked"), "a revoked key stays as it is", "Create another key")
        }
        E::Expired { key, .. } => conflict(
            format!("The key {key} has expired"),
            "an expired key cannot be changed",
            "Set a later `expires_at`, or `null`; or create another key",
        ),
        E::OverlapRuns { key, .. } => conflict(
            format!("The key {key} was rotated before, and the secret from before that still works"),
            "a key has two secrets at most",
            "Wait until `replaced_works_until`, or send `end_overlap`: then the oldest secret ends now",
        ),
        E::Imported(id) => conflict(
            format!("The key {id} was imported"),
            "its secret is not one of this server's, so none of this server's can take its place",
            "Create another key, and revoke this one when nobody uses it any more",
        ),
        E::DigestTaken(id) => conflict(
            "This digest is known".to_owned(),
            &format!("it was imported before, as {id}"),
            "Use the key that is there",
        ),
        E::ExpiryInPast { at, .. } => value("expires_at", format!("{at}"), "a moment in the future, in Unix seconds"),
        E::ExpiryTooFar(at) => value("expires_at", format!("{at}"), "a moment up to the year 9998, in Unix seconds"),
        E::NameEmpty | E::NameTooLong(_) | E::NameControl(_) => {
            value("name", "not one line of printable text".to_owned(), "1 to 100 printable characters")
        }
        E::UnknownScope(unknown) => unknown_scope(&unknown.0),
        E::ModelPattern(pattern) => {
            value("models_allow", format!("'{pattern}' or has it in models_deny"), "patterns without white space")
        }
        E::RegionPattern(pattern) => {
            value("regions", format!("'{pattern}'"), "patterns of lower-case letters, digits, dashes and `*`")
        }
        E::Address { given, why } => value("addresses", format!("'{given}': {why}"), "addresses and networks"),
        E::Tier(tier) => value("tier", format!("{tier}"), "a whole number up to 100"),
        E::TooManyPatterns(count) => value("models_allow", format!("{count} entries long"), "at most 256 entries"),
        E::MetadataEntries(_) | E::MetadataName(_) | E::MetadataValue { .. } => {
            value("metadata", "too long".to_owned(), "16 entries, names of 64 and values of 512 characters")
        }
        E::Digest | E::DigestOfNothing | E::LastFour => value("digest", "not one of a key".to_owned(), "a SHA-256"),
    }
}

fn unknown_scope(name: &str) -> Refusal {
    let known = Scope::ALL.into_iter().map(Scope::name).chain(["api.all.read", "api.model.request"]);
    let known: Vec<&str> = known.collect();
    let allowed = match tollgate_errors::nearest(name, known.iter().copied()) {
        Some(near) => format!("a scope such as `{near}`"),
        None => format!("any of {}", known.join(", ")),
    };
    let shown: String = name.chars().take(64).collect();
    Refusal::Shape(ShapeError::Value { name: "scopes".to_owned(), what: format!("'{shown}'"), allowed })
}
