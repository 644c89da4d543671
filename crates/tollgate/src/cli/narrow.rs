//! Whose requests: `--project`, `--key` and `--model`.
//!
//! In: what a person calls them. Out: ids. What nobody knows is refused, with what was perhaps meant: a sum of nothing
//! would look like an answer.

use std::path::Path;

use tollgate_control::use_cases::keys::{self as use_cases, KeyError};
use tollgate_core::id::KeyId;
use tollgate_errors::catalog;
use tollgate_store::database::{Database, FILE_NAME};
use tollgate_store::records::{self, Records};

use super::keys::refused::refused;
use super::output::{self, Label, Refused};
use crate::settings::problem::nearest;

/// What to keep to.
#[derive(Debug, clap::Args)]
pub(super) struct NarrowArgs {
    /// Only of this project, by id or name
    #[arg(long)]
    project: Option<String>,
    /// Only of this key, by id or a beginning of it
    #[arg(long)]
    key: Option<String>,
    /// Only of this model, as callers ask for it
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
}

/// The same, as records have it.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    pub(super) project: Option<String>,
    pub(super) key: Option<KeyId>,
}

impl NarrowArgs {
    /// Looks up who is meant in the database of keys, and in the records where they know more.
    pub(super) fn resolve(&self, data_dir: &Path, records: &Records) -> anyhow::Result<Narrowed> {
        if self.project.is_none() && self.key.is_none() {
            return Ok(Narrowed::default());
        }
        // Records can be read without it, and are perhaps all that was copied here.
        let has_keys = data_dir.join(FILE_NAME).is_file();
        let database = has_keys.then(|| Database::open(data_dir)).transpose()?;
        let database = database.as_ref();
        let project = self.project.as_deref().map(|given| project(given, database, records)).transpose()?;
        let key = self.key.as_deref().map(|given| key(given, database, records)).transpose()?;
        Ok(Narrowed { project, key })
    }

    /// Says that nothing was found, and whether that is because nobody has ever asked for the model.
    pub(super) fn note_nothing(&self, records: &Records) -> anyhow::Result<()> {
        let message = match &self.model {
            Some(model) if !records::are_there_of(records, model)? => format!("no request names the model {model:?}"),
            _ => "there are no such requests".to_owned(),
        };
        output::say(Label::Note, &message);
        Ok(())
    }

    /// The same for sums, which are not kept for every name that somebody makes up.
    pub(super) fn note_model_without_sums(&self) {
        if let Some(model) = &self.model {
            let message = format!(
                "there are no sums of a model {model:?}; requests for models that do not exist count as (none), and \
                 tollgate requests list --model {} lists them",
                output::quoted(model)
            );
            output::say(Label::Note, &message);
        }
    }
}

fn project(given: &str, database: Option<&Database>, records: &Records) -> anyhow::Result<String> {
    let found = match database {
        Some(database) => use_cases::find_project(database, given),
        None => Err(KeyError::UnknownProject(given.to_owned())),
    };
    match found {
        Err(KeyError::UnknownProject(_)) if given.starts_with("proj_") && records::are_there_of(records, given)? => {
            Ok(given.to_owned())
        }
        other => other.map_err(|error| told(database, error)),
    }
}

/// With advice where there is a database to take it from.
fn told(database: Option<&Database>, error: KeyError) -> anyhow::Error {
    match database {
        Some(database) => refused(database, None, error),
        None => Refused::failed(error.to_string()).into(),
    }
}

fn key(given: &str, database: Option<&Database>, records: &Records) -> anyhow::Result<KeyId> {
    let found = match database {
        Some(database) => use_cases::show_key(database, given).map(|key| key.id),
        None => Err(KeyError::UnknownKey(given.to_owned())),
    };
    match (found, given.parse::<KeyId>()) {
        (Err(KeyError::UnknownKey(_)), Ok(id)) if records::are_there_of(records, id.digits())? => Ok(id),
        (found, _) => found.map_err(|error| told(database, error)),
    }
}

/// The slug of a cause, for clap.
pub(super) fn cause(slug: &str) -> Result<String, String> {
    if catalog::by_slug(slug).is_some() {
        return Ok(slug.to_owned());
    }
    let meant = nearest(slug, catalog::all().iter().map(|cause| cause.slug));
    Err(match meant {
        Some(slug) => format!("there is no such cause; did you mean {slug:?}?"),
        None => "there is no such cause; tollgate errors list has them all".to_owned(),
    })
}
