//! The upstream request of an attempt. Same dialect: the caller's bytes, untouched but for two splices (the model's
//! name there, and the usage chunk of a stream, without which nothing could be metered) and what makes the request fit
//! the model, where its setting says `adapt`.
//!
//! In: an attempt. Out: a [`Translated`], which borrows the caller's body unless that was changed so.

use std::borrow::Cow;
use std::fmt::Write as _;

use tollgate_providers::openai::request::{Splice, splice, spliced_len};

use crate::attempt::Attempt;
use crate::catalog::Upstream;
use crate::request::Name;

/// Head and splices of an upstream request.
pub(crate) struct Translated<'a> {
    /// The head without its empty line.
    pub(crate) head: Vec<u8>,
    splices: [Option<Splice<'a>>; 2],
    /// The caller's; or, changed so that it fits the model, ours with all splices in it.
    body: Cow<'a, [u8]>,
    /// The usage chunk is asked for by us, not by the caller.
    pub(crate) asked_usage: bool,
    /// Headers that differ from request to request, for h2.
    pub(crate) headers: Vec<(&'static str, &'a [u8])>,
}

impl<'a> Translated<'a> {
    /// The attempt's request. `own` is our span's `traceparent` and `tracestate`, in place of the caller's.
    pub(crate) fn new(attempt: &Attempt<'a>, upstream: &Upstream, own: Option<(&'a [u8], &'a [u8])>) -> Self {
        let Attempt { request, envelope, deployment, .. } = *attempt;
        let renamed = deployment.model != envelope.model();
        let rename = if renamed { envelope.peek.rename(&deployment.model_json) } else { None };
        let usage = envelope.ask_usage();
        let asked_usage = usage.is_some();
        let mut splices = [rename, usage];
        let mut body = Cow::Borrowed(request.body());
        if let Some(adapted) = attempt.adapted {
            let edits = adapted.edits.iter().map(|edit| Splice { at: edit.at.clone(), text: &edit.text });
            let mut all: Vec<_> = splices.iter_mut().filter_map(Option::take).chain(edits).collect();
            let mut changed = Vec::with_capacity(body.len() + 64);
            splice(&body, &mut all, &mut changed);
            body = Cow::Owned(changed);
        }
        splices.sort_unstable_by_key(|s| s.as_ref().map_or(usize::MAX, |s| s.at.start));
        let len = spliced_len(&body, splices.iter().flatten().cloned().collect::<Vec<_>>().as_slice());
        let unchanging = upstream.head(envelope.operation);
        let mut head = Vec::with_capacity(unchanging.len() + 160);
        head.extend_from_slice(unchanging);
        head.extend_from_slice(b"x-request-id: ");
        head.extend_from_slice(&request.id.text());
        head.extend_from_slice(b"\r\n");
        let mut headers = Vec::new();
        if deployment.provider.passes_trace {
            let callers = |of| request.header(of).filter(|v| v.len() <= 512);
            let (parent, state) = match own {
                Some((parent, state)) => (Some(parent), Some(state).filter(|s| !s.is_empty())),
                None => (callers(Name::Traceparent), callers(Name::Tracestate)),
            };
            for (name, value) in [("traceparent", parent), ("tracestate", state)] {
                if let Some(value) = value {
                    headers.push((name, value));
                    push_header(&mut head, name, value);
                }
            }
        }
        head.extend_from_slice(b"content-length: ");
        push_number(&mut head, len);
        head.extend_from_slice(b"\r\n");
        Self { head, splices, body, asked_usage, headers }
    }

    /// The body in pieces; at most five.
    pub(crate) fn pieces(&self) -> ([&[u8]; 5], usize) {
        let mut pieces: [&[u8]; 5] = [&[]; 5];
        let (mut n, mut from) = (0, 0);
        for splice in self.splices.iter().flatten() {
            pieces[n] = &self.body[from..splice.at.start];
            pieces[n + 1] = splice.text.as_bytes();
            from = splice.at.end;
            n += 2;
        }
        pieces[n] = &self.body[from..];
        (pieces, n + 1)
    }
}

fn push_header(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

/// A number in decimal.
pub(crate) fn push_number(out: &mut Vec<u8>, number: usize) {
    let mut text = Digits([0; 20], 0);
    let _ = write!(text, "{number}");
    out.extend_from_slice(&text.0[..text.1]);
}

struct Digits([u8; 20], usize);

impl std::fmt::Write for Digits {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let end = self.1 + s.len();
        self.0.get_mut(self.1..end).ok_or(std::fmt::Error)?.copy_from_slice(s.as_bytes());
        self.1 = end;
        Ok(())
    }
}
