//! The threads that administer: between the gateway's port and the control plane.
//!
//! In: requests of administration from serving threads, through a bounded queue. Out: one reply each. Each thread has a
//! connection to the database of its own, opened when it is first asked, so that a long list does not hold up a revocation.
//! A change holds on the serving threads of this process before its answer leaves. What takes seconds gets a thread by itself.

mod desk;
pub(crate) mod operated;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value as Json;
use tollgate_control::api::{self, Answer, Request};
use tollgate_control::office::Errand;
use tollgate_control::refusal::Refusal;
use tollgate_core::id::KeyId;
use tollgate_gateway::{AdminAnswered, AdminReply, AdminRequest, AdminTold, Administration};

use self::desk::Desk;
pub(crate) use self::desk::Place;
use crate::settings::section_schema;
use crate::wiring::now;

/// Requests that may wait.
const QUEUE: usize = 64;
/// Threads: one may be busy with a long list.
const THREADS: usize = 2;
/// Threads for what takes seconds.
const ERRANDS_MAX: usize = 4;
/// How often each thread looks for answers that were kept long enough, and sessions that have ended.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// The threads. When this is dropped they answer who waits, and end.
pub(crate) struct Administrators {
    asks: Mutex<Option<SyncSender<Ask>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

type Ask = (Task, AdminReply);

/// What is to be done.
enum Task {
    /// What an administrator asks.
    Act(Box<Request>),
    /// What whoever holds the data directory asks.
    Operate(Box<Request>),
    /// To say what a key is.
    Describe(KeyId),
    /// To say what a token of administration is.
    DescribeAdministrator(String),
}

impl Administrators {
    /// Starts the threads.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(crate) fn start(place: &Place) -> anyhow::Result<Self> {
        let (asks, asked) = mpsc::sync_channel(QUEUE);
        let (asked, errands) = (Arc::new(Mutex::new(asked)), Errands::default());
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let (place, asked, errands) = (place.clone(), asked.clone(), errands.clone());
            let thread = thread::Builder::new()
                .name(format!("administer-{number}"))
                .spawn(move || run(&place, &asked, &errands))
                .context("a thread of administration does not start")?;
            threads.push(thread);
        }
        Ok(Self { asks: Mutex::new(Some(asks)), threads: Mutex::new(threads) })
    }

    /// Answers who waits, and ends the threads.
    pub(crate) fn stop(&self) {
        drop(self.asks.lock().unwrap_or_else(PoisonError::into_inner).take());
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

impl Administration for Administrators {
    fn claims(&self, path: &str) -> bool {
        api::is_of_administration(path)
    }

    fn description(&self) -> String {
        let mut document = api::openapi::document();
        describe_settings(&mut document);
        document.to_string()
    }

    fn needs(&self, method: &str, path: &str) -> String {
        api::needs(method, path)
    }

    fn name(&self, method: &str, path: &str) -> Option<&'static str> {
        api::name(method, path)
    }

    fn body_max(&self, path: &str) -> usize {
        api::body_max(path)
    }

    fn admits_anybody(&self, method: &str, path: &str) -> bool {
        api::admits_anybody(method, path)
    }

    fn describe(&self, key: KeyId, reply: AdminReply) {
        self.hand_over(Task::Describe(key), reply);
    }

    fn describe_administrator(&self, token: String, reply: AdminReply) {
        self.hand_over(Task::DescribeAdministrator(token), reply);
    }

    fn ask(&self, request: AdminRequest, reply: AdminReply) {
        let AdminRequest { method, path, query, token, client, body, idempotency_key, organization, peer } = request;
        let request = Request { method, path, query, token, client, body, idempotency_key, organization, peer };
        self.hand_over(Task::Act(Box::new(request)), reply);
    }
}

/// What the control plane does not know: the settings of an object, as the schema of the configuration file has them.
fn describe_settings(document: &mut Json) {
    for (section, name) in [("providers", "ProviderSettings"), ("models", "ModelSettings")] {
        let place = format!(
            "/paths/~1tollgate~1{section}/post/requestBody/content/application~1json/schema/properties/settings"
        );
        let (Some(settings), Some(schema)) = (document.pointer_mut(&place), section_schema(section)) else { continue };
        settings["$ref"] = format!("#/components/schemas/{name}").into();
        document["components"]["schemas"][name] = schema;
    }
}

impl Administrators {
    /// The answer to an act of whoever holds the data directory, once it is done; bytes as [`operated`] has them.
    pub(crate) fn operated(&self, act: &[u8]) -> Vec<u8> {
        let request = match operated::request(act) {
            Ok(request) => request,
            Err(error) => return operated::Told::unreadable(&error).bytes(),
        };
        let (done, told) = mpsc::sync_channel(1);
        let reply: AdminReply = Box::new(move |told| {
            // Who has hung up is gone.
            let _ = done.try_send(operated::Told::of(told.answer));
        });
        self.hand_over(Task::Operate(Box::new(request)), reply);
        // Where the process ends first, nobody replies.
        told.recv().unwrap_or_else(|_| operated::Told::of(Err(Box::new(Refusal::Busy.diagnosis())))).bytes()
    }

    fn hand_over(&self, task: Task, reply: AdminReply) {
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = match asks.map(|asks| asks.try_send((task, reply))) {
            Some(Ok(())) => return,
            Some(Err(TrySendError::Full((_, reply)) | TrySendError::Disconnected((_, reply)))) => reply,
            // The process is ending; the queue is the first to be closed.
            None => return,
        };
        refused(AdminTold { by: None, answer: Err(Box::new(Refusal::Busy.diagnosis())) });
    }
}

fn run(place: &Place, asked: &Mutex<Receiver<Ask>>, errands: &Errands) {
    // A server that nobody administers keeps no connection for it.
    let mut desk = None;
    let mut swept = Instant::now();
    loop {
        // Also where requests come all the time, and this is never idle.
        if swept.elapsed() >= SWEEP_EVERY {
            place.sweep();
            swept = Instant::now();
        }
        // One thread waits in the queue, the others for it.
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(SWEEP_EVERY);
        let (task, reply) = match next {
            Ok(ask) => ask,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (by, answer) = answer(place, &mut desk, &task);
        let tell = Tell { by, reply };
        match answer {
            Ok(Answer::Later(errand)) => errands.run(errand, tell),
            Ok(Answer::Json(json)) => tell.answer(Ok(answered(&json))),
            Ok(Answer::Written(body)) => tell.answer(Ok(AdminAnswered { body, is_replay: false })),
            Ok(Answer::Replay(json)) => tell.answer(Ok(AdminAnswered { is_replay: true, ..answered(&json) })),
            Err(refusal) => tell.answer(Err(refusal)),
        }
    }
}

/// The answer, and by which admin key or session it was asked for.
fn answer(place: &Place, desk: &mut Option<Desk>, task: &Task) -> (Option<String>, Result<Answer, Refusal>) {
    let desk = match desk {
        Some(desk) => desk,
        None => match place.open() {
            Ok(opened) => desk.insert(opened),
            Err(error) => return (None, Err(error.into())),
        },
    };
    desk.follow_rotation();
    let answer = match task {
        Task::Act(request) => return api::answer_by(&desk.office, request, now()),
        Task::Operate(request) => api::answer_operator(&desk.office, request, request.organization.as_deref(), now()),
        Task::DescribeAdministrator(token) => {
            let (by, described) = api::describe_administrator(&desk.office, token, now());
            return (by, described.map(Answer::Json));
        }
        Task::Describe(key) => api::describe(&desk.office, *key, now()).map(Answer::Json),
    };
    (None, answer)
}

fn answered(json: &Json) -> AdminAnswered {
    AdminAnswered { body: json.to_string().into_bytes(), is_replay: false }
}

/// Who is told, and who has asked.
struct Tell {
    by: Option<String>,
    reply: AdminReply,
}

impl Tell {
    fn answer(self, answer: Result<AdminAnswered, Refusal>) {
        let answer = answer.map_err(|refusal| {
            if let Refusal::Store(error) = &refusal {
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "the database of administration does not answer");
            }
            Box::new(refusal.diagnosis())
        });
        (self.reply)(AdminTold { by: self.by, answer });
    }
}

/// How many errands are run at this moment.
#[derive(Clone, Default)]
struct Errands(Arc<AtomicUsize>);

impl Errands {
    /// Runs it on a thread by itself; where too many run, the caller is told to come again.
    fn run(&self, errand: Errand, tell: Tell) {
        if self.0.fetch_add(1, Ordering::AcqRel) >= ERRANDS_MAX {
            self.0.fetch_sub(1, Ordering::AcqRel);
            return tell.answer(Err(Refusal::Busy));
        }
        let ends = Ends(self.0.clone());
        // A thread that cannot be started has swallowed what it was to run, so the reply is kept here too.
        let tell = Arc::new(Mutex::new(Some(tell)));
        let kept = tell.clone();
        let take = |tell: &Mutex<Option<Tell>>| tell.lock().unwrap_or_else(PoisonError::into_inner).take();
        let started = thread::Builder::new().name("errand".to_owned()).spawn(move || {
            let answer = errand();
            drop(ends);
            if let Some(tell) = take(&tell) {
                tell.answer(answer.map(|json| answered(&json)));
            }
        });
        if started.is_err()
            && let Some(tell) = take(&kept)
        {
            tell.answer(Err(Refusal::Busy));
        }
    }
}

/// Counts an errand out, also where it panics.
struct Ends(Arc<AtomicUsize>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Administrators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Administrators")
    }
}
