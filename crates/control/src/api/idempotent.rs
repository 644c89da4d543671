//! A repeated request is answered, and not done again: `Idempotency-Key`.
//!
//! In: an act with its request. Out: its answer, or the one that was given before. The answer is kept in the transaction of the
//! act, so there is never one without the other; a request that was refused has changed nothing and leaves nothing here.
//!
//! Requests that show a password have no place in [`once`]: their answers go only to whoever shows it again ([`Once`]).

use std::fmt::Write as _;

use serde_json::Value as Json;
use tollgate_store::admin::idempotency::{self, Key, Stored};

use super::act::Act;
use super::endpoint::Endpoint;
use super::shape::Body;
use super::{Answer, Request};
use crate::office::{Flight, Office};
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
    refuse_unfit(text)?;
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
    Ok(Answer::Replay(answer_of(before, fingerprint)?))
}

fn answer_of(before: &Stored, fingerprint: [u8; 32]) -> Result<Json, Refusal> {
    if before.fingerprint != fingerprint {
        return Err(Refusal::KeyReused);
    }
    // It was written by this program, and its seal has opened.
    Ok(serde_json::from_slice(&before.answer).unwrap_or(Json::Null))
}

fn refuse_unfit(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.chars().count() > KEY_MAX {
        return Err(Refusal::KeyUnfit(text.chars().count()));
    }
    Ok(())
}

/// The `Idempotency-Key` of a request that shows a password. Its fingerprint is without the password: whoever got hold of the database
/// could try passwords on it as fast as it is made. So the password is looked at each time, as slowly as ever and counted as an
/// attempt, and only then what was answered before is looked for.
#[derive(Debug, Clone)]
pub struct Once {
    actor: String,
    text: String,
    asked: [u8; 32],
}

impl Once {
    /// The key of a request by somebody who has no token yet: it is one of whoever the path or the address names.
    ///
    /// # Errors
    /// It cannot be one.
    pub(super) fn of_visitor(request: &Request, endpoint: &Endpoint, body: &Body) -> Result<Option<Self>, Refusal> {
        let email = body.text("email").unwrap_or_default().trim().to_lowercase();
        let named = idempotency::fingerprint(&[request.path.as_bytes(), email.as_bytes()]);
        Self::read(request, endpoint, body, &format!("visitor:{}", hex(&named)))
    }

    /// The key of a request by whoever has one of these ids.
    ///
    /// # Errors
    /// It cannot be one.
    pub(super) fn read(
        request: &Request,
        endpoint: &Endpoint,
        body: &Body,
        actor: &str,
    ) -> Result<Option<Self>, Refusal> {
        let Some(text) = request.idempotency_key.as_deref() else { return Ok(None) };
        refuse_unfit(text)?;
        let mut rest = body.members().clone();
        rest.retain(|name, _| name != "email" && !name.ends_with("password"));
        let rest = Json::Object(rest).to_string();
        let asked = idempotency::fingerprint(&[endpoint.name.as_bytes(), request.query.as_bytes(), rest.as_bytes()]);
        Ok(Some(Self { actor: actor.to_owned(), text: text.to_owned(), asked }))
    }

    /// Notes that the request is in progress.
    ///
    /// # Errors
    /// Another one with the key is.
    pub(super) fn begin<'o>(&self, office: &'o Office) -> Result<Flight<'o>, Refusal> {
        office.in_flight.begin(&self.actor, &self.text).ok_or(Refusal::KeyInUse)
    }

    /// Whether something was answered to the key; to whom, and to what, is not looked at.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn is_known(&self, office: &Office, now: i64) -> Result<bool, Refusal> {
        Ok(self.stored(office, now)?.is_some())
    }

    /// What was answered before. Whoever calls has seen the password of `whom`, and who that is belongs to the request: one address
    /// may have several passwords.
    ///
    /// # Errors
    /// The key was used for another request, or the database does not answer.
    pub fn before(&self, office: &Office, whom: &str, now: i64) -> Result<Option<Json>, Refusal> {
        let stored = self.stored(office, now)?;
        stored.map(|stored| answer_of(&stored, self.fingerprint(whom))).transpose()
    }

    /// Keeps an answer, in the transaction of what it tells.
    ///
    /// # Errors
    /// The database refuses.
    pub fn keep(&self, office: &Office, whom: &str, answer: &Json, now: i64) -> Result<(), Refusal> {
        let stored = Stored { fingerprint: self.fingerprint(whom), answer: answer.to_string().into_bytes() };
        Ok(idempotency::write(&office.database, &office.secrets.master, self.key(), &stored, now)?)
    }

    fn stored(&self, office: &Office, now: i64) -> Result<Option<Stored>, Refusal> {
        Ok(idempotency::find(&office.database, &office.secrets.master, self.key(), now)?)
    }

    fn key(&self) -> Key<'_> {
        Key { actor: &self.actor, text: &self.text }
    }

    fn fingerprint(&self, whom: &str) -> [u8; 32] {
        idempotency::fingerprint(&[&self.asked, whom.as_bytes()])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use serde_json::json;

    use super::*;
    use crate::api::endpoints;

    fn once(name: &str, path: &str, body: &Json) -> Once {
        let endpoint = endpoints().find(|endpoint| endpoint.name == name).unwrap();
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            token: String::new(),
            client: String::new(),
            body: body.to_string().into_bytes(),
            idempotency_key: Some("k".to_owned()),
            organization: None,
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let body = Body::read(&request.body, endpoint.body).unwrap();
        Once::of_visitor(&request, endpoint, &body).unwrap().unwrap()
    }

    #[test]
    fn nothing_that_is_kept_of_a_request_tells_its_password() {
        let accept = |path: &str, name: &str, password: &str| {
            let once = once("accept-invite", path, &json!({ "name": name, "password": password }));
            (once.actor.clone(), once.fingerprint("user-x"))
        };

        let one = accept("/tollgate/invites/a/accept", "Ada", "correct horse battery staple");

        assert_eq!(one, accept("/tollgate/invites/a/accept", "Ada", "another battery, quite correct"));
        assert_ne!(one.1, accept("/tollgate/invites/a/accept", "Eve", "correct horse battery staple").1);
        assert_ne!(one.0, accept("/tollgate/invites/b/accept", "Ada", "correct horse battery staple").0);
        for endpoint in endpoints().filter(|endpoint| matches!(endpoint.does, super::super::Does::Enter(_))) {
            let secret = |name: &str| name.contains("password") || name.contains("secret") || name.contains("token");
            let shown: Vec<&str> = endpoint.body.iter().map(|field| field.name).filter(|name| secret(name)).collect();
            assert!(shown.iter().all(|name| name.ends_with("password")), "{}: {shown:?}", endpoint.name);
        }
    }

    #[test]
    fn whom_an_answer_is_for_belongs_to_the_request() {
        let once = once("create-session", "/tollgate/sessions", &json!({ "email": "a@b.c", "password": "x" }));

        assert_ne!(once.fingerprint("org-a"), once.fingerprint("org-b"));
    }
}
