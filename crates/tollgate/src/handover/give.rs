//! The server that runs: it offers its listening sockets to a process that wants to take its place.

use std::fs::{self, File, Permissions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tollgate_store::feed::Looks;

use super::wire::{self, Answer, Leaving, Question, Ready, Verdict};
use super::{PREFIX, SUFFIX, network, short};

/// For a line from a process that has connected.
const PATIENCE: Duration = Duration::from_secs(5);
/// For changed keys to be read; who asks for it waits two seconds.
const LOOK_MAX: Duration = Duration::from_millis(1900);
/// For the new process to get ready: it loads all keys and opens the journal first.
const START_MAX: Duration = Duration::from_secs(120);

/// Does an act of administration for whoever holds the data directory, and says what is answered.
pub type Operate = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// The listening sockets of this process, on offer.
#[derive(Debug)]
pub struct Offer {
    file: PathBuf,
    listener: UnixListener,
    given: Arc<Given>,
    taken: (mpsc::UnboundedSender<Successor>, mpsc::UnboundedReceiver<Successor>),
}

struct Given {
    /// As it was asked to listen.
    asked: SocketAddr,
    /// Where it does.
    address: SocketAddr,
    tls: bool,
    sockets: Vec<TcpListener>,
    /// Who reads the keys.
    looks: Looks,
    operate: Operate,
    /// A process has the sockets and is not ready yet.
    busy: AtomicBool,
}

/// A process that serves in this one's place.
#[derive(Debug)]
pub struct Successor {
    /// Its id.
    pub process: u32,
    stream: UnixStream,
}

impl Successor {
    /// Tells it that this process accepts nothing more.
    pub fn leaving(&self) {
        // If it has gone meanwhile, its callers see more of that than we do.
        let _ = wire::say(&self.stream, &Leaving {});
    }
}

impl Offer {
    /// Offers copies of `sockets`, which listen at `address`, with or without TLS, because `asked` was asked for; and has
    /// `looks` read the keys for commands that have changed some, and `operate` do what commands ask. To be called inside a
    /// runtime.
    ///
    /// # Errors
    /// The Unix socket cannot be made.
    pub fn open(
        data_dir: &Path,
        asked: SocketAddr,
        (address, tls): (SocketAddr, bool),
        sockets: Vec<TcpListener>,
        (looks, operate): (Looks, Operate),
    ) -> io::Result<Self> {
        let directory = File::open(data_dir)?;
        // A process in another container may have the same id.
        let unique = jiff::Timestamp::now().as_nanosecond();
        let name = format!("{PREFIX}{}-{unique:x}{SUFFIX}", std::process::id());
        let draft = format!(".{name}");
        // Under its name only once it listens: whoever finds one that refuses takes its process for dead.
        let listener = UnixListener::bind(short(&directory, data_dir, &draft))?;
        fs::set_permissions(data_dir.join(&draft), Permissions::from_mode(0o600))?;
        let file = data_dir.join(&name);
        fs::rename(data_dir.join(&draft), &file)?;
        let given = Arc::new(Given { asked, address, tls, sockets, looks, operate, busy: AtomicBool::new(false) });
        Ok(Self { file, listener, given, taken: mpsc::unbounded_channel() })
    }

    /// Waits until another process serves on the sockets. This one should then stop accepting, tell it so, and end.
    pub async fn taken(&mut self) -> Successor {
        loop {
            tokio::select! {
                Some(successor) = self.taken.1.recv() => return successor,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => self.speak_with(stream),
                    Err(error) => {
                        tracing::warn!(%error, "a process that wanted to take over could not be heard");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        }
    }

    /// On a thread of its own, for the other side may take its time.
    fn speak_with(&self, stream: tokio::net::UnixStream) {
        let ours = rustix::process::geteuid().as_raw();
        if !stream.peer_cred().is_ok_and(|peer| peer.uid() == ours) {
            tracing::warn!("a process of another user wanted to take over, and was refused");
            return;
        }
        let (given, taken) = (self.given.clone(), self.taken.0.clone());
        let speak = move || {
            let spoken = stream.into_std().and_then(|stream| {
                stream.set_nonblocking(false)?;
                speak(&given, stream)
            });
            match spoken {
                Ok(Some(successor)) => drop(taken.send(successor)),
                Ok(None) => {}
                // It has looked who is here, or did not get ready.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    tracing::info!(
                        "a process that asked for the sockets ended without taking over; this one serves on"
                    );
                }
                Err(error) => tracing::info!(%error, "a process that wanted to take over did not; this one serves on"),
            }
        };
        if let Err(error) = std::thread::Builder::new().name("hand-over".to_owned()).spawn(speak) {
            tracing::warn!(%error, "a process that wanted to take over could not be heard");
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn speak(given: &Given, stream: UnixStream) -> io::Result<Option<Successor>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let question: Question = wire::hear(&stream)?;
    if let Some(count) = question.act_bytes {
        let answer = (given.operate)(&wire::hear_bytes(&stream, count)?);
        wire::say(&stream, &Answer { act_bytes: Some(answer.len()), ..given.answer(Verdict::Elsewhere, 0) })?;
        wire::say_bytes(&stream, &answer)?;
        return Ok(None);
    }
    if question.keys_changed && !given.looks.look(LOOK_MAX) {
        tracing::debug!("changed keys could not be read at once");
    }
    let same_address = [given.asked, given.address].contains(&question.listen);
    if !same_address || question.network != network() {
        wire::say(&stream, &given.answer(Verdict::Elsewhere, 0))?;
        return Ok(None);
    }
    let Some(busy) = Busy::take(given) else {
        wire::say(&stream, &given.answer(Verdict::Busy, 0))?;
        return Ok(None);
    };
    wire::say(&stream, &given.answer(Verdict::Yours, given.sockets.len()))?;
    wire::send_sockets(&stream, &given.sockets)?;
    stream.set_read_timeout(Some(START_MAX))?;
    let Ready { process } = wire::hear(&stream)?;
    busy.keep();
    Ok(Some(Successor { process, stream }))
}

impl Given {
    fn answer(&self, verdict: Verdict, sockets: usize) -> Answer {
        Answer { process: std::process::id(), address: self.address, tls: self.tls, verdict, sockets, act_bytes: None }
    }
}

/// The one conversation in which the sockets are given.
struct Busy<'a>(&'a Given);

impl<'a> Busy<'a> {
    fn take(given: &'a Given) -> Option<Self> {
        (!given.busy.swap(true, Ordering::Relaxed)).then_some(Self(given))
    }

    /// The sockets have a new owner: nobody else is to get them from here.
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given({})", self.address)
    }
}
