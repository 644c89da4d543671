//! How commands speak: colours, quiet, wrong usage, help, completion and manual pages.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::{Home, Ran};
use crate::server;

#[test]
fn a_variable_that_is_not_text_is_passed_over_by_every_command_and_not_printed() {
    let home = Home::new().with_database();
    for (arguments, code) in [
        (&["keys", "list"][..], 0),
        (&["scan"], 0),
        (&["explain", "openai 401 invalid_api_key"], 0),
        (&["image", "check", "file:///a.png"], 1),
        (&["errors", "list"], 0),
    ] {
        for name in ["CAFE", "OPENAI_API_KEY", "TOLLGATE_LISTEN"] {
            let mut command = home.command(arguments);
            command.env(name, OsString::from_vec(b"sk-proj-qK7\xff".to_vec()));

            let ran = Ran::of(&command.output().unwrap());

            assert_eq!(ran.code, Some(code), "{arguments:?} {name}: {ran:?}");
            assert!(!format!("{ran:?}").contains("qK7"), "{arguments:?} {name}: {ran:?}");
        }
    }
}

#[test]
fn the_doctor_tells_of_a_key_that_is_not_text() {
    let home = Home::new();
    let mut command = home.command(&["doctor", "--json", "--base-url", "http://127.0.0.1:9/v1"]);
    // tollgate:allow: made up for this test
    command.env("OPENAI_API_KEY", OsString::from_vec(b"sk-proj-FAKEq81Lm9ZtWc4Vb2Nd7KpR5\xe9".to_vec()));

    let ran = Ran::of(&command.output().unwrap());

    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("\"key_non_ascii\"") && !ran.out.contains("Lm9ZtWc4"), "{ran:?}");
}

#[test]
fn colours_are_for_terminals_unless_somebody_asks_for_them() {
    let home = Home::new();
    let told = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = home.command(arguments).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };

    let plain = told(&["keys", "list"], &[]);
    let flag = told(&["keys", "list", "--color", "always"], &[]);
    let forced = told(&["keys", "list"], &[("CLICOLOR_FORCE", "1")]);
    let both = told(&["keys", "list"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);

    assert!(plain.starts_with("error: ") && both == plain, "{plain} {both}");
    assert!(flag.starts_with("\x1b[1;31merror:\x1b[0m ") && forced == flag, "{flag} {forced}");
}

#[test]
fn headings_of_what_is_read_are_bold_where_colours_are_asked_for() {
    let home = Home::new();
    let text = "openai 401 invalid_api_key";

    for (arguments, heading) in [
        (&["explain", text][..], "\x1b[1mEvidence\x1b[0m\n  - "),
        (&["errors", "show", "key_empty"], "\x1b[1mReasons\x1b[0m\n  - "),
        (&["errors", "list"], "\x1b[1mCAUSE "),
    ] {
        let plain = home.run(arguments).out;
        let coloured = home.run(&[&["--color", "always"], arguments].concat()).out;

        assert!(coloured.contains(heading), "{coloured}");
        assert_eq!(coloured.replace("\x1b[1m", "").replace("\x1b[0m", ""), plain);
    }
}

#[test]
fn quiet_leaves_out_notes_and_nothing_else() {
    let home = Home::new().with_database();

    let loud = home.run(&["keys", "create", "--name", "a"]);
    let quiet = home.run(&["-q", "keys", "create", "--name", "b"]);
    let failed = home.run(&["keys", "show", "key_000000000000", "-q"]);

    assert!(loud.err.starts_with("note: created key_") && loud.out.starts_with("sk-tg-"), "{loud:?}");
    assert!(quiet.err.is_empty() && quiet.out.starts_with("sk-tg-"), "{quiet:?}");
    assert!(failed.err.starts_with("error: "), "{failed:?}");

    let hidden = ["systemd-unit", "--binary", "/home/gate/tollgate"];
    assert!(home.run(&[&["-q"], &hidden[..]].concat()).err.starts_with("warning: "));
    assert_eq!(home.run(&[&["-qq"], &hidden[..]].concat()).code, Some(0));
    assert!(!home.run(&[&["-qq"], &hidden[..]].concat()).err.contains("warning: "));
}

#[test]
fn wrong_usage_is_told_like_every_failure() {
    let home = Home::new();

    let unknown = home.run(&["kys"]);
    let missing = home.run(&["keys", "create"]);
    let value = home.run(&["keys", "list", "--color", "some"]);
    let topic = home.run(&["help", "keys", "rotat"]);

    for ran in [&unknown, &missing, &value, &topic] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    }
    insta::assert_snapshot!(format!("{}\n{}\n{}\n{}", unknown.err, missing.err, value.err, topic.err), @r#"
    error: unrecognized subcommand 'kys'
    help: a similar subcommand exists: 'keys'
    help: tollgate --help has examples

    error: the following required arguments were not provided: --name <NAME>
    help: usage: tollgate keys create --name <NAME>
    help: tollgate keys create --help has examples

    error: invalid value 'some' for '--color <WHEN>'
    help: possible values: auto, always, never
    help: tollgate keys list --help has examples

    error: there is no command and no topic "keys rotat"
    help: did you mean "keys rotate"?
    "#);
}

#[test]
fn output_that_cannot_be_written_is_told_and_a_secret_with_it() {
    let home = Home::new().with_database();
    let to_full_disk = |arguments: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        super::Ran::of(
            &home
                .command(arguments)
                .stdout(full)
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
                .wait_with_output()
                .unwrap(),
        )
    };

    let created = to_full_disk(&["keys", "create", "--name", "lost"]);
    let json = to_full_disk(&["keys", "create", "--name", "lost", "--json"]);
    let listed = to_full_disk(&["keys", "list"]);
    let help = to_full_disk(&["--help"]);

    for ran in [&created, &json] {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.starts_with("error: the secret of key_") && ran.err.contains("help: tollgate keys revoke key_")
        );
    }
    for ran in [&listed, &help] {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.starts_with("error: standard output cannot be written\ncause: No space left"), "{ran:?}");
    }
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let home = Home::new().with_database();
    let mut command = home.command(&["keys", "list"]);

    let listed = super::Ran::of(&command.env("TOLLGATE_DATA_DIR", "").env("TOLLGATE_CONFIG", "").output().unwrap());

    assert_eq!(listed.code, Some(0), "{listed:?}");
}

#[test]
fn a_unit_names_whole_paths_and_warns_of_those_that_the_service_cannot_see() {
    let home = Home::new();

    let relative = home.run(&["systemd-unit", "--binary", "/usr/local/bin/tollgate", "--config", "rel.toml"]);
    let hidden = home.run(&["systemd-unit", "--binary", "/home/gate/tollgate", "--config", "/etc/t.toml"]);

    let whole = format!(" --config {}/rel.toml ", home.path().display());
    assert!(relative.out.contains(&whole), "{relative:?}");
    assert!(hidden.err.starts_with("warning: the service will not see /home/gate/tollgate: "), "{hidden:?}");
}

#[test]
fn help_has_topics_and_the_help_of_every_command() {
    let home = Home::new();

    let codes = home.run(&["help", "exit-codes"]);
    let variables = home.run(&["help", "environment"]);
    let documents = home.run(&["help", "json"]);
    let command = home.run(&["help", "keys", "create"]);
    let flag = home.run(&["keys", "create", "--help"]);

    assert!(codes.out.contains("\n    4  a key is needed") && codes.out.contains("\n  130  interrupted"), "{codes:?}");
    assert!(variables.out.contains("  TOLLGATE_URL        --url\n"), "{variables:?}");
    assert!(documents.out.contains("  tollgate.usage            usage\n"), "{documents:?}");
    assert_eq!((command.code, command.out.trim_end()), (Some(0), flag.out.trim_end()));
}

#[test]
fn every_shell_and_every_manual_page_is_written() {
    let home = Home::new();

    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&["completion", shell]);
        assert!(script.code == Some(0) && script.out.contains("systemd-unit"), "{shell}: {:?}", script.err);
        assert!(!script.out.contains("cli-reference"), "{shell}");
    }
    let one = home.run(&["man", "keys", "create"]);
    let all = home.run(&["man", "--all", "pages"]);
    let none = home.run(&["man", "kys"]);

    assert!(one.out.contains(".TH tollgate-keys-create 1"), "{one:?}");
    assert!(one.out.contains("tollgate keys create [OPTIONS] \\-\\-name <NAME>"), "{one:?}");
    let pages: Vec<_> = std::fs::read_dir(home.path().join("pages")).unwrap().map(|f| f.unwrap().file_name()).collect();
    for page in ["tollgate.1", "tollgate-keys-create.1", "tollgate-demo-traffic.1"] {
        assert!(pages.contains(&page.into()), "{page}: {pages:?}");
    }
    assert!(all.err.contains(&format!("{} pages in pages", pages.len())), "{all:?}");
    assert_eq!(none.code, Some(2));
}

#[tokio::test]
async fn demo_traffic_says_what_became_of_every_kind() {
    let server = server().start().await;

    let output = server.cli(&["demo", "traffic", "--duration", "1s", "--rate", "30", "--seed", "3"]).await;
    let usage = server.cli_json(&["usage", "--json"]).await;

    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(out.starts_with("KIND ") && out.contains("\nchat, stream ") && out.contains("\nSTATUS  CAUSE"), "{out}");
    assert!(out.contains("\nchat "), "{out}");
    assert!(err.contains("note: 30 calls per second to http://127.0.0.1:"), "{err}");
    assert!(usage["total"]["requests"].as_u64().unwrap() > 10, "{usage}");
}

#[tokio::test]
async fn demo_traffic_needs_a_key_that_may_use_the_sandbox() {
    let server = server().start().await;
    let narrow = server.key().models("gpt-4o-mini").create().await;
    std::fs::write(server.directory().join("key.txt"), &narrow.secret).unwrap();

    let refused = server.cli(&["demo", "traffic", "--key", "@key.txt"]).await;

    let err = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{err}");
    assert!(err.contains("\ncause: key_lacks_model") && err.contains("\nhelp: demo traffic needs a key"), "{err}");
}
