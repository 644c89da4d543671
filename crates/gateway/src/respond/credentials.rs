//! What a caller who is not let in is told.
//!
//! In: an [`AuthenticateError`]. Out: the cause and its facts; no part of a secret that is not redacted.

use std::time::Duration;

use tollgate_core::id::KeyId;
use tollgate_core::key::{Key, Refusal};
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Diagnosis, Shape, character_name};

use super::utc;
use crate::admit::patterns;
use crate::authenticate::{AuthenticateError, Misplaced};
use crate::paths;
use crate::request::{Name, Request};

/// After how long a key that is not known is to be tried again while the database does not answer.
const UNSURE_FOR: Duration = Duration::from_secs(2);

pub(super) fn diagnose(e: &AuthenticateError, request: &Request) -> Diagnosis {
    match e {
        AuthenticateError::Missing { misplaced, client } => missing(misplaced.as_ref(), client, request),
        AuthenticateError::AdminKey { .. } => {
            let operation = paths::resolve(request).ok().and_then(|route| route.operation());
            of_credential(e).fact("scopes", operation.map_or("api.model.request", |o| o.scope().name()))
        }
        _ => of_credential(e),
    }
}

/// A key that is named by an id which none has.
pub(crate) fn unknown_id(id: KeyId) -> Diagnosis {
    let what = format!("there is no key {id} in the data directory");
    Diagnosis::new(&causes::KEY_INVALID).fact("what", &what).evidence(what)
}

/// What is wrong with a credential, whatever request carries it.
pub(crate) fn of_credential(e: &AuthenticateError) -> Diagnosis {
    match e {
        AuthenticateError::Missing { .. } => Diagnosis::new(&causes::KEY_MISSING),
        AuthenticateError::Repeated { joined } => {
            let what = match joined {
                true => "one Authorization header holds two credentials, joined by a comma as proxies join headers",
                false => "the Authorization header came more than once",
            };
            Diagnosis::new(&causes::AUTH_HEADER_DUPLICATE).fact("what", what).evidence(what)
        }
        AuthenticateError::Empty { what } => {
            Diagnosis::new(&causes::KEY_EMPTY).fact("what", *what).evidence(format!("the Authorization header {what}"))
        }
        AuthenticateError::Malformed { what } => Diagnosis::new(&causes::AUTH_HEADER_MALFORMED)
            .fact("what", what)
            .evidence(format!("the Authorization header {what}")),
        AuthenticateError::Basic { what } => Diagnosis::new(&causes::AUTH_SCHEME_BASIC)
            .fact("what", *what)
            .evidence(format!("the Authorization header begins with \"Basic\", and {what}")),
        AuthenticateError::Shape { shape, redacted, bare } => {
            let d = of_shape(shape, redacted);
            // Without `Bearer`, OpenAI sees no key at all.
            if *bare { d.with_wire(wires::NO_KEY_GIVEN) } else { d }
        }
        AuthenticateError::AdminKey { what, redacted } => {
            Diagnosis::new(&causes::ADMIN_KEY_ON_SERVING).fact("what", *what).evidence(format!("presented: {redacted}"))
        }
        AuthenticateError::ServingKey { key, scopes } => Diagnosis::new(&causes::SERVING_KEY_ON_ADMIN)
            .fact("scopes", scopes.as_str())
            .evidence(format!("the key is {}, of project {}", key.id, key.project.id)),
        AuthenticateError::Damaged { redacted, what } => {
            let d = Diagnosis::new(&causes::KEY_TYPO).fact("key", redacted).fact("what", what).evidence(what);
            d.evidence(format!("presented: {redacted}"))
        }
        AuthenticateError::Unknown { ours, redacted } => {
            let what = match ours {
                true => "it is complete and its checksum is right, so it was issued elsewhere or has been deleted",
                false => "it does not begin with `sk-tg-`, as keys that are issued here do",
            };
            let d = Diagnosis::new(&causes::KEY_INVALID).fact("key", redacted).fact("what", what).evidence(what);
            d.evidence(format!("presented: {redacted}"))
        }
        AuthenticateError::Unsure => Diagnosis::new(&causes::KEYS_UNAVAILABLE)
            .retry_after(UNSURE_FOR)
            .evidence("the database did not answer when it was last asked for new keys"),
        AuthenticateError::Address { key, address } => {
            let allowed: Vec<String> = key.policy.addresses.iter().map(ToString::to_string).collect();
            Diagnosis::new(&causes::IP_NOT_ALLOWED)
                .fact("address", address.to_string())
                .fact("allowed", patterns(&allowed))
                .evidence(format!("the request came from {address}"))
                .evidence(format!("the setting `addresses` of {} is {}", key.id, patterns(&allowed)))
        }
        AuthenticateError::Refused { key, why, redacted } => refused(key, *why, redacted),
        AuthenticateError::Organization { given, key } => {
            let d = Diagnosis::new(&causes::ORG_MISMATCH)
                .fact("organization", given)
                .fact("own", key.project.organization.as_str())
                .evidence(format!("the key belongs to {}", key.project.organization));
            of_scope_header(d, given, "project", given.starts_with("proj_"), key)
        }
        AuthenticateError::Project { given, key } => {
            let d = Diagnosis::new(&causes::PROJECT_MISMATCH)
                .fact("project", given)
                .fact("own", key.project.id.as_str())
                .evidence(format!("the key belongs to {}", key.project.id));
            of_scope_header(d, given, "organization", given.starts_with("org-"), key)
        }
    }
}

fn missing(misplaced: Option<&Misplaced>, client: &str, request: &Request) -> Diagnosis {
    const NONE: &str = "no Authorization header came";
    let d = match misplaced {
        Some(Misplaced::Header(name)) => {
            return Diagnosis::new(&causes::AUTH_HEADER_WRONG_NAME)
                .fact("header", name)
                .evidence(format!("the header {name} came, and no Authorization"));
        }
        Some(Misplaced::Query(name)) => {
            return Diagnosis::new(&causes::KEY_IN_URL)
                .fact("name", name)
                .evidence(format!("the URL's query has the parameter {name}, and {NONE}"));
        }
        Some(Misplaced::Body(name)) => {
            return Diagnosis::new(&causes::KEY_IN_BODY)
                .fact("name", name)
                .evidence(format!("the body has something like a key in {name}, and {NONE}"));
        }
        Some(Misplaced::HeadersInBody(name)) => Diagnosis::new(&causes::HEADERS_NOT_SENT)
            .fact("name", name)
            .evidence(format!("the body has {name}, and {NONE}")),
        None if is_axios(client, request) => Diagnosis::new(&causes::HEADERS_NOT_SENT).evidence(NONE),
        None => Diagnosis::new(&causes::KEY_MISSING).evidence(NONE),
    };
    if client.is_empty() { d } else { d.fact("client", client).evidence(format!("client: {client}")) }
}

/// By its name, or by what it accepts unless told otherwise: browsers do not let it set its name.
fn is_axios(client: &str, request: &Request) -> bool {
    let accept = request.header_text(Name::Accept).unwrap_or("");
    client.to_ascii_lowercase().starts_with("axios") || accept == "application/json, text/plain, */*"
}

fn refused(key: &Key, why: Refusal, redacted: &str) -> Diagnosis {
    let (cause, date) = match why {
        Refusal::Disabled => (&causes::KEY_DISABLED, None),
        Refusal::Revoked => (&causes::KEY_REVOKED, None),
        Refusal::Expired(at) => (&causes::KEY_EXPIRED, Some(at)),
        Refusal::Rotated(at) => (&causes::KEY_ROTATED, Some(at)),
        Refusal::Archived(at) => (&causes::PROJECT_ARCHIVED, Some(at)),
        Refusal::OwnerWithoutAccess => (&causes::KEY_OWNER_WITHOUT_ACCESS, None),
    };
    let d = Diagnosis::new(cause).fact("key", redacted).evidence(format!("the key is {}", key.id));
    match date {
        Some(at) => d.fact("date", utc(at)),
        None => d,
    }
}

/// Both headers hold ids, which are easily mixed up; or what a variable without a value becomes.
fn of_scope_header(d: Diagnosis, given: &str, other_kind: &str, is_other_kind: bool, key: &Key) -> Diagnosis {
    let what = if given == key.project.id || given == key.project.organization {
        format!("the id of this key's {other_kind}, so the two headers were mixed up")
    } else if is_other_kind {
        format!("the id of {} {other_kind}", if other_kind == "organization" { "an" } else { "a" })
    } else if ["null", "undefined", "none", "nil"].contains(&given.to_ascii_lowercase().as_str()) {
        "what a variable without a value becomes".to_owned()
    } else {
        return d;
    };
    d.fact("what", &what).evidence(format!("the value is {what}"))
}

fn of_shape(shape: &Shape, redacted: &str) -> Diagnosis {
    let with = |cause| Diagnosis::new(cause).fact("key", redacted);
    let seen = |d: Diagnosis| d.evidence(format!("presented: {redacted}"));
    match shape {
        Shape::Empty => with(&causes::KEY_EMPTY),
        Shape::Undefined(literal) => {
            with(&causes::KEY_UNDEFINED).fact("literal", literal).evidence(format!("presented: {literal}"))
        }
        Shape::Object(what) => seen(
            with(&causes::AUTH_HEADER_MALFORMED)
                .with_wire(wires::INCORRECT_KEY)
                .fact("what", format!("holds {what}"))
                .evidence(format!("the key is {what}")),
        ),
        Shape::Variable(name) => {
            with(&causes::KEY_PLACEHOLDER).fact("variable", name).evidence(format!("presented: {name}"))
        }
        Shape::Placeholder(text) if text.is_empty() => seen(with(&causes::KEY_PLACEHOLDER)),
        Shape::Placeholder(text) => {
            with(&causes::KEY_PLACEHOLDER).fact("placeholder", text).evidence(format!("presented: {text}"))
        }
        Shape::DoubleBearer => seen(with(&causes::KEY_DOUBLE_BEARER)),
        Shape::Quoted(mark) => {
            let mark =
                if mark.is_ascii() { format!("`{mark}`") } else { format!("`{mark}` ({})", character_name(*mark)) };
            seen(with(&causes::KEY_QUOTED).fact("what", &mark).evidence(format!("the quotation mark is {mark}")))
        }
        Shape::Whitespace { what, place } => {
            let found = format!("{what} {place}");
            seen(with(&causes::KEY_WHITESPACE).fact("where", &found).evidence(format!("the key has {found}")))
        }
        Shape::NonAscii { character, position } => {
            let name = character_name(*character);
            seen(
                with(&causes::KEY_NON_ASCII)
                    .fact("what", &name)
                    .fact("position", position.to_string())
                    .evidence(format!("character {position} is {name}")),
            )
        }
        Shape::NotUtf8 { byte, position } => {
            // Latin-1 has the first 256 code points of Unicode.
            let in_latin_1 = match byte {
                0x80..=0x9f => "a control character".to_owned(),
                0xa0 => "a no-break space".to_owned(),
                0xad => "an invisible soft hyphen".to_owned(),
                byte => format!("`{}`", char::from(*byte)),
            };
            let name = format!("the byte 0x{byte:02X}, {in_latin_1} in Latin-1");
            seen(
                with(&causes::KEY_NON_ASCII)
                    .fact("what", &name)
                    .fact("position", position.to_string())
                    .evidence(format!("at position {position} there is {name}")),
            )
        }
        Shape::NotAKey(kind) => {
            seen(with(&causes::KEY_NOT_A_KEY).fact("kind", *kind).evidence(format!("it is {kind}")))
        }
        Shape::OtherVendor(vendor) => {
            let d = with(&causes::KEY_WRONG_PROVIDER)
                .fact("vendor", vendor.name)
                .evidence(format!("its form is that of {}", vendor.name));
            seen(match redacted.starts_with("sk-admin") {
                true => d.evidence("it is a key for administration, which calls no model there either"),
                false => d,
            })
        }
    }
}
