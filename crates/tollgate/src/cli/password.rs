//! `tollgate password`: gives whoever is signed in another password.
//!
//! In: a server or a data directory, the password that there is and the new one, typed or on standard input. Out: nothing on standard
//! output; every other session of the user has ended.

use serde_json::json;
use tollgate_control::api::endpoint::Method;

use super::admin::{Common, act};
use super::hidden;
use super::output::{self, Label};

/// Whose password, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Both passwords are asked for, or are the first two lines of standard input: the one \
that there is, and the new one. Every other session of yours ends.

Examples:
  tollgate password
  tollgate password --context prod
  tollgate password --url https://llm.example.com/v1 < passwords.txt")]
pub(super) struct PasswordArgs {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &PasswordArgs) -> anyhow::Result<()> {
    let (current, new) = hidden::change_of_password()?;
    let body = json!({ "current_password": current, "new_password": new });
    let changed = act(&args.common, Method::Post, "/tollgate/password", &body)?;
    let ended = match changed["ended_sessions"].as_u64() {
        None | Some(0) => String::new(),
        Some(1) => "; another session of yours has ended".to_owned(),
        Some(several) => format!("; {several} other sessions of yours have ended"),
    };
    output::say(Label::Note, &format!("the password is changed{ended}"));
    Ok(())
}
