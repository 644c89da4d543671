//! A request of somebody who has no token yet: to sign in, or to accept an invite.
//!
//! In: what the dispatcher has read. Out: first a [`Step`], prepared without a transaction, for a password takes longer to hash than
//! the database may be held; then [`Entered`], within one. An act that refuses may still leave events: a wrong password is
//! one.

use std::net::IpAddr;

use serde_json::Value as Json;
use tollgate_store::admin::people::Member;
use tollgate_store::database::Database;

use super::endpoint::Event;
use super::idempotent::Once;
use super::shape::Body;
use crate::office::Office;
use crate::refusal::Refusal;

/// A request of somebody who has no token yet.
pub struct Visit<'a> {
    /// What administration works with.
    pub office: &'a Office,
    /// What stands in the path for the names in braces, in order.
    pub path: Vec<String>,
    /// The body.
    pub body: Body,
    /// Unix seconds.
    pub now: i64,
    /// The caller's address.
    pub peer: IpAddr,
    /// The client, as it names itself; may be empty.
    pub client: String,
    /// The `Idempotency-Key`, where there is one.
    pub once: Option<Once>,
}

impl Visit<'_> {
    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.office.database
    }
}

/// What is done within the transaction.
pub type Step = Box<dyn FnOnce(&Visit<'_>) -> Result<Entered, Refusal>>;

/// What became of it. A refusal here undoes nothing, unlike an error of the step.
#[derive(Debug)]
pub struct Entered {
    /// What is answered.
    pub answer: Result<Json, Refusal>,
    /// Whether it was answered before, and nothing was done now.
    pub is_replay: bool,
    /// What the audit logs are told, and of whom. Nothing, where nobody is known by the address that was given.
    pub events: Vec<(Known, Event)>,
}

impl Entered {
    /// Something was done now, or refused.
    #[must_use]
    pub fn new(answer: Result<Json, Refusal>, events: Vec<(Known, Event)>) -> Self {
        Self { answer, is_replay: false, events }
    }

    /// The answer of before.
    #[must_use]
    pub fn replayed(answer: Json) -> Self {
        Self { answer: Ok(answer), is_replay: true, events: Vec::new() }
    }
}

/// Who it was, in which organization's audit log.
#[derive(Debug, Clone)]
pub struct Known {
    /// The number of the organization.
    pub organization: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
}

impl Known {
    /// A member of an organization.
    #[must_use]
    pub fn member(organization: i64, member: &Member) -> Self {
        Self { organization, id: member.id.clone(), email: member.email.clone() }
    }
}
