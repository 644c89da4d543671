//! Answers of the sandbox that may take long: on a thread of their own, so that nobody else waits for them.
//!
//! In: what is asked. Out: the sandbox's reply. A serving thread makes short answers itself, which takes some tens of
//! microseconds. Megabytes to count, thousands of vectors, or a vocabulary that is not loaded yet are work for another
//! ([`aside`]).

use std::sync::Arc;

use tollgate_providers::sandbox::{self, Ask, Memory, Reply};

use crate::aside::aside;
use crate::worker::Shared;

/// What the sandbox replies.
pub(crate) async fn answer(shared: &Arc<Shared>, ask: &Ask<'_>) -> Reply {
    if sandbox::is_quick(ask) {
        return sandbox::answer(ask);
    }
    let (model, body) = (ask.model.to_owned(), ask.body.to_vec());
    let (operation, created, wishes) = (ask.operation, ask.created, ask.wishes);
    let memory = ask.memory.map(|memory| (shared.clone(), memory.project.to_owned(), memory.now_ms));
    let made = aside(move || {
        let memory = memory.as_ref().map(|(shared, project, now_ms)| Memory {
            store: &shared.responses,
            project,
            now_ms: *now_ms,
        });
        sandbox::answer(&Ask { operation, model: &model, body: &body, created, memory, wishes })
    });
    match made.await {
        Ok(reply) => reply,
        // A fault of ours is to look like one of the thread that asked, which knows what to do about it.
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => sandbox::answer(ask),
        },
    }
}
