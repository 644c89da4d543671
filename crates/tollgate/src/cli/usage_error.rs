//! Wrong usage, told in the form of every other error.
//!
//! In: the parser's error. Out: its facts as `error:` and `help:` lines and exit code 2; help and the version, which are
//! errors to the parser, on standard output.

use std::process::ExitCode;

use clap::error::ErrorKind;

use super::output::{self, Label};

/// Tells it.
pub(super) fn tell(error: &clap::Error) -> ExitCode {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_help {
        let _ = error.print();
        return code;
    }
    let told = Told::read(&error.render().to_string());
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
    /// Reads the parser's text: paragraphs, each of a known kind.
    fn read(text: &str) -> Self {
        let mut told = Self::default();
        let mut command = "tollgate".to_owned();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let inner = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
            if let Some(message) = line.strip_prefix("error: ") {
                told.message = message.to_owned();
            } else if let Some(tip) = line.strip_prefix("tip: ") {
                told.helps.push(tip.to_owned());
            } else if let Some(usage) = line.strip_prefix("Usage: ") {
                command = words(usage);
                told.helps.push(format!("usage: {usage}"));
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

/// The words of a usage line that are the command.
fn words(usage: &str) -> String {
    let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    usage.split(' ').take_while(is_word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_says_is_told_in_one_line_each() {
        let text = "error: the following required arguments were not provided:\n  --name <NAME>\n  <KEY>\n\n\
                    Usage: tollgate keys create --name <NAME> <KEY>\n\nFor more information, try '--help'.\n";

        let told = Told::read(text);

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

        let told = Told::read(text);

        assert_eq!(told.message, "invalid value 'x' for '--color <WHEN>'");
        assert_eq!(told.helps[..2], ["possible values: auto, never", "a similar value exists: 'auto'"]);
    }
}
