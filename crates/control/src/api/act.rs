//! One request of administration while it is done: who asks, for what, and where.
//!
//! In: what the dispatcher has checked. Out: what handlers read. A handler runs within a transaction, after the check of
//! rights; what it grants to others it checks against the rights of whoever asks ([`Act::may_grant`]).

use tollgate_core::rights::{PermissionSet, Place};
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::projects::Project;
use tollgate_store::database::Database;

use super::query::Query;
use super::shape::Body;
use crate::office::Office;
use crate::principal::Principal;
use crate::refusal::Refusal;

/// A request of administration.
#[derive(Clone)]
pub struct Act<'a> {
    /// What administration works with.
    pub office: &'a Office,
    /// Who asks.
    pub principal: &'a Principal,
    /// What stands in the path for the names in braces, in order.
    pub path: Vec<String>,
    /// The project that the path names, where the endpoint is one of a project.
    pub project: Option<Project>,
    /// The parameters.
    pub query: Query,
    /// The body.
    pub body: Body,
    /// Unix seconds.
    pub now: i64,
}

impl Act<'_> {
    /// The database, within the transaction.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.office.database
    }

    /// The number of the organization.
    #[must_use]
    pub fn organization(&self) -> i64 {
        self.principal.organization.row
    }

    /// What stands in the path at a position.
    #[must_use]
    pub fn id(&self, position: usize) -> &str {
        self.path.get(position).map_or("", String::as_str)
    }

    /// The project that the path names.
    ///
    /// # Errors
    /// The endpoint is not one of a project: then nothing is found.
    pub fn project(&self) -> Result<&Project, Refusal> {
        self.project.as_ref().ok_or_else(|| Refusal::missing("project", self.id(0)))
    }

    /// Which part of a list is asked for; lists begin with the oldest unless asked otherwise.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part_from(Order::OldestFirst)
    }

    /// Which part of a list is asked for, where nothing is said in this order.
    #[must_use]
    pub fn part_from(&self, usual: Order) -> Part {
        let order = match self.query.text("order") {
            Some("asc") => Order::OldestFirst,
            Some(_) => Order::NewestFirst,
            None => usual,
        };
        let limit = self.query.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(20);
        Part { after: self.query.text("after").map(str::to_owned), limit, order }
    }

    /// When something ends that is asked to end in so many seconds.
    #[must_use]
    pub fn ends(&self, name: &str) -> Option<i64> {
        self.body.integer(name).map(|seconds| self.now.saturating_add(seconds))
    }

    /// Whether whoever asks holds all of this himself: nobody grants what he does not have.
    ///
    /// # Errors
    /// Which permissions he lacks.
    pub fn may_grant(&self, wanted: PermissionSet, place: Place<'_>) -> Result<(), Refusal> {
        let lacking = self.principal.rights.lacks(wanted, place);
        if lacking.is_empty() { Ok(()) } else { Err(Refusal::lacks(self.principal, lacking, place)) }
    }
}
