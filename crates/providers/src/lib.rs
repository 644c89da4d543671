//! How each provider's bytes look: encode, decode, stream, classify. Nothing here sends anything.
//!
//! Open [`openai`] first: the dialect that most upstreams speak. [`sandbox`] is the embedded provider, [`json`] the
//! reader that both the request path and the dialects use.

pub mod json;
pub mod openai;
pub mod sandbox;
