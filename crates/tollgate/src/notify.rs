//! Words to the service manager (sd_notify(3)): a datagram each, to the Unix socket that it names.
//!
//! In: the environment. Out: states such as `READY=1`. Where no manager listens, nothing is said, and one that has gone
//! is no failure of ours.

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The service manager.
#[derive(Debug)]
pub struct Manager {
    socket: UnixDatagram,
    /// How often it wants to hear that this process is well.
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one that these variables name, if any.
    #[must_use]
    pub fn of(variables: &BTreeMap<String, String>) -> Option<Self> {
        let socket = UnixDatagram::unbound().ok()?;
        connect(&socket, variables.get("NOTIFY_SOCKET")?).ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(Self { socket, watchdog: watchdog(variables) })
    }

    /// Half the time after which it takes silence for a fault (sd_watchdog_enabled(3)).
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// This process serves, or serves with new settings.
    pub fn ready(&self) {
        self.say("READY=1");
    }

    /// This process has become the service's main one.
    pub fn ready_in_place_of_another(&self) {
        self.say(&format!("READY=1\nMAINPID={}", std::process::id()));
    }

    /// New settings are read.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// This process finishes what it has, and ends within this time, be the manager's own limit shorter or not.
    pub fn stopping(&self, within: Duration) {
        self.say(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", within.as_micros()));
    }

    /// Another process serves in this one's place, which ends within this time. If the other one belongs to the same
    /// service, that goes on with it.
    pub fn replaced(&self, process: u32, within: Duration) {
        let service = |process: &str| std::fs::read_to_string(format!("/proc/{process}/cgroup")).ok();
        let ours = service("self");
        if ours.is_some() && ours == service(&process.to_string()) {
            self.say(&format!("MAINPID={process}"));
        } else {
            self.stopping(within);
        }
    }

    /// This process is well.
    pub fn well(&self) {
        self.say("WATCHDOG=1");
    }

    fn say(&self, state: &str) {
        let _ = self.socket.send(state.as_bytes());
    }
}

fn connect(socket: &UnixDatagram, address: &str) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some(name) = address.strip_prefix('@') {
        use std::os::linux::net::SocketAddrExt;
        return socket.connect_addr(&std::os::unix::net::SocketAddr::from_abstract_name(name)?);
    }
    socket.connect(address)
}

fn watchdog(variables: &BTreeMap<String, String>) -> Option<Duration> {
    let for_another = variables.get("WATCHDOG_PID").is_some_and(|pid| *pid != std::process::id().to_string());
    let microseconds: u64 = variables.get("WATCHDOG_USEC")?.parse().ok()?;
    (!for_another && microseconds > 0).then(|| Duration::from_micros(microseconds) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let n = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..n].to_vec()).unwrap()
    }

    #[test]
    fn states_are_said_to_the_socket_that_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::of(&variables(&[("NOTIFY_SOCKET", path.to_str().unwrap())])).unwrap();

        manager.ready();
        manager.reloading();
        let second = Duration::from_secs(1);
        manager.replaced(std::process::id(), second);
        manager.replaced(u32::MAX, second);

        assert_eq!(heard(&socket), "READY=1");
        assert!(heard(&socket).starts_with("RELOADING=1\nMONOTONIC_USEC="));
        assert_eq!(heard(&socket), format!("MAINPID={}", std::process::id()), "it is of the same service");
        assert_eq!(heard(&socket), "STOPPING=1\nEXTEND_TIMEOUT_USEC=1000000");
    }

    #[test]
    fn a_watchdog_for_another_process_is_none_of_ours() {
        let ours = std::process::id().to_string();

        assert_eq!(watchdog(&variables(&[("WATCHDOG_USEC", "30000000")])), Some(Duration::from_secs(15)));
        assert!(watchdog(&variables(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", &ours)])).is_some());
        assert!(watchdog(&variables(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "1")])).is_none());
        assert!(Manager::of(&variables(&[])).is_none());
    }
}
