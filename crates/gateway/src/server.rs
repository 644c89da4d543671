//! Start and stop of the serving threads.
//!
//! Each worker is a thread with a runtime of its own and its own listener on the same port (`SO_REUSEPORT`): nothing
//! on the plain path crosses threads.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::watch;
use tollgate_core::ingest::IngestHealth;
use tollgate_core::key::KeyUses;
use tollgate_core::record::{Recorder, RecorderHealth};
use tollgate_core::requests::RequestRecords;
use tollgate_core::snapshot::KeySnapshot;

use crate::accept;
use crate::administration::Administration;
use crate::catalog::CatalogError;
use crate::check;
use crate::executor::spawn;
use crate::incidents::Incidents;
use crate::live::{self, Live};
use crate::metrics::Metrics;
use crate::retry::{Budget, Seconds};
use crate::settings::Settings;
use crate::stage::{Stage, Stages};
use crate::telemetry::{Exporting, Telemetry};
use crate::tls::{ServerTls, TlsError};
use crate::worker::{Shared, Worker};

/// Makes a worker's recorder on the worker's own thread.
pub type MakeRecorder = Box<dyn FnOnce() -> Rc<dyn Recorder> + Send>;

/// What the data plane is made of.
pub struct Parts {
    /// Resolved settings.
    pub settings: Settings,
    /// The keys.
    pub keys: Arc<KeySnapshot>,
    /// Where last uses go.
    pub uses: Arc<dyn KeyUses>,
    /// One recorder per worker.
    pub recorders: Vec<MakeRecorder>,
    /// How full the journal is.
    pub health: Arc<dyn RecorderHealth>,
    /// How the reading of the journal goes, where it is read.
    pub ingest: Option<Arc<dyn IngestHealth>>,
    /// Where records of requests are looked up.
    pub records: Arc<dyn RequestRecords>,
    /// Who administers, where anybody does.
    pub administration: Option<Arc<dyn Administration>>,
    /// Where incidents are kept.
    pub incidents: Arc<Incidents>,
    /// This program's version.
    pub version: &'static str,
    /// Where callers connect.
    pub listen: Listen,
}

/// Why the data plane does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
    /// A thread or its runtime cannot be made.
    #[error("cannot start a serving thread: {0}")]
    Thread(io::Error),
    /// The models and providers make no sense.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There are not as many recorders as workers.
    #[error("{workers} workers, {recorders} recorders")]
    Recorders {
        /// Workers in the settings.
        workers: usize,
        /// Recorders given.
        recorders: usize,
    },
}

/// Where callers connect.
#[derive(Debug, Default)]
pub enum Listen {
    /// At the address of the settings, on sockets of its own.
    #[default]
    Own,
    /// On these, which the server that ran before has until this one serves.
    Inherited(Vec<TcpListener>),
    /// On these, which the service manager keeps for whoever comes after this process.
    Kept(Vec<TcpListener>),
}

/// A running data plane. Dropping it without [`Running::join`] ends it at once.
pub struct Running {
    address: SocketAddr,
    sockets: Vec<TcpListener>,
    stages: Stages,
    shared: Arc<Shared>,
    beats: Vec<Arc<AtomicU32>>,
    threads: Vec<JoinHandle<()>>,
    /// Ends behind the threads: what they left is sent still, for a few seconds at most.
    _exporting: Option<Exporting>,
}

/// Starts serving.
///
/// # Errors
/// See [`StartError`].
pub fn start(parts: Parts) -> Result<Running, StartError> {
    let workers = parts.settings.workers.max(1);
    if parts.recorders.len() != workers {
        return Err(StartError::Recorders { workers, recorders: parts.recorders.len() });
    }
    let tls = parts.settings.tls.as_ref().map(ServerTls::new).transpose()?;
    let config = tls.as_ref().map(ServerTls::config).transpose()?;
    let mut metrics = Metrics::new(parts.version);
    if let Some(ingest) = &parts.ingest {
        metrics.follow(ingest.clone());
    }
    let last = !matches!(parts.listen, Listen::Kept(_));
    let listen = parts.settings.listen;
    let failed = |source| StartError::Listen { address: listen, source };
    let sockets = sockets(parts.listen, listen, workers).map_err(failed)?;
    let address = sockets[0].local_addr().map_err(failed)?;
    let mut settings = parts.settings;
    settings.docs_base = settings.docs_base.replace("{port}", &address.port().to_string());
    let live = Live::new(settings, &metrics, None)?;
    let settings = live.settings.clone();
    let (telemetry, exporting) = telemetry(&settings, parts.version, &metrics).unzip();
    let shared = Arc::new(Shared {
        live: ArcSwap::from_pointee(live),
        changes: watch::Sender::new(None),
        keys: parts.keys,
        uses: parts.uses,
        health: parts.health,
        ingest: parts.ingest,
        records: parts.records,
        administration: parts.administration,
        metrics,
        telemetry,
        refusals: Default::default(),
        incidents: parts.incidents,
        retries: Budget::new(),
        version: parts.version,
        connections: 0.into(),
        in_flight: 0.into(),
        body_bytes: 0.into(),
        responses: Default::default(),
        broken_connections: 0.into(),
        origins: Default::default(),
        accounts: Default::default(),
        stages: Stages::new(),
    });
    let mut threads = Vec::with_capacity(workers);
    let beats: Vec<Arc<AtomicU32>> = (0..workers).map(|_| Arc::default()).collect();
    let mut tls = tls;
    for (index, recorder) in parts.recorders.into_iter().enumerate() {
        let tls = tls.take_if(|_| index == 0);
        let listeners = shares(&sockets, workers, index).map_err(failed)?;
        let accepting = Accepting { listeners, last, config: config.clone() };
        let duty = Duty { first: index == 0, accepting, recorder, tls, beat: beats[index].clone() };
        let shared = shared.clone();
        drop(runtime(Arc::default()).map_err(StartError::Thread)?);
        let thread = std::thread::Builder::new()
            .name(format!("serve-{index}"))
            .spawn(move || run(shared, duty))
            .map_err(StartError::Thread)?;
        threads.push(thread);
    }
    Ok(Running { address, sockets, stages: shared.stages.clone(), shared, beats, threads, _exporting: exporting })
}

/// Traces are worth less than answers: where they cannot be sent, the server serves without.
fn telemetry(settings: &Settings, version: &'static str, metrics: &Metrics) -> Option<(Telemetry, Exporting)> {
    let wanted = settings.telemetry.as_ref()?;
    let endpoint = &wanted.endpoint;
    match Telemetry::start(wanted, version, metrics.spans.clone()) {
        Ok(started) => {
            tracing::info!(host = endpoint.host, port = endpoint.port, path = endpoint.path, "traces are sent");
            Some(started)
        }
        Err(error) => {
            tracing::error!(%error, "no traces are sent");
            None
        }
    }
}

impl Running {
    /// The address in use.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Copies of the sockets it listens on, for the process that takes its place.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn sockets(&self) -> io::Result<Vec<TcpListener>> {
        self.sockets.iter().map(TcpListener::try_clone).collect()
    }

    /// Serves with other settings from now on; requests in flight keep those they began with. Returns the names of
    /// settings that differ and hold only from the next start.
    ///
    /// # Errors
    /// The settings make no sense; nothing has changed.
    pub fn reload(&self, mut settings: Settings) -> Result<Vec<&'static str>, CatalogError> {
        let before = self.shared.live.load_full();
        let kept = live::keep_what_stays(&mut settings, &before.settings);
        settings.docs_base = settings.docs_base.replace("{port}", &self.address.port().to_string());
        let live = Live::new(settings, &self.shared.metrics, Some(&before))?;
        let after = live.catalog.clone();
        self.shared.live.store(Arc::new(live));
        self.shared.incidents.settings_changed(&before.catalog.breakers, &after.breakers);
        self.shared.accounts.settings_changed(&after.breakers);
        let (sender, followed) = mpsc::channel();
        self.shared.changes.send_replace(Some(sender));
        let late = Instant::now() + FOLLOW_MAX;
        for _ in &self.beats {
            if followed.recv_timeout(late.saturating_duration_since(Instant::now())).is_err() {
                tracing::warn!("a serving thread is slow to take changed settings over");
                break;
            }
        }
        self.shared.metrics.reload.applied();
        Ok(kept)
    }

    /// Changed settings could not be used, which metrics tell.
    pub fn reload_refused(&self) {
        self.shared.metrics.reload.refused();
    }

    /// A number per serving thread, which rises each second while it moves.
    #[must_use]
    pub fn beats(&self) -> Vec<u32> {
        self.beats.iter().map(|beat| beat.load(Ordering::Relaxed)).collect()
    }

    /// How far it is, to be told how to go on.
    #[must_use]
    pub fn stages(&self) -> Stages {
        self.stages.clone()
    }

    /// Waits until it has ended, which somebody has to tell it.
    pub fn join(mut self) {
        self.sockets.clear();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a serving thread had panicked");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stages.go_on(Stage::Over);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The sockets to listen on: one per worker, where they are its own.
fn sockets(listen: Listen, mut address: SocketAddr, workers: usize) -> io::Result<Vec<TcpListener>> {
    match listen {
        Listen::Inherited(sockets) | Listen::Kept(sockets) if sockets.is_empty() => Err(io::ErrorKind::NotFound.into()),
        Listen::Inherited(sockets) | Listen::Kept(sockets) => {
            for socket in &sockets {
                socket.set_nonblocking(true)?;
            }
            Ok(sockets)
        }
        Listen::Own => {
            let mut sockets = Vec::with_capacity(workers);
            for _ in 0..workers {
                let socket = bind(address)?;
                // Port 0 becomes a real one with the first.
                address = socket.local_addr()?;
                sockets.push(socket);
            }
            Ok(sockets)
        }
    }
}

/// The sockets of one worker. Each socket has one that accepts from it, for the kernel shares connections out among
/// them all; where there are fewer than workers, some share one. To open more of the same address would be fairer, and
/// would lose what the kernel puts into them if this process failed before it serves.
fn shares(sockets: &[TcpListener], workers: usize, index: usize) -> io::Result<Vec<TcpListener>> {
    match index < sockets.len() {
        true => sockets.iter().skip(index).step_by(workers).map(TcpListener::try_clone).collect(),
        false => Ok(vec![sockets[index % sockets.len()].try_clone()?]),
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// What a serving thread accepts from, and how.
struct Accepting {
    listeners: Vec<TcpListener>,
    last: bool,
    config: Option<Arc<ServerConfig>>,
}

impl Accepting {
    /// Starts to; it ends by itself.
    fn start(self, worker: &Rc<Worker>) -> io::Result<()> {
        for socket in self.listeners {
            let listener = accept::Listener { socket: tokio::net::TcpListener::from_std(socket)?, last: self.last };
            spawn(accept::run(worker.clone(), listener, self.config.clone()));
        }
        Ok(())
    }
}

/// What one serving thread is started with.
struct Duty {
    /// It looks after what is the whole process's.
    first: bool,
    accepting: Accepting,
    recorder: MakeRecorder,
    tls: Option<ServerTls>,
    beat: Arc<AtomicU32>,
}

/// That of a serving thread. It looks for news of its sockets after half as many tasks as is usual: behind that many
/// expensive ones, who is refused for overload has waited long enough before anybody knew of it.
/// `rested` becomes true whenever it has nothing to do.
fn runtime(rested: Arc<AtomicBool>) -> io::Result<tokio::runtime::LocalRuntime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(31)
        .on_thread_park(move || rested.store(true, Ordering::Relaxed))
        .build_local(tokio::runtime::LocalOptions::default())
}

/// A serving thread.
fn run(shared: Arc<Shared>, duty: Duty) {
    let Duty { first, accepting, recorder, tls, beat } = duty;
    let rested = Arc::default();
    let runtime = runtime(Arc::clone(&rested)).expect("a runtime like this one was made a moment ago");
    runtime.block_on(async move {
        let worker = Rc::new(Worker::new(shared, recorder(), rested));
        if let Err(error) = accepting.start(&worker) {
            tracing::error!(%error, "a serving thread cannot listen");
            return;
        }
        spawn(worker.clone().flush_groups());
        spawn(worker.lag.clone().measure(worker.shared.metrics.lateness.clone()));
        spawn(worker.clone().tick());
        spawn(worker.clone().follow_changes());
        spawn(beats(beat));
        if first {
            spawn(housekeeping(worker.clone(), tls));
            spawn(check::start(worker.clone()));
        }
        worker.shared.stages.until(Stage::HandedOver).await;
        finish(&worker).await;
        if first {
            worker.shared.refusals.write(&worker, 0, true);
        }
        worker.flush_now();
    });
}

/// Waits until no connection is left, or the time for that is over: that of a request as a whole where another process
/// serves meanwhile, that to drain where nobody does.
async fn finish(worker: &Worker) {
    let (shared, timeouts) = (&worker.shared, worker.live().settings.timeouts);
    if shared.stages.now() == Stage::HandedOver {
        worker.wheel.leave();
        let end = Instant::now() + timeouts.total;
        while shared.stages.now() == Stage::HandedOver && has_connections(worker) && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
        }
    }
    let end = Instant::now() + timeouts.drain;
    while shared.stages.now() < Stage::Over && has_connections(worker) && Instant::now() < end {
        worker.wheel.end_idle();
        tokio::time::sleep(LOOK).await;
    }
    if shared.stages.now() < Stage::Over && has_connections(worker) {
        worker.wheel.stop();
        let end = Instant::now() + LAST_WORDS;
        while shared.stages.now() < Stage::Over && has_connections(worker) && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// For requests that are still in flight when the time to drain is over: to tell their callers, and to be recorded.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serving threads take changed settings over between two requests: it takes them no time.
const FOLLOW_MAX: Duration = Duration::from_secs(1);

/// How often a serving thread that ends looks whether it can.
const LOOK: Duration = Duration::from_millis(10);

fn has_connections(worker: &Worker) -> bool {
    worker.shared.connections.load(Ordering::Relaxed) > 0
}

/// Shows from outside that a serving thread moves.
async fn beats(beat: Arc<AtomicU32>) {
    loop {
        beat.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// What one worker does for the whole process, each second.
async fn housekeeping(worker: Rc<Worker>, tls: Option<ServerTls>) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seconds = Seconds::default();
    loop {
        interval.tick().await;
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        worker.shared.refusals.write(&worker, i64::try_from(unix).unwrap_or(i64::MAX), false);
        worker.shared.retries.second(&mut seconds);
        match tls.as_ref().and_then(ServerTls::renew) {
            None => {}
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(%error, "the changed certificate cannot be used; the old one stays"),
        }
    }
}
