//! Start and stop of the serving threads.
//!
//! Each worker is a thread with a runtime of its own and its own listener on the same port (`SO_REUSEPORT`): nothing
//! on the plain path crosses threads.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::watch;
use tollgate_core::key::KeyUses;
use tollgate_core::record::{Recorder, RecorderHealth};
use tollgate_core::snapshot::KeySnapshot;

use crate::accept;
use crate::catalog::{Catalog, CatalogError};
use crate::executor::spawn;
use crate::metrics::Metrics;
use crate::retry::Budget;
use crate::settings::Settings;
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
    /// This program's version.
    pub version: &'static str,
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

/// A running data plane. Dropping it without [`Running::stop`] ends it at once.
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<Stop>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    Drain,
    Now,
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
    let metrics = Metrics::new(parts.version);
    let catalog = Catalog::new(&parts.settings, &metrics)?;
    let mut address = parts.settings.listen;
    let mut listeners = Vec::with_capacity(workers);
    for _ in 0..workers {
        let failed = |source| StartError::Listen { address, source };
        let listener = listen(address).map_err(failed)?;
        // Port 0 becomes a real one with the first.
        address = listener.local_addr().map_err(failed)?;
        listeners.push(listener);
    }
    let mut settings = parts.settings;
    settings.docs_base = settings.docs_base.replace("{listen}", &address.to_string());
    let retries = Budget::new(&settings.retry);
    let shared = Arc::new(Shared {
        settings,
        catalog,
        keys: parts.keys,
        uses: parts.uses,
        health: parts.health,
        metrics,
        refusals: Default::default(),
        retries,
        version: parts.version,
        connections: 0.into(),
        in_flight: 0.into(),
        body_bytes: 0.into(),
        draining: false.into(),
    });
    let (stop, stopped) = watch::channel(Stop::No);
    let mut threads = Vec::with_capacity(workers);
    let mut tls = tls;
    for (index, (listener, recorder)) in listeners.into_iter().zip(parts.recorders).enumerate() {
        let (shared, stopped, config) = (shared.clone(), stopped.clone(), config.clone());
        // The first worker looks after what is the whole process's.
        let tls = tls.take_if(|_| index == 0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(tokio::runtime::LocalOptions::default());
        drop(runtime.map_err(StartError::Thread)?);
        let thread = std::thread::Builder::new()
            .name(format!("serve-{index}"))
            .spawn(move || run(index, shared, listener, config, recorder, tls, stopped))
            .map_err(StartError::Thread)?;
        threads.push(thread);
    }
    Ok(Running { address, stop, threads, shared })
}

impl Running {
    /// The address in use.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new connections, requests in flight end within the drain time, then the threads end.
    pub fn stop(mut self) {
        self.shared.draining.store(true, Ordering::Relaxed);
        let _ = self.stop.send(Stop::Drain);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a serving thread had panicked");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(Stop::Now);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// A serving thread.
fn run(
    index: usize,
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    config: Option<Arc<ServerConfig>>,
    recorder: crate::MakeRecorder,
    tls: Option<ServerTls>,
    mut stopped: watch::Receiver<Stop>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())
        .expect("a runtime like this one was made a moment ago");
    runtime.block_on(async move {
        let drain = shared.settings.timeouts.drain;
        let worker = Rc::new(Worker::new(shared, recorder()));
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "a serving thread cannot listen");
                return;
            }
        };
        spawn(worker.clone().flush_groups());
        spawn(worker.clone().tick());
        if index == 0 {
            spawn(housekeeping(worker.clone(), tls));
        }
        tokio::select! {
            () = accept::run(worker.clone(), listener, config) => {}
            _ = stopped.wait_for(|s| *s != Stop::No) => {}
        }
        let now = *stopped.borrow() == Stop::Now;
        if !now {
            let end = Instant::now() + drain;
            while worker.shared.in_flight.load(Ordering::Relaxed) > 0 && Instant::now() < end {
                worker.wheel.end_idle();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        if index == 0 {
            worker.shared.refusals.write(&worker, 0, true);
        }
        worker.flush_now();
    });
}

/// What one worker does for the whole process, each second.
async fn housekeeping(worker: Rc<Worker>, tls: Option<ServerTls>) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        worker.shared.refusals.write(&worker, i64::try_from(unix).unwrap_or(i64::MAX), false);
        match tls.as_ref().and_then(ServerTls::renew) {
            None => {}
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(%error, "the changed certificate cannot be used; the old one stays"),
        }
    }
}
