//! Wrong usage, told in the form of every other error.
//!
//! In: the parser's error. Out: its facts as `error:` and `help:` lines and exit code 2; help and the version, which are
//! errors to the parser, on standard output.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Command;
use clap::error::ErrorKind;

use super::command;
use super::output::{self, Label};

/// Tells it. The arguments say whose help has examples.
pub(super) fn tell(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_help {
        return match error.print() {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                output::fail(&anyhow::Error::new(e).context(output::UNWRITTEN))
            }
            _ => code,
        };
    }
    let shows_usage = !matches!(error.kind(), ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand);
    let told = Told::read(&error.render().to_string(), &meant(arguments), shows_usage);
    output::say(Label::Error, &told.message);
    for help in &told.helps {
        output::say(Label::Help, help);
    }
    code
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    message: String,
    helps: Vec<String>,
}

impl Told {
    /// Reads the parser's text: paragraphs, each of a known kind. Its usage line is made from what was typed, which
    /// misleads where just that is refused, and is too much beside a tip.
    fn read(text: &str, command: &str, shows_usage: bool) -> Self {
        let mut told = Self::default();
        let shows_usage = shows_usage && !text.contains("tip: ");
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let inner = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
            if let Some(message) = line.strip_prefix("error: ") {
                let (message, meant) = message.split_once("; did you mean ").unwrap_or((message, ""));
                told.message = message.to_owned();
                if !meant.is_empty() {
                    told.helps.push(format!("did you mean {meant}"));
                }
            } else if let Some(tip) = line.strip_prefix("tip: ") {
                told.helps.push(tip.to_owned());
            } else if let Some(usage) = line.strip_prefix("Usage: ") {
                if shows_usage {
                    told.helps.push(format!("usage: {usage}"));
                }
            } else if let Some(values) = inner.filter(|inner| inner.starts_with("possible values: ")) {
                told.helps.push(values.to_owned());
            } else if !line.starts_with("For more information") {
                // The arguments that are missing, one per line.
                let comma = if told.message.ends_with(':') { "" } else { "," };
                told.message = format!("{}{comma} {line}", told.message);
            }
        }
        told.helps.push(format!("{command} --help has examples"));
        told
    }
}

/// The command that the arguments name, as far as they do.
fn meant(arguments: &[OsString]) -> String {
    let root = command();
    let (mut command, mut words): (&Command, _) = (&root, vec!["tollgate"]);
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(below) = command.find_subcommand(word).filter(|below| !below.is_hide_set()) {
            words.push(below.get_name());
            command = below;
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_says_is_told_in_one_line_each() {
        let text = "error: the following required arguments were not provided:\n  --name <NAME>\n  <KEY>\n\n\
                    Usage: tollgate keys create --name <NAME> <KEY>\n\nFor more information, try '--help'.\n";

        let told = Told::read(text, "tollgate keys create", true);

        assert_eq!(told.message, "the following required arguments were not provided: --name <NAME>, <KEY>");
        assert_eq!(
            told.helps,
            ["usage: tollgate keys create --name <NAME> <KEY>", "tollgate keys create --help has examples"]
        );
    }

    #[test]
    fn tips_and_possible_values_are_help() {
        let text = "error: invalid value 'x' for '--color <WHEN>'\n  [possible values: auto, never]\n\n  \
                    tip: a similar value exists: 'auto'\n\nFor more information, try '--help'.\n";

        let told = Told::read(text, "tollgate keys create", true);

        assert_eq!(told.message, "invalid value 'x' for '--color <WHEN>'");
        assert_eq!(told.helps[..2], ["possible values: auto, never", "a similar value exists: 'auto'"]);
    }

    #[test]
    fn what_was_meant_is_help() {
        let told =
            Told::read("error: invalid value 'x' for '--cause': nothing such; did you mean \"y\"?", "tollgate", true);

        assert_eq!(told.message, "invalid value 'x' for '--cause': nothing such");
        assert_eq!(told.helps, ["did you mean \"y\"?", "tollgate --help has examples"]);
    }

    #[test]
    fn the_command_is_found_among_flags_and_values() {
        let named = |line: &str| meant(&line.split(' ').map(OsString::from).collect::<Vec<_>>());

        assert_eq!(named("tollgate -q keys create --name keys"), "tollgate keys create");
        assert_eq!(named("tollgate api FOO models"), "tollgate api");
        assert_eq!(named("tollgate kys"), "tollgate");
    }
}
