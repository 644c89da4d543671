//! One endpoint of administration, as data: what it is called, who may use it, what it takes and gives.
//!
//! The table of all of them ([`super::ENDPOINTS`]) is what requests are matched against, what rights are checked by and what
//! a description of the API can be made of: an endpoint without a permission cannot be written down.

use std::net::IpAddr;

use serde_json::{Value as Json, json};
use tollgate_core::rights::Permission;

use super::act::Act;
use super::idempotent::Once;
use super::query::Parameter;
use super::shape::Field;
use super::visit::{Step, Visit};
use crate::office::Errand;
use crate::refusal::Refusal;

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path below `/v1`, with names in braces; `{+name}` at the end stands for the rest, slashes and all.
    pub path: &'static str,
    /// What it is called in descriptions: unique.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// Who may use it.
    pub needs: Needs,
    /// The parameters of its query.
    pub query: &'static [Parameter],
    /// The fields of its body; of a `POST` alone.
    pub body: &'static [Field],
    /// What it answers.
    pub answer: Shape,
    /// What it does.
    pub does: Does,
}

/// An HTTP method of administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, and changes: OpenAI's API has no `PATCH`.
    Post,
    /// Deletes.
    Delete,
}

impl Method {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Whoever holds this in the organization.
    InOrganization(Permission),
    /// Whoever holds this in the project that the path names first.
    InProject(Permission),
    /// Whoever holds this in the organization or in any of its projects; the act shows him no more than that.
    Somewhere(Permission),
    /// Whoever has signed in, or has an admin key without scopes: it concerns himself alone.
    Oneself,
    /// Whoever operates the server.
    Operator,
    /// Nobody yet: what the path or the body holds shows who asks, and the act looks at that itself ([`Does::Enter`]).
    Nothing,
}

/// What an endpoint does.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    /// Looks only.
    Read(fn(&Act<'_>) -> Result<Json, Refusal>),
    /// Looks only, at what may be ten thousands of objects: the answer is written down at once, as JSON.
    Tell(fn(&Act<'_>) -> Result<Vec<u8>, Refusal>),
    /// Changes something, and says what for the audit log.
    Write(fn(&Act<'_>) -> Result<Done, Refusal>),
    /// Changes nothing of ours and takes seconds: another thread does it, once the audit log has been told that it begins.
    Errand(fn(&Act<'_>) -> Result<(Errand, Event), Refusal>),
    /// Changes something for whoever shows once more who he is: first without a transaction, for that takes longer than the
    /// database may be held. It is told from which address.
    Prove(fn(&Act<'_>, &Asker) -> Result<Proof, Refusal>),
    /// Lets somebody in who has no token yet.
    Enter(fn(&Visit<'_>) -> Result<Step, Refusal>),
}

/// Who shows once more who he is.
#[derive(Debug, Clone)]
pub struct Asker {
    /// From which address.
    pub peer: IpAddr,
    /// The `Idempotency-Key`, where there is one.
    pub once: Option<Once>,
}

/// What is done within the transaction.
pub type Proof = Box<dyn FnOnce(&Act<'_>) -> Result<Proved, Refusal>>;

/// What became of it. A refusal here undoes nothing, unlike an error of the proof: a wrong password is an event too.
#[derive(Debug)]
pub struct Proved {
    /// What is answered.
    pub answer: Result<Json, Refusal>,
    /// Whether it was answered before, and nothing was done now.
    pub is_replay: bool,
    /// What the audit logs are told.
    pub events: Vec<Event>,
}

/// What has been done. It comes with its event: an act that leaves none has to say that it has done nothing.
#[derive(Debug)]
pub struct Done {
    /// What is answered.
    pub answer: Json,
    /// What the audit log is told; `None` where nothing was changed.
    pub event: Option<Event>,
    /// And besides, where one act is several.
    pub more: Vec<Event>,
}

impl Done {
    /// One act.
    #[must_use]
    pub fn new(answer: Json, event: Event) -> Self {
        Self { answer, event: Some(event), more: Vec::new() }
    }

    /// A change of which the event shows everything: if that is as it was, nothing was done.
    #[must_use]
    pub fn changed(answer: Json, event: Event) -> Self {
        Self { event: Some(event).filter(|event| !event.left_as_it_was()), ..Self::each(answer, Vec::new()) }
    }

    /// Several acts at once, or none.
    #[must_use]
    pub fn each(answer: Json, events: Vec<Event>) -> Self {
        Self { answer, event: None, more: events }
    }
}

/// What the audit log is told of an act.
#[derive(Debug, Clone)]
pub struct Event {
    /// As OpenAI names it.
    pub kind: &'static str,
    /// What the act was upon.
    pub resource: String,
    /// `proj_…`, for an act within a project.
    pub project: Option<String>,
    /// The number of another organization, whose audit log is told: an operator's act. Otherwise it is that of whoever acts.
    pub organization: Option<i64>,
    /// What is shown under the type's name.
    pub payload: Json,
}

impl Event {
    /// An event of which there is nothing more to say than who, when and from where.
    #[must_use]
    pub fn bare() -> Self {
        Self { kind: "", resource: String::new(), project: None, organization: None, payload: json!({}) }
    }

    /// That something was made: with what was asked for.
    #[must_use]
    pub fn created(kind: &'static str, id: &str, data: &Json) -> Self {
        Self { kind, resource: id.to_owned(), payload: json!({ "id": id, "data": data }), ..Self::bare() }
    }

    /// That something was changed: with what was asked for, and what it was and is.
    #[must_use]
    pub fn updated(kind: &'static str, id: &str, requested: &Json, before: &Json, after: &Json) -> Self {
        let payload = json!({ "id": id, "changes_requested": requested, "before": before, "after": after });
        Self { kind, resource: id.to_owned(), payload, ..Self::bare() }
    }

    fn left_as_it_was(&self) -> bool {
        let (before, after) = (self.payload.get("before"), self.payload.get("after"));
        before.is_some() && before == after
    }

    /// That something was deleted or ended: with what it was.
    #[must_use]
    pub fn ended(kind: &'static str, id: &str, before: &Json) -> Self {
        Self { kind, resource: id.to_owned(), payload: json!({ "id": id, "before": before }), ..Self::bare() }
    }

    /// The same, within a project.
    #[must_use]
    pub fn in_project(self, id: &str) -> Self {
        Self { project: Some(id.to_owned()), ..self }
    }

    /// The same, for the audit log of another organization.
    #[must_use]
    pub fn in_organization(self, row: i64) -> Self {
        Self { organization: Some(row), ..self }
    }
}

/// What an endpoint answers.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// An object.
    One(&'static [Field]),
    /// A page of objects, in one of the envelopes.
    Page(Envelope, &'static [Field]),
}

/// How a page of a list is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// `first_id`, `last_id` and `has_more`; the next page is behind `last_id`.
    Ids,
    /// `has_more` and `next`, behind which the next page is.
    Next,
}

/// The members of a path, matched against an endpoint's.
#[must_use]
pub fn matched<'p>(template: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (mut parts, mut found) = (path.split('/'), Vec::new());
    for wanted in template.split('/') {
        let part = parts.next()?;
        if wanted.starts_with("{+") {
            let rest = parts.fold(part.to_owned(), |rest, part| format!("{rest}/{part}"));
            let at = path.len() - rest.len();
            found.push(&path[at..]);
            return (!rest.is_empty()).then_some(found);
        }
        if wanted.starts_with('{') {
            if part.is_empty() {
                return None;
            }
            found.push(part);
        } else if wanted != part {
            return None;
        }
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_part_by_part() {
        let template = "/organization/projects/{project_id}/api_keys/{api_key_id}";

        assert_eq!(matched(template, "/organization/projects/p/api_keys/k"), Some(vec!["p", "k"]));
        for other in ["/organization/projects/p/api_keys", "/organization/projects//api_keys/k", "/x", ""] {
            assert_eq!(matched(template, other), None, "{other}");
        }
        assert_eq!(matched(template, "/organization/projects/p/api_keys/k/more"), None);
        assert_eq!(matched("/models/{+name}", "/models/meta/llama"), Some(vec!["meta/llama"]));
        assert_eq!(matched("/models/{+name}", "/models/"), None);
    }
}
