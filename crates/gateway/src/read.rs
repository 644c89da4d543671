//! The body, and what of it decides where the request goes.
//!
//! In: a caller's body, once the caller is known. Out: an [`Envelope`]; the body itself stays bytes.

use tollgate_core::operation::Operation;
use tollgate_providers::json::{JsonError, Kind};
use tollgate_providers::openai::request::{Peek, PeekError, Splice};

use crate::body::{Body, BodyError};
use crate::request::{Name, Request};
use crate::worker::{Share, Worker};

/// The model asked for where a moderation names none.
const DEFAULT_MODERATION: &str = "omni-moderation-latest";

/// What is asked for.
pub(crate) struct Envelope<'w> {
    pub(crate) operation: Operation,
    pub(crate) peek: Peek,
    /// The body's part of the memory all bodies may take.
    _room: Option<Share<'w>>,
}

impl Envelope<'_> {
    /// Of a request that is kept to be asked again, whose memory is bounded elsewhere.
    pub(crate) fn again(operation: Operation, peek: Peek) -> Self {
        Self { operation, peek, _room: None }
    }

    /// The model asked for.
    pub(crate) fn model(&self) -> &str {
        self.peek.model().filter(|name| !name.is_empty()).unwrap_or(DEFAULT_MODERATION)
    }

    /// What makes a stream end with its usage, where the endpoint knows that option and the caller left it out.
    pub(crate) fn ask_usage(&self) -> Option<Splice<'static>> {
        let knows_it = matches!(self.operation, Operation::ChatCompletions | Operation::Completions);
        if knows_it { self.peek.ask_usage() } else { None }
    }
}

/// Why a body cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    /// The `Content-Type` is not JSON's.
    #[error("content type {given:?}")]
    ContentType {
        /// What was given; empty where nothing was.
        given: String,
    },
    /// The body is compressed.
    #[error("content encoding {given:?}")]
    ContentEncoding {
        /// What was given.
        given: String,
    },
    /// Larger than the ceiling.
    #[error("body above {limit} bytes")]
    TooLarge {
        /// The ceiling in bytes.
        limit: usize,
        /// What `Content-Length` announced, if anything.
        announced: Option<u64>,
    },
    /// All bodies together are at their ceiling.
    #[error("no room for another body")]
    NoRoom,
    /// The caller stopped sending.
    #[error("{received} of {expected:?} bytes came")]
    Incomplete {
        /// What came.
        received: usize,
        /// What was announced.
        expected: Option<u64>,
    },
    /// The caller paused for too long.
    #[error("the body did not come in time")]
    Timeout {
        /// What came until then.
        received: usize,
    },
    /// The framing of the body is broken.
    #[error("framing: {0}")]
    Framing(&'static str),
    /// No byte of a body came.
    #[error("the body is empty")]
    Empty,
    /// Not JSON.
    #[error(transparent)]
    Json(JsonError),
    /// A member stands twice.
    #[error("{name:?} stands twice")]
    Duplicate {
        /// The member.
        name: &'static str,
    },
    /// A member that is not known here.
    #[error("unknown member {name:?}")]
    Unknown {
        /// The member, masked.
        name: String,
        /// The members that there are.
        known: &'static [&'static str],
    },
    /// A member is written in other letter case.
    #[error("{name:?} is written in other letter case")]
    LetterCase {
        /// The member as it is to be written.
        name: &'static str,
    },
    /// A member has the wrong type.
    #[error("{name:?} has the wrong type")]
    WrongType {
        /// The member.
        name: &'static str,
        /// What is expected.
        expected: &'static str,
        /// What was found.
        found: Kind,
    },
    /// There is no model.
    #[error("no model")]
    NoModel,
    /// None of these members is there, one of which has to be.
    #[error("none of {names:?}")]
    Missing {
        /// Their names, the usual one first.
        names: &'static [&'static str],
    },
    /// A member cannot be understood.
    #[error("{name:?}: {what}")]
    Unfit {
        /// The member.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: String,
        /// What is wrong in it.
        what: String,
    },
}

impl From<PeekError> for ReadError {
    fn from(e: PeekError) -> Self {
        match e {
            PeekError::Json(e) => Self::Json(e),
            PeekError::Duplicate { name } => Self::Duplicate { name },
            PeekError::LetterCase { name } => Self::LetterCase { name },
            PeekError::WrongType { name, expected, found } => Self::WrongType { name, expected, found },
        }
    }
}

/// Reads the body into `request` and takes from it what routing needs.
pub(crate) async fn envelope<'w>(
    worker: &'w Worker,
    request: &mut Request,
    body: &mut Body<'_>,
    operation: Operation,
) -> Result<Envelope<'w>, ReadError> {
    let room = whole(worker, request, body, usize::MAX).await?;
    let peek = Peek::read(request.body())?;
    // A moderation names no model in older clients; OpenAI then takes its latest.
    if peek.model().is_none_or(str::is_empty) && operation != Operation::Moderations {
        return Err(ReadError::NoModel);
    }
    Ok(Envelope { operation, peek, _room: Some(room) })
}

/// Reads the body into `request`: at most `ceiling` bytes of it, and at most what the settings allow.
pub(crate) async fn whole<'w>(
    worker: &'w Worker,
    request: &mut Request,
    body: &mut Body<'_>,
    ceiling: usize,
) -> Result<Share<'w>, ReadError> {
    check_headers(request)?;
    let live = worker.live();
    let limits = &live.settings.limits;
    let ceiling = limits.body_bytes.min(ceiling);
    let too_large = |announced| ReadError::TooLarge { limit: ceiling, announced };
    let announced = body.announced();
    if announced.is_some_and(|n| n > ceiling as u64) {
        return Err(too_large(announced));
    }
    // An unannounced length takes room for the largest body until it is known.
    let wanted = announced.map_or(ceiling, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut room = Share::take(&worker.shared.body_bytes, wanted, limits.all_bodies_bytes).ok_or(ReadError::NoRoom)?;
    let timeout = live.settings.timeouts.body_idle;
    body.read(request, ceiling, timeout).await.map_err(|e| match e {
        BodyError::TooLarge => too_large(None),
        BodyError::Closed { received } => ReadError::Incomplete { received, expected: announced },
        BodyError::Timeout { received } => ReadError::Timeout { received },
        BodyError::Framing(what) => ReadError::Framing(what),
    })?;
    room.shrink_to(request.body().len());
    if request.body().trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    Ok(room)
}

fn check_headers(request: &Request) -> Result<(), ReadError> {
    if let Some(given) = request.header(Name::ContentEncoding)
        && !given.is_empty()
        && !given.eq_ignore_ascii_case(b"identity")
    {
        return Err(ReadError::ContentEncoding { given: printable(given) });
    }
    match request.header(Name::ContentType) {
        Some(given) if is_json(given) => Ok(()),
        given => Err(ReadError::ContentType { given: given.map(printable).unwrap_or_default() }),
    }
}

fn is_json(content_type: &[u8]) -> bool {
    let media = content_type.split(|&b| b == b';').next().unwrap_or(b"").trim_ascii();
    media.eq_ignore_ascii_case(b"application/json")
        || (media.len() > 5 && media[media.len() - 5..].eq_ignore_ascii_case(b"+json"))
}

fn printable(value: &[u8]) -> String {
    String::from_utf8_lossy(value).chars().filter(|c| !c.is_control()).take(100).collect()
}
