//! Puts the planes together: the database and the journal on one side, the gateway on the other.
//!
//! In: settings. Out: [`Running`], which stops everything in the order that loses nothing: callers first, then what
//! writes for them. No rule lives here.

use std::cell::{Cell, RefCell};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::mpsc::Receiver;
use tollgate_control::use_cases::bootstrap;
use tollgate_core::key::Secret;
use tollgate_core::record::Recorder;
use tollgate_core::snapshot::KeySnapshot;
use tollgate_core::token::Token;
use tollgate_gateway::settings::{Credential, Timeouts};
use tollgate_gateway::{self as gateway, Incidents, Listen, MakeRecorder, Stages};
use tollgate_store::admin::{configuration as rows, people};
use tollgate_store::credentials;
use tollgate_store::database::{Database, StoreError};
use tollgate_store::feed::{Follower, KeyFeed, Looks};
use tollgate_store::journal::{Journal, Settings as JournalSettings};
use tollgate_store::records::{self, Ingest, Lookup};
use tollgate_store::secrets::Secrets;
use tollgate_store::uses::UseWriter;

use crate::administration::{Administrators, Place};
use crate::configuration::{Ask, Configurator, Read};
use crate::handover::Operate;
use crate::providers::Serving;
use crate::settings::Settings;

/// Name of the journal's directory in the data directory.
pub const JOURNAL_DIRECTORY: &str = "journal";

/// To close the database and the journal takes less.
const CLOSING_MAX: Duration = Duration::from_secs(10);

/// A server that runs.
pub struct Running {
    gateway: gateway::Running,
    uses: Arc<UseWriter>,
    journal: Journal,
    ingest: Ingest,
    lookup: Arc<Lookup>,
    feed: KeyFeed,
    administrators: Arc<Administrators>,
    providers: Arc<Serving>,
    configuration: Arc<Configurator>,
    /// For whoever reads the settings again.
    asks: RefCell<Option<Receiver<Ask>>>,
    database: Database,
    secrets: Arc<Secrets>,
    keys: Arc<KeySnapshot>,
    /// As it was asked to listen; the port may be 0.
    pub asked: SocketAddr,
    /// Whether callers connect with TLS.
    pub tls: bool,
    /// To compare with what is read later.
    journal_settings: JournalSettings,
    timeouts: Cell<Timeouts>,
}

/// Opens the data directory and starts serving; administration reads settings by `read`.
///
/// # Errors
/// The data directory cannot be used, a stored credential is missing, or the address is taken.
pub(crate) fn start(mut settings: Settings, listen: Listen, read: Box<Read>) -> anyhow::Result<Running> {
    raise_file_limit();
    let directory = &settings.data_dir;
    let (database, secrets) = open(directory)?;
    refuse_ownerless(&database, settings.gateway.listen)?;
    bootstrap::default_project(&database, now()).context("the first project cannot be created")?;
    reveal_stored(&mut settings, &database, &secrets)?;

    let keys = Arc::new(KeySnapshot::new(secrets.pepper.clone()));
    let feed = KeyFeed::start(database.path(), keys.clone()).context("the keys cannot be loaded")?;
    let uses = Arc::new(UseWriter::start(database.path()).context("the writer of last uses does not start")?);
    let workers = settings.gateway.workers;
    let journal = Journal::open(&settings.data_dir.join(JOURNAL_DIRECTORY), settings.journal, workers)
        .context("the journal cannot be opened")?;
    let kept = records::Settings { retention: settings.retention, ..records::Settings::default() };
    let ingest = Ingest::start(&settings.data_dir, journal.clone(), kept)
        .context("the thread that keeps records does not start")?;
    let lookup = Lookup::start(&settings.data_dir, journal.directory(), &ingest)
        .context("the thread that looks for records does not start")?;
    let lookup = Arc::new(lookup);
    let recorders = (0..workers).map(|worker| recorder(&journal, worker)).collect::<anyhow::Result<_>>()?;

    let asked = settings.gateway.listen;
    let tls = settings.gateway.tls.is_some();
    let timeouts = Cell::new(settings.gateway.timeouts);
    let incidents = Arc::<Incidents>::default();
    let providers = Arc::new(Serving::new(&settings, incidents.clone()));
    let (configuration, asks) =
        Configurator::new(read, &database, &settings.rows).context("what was set over the API cannot be read")?;
    let configuration = Arc::new(configuration);
    let secrets = Arc::new(secrets);
    let administrators = Arc::new(Administrators::start(&Place {
        data_dir: settings.data_dir.clone(),
        secrets: secrets.clone(),
        looks: feed.looks(),
        providers: providers.clone(),
        configuration: configuration.clone(),
        in_flight: Arc::default(),
        sign_ins: Arc::default(),
    })?);
    let gateway = gateway::start(gateway::Parts {
        settings: settings.gateway,
        keys: keys.clone(),
        uses: uses.clone(),
        recorders,
        health: journal.health(),
        ingest: Some(ingest.health()),
        records: lookup.clone(),
        administration: Some(administrators.clone()),
        incidents,
        version: env!("CARGO_PKG_VERSION"),
        listen,
    })?;
    Ok(Running {
        gateway,
        uses,
        journal,
        ingest,
        lookup,
        feed,
        administrators,
        providers,
        configuration,
        asks: RefCell::new(Some(asks)),
        database,
        secrets,
        keys,
        asked,
        tls,
        journal_settings: settings.journal,
        timeouts,
    })
}

/// Whoever comes first would be as good as any other where nobody owns anything: such a server is for its own machine.
fn refuse_ownerless(database: &Database, listen: SocketAddr) -> anyhow::Result<()> {
    if listen.ip().to_canonical().is_loopback() || people::any_owner(database)? {
        return Ok(());
    }
    let directory = database.data_dir().display();
    bail!(
        "nobody owns an organization in {directory} yet, so the server would listen on loopback alone, and not at \
         {listen}; run: tollgate owner create --email ADDRESS --data-dir {directory}"
    )
}

/// The database of a data directory and the secrets beside it, made where they are missing.
///
/// # Errors
/// The directory cannot be used, for example because other users can read it.
pub fn open(directory: &Path) -> anyhow::Result<(Database, Secrets)> {
    let what = || format!("the data directory {} cannot be used", directory.display());
    let database = Database::open(directory).with_context(what)?;
    let secrets = Secrets::open(&database).with_context(what)?;
    Ok((database, secrets))
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Running {
    /// Where the server listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.gateway.local_addr()
    }

    /// Creates the first key where there has never been one; it works when this returns.
    ///
    /// # Errors
    /// The database refuses.
    pub fn bootstrap(&self) -> anyhow::Result<Option<Secret>> {
        let secret = bootstrap::bootstrap(&self.database, &self.secrets.pepper, now())
            .context("the first key cannot be created")?;
        if secret.is_some() {
            // The feed would see it at its next look; a caller may be quicker.
            Follower::open(self.database.path(), self.keys.clone()).context("the first key cannot be loaded")?;
        }
        Ok(secret)
    }

    /// Makes the first owner and his admin key where no organization has an owner.
    ///
    /// # Errors
    /// The database refuses.
    pub fn first_owner(&self) -> anyhow::Result<Option<Token>> {
        bootstrap::first_owner(&self.database, &self.secrets.pepper, now()).context("the first owner cannot be created")
    }

    /// Its data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.database.data_dir()
    }

    /// Makes it read changed keys at once.
    #[must_use]
    pub fn looks(&self) -> Looks {
        self.feed.looks()
    }

    /// Does what whoever holds its data directory asks of administration.
    #[must_use]
    pub fn operate(&self) -> Operate {
        let administrators = self.administrators.clone();
        Arc::new(move |act| administrators.operated(act))
    }

    /// Copies of the sockets it listens on.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn sockets(&self) -> std::io::Result<Vec<TcpListener>> {
        self.gateway.sockets()
    }

    /// What was set over the API, and the revision that it has.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn rows(&self) -> Result<(i64, Vec<rows::Object>), StoreError> {
        // The number first: what is committed in between is seen at the next look.
        Ok((rows::revision(&self.database)?, rows::all(&self.database)?))
    }

    /// The revision of what is in the database, where it can be read.
    #[must_use]
    pub fn stored_revision(&self) -> Option<i64> {
        rows::revision(&self.database).ok()
    }

    /// The revision that is served with.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.configuration.revision()
    }

    /// What was read at this revision is served with.
    pub fn applied(&self, revision: i64) {
        self.configuration.applied(revision);
    }

    /// Wishes that the settings are read again; for the first that asks.
    pub(crate) fn asks(&self) -> Option<Receiver<Ask>> {
        self.asks.borrow_mut().take()
    }

    /// Serves with other settings from now on. Returns the names of those that differ and hold only from the next start.
    ///
    /// # Errors
    /// The settings make no sense, or a stored credential is missing; nothing has changed.
    pub fn reload(&self, mut settings: Settings) -> anyhow::Result<Vec<&'static str>> {
        // The master key may be another one than at the start.
        let secrets = Secrets::open(&self.database)?;
        reveal_stored(&mut settings, &self.database, &secrets)?;
        let (timeouts, retention) = (settings.gateway.timeouts, settings.retention);
        let known = settings.clone();
        let mut kept = self.gateway.reload(settings.gateway)?;
        self.providers.change(&known);
        self.timeouts.set(timeouts);
        self.ingest.keep(retention);
        if settings.data_dir != self.data_dir() {
            kept.push("data_dir");
        }
        if settings.journal != self.journal_settings {
            kept.push("journal");
        }
        Ok(kept)
    }

    /// Changed settings could not be used.
    pub fn reload_refused(&self) {
        self.gateway.reload_refused();
    }

    /// How long it goes on serving once it has said that it stops.
    #[must_use]
    pub fn drain_pause(&self) -> Duration {
        self.timeouts.get().drain_pause
    }

    /// How long it takes at most once it is told to stop.
    #[must_use]
    pub fn ends_within(&self) -> Duration {
        let timeouts = self.timeouts.get();
        timeouts.drain_pause + timeouts.drain + CLOSING_MAX
    }

    /// How long it takes at most once another process has taken its place.
    #[must_use]
    pub fn leaves_within(&self) -> Duration {
        self.timeouts.get().total + self.ends_within()
    }

    /// A number per serving thread, which rises while it moves.
    #[must_use]
    pub fn beats(&self) -> Vec<u32> {
        self.gateway.beats()
    }

    /// How far it is, to be told how to go on.
    #[must_use]
    pub fn stages(&self) -> Stages {
        self.gateway.stages()
    }

    /// Waits until the gateway has ended, which its stages have to be told; then closes everything else.
    pub fn end(self) {
        let Self { gateway, uses, journal, ingest, lookup, feed, administrators, .. } = self;
        gateway.join();
        administrators.stop();
        drop((uses, lookup));
        // Reads what the last requests left behind, so before the journal is closed.
        drop(ingest);
        drop(journal);
        drop(feed);
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.local_addr())
    }
}

/// Every connection takes a file, and the usual soft limit of 1,024 is for programs that use `select`. A system that
/// refuses is no reason not to start: the limit of connections still holds.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
}

/// Puts the credentials that the database keeps into the settings of their providers.
pub(crate) fn reveal_stored(settings: &mut Settings, database: &Database, secrets: &Secrets) -> anyhow::Result<()> {
    for (provider, name) in &settings.stored {
        let stored = credentials::get(database, &secrets.master, name)
            .with_context(|| format!("the credential {name:?} of provider {provider} cannot be read"))?;
        let Some(stored) = stored else {
            let directory = settings.data_dir.display();
            bail!(
                "provider {provider}: no credential is stored as {name:?}; run: tollgate credentials set {name} \
                 --data-dir {directory}"
            );
        };
        let Some(credential) = Credential::new(stored.reveal().to_owned()) else {
            bail!("provider {provider}: the credential {name:?} has characters that cannot stand in a header");
        };
        if let Some(provider) = settings.gateway.providers.iter_mut().find(|p| p.name == *provider) {
            provider.credential = Some(credential);
        }
    }
    Ok(())
}

fn recorder(journal: &Journal, worker: usize) -> anyhow::Result<MakeRecorder> {
    let writer = journal.writer(worker).context("the journal has no writer for a worker")?;
    Ok(Box::new(move || Rc::new(writer) as Rc<dyn Recorder>))
}
