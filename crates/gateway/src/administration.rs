//! Requests of administration: they come in at the same listener, and are answered elsewhere.
//!
//! In: a request whose path the port claims. Out: the JSON that the port answers, or the cause why not. Whoever administers is
//! known to the control plane alone; here is seen that a token of administration came at all, and exactly what is wrong where
//! none did. A serving thread reads the body, hands everything over and waits without blocking.

use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::oneshot;
use tollgate_core::id::KeyId;
use tollgate_core::token::{self, Kind, Read};
use tollgate_errors::Diagnosis;
use tollgate_errors::catalog as causes;
use tollgate_providers::json::{self, JsonError};

use crate::authenticate::{self, AuthenticateError};
use crate::body::Body;
use crate::failure::Failure;
use crate::paths;
use crate::read::{self, ReadError};
use crate::record::Trace;
use crate::request::{Method, Name, Request};
use crate::worker::Worker;

/// After which a request may be tried again that nobody has answered.
const AGAIN: Duration = Duration::from_secs(2);

/// Says that an answer was given before.
pub(crate) const REPLAYED: &[u8] = b"idempotent-replayed: true\r\n";

/// A request of administration, as it is handed over.
#[derive(Debug, Clone)]
pub struct AdminRequest {
    /// The method's word.
    pub method: String,
    /// The path below `/v1`, percent-decoded.
    pub path: String,
    /// What stands behind the question mark, as it came.
    pub query: String,
    /// The token; empty where none is needed.
    pub token: String,
    /// Name and version of the client, as it names itself, at most 64 characters; may be empty.
    pub client: String,
    /// The body; empty where none came.
    pub body: Vec<u8>,
    /// The header `Idempotency-Key`; what is not UTF-8 of it is replaced.
    pub idempotency_key: Option<String>,
    /// The header `OpenAI-Organization`, likewise.
    pub organization: Option<String>,
    /// The caller's address.
    pub peer: IpAddr,
}

/// What comes back: an answer, or why not.
pub type AdminAnswer = Result<AdminAnswered, Box<Diagnosis>>;

/// An answer of administration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminAnswered {
    /// JSON.
    pub body: Vec<u8>,
    /// Whether it was answered before, to the same `Idempotency-Key`, and nothing was done now.
    pub is_replay: bool,
}

/// What is told once an act is over.
#[derive(Debug)]
pub struct AdminTold {
    /// The id of the admin key or session that asked, where it let somebody in.
    pub by: Option<String>,
    /// The answer.
    pub answer: AdminAnswer,
}

/// Who is told.
pub type AdminReply = Box<dyn FnOnce(AdminTold) + Send>;

/// The port through which administration is asked.
pub trait Administration: Send + Sync {
    /// Whether a path below `/v1` is one of administration.
    fn claims(&self, path: &str) -> bool;

    /// What the API looks like: an OpenAPI document.
    fn description(&self) -> String;

    /// The permission that a request would need, for whoever comes with the wrong kind of key.
    fn needs(&self, method: &str, path: &str) -> String;

    /// The name of the endpoint that a request is for, as the description has it.
    fn name(&self, method: &str, path: &str) -> Option<&'static str>;

    /// Says what a key is that has been let in. `reply` is called as by [`Self::ask`].
    fn describe(&self, key: KeyId, reply: AdminReply);

    /// Says what an admin key or a session is, by its token. `reply` is called as by [`Self::ask`].
    fn describe_administrator(&self, token: String, reply: AdminReply);

    /// Bytes of a body at most that may come to this path.
    fn body_max(&self, path: &str) -> usize;

    /// Whether a request needs no token: somebody signs in.
    fn admits_anybody(&self, method: &str, path: &str) -> bool;

    /// Does what is asked. `reply` is called once, from another thread, or at once where too many wait.
    fn ask(&self, request: AdminRequest, reply: AdminReply);
}

/// The path below `/v1` of a request that is one of administration.
pub(crate) fn path(worker: &Worker, request: &Request) -> Option<String> {
    let administration = worker.shared.administration.as_deref()?;
    let path = request.path();
    let bare = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    administration.claims(bare).then(|| paths::percent_decode(bare))
}

/// The answer; the trace notes what was asked for and by whom.
pub(crate) async fn answer(
    worker: &Worker,
    request: &mut Request,
    body: &mut Body<'_>,
    path: String,
    trace: &mut Trace,
) -> Result<AdminAnswered, Failure> {
    let Some(administration) = worker.shared.administration.as_deref() else { return std::future::pending().await };
    trace.administers = administration.name(request.method_word(), &path);
    let token = token(worker, request, &path)?;
    let _room = read_body(worker, request, body, administration.body_max(&path)).await?;
    let asked = AdminRequest {
        method: request.method_word().to_owned(),
        path,
        query: request.query().to_owned(),
        token,
        client: request.client(),
        body: request.body().to_vec(),
        idempotency_key: text_of(request, Name::IdempotencyKey),
        organization: text_of(request, Name::Organization),
        peer: request.peer,
    };
    let told = told(|reply| administration.ask(asked, reply)).await;
    trace.administrator = told.by;
    told.answer.map_err(Failure::Administration)
}

fn text_of(request: &Request, name: Name) -> Option<String> {
    request.header(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// What the caller's key is, as administration knows it.
pub(crate) async fn own_key(worker: &Worker, key: KeyId) -> Result<Vec<u8>, Failure> {
    let Some(administration) = worker.shared.administration.as_deref() else { return std::future::pending().await };
    let told = told(|reply| administration.describe(key, reply)).await;
    Ok(told.answer.map_err(Failure::Administration)?.body)
}

/// What the token of administration is that the caller presents, as administration knows it; `None` where none is presented.
pub(crate) async fn own_token(
    worker: &Worker,
    request: &Request,
    trace: &mut Trace,
) -> Option<Result<Vec<u8>, Failure>> {
    let administration = worker.shared.administration.as_deref()?;
    let token = authenticate::bearer(request).ok()?;
    let (Read::Token(Kind::AdminKey | Kind::Session, _) | Read::Damaged(Kind::AdminKey | Kind::Session)) =
        token::read(token)
    else {
        return None;
    };
    let token = std::str::from_utf8(token).ok()?.to_owned();
    let told = told(|reply| administration.describe_administrator(token, reply)).await;
    trace.administrator = told.by;
    Some(told.answer.map(|answered| answered.body).map_err(Failure::Administration))
}

/// Waits for what administration tells.
async fn told(ask: impl FnOnce(AdminReply)) -> AdminTold {
    let (tell, told) = oneshot::channel();
    ask(Box::new(move |answer| {
        // Nobody is told where the caller has left.
        let _ = tell.send(answer);
    }));
    // Nobody answers any more: the process is ending, or what was asked for has failed beyond what was foreseen.
    let unanswered = || Box::new(Diagnosis::new(&causes::ADMINISTRATION_UNAVAILABLE).retry_after(AGAIN));
    told.await.unwrap_or_else(|_| AdminTold { by: None, answer: Err(unanswered()) })
}

/// The token of administration, or exactly what is wrong with what came.
fn token(worker: &Worker, request: &Request, path: &str) -> Result<String, AuthenticateError> {
    let administration = worker.shared.administration.as_deref();
    if administration.is_some_and(|administration| administration.admits_anybody(request.method_word(), path)) {
        return Ok(String::new());
    }
    let token = authenticate::bearer(request)?;
    match (token::read(token), std::str::from_utf8(token)) {
        (Read::Token(..) | Read::Damaged(_), Ok(text)) => Ok(text.to_owned()),
        _ => {
            // It lets nobody in here, whatever it is; but who has a key of a project is to learn that.
            let key = authenticate::find(&worker.shared.keys, token, request.now)?;
            let needs = administration.map(|a| a.needs(request.method_word(), path));
            Err(AuthenticateError::ServingKey { key, scopes: needs.unwrap_or_default() })
        }
    }
}

/// Reads the body where one may come; one that comes is JSON.
async fn read_body<'w>(
    worker: &'w Worker,
    request: &mut Request,
    body: &mut Body<'_>,
    ceiling: usize,
) -> Result<Option<impl Sized + use<'w>>, ReadError> {
    if request.method != Method::Post || body.announced() == Some(0) {
        return Ok(None);
    }
    match read::whole(worker, request, body, ceiling).await {
        Ok(room) => {
            // Says where a text stops being JSON as all endpoints do.
            json::members(request.body(), |_| Ok::<(), JsonError>(())).map_err(ReadError::Json)?;
            Ok(Some(room))
        }
        // Some acts need none.
        Err(ReadError::Empty) => Ok(None),
        Err(error) => Err(error),
    }
}
