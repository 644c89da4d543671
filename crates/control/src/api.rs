//! The management API: OpenAI's Admin API, and what it lacks.
//!
//! In: a method, a path, a token and a body. Out: JSON, or a [`Refusal`]. [`ENDPOINTS`] is the whole of it; every request goes
//! the same way ([`answer`]): the endpoint, who asks, what he may, the query and the body, and only then the act, in one
//! transaction with its events of the audit log. An object of another organization does not show: every look-up names the
//! organization of whoever asks.

pub mod act;
pub mod endpoint;
pub mod idempotent;
pub mod openapi;
pub mod page;
pub mod query;
pub mod shape;
pub mod visit;

mod admin_api_keys;
mod assignments;
mod audit_logs;
mod audited;
mod credentials;
mod event_types;
mod groups;
mod import;
mod incidents;
mod invites;
mod key_fields;
mod likely;
mod objects;
mod organizations;
mod own_admin_key;
mod own_key;
mod own_password;
mod project_api_keys;
mod project_groups;
mod project_permissions;
mod project_users;
mod projects;
mod provider_credentials;
mod providers;
mod roles;
mod served;
mod service_accounts;
mod sessions;
mod usage;
mod user_sessions;
mod users;

use std::cell::RefCell;

use serde_json::Value as Json;
use tollgate_core::rights::{Permission, PermissionSet, Place};
use tollgate_store::admin::{configuration, organizations as organization_rows, projects as project_rows};

pub(crate) use self::credentials::{
    event_of_removal as event_of_removed_credential, event_of_set as event_of_credential,
};
pub(crate) use self::key_fields::shown as key_shown;
pub use self::own_admin_key::describe_administrator;
pub use self::own_key::describe;
pub(crate) use self::project_api_keys::event_of_new as event_of_new_key;

use self::act::Act;
use self::endpoint::{Asker, Does, Endpoint, Needs, matched};
use self::idempotent::Once;
use self::query::Query;
use self::shape::Body;
use self::visit::{Step, Visit};
use crate::office::{Errand, Office};
use crate::principal::Principal;
use crate::refusal::Refusal;

/// Every endpoint, by noun.
pub const ENDPOINTS: &[&[Endpoint]] = &[
    admin_api_keys::ENDPOINTS,
    assignments::OF_GROUPS,
    assignments::OF_PROJECT_GROUPS,
    assignments::OF_PROJECT_USERS,
    assignments::OF_USERS,
    audit_logs::ENDPOINTS,
    credentials::ENDPOINTS,
    groups::ENDPOINTS,
    import::ENDPOINTS,
    incidents::ENDPOINTS,
    invites::ENDPOINTS,
    organizations::ENDPOINTS,
    own_password::ENDPOINTS,
    project_api_keys::ENDPOINTS,
    project_groups::ENDPOINTS,
    project_permissions::ENDPOINTS,
    project_users::ENDPOINTS,
    projects::ENDPOINTS,
    provider_credentials::ENDPOINTS,
    providers::ENDPOINTS,
    roles::ENDPOINTS,
    service_accounts::ENDPOINTS,
    served::ENDPOINTS,
    sessions::ENDPOINTS,
    usage::ENDPOINTS,
    user_sessions::ENDPOINTS,
    users::ENDPOINTS,
];

/// Every endpoint.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().flat_map(|of_noun| of_noun.iter())
}

/// A request of administration.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// The path below `/v1`, percent-decoded.
    pub path: String,
    /// What stands behind the question mark, as it came.
    pub query: String,
    /// The token of the `Authorization` header; empty where none is needed.
    pub token: String,
    /// The client, as it names itself; may be empty.
    pub client: String,
    /// The body.
    pub body: Vec<u8>,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The header `OpenAI-Organization`.
    pub organization: Option<String>,
    /// The caller's address.
    pub peer: std::net::IpAddr,
}

/// What is answered.
pub enum Answer {
    /// This.
    Json(Json),
    /// This, which is written down as JSON already.
    Written(Vec<u8>),
    /// What was answered before, to the same `Idempotency-Key`; nothing was done now.
    Replay(Json),
    /// What comes of this work, which takes longer than a thread of administration should be held up.
    Later(Errand),
}

/// Bytes of a body at most, for a path below `/v1`: more than any act needs, but for an import of everything.
#[must_use]
pub fn body_max(path: &str) -> usize {
    const USUAL: usize = 1 << 20;
    if path.strip_suffix('/').unwrap_or(path) == import::PATH { import::BODY_MAX_BYTES } else { USUAL }
}

/// Answers a request at `now` (Unix seconds).
///
/// # Errors
/// Why not; nothing was changed then.
pub fn answer(office: &Office, request: &Request, now: i64) -> Result<Answer, Refusal> {
    answer_by(office, request, now).1
}

/// The same, with the id of the admin key or session that was let in; `None` where none was, or none was needed.
pub fn answer_by(office: &Office, request: &Request, now: i64) -> (Option<String>, Result<Answer, Refusal>) {
    let by = RefCell::new(None);
    let of_token = || {
        let principal = Principal::of_token(&office.database, &office.secrets.pepper, &request.token, now)?;
        by.replace(Some(principal.id().to_owned()));
        Ok(principal)
    };
    let answer = answer_to(office, request, of_token, now);
    (by.into_inner(), answer)
}

/// The name of the endpoint that a method and a path below `/v1` are for.
#[must_use]
pub fn name(method: &str, path: &str) -> Option<&'static str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    endpoints().find(|one| one.method.name() == method && matched(one.path, path).is_some()).map(|one| one.name)
}

/// The same for whoever holds the data directory: he operates the server, and acts in the oldest organization unless another one is
/// named by its id.
///
/// # Errors
/// Why not; nothing was changed then.
pub fn answer_operator(
    office: &Office,
    request: &Request,
    organization: Option<&str>,
    now: i64,
) -> Result<Answer, Refusal> {
    let database = &office.database;
    let operator = || {
        let looks_into = match organization {
            None => None,
            Some(id) => {
                let found = organization_rows::by_id(database, id)?;
                Some(found.ok_or_else(|| Refusal::missing("organization", id))?)
            }
        };
        Principal::operator(database, looks_into)?.ok_or_else(no_owner)
    };
    answer_to(office, request, operator, now)
}

fn no_owner() -> Refusal {
    Refusal::Conflict {
        what: "Nobody administers this data directory yet".to_owned(),
        why: "its organization has no owner".to_owned(),
        fix: "Run `tollgate owner create`, or start a server on it with `tollgate up`, which makes the first owner"
            .to_owned(),
    }
}

fn answer_to(
    office: &Office,
    request: &Request,
    who: impl Fn() -> Result<Principal, Refusal>,
    now: i64,
) -> Result<Answer, Refusal> {
    let (endpoint, path) = find(request)?;
    if let Does::Enter(prepare) = endpoint.does {
        let path = path.into_iter().map(str::to_owned).collect();
        return enter(office, request, endpoint, path, prepare, now);
    }
    let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
    let admitted = || {
        let principal = who()?;
        refuse_other_organization(&principal, request)?;
        let project = permitted(office, endpoint, &principal, &path)?;
        Ok::<_, Refusal>((principal, project))
    };
    let (principal, project) = admitted()?;
    let query = Query::read(&request.query, endpoint.query)?;
    let body = Body::read(&request.body, endpoint.body)?;
    let act = Act { office, principal: &principal, path: path.clone(), project, query, body, now };
    match endpoint.does {
        Does::Read(read) => read(&act).map(Answer::Json),
        Does::Tell(tell) => tell(&act).map(Answer::Written),
        Does::Errand(begin) => {
            refuse_key(request)?;
            let (errand, event) = begin(&act)?;
            act.database().atomically(|| audited::write(&act, request, [&event]))?;
            Ok(Answer::Later(errand))
        }
        Does::Write(write) => {
            // Whatever else is changed does not depend on whether the settings can be read.
            let configured_at = match is_of_configuration(endpoint.path) {
                true => Some(configuration::revision(&office.database)?),
                false => None,
            };
            let answer = idempotent::once(&act, request, || {
                // What he might before may have been taken from him while this waited for its turn to write.
                let (principal, project) = admitted()?;
                let act = Act { principal: &principal, project, ..act.clone() };
                let done = write(&act)?;
                audited::write(&act, request, done.event.iter().chain(&done.more))?;
                Ok(done.answer)
            })?;
            if let Answer::Json(_) = answer {
                (office.changed)();
            }
            if configured_at.is_some_and(|before| configuration::revision(&office.database).ok() != Some(before)) {
                office.configuration.catch_up(&office.database)?;
            }
            Ok(answer)
        }
        Does::Prove(prove) => {
            let once = Once::read(request, endpoint, &act.body, principal.id())?;
            let _flight = once.as_ref().map(|once| once.begin(office)).transpose()?;
            let proof = prove(&act, &Asker { peer: request.peer, once })?;
            let proved = office.database.atomically(|| {
                let (principal, project) = admitted()?;
                let act = Act { principal: &principal, project, ..act.clone() };
                let proved = proof(&act)?;
                audited::write(&act, request, &proved.events)?;
                Ok::<_, Refusal>(proved)
            })?;
            if proved.is_replay {
                return proved.answer.map(Answer::Replay);
            }
            (office.changed)();
            proved.answer.map(Answer::Json)
        }
        Does::Enter(_) => Err(Refusal::missing("endpoint", &request.path)),
    }
}

/// Lets somebody in who has no token yet, or says why not; either way what happened is written down.
fn enter(
    office: &Office,
    request: &Request,
    endpoint: &Endpoint,
    path: Vec<String>,
    prepare: fn(&Visit<'_>) -> Result<Step, Refusal>,
    now: i64,
) -> Result<Answer, Refusal> {
    Query::read(&request.query, endpoint.query)?;
    let body = Body::read(&request.body, endpoint.body)?;
    let once = Once::of_visitor(request, endpoint, &body)?;
    let _flight = once.as_ref().map(|once| once.begin(office)).transpose()?;
    let visit = Visit { office, path, body, now, peer: request.peer, client: request.client.clone(), once };
    let step = prepare(&visit)?;
    let entered = office.database.atomically(|| {
        let entered = step(&visit)?;
        audited::write_entered(&visit, &entered)?;
        Ok::<_, Refusal>(entered)
    })?;
    if entered.is_replay {
        return entered.answer.map(Answer::Replay);
    }
    (office.changed)();
    entered.answer.map(Answer::Json)
}

/// What comes of an errand is not kept.
fn refuse_key(request: &Request) -> Result<(), Refusal> {
    match request.idempotency_key {
        None => Ok(()),
        Some(_) => Err(Refusal::Unsupported {
            field: "Idempotency-Key",
            why: "what it finds out holds at this moment alone, and is not kept for another answer",
        }),
    }
}

/// Whoever names an organization means to act there, and not in the one of the key that he happens to hold.
fn refuse_other_organization(principal: &Principal, request: &Request) -> Result<(), Refusal> {
    let own = &principal.organization.id;
    match request.organization.as_deref() {
        Some(given) if !given.is_empty() && given != own => {
            Err(Refusal::Organization { given: given.chars().take(128).collect(), own: own.clone() })
        }
        _ => Ok(()),
    }
}

/// The endpoint of a request, and what stands in its path for the names in braces.
fn find(request: &Request) -> Result<(&'static Endpoint, Vec<&str>), Refusal> {
    let path = request.path.strip_suffix('/').unwrap_or(&request.path);
    let mut there =
        endpoints().filter_map(|endpoint| matched(endpoint.path, path).map(|found| (endpoint, found))).peekable();
    if there.peek().is_none() {
        return Err(Refusal::NoSuchPath { path: format!("/v1{path}"), likely: likely::likely(path) });
    }
    let mut allowed = Vec::new();
    for (endpoint, found) in there {
        if endpoint.method.name() == request.method {
            return Ok((endpoint, found));
        }
        allowed.push(endpoint.method.name());
    }
    let allowed = allowed.join(", ");
    Err(Refusal::NoSuchMethod { path: format!("/v1{path}"), method: request.method.clone(), allowed })
}

/// Whether whoever asks may use the endpoint, and the project in which. A project that he does not see at all does not show.
fn permitted(
    office: &Office,
    endpoint: &Endpoint,
    principal: &Principal,
    path: &[String],
) -> Result<Option<project_rows::Project>, Refusal> {
    let need = |permission: Permission, place: Place<'_>| {
        let wanted = PermissionSet::NONE.with(permission);
        let lacking = principal.rights.lacks(wanted, place);
        if lacking.is_empty() { Ok(()) } else { Err(Refusal::lacks(principal, lacking, place)) }
    };
    match endpoint.needs {
        Needs::InOrganization(permission) => need(permission, Place::Organization).map(|()| None),
        Needs::InProject(permission) => {
            let id = path.first().map_or("", String::as_str);
            let found = project_rows::get(&office.database, principal.organization.row, id)?;
            match found {
                Some(project) if !principal.rights.at(Place::Project(&project.id)).is_empty() => {
                    need(permission, Place::Project(&project.id)).map(|()| Some(project))
                }
                _ => Err(Refusal::missing("project", id)),
            }
        }
        Needs::Somewhere(permission)
            if principal.rights.in_projects.iter().any(|(_, set)| set.contains(permission)) =>
        {
            Ok(None)
        }
        Needs::Somewhere(permission) => need(permission, Place::Organization).map(|()| None),
        Needs::Oneself if !principal.is_restricted => Ok(None),
        Needs::Oneself => Err(Refusal::Restricted { who: principal.id().to_owned() }),
        Needs::Operator | Needs::Nothing if principal.is_operator => Ok(None),
        Needs::Operator | Needs::Nothing => Err(Refusal::LacksOperator { who: principal.id().to_owned() }),
    }
}

/// The permission that a request needs, for whoever comes with the wrong kind of key.
#[must_use]
pub fn needs(method: &str, path: &str) -> String {
    let path = path.strip_suffix('/').unwrap_or(path);
    let found =
        endpoints().filter(|endpoint| endpoint.method.name() == method).find(|one| matched(one.path, path).is_some());
    match found.map(|endpoint| endpoint.needs) {
        Some(Needs::InOrganization(permission) | Needs::InProject(permission) | Needs::Somewhere(permission)) => {
            permission.name().to_owned()
        }
        Some(Needs::Operator) => "operator".to_owned(),
        Some(Needs::Oneself | Needs::Nothing) | None => "api.management.read".to_owned(),
    }
}

/// Whether a request needs no token: what it holds shows who asks.
#[must_use]
pub fn admits_anybody(method: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let here = || endpoints().filter(|one| matched(one.path, path).is_some());
    match here().find(|one| one.method.name() == method) {
        Some(endpoint) => endpoint.needs == Needs::Nothing,
        // Whoever opens an invite's link in a browser is told of the method, and not asked for a key.
        None => here().any(|one| one.needs == Needs::Nothing),
    }
}

/// Whether a path below `/v1` is one of administration, whatever the method.
#[must_use]
pub fn is_of_administration(path: &str) -> bool {
    path == "/organization" || path.starts_with("/organization/") || path.starts_with("/projects/") || is_own(path)
}

/// Whether a path below `/v1` is about how the server is configured, which the database alone does not know.
#[must_use]
pub fn is_of_configuration(path: &str) -> bool {
    let nouns = ["providers", "models", "deployments", "credentials", "provider_credentials", "export", "import"];
    let noun = path.strip_prefix(OWN).and_then(|rest| rest.split('/').next());
    noun.is_some_and(|noun| nouns.contains(&noun))
}

/// What OpenAI's API lacks lies below this, beside paths that serve: only whole paths are claimed there.
const OWN: &str = "/tollgate/";
/// What serves below it, though it looks like the path of a model.
const SERVING: [&str; 1] = ["/tollgate/models/check"];

fn is_own(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.starts_with(OWN)
        && !SERVING.contains(&path)
        && endpoints().any(|endpoint| matched(endpoint.path, path).is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::endpoint::Method;
    use super::*;

    #[test]
    fn every_endpoint_has_a_name_of_its_own_and_only_posts_have_bodies() {
        let mut names = BTreeSet::new();
        for endpoint in endpoints() {
            assert!(names.insert(endpoint.name), "{} is there twice", endpoint.name);
            assert!(endpoint.body.is_empty() || endpoint.method == Method::Post, "{}", endpoint.name);
            let reads = matches!(endpoint.does, Does::Read(_) | Does::Tell(_));
            assert_eq!(reads, endpoint.method == Method::Get, "{}", endpoint.name);
            let enters = matches!(endpoint.does, Does::Enter(_));
            assert_eq!(enters, endpoint.needs == Needs::Nothing, "{}", endpoint.name);
            assert!(endpoint.doc.ends_with('.') && is_of_administration(endpoint.path), "{}", endpoint.name);
        }
    }
}
