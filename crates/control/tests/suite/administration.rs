//! A data directory of its own for each test, with organizations, people and their admin keys.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::Value as Json;
use tempfile::TempDir;
use tollgate_control::api::{self, Answer, Request};
use tollgate_control::configuration::{Configuration, Configured, SetObject};
use tollgate_control::office::{Errand, InFlight, Incident, Office, Provider, Providers};
use tollgate_control::principal::Principal;
use tollgate_control::refusal::Refusal;
use tollgate_control::use_cases::admin_keys::{self, Limits, Owner};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::{organizations, projects};
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

/// The time at which everything in these tests is done, unless they say otherwise.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) struct Administration {
    pub(crate) directory: TempDir,
    pub(crate) office: Office,
}

/// What was answered, and whether it had been answered before.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) json: Json,
    pub(crate) is_replay: bool,
}

/// A member of an organization with an admin key that may all that he may.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) organization: i64,
    pub(crate) member: Member,
    pub(crate) token: String,
}

impl Administration {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let office = office(&directory);
        Self { directory, office }
    }

    /// The same data directory as another start finds it.
    pub(crate) fn again(self) -> Self {
        let Self { directory, office } = self;
        drop(office);
        let office = self::office(&directory);
        Self { directory, office }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.office.database
    }

    pub(crate) fn organization(&self, name: &str) -> i64 {
        organizations::insert(self.database(), name, NOW).unwrap().row
    }

    pub(crate) fn project(&self, organization: i64, name: &str) -> projects::Project {
        projects::insert(self.database(), organization, name, None, NOW).unwrap()
    }

    pub(crate) fn person(&self, organization: i64, name: &str, role: &str) -> Person {
        let email = format!("{name}@example.com");
        let member = people::add(self.database(), organization, &email, name, role, NOW).unwrap();
        let owner = Owner { organization, user: member.row };
        let pepper = &self.office.secrets.pepper;
        let (_, token) = admin_keys::issue(self.database(), pepper, owner, name, Limits::default(), NOW).unwrap();
        Person { organization, member, token: token.reveal().to_owned() }
    }

    pub(crate) fn principal(&self, token: &str) -> Option<Principal> {
        Principal::of_token(self.database(), &self.office.secrets.pepper, token, NOW).ok()
    }

    pub(crate) fn ask(&self, request: &Request) -> Result<Answered, Refusal> {
        self.ask_at(request, NOW)
    }

    pub(crate) fn ask_at(&self, request: &Request, now: i64) -> Result<Answered, Refusal> {
        match api::answer(&self.office, request, now)? {
            Answer::Json(json) => Ok(Answered { json, is_replay: false }),
            Answer::Written(json) => Ok(Answered { json: serde_json::from_slice(&json).unwrap(), is_replay: false }),
            Answer::Replay(json) => Ok(Answered { json, is_replay: true }),
            Answer::Later(_) => panic!("there are no providers to be looked at"),
        }
    }
}

/// A request by whoever holds `token`.
pub(crate) fn request(token: &str, method: &str, path: &str, body: &Json) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        token: token.to_owned(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        idempotency_key: None,
        organization: None,
        client: String::new(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn office(directory: &TempDir) -> Office {
    let database = Database::open(directory.path()).unwrap();
    let secrets = Arc::new(Secrets::open(&database).unwrap());
    let in_flight = Arc::new(InFlight::default());
    let (providers, configuration, sign_ins) = (Arc::new(NoProviders), Arc::new(NoConfiguration), Arc::default());
    Office { database, secrets, providers, configuration, in_flight, sign_ins, changed: Box::new(|| {}) }
}

/// Nothing is set, and nothing is wrong with that.
struct NoConfiguration;

impl Configuration for NoConfiguration {
    fn read(&self, _: &Database, _: &Secrets) -> Result<Configured, Refusal> {
        Ok(Configured { objects: Vec::new(), problems: Vec::new(), served: Some(Arc::new(NoProviders)) })
    }

    fn catch_up(&self, _: &Database) -> Result<(), Refusal> {
        Ok(())
    }
}

struct NoProviders;

impl Providers for NoProviders {
    fn list(&self) -> Vec<Provider> {
        Vec::new()
    }

    fn models(&self, _: i64) -> Vec<Json> {
        Vec::new()
    }

    fn incidents(&self) -> Vec<Incident> {
        Vec::new()
    }

    fn objects(&self) -> Vec<SetObject> {
        Vec::new()
    }

    fn test(&self, _: &str, _: bool) -> Option<Errand> {
        None
    }
}
