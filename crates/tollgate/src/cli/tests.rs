use super::{command, man, reference, tree};

fn visible() -> Vec<clap::Command> {
    tree::visible(&tree::built(command()))
}

fn examples(command: &clap::Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn the_declared_arguments_do_not_contradict_each_other() {
    command().debug_assert();
}

#[test]
fn examples_fit_into_eighty_columns_and_are_not_wrapped() {
    for command in visible() {
        for line in examples(&command).lines().filter(|line| line.starts_with("  ")) {
            assert!(line.chars().count() < 80, "{}: {line}", tree::name(&command));
        }
    }
}

#[test]
fn every_command_has_examples_that_are_commands() {
    for command in visible() {
        let text = examples(&command);
        let (_, shown) = text.split_once("Examples:\n").unwrap_or_else(|| panic!("{}: none", tree::name(&command)));

        assert!(shown.contains("tollgate "), "{}: {shown}", tree::name(&command));
    }
}

#[test]
fn every_flag_of_an_example_is_declared() {
    let root = tree::built(command());
    for command in tree::visible(&root) {
        for line in examples(&command).lines().filter_map(|line| line.strip_prefix("  tollgate ")) {
            // What is behind a pipe, or handed on to a program, is not ours.
            let ours = line.split(['|', '<', '>']).next().unwrap_or_default().split(" -- ").next().unwrap_or_default();
            let words: Vec<String> = ours.split_whitespace().map(str::to_owned).collect();
            let depth = (0..=words.len()).rev().find(|depth| tree::find(&words[..*depth]).is_some()).unwrap_or(0);
            let found = tree::find(&words[..depth]).unwrap();
            for flag in words.iter().filter_map(|word| word.strip_prefix("--")) {
                let is_declared = found.get_arguments().any(|arg| arg.get_long() == Some(flag));
                assert!(is_declared, "{}: {line}: --{flag}", tree::name(&command));
            }
        }
    }
}

#[test]
fn every_flag_and_argument_is_explained() {
    for command in visible() {
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{} {}", tree::name(&command), arg.get_id());
        }
    }
}

#[test]
fn the_reference_page_is_what_is_declared() {
    let page = std::fs::read_to_string("../../docs/cli.md").unwrap_or_default();

    assert!(page == reference::page(), "run: cargo run -p tollgate -- cli-reference > docs/cli.md");
}

#[test]
fn completions_and_manual_pages_know_every_command_and_its_flags() {
    let mut script = Vec::new();
    clap_complete::generate(clap_complete::Shell::Fish, &mut command(), "tollgate", &mut script);
    let script = String::from_utf8(script).unwrap();
    for command in visible() {
        let page = man::page(command.clone()).unwrap();
        // roff writes a hyphen with a backslash before it.
        let page = String::from_utf8(page).unwrap().replace("\\-", "-");

        assert!(script.contains(command.get_name()), "{}", tree::name(&command));
        for section in ["SYNOPSIS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT"] {
            assert!(page.contains(&format!(".SH \"{section}\"\n")), "{section}: {page}");
        }
        for flag in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(page.contains(&format!("--{flag}")), "{}: --{flag}", tree::name(&command));
            // The shell's script tells two words apart, not three as in `projects users create`.
            let is_deep = tree::name(&command).split(' ').count() > 3;
            assert!(is_deep || script.contains(&format!("-l {flag}")), "{}: --{flag}", tree::name(&command));
        }
    }
}
