//! How loud and how colourful commands are: `--color`, `--quiet`, `--verbose` and what the environment says.
//!
//! In: flags, once, before anything is printed. Out: answers for everything that prints. It is of the whole process, as
//! its standard error is.

use std::sync::OnceLock;

use clap::{ArgAction, ValueEnum};

/// Flags of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct VoiceArgs {
    /// Colour what a terminal shows; NO_COLOR and CLICOLOR_FORCE decide where this is auto
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true, display_order = 900)]
    color: Color,
    /// Print no notes and no progress; given twice, no warnings either
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose", display_order = 901)]
    quiet: u8,
    /// Print more about what was done, such as ids of requests
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 902)]
    verbose: u8,
}

/// When to colour. Values without a doc comment of their own: with one, clap spreads the help of every command over
/// twice the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

static VOICE: OnceLock<VoiceArgs> = OnceLock::new();

/// From now on the flags hold.
pub(crate) fn set(args: VoiceArgs) {
    let _ = VOICE.set(args);
}

/// Whether notes and progress are left out.
pub(crate) fn is_quiet() -> bool {
    VOICE.get().is_some_and(|voice| voice.quiet > 0)
}

/// Whether warnings are left out too.
pub(crate) fn is_silent() -> bool {
    VOICE.get().is_some_and(|voice| voice.quiet > 1)
}

/// Whether to say more.
pub(crate) fn is_verbose() -> bool {
    VOICE.get().is_some_and(|voice| voice.verbose > 0)
}

/// Whether to colour a stream that is, or is not, a terminal.
pub(crate) fn colours(is_terminal: bool) -> bool {
    let color = VOICE.get().map_or(Color::Auto, |voice| voice.color);
    // Among all variables one may be that is not text, and it may be a secret: those alone are read.
    let value = |name: &str| std::env::vars_os().find(|(known, _)| known == name).map(|(_, value)| value);
    decide(color, is_terminal, &|name| value(name).and_then(|value| value.into_string().ok()).unwrap_or_default())
}

/// <https://no-color.org> (set and not empty means no) comes before <https://bixense.com/clicolors> (`CLICOLOR_FORCE`,
/// set and not 0, means yes).
fn decide(color: Color, is_terminal: bool, value: &dyn Fn(&str) -> String) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if !value("NO_COLOR").is_empty() => false,
        Color::Auto if !matches!(value("CLICOLOR_FORCE").as_str(), "" | "0") => true,
        Color::Auto => is_terminal && value("TERM") != "dumb",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_terminal() {
        let of = |color, is_terminal, pairs: &[(&str, &str)]| {
            let value = |name: &str| pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| *value).to_owned();
            decide(color, is_terminal, &value)
        };

        assert!(of(Color::Auto, true, &[]) && !of(Color::Auto, false, &[]));
        assert!(!of(Color::Auto, true, &[("NO_COLOR", "1")]) && of(Color::Auto, true, &[("NO_COLOR", "")]));
        assert!(
            of(Color::Auto, false, &[("CLICOLOR_FORCE", "1")]) && !of(Color::Auto, false, &[("CLICOLOR_FORCE", "0")])
        );
        assert!(!of(Color::Auto, true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(!of(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(of(Color::Always, false, &[("NO_COLOR", "1")]) && !of(Color::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }
}
