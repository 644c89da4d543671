//! An act of administration that a command asks of the server on its data directory, and what is answered: bytes between two
//! processes of one user.
//!
//! In: the parts of a request. Out: a status and a body, as a caller over HTTP would have got them.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tollgate_control::api::Request;
use tollgate_errors::{Show, render};
use tollgate_gateway::AdminAnswer;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Act {
    /// In upper case.
    pub(crate) method: String,
    /// Below `/v1`, decoded.
    pub(crate) path: String,
    /// What stands behind the question mark.
    pub(crate) query: String,
    /// JSON; may be empty.
    pub(crate) body: String,
    /// In which organization, by its id; the oldest if not said.
    #[serde(default)]
    pub(crate) organization: Option<String>,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Of HTTP.
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Act {
    pub(crate) fn request(self) -> Request {
        let Self { method, path, query, body, organization } = self;
        Request {
            method,
            path,
            query,
            token: String::new(),
            client: String::new(),
            body: body.into_bytes(),
            idempotency_key: None,
            organization,
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// The request in such bytes.
pub(super) fn request(bytes: &[u8]) -> serde_json::Result<Request> {
    Ok(serde_json::from_slice::<Act>(bytes)?.request())
}

impl Told {
    pub(super) fn of(answer: AdminAnswer) -> Self {
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        match answer {
            Ok(answered) => Self { status: 200, body: read(&answered.body) },
            Err(diagnosis) => {
                let told = render(&diagnosis, Show::Body, "");
                Self { status: told.status, body: read(&told.body) }
            }
        }
    }

    /// Of an act from a program of another version.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self { status: 400, body: json!({ "error": { "message": format!("the act cannot be read: {error}") } }) }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
