//! Why a key was not made or changed, as a command ends with it.
//!
//! In: the use case's error and what was to be done. Out: error, cause and help. What is wrong whatever there is, such as
//! an empty name, is wrong usage (code 2); what is named and not there, or stands in the way, is a failure (code 1).

use tollgate_control::use_cases::keys::KeyError;
use tollgate_core::operation::Scope;
use tollgate_store::database::Database;
use tollgate_store::projects;

use crate::cli::output::Refused;
use crate::settings::problem::nearest;

/// The same error with advice. `what` is what has not happened; without it the error speaks for itself.
pub(in crate::cli) fn refused(database: &Database, what: Option<&str>, error: KeyError) -> anyhow::Error {
    let help = help(database, &error);
    let message = what.map_or_else(|| error.to_string(), str::to_owned);
    let refused = if is_usage(&error) { Refused::usage(message) } else { Refused::failed(message) };
    let refused = match help {
        Some(help) => refused.help(help),
        None => refused,
    };
    match what {
        Some(_) => anyhow::Error::new(error).context(refused),
        None => refused.into(),
    }
}

fn is_usage(error: &KeyError) -> bool {
    use KeyError as E;
    matches!(
        error,
        E::NameEmpty
            | E::NameTooLong(_)
            | E::NameControl(_)
            | E::UnknownScope(_)
            | E::ExpiryInPast { .. }
            | E::NoId(_)
            | E::ModelPattern(_)
            | E::RegionPattern(_)
            | E::Tier(_)
            | E::Address { .. }
            | E::TooManyPatterns(_)
            | E::MetadataEntries(_)
            | E::MetadataName(_)
            | E::MetadataValue { .. }
    )
}

fn help(database: &Database, error: &KeyError) -> Option<String> {
    use KeyError as E;
    Some(match error {
        E::UnknownKey(_) | E::UnknownPrefix(_) | E::NoId(_) | E::EmptyPrefix { .. } => {
            "tollgate keys list shows the ids of all keys".to_owned()
        }
        E::AmbiguousPrefix { .. } => "give more characters of the id".to_owned(),
        E::AlreadyRevoked(_) => "create a new key: tollgate keys create --name NAME".to_owned(),
        E::Expired { key, .. } => format!("set a later expiry first: tollgate keys expire {key} 30d"),
        E::Imported(_) => "create a new key, and revoke this one when nobody uses it any more".to_owned(),
        E::OverlapRuns { .. } => {
            "rotate when that time has come, or with --end-overlap: then the oldest of the secrets stops working now"
                .to_owned()
        }
        E::NameEmpty => "a name tells keys apart; give one with --name".to_owned(),
        E::ExpiryInPast { .. } => "give a time from now such as 30d, a later date, or never".to_owned(),
        E::UnknownScope(unknown) => {
            let sets = ["api.all.read", "api.model.request"];
            did_you_mean(&unknown.0, Scope::ALL.into_iter().map(Scope::name).chain(sets))?
        }
        E::UnknownProject(given) => {
            // Names are looked for in the first organization alone.
            let mut known = projects::list(database).ok()?;
            let first = known.first()?.organization.clone();
            known.retain(|project| project.organization == first);
            did_you_mean(given, known.iter().flat_map(|project| [project.name.as_str(), project.id.as_str()]))
                .unwrap_or_else(|| {
                    let names: Vec<_> = known.iter().map(|project| project.name.as_str()).collect();
                    format!("projects are: {}", names.join(", "))
                })
        }
        E::NoProject | E::Archived(_) => "create a project: tollgate projects create --name NAME".to_owned(),
        E::UnknownOrganization(_) => "tollgate organizations list shows the ids of all of them".to_owned(),
        _ => return None,
    })
}

fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(given, known).map(|name| format!("did you mean {name:?}?"))
}
