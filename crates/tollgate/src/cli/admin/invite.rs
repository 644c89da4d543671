//! An invite that was just made, for whoever hands it over.
//!
//! In: what the API answers, and which server it is of. Out: on standard output the link alone, so that a shell can take it and
//! `tollgate login --invite @FILE` reads it; without a server that the link could name, the token alone. What else there is to know
//! is a note.

use serde_json::Value as Json;

use crate::cli::http::Base;
use crate::cli::output::printable::printable;
use crate::cli::output::{self, Label};

/// How paths of the API begin; a base URL ends with it, or with whatever stands for it.
const VERSION: &str = "/v1";

/// Prints the link, and says what was made: the invite, or the organization that begins with it.
pub(super) fn hand_over(made: &Json, invite: &Json, base: Option<Base>) -> anyhow::Result<()> {
    let text = |of: &Json, name: &str| printable(of[name].as_str().unwrap_or_default()).into_owned();
    let is_linked = base.is_some();
    output::line(match base {
        Some(base) => link(&base, &text(invite, "accept_path")),
        None => text(invite, "token"),
    })?;
    let of = if made["id"] == invite["id"] { String::new() } else { format!("{} with ", text(made, "id")) };
    let until = invite["expires_at"].as_i64().map_or_else(String::new, |at| format!(" until {}", output::time(at)));
    let (id, email) = (text(invite, "id"), text(invite, "email"));
    output::say(Label::Note, &format!("made {of}{id} for {email}; it can be accepted once{until}, and is shown once"));
    let by = if is_linked { "tollgate login --invite @FILE" } else { "tollgate login --url URL --invite @FILE" };
    output::say(Label::Note, &format!("nothing was sent: hand it over; {by} accepts it"));
    Ok(())
}

/// The path below the base URL by which this server was reached.
fn link(base: &Base, accept_path: &str) -> String {
    format!("{base}{}", accept_path.strip_prefix(VERSION).unwrap_or(accept_path))
}
