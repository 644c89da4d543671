//! OpenAI's dialect: what of a request, an answer and a stream the gateway has to understand.
//!
//! In: bytes of OpenAI-shaped bodies. Out: the few facts that routing and metering need, and splices that change a
//! body without writing it again. It neither sends nor rebuilds anything.

pub mod answer;
pub mod delta;
pub mod links;
pub mod members;
pub mod parameters;
pub mod request;
pub mod response;
pub mod stream;
pub mod usage;
