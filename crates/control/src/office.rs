//! What administration works with: a database of its own, the server's secrets, its providers, and whom to tell of a change.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

use crate::configuration::{Configuration, SetObject};
use crate::refusal::Refusal;
use crate::sign_ins::SignIns;

/// What one thread of administration works with.
pub struct Office {
    /// A connection that nobody else uses.
    pub database: Database,
    /// The pepper and the master key.
    pub secrets: Arc<Secrets>,
    /// Those that the server serves with.
    pub providers: Arc<dyn Providers>,
    /// How the server is configured.
    pub configuration: Arc<dyn Configuration>,
    /// Which idempotency keys belong to requests in progress, of all threads of administration.
    pub in_flight: Arc<InFlight>,
    /// Bounds on signing in; all threads share them.
    pub sign_ins: Arc<SignIns>,
    /// Makes what was changed hold on the serving threads of this process before it returns.
    pub changed: Box<dyn Fn() + Send>,
}

/// Work of seconds, which a thread of administration hands to another one.
pub type Errand = Box<dyn FnOnce() -> Result<Json, Refusal> + Send>;

/// The providers that the server serves with, by the settings of this moment.
pub trait Providers: Send + Sync {
    /// Each of them, in the order of the settings.
    fn list(&self) -> Vec<Provider>;

    /// Each model at `now` (Unix seconds), in the order of the settings: the members of `tollgate models show --json`.
    fn models(&self, now: i64) -> Vec<Json>;

    /// Providers and models as they are set, and where.
    fn objects(&self) -> Vec<SetObject>;

    /// When deployments failed, newest first.
    fn incidents(&self) -> Vec<Incident>;

    /// A look at one of them, with each model that a deployment asks of it; a completion is asked for only where it `spends`.
    /// `None` where there is none of this name.
    fn test(&self, name: &str, spends: bool) -> Option<Errand>;
}

/// A provider, as administration shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name in the configuration.
    pub name: String,
    /// How it is spoken to.
    pub dialect: &'static str,
    /// Where it is; `None` for the sandbox.
    pub base_url: Option<String>,
    /// Where in the world.
    pub region: Option<String>,
    /// Whether a credential of ours is sent to it.
    pub has_credential: bool,
    /// The names under which deployments ask it for models.
    pub models: Vec<String>,
}

/// A period in which a deployment failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// `inc_…`
    pub id: String,
    /// `provider/model`.
    pub deployment: String,
    /// The provider's name in the configuration.
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// Unix seconds.
    pub began_at: i64,
    /// Unix seconds, and `answered` or `settings`; `None` while it is under way.
    pub ended: Option<(i64, &'static str)>,
    /// Unix seconds.
    pub last_failure_at: i64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Requests that were refused for it.
    pub turned_away: u64,
    /// Checks of the provider that failed.
    pub failed_checks: u64,
    /// The last failure's cause.
    pub cause: &'static str,
    /// Whose fault that is.
    pub party: &'static str,
    /// What was seen of it.
    pub evidence: Vec<String>,
    /// What of it is for operators alone; may be empty.
    pub words: String,
    /// What to do.
    pub remedy: String,
    /// The page of the cause.
    pub docs: String,
}

/// Idempotency keys of requests in progress.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<(String, String)>>);

/// A request in progress, until this is dropped.
#[derive(Debug)]
pub struct Flight<'f> {
    all: &'f InFlight,
    key: (String, String),
}

impl InFlight {
    /// Notes that a request with this key of this actor is in progress; `None` where there is one already.
    #[must_use]
    pub fn begin(&self, actor: &str, key: &str) -> Option<Flight<'_>> {
        let key = (actor.to_owned(), key.to_owned());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Only where it is new: what ends a flight takes its key away.
        all.insert(key.clone()).then(|| Flight { all: self, key })
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Office({})", self.database.path().display())
    }
}
