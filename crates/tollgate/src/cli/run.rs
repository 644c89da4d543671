//! `tollgate run`: a program that calls OpenAI, run against a gateway.
//!
//! In: a command line. Out: what the program does, its exit code included. It finds base URL and key in the variables that
//! OpenAI's clients read. Against a server that runs, this process becomes the program. Where none does, one is started
//! for it and ends with it.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::http::block_on;
use super::output::{self, Ended, Label, Refused};
use super::target::{Target, TargetArgs};
use super::temporary::Temporary;

/// Variables of OpenAI's clients that would send a caller's own names to another server.
const REMOVED: [&str; 3] = ["OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID"];
/// What a shell says of a program that it cannot find, and of one that it cannot run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
OPENAI_BASE_URL, OPENAI_API_BASE (of older clients) and OPENAI_API_KEY are set; \
OPENAI_ORG_ID, OPENAI_ORGANIZATION and OPENAI_PROJECT_ID are removed. If no \
server is named and none runs on the data directory, a temporary one with the \
sandbox serves the program.

Examples:
  tollgate run -- python app.py
  tollgate run --temporary -- npm test
  tollgate run -- sh -c 'echo \"calls go to $OPENAI_BASE_URL\"; ./smoke-test'")]
pub(super) struct Args {
    /// Start a temporary server even where another one could be called
    #[arg(long, conflicts_with_all = ["url", "key"])]
    temporary: bool,
    #[command(flatten)]
    target: TargetArgs,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let target = if args.temporary { None } else { args.target.resolve_if_any()? };
    if let Some(target) = target {
        // The child gets every signal and its exit code is ours, because it is this process.
        let error = command(args, &target).exec();
        return Err(not_run(args, &error).into());
    }
    let server = Temporary::start()?;
    output::say(Label::Note, &format!("a temporary server with the sandbox is at {}", server.target().base));
    let status = block_on(supervise(args, server.target()))?;
    drop(server);
    match exit_code(status) {
        0 => Ok(()),
        code => Err(Ended(code).into()),
    }
}

fn command(args: &Args, target: &Target) -> Command {
    let mut command = Command::new(&args.command[0]);
    let base = target.base.to_string();
    command.args(&args.command[1..]).env("OPENAI_BASE_URL", &base).env("OPENAI_API_BASE", &base);
    if let Some(key) = &target.key {
        command.env("OPENAI_API_KEY", key.reveal());
    }
    for name in REMOVED {
        command.env_remove(name);
    }
    command
}

fn not_run(args: &Args, error: &io::Error) -> Refused {
    let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN };
    let refused = Refused::failed(format!("{} cannot be run: {error}", args.command[0].display())).code(code);
    match code {
        NOT_FOUND => refused.help("name a program in PATH, or its path; what belongs to it comes after --"),
        _ => refused,
    }
}

/// Runs it, and hands on what this process is told. Of Ctrl-C a terminal tells the child too.
async fn supervise(args: &Args, target: &Target) -> anyhow::Result<ExitStatus> {
    let (mut interrupt, mut terminate, mut hangup) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let mut ended = signal(SignalKind::child())?;
    let mut child = command(args, target).spawn().map_err(|error| not_run(args, &error))?;
    let pid = Pid::from_child(&child);
    let has_terminal = io::stdin().is_terminal();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let told = next(&mut interrupt, &mut terminate, &mut hangup, &mut ended).await;
        if let Some(told) = told.filter(|told| !has_terminal || *told != rustix::process::Signal::INT) {
            // It may have ended meanwhile, which is seen next.
            let _ = kill_process(pid, told);
        }
    }
}

/// The next signal to hand on; `None` where a child has ended.
async fn next(
    interrupt: &mut Signal,
    terminate: &mut Signal,
    hangup: &mut Signal,
    ended: &mut Signal,
) -> Option<rustix::process::Signal> {
    tokio::select! {
        _ = interrupt.recv() => Some(rustix::process::Signal::INT),
        _ = terminate.recv() => Some(rustix::process::Signal::TERM),
        _ = hangup.recv() => Some(rustix::process::Signal::HUP),
        _ = ended.recv() => None,
    }
}

/// As a shell tells it: 128 and the signal's number for a program that a signal has ended.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
