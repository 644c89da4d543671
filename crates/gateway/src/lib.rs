//! The data plane: one request from accept to record.
//!
//! Open [`mod@line`] first: it shows the stages in order, each in the file of its name. The gateway never
//! waits for SQL: keys come from a snapshot, records go to a journal, both through ports of the core.

mod accept;
pub mod access;
mod accounts;
mod administration;
mod admit;
mod answer;
mod aside;
mod attempt;
mod authenticate;
mod balance;
mod body;
mod breaker;
mod catalog;
mod check;
mod chunks;
mod cors;
mod executor;
pub mod explain;
mod failure;
mod fit;
mod forwarded;
mod health;
mod http1;
mod http2;
pub mod images;
mod incidents;
mod io;
mod lag;
mod line;
mod live;
mod metrics;
mod names;
mod origins;
mod pages;
mod paths;
mod read;
mod record;
mod refusals;
mod request;
pub mod request_record;
mod respond;
mod resume;
mod retry;
mod route;
mod sandbox;
mod send;
mod server;
pub mod settings;
mod stage;
mod stored;
mod stream;
mod telemetry;
mod tls;
mod translate;
mod tries;
mod upstream;
mod watch;
mod worker;

pub use administration::{AdminAnswer, AdminAnswered, AdminReply, AdminRequest, AdminTold, Administration};
pub use catalog::CatalogError;
pub use incidents::{Ended, Incident, Incidents};
pub use live::try_settings;
pub use server::{Listen, MakeRecorder, Parts, Running, StartError, start};
pub use stage::{Stage, Stages};
pub use tls::{TlsError, client_tls, own_certificate};

#[cfg(fuzzing)]
pub use http1::fuzzing;
