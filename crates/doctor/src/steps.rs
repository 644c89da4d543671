//! The steps of an examination, in the order in which they are taken.

pub(crate) mod address;
pub(crate) mod authenticate;
pub(crate) mod base_path;
pub(crate) mod clock;
pub(crate) mod completion;
pub(crate) mod environment;
pub(crate) mod http;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod model;
pub(crate) mod parameters;
pub(crate) mod reach;
pub(crate) mod streaming;
pub(crate) mod tls;
