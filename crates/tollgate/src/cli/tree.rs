//! The declared commands as a tree, for everything that is made from them: help, completion, manual and reference.

use clap::Command;

use super::command;

/// With names and global flags in every command, as the parser has them.
pub(super) fn built(mut root: Command) -> Command {
    root.build();
    root
}

/// A command and all below it, in the order of their declaration, without those that are hidden.
pub(super) fn visible(root: &Command) -> Vec<Command> {
    let mut found = vec![root.clone()];
    for command in below(root) {
        found.extend(visible(command));
    }
    found
}

/// The commands directly below.
pub(super) fn below(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

/// The command of these words; no words are the program itself.
pub(super) fn find(words: &[String]) -> Option<Command> {
    let root = built(command());
    let mut command = &root;
    for word in words {
        command = command.get_subcommands().find(|command| command.get_name() == word)?;
    }
    Some(command.clone())
}

/// `tollgate keys create`
pub(super) fn name(command: &Command) -> &str {
    command.get_bin_name().unwrap_or(command.get_name())
}
