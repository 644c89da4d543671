//! Whether the caller may have what it asks for: scope, model, what the model can be asked.
//!
//! In: a caller and its envelope. Out: a [`Permit`] with the model, or which rule refuses.

use std::sync::Arc;

use tollgate_core::id::KeyId;
use tollgate_core::key::Key;
use tollgate_core::operation::{Operation, Scope};
use tollgate_core::policy::ModelRefusal;

use crate::catalog::Model;
use crate::live::Live;

/// Leave to ask a model.
pub(crate) struct Permit {
    pub(crate) model: Arc<Model>,
}

/// Why a request is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The key lacks a permission.
    #[error("scope {scope:?} is missing")]
    MissingScope {
        /// Which.
        scope: Scope,
        /// Those it has.
        granted: String,
    },
    /// There is no such model.
    #[error("no model {model:?}")]
    UnknownModel {
        /// The name asked for.
        model: String,
        /// Names that resemble it.
        nearest: Vec<String>,
        /// The first of those that the key may use, where none resembles it.
        usable: Vec<String>,
    },
    /// There is, but the key's rules refuse it.
    #[error("model {model:?} is refused, the key's {rule}")]
    ModelRefused {
        /// The name asked for.
        model: String,
        /// Which rule of the key, and how it refuses, in words: `deny rule … covers it`.
        rule: String,
        /// The project of the key.
        project: String,
        /// Its public id.
        key: KeyId,
    },
    /// It was retired.
    #[error("model {model:?} was retired on {date}")]
    Retired {
        /// The name asked for.
        model: String,
        /// Since when, `YYYY-MM-DD`.
        date: String,
        /// What to use instead.
        successor: Option<String>,
    },
    /// It is of another kind.
    #[error("model {model:?} does not serve {operation:?}")]
    WrongOperation {
        /// The name asked for.
        model: String,
        /// What was asked.
        operation: Operation,
        /// What it serves.
        serves: Vec<Operation>,
    },
}

/// Whether `key` may use `operation` at all: asked before a byte of the body is read.
pub(crate) fn scope(key: &Key, operation: Operation) -> Result<(), AdmitError> {
    let scope = operation.scope();
    let permissions = key.policy.permissions;
    if permissions.grant(scope) {
        return Ok(());
    }
    Err(AdmitError::MissingScope { scope, granted: permissions.names().join(", ") })
}

/// Whether `key` may ask `name` for `operation`, at `now` (Unix seconds).
pub(crate) fn permit(live: &Live, key: &Key, name: &str, operation: Operation, now: i64) -> Result<Permit, AdmitError> {
    let model = visible(live, key, name)?;
    if let Some(shutdown) = model.shutdown.as_ref().filter(|s| now >= s.at) {
        return Err(AdmitError::Retired {
            model: name.to_owned(),
            date: shutdown.date.clone(),
            successor: shutdown.successor.clone(),
        });
    }
    if !model.operations.contains(operation) {
        let named = |o: &Operation| *o != Operation::InputTokens && model.operations.contains(*o);
        let serves = Operation::ALL.into_iter().filter(named).collect();
        return Err(AdmitError::WrongOperation { model: name.to_owned(), operation, serves });
    }
    Ok(Permit { model: model.clone() })
}

/// The model of this name, if the key may see it.
pub(crate) fn visible<'l>(live: &'l Live, key: &Key, name: &str) -> Result<&'l Arc<Model>, AdmitError> {
    let catalog = &live.catalog;
    let rules = &key.policy.models;
    let Some(model) = catalog.model(name) else {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let nearest = owned(catalog.nearest(name, rules));
        let usable = if nearest.is_empty() { owned(catalog.usable(rules).take(3).collect()) } else { Vec::new() };
        return Err(AdmitError::UnknownModel { model: name.chars().take(200).collect(), nearest, usable });
    };
    match rules.refusal(name) {
        None => Ok(model),
        Some(refusal) => Err(AdmitError::ModelRefused {
            model: name.to_owned(),
            rule: match refusal {
                ModelRefusal::Denied(pattern) => format!("deny rule `{pattern}` covers it"),
                ModelRefusal::NotAllowed => format!("allow list ({}) leaves it out", patterns(&rules.allow)),
            },
            project: key.project.id.clone(),
            key: key.id,
        }),
    }
}

/// The first of some patterns. The list of a key may be long, and the message has room for some only.
fn patterns(all: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> =
        all.iter().take(SHOWN).map(|p| format!("`{}`", p.chars().take(40).collect::<String>())).collect();
    let more = if all.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
