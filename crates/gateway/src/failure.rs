//! Every way a request can fail, summed up from the stages.

use tollgate_core::record::RecorderError;
use tollgate_errors::Diagnosis;

use crate::admit::AdmitError;
use crate::authenticate::AuthenticateError;
use crate::http1::HeadError;
use crate::line::PlaceError;
use crate::paths::PathError;
use crate::read::ReadError;
use crate::request_record::LookupError;
use crate::route::RouteError;
use crate::send::SendError;
use crate::stored::StoredError;

/// Why a request has no answer of its model. `respond` turns each into a cause and its facts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The HTTP head is refused.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// Its head did not come in time.
    #[error("the head did not come in time")]
    HeadTimeout,
    /// Nothing is at this path, or not with this method.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is no room for another request.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Who asks is not known, or may not.
    #[error(transparent)]
    Authenticate(#[from] AuthenticateError),
    /// Administration says why not.
    #[error("administration refuses: {}", .0.cause.slug)]
    Administration(Box<Diagnosis>),
    /// The body cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The caller may not have this.
    #[error(transparent)]
    Admit(#[from] AdmitError),
    /// The record of a request cannot be shown.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A stored response cannot be shown, or not be treated so.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// No deployment can take it.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The journal takes no entry.
    #[error(transparent)]
    Record(#[from] RecorderError),
    /// No provider gave a usable answer.
    #[error(transparent)]
    Send(#[from] SendError),
}
