//! A repeated request is answered, and not done again: `Idempotency-Key`.
//!
//! In: an act with its request. Out: its answer, or the one that was given before. The answer is kept in the transaction of the
//! act, so there is never one without the other; a request that was refused has changed nothing and leaves nothing here.

use serde_json::Value as Json;
use tollgate_store::admin::idempotency::{self, Key, Stored};

use super::act::Act;
use super::{Answer, Request};
use crate::refusal::Refusal;

/// Characters of a key at most.
const KEY_MAX: usize = 255;

/// Does an act in one transaction, once for each key.
///
/// # Errors
/// Why it is not done; a key that is in use, or was used for something else.
pub(super) fn once(
    act: &Act<'_>,
    request: &Request,
    work: impl FnOnce() -> Result<Json, Refusal>,
) -> Result<Answer, Refusal> {
    let Some(text) = request.idempotency_key.as_deref().filter(|_| request.method == "POST") else {
        return act.database().atomically(work).map(Answer::Json);
    };
    if text.is_empty() || text.chars().count() > KEY_MAX {
        return Err(Refusal::KeyUnfit(text.chars().count()));
    }
    let key = Key { actor: act.principal.id(), text };
    // Whoever comes second would wait for the transaction, and learn no sooner.
    let _flight = act.office.in_flight.begin(key.actor, key.text).ok_or(Refusal::KeyInUse)?;
    let parts = [&request.method, &request.path, &request.query].map(String::as_bytes);
    let fingerprint = idempotency::fingerprint(&[parts[0], parts[1], parts[2], &request.body]);
    let master = &act.office.secrets.master;
    act.database().atomically(|| {
        if let Some(before) = idempotency::find(act.database(), master, key, act.now)? {
            return replayed(&before, fingerprint);
        }
        let json = work()?;
        let stored = Stored { fingerprint, answer: json.to_string().into_bytes() };
        idempotency::write(act.database(), master, key, &stored, act.now)?;
        Ok(Answer::Json(json))
    })
}

fn replayed(before: &Stored, fingerprint: [u8; 32]) -> Result<Answer, Refusal> {
    if before.fingerprint != fingerprint {
        return Err(Refusal::KeyReused);
    }
    // It was written by this program, and its seal has opened.
    let json = serde_json::from_slice(&before.answer).unwrap_or(Json::Null);
    Ok(Answer::Replay(json))
}
