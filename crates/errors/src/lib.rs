//! The error library: every reason a call can fail, as data, and the one place that writes an error a caller sees.
//!
//! Open [`catalog`] first: it holds the causes, one static each. A [`Diagnosis`] is a cause with the facts of one
//! request; [`render()`] turns it into status, headers and body, [`stream_event`] into the last event of a stream, and
//! [`annotate()`] puts it into a provider's own error. [`classify_answer`] names the cause of a provider's answer with
//! its evidence, by the engine of [`explain()`] where codes and status leave it open, [`error_in_success()`] that of an error which came with status 200. [`mask()`] takes secrets out of any
//! text, [`shape_of`] says what a text is that was presented as a key, [`VENDORS`] how other vendors' keys begin, and
//! [`not_json()`] what a body is that is not JSON.
//!
//! How each error is provoked is in [`trigger`], as data too; [`guide`] makes a page of plain text of a cause.
//!
//! It knows neither who asked nor how an answer is sent, and it reads no clock.

mod annotate;
mod answer;
pub mod catalog;
mod cause;
mod characters;
mod classify;
mod diagnosis;
mod error_in_success;
pub mod explain;
pub mod guide;
mod in_stream;
mod long;
mod mask;
mod nearest;
mod not_json;
mod pairs;
mod presented;
mod render;
mod retell;
mod said;
mod secret;
mod template;
mod text;
pub mod trigger;
mod vendors;
mod words;

pub use annotate::{adopt, annotate, diagnosed};
pub use answer::{Answer, By, Found, TELLING_HEADERS};
pub use cause::{Cause, Family, Language, Party, Retry, Snippet, Wire};
pub use characters::{character_name, is_invisible};
pub use classify::{classify_answer, classify_event, classify_provider};
pub use diagnosis::{Diagnosis, EVIDENCE_MAX_BYTES, FACT_MAX_BYTES, RETRY_AFTER_MAX};
pub use error_in_success::{ErrorInSuccess, error_in_success, is_error};
pub use explain::{Context, Explanation, UnfitContext, explain, figures, weigh::Figures};
pub use in_stream::adopt_event;
pub use long::tree;
pub use mask::mask;
pub use nearest::{distance, nearest};
pub use not_json::{NotJson, not_json};
pub use presented::{Shape, base64, non_ascii, quoted, shape_of, white_space};
pub use render::{Show, UnknownShow, WireError, headers, headers_for, render, stream_event};
pub use retell::retell;
pub use secret::Secret;
pub use vendors::{VENDORS, Vendor, vendor_of};
pub use words::{MESSAGE_MAX_BYTES, words};
