//! `tollgate login --invite`: somebody who was invited joins from the command line, at a terminal and without one.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Stdio};

use serde_json::{Value as Json, json};
use tollgate_control::use_cases::invites::{self, NewInvite};
use tollgate_store::admin::organizations;
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;
use tollgate_testing::{Ask, Reply, TestServer};

use super::{Home, Ran};
use crate::server;
use crate::terminal::terminal;

const PASSWORD: &str = "correct horse battery staple";

async fn post(server: &TestServer, path: &str, body: Json) -> Reply {
    server.ask(&Ask::post(&format!("/v1{path}"), body.to_string()).bearer(server.admin_key())).await
}

async fn invited(server: &TestServer, email: &str) -> Json {
    let reply = post(server, "/organization/invites", json!({ "email": email, "role": "reader" })).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    json[name].as_str().unwrap()
}

fn url(server: &TestServer) -> String {
    format!("http://{}/v1", server.address())
}

/// The link that somebody hands over: where the server is, and what its answer has.
fn link(server: &TestServer, invite: &Json) -> String {
    format!("http://{}{}", server.address(), text(invite, "accept_path"))
}

/// Who is signed in by the current context.
fn sessions(home: &Home) -> Ran {
    home.run_with(&["sessions", "list", "--json"], b"")
}

/// A program at a terminal, and the person before it.
struct Conversation {
    child: Child,
    screen: File,
    seen: String,
}

impl Conversation {
    fn begin(home: &Home, arguments: &[&str]) -> Self {
        let (screen, theirs) = terminal();
        let mut command = home.command(arguments);
        command.stdin(theirs.try_clone().unwrap()).stderr(theirs).stdout(Stdio::null());
        Self { child: command.spawn().unwrap(), screen, seen: String::new() }
    }

    /// Waits for a question, and types this.
    fn answer(&mut self, question: &str, typed: &str) {
        let before = self.seen.len();
        while !self.seen[before..].contains(question) {
            assert!(self.look(), "{question:?} is not asked: {}", self.seen);
        }
        self.screen.write_all(typed.as_bytes()).unwrap();
    }

    /// All that was to be seen, and the exit code.
    fn end(mut self) -> (String, Option<i32>) {
        while self.look() {}
        (self.seen, self.child.wait().unwrap().code())
    }

    fn look(&mut self) -> bool {
        let mut piece = [0; 1024];
        // Where the other end is closed by everybody, Linux says EIO.
        let length = self.screen.read(&mut piece).unwrap_or(0);
        self.seen.push_str(&String::from_utf8_lossy(&piece[..length]));
        length > 0
    }
}

#[tokio::test]
async fn at_a_terminal_an_invite_is_asked_for_with_name_and_password_and_no_secret_is_shown() {
    let server = server().start().await;
    let home = Home::new();
    let invite = invited(&server, "ada@example.com").await;
    let link = link(&server, &invite);

    let mut talk = Conversation::begin(&home, &["login", "--invite"]);
    talk.answer("invite (not shown): ", &format!("{link}\n"));
    talk.answer("Your name: ", "Ada Lovelace\n");
    talk.answer("from now on (not shown): ", &format!("{PASSWORD}\n"));
    talk.answer("once more (not shown): ", &format!("{PASSWORD}\n"));
    let (seen, code) = talk.end();

    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("ada@example.com has joined, and is signed in to"), "{seen}");
    assert!(seen.contains("Ada Lovelace"), "what is no secret is shown as it is typed: {seen}");
    assert!(!seen.contains(PASSWORD) && !seen.contains("tg-"), "{seen}");
    let users = server.ask(&Ask::get("/v1/organization/users").bearer(server.admin_key())).await.json();
    assert_eq!(users["data"][1]["name"], "Ada Lovelace", "{users}");
    assert_eq!(sessions(&home).json()["data"][0]["is_current"], true, "the context is that of the new session");
    let listed = home.run_with(&["contexts", "list"], b"");
    assert!(listed.out.contains(&url(&server)), "{listed:?}");
    let again = Home::new();
    let login = ["login", "--url", &url(&server), "--email", "ada@example.com"];
    assert_eq!(again.run_with(&login, PASSWORD.as_bytes()).code, Some(0), "and the password lets in from now on");
}

#[tokio::test]
async fn a_password_that_was_typed_in_two_ways_accepts_nothing() {
    let server = server().start().await;
    let home = Home::new();
    let invite = invited(&server, "ada@example.com").await;
    let file = home.path().join("invite");
    fs::write(&file, text(&invite, "token")).unwrap();
    let by = format!("@{}", file.display());

    let mut talk = Conversation::begin(&home, &["login", "--url", &url(&server), "--invite", &by, "--name", "Ada"]);
    talk.answer("from now on (not shown): ", &format!("{PASSWORD}\n"));
    talk.answer("once more (not shown): ", "correct horse battery stable\n");
    let (seen, code) = talk.end();

    assert!(code == Some(2) && seen.contains("typed in two ways"), "{seen}");
    let path = format!("/v1/organization/invites/{}", text(&invite, "id"));
    let invite = server.ask(&Ask::get(&path).bearer(server.admin_key())).await.json();
    assert_eq!(invite["status"], "pending");
}

#[tokio::test]
async fn without_a_terminal_lines_of_standard_input_are_the_invite_and_the_password() {
    let server = server().start().await;
    let invites = [invited(&server, "ada@example.com").await, invited(&server, "bob@example.com").await];
    let (first, second) = (Home::new(), Home::new());
    let file = second.path().join("link.txt");
    fs::write(&file, link(&server, &invites[1]) + "\n").unwrap();
    let url = url(&server);

    let lines = format!("{}\n{PASSWORD}\n", text(&invites[0], "token"));
    let input = first.run_with(&["login", "--url", &url, "--invite", "-", "--name", "Ada"], lines.as_bytes());
    let by_file = format!("@{}", file.display());
    let named = second.run_with(
        &["login", "--invite", &by_file, "--name", "Bob", "--context", "work"],
        format!("{PASSWORD}\n").as_bytes(),
    );
    let visible = Home::new().run_with(
        &["login", "--url", &url, "--invite", text(&invites[1], "token"), "--name", "Bob"],
        format!("{PASSWORD}\n").as_bytes(),
    );

    assert!(input.code == Some(0) && input.out.is_empty(), "{input:?}");
    assert!(named.code == Some(0) && named.err.contains("bob@example.com has joined"), "{named:?}");
    assert_eq!((sessions(&first).code, sessions(&second).code), (Some(0), Some(0)));
    assert!(second.run_with(&["contexts", "list"], b"").out.contains("work"));
    assert!(visible.err.contains("the invite is in the list of processes"), "{visible:?}");
    assert!(!format!("{input:?}{named:?}{visible:?}").contains("tg-session-"));
}

#[tokio::test]
async fn what_lets_nobody_in_is_told_by_its_cause_and_keeps_nothing() {
    let (server, other) = (server().start().await, server().start().await);
    let used = invited(&server, "ada@example.com").await;
    let withdrawn = invited(&server, "bob@example.com").await;
    let foreign = invited(&other, "carl@example.com").await;
    let open = invited(&server, "dora@example.com").await;
    let accept = json!({ "name": "A", "password": PASSWORD });
    assert_eq!(post(&server, &text(&used, "accept_path")["/v1".len()..], accept).await.status, 200);
    let path = format!("/v1/organization/invites/{}", text(&withdrawn, "id"));
    server.ask(&Ask::new("DELETE", &path).bearer(server.admin_key())).await;
    let expired = {
        let database = Database::open(&server.data_dir()).unwrap();
        let new = NewInvite {
            organization: organizations::oldest(&database).unwrap().unwrap().row,
            email: "eve@example.com".to_owned(),
            role: "reader".to_owned(),
            projects_only: false,
            projects: Vec::new(),
            invited_by: "operator".to_owned(),
        };
        let pepper = Secrets::open(&database).unwrap().pepper;
        invites::issue(&database, &pepper, new, 1_700_000_000).unwrap().1.reveal().to_owned()
    };
    let home = Home::new();
    let url = url(&server);
    let ran = |invite: &str, password: &str| {
        let input = format!("{invite}\n{password}\n");
        home.run_with(&["login", "--url", &url, "--invite", "--name", "A"], input.as_bytes())
    };
    let token = |invite: &Json| text(invite, "token").to_owned();

    for (invite, password, code, said) in [
        (token(&used), PASSWORD, 1, "was accepted already"),
        (expired, PASSWORD, 1, "has expired"),
        (token(&withdrawn), PASSWORD, 1, "it was withdrawn, or is one of another server than"),
        (token(&foreign), PASSWORD, 1, "it was withdrawn, or is one of another server than"),
        (link(&other, &foreign), PASSWORD, 2, "and --url or TOLLGATE_URL names"),
        (token(&open)[1..].to_owned(), PASSWORD, 2, "an invite is expected"),
        (token(&open) + "x", PASSWORD, 2, "the invite is damaged"),
        (server.admin_key().to_owned(), PASSWORD, 2, "that is an admin key"),
        (token(&open), "short", 1, "param_out_of_range"),
        (token(&open), "", 2, "there is no password on standard input"),
    ] {
        let ran = ran(&invite, password);

        assert!(ran.code == Some(code) && ran.err.contains(said), "{said}: {ran:?}");
        assert!(!ran.err.contains(&invite) && !ran.err.contains(PASSWORD) && ran.out.is_empty(), "{ran:?}");
    }
    let nameless =
        home.run_with(&["login", "--url", &url, "--invite"], format!("{}\n{PASSWORD}\n", token(&open)).as_bytes());
    let both = home.run_with(&["login", "--invite", "--email", "a@b"], b"");
    let none = home.run_with(&["login", "--url", &url], b"");

    assert!(nameless.code == Some(2) && nameless.err.contains("--name"), "{nameless:?}");
    assert_eq!((both.code, none.code), (Some(2), Some(2)), "{both:?} {none:?}");
    assert!(none.err.contains("--email"), "{none:?}");
    assert!(!home.path().join(".config/tollgate/contexts.toml").exists(), "nobody is signed in");
}

#[tokio::test]
async fn keys_are_listed_where_everything_else_is_at_the_current_context() {
    let server = server().start().await;
    let home = Home::new();
    let invite = post(&server, "/organization/invites", json!({ "email": "ada@example.com", "role": "owner" })).await;
    let file = home.path().join("link.txt");
    fs::write(&file, link(&server, &invite.json()) + "\n").unwrap();
    let by = format!("@{}", file.display());
    let login = home.run_with(&["login", "--invite", &by, "--name", "Ada"], format!("{PASSWORD}\n").as_bytes());
    assert_eq!(login.code, Some(0), "{login:?}");

    let made = home.run_with(&["keys", "create", "--name", "web"], b"");
    let listed = home.run_with(&["keys", "list"], b"");
    let here = home.run_with(&["keys", "list", "--data-dir", "elsewhere"], b"");

    assert!(made.code == Some(0) && made.err.contains("the context default"), "{made:?}");
    let called = server.ask(&Ask::get("/v1/models").bearer(made.out.trim())).await;
    assert_eq!(called.status, 200, "the server has made it: {}", called.text());
    assert!(listed.code == Some(0) && listed.out.contains("web"), "{listed:?}");
    assert!(
        here.code == Some(2) && here.err.contains("there is no database in"),
        "a named directory is meant: {here:?}"
    );
}

#[tokio::test]
async fn what_an_invite_and_an_organization_print_is_a_link_that_login_takes() {
    let server = server().start().await;
    let home = Home::new();
    let key = home.path().join("admin");
    fs::write(&key, server.admin_key()).unwrap();
    let (url, by) = (url(&server), format!("@{}", key.display()));
    let at = ["--url", &url, "--admin-key", &by];
    let invite = ["invites", "create", "--email", "ada@example.com", "--role", "reader"];
    let organization = ["organizations", "create", "--name", "Acme", "--owner-email", "bob@example.com"];
    for (arguments, who, about) in [(&invite[..], "Ada", "made invite-"), (&organization[..], "Bob", "made org-")] {
        let made = home.run_with(&[arguments, &at[..]].concat(), b"");
        let link = home.path().join("link.txt");
        fs::write(&link, &made.out).unwrap();
        let from = format!("@{}", link.display());
        let guest = Home::new();
        let joined = guest.run_with(&["login", "--invite", &from, "--name", who], format!("{PASSWORD}\n").as_bytes());

        assert!(made.out.lines().count() == 1 && made.out.starts_with(&url), "the link alone: {made:?}");
        assert!(made.err.contains(about) && !made.err.contains("tg-invite-"), "{made:?}");
        assert!(joined.code == Some(0) && joined.err.contains("has joined"), "{joined:?}");
    }
}

#[tokio::test]
async fn on_the_data_directory_an_invite_is_a_link_to_the_server_that_runs_and_else_its_token() {
    let server = server().start().await;
    let invite = ["invites", "create", "--email", "ada@example.com", "--role", "reader"];

    let beside = Ran::of(&server.cli(&invite).await);
    let home = Home::new();
    let owner = home.run_with(&["owner", "create", "--email", "root@example.com"], format!("{PASSWORD}\n").as_bytes());
    let alone = home.run(&invite);

    assert_eq!(owner.code, Some(0), "{owner:?}");
    assert!(beside.out.starts_with(&url(&server)) && beside.out.contains("/tollgate/invites/tg-invite-"), "{beside:?}");
    assert!(alone.out.starts_with("tg-invite-") && alone.err.contains("login --url URL"), "{alone:?}");
}

#[tokio::test]
async fn an_admin_key_among_the_arguments_is_warned_of_by_the_name_of_its_flag() {
    let server = server().start().await;

    let ran =
        Ran::of(&server.cli(&["projects", "list", "--url", &url(&server), "--admin-key", server.admin_key()]).await);

    assert!(ran.err.contains("--admin-key @FILE or --admin-key - hides it"), "{ran:?}");
}
