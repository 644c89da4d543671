//! Looks at an endpoint of a language-model API step by step, and says which step fails and why.
//!
//! In: a [`Question`]: base URL, key, model, and the environment as the command line found it. Out: a [`Report`]: for each
//! [`Check`] what was seen, and for each fault one finding with its cause, its evidence and what to do. It needs nothing of
//! Tollgate to run anywhere, works for every OpenAI-compatible API as well as Anthropic's, Azure's and Gemini's, and
//! follows no redirect, so a key goes to nobody but the host that was named.
//!
//! Open [`examine()`] first: it is the line on which one step follows the other. A step that finds a fault ends the line,
//! and what would have come after is "not looked at".

mod address;
mod answer;
mod bundle;
mod call;
mod certificate;
mod check;
mod connect;
mod dialect;
mod environment;
mod examine;
mod http2;
mod names;
mod proxy;
mod question;
mod report;
mod secrets;
mod socks;
mod steps;
mod tls;
mod variables;
mod vendors;

pub use bundle::bundle;
pub use check::Check;
pub use dialect::Dialect;
pub use examine::{Event, examine};
pub use question::{Need, Question, Task, UnknownNeed};
pub use report::{Entry, Latency, Report, Spent, Verdict};
pub use vendors::{VENDORS, Vendor};
