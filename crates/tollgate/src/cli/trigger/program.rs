//! Programs that really make a mistake: run here, and what they print is explained.
//!
//! In: a program of the library and a server that it may call. Out: what it printed, and the cause that is found in it. Where
//! its interpreter or its package is missing, the program is shown and the command fails, for nothing was made to happen.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tollgate_errors::trigger::{Program, Trigger};
use tollgate_errors::{Context, Language, explain};

use super::seen::Seen;
use crate::cli::output::{self, Refused};
use crate::cli::target::Target;

/// Longer than any of them takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of what one prints, more than any traceback.
const PRINTED_MAX_BYTES: u64 = 64 * 1024;
/// Variables that would send a program elsewhere.
const REMOVED: [&str; 9] = [
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
];

/// Runs it.
pub(super) fn make(program: &'static Program, trigger: &'static Trigger, target: &Target) -> anyhow::Result<Seen> {
    let printed = match run(program, target) {
        Ok(printed) => printed,
        Err(error) => {
            return Err(missing(program, trigger, &format!("{} cannot be run: {error}", interpreter(program))));
        }
    };
    if lacks_package(&printed) {
        let what = format!("{} has no package {}", interpreter(program), program.package);
        return Err(missing(program, trigger, &what));
    }
    let found = explain(&printed, &Context::default());
    Ok(Seen::of_program(trigger, super::list::program_json(program), &printed, &found))
}

/// The program for whoever wants to run it, and why it was not run here.
fn missing(program: &Program, trigger: &Trigger, why: &str) -> anyhow::Error {
    if let Err(error) = output::line(program.code) {
        return error;
    }
    let install = match program.language {
        Language::Node => format!("npm install {}", program.package),
        _ => format!("pip install {}", program.package),
    };
    Refused::failed(format!("{} was not made to happen: {why}", trigger.name))
        .help(format!("the program above makes the mistake; it needs {}: {install}", interpreter(program)))
        .into()
}

fn interpreter(program: &Program) -> &'static str {
    match program.language {
        Language::Node => "node",
        _ => "python3",
    }
}

/// The first complaint of an interpreter that does not find a package.
fn lacks_package(printed: &str) -> bool {
    printed.contains("ModuleNotFoundError: No module named") || printed.contains("Cannot find module '")
}

fn run(program: &Program, target: &Target) -> io::Result<String> {
    let option = if program.language == Language::Node { "-e" } else { "-c" };
    let mut command = Command::new(interpreter(program));
    command.args([option, program.code]).env("OPENAI_BASE_URL", target.base.to_string());
    REMOVED.iter().for_each(|name| {
        command.env_remove(name);
    });
    match &target.key {
        Some(key) if !program.without_key => command.env("OPENAI_API_KEY", key.reveal()),
        _ => command.env_remove("OPENAI_API_KEY"),
    };
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    printed_by(child)
}

/// What it prints on both streams until it ends, or its time is over.
fn printed_by(mut child: Child) -> io::Result<String> {
    let (tell, told) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|s| Box::new(s) as _), child.stderr.take().map(|s| Box::new(s) as _)];
    for stream in streams.into_iter().flatten() {
        let tell = tell.clone();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.take(PRINTED_MAX_BYTES).read_to_end(&mut bytes);
            let _ = tell.send(bytes);
        });
    }
    drop(tell);
    let mut printed = String::new();
    for _ in 0..2 {
        let Ok(bytes) = told.recv_timeout(PATIENCE) else { break };
        printed.push_str(&String::from_utf8_lossy(&bytes));
    }
    // It has closed both streams, or hangs; an error is that it has ended already.
    let _ = child.kill();
    child.wait()?;
    Ok(printed)
}
