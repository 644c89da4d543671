//! An answer on its way to the caller: status, headers as they stand on the wire, body.
//!
//! Headers are written once, as the lines of HTTP/1.1, and never through a header map
//! (docs/decisions/0001-http1-by-hand.md). For h2 the lines are taken apart again.

use std::time::Duration;

use tollgate_core::id::RequestId;

use crate::record::Trace;
use crate::stream::Streaming;
use crate::translate::push_number;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Header lines, each with its line end; framing headers are the writer's.
    pub(crate) headers: Vec<u8>,
    pub(crate) body: AnswerBody,
    /// Close the connection behind it.
    pub(crate) close: bool,
}

/// The body of an answer.
pub(crate) enum AnswerBody {
    Whole(Vec<u8>),
    Stream(Box<Streaming>),
}

impl Answer {
    pub(crate) fn whole(status: u16, headers: Vec<u8>, body: Vec<u8>) -> Self {
        Self { status, headers, body: AnswerBody::Whole(body), close: false }
    }
}

/// Header lines under construction.
pub(crate) struct Lines(pub(crate) Vec<u8>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(640))
    }

    /// Adds `name: value`. What may not stand in a header is left out of the value.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        if value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            self.0.extend_from_slice(value.as_bytes());
        } else {
            self.0.extend(value.bytes().filter(|b| b.is_ascii_graphic() || *b == b' '));
        }
        self.0.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        push_number(&mut self.0, usize::try_from(value).unwrap_or(usize::MAX));
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// The request's id, which every answer carries.
    pub(crate) fn request_id(&mut self, id: RequestId) -> &mut Self {
        self.0.extend_from_slice(b"x-request-id: ");
        self.0.extend_from_slice(&id.text());
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// What every answer of the line carries.
    pub(crate) fn common(&mut self, trace: &Trace) -> &mut Self {
        self.request_id(trace.id);
        self.0.extend_from_slice(b"openai-version: 2020-10-01\r\n");
        if let Some(caller) = &trace.caller {
            self.add("openai-organization", &caller.project.organization);
        }
        let taken = trace.taken();
        self.number("openai-processing-ms", millis(taken));
        if let Some(deployment) = &trace.deployment {
            self.add("x-tollgate-provider", &deployment.provider.name);
            let overhead = trace.overhead(taken);
            self.number("x-tollgate-overhead-us", u64::try_from(overhead.as_micros()).unwrap_or(u64::MAX));
        }
        if trace.attempts.made > 1 {
            self.number("x-tollgate-attempts", u64::from(trace.attempts.made));
        }
        if !trace.adapted.is_empty() {
            self.add("x-tollgate-adapted", &trace.adapted);
        }
        if !trace.upstream_request_id.is_empty() {
            self.add("x-tollgate-upstream-request-id", &trace.upstream_request_id);
        }
        if let Some(model) = &trace.ends {
            self.0.extend_from_slice(&model.notice);
        }
        self
    }

    pub(crate) fn done(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
