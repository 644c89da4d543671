//! Keys that are to be refused: made for the occasion, on a temporary server.
//!
//! In: the state a key is to be in. Out: its secret; the server is waited for until it knows.

use std::path::Path;
use std::time::{Duration, Instant};

use tollgate_control::use_cases::keys::{self as use_cases, Expiry, NewKey, Rotation, RunningOverlap};
use tollgate_errors::trigger::{KeyState, RawRequest, Trigger};

use super::raw;
use super::seen::Answered;
use crate::cli::http::Base;
use crate::wiring::{self, now};

/// For the running server to see a new key; it looks five times a second.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);
/// How long ago an expired key was made, in seconds, and after how long it ended.
const AGO: i64 = 7200;
const LASTED: Duration = Duration::from_secs(3600);

/// A key in this state.
pub(super) fn key(directory: &Path, state: KeyState) -> anyhow::Result<String> {
    let (database, secrets) = wiring::open(directory)?;
    let named = NewKey::usual("triggered");
    let (new, made) = match state {
        KeyState::ListsOnly => (NewKey { permissions: vec!["api.model.read".to_owned()], ..named }, now()),
        KeyState::WithoutModel => (NewKey { models_deny: vec!["sandbox".to_owned()], ..named }, now()),
        KeyState::Expired => (NewKey { expiry: Expiry::In(LASTED), ..named }, now() - AGO),
        KeyState::Working | KeyState::Disabled | KeyState::Revoked | KeyState::Rotated => (named, now()),
    };
    let issued = use_cases::create_key(&database, &secrets.pepper, &new, made)?;
    let id = issued.key.id.to_string();
    match state {
        KeyState::Disabled => drop(use_cases::disable_key(&database, &id, now())?),
        KeyState::Revoked => drop(use_cases::revoke_key(&database, &id, now())?),
        KeyState::Rotated => {
            let rotation = Rotation { overlap: Duration::ZERO, running: RunningOverlap::End };
            drop(use_cases::rotate_key(&database, &secrets.pepper, &id, rotation, now())?);
        }
        KeyState::Working | KeyState::Expired | KeyState::ListsOnly | KeyState::WithoutModel => {}
    }
    Ok(issued.secret.reveal().to_owned())
}

/// Sends the request until the server knows the key, whose state it then tells.
pub(super) async fn until_known(
    request: &RawRequest,
    trigger: &Trigger,
    base: &Base,
    key: &str,
) -> anyhow::Result<Answered> {
    let begun = Instant::now();
    loop {
        let answered = raw::send(request, base, key).await?;
        let told = answered.header("x-tollgate-cause") == Some(trigger.cause.slug);
        if told || begun.elapsed() > PATIENCE {
            return Ok(answered);
        }
        tokio::time::sleep(LOOK).await;
    }
}
