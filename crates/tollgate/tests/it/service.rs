//! Under a service manager: what it is told, which sockets it keeps, and the unit it is given.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tollgate_testing::wait::until;

use crate::server;

/// The manager's end, and everything it has heard so far.
struct Manager {
    socket: UnixDatagram,
    heard: std::cell::RefCell<Vec<String>>,
}

impl Manager {
    fn at(path: &std::path::Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket, heard: Default::default() }
    }

    /// Waits for a message that has this line.
    async fn hears(&self, line: &str) {
        until(line, || async {
            let mut buffer = [0; 512];
            while let Ok(n) = self.socket.recv(&mut buffer) {
                self.heard.borrow_mut().push(String::from_utf8_lossy(&buffer[..n]).into_owned());
            }
            self.heard.borrow().iter().any(|message| message.lines().any(|l| l == line)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_manager_is_told_what_the_server_does() {
    let builder = server();
    let path = builder.directory().join("notify");
    let manager = Manager::at(&path);
    let builder = builder.variable("NOTIFY_SOCKET", path.to_str().unwrap()).variable("WATCHDOG_USEC", "200000");

    let old = builder.clone().start().await;
    manager.hears("READY=1").await;
    manager.hears("WATCHDOG=1").await;
    let new = builder.start().await;
    let successor = format!("MAINPID={}", new.process());
    manager.hears(&successor).await;
    old.ended().await;
    new.stop().await;

    manager.hears("STOPPING=1").await;
}

#[test]
fn the_unit_passes_the_managers_own_check() {
    let directory = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_tollgate");
    let print = |args: &[&str]| {
        let output = Command::new(binary).arg("systemd-unit").args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // The checker may be older than that type.
    let service = print(&["--binary", binary]).replace("notify-reload", "notify");
    let socket = print(&["--socket", "127.0.0.1:4000"]);

    assert!(service.contains("ProtectSystem=strict\n") && service.contains("DynamicUser=yes\n"), "{service}");
    assert!(print(&["--user", "gate"]).contains("\nUser=gate\n"));
    let (unit, listens) = (directory.path().join("tollgate.service"), directory.path().join("tollgate.socket"));
    std::fs::write(&unit, service).unwrap();
    std::fs::write(&listens, socket).unwrap();
    // Elsewhere than on a Linux with systemd there is nothing to ask.
    if let Ok(checked) = Command::new("systemd-analyze").arg("verify").arg(&unit).arg(&listens).output() {
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && !said.contains("tollgate"), "{said}");
    }
}

/// A server that is given `listener` as systemd gives it (sd_listen_fds(3)).
fn activated(home: &std::path::Path, listener: &TcpListener) -> (Child, BufReader<ChildStdout>) {
    let give = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"";
    let address = listener.local_addr().unwrap().to_string();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", give, env!("CARGO_BIN_EXE_tollgate"), "up", "--json", "--listen", &address]);
    command.env_clear().env("HOME", home).env("TOLLGATE_TIMEOUTS_DRAIN_PAUSE", "0s").current_dir(home);
    let given = OwnedFd::from(listener.try_clone().unwrap());
    let mut child = command.stdin(given).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

#[test]
fn callers_wait_in_the_socket_that_the_manager_keeps() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();

    for _ in 0..2 {
        // Before there is a server, the second time between two.
        let mut caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        caller.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let (mut server, mut out) = activated(home.path(), &listener);
        let mut answer = String::new();
        caller.read_to_string(&mut answer).unwrap();
        let mut ready = String::new();
        out.read_line(&mut ready).unwrap();
        kill_process(Pid::from_child(&server), Signal::TERM).unwrap();

        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(ready.contains(&listener.local_addr().unwrap().port().to_string()), "{ready}");
        assert_eq!(server.wait().unwrap().code(), Some(0));
    }
}
