//! `tollgate up` and `serve`: what they print, and how they stop.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

struct Server {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(home: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command
            .env_clear()
            .env("HOME", home)
            .env("TOLLGATE_TIMEOUTS_DRAIN_PAUSE", "0s")
            .envs(variables.iter().copied())
            .current_dir(home)
            .args(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    fn ready(&mut self) -> Json {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Asks it to stop; returns its status and all it wrote to standard output and error meanwhile.
    fn stop(mut self, signal: Signal) -> (ExitStatus, String, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap(), out, err)
    }
}

#[test]
fn the_first_start_shows_a_key_once_and_a_signal_stops_it() {
    let home = tempfile::tempdir().unwrap();
    let args = ["up", "--json", "--listen", "127.0.0.1:0"];

    let mut first = Server::start(home.path(), &args, &[("GROQ_API_KEY", "gsk_secret")]);
    let ready = first.ready();
    let (status, out, err) = first.stop(Signal::TERM);
    let mut second = Server::start(home.path(), &args, &[]);
    let again = second.ready();
    let (second_status, ..) = second.stop(Signal::INT);

    let keys: Vec<_> = ready.as_object().unwrap().keys().map(String::as_str).collect();
    let names = ["admin_api_key", "api_base", "api_key", "data_dir", "docs_url", "event"];
    assert_eq!(keys, [&names[..], &["object", "release", "version"]].concat());
    let key = ready["api_key"].as_str().unwrap();
    let admin = ready["admin_api_key"].as_str().unwrap();
    assert!(key.starts_with("sk-tg-") && ready["event"] == "ready", "{ready}");
    assert!(admin.starts_with("sk-tg-admin-") && !err.contains(admin) && again["admin_api_key"].is_null());
    let base = ready["api_base"].as_str().unwrap();
    assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/v1") && !base.contains(":0/"), "{base}");
    assert_eq!(status.code(), Some(0));
    assert!(out.is_empty() && !err.contains(key) && !err.contains("gsk_secret"), "{out}{err}");
    assert!(err.contains("GROQ_API_KEY is set") && err.contains("https://api.groq.com/openai/v1"), "{err}");
    assert!(again["api_key"].is_null());
    assert_eq!(second_status.code(), Some(0));
}

#[test]
fn the_first_key_works_as_soon_as_it_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let mut server = Server::start(home.path(), &["up", "--json", "--listen", "127.0.0.1:0"], &[]);
    let ready = server.ready();
    let address = ready["api_base"].as_str().unwrap().trim_start_matches("http://").trim_end_matches("/v1");
    let key = ready["api_key"].as_str().unwrap();
    let body = r#"{"model":"sandbox","messages":[{"role":"user","content":"hi"}]}"#;

    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    server.stop(Signal::TERM);

    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("chat.completion"), "{answer}");
}

#[test]
fn without_a_terminal_the_first_key_goes_to_a_private_file() {
    let home = tempfile::tempdir().unwrap();

    let mut server = Server::start(home.path(), &["up", "--listen", "127.0.0.1:0", "--data-dir", "d"], &[]);
    let head = server.line();
    let (_, banner, err) = server.stop(Signal::TERM);

    let file = home.path().join("d/first-key");
    let key = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(head.starts_with("tollgate ") && banner.contains("first-key"), "{head}{banner}");
    assert!(!banner.contains(key.trim()) && !err.contains(key.trim()));
}

#[test]
fn a_start_that_fails_makes_no_key() {
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();

    let failed = Server::start(home.path(), &["up", "--json", "--listen", &listen], &[]);
    let output = failed.child.wait_with_output().unwrap();
    let mut server = Server::start(home.path(), &["up", "--json", "--listen", "127.0.0.1:0"], &[]);
    let ready = server.ready();
    server.stop(Signal::TERM);

    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("error: cannot listen on") && err.contains("help: choose another port"), "{err}");
    assert!(ready["api_key"].is_string());
}

#[test]
fn serve_takes_a_credential_that_the_data_directory_keeps() {
    let home = tempfile::tempdir().unwrap();
    let text = "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\n[providers.a]\nbase_url = \"http://127.0.0.1:9/v1\"\n\
                credential = { stored = \"a\" }\n[models.m]\ndeployments = [{ provider = \"a\", model = \"m\" }]\n";
    fs::write(home.path().join("tollgate.toml"), text).unwrap();
    let args = ["serve", "--config", "tollgate.toml", "--json"];

    let missing = Server::start(home.path(), &args, &[]).child.wait_with_output().unwrap();
    let (database, secrets) = tollgate::wiring::open(&home.path().join("data")).unwrap();
    tollgate_control::use_cases::credentials::set_credential(&database, &secrets.master, "a", "sk-a", 1).unwrap();
    drop(database);
    let mut server = Server::start(home.path(), &args, &[]);
    let ready = server.ready();
    server.stop(Signal::TERM);

    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("tollgate credentials set a"));
    assert_eq!(ready["event"], "ready");
    assert!(ready["api_key"].is_null());
}
