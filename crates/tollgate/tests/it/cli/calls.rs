//! Commands that call a server: which one, with which key, and what becomes of failures.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Authority, TestServer, Upstream};

use super::{Home, Ran};
use crate::server;

const OLD_MODEL: &str = "\
[providers.own]
dialect = \"sandbox\"
[models.old]
deployments = [{ provider = \"own\", model = \"sandbox\" }]
shutdown_date = \"2020-01-31\"
successor = \"sandbox\"
";

async fn ran(server: &TestServer, arguments: &[&str]) -> Ran {
    Ran::of(&server.cli(arguments).await)
}

fn parsed(ran: &Ran) -> Json {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[tokio::test]
async fn without_url_and_key_the_server_of_the_data_directory_is_called_with_a_key_of_its_own() {
    let server = server().start().await;

    let first = ran(&server, &["chat", "hi"]).await;
    let second = ran(&server, &["chat", "hi"]).await;
    let file = server.data_dir().join("cli-key");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    let before = std::fs::read_to_string(&file).unwrap();
    let id = format!("key_{}", &before[6..18]);
    ran(&server, &["keys", "revoke", &id]).await;
    let third = ran(&server, &["chat", "hi"]).await;

    assert_eq!((first.code, second.code, third.code), (Some(0), Some(0), Some(0)), "{first:?} {second:?} {third:?}");
    assert!(first.out.starts_with("You said") || first.out.contains("hi"), "{first:?}");
    assert!(first.err.contains("note: made the key key_") && second.err.is_empty(), "{first:?} {second:?}");
    assert!(third.err.contains("note: made the key key_"), "{third:?}");
    assert_eq!(mode & 0o777, 0o600);

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let opened = ran(&server, &["chat", "hi"]).await;
    assert!(
        opened.err.contains("warning: ") && opened.err.contains("was open to other users (mode 644)"),
        "{opened:?}"
    );
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!format!("{first:?}{second:?}{third:?}").contains("sk-tg-"));
}

#[tokio::test]
async fn a_key_of_another_vendor_in_the_environment_is_not_sent_to_the_server_found_in_the_data_directory() {
    let server = server().variable("OPENAI_API_KEY", "sk-proj-of-somebody-else").start().await;

    let found = ran(&server, &["api", "GET", "models"]).await;
    let named = ran(&server, &["api", "GET", "models", "--url", &format!("http://{}/v1", server.address())]).await;

    assert_eq!(found.code, Some(0), "{found:?}");
    assert_eq!(named.code, Some(4), "{named:?}");
}

#[tokio::test]
async fn a_key_is_read_from_a_file_or_from_standard_input() {
    let home = Home::new();
    let server = server().start().await;
    let key = server.first_key().secret.clone();
    let url = format!("http://{}/v1", server.address());
    std::fs::write(home.path().join("key.txt"), format!("{key}\n")).unwrap();
    std::fs::write(home.path().join("empty.txt"), "\n").unwrap();

    let from_file = home.run(&["chat", "--url", &url, "--key", "@key.txt", "hi"]);
    let from_input = home.run_with(&["api", "GET", "models", "--url", &url, "--key", "-"], key.as_bytes());
    let no_file = home.run(&["chat", "--url", &url, "--key", "@none.txt", "hi"]);
    let empty = home.run(&["chat", "--url", &url, "--key", "@empty.txt", "hi"]);
    let no_key = home.run(&["chat", "--url", &url, "hi"]);

    assert_eq!((from_file.code, from_input.code), (Some(0), Some(0)), "{from_file:?} {from_input:?}");
    assert_eq!((no_file.code, empty.code), (Some(2), Some(2)), "{no_file:?} {empty:?}");
    assert_eq!(no_key.code, Some(4), "{no_key:?}");
    assert!(no_key.err.starts_with("error: 401: ") && no_key.err.contains("\ncause: "), "{no_key:?}");
    assert!(no_key.err.contains("\nhelp: ") && no_key.err.contains("\ndocs: http"), "{no_key:?}");
}

#[test]
fn where_no_server_runs_the_command_says_so_with_code_6() {
    let home = Home::new();

    let none = home.run(&["chat", "hi"]);
    let refused = home.run(&["chat", "--url", "http://127.0.0.1:1/v1", "hi"]);
    let wrong = home.run(&["chat", "--url", "http://me:secret@127.0.0.1/v1", "hi"]);

    assert_eq!((none.code, refused.code, wrong.code), (Some(6), Some(6), Some(2)), "{none:?} {refused:?} {wrong:?}");
    assert!(
        none.err.starts_with("error: no server is named, and none runs on ") && none.err.contains("\nhelp: start one")
    );
    assert!(refused.err.contains("\ncause: nothing listens at 127.0.0.1:1\n"), "{refused:?}");
    assert!(!wrong.err.contains("secret"), "{wrong:?}");
}

#[tokio::test]
async fn a_flag_wins_over_our_variable_and_that_over_openai_s() {
    let home = Home::new();
    let server = server().start().await;
    let url = format!("http://{}/v1", server.address());
    let nobody = "http://127.0.0.1:1/v1";
    let called = |arguments: &[&str], ours: &str, openai_s: &str| {
        let mut command = home.command(&[&["api", "GET", "models"], arguments].concat());
        command.env("TOLLGATE_URL", ours).env("OPENAI_BASE_URL", openai_s);
        command.env("TOLLGATE_API_KEY", &server.first_key().secret).env("OPENAI_API_KEY", "sk-another");
        Ran::of(&command.output().unwrap()).code
    };

    assert_eq!(called(&["--url", &url], nobody, nobody), Some(0));
    assert_eq!(called(&[], &url, nobody), Some(0));
    assert_eq!(called(&[], "", &url), Some(0));
    assert_eq!(called(&[], nobody, &url), Some(6));
}

#[tokio::test]
async fn a_certificate_is_verified() {
    let home = Home::new();
    let authority = Authority::new();
    let leaf = authority.leaf("localhost");
    let server = server().file("cert.pem", &leaf.certificate).file("key.pem", &leaf.key);
    let server = server.config("[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"").start().await;
    std::fs::write(home.path().join("root.pem"), authority.pem()).unwrap();
    let called = |host: &str, root: &str| {
        let url = format!("https://{host}:{}/v1", server.address().port());
        let mut command = home.command(&["api", "GET", "/livez", "--no-key", "--url", &url]);
        Ran::of(&command.env("SSL_CERT_FILE", root).output().unwrap())
    };

    let known = called("localhost", "root.pem");
    let unknown = called("localhost", "");
    let other_name = called("127.0.0.1", "root.pem");

    assert_eq!((known.code, known.out.as_str()), (Some(0), "ok\n"), "{known:?}");
    for refused in [&unknown, &other_name] {
        assert_eq!((refused.code, refused.out.as_str()), (Some(6), ""), "{refused:?}");
        assert!(refused.err.contains("\ncause: ") && !refused.err.contains("Other"), "{refused:?}");
    }
    assert!(unknown.err.contains("\nhelp: where a private authority has signed it, let SSL_CERT_FILE"), "{unknown:?}");
    assert!(other_name.err.contains("\nhelp: --url has to name the server as its certificate"), "{other_name:?}");

    let plain = format!("http://127.0.0.1:{}/v1", server.address().port());
    let plain = home.run(&["api", "GET", "/livez", "--no-key", "--url", &plain]);
    assert!(plain.code == Some(6) && plain.err.contains("wants https://"), "{plain:?}");
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_told_as_that() {
    let home = Home::new();
    let server = server().start().await;
    let url = format!("https://127.0.0.1:{}/v1", server.address().port());

    let refused = home.run(&["api", "GET", "/livez", "--no-key", "--url", &url]);

    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err.contains("\ncause: what answers there does not speak TLS\n"), "{refused:?}");
    assert!(refused.err.contains("\nhelp: begin --url with http://"), "{refused:?}");
}

/// A server of one answer, whatever is asked.
fn stranger(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        // The head and its short body come in one piece, or what is left of them does not matter.
        let _ = std::io::Read::read(&mut socket, &mut asked).unwrap();
        std::io::Write::write_all(&mut socket, answer.as_bytes()).unwrap();
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = std::io::Read::read_to_end(&mut socket, &mut Vec::new());
    });
    url
}

#[test]
fn what_is_not_an_answer_of_the_chat_api_is_a_failure() {
    let home = Home::new();
    let other = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"hello\":1}";
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"#;
    let cut = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\ndata: {chunk}\n\n\r\n",
        chunk.len() + 8
    );
    let ended = format!("{cut}0\r\n\r\n");

    let streamed = home.run(&["chat", "--url", &stranger(other), "hi"]);
    let whole = home.run(&["chat", "--url", &stranger(other), "--no-stream", "hi"]);
    let cut = home.run(&["chat", "--url", &stranger(cut.leak()), "hi"]);
    let ended = home.run(&["chat", "--url", &stranger(ended.leak()), "hi"]);
    let silent = home.run(&["chat", "--url", &stranger(""), "hi"]);

    for ran in [&streamed, &whole] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
        assert!(ran.err.starts_with("error: the answer is not a chat completion\ncause: its body is "), "{ran:?}");
    }
    for ran in [&cut, &ended] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), "Hel\n"), "{ran:?}");
        assert!(ran.err.contains("was cut off\ncause: the ") && ran.err.contains("\nhelp: what had come"), "{ran:?}");
    }
    assert_eq!(silent.code, Some(6), "{silent:?}");
}

#[tokio::test]
async fn a_silent_server_is_waited_for_no_longer_than_timeout_says() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());

    let late = home.run(&["chat", "--url", &url, "--timeout", "200ms", "hi"]);

    assert_eq!(late.code, Some(6), "{late:?}");
    assert!(late.err.contains("sent nothing for 200ms\nhelp: --timeout waits longer"), "{late:?}");
}

#[tokio::test]
async fn a_raw_call_whose_stream_ends_in_an_error_fails() {
    let server = server().start().await;
    let body = r#"{"model":"sandbox","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let fault = ["-H", "x-sandbox-error: server_error", "-H", "x-sandbox-error-at: middle"];

    let failed = ran(&server, &[&["api", "POST", "chat/completions", "-d", body], &fault[..]].concat()).await;

    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(failed.out.contains("data: ") && failed.err.contains("\nerror: the stream failed: "), "{failed:?}");
}

#[tokio::test]
async fn a_raw_call_is_looked_at_before_it_is_sent() {
    let server = server().start().await;

    let whole_url = ran(&server, &["api", "GET", &format!("http://{}/v1/models", server.address())]).await;
    let blank = ran(&server, &["api", "GET", "models/a b"]).await;
    let no_body = ran(&server, &["api", "POST", "chat/completions"]).await;
    let head = ran(&server, &["api", "HEAD", "models"]).await;

    assert!(whole_url.code == Some(2) && whole_url.err.contains("the server is named with --url"), "{whole_url:?}");
    assert!(blank.code == Some(2) && blank.err.contains("write it as %20"), "{blank:?}");
    assert!(
        no_body.code == Some(1) && no_body.err.contains("\nhelp: no body was sent: give one with -d"),
        "{no_body:?}"
    );
    assert!(head.code == Some(0) && head.out.starts_with("HTTP/1.1 200 OK\n"), "{head:?}");
}

#[tokio::test]
async fn help_for_somebody_who_types_names_flags() {
    let home = Home::new();
    let server = server().start().await;
    let url = format!("http://{}/v1", server.address());
    let key = server.first_key().secret.clone();

    let no_key = home.run(&["chat", "--url", &url, "hi"]);
    let seen = home.run(&["chat", "--url", &url, "--key", &key, "hi"]);
    let model = ran(&server, &["chat", "--model", "nosuch", "hi"]).await;

    assert!(no_key.err.contains("\nhelp: no key was sent: give one with --key @FILE"), "{no_key:?}");
    assert!(seen.code == Some(0) && seen.err.starts_with("warning: the key is in the list of processes"), "{seen:?}");
    assert!(model.err.contains("\nhelp: tollgate models list has the names"), "{model:?}");
}

#[tokio::test]
async fn a_chat_streams_and_its_document_says_what_the_answer_said() {
    let server = server().start().await;

    let streamed = ran(&server, &["chat", "-v", "Good", "morning"]).await;
    let whole = parsed(&ran(&server, &["chat", "--no-stream", "--json", "--system", "Be brief", "hi"]).await);
    let unknown = ran(&server, &["chat", "--model", "sandbx", "hi"]).await;

    assert!(streamed.out.contains("Good morning") && streamed.out.ends_with('\n'), "{streamed:?}");
    assert!(streamed.err.contains("note: req_") && streamed.err.contains(" finish=stop in="), "{streamed:?}");
    assert_eq!((&whole["model"], &whole["finish_reason"]), (&json!("sandbox"), &json!("stop")));
    assert!(whole["request_id"].as_str().unwrap().starts_with("req_") && whole["usage"]["output"].is_u64(), "{whole}");
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(1), ""), "{unknown:?}");
    assert!(unknown.err.contains("cause: model_not_found"), "{unknown:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_what_came_and_fails() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let event = r#"{"id":"a","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel"}}]}"#;
    upstream.answer(Answer::stream().event(event).cut());

    let broken = ran(&server, &["chat", "--model", "gpt-4o-mini", "hi"]).await;

    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.out == "Hel\n" && broken.err.contains("\nerror: the stream failed: "), "{broken:?}");
}

#[tokio::test]
async fn a_raw_call_gives_the_answer_as_it_is_and_an_exit_code_by_its_status() {
    let home = Home::new();
    let server = server().start().await;
    std::fs::write(home.path().join("ask.json"), r#"{"model":"sandbox-embedding","input":"hi"}"#).unwrap();
    let body = format!("@{}", home.path().join("ask.json").display());

    let with_head = ran(&server, &["api", "GET", "/livez", "-i", "--no-key"]).await;
    let posted = parsed(&ran(&server, &["api", "post", "embeddings", "-d", &body]).await);
    let refused = ran(&server, &["api", "POST", "chat/completions", "-d", "{"]).await;
    let no_key = ran(&server, &["api", "GET", "models", "--no-key"]).await;
    let header = ran(&server, &["api", "GET", "models", "-H", "authorization: Basic eDp5"]).await;
    let no_header = ran(&server, &["api", "GET", "models", "-H", "nothing"]).await;

    assert!(with_head.out.starts_with("HTTP/1.1 200 OK\n") && with_head.out.contains("\n\n"), "{with_head:?}");
    assert_eq!(posted["object"], "list");
    assert_eq!((refused.code, no_key.code, header.code), (Some(1), Some(4), Some(4)));
    assert!(serde_json::from_str::<Json>(&refused.out).unwrap()["error"]["message"].is_string(), "{refused:?}");
    assert!(refused.err.contains("cause: json_body_invalid"), "{refused:?}");
    assert_eq!(no_header.code, Some(2), "{no_header:?}");
}

#[tokio::test]
async fn models_come_from_the_server_that_is_named_or_from_the_configuration() {
    let home = Home::new();
    let server = server().config(OLD_MODEL).start().await;
    let url = format!("http://{}/v1", server.address());
    std::fs::write(home.path().join("key.txt"), &server.first_key().secret).unwrap();
    let file = server.directory().join("tollgate.toml");

    let asked = home.run(&["models", "show", "old", "--url", &url, "--key", "@key.txt"]);
    let read = home.run(&["models", "show", "old", "--config", file.to_str().unwrap(), "--json"]);
    let usual = home.run(&["models", "list"]);
    let unknown = home.run(&["models", "show", "sandbx"]);
    let running = ran(&server, &["models", "list"]).await;

    assert!(asked.out.contains("Retires      retired since 2020-01-31"), "{asked:?}");
    let read = parsed(&read);
    assert_eq!((&read["retired"], &read["successor"]), (&json!(true), &json!("sandbox")));
    assert!(read["endpoints"].as_array().unwrap().contains(&json!("/chat/completions")), "{read}");
    assert!(usual.out.contains("sandbox-embedding") && usual.out.contains("sandbox/gpt-4o-mini"), "{usual:?}");
    assert!(unknown.code == Some(1) && unknown.err.contains("help: did you mean \"sandbox\"?"), "{unknown:?}");
    assert!(usual.err.contains("; no server runs here"), "{usual:?}");
    assert!(running.out.contains("\nold ") && running.err.contains(&format!("may use at {url}")), "{running:?}");
}

const SET: &str = "\
[providers.near]
dialect = \"sandbox\"
region = \"eu\"
[models.set]
deployments = [{ provider = \"near\", model = \"sandbox\" }, { provider = \"near\", model = \"sandbox-slow\", region = \"us-east-1\" }]
tier = 3
deprecated_on = \"2026-01-31\"
shutdown_date = \"2099-01-31\"
successor = \"plain\"
maintenance = { from = \"2098-12-01T07:00Z\", until = \"2098-12-01T08:00Z\", reason = \"new hardware\" }
[models.plain]
deployments = [{ provider = \"near\", model = \"sandbox\" }]
";

#[tokio::test]
async fn models_are_listed_with_all_that_is_set_for_them() {
    let server = server().config(SET).start().await;
    let key = server.key().tier(3).create().await;
    std::fs::write(server.directory().join("key.txt"), &key.secret).unwrap();
    let config = server.directory().join("tollgate.toml").display().to_string();
    let asked = ["--key", "@key.txt"];

    let listed = ran(&server, &[&["models", "list"][..], &asked].concat()).await;
    let shown = ran(&server, &[&["models", "show", "set"][..], &asked].concat()).await;
    let told = parsed(&ran(&server, &[&["models", "show", "set", "--json"][..], &asked].concat()).await);
    let plain = parsed(&ran(&server, &[&["models", "show", "sandbox", "--json"][..], &asked].concat()).await);
    let read = parsed(&ran(&server, &["models", "show", "set", "--config", &config, "--json"]).await);
    let sheet = ran(&server, &["models", "show", "set", "--config", &config]).await;

    let row = listed.out.lines().find(|line| line.starts_with("set ")).unwrap();
    let columns: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let state = "maintenance from 2098-12-01T07:00:00Z until 2098-12-01T08:00:00Z, retires on 2099-01-31, then plain";
    assert_eq!(columns[2..], ["3", "eu, us-east-1", state], "{listed:?}");
    assert!(listed.out.starts_with("NAME ") && listed.out.contains("  TIER  REGIONS "), "{listed:?}");
    for line in [
        "Deprecated   2026-01-31",
        "Retires      2099-01-31",
        "Successor    plain",
        "Tier         3",
        "Regions      eu, us-east-1",
    ] {
        assert!(shown.out.lines().any(|told| told == line), "{line}: {shown:?}");
    }
    for document in [&told, &read] {
        assert_eq!((&document["tier"], &document["regions"]), (&json!(3), &json!(["eu", "us-east-1"])), "{document}");
        assert_eq!(document["maintenance"]["reason"], "new hardware");
    }
    assert_eq!((&plain["tier"], &plain["regions"]), (&json!(0), &json!([])), "{plain}");
    assert_eq!(read["deployments"][1]["region"], "us-east-1");
    assert!(sheet.out.contains("Deployment   near/sandbox in eu\n"), "{sheet:?}");
}

#[tokio::test]
async fn a_model_that_exists_and_is_not_for_this_key_is_not_said_to_be_missing() {
    let server = server().start().await;
    let narrow = server.key().models("gpt-4o*").create().await;
    std::fs::write(server.directory().join("key.txt"), &narrow.secret).unwrap();

    let refused = ran(&server, &["models", "show", "sandbox", "--key", "@key.txt"]).await;
    let missing = ran(&server, &["models", "show", "gpt-4o-mini2", "--key", "@key.txt"]).await;

    assert!(refused.code == Some(4) && refused.err.contains("cause: key_lacks_model"), "{refused:?}");
    assert!(missing.code == Some(1) && missing.err.contains("\nerror: there is no model"), "{missing:?}");
}

#[tokio::test]
async fn a_program_is_run_against_a_server_that_runs() {
    let server = server().variable("OPENAI_ORG_ID", "org-other").start().await;
    let script = "echo $OPENAI_BASE_URL ${OPENAI_ORG_ID:-none}; test -n \"$OPENAI_API_KEY\"";

    let ended = ran_program(&server, &["run", "--", "sh", "-c", script]).await;
    let failed = ran_program(&server, &["run", "--", "sh", "-c", "exit 7"]).await;
    let missing = ran_program(&server, &["run", "--", "no-such-program"]).await;

    assert_eq!(
        (ended.code, failed.code, missing.code),
        (Some(0), Some(7), Some(127)),
        "{ended:?} {failed:?} {missing:?}"
    );
    assert_eq!(ended.out, format!("http://{}/v1 none\n", server.address()));
}

/// With the data directory in the environment: what stands at the end belongs to the program.
async fn ran_program(server: &TestServer, arguments: &[&str]) -> Ran {
    let home = Home::new();
    let mut command = home.command(arguments);
    command.env("TOLLGATE_DATA_DIR", server.data_dir()).env("OPENAI_ORG_ID", "org-other");
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Ran::of(&output)
}

#[test]
fn a_program_without_a_server_gets_one_of_its_own_which_leaves_nothing() {
    let home = Home::new();
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    let script = format!("{tollgate} chat --model gpt-4o-mini hi && kill -TERM $$");
    let mut command = home.command(&["run", "--", "sh", "-c", &script]);

    let ended = Ran::of(&command.env("TMPDIR", &temporary).output().unwrap());

    assert_eq!(ended.code, Some(143), "{ended:?}");
    assert!(ended.out.contains("hi") && ended.err.contains("a temporary server with the sandbox is at"), "{ended:?}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn a_temporary_server_goes_when_its_program_is_told_to() {
    let home = Home::new();
    let mut command = home.command(&["run", "--", "sh", "-c", "echo ready; exec sleep 60"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();

    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    let status = child.wait().unwrap();

    assert_eq!((line.as_str(), status.code()), ("ready\n", Some(143)));
}

#[tokio::test]
async fn without_a_screen_the_address_of_a_page_is_printed() {
    let server = server().start().await;

    let docs = ran(&server, &["open"]).await;
    let cause = ran(&server, &["open", "errors/key_expired"]).await;
    let wrong = ran(&server, &["open", "errors/key_expird"]).await;
    let nobody = ran(&server, &["open", "--url", "http://127.0.0.1:1/v1"]).await;

    assert_eq!(docs.out, format!("http://{}/docs\n", server.address()));
    assert_eq!(cause.out, format!("http://{}/errors/key_expired\n", server.address()));
    assert!(wrong.code == Some(2) && wrong.err.contains("\nhelp: did you mean \"key_expired\"?"), "{wrong:?}");
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(6), ""), "{nobody:?}");
}
