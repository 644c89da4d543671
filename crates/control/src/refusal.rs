//! Why an act of administration does not happen, and what its caller is told.
//!
//! In: facts. Out: a [`Diagnosis`] of the error library. One `match` without a wildcard: a new reason does not compile until
//! somebody has decided what is said.

use std::time::Duration;

use tollgate_core::rights::{PermissionSet, Place};
use tollgate_errors::Diagnosis;
use tollgate_errors::catalog as causes;
use tollgate_store::admin::page::PageError;
use tollgate_store::database::StoreError;

use crate::api::shape::ShapeError;
use crate::configuration::SettingProblem;
use crate::principal::{Principal, PrincipalError};

/// After which a request may be tried again that the database did not let through.
const AGAIN: Duration = Duration::from_secs(2);

/// Kinds of objects that belong to no organization.
const OF_SERVER: [&str; 5] = ["organization", "provider", "model", "credential", "incident"];

/// The slug by which the audit log names a failed attempt to sign in.
pub const SIGN_IN_FAILED: &str = "sign_in_failed";

/// Why an act does not happen.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is nothing at the path.
    #[error("no such path")]
    NoSuchPath {
        /// The path asked for.
        path: String,
        /// The one that was likely meant.
        likely: Option<String>,
    },
    /// The path answers other methods.
    #[error("no such method")]
    NoSuchMethod {
        /// The path asked for.
        path: String,
        /// The method asked for.
        method: String,
        /// Those that it answers.
        allowed: String,
    },
    /// Whoever asks is not known.
    #[error(transparent)]
    Principal(#[from] PrincipalError),
    /// The header `OpenAI-Organization` names another organization than that of the admin key or session.
    #[error("the key belongs to {own}, not to {given}")]
    Organization {
        /// What the header says.
        given: String,
        /// The one of whoever asks.
        own: String,
    },
    /// Whoever asks may not.
    #[error("{who} lacks {scopes} {place}")]
    Lacks {
        /// Who.
        who: String,
        /// The names of what is missing.
        scopes: String,
        /// Where.
        place: String,
    },
    /// Whoever asks does not operate the server.
    #[error("{who} does not operate the server")]
    LacksOperator {
        /// Who.
        who: String,
    },
    /// An admin key that has scopes asks for what concerns its owner himself.
    #[error("{who} is restricted")]
    Restricted {
        /// Who.
        who: String,
    },
    /// A key is to have a tier that nobody gives in the organization but who operates the server.
    #[error("{who} gives no tier above {ceiling}")]
    Tier {
        /// Who.
        who: String,
        /// The highest tier that he gives.
        ceiling: u8,
    },
    /// The body or the query is not as it has to be.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A field is known and cannot be done here.
    #[error("{field} is not supported: {why}")]
    Unsupported {
        /// Which.
        field: &'static str,
        /// Why.
        why: &'static str,
    },
    /// There is no such object in the organization.
    #[error("no {kind} {id}")]
    Missing {
        /// What kind of object.
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The present state excludes it.
    #[error("{what}: {why}")]
    Conflict {
        /// What does not go, as a sentence without its full stop.
        what: String,
        /// Why, likewise, beginning in lower case.
        why: String,
        /// What to do, likewise.
        fix: String,
    },
    /// The configuration would be wrong with it.
    #[error("the configuration would be wrong: {}", .problems.first().map_or_else(String::new, SettingProblem::to_string))]
    Configuration {
        /// What is wrong, at least one.
        problems: Vec<SettingProblem>,
        /// The section that the body's `settings` stand for.
        section: Option<String>,
    },
    /// What the file defines is not changed over the API.
    #[error("{kind} {name} is defined in {place}")]
    Locked {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
        /// File and line.
        place: String,
    },
    /// It is stored, and the server could not take it up.
    #[error("the change is stored and not in force")]
    NotInForce,
    /// A page is to begin behind something that is not in the list.
    #[error("unknown cursor {0:?}")]
    Cursor(String),
    /// An `Idempotency-Key` belongs to a request in progress.
    #[error("the idempotency key is in use")]
    KeyInUse,
    /// An `Idempotency-Key` belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An `Idempotency-Key` that cannot be one.
    #[error("an idempotency key of {0} characters")]
    KeyUnfit(usize),
    /// Address and password do not belong together, or nobody has the address.
    #[error("the address or the password is wrong")]
    SignIn,
    /// Too many attempts to sign in.
    #[error("too many attempts to sign in; again in {wait:?}")]
    SignInsTooMany {
        /// After which another may be made.
        wait: Duration,
    },
    /// Too many ask at once.
    #[error("too many requests of administration at once")]
    Busy,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        match error {
            PageError::UnknownCursor(id) => Self::Cursor(id),
            PageError::Store(error) => Self::Store(error),
        }
    }
}

impl Refusal {
    /// There is no such object in the organization.
    #[must_use]
    pub fn missing(kind: &'static str, id: &str) -> Self {
        Self::Missing { kind, id: id.chars().take(128).collect() }
    }

    /// Whoever asks lacks these permissions.
    #[must_use]
    pub fn lacks(principal: &Principal, lacking: PermissionSet, place: Place<'_>) -> Self {
        Self::Lacks {
            who: principal.id().to_owned(),
            scopes: lacking.names().join(", "),
            place: match place {
                Place::Organization => "in the organization".to_owned(),
                Place::Project(id) => format!("in project {id}"),
            },
        }
    }

    /// What the caller is told.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::NoSuchPath { path, likely } => {
                let d = Diagnosis::new(&causes::ENDPOINT_NOT_FOUND).fact("path", path.clone());
                match likely {
                    Some(likely) => {
                        d.fact("likely", likely.clone()).fact("fix", format!("Write {likely}, if that is meant"))
                    }
                    None => d.fact("fix", "Correct the path; /docs lists those of administration"),
                }
            }
            Self::NoSuchMethod { path, method, allowed } => Diagnosis::new(&causes::METHOD_NOT_ALLOWED)
                .fact("path", path.clone())
                .fact("method", method.clone())
                .fact("allowed", allowed.clone()),
            Self::Principal(error) => of_principal(error),
            Self::Organization { given, own } => Diagnosis::new(&causes::ORG_MISMATCH)
                .fact("organization", given.clone())
                .fact("own", own.clone())
                .evidence(format!("the admin key or session belongs to {own}")),
            Self::Lacks { who, scopes, place } => Diagnosis::new(&causes::ADMIN_PERMISSION_MISSING)
                .fact("who", who.clone())
                .fact("scopes", scopes.clone())
                .fact("place", place.clone())
                .evidence(format!("{who} lacks {scopes} {place}")),
            Self::Tier { who, ceiling } => Diagnosis::new(&causes::ADMIN_PERMISSION_MISSING)
                .fact("who", who.clone())
                .fact("scopes", "operator")
                .fact(
                    "place",
                    format!(
                        "on this server, whose operator alone gives keys of this organization a tier above {ceiling}"
                    ),
                )
                .fact("fix", "Ask whoever operates the server to raise the organization's `tier_max`")
                .evidence(format!("the organization's `tier_max` is {ceiling}")),
            Self::LacksOperator { who } => Diagnosis::new(&causes::ADMIN_PERMISSION_MISSING)
                .fact("who", who.clone())
                .fact("scopes", "operator")
                .fact("place", "on this server")
                .fact(
                    "fix",
                    "Use the admin key of the first start, or ask whoever operates the server: no owner grants it",
                )
                .evidence(format!("{who} does not operate the server")),
            Self::Restricted { who } => Diagnosis::new(&causes::ADMIN_PERMISSION_MISSING)
                .fact("scopes", "all that its owner has")
                .fact(
                    "what",
                    format!(
                        "{who} was made with scopes, and what concerns its owner himself is done by a session, or by an \
                         admin key without scopes"
                    ),
                )
                .fact("fix", "Sign in, or use an admin key that was made without scopes")
                .evidence(format!("{who} was made with scopes, and what concerns its owner himself is not among them")),
            Self::Shape(error) => of_shape(error),
            Self::Unsupported { field, why } => Diagnosis::new(&causes::PARAM_UNSUPPORTED)
                .param(*field)
                .fact("here", "here")
                .fact("why", *why)
                .evidence(format!("`{field}` cannot be set here: {why}")),
            Self::Missing { kind, id } => {
                let holder = if OF_SERVER.contains(kind) { "The server" } else { "The organization" };
                let lower = holder.to_lowercase();
                Diagnosis::new(&causes::ADMIN_OBJECT_NOT_FOUND)
                    .fact("kind", *kind)
                    .fact("holder", holder)
                    .fact("id", id.clone())
                    .evidence(format!("{lower} has no {kind} with the id {id}"))
            }
            Self::Conflict { what, why, fix } => Diagnosis::new(&causes::ADMIN_CONFLICT)
                .fact("what", what.clone())
                .fact("why", why.clone())
                .fact("fix", fix.clone())
                .evidence(why.clone()),
            Self::Configuration { problems, section } => of_configuration(problems, section.as_deref()),
            Self::Locked { kind, name, place } => Diagnosis::new(&causes::CONFIGURATION_LOCKED)
                .fact("kind", *kind)
                .fact("id", name.clone())
                .fact("place", place.clone())
                .evidence(format!("{place} defines the {kind}")),
            Self::NotInForce => Diagnosis::new(&causes::CONFIGURATION_NOT_IN_FORCE)
                .evidence("the change was committed, and the settings could not be read again afterwards"),
            Self::Cursor(id) => Diagnosis::new(&causes::PARAM_OUT_OF_RANGE)
                .param("after")
                .fact("got", "the id of nothing in this list")
                .evidence(format!("nothing in this list has the id {}", id.chars().take(128).collect::<String>())),
            Self::KeyInUse => Diagnosis::new(&causes::IDEMPOTENCY_KEY_IN_USE).retry_after(Duration::from_secs(1)),
            Self::KeyReused => Diagnosis::new(&causes::IDEMPOTENCY_KEY_REUSED),
            Self::KeyUnfit(characters) => Diagnosis::new(&causes::PARAM_OUT_OF_RANGE)
                .param("Idempotency-Key")
                .fact("got", format!("{characters} characters long"))
                .fact("minimum", "1 character")
                .fact("maximum", "255 characters"),
            Self::SignIn => Diagnosis::new(&causes::SIGN_IN_FAILED)
                .evidence("no user has this address and this password, or the user is not a member there"),
            Self::SignInsTooMany { wait } => Diagnosis::new(&causes::SIGN_IN_ATTEMPTS).retry_after(*wait),
            Self::Busy => Diagnosis::new(&causes::ADMINISTRATION_UNAVAILABLE)
                .fact("what", "Many administrative requests came at once")
                .retry_after(AGAIN),
            Self::Store(_) => away(),
        }
    }
}

/// So many problems are told one by one.
const PROBLEMS_SHOWN: usize = 20;

fn of_configuration(problems: &[SettingProblem], section: Option<&str>) -> Diagnosis {
    let mut d = Diagnosis::new(&causes::CONFIGURATION_REFUSED);
    if let Some(first) = problems.first() {
        let within = section.and_then(|section| first.path.strip_prefix(section)).map(|rest| format!("settings{rest}"));
        let param = within.unwrap_or_else(|| first.path.clone());
        d = d.fact("what", first.to_string());
        if !param.is_empty() {
            d = d.param(param);
        }
    }
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        d = d.evidence(problem.to_string());
    }
    match problems.len().saturating_sub(PROBLEMS_SHOWN) {
        0 => d,
        more => d.evidence(format!("and {more} more")),
    }
}

fn away() -> Diagnosis {
    Diagnosis::new(&causes::ADMINISTRATION_UNAVAILABLE).retry_after(AGAIN)
}

fn of_principal(error: &PrincipalError) -> Diagnosis {
    match error {
        PrincipalError::Damaged { redacted } => Diagnosis::new(&causes::KEY_TYPO)
            .fact("key", redacted.clone())
            .fact("what", "its length or checksum is wrong")
            .evidence("the checksum inside the admin key is wrong"),
        PrincipalError::Unknown { redacted } => Diagnosis::new(&causes::KEY_INVALID)
            .fact("key", redacted.clone())
            .evidence("no admin key of this server has this text; a deleted one is unknown"),
        PrincipalError::Expired { id, redacted, at } => Diagnosis::new(&causes::KEY_EXPIRED)
            .fact("key", redacted.clone())
            .fact("date", utc(*at))
            .fact("fix", "Use another admin key, or sign in and create one: the date of an admin key cannot be changed")
            .evidence(format!("the key is {id}")),
        PrincipalError::OwnerLeft { id, redacted } => Diagnosis::new(&causes::KEY_REVOKED)
            .fact("key", redacted.clone())
            .evidence(format!("the owner of {id} is no longer a member of the organization")),
        PrincipalError::SessionEnded { redacted, at } => {
            let d = Diagnosis::new(&causes::SESSION_ENDED)
                .evidence(format!("the session of {redacted} is not known any more"));
            match at {
                Some(at) => d.fact("date", utc(*at)),
                None => d,
            }
        }
        PrincipalError::Store(_) => away(),
    }
}

fn of_shape(error: &ShapeError) -> Diagnosis {
    match error {
        ShapeError::NotJson(what) => Diagnosis::new(&causes::JSON_BODY_INVALID).evidence(what.clone()),
        ShapeError::NotAnObject => {
            Diagnosis::new(&causes::JSON_BODY_INVALID).fact("what", "the outermost value must be an object")
        }
        ShapeError::Unknown { name, nearest } => {
            let d = Diagnosis::new(&causes::PARAM_UNKNOWN)
                .param(name.clone())
                .evidence(format!("`{name}` is not known to this endpoint"));
            match nearest {
                Some(likely) => d.fact("likely", *likely),
                None => d,
            }
        }
        ShapeError::Missing(name) => {
            Diagnosis::new(&causes::PARAM_MISSING).param(name.clone()).evidence(format!("`{name}` is missing"))
        }
        ShapeError::Type { name, expected, found } => Diagnosis::new(&causes::PARAM_INVALID_TYPE)
            .param(name.clone())
            .fact("expected", *expected)
            .fact("got", *found),
        ShapeError::Value { name, what, allowed } => Diagnosis::new(&causes::PARAM_OUT_OF_RANGE)
            .param(name.clone())
            .fact("got", what.clone())
            .fact("expected", allowed.clone())
            .evidence(format!("`{name}` is {what}; allowed is {allowed}")),
    }
}

fn utc(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}
