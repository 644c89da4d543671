//! `tollgate owner`: somebody who administers, made by whoever holds the data directory.
//!
//! In: a data directory, which is made where it is missing, and a password that is typed or comes on standard input. Out: an
//! owner who can sign in; on standard output an admin key, once, where there is none yet or one was asked for.

use anyhow::Context;
use clap::Subcommand;
use tollgate_control::use_cases::owners::{self, NewOwner};

use super::data_dir::DataDirArgs;
use super::hidden;
use super::output::{self, Label};
use crate::handover::keys_changed;
use crate::wiring::{self, now};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A server whose data directory knows no owner listens on loopback alone.

Examples:
  tollgate owner create --email ada@example.com --name Ada
  tollgate owner create --email ada@example.com < password.txt")]
pub(super) enum Command {
    /// Make an owner of an organization, or give a user the role and another password
    #[command(after_help = "\
The password is asked for, or is the first line of standard input. The first owner's \
admin key is printed once on standard output; it may operate the server.

Examples:
  tollgate owner create --email ada@example.com --name Ada
  tollgate owner create --email ada@example.com --admin-key < password.txt")]
    Create(CreateArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateArgs {
    /// The owner's address, to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// What the owner is called [default: the address]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Organization, by id [default: the oldest, which is made where there is none]
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print an admin key of the owner that may operate the server, also where there are admin keys already
    #[arg(long)]
    admin_key: bool,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Create(args) => create(args),
    }
}

fn create(args: &CreateArgs) -> anyhow::Result<()> {
    let directory = args.data_dir.directory()?;
    let password = hidden::password(&format!("Password for {}", args.email))?;
    let (database, secrets) = wiring::open(&directory)?;
    let new = NewOwner {
        email: &args.email,
        name: args.name.as_deref(),
        password: &password,
        organization: args.organization.as_deref(),
        with_admin_key: args.admin_key,
    };
    let made = owners::create(&database, &secrets.pepper, &new, now()).context("the owner was not made")?;
    keys_changed(&directory);
    if let Some(before) = made.role_before.filter(|role| role != "owner") {
        output::say(
            Label::Note,
            &format!("{} was a {before} of {:?}, and is an owner now", made.email, made.organization),
        );
    }
    if let Some(token) = made.admin_key {
        output::say(Label::Note, "the admin key may operate the server, and is shown this once");
        output::line(token.reveal())?;
    }
    output::say(Label::Note, &format!("{} owns {:?}; sign in with tollgate login", made.email, made.organization));
    Ok(())
}
