//! `tollgate owner create`, `login`, `logout`, `contexts` and `password`, and that a server without an owner is for its own machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tollgate_store::admin::{organizations, people};
use tollgate_store::database::Database;
use tollgate_testing::{Ask, TestServer};

use super::{Home, Ran};
use crate::server;

const PASSWORD: &[u8] = b"correct horse battery staple\n";
const EVERYWHERE: &str = "listen = \"0.0.0.0:0\"\nallow_remote = true";

/// Runs a command with a home of its own beside a server, and this on standard input.
fn run(server: &TestServer, home: &Home, arguments: &[&str], input: &[u8]) -> Ran {
    let data_dir = server.data_dir();
    let mut all = arguments.to_vec();
    if arguments[0] != "logout" {
        all.extend(["--data-dir", data_dir.to_str().unwrap()]);
    }
    home.run_with(&all, input)
}

#[tokio::test]
async fn an_owner_is_made_signs_in_and_out_and_the_token_is_shown_to_nobody() {
    let server = server().start().await;
    let home = Home::new();
    let create = ["owner", "create", "--email", "Ada@example.com", "--name", "Ada", "--admin-key"];

    let made = run(&server, &home, &create, PASSWORD);
    let users = server.ask(&Ask::get("/v1/organization/users").bearer(made.out.trim())).await;
    let wrong = run(&server, &home, &["login", "--email", "ada@example.com"], b"wrong\n");
    let login = run(&server, &home, &["login", "--email", "ada@example.com"], PASSWORD);
    let file = home.path().join(".config/tollgate/contexts.toml");
    let kept = fs::read_to_string(&file).unwrap();
    let token = kept.split('"').find(|part| part.starts_with("tg-session-")).unwrap().to_owned();
    let within = server.ask(&Ask::get("/v1/tollgate/sessions").bearer(&token)).await;
    let logout = run(&server, &home, &["logout"], b"");
    let after = server.ask(&Ask::get("/v1/tollgate/sessions").bearer(&token)).await;

    assert!(made.code == Some(0) && made.out.starts_with("sk-tg-admin-"), "{made:?}");
    assert_eq!(users.json()["data"][1]["email"], "ada@example.com", "{}", users.text());
    assert!(wrong.code != Some(0) && wrong.err.contains("sign_in_failed"), "{wrong:?}");
    assert!(login.code == Some(0) && login.out.is_empty() && login.err.contains("ada@example.com"), "{login:?}");
    assert!(!format!("{made:?}{login:?}{logout:?}").contains("tg-session-"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((within.status, logout.code, after.status), (200, Some(0), 401), "{logout:?}");
    assert!(!fs::read_to_string(&file).unwrap().contains("tg-session-"));
    assert_eq!(run(&server, &home, &["logout"], b"").code, Some(2), "nobody is signed in any more");
}

#[tokio::test]
async fn contexts_are_switched_by_name_and_commands_administer_the_current_one() {
    let (one, two) = (server().start().await, server().start().await);
    let home = Home::new();
    for (name, server) in [("one", &one), ("two", &two)] {
        run(server, &home, &["owner", "create", "--email", "ada@example.com"], PASSWORD);
        run(server, &home, &["login", "--email", "ada@example.com", "--context", name], PASSWORD);
    }
    let create = |arguments: &[&str]| home.run_with(&[&["projects", "create"], arguments].concat(), b"");
    let names = |server: &TestServer| {
        let listed = run(server, &Home::new(), &["projects", "list", "--json"], b"");
        let projects = listed.json()["data"].as_array().unwrap().clone();
        projects.iter().map(|project| project["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let listed = home.run_with(&["contexts", "list"], b"");
    let in_two = create(&["--name", "a"]);
    let by_name = create(&["--name", "b", "--context", "one"]);
    let used = home.run_with(&["contexts", "use", "one"], b"");
    let in_one = create(&["--name", "c"]);
    let on_directory = run(&two, &home, &["projects", "create", "--name", "d"], b"");
    let unknown = home.run_with(&["contexts", "use", "three"], b"");
    let nowhere = create(&["--name", "e", "--context", "three"]);

    assert!(listed.out.lines().any(|line| line.starts_with('*') && line.contains("two")), "{listed:?}");
    for ran in [&in_two, &by_name, &used, &in_one, &on_directory] {
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert!(in_one.err.contains("the context one"), "where it was done is said: {in_one:?}");
    assert_eq!(
        (names(&one), names(&two)),
        (vec!["default".into(), "b".into(), "c".into()], vec!["default".into(), "a".into(), "d".into()])
    );
    for ran in [unknown, nowhere] {
        assert!(ran.code == Some(2) && ran.err.contains("one, two"), "{ran:?}");
    }
    assert!(!format!("{listed:?}{in_two:?}{used:?}").contains("tg-session-"));
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_shows_the_one_that_there_is_and_other_sessions_end() {
    const NEW: &[u8] = b"another battery, quite correct\n";
    let server = server().start().await;
    let (home, other) = (Home::new(), Home::new());
    run(&server, &home, &["owner", "create", "--email", "ada@example.com"], PASSWORD);
    let login = ["login", "--email", "ada@example.com"];
    for home in [&home, &other] {
        run(&server, home, &login, PASSWORD);
    }
    let sessions = |home: &Home| home.run_with(&["sessions", "list", "--json"], b"");

    let wrong = home.run_with(&["password"], &[b"wrong, and long enough\n", NEW].concat());
    let changed = home.run_with(&["password"], &[PASSWORD, NEW].concat());
    let (here, there) = (sessions(&home), sessions(&other));
    let (before, after) = (run(&server, &other, &login, PASSWORD), run(&server, &other, &login, NEW));

    assert!(wrong.code == Some(4) && wrong.err.contains("sign_in_failed"), "{wrong:?}");
    assert!(changed.code == Some(0) && changed.err.contains("another session of yours has ended"), "{changed:?}");
    assert_eq!((here.code, there.code), (Some(0), Some(4)), "{here:?} {there:?}");
    assert!(there.err.contains("session_ended"), "{there:?}");
    assert!(before.err.contains("sign_in_failed") && after.code == Some(0), "{before:?} {after:?}");
}

#[tokio::test]
async fn a_password_that_the_holder_of_the_data_directory_gives_ends_every_session() {
    const NEW: &[u8] = b"another battery, quite correct\n";
    let server = server().start().await;
    let home = Home::new();
    let create = ["owner", "create", "--email", "ada@example.com"];
    run(&server, &home, &create, PASSWORD);
    let login = ["login", "--email", "ada@example.com"];
    run(&server, &home, &login, PASSWORD);
    let sessions = || home.run_with(&["sessions", "list", "--json"], b"");

    let before = sessions();
    run(&server, &home, &create, NEW);
    let after = sessions();
    let (old, new) = (run(&server, &home, &login, PASSWORD), run(&server, &home, &login, NEW));

    assert_eq!((before.code, after.code), (Some(0), Some(4)), "{before:?} {after:?}");
    assert!(after.err.contains("session_ended"), "{after:?}");
    assert!(old.err.contains("sign_in_failed") && new.code == Some(0), "{old:?} {new:?}");
}

#[tokio::test]
async fn a_server_without_an_owner_listens_on_loopback_alone() {
    let refused = server().config(EVERYWHERE).refused().await;
    let home = Home::new();
    let made = home.run_with(&["owner", "create", "--email", "ada@example.com"], PASSWORD);

    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("tollgate owner create") && said.contains("0.0.0.0"), "{said}");
    assert!(made.code == Some(0) && made.out.starts_with("sk-tg-admin-"), "the first owner's key is shown: {made:?}");
}

#[test]
fn what_cannot_be_an_owner_is_refused_and_nothing_is_made() {
    let home = Home::new().with_database();
    let create = |more: &[&str], input: &[u8]| {
        let arguments = [&["owner", "create"], more].concat();
        home.run_with(&arguments, input)
    };

    for (ran, words) in [
        (create(&["--email", "ada@example.com"], b"short\n"), "12 to 256 characters"),
        (create(&["--email", "ada"], PASSWORD), "not an e-mail address"),
        (create(&["--email", "a@b", "--organization", "org-x"], PASSWORD), "there is no organization org-x"),
        (create(&["--email", "a@b"], b""), "no password"),
    ] {
        assert!(ran.code != Some(0) && ran.err.contains(words) && ran.out.is_empty(), "{words}: {ran:?}");
        assert!(!ran.err.contains("correct horse"), "{ran:?}");
    }
    let first = create(&["--email", "a@b"], PASSWORD);
    let second = create(&["--email", "c@d"], PASSWORD);
    assert!(first.out.starts_with("sk-tg-admin-") && second.code == Some(0) && second.out.is_empty(), "{second:?}");
}

#[tokio::test]
async fn a_reader_who_becomes_an_owner_is_told_of_and_written_down_as_one() {
    let server = server().start().await;
    let database = Database::open(&server.data_dir()).unwrap();
    let organization = organizations::oldest(&database).unwrap().unwrap().row;
    let reader = people::add(&database, organization, "ada@example.com", "Ada", "reader", 1).unwrap();
    let home = Home::new();

    let promoted = run(&server, &home, &["owner", "create", "--email", "ada@example.com"], PASSWORD);
    let again = run(&server, &home, &["owner", "create", "--email", "ada@example.com"], PASSWORD);
    let listed = run(&server, &home, &["audit", "list", "--resource-ids", &reader.id, "--json"], b"").json();

    assert!(promoted.err.contains("was a reader") && !again.err.contains("was a"), "{promoted:?} {again:?}");
    let events = listed["data"].as_array().unwrap();
    let told = |event: &serde_json::Value| {
        let changed = &event["user.updated"];
        (changed["before"]["role"].clone(), changed["after"]["role"].clone(), changed["changes_requested"].clone())
    };
    let requested = serde_json::json!({ "role": "owner", "password": "changed" });
    assert_eq!(events.len(), 2, "{listed}");
    assert_eq!(told(&events[1]), ("reader".into(), "owner".into(), requested.clone()));
    assert_eq!(told(&events[0]), ("owner".into(), "owner".into(), requested));
}
