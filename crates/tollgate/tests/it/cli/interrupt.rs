//! What Ctrl-C leaves behind: exit code 130 as a shell sees it, and nothing half done.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use tollgate_testing::wait::{PATIENCE, until};
use tollgate_testing::{Answer, Gate, Upstream};

use super::Home;
use crate::server;
use crate::terminal::terminal;

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// `$?` of a shell: a program that a signal has ended counts as 128 and the signal's number.
fn code_in_a_shell(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal))
}

#[test]
fn an_import_that_is_interrupted_has_code_130_and_has_imported_nothing() {
    let home = Home::new().with_database();
    let mut command = home.command(&["keys", "import", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();

    interrupt(&child);
    let status = child.wait().unwrap();

    assert_eq!(code_in_a_shell(status), Some(130), "{status:?}");
    assert_eq!(home.run(&["keys", "list", "--json"]).json()["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_prompt_that_is_interrupted_has_code_130_and_the_terminal_shows_again_what_is_typed() {
    let home = Home::new().with_database();
    let (_ours, terminal) = terminal();
    let echoes = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
    let mut command = home.command(&["credentials", "set", "openai"]);
    let mut child = command.stdin(terminal.try_clone().unwrap()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while echoes() {
        assert!(begun.elapsed() < PATIENCE, "the prompt does not hide what is typed");
        std::thread::yield_now();
    }

    interrupt(&child);
    let status = child.wait().unwrap();

    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((status.code(), told.as_str()), (Some(130), "Secret for openai (not shown): \n"));
    assert!(echoes());
    assert!(!home.run(&["credentials", "list"]).out.contains("openai"));
}

#[tokio::test]
async fn a_second_interruption_ends_a_server_at_once_with_code_130() {
    let (upstream, gate) = (Upstream::start().await, Gate::new());
    upstream.answer(Answer::stream().held(&gate));
    let server = server().upstream(&upstream).config("[timeouts]\ndrain = \"1h\"").start().await;
    let ask = server.first_key().chat_ask("gpt-4o-mini", "hi").bearer(&server.first_key().secret);
    let mut held = server.connect().await;
    held.write(&ask.bytes(&server.address().to_string())).await;
    upstream.request(0).await;
    let pid = i32::try_from(server.process()).ok().and_then(Pid::from_raw).unwrap();

    kill_process(pid, Signal::INT).unwrap();
    until("a word about stopping", || async { server.log().contains("stopping").then_some(()) }).await;
    kill_process(pid, Signal::INT).unwrap();
    let stopped = server.ended().await;

    assert_eq!(stopped.status.code(), Some(130), "{}", stopped.log);
    gate.open();
}
