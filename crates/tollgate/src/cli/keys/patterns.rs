//! Whether the patterns of a key match any model: one that matches none was likely mistyped.
//!
//! In: the patterns, and the configuration that is named or lies in the data directory. Out: a warning for each that
//! matches nothing. Without such a configuration, or with one that cannot be read, nothing is said: models may be added
//! after their keys.

use tollgate_core::policy::ModelRules;

use crate::cli::data_dir::DataDirArgs;
use crate::cli::output::{self, Label};
use crate::cli::server::ServerArgs;
use crate::settings::environment::Process;
use crate::settings::problem::nearest;

/// Warns of patterns that match no model.
pub(super) fn warn(data_dir: &DataDirArgs, patterns: &[String]) {
    let Some(names) = names(data_dir).filter(|_| !patterns.is_empty()) else { return };
    for pattern in patterns.iter().filter(|pattern| !names.iter().any(|name| matches(pattern, name))) {
        let near = nearest(pattern, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |name| format!("; did you mean {name:?}?"));
        output::say(Label::Warning, &format!("no configured model matches {pattern:?}{near}"));
    }
}

/// Models of the configuration, and those of the sandbox, which `tollgate up` brings along.
fn names(data_dir: &DataDirArgs) -> Option<Vec<String>> {
    let process = Process::now();
    let server = ServerArgs {
        config: data_dir.file().cloned(),
        listen: None,
        data_dir: data_dir.given().map(|directory| directory.display().to_string()),
    };
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process))?;
    let loaded = server.load(Some(&file), true, &process).ok()?;
    Some(loaded.settings.gateway.models.into_iter().map(|model| model.name).collect())
}

fn matches(pattern: &str, name: &str) -> bool {
    ModelRules { allow: vec![pattern.to_owned()], deny: Vec::new() }.refusal(name).is_none()
}
