//! Commands that end by themselves: keys, credentials, configuration, journal.

mod admin;
mod calls;
mod credentials;
mod documents;
mod errors;
mod first_minutes;
mod holder;
mod image;
mod interrupt;
mod keys;
mod log;
mod login;
mod model_check;
mod owner;
mod secrets;
mod trial;
mod voice;

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A home of its own: nothing of the machine's environment reaches the program.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.env_clear().env("HOME", self.path()).current_dir(self.path()).args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    /// Runs with this on standard input.
    fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Makes the data directory as the first start does, and returns the database's directory.
    fn with_database(self) -> Self {
        let directory = self.path().join(".local/share/tollgate");
        let (database, secrets) = tollgate::wiring::open(&directory).unwrap();
        tollgate_control::use_cases::bootstrap::bootstrap(&database, &secrets.pepper, 1).unwrap().unwrap();
        self
    }
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    fn json(&self) -> Json {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }
}

#[test]
fn a_key_lives_from_creation_to_revocation() {
    let home = Home::new().with_database();

    let created = home.run(&[
        "keys",
        "create",
        "--name",
        "web",
        "--models",
        "gpt-*,sandbox",
        "--deny-models",
        "*-preview",
        "--scopes",
        "api.model.read",
        "--expires",
        "30d",
        "--metadata",
        "team=a",
        "--metadata",
        "b=c=d",
    ]);
    let secret = created.out.trim();
    let listed = home.run(&["keys", "list", "--json"]).json();
    let id = listed["data"][0]["id"].as_str().unwrap();
    let shown = home.run(&["keys", "show", id, "--json"]).json();
    let rotated = home.run(&["keys", "rotate", &id[..8], "--overlap", "1h", "--json"]).json();
    let disabled = home.run(&["keys", "disable", id, "--json"]).json();
    let enabled = home.run(&["keys", "enable", id, "--json"]).json();
    let endless = home.run(&["keys", "expire", id, "never", "--json"]).json();
    let revoked = home.run(&["keys", "revoke", id, "--json"]).json();
    let sheet = home.run(&["keys", "show", id]);
    let again = home.run(&["keys", "enable", id]);

    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(secret.starts_with("sk-tg-") && secret.len() == 56 && !created.err.contains(secret), "{created:?}");
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(secret));
    assert_eq!(shown["name"], "web");
    assert_eq!(shown["models_allow"], serde_json::json!(["gpt-*", "sandbox"]));
    assert_eq!(shown["models_deny"], serde_json::json!(["*-preview"]));
    assert_eq!(shown["scopes"], serde_json::json!(["api.model.read"]));
    assert_eq!(shown["metadata"], serde_json::json!({ "team": "a", "b": "c=d" }));
    assert_eq!(shown["expires_at"].as_i64().unwrap() - shown["created_at"].as_i64().unwrap(), 30 * 86_400);
    assert!(rotated["value"].as_str().unwrap().starts_with("sk-tg-") && rotated["value"] != secret);
    assert!(rotated["replaced_works_until"].is_i64());
    assert_eq!((&disabled["status"], &enabled["status"]), (&"disabled".into(), &"active".into()));
    assert_eq!(endless["expires_at"], Json::Null);
    assert_eq!((&revoked["status"], &revoked["replaced_works_until"]), (&"revoked".into(), &Json::Null));
    assert!(sheet.out.contains("\nOld secret    refused: the key is revoked\n"), "{sheet:?}");
    assert_eq!(again.code, Some(1));
    assert!(
        again.err.starts_with("error: the key was not enabled\ncause: ") && again.err.contains("revoked"),
        "{again:?}"
    );
}

#[test]
fn keys_are_listed_by_the_status_that_they_are_shown_with() {
    let home = Home::new().with_database();
    let mut ids = Vec::new();
    for (name, expires) in [("active", "30d"), ("expired", "1s"), ("disabled", "never"), ("revoked", "never")] {
        let created = home.run(&["keys", "create", "--name", name, "--expires", expires, "--json"]).json();
        ids.push(created["id"].as_str().unwrap().to_owned());
    }
    home.run(&["keys", "disable", &ids[2], "--json"]).json();
    home.run(&["keys", "revoke", &ids[3], "--json"]).json();
    let names = |status: &str| {
        let listed = home.run(&["keys", "list", "--status", status, "--json"]).json();
        let listed = listed["data"].as_array().unwrap().clone();
        assert!(listed.iter().all(|key| key["status"] == status), "{listed:?}");
        listed.into_iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let begun = std::time::Instant::now();
    while names("expired").is_empty() {
        assert!(begun.elapsed() < tollgate_testing::wait::PATIENCE, "a key of one second does not expire");
    }

    let wrong = home.run(&["keys", "list", "--status", "replaced"]);

    assert_eq!(names("active"), ["active", "first"]);
    for status in ["expired", "disabled", "revoked"] {
        assert_eq!(names(status), [status]);
        assert!(home.run(&["keys", "list", "--status", status]).out.contains(&format!("  {status}  ")));
    }
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("possible values: active, disabled, expired, revoked"), "{wrong:?}");
}

#[test]
fn a_prefix_of_several_keys_or_of_none_is_told_as_that() {
    let home = Home::new().with_database();
    let alone = home.run(&["keys", "revoke", ""]);
    home.run(&["keys", "create", "--name", "web"]);

    let several = home.run(&["keys", "show", "key_"]);
    let none = home.run(&["keys", "show", "key_000000000000"]);
    let no_beginning = home.run(&["keys", "show", "key_00000000000"]);
    let no_id = home.run(&["keys", "show", "the web key"]);

    for ran in [&alone, &several, &none, &no_beginning] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    }
    assert_eq!(no_id.code, Some(2), "{no_id:?}");
    assert!(several.err.ends_with("help: give more characters of the id\n"), "{several:?}");
    assert!(alone.err.contains("\"\" has no character of an id; the only key is key_"), "{alone:?}");
    assert!(several.err.starts_with("error: \"key_\" is ambiguous, it begins the ids of key_"), "{several:?}");
    assert!(several.err.contains("(web)") && several.err.contains("(first)"), "{several:?}");
    let help = "help: tollgate keys list shows the ids of all keys\n";
    assert_eq!(none.err, format!("error: there is no key \"key_000000000000\"\n{help}"));
    assert_eq!(no_beginning.err, format!("error: no key has an id that begins with \"key_00000000000\"\n{help}"));
    assert!(no_id.err.starts_with("error: \"the web key\" is no id of a key"), "{no_id:?}");
}

#[test]
fn times_in_refusals_are_written_for_people() {
    let home = Home::new().with_database();

    let past = home.run(&["keys", "create", "--name", "a", "--expires", "2020-01-31"]);
    let moment =
        home.run(&["keys", "create", "--name", "a", "--expires", "2100-01-31T12:00:00+02:00", "--json"]).json();

    assert_eq!(past.code, Some(2));
    assert!(past.err.contains("cause: the expiry 2020-01-31T00:00:00Z is not after now, 20"), "{past:?}");
    assert_eq!(moment["expires_at"], 4_105_072_800_i64);
}

#[test]
fn what_is_wrong_with_an_argument_has_code_2_and_what_is_not_there_has_code_1_each_with_help() {
    let home = Home::new().with_database();
    let create = |more: &[&str]| home.run(&[&["keys", "create"], more].concat());

    let wrong = [
        (create(&["--name", ""]), "help: a name tells keys apart"),
        (create(&["--name", "a", "--scopes", "api.model.reed"]), "help: did you mean \"api.model.read\"?"),
        (create(&["--name", "a", "--expires", "2020-01-01"]), "help: give a time from now such as 30d"),
        (home.run(&["keys", "list", "--limit", "x"]), "expected a whole number from 1 to 1000000"),
        (home.run(&["requests", "list", "--status", "9999"]), "expected an HTTP status from 100 to 599"),
        (home.run(&["systemd-unit", "--socket", "nonsense"]), "expected ADDRESS:PORT"),
        (home.run(&["keys", "import", "none.csv"]), "help: name a file, or - for standard input"),
    ];
    let absent = [
        (create(&["--name", "a", "--project", "defualt"]), "help: did you mean \"default\"?"),
        (home.run(&["keys", "list", "--project", "nope"]), "help: projects are: default"),
        (home.run(&["credentials", "remove", "nope"]), "help: tollgate credentials list names"),
    ];

    for (code, all) in [(2, &wrong[..]), (1, &absent[..])] {
        for (ran, told) in all {
            assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{ran:?}");
            assert!(ran.err.starts_with("error: ") && ran.err.contains(told), "{told}: {ran:?}");
        }
    }
}

#[test]
fn what_is_in_the_way_of_a_change_is_told_with_the_way_round_it() {
    let home = Home::new().with_database();
    let id = home.run(&["keys", "list", "--json"]).json()["data"][0]["id"].as_str().unwrap().to_owned();
    home.run(&["keys", "revoke", &id]);

    let rotated = home.run(&["keys", "rotate", &id]);

    assert_eq!(rotated.code, Some(1));
    let told = format!("cause: {id} is revoked, for good\nhelp: create a new key: tollgate keys create --name NAME\n");
    assert!(rotated.err.ends_with(&told), "{rotated:?}");
}

#[test]
fn a_data_directory_that_others_can_open_is_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new().with_database();
    let directory = home.path().join(".local/share/tollgate");
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();

    let refused = home.run(&["keys", "list"]);

    assert!(refused.err.contains(" is open to other users (mode 755)\nhelp: chmod 700 "), "{refused:?}");
}

/// Digest of the key that is `text` repeated, as another system keeps it.
fn digest(text: &str) -> String {
    let digest = tollgate_core::key::Digest::sha256(text.repeat(20).as_bytes());
    digest.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn keys_are_imported_from_lines_csv_and_json_and_stay_what_they_are_the_second_time() {
    let home = Home::new().with_database();
    let [a, b, c] = ["a", "b", "c"].map(digest);
    let lines = format!("# from the old gateway\n\n{a} the web, old\n");
    let csv = format!("name,digest,expires,scopes\r\nci,{b},2100-01-01,\"api.model.read,api.responses.write\"\r\n");
    let json = format!("[\n  {{\"digest\": \"{c}\", \"name\": \"jobs\", \"deny_models\": [\"*-preview\"]}}\n]");
    std::fs::write(home.path().join("keys.csv"), csv).unwrap();

    let from_lines = home.run_with(&["keys", "import", "-"], lines.as_bytes());
    let tried = home.run(&["keys", "import", "keys.csv", "--dry-run"]);
    let before = home.run(&["keys", "list", "--json"]).json();
    let from_csv = home.run(&["keys", "import", "keys.csv", "--json"]).json();
    let from_json = home.run_with(&["keys", "import", "-", "--json"], json.as_bytes()).json();
    let id = from_csv["keys"][0]["id"].as_str().unwrap();
    let shown = home.run(&["keys", "show", id, "--json"]).json();
    home.run(&["keys", "expire", id, "never", "--json"]).json();
    let again = home.run(&["keys", "import", "keys.csv"]);

    assert_eq!(from_lines.code, Some(0), "{from_lines:?}");
    assert!(from_lines.out.contains("the web, old") && from_lines.err.contains("1 added; 0 there"), "{from_lines:?}");
    assert!(tried.err.contains("1 would be added; nothing was written"), "{tried:?}");
    assert_eq!(before["data"].as_array().unwrap().len(), 2);
    assert_eq!((&from_csv["keys"][0]["line"], &from_json["keys"][0]["line"]), (&2.into(), &2.into()));
    assert_eq!(
        (&shown["name"], &shown["imported"], &shown["expires_at"]),
        (&"ci".into(), &true.into(), &4_102_444_800_i64.into())
    );
    assert_eq!(shown["scopes"], serde_json::json!(["api.model.read", "api.responses.write"]));
    assert_eq!((again.code, again.err.contains("0 added; 1 there already")), (Some(0), true), "{again:?}");
    assert!(again.out.contains("present, other expires"), "{again:?}");
    assert_eq!(home.run(&["keys", "show", id, "--json"]).json()["expires_at"], Json::Null);
}

#[test]
fn an_import_with_a_wrong_line_tells_every_one_and_imports_nothing() {
    let home = Home::new().with_database();
    let [a, b] = ["a", "b"].map(digest);
    let text = format!(
        "digest,name,expires\n{a},right,\n{a},twice,\nsk-a-whole-secret-key,secret,\n{b},past,2020-01-01\n{b}x,long,\n\
         {b},soon,soon\n{b},few\n"
    );

    let refused = home.run_with(&["keys", "import", "-"], text.as_bytes());
    let head = home.run_with(&["keys", "import", "-", "--format", "csv"], b"digest,title\n");
    let empty = home.run_with(&["keys", "import", "-"], b"\n");
    let no_text = home.run_with(&["keys", "import", "-"], b"a b\n\xff");
    let no_file = home.run(&["keys", "import", "none.csv"]);

    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    let told: Vec<_> = refused.err.lines().map(|line| line.split(" now, 20").next().unwrap()).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: standard input:3: the same digest as in line 2
    error: standard input:4: this looks like a key; its digest is wanted, the SHA-256 of its text
    error: standard input:5: the expiry 2020-01-01T00:00:00Z is not after
    error: standard input:6: the digest is not 64 hexadecimal digits, the SHA-256 of the key's text
    error: standard input:7: expires is not understood: take a time from now such as 30d, a date such as 2027-03-31, a moment such as 2027-03-31T12:00:00Z, Unix seconds, or never
    error: standard input:8: 2 cells, but the head has 3; quote a cell that holds a comma
    error: nothing was imported: 6 lines of standard input are wrong
    help: correct them and import again; --dry-run only checks
    "#);
    assert!(!refused.err.contains("secret-key"));
    assert!(head.code == Some(1) && head.err.contains("standard input:1: column \"title\" is not known"), "{head:?}");
    assert!(empty.code == Some(1) && empty.err.contains("holds no key"), "{empty:?}");
    assert!(no_text.code == Some(1) && no_text.err.contains("standard input:2: this is not UTF-8"), "{no_text:?}");
    assert!(no_file.code == Some(2) && no_file.err.contains("none.csv cannot be read"), "{no_file:?}");
    assert_eq!(home.run(&["keys", "list", "--json"]).json()["data"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_usage_has_code_2_and_says_what_is_allowed() {
    let home = Home::new();

    let no_database = home.run(&["keys", "list"]);
    let no_name = home.run(&["keys", "create"]);
    let no_time = home.run(&["keys", "create", "--name", "a", "--expires", "soon"]);
    let no_command = home.run(&["kyes"]);
    let no_config = home.run(&["serve"]);
    let no_file = home.run(&["serve", "--config", "missing.toml"]);

    for ran in [&no_database, &no_name, &no_time, &no_command, &no_config, &no_file] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.starts_with("error: "), "{ran:?}");
    }
    assert!(no_database.err.contains("help: name the server's data directory"), "{no_database:?}");
    assert!(no_time.err.contains("for example \"30s\""), "{no_time:?}");
    assert!(no_command.err.contains("keys"), "{no_command:?}");
    assert!(!home.path().join(".local").exists(), "a command that fails makes no data directory");
}

#[test]
fn version_and_help_are_data() {
    let home = Home::new();

    let version = home.run(&["--version"]);
    let help = home.run(&["--help"]);

    assert_eq!((version.code, version.out.trim()), (Some(0), concat!("tollgate ", env!("CARGO_PKG_VERSION"))));
    assert!(
        help.code == Some(0) && help.out.contains("Examples:") && help.out.contains("tollgate help exit-codes"),
        "{help:?}"
    );
}

#[test]
fn a_wrong_configuration_is_told_at_once_with_code_2() {
    let home = Home::new();
    let text = "listn = \"127.0.0.1:4000\"\n[limits]\nbody = \"lots\"\n[models.m]\ndeployments = []\n";
    std::fs::write(home.path().join("tollgate.toml"), text).unwrap();

    let checked = home.run(&["config", "check", "--config", "tollgate.toml"]);

    assert_eq!((checked.code, checked.out.as_str()), (Some(2), ""), "{checked:?}");
    insta::assert_snapshot!(checked.err);
}

#[test]
fn a_right_configuration_is_shown_with_its_origins() {
    let home = Home::new();
    let text = "[limits]\nbody = \"1MiB\"\n[providers.a]\nbase_url = \"https://a\"\ncredential = { env = \"A_KEY\" }\n\
                [models.m]\ndeployments = [{ provider = \"a\", model = \"m\" }]\n";
    std::fs::write(home.path().join("tollgate.toml"), text).unwrap();
    let with = |args: &[&str]| {
        Ran::of(&home.command(args).env("A_KEY", "secret-key").env("TOLLGATE_LISTEN", "[::1]:1").output().unwrap())
    };

    let checked = with(&["config", "check", "--config", "tollgate.toml", "--json"]).json();
    let shown = with(&["config", "show", "--origin", "--config", "tollgate.toml"]);
    let schema = home.run(&["config", "schema"]).json();

    assert_eq!(checked["ok"], true);
    assert!(shown.out.contains("# tollgate.toml:2:8") && shown.out.contains("# environment variable TOLLGATE_LISTEN"));
    assert!(shown.out.contains("# default") && !shown.out.contains("secret-key"), "{shown:?}");
    assert_eq!(schema["title"], "Tollgate");
}

#[test]
fn a_credential_is_read_from_standard_input_and_never_shown() {
    let home = Home::new().with_database();

    let set = home.run_with(&["credentials", "set", "openai"], b"sk-very-secret\n");
    let listed = home.run(&["credentials", "list"]);
    let removed = home.run(&["credentials", "remove", "openai"]);
    let again = home.run(&["credentials", "remove", "openai"]);

    assert_eq!((set.code, listed.code, removed.code, again.code), (Some(0), Some(0), Some(0), Some(1)));
    assert!(listed.out.contains("openai"));
    for ran in [&set, &listed, &removed] {
        assert!(!format!("{ran:?}").contains("very-secret"), "{ran:?}");
    }
}

/// The banner of `tollgate up` with these arguments, once it is ready and told to stop.
fn banner(home: &Home, args: &[&str]) -> String {
    let mut command = home.command(&[&["up", "--listen", "127.0.0.1:0"], args].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut text = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    while !text.contains("Stop ") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap();
    text
}

#[test]
fn the_banner_names_the_settings_that_were_read_and_its_hints_work_on_this_data_directory() {
    let home = Home::new();
    let elsewhere = home.path().join("my data");
    let usual = home.path().join(".local/share/tollgate");

    banner(&home, &[]);
    let at_home = banner(&home, &[]);
    banner(&home, &["--data-dir", "my data"]);
    let away = banner(&home, &["--data-dir", "my data"]);
    std::fs::write(elsewhere.join("tollgate.toml"), "[limits]\nbody = \"1MiB\"\n").unwrap();
    let with_file = banner(&home, &["--data-dir", "my data"]);

    let no_file =
        |directory: &Path| format!("  Settings    no file; {}/tollgate.toml would be read\n", directory.display());
    assert!(at_home.contains("another one: tollgate keys create --name NAME\n"), "{at_home}");
    assert!(at_home.contains(&no_file(&usual)), "{at_home}");
    let hint = format!("tollgate keys create --name NAME --data-dir '{}'\n", elsewhere.display());
    let trigger = format!("tollgate trigger rate_limit_requests --data-dir '{}'\n", elsewhere.display());
    assert!(away.contains(&trigger), "{away}");
    assert!(away.contains(&hint) && away.contains(&no_file(Path::new("my data"))), "{away}");
    assert!(with_file.contains("  Settings    my data/tollgate.toml\n"), "{with_file}");
}

#[test]
fn serve_says_which_file_it_has_read() {
    let home = Home::new();
    let text = "listen = \"127.0.0.1:0\"\n[providers.a]\ndialect = \"sandbox\"\n";
    std::fs::write(home.path().join("t.toml"), text).unwrap();
    let mut child = home.command(&["serve", "--config", "t.toml"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();

    while !text.contains(" is ready") {
        assert_ne!(log.read_line(&mut text).unwrap(), 0, "{text}");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap();

    let ready = text.lines().last().unwrap();
    assert!(ready.contains(" config=t.toml ") && ready.contains(" data_dir="), "{ready}");
}

#[test]
fn commands_take_the_directory_where_the_configuration_names_another() {
    let home = Home::new().with_database();
    std::fs::write(home.path().join("t.toml"), "data_dir = \"nowhere\"\n").unwrap();
    let usual = home.path().join(".local/share/tollgate");
    let mut command = home.command(&["keys", "list", "--data-dir", usual.to_str().unwrap()]);

    let both = Ran::of(&command.env("TOLLGATE_CONFIG", "t.toml").output().unwrap());
    let file = home.run(&["keys", "list", "--config", "t.toml"]);

    assert_eq!(both.code, Some(0), "{both:?}");
    assert!(file.code == Some(2) && file.err.contains("there is no database in nowhere"), "{file:?}");
}

#[test]
fn a_journal_is_dumped_and_verified() {
    use std::rc::Rc;
    use tollgate_core::id::{KeyId, RequestId};
    use tollgate_core::operation::Operation;
    use tollgate_core::record::{Admission, Entry, Recorder};
    use tollgate_store::journal::{Journal, Settings};
    let home = Home::new();
    let directory = home.path().join("journal");
    let settings = Settings { segment_bytes: 64 << 10, bound_bytes: 1 << 20, ..Settings::default() };
    let journal = Journal::open(&directory, settings, 1).unwrap();
    let writer: Rc<dyn Recorder> = Rc::new(journal.writer(0).unwrap());
    let admission = Admission {
        request: RequestId::new(1_795_000_000_000, 7),
        key: KeyId::from_digits(b"0123456789Ab").unwrap(),
        operation: Operation::ChatCompletions,
        stream: true,
        request_bytes: 100,
        project: "proj_a",
        model_asked: "gpt-4o",
        model_sent: "gpt-4o-2024",
        deployment: "openai/gpt-4o-2024",
    };
    writer.append(&Entry::Admission(admission)).unwrap();
    writer.flush();
    drop((writer, journal));
    let here = home.path().to_str().unwrap();

    let text = home.run(&["journal", "dump", "--data-dir", here]);
    let json = home.run(&["journal", "dump", "--json", "--data-dir", here]).json();
    let verified = home.run(&["journal", "verify", "--json", "--data-dir", here]).json();

    assert!(text.out.contains("2026-11-18T") && text.out.contains("model=gpt-4o"), "{text:?}");
    assert_eq!((&json["entry"], &json["key"]), (&"admission".into(), &"key_0123456789Ab".into()));
    assert!(json.as_object().unwrap().values().all(|value| value != ""), "{json}");
    assert_eq!((&verified["admissions"], &verified["unsettled"]), (&1.into(), &1.into()));
}
