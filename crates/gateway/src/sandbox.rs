//! Asking the sandbox: the provider inside this process, reached without a connection.
//!
//! In: an attempt. Out: the head of an answer and where its bytes come from, as of any provider, so that what follows
//! knows no difference. Where a request asks it to fail, `failing` sees to that; what may take long, `aside` does on
//! another thread.

mod apart;
mod aside;
mod failing;
mod listener;

use tollgate_errors::trigger;
use tollgate_providers::openai::request::{Splice, splice};
use tollgate_providers::sandbox;
use tollgate_providers::sandbox::errors::ERROR_MODEL_PREFIX;

use crate::attempt::{Attempt, Reply, Source};
use crate::record::Trace;
use crate::request::Name;
use crate::stored;
use crate::upstream::AnswerHead;

pub(crate) use self::apart::Apart;
pub(crate) use self::failing::Failing;

/// Whether a model of this name fails in a way that there is.
pub(crate) fn knows(name: &str) -> bool {
    name.strip_prefix(ERROR_MODEL_PREFIX).is_some_and(|name| trigger::by_name(name).is_some())
}

fn head(status: u16, content_type: &'static str) -> AnswerHead {
    AnswerHead { status, content_type: content_type.into(), ..AnswerHead::default() }
}

/// A reply of JSON.
fn whole(status: u16, body: Vec<u8>) -> Reply {
    let head = AnswerHead { length: Some(body.len() as u64), ..head(status, "application/json") };
    (head, Source::Ready(body), false)
}

impl Attempt<'_> {
    /// Asks it, and waits as long as its model does before the first byte.
    pub(crate) async fn ask_sandbox(&self, trace: &Trace) -> Reply {
        let model = if trace.model_asked.is_empty() { &self.deployment.model } else { &trace.model_asked };
        let operation = self.envelope.operation;
        // The sandbox is metered like any provider: a stream's usage chunk is asked for, and withheld again.
        let usage = self.envelope.ask_usage();
        let asked_usage = usage.is_some();
        let edits = self.adapted.map_or(&[][..], |adapted| &adapted.edits);
        let edits = edits.iter().map(|edit| Splice { at: edit.at.clone(), text: &edit.text });
        let mut splices: Vec<_> = usage.into_iter().chain(edits).collect();
        let mut spliced = Vec::new();
        if !splices.is_empty() {
            splice(self.request.body(), &mut splices, &mut spliced);
        }
        let body = if splices.is_empty() { self.request.body() } else { &spliced };
        let created = self.worker.clock.unix_seconds(self.request.accepted);
        let memory = trace.caller.as_ref().map(|caller| stored::memory(self.worker, caller, self.request));
        // Those that cannot be used were refused before.
        let wishes = sandbox::Wishes { usage_is_ours: asked_usage, ..self.wishes().unwrap_or_default() };
        let ask = sandbox::Ask { operation, model, body, created, memory, wishes };
        let (before, head, source) = match aside::answer(&self.worker.shared, &ask).await {
            sandbox::Reply::Whole { status, body, before } => {
                let (head, source, _) = whole(status, body);
                (before, head, source)
            }
            sandbox::Reply::Stream { events, before, pause } => {
                let source = Source::Events(events.into_iter(), pause);
                (before, head(200, "text/event-stream; charset=utf-8"), source)
            }
        };
        if !before.is_zero() {
            tokio::time::sleep(before).await;
        }
        (head, source, asked_usage)
    }

    /// What the request's headers want of the sandbox, and else the configuration.
    fn wishes(&self) -> Result<sandbox::Wishes, sandbox::BadWish> {
        if let Some(name) = self.request.header(Name::SandboxOther) {
            return Err(sandbox::BadWish::unknown(name));
        }
        let asked = sandbox::Wishes::read(|name| self.request.header(Name::of(name.as_bytes())?))?;
        Ok(asked.or(self.deployment.wishes))
    }
}
