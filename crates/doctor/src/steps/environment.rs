//! What the environment holds, and what contradicts what.

use crate::check::Check;
use crate::environment::Resolved;
use crate::examine::{Examination, Sight};

/// Tells it. Nothing of it is a fault by itself: what does not work for it fails in a later check.
pub(crate) fn look(ex: &mut Examination<'_>, resolved: &Resolved) {
    ex.begin(Check::Environment);
    if let Some(setting) = &resolved.key {
        ex.secrets.add_key(&setting.value);
    }
    for (name, value) in &ex.question.variables {
        if ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.ends_with(word)) {
            match name.ends_with("KEY") {
                true => ex.secrets.add_key(value),
                false => ex.secrets.add(value),
            }
        }
    }
    let mut lines = Vec::new();
    if !resolved.set.is_empty() {
        lines.push(format!("set: {}", resolved.set.join(", ")));
    }
    for (what, setting) in [
        ("base URL", &resolved.base_url),
        ("key", &resolved.key),
        ("organization", &resolved.organization),
        ("project", &resolved.project),
    ] {
        if let Some(setting) = setting {
            lines.push(format!("{what}: from {}", setting.origin));
        }
    }
    let sight = match resolved.conflicts.first() {
        None => Sight::fine(Check::Environment, "nothing in it contradicts itself"),
        Some(first) => Sight::note(Check::Environment, first.as_str()),
    };
    let more = resolved.conflicts.iter().skip(1).cloned();
    ex.put(sight.evidences(more).evidences(lines));
}
