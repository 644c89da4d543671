//! `tollgate completion`: what a shell needs to complete commands and flags.

use std::io::{self, Write};

use clap::ValueEnum;
use clap_complete::generate;

use super::command;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(tollgate completion bash)
  tollgate completion zsh > ~/.zfunc/_tollgate
  tollgate completion fish > ~/.config/fish/completions/tollgate.fish")]
pub(super) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
    };
    // Made whole first: the generator panics where its output takes nothing.
    let mut script = Vec::new();
    generate(shell, &mut command(), "tollgate", &mut script);
    Ok(io::stdout().lock().write_all(&script)?)
}
