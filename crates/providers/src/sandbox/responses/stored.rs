//! Stored responses: retrieved, streamed again, cancelled, deleted, and what they were made of.
//!
//! In: an operation, an id and the time. Out: a [`Reply`], or why there is no response of this id. What was made in the
//! background moves on by the clock alone: nothing runs, whoever looks sees how far it would be.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tollgate_core::operation::Operation;

use crate::sandbox::{Memory, Reply, refusal::Refusal, write};

use super::{
    items::Item,
    query::Query,
    store::{Gone, Kept},
    wire::Deleted,
};

/// How many items a list has where nobody says.
const USUAL_LIMIT: i64 = 20;
const MOST_ITEMS: i64 = 100;

/// A call about a stored response.
#[derive(Debug, Clone, Copy)]
pub struct StoredAsk<'a> {
    /// What is asked for: one of the operations on stored responses.
    pub operation: Operation,
    /// The id of the response.
    pub id: &'a str,
    /// What stands behind the `?`, still encoded.
    pub query: &'a str,
    /// Where it is stored, whose it is, and the time.
    pub memory: Memory<'a>,
}

/// Answers a call about a stored response.
///
/// # Errors
/// The project has no response of this id.
pub fn stored(ask: &StoredAsk<'_>) -> Result<Reply, Gone> {
    let Memory { store, project, now_ms } = ask.memory;
    let kept = store.get(project, ask.id, now_ms)?;
    let reply = match ask.operation {
        Operation::DeleteResponse => {
            store.remove(project, ask.id, now_ms)?;
            Ok(whole(write::json(&Deleted { id: ask.id, object: "response", deleted: true })))
        }
        Operation::CancelResponse => kept.cancel(now_ms).map(|()| whole(kept.json(now_ms).into_bytes())),
        Operation::ListInputItems => list(&kept, &Query::of(ask.query)).map(whole),
        _ => retrieve(&kept, &Query::of(ask.query), now_ms),
    };
    Ok(reply.unwrap_or_else(|refusal| refused(&refusal)))
}

fn whole(body: Vec<u8>) -> Reply {
    Reply::Whole { status: 200, body, before: Duration::ZERO }
}

fn refused(refusal: &Refusal) -> Reply {
    Reply::Whole { status: refusal.status, body: refusal.body(), before: Duration::ZERO }
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Queued,
    InProgress,
    Cancelled,
    Done,
}

impl Kept {
    fn state(&self, now_ms: u64) -> State {
        match &self.background {
            None => State::Done,
            Some(_) if self.cancelled.load(Ordering::Relaxed) => State::Cancelled,
            Some((_, schedule)) if now_ms < schedule.begins_ms => State::Queued,
            Some((_, schedule)) if now_ms < schedule.ends_ms => State::InProgress,
            Some(_) => State::Done,
        }
    }

    /// The response as it is now.
    fn json(&self, now_ms: u64) -> String {
        let Some((queued, _)) = &self.background else { return self.done.clone() };
        // The status stands before anything that a caller has written.
        let with = |status: &str| queued.replacen(r#""status":"queued""#, &format!(r#""status":"{status}""#), 1);
        match self.state(now_ms) {
            State::Queued => queued.clone(),
            State::InProgress => with("in_progress"),
            State::Cancelled => with("cancelled"),
            State::Done => self.done.clone(),
        }
    }

    /// Cancels it; one that is cancelled already stays so.
    fn cancel(&self, now_ms: u64) -> Result<(), Refusal> {
        match (&self.background, self.state(now_ms)) {
            (None, _) => Err(Refusal::new("Cannot cancel a synchronous response.")),
            (_, State::Done) => Err(Refusal::new("Cannot cancel a completed response.")),
            _ => {
                self.cancelled.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

fn retrieve(kept: &Kept, query: &Query<'_>, now_ms: u64) -> Result<Reply, Refusal> {
    let after = query.integer("starting_after", 0, i64::MAX)?;
    if !query.boolean("stream")? {
        return Ok(whole(kept.json(now_ms).into_bytes()));
    }
    let Some((_, schedule)) = &kept.background else {
        return Err(no_stream("was not created with background=true."));
    };
    if kept.events.is_empty() || kept.state(now_ms) == State::Cancelled {
        return Err(no_stream("was not created with stream=true or the stream TTL has expired."));
    }
    let seen = after.map_or(0, |after| usize::try_from(after).unwrap_or(usize::MAX).saturating_add(1));
    let events = kept.events.get(seen..).unwrap_or_default().to_vec();
    let before = Duration::from_millis(schedule.ends_ms.saturating_sub(now_ms));
    Ok(Reply::Stream { events, before, pause: Duration::ZERO })
}

fn no_stream(why: &str) -> Refusal {
    Refusal::new(format!("This response cannot be streamed because it {why}")).about("stream")
}

/// What a response was made of: all items before its output.
fn list(kept: &Kept, query: &Query<'_>) -> Result<Vec<u8>, Refusal> {
    let limit = query.integer("limit", 1, MOST_ITEMS)?.unwrap_or(USUAL_LIMIT);
    let ascending = query.word("order", &["asc", "desc"])?.as_deref() == Some("asc");
    let (own, earlier) = kept.turns.split_last().expect("a response has at least its own turn");
    let mut items: Vec<&Item> =
        earlier.iter().flat_map(|turn| turn.input.iter().chain(&turn.output)).chain(&own.input).collect();
    if !ascending {
        items.reverse();
    }
    let begin = match query.text("after").filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => match items.iter().position(|item| item.id == after) {
            Some(at) => at + 1,
            None => return Err(Refusal::new(format!("Item with id '{after}' not found.")).about("after").status(404)),
        },
    };
    let rest = items.get(begin..).unwrap_or_default();
    let page = &rest[..rest.len().min(usize::try_from(limit).unwrap_or_default())];
    Ok(page_of(page, page.len() < rest.len()))
}

fn page_of(page: &[&Item], has_more: bool) -> Vec<u8> {
    let id = |item: Option<&&Item>| write::json_text(&item.map_or("", |item| item.id.as_str()));
    let data: Vec<&str> = page.iter().map(|item| item.json.as_str()).collect();
    format!(
        r#"{{"object":"list","data":[{}],"first_id":{},"last_id":{},"has_more":{has_more}}}"#,
        data.join(","),
        id(page.first()),
        id(page.last())
    )
    .into_bytes()
}
