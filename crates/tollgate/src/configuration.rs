//! The configuration, for administration: read and checked as a start reads it, and taken up where it has changed.
//!
//! In: a way to read settings, and the rows of a transaction. Out: what is set, and what is wrong with it. A change is
//! committed first; then the thread that reads settings again is asked to, and the answer waits until it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::mpsc as queue;
use tollgate_control::configuration::{Configuration, Configured, SetObject, SettingProblem};
use tollgate_control::refusal::Refusal;
use tollgate_gateway::settings::Credential;
use tollgate_store::admin::configuration as rows;
use tollgate_store::credentials;
use tollgate_store::database::{Database, StoreError};
use tollgate_store::secrets::Secrets;

use crate::providers::Serving;
use crate::settings::objects::Objects;
use crate::settings::problem::Problem;
use crate::settings::tree::{Origin, Path};
use crate::settings::{Inspected, Settings};

/// Requests that may wait for settings to be read; those that come together are served by one reading.
const ASKS: usize = 16;
/// Reading settings takes milliseconds; certificates and serving threads may take some time.
const PATIENCE: Duration = Duration::from_secs(10);
/// No revision of any database.
const UNKNOWN: i64 = -1;

/// How settings are read, with these objects of the database.
pub(crate) type Read = dyn Fn(&Objects<'_>) -> anyhow::Result<Inspected> + Send + Sync;

/// A wish that settings are read again. The answer is whether they hold.
#[derive(Debug)]
pub(crate) struct Ask(pub(crate) mpsc::SyncSender<bool>);

/// The configuration of a running server.
pub(crate) struct Configurator {
    read: Box<Read>,
    /// The revision that is served with.
    applied: AtomicI64,
    asks: queue::Sender<Ask>,
}

impl Configurator {
    /// Of a server that starts, and where it hears that its settings have changed. They were made of these rows; where the
    /// database has others by now, they are read once more.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) fn new(
        read: Box<Read>,
        database: &Database,
        made_of: &[rows::Object],
    ) -> Result<(Self, queue::Receiver<Ask>), StoreError> {
        let (asks, asked) = queue::channel(ASKS);
        let revision = rows::revision(database)?;
        let is_level = rows::all(database)? == made_of;
        let applied = AtomicI64::new(if is_level { revision } else { UNKNOWN });
        Ok((Self { read, applied, asks }, asked))
    }

    /// What was read at this revision is served with.
    pub(crate) fn applied(&self, revision: i64) {
        self.applied.store(revision, Ordering::Release);
    }

    /// The revision that is served with.
    pub(crate) fn revision(&self) -> i64 {
        self.applied.load(Ordering::Acquire)
    }
}

impl Configuration for Configurator {
    fn read(&self, database: &Database, secrets: &Secrets) -> Result<Configured, Refusal> {
        read(&self.read, database, secrets)
    }

    fn objects(&self, database: &Database, _: &Secrets) -> Result<Vec<SetObject>, Refusal> {
        let rows = rows::all(database)?;
        // Where it cannot be read, it is said when it is read whole.
        Ok((self.read)(&|_| Ok(rows.clone())).map_or_else(|_| Vec::new(), |inspected| inspected.objects))
    }

    fn catch_up(&self, database: &Database) -> Result<(), Refusal> {
        if rows::revision(database)? == self.revision() {
            return Ok(());
        }
        let (done, holds) = mpsc::sync_channel(1);
        let is_asked = self.asks.try_send(Ask(done)).is_ok();
        if is_asked && holds.recv_timeout(PATIENCE) == Ok(true) { Ok(()) } else { Err(Refusal::NotInForce) }
    }
}

impl std::fmt::Debug for Configurator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Configurator({})", self.revision())
    }
}

/// What is configured with the rows that the database has at this moment.
///
/// # Errors
/// The database does not answer.
pub(crate) fn read(read: &Read, database: &Database, secrets: &Secrets) -> Result<Configured, Refusal> {
    let objects = rows::all(database)?;
    let inspected = read(&|_| Ok(objects.clone()));
    let Inspected { objects, outcome } = match inspected {
        Ok(inspected) => inspected,
        Err(error) => {
            let problem = SettingProblem { path: String::new(), what: format!("{error:#}"), help: None };
            return Ok(Configured { objects: Vec::new(), problems: vec![problem], served: None });
        }
    };
    let refused = |objects, problems: Vec<SettingProblem>| Configured { objects, problems, served: None };
    let mut settings = match outcome {
        Ok(loaded) => loaded.settings,
        Err(problems) => return Ok(refused(objects, problems.0.iter().map(told).collect())),
    };
    let mut problems = reveal(&mut settings, database, secrets);
    if problems.is_empty()
        && let Err(error) = tollgate_gateway::try_settings(settings.gateway.clone())
    {
        problems.push(SettingProblem { path: String::new(), what: error.to_string(), help: None });
    }
    if !problems.is_empty() {
        return Ok(refused(objects, problems));
    }
    Ok(Configured { objects, problems, served: Some(Arc::new(Serving::new(&settings, Arc::default()))) })
}

/// Puts stored credentials into the settings, and says which cannot be used.
fn reveal(settings: &mut Settings, database: &Database, secrets: &Secrets) -> Vec<SettingProblem> {
    let mut problems = Vec::new();
    for (provider, name) in &settings.stored {
        let mut wrong = |what: String, help: String| {
            let path = Path::to("providers").key(provider).key("credential").key("stored").to_string();
            problems.push(SettingProblem { path, what, help: Some(help) });
        };
        match credentials::get(database, &secrets.master, name) {
            Ok(Some(stored)) => match Credential::new(stored.reveal().to_owned()) {
                Some(credential) => {
                    if let Some(provider) = settings.gateway.providers.iter_mut().find(|one| one.name == *provider) {
                        provider.credential = Some(credential);
                    }
                }
                None => wrong(
                    format!("the credential {name:?} has characters that cannot stand in a header"),
                    "set it to visible ASCII characters without blanks".to_owned(),
                ),
            },
            Ok(None) => wrong(
                format!("no credential is stored as {name:?}"),
                "POST /v1/tollgate/credentials stores one; so does tollgate credentials set".to_owned(),
            ),
            Err(error) => wrong(error.to_string(), "set it anew".to_owned()),
        }
    }
    problems
}

fn told(problem: &Problem) -> SettingProblem {
    let mut what = problem.what.clone();
    for (label, text) in [("found", &problem.found), ("allowed", &problem.allowed)] {
        if let Some(text) = text {
            what = format!("{what}; {label}: {text}");
        }
    }
    if let origin @ Origin::File { .. } = &problem.origin {
        what = format!("{what} ({origin})");
    }
    SettingProblem { path: problem.path.to_string(), what, help: problem.help.clone() }
}
