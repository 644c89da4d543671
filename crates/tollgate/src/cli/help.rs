//! `tollgate help`: the help of a command, or a page about what concerns all of them.

use super::output::{self, Refused};
use super::{command, documents, tree};
use crate::settings::problem::nearest;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Topics: exit-codes, environment, json

Examples:
  tollgate help keys create
  tollgate help exit-codes
  tollgate help environment")]
pub(super) struct Args {
    /// A command such as keys create, or a topic
    words: Vec<String>,
}

/// What exit codes mean; also in the reference page.
pub(super) const EXIT_CODES: [(u8, &str); 7] = [
    (0, "success; also a server that was told to stop and has finished its requests"),
    (1, "a check found something, what was named is not there, or the work failed"),
    (2, "wrong usage or configuration: an argument that is wrong whatever there is"),
    (4, "a key is needed, or another one: HTTP 401 and 403"),
    (5, "a limit or a budget is used up: HTTP 402 and 429"),
    (6, "no server is named and none runs, or it cannot be reached"),
    (130, "interrupted by Ctrl-C; a server, by the second one (143: by SIGTERM)"),
];

/// Variables that are not a flag's, and what they do; also in the reference page.
pub(super) const VARIABLES: [(&str, &str); 12] = [
    ("TOLLGATE_*", "set what the configuration file sets: TOLLGATE_LIMITS_BODY, TOLLGATE_LOG_FORMAT, …"),
    ("OPENAI_BASE_URL", "the server that commands call, unless --url or TOLLGATE_URL names one"),
    ("OPENAI_API_KEY", "the key they call it with, unless --key or TOLLGATE_API_KEY names one"),
    ("OTEL_*", "where a server sends traces"),
    ("NO_COLOR", "set and not empty: no colours"),
    ("CLICOLOR_FORCE", "set and not 0: colours also into a pipe"),
    ("TERM", "dumb: no colours"),
    ("XDG_DATA_HOME, HOME", "where the data directory is by default"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "root certificates for https, instead of the system's"),
    ("BROWSER, DISPLAY, WAYLAND_DISPLAY", "how, and whether, tollgate open shows a page"),
    ("TMPDIR", "where a temporary server keeps its files"),
    ("NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS", "set by a service manager"),
];

/// Pages that are not about one command.
const TOPICS: [&str; 3] = ["exit-codes", "environment", "json"];

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    match args.words.join(" ").as_str() {
        "exit-codes" => exit_codes(),
        "environment" => environment(),
        "json" => json(),
        words => match tree::find(&args.words) {
            Some(_) => command_help(&args.words),
            None => Err(unknown("command and no topic", words).into()),
        },
    }
}

/// As the command's own `--help` prints it, in its colours.
fn command_help(words: &[String]) -> anyhow::Result<()> {
    let line = ["tollgate"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    match command().try_get_matches_from(line) {
        Err(help) => Ok(help.print()?),
        Ok(_) => Ok(()),
    }
}

/// What is not there, and what was perhaps meant.
pub(super) fn unknown(what: &str, words: &str) -> Refused {
    let root = tree::built(command());
    let names: Vec<String> = tree::visible(&root)
        .iter()
        .map(|command| tree::name(command).trim_start_matches("tollgate ").to_owned())
        .chain(what.contains("topic").then_some(TOPICS).into_iter().flatten().map(str::to_owned))
        .collect();
    let refused = Refused::usage(format!("there is no {what} {words:?}"));
    match nearest(words, names.iter().map(String::as_str)) {
        Some(name) => refused.help(format!("did you mean {name:?}?")),
        None => refused.help(format!("tollgate help lists the commands; topics are {}", TOPICS.join(", "))),
    }
}

fn exit_codes() -> anyhow::Result<()> {
    output::line("Exit codes of every command:\n")?;
    EXIT_CODES.iter().try_for_each(|(code, meaning)| output::line(format!("  {code:>3}  {meaning}")))?;
    output::line("\ntollgate run ends with the code of the program that it ran.")
}

fn environment() -> anyhow::Result<()> {
    output::line("Variables that every command reads, or the server:\n")?;
    for (name, meaning) in VARIABLES {
        output::line(format!("  {name}\n      {meaning}"))?;
    }
    output::line("\nVariables that stand for a flag:\n")?;
    for (name, flag) in flags_of_variables() {
        output::line(format!("  {name:<18}  {flag}"))?;
    }
    Ok(())
}

/// Each variable that a declared flag takes, once.
pub(super) fn flags_of_variables() -> Vec<(String, String)> {
    let root = tree::built(command());
    let mut found: Vec<(String, String)> = tree::visible(&root)
        .iter()
        .flat_map(|command| command.get_arguments().cloned().collect::<Vec<_>>())
        .filter_map(|arg| Some((arg.get_env()?.to_str()?.to_owned(), format!("--{}", arg.get_long()?))))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn json() -> anyhow::Result<()> {
    output::line(
        "With --json a command prints one JSON document, which begins with its name\n\
         (\"object\") and \"version\". The version rises when a member changes its meaning\n\
         or goes, not when one is added. The reference tells every member.\n",
    )?;
    for document in documents::ALL {
        let mut lines = wrapped(document.commands, 80 - 28).into_iter();
        output::line(format!("  {:<24}  {}", document.object, lines.next().unwrap_or_default()))?;
        lines.try_for_each(|more| output::line(format!("{:28}{more}", "")))?;
    }
    Ok(())
}

/// Names with commas between them, in lines of so many characters.
fn wrapped(names: &[&str], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        match lines.last_mut().filter(|line| line.len() + name.len() + 2 <= width) {
            Some(line) => line.push_str(&format!(" {name}{comma}")),
            None => lines.push(format!("{name}{comma}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn names_are_wrapped_between_them() {
        assert_eq!(wrapped(&["keys create", "keys show", "up"], 23), ["keys create, keys show,", "up"]);
    }
}
