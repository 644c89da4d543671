//! Networks of a test's own, in Linux namespaces: what loopback alone cannot show.
//!
//! In: the name of an ignored test, and which network it needs. Out: it has run inside of that network, alone, or the
//! test that started it fails, with all that it said. A system that gives no namespaces fails it too: what nobody looked at is
//! not shown.

use std::process::Command;

/// Lines of a shell that build a network.
#[derive(Debug, Clone, Copy)]
pub struct Network(&'static str);

/// Every address of both families is this machine's, and names come from a server at 127.0.0.1:53.
pub const EVERY_ADDRESS: Network = Network(
    "ip route add local default dev lo
ip -6 route add local default dev lo
names=$(mktemp) && echo 'nameserver 127.0.0.1' > \"$names\"
mount --bind \"$names\" /etc/resolv.conf && rm \"$names\"",
);

/// A wire at whose other end [`SILENT`] is said to be, where nobody reads: every packet to it is lost.
pub const SILENT_WIRE: Network = Network(
    "ip link add wire0 type veth peer name wire1
ip addr add 203.1.113.1/24 dev wire0
ip link set wire0 up
ip link set wire1 up
ip neigh add 203.1.113.9 lladdr 02:00:00:00:00:01 dev wire0",
);

/// The host that does not answer.
pub const SILENT: &str = "203.1.113.9";

/// Runs an ignored test of this very program in such a network.
///
/// # Panics
/// It fails, or there are no namespaces.
#[track_caller]
pub fn run_in(network: Network, test: &str) {
    let script = format!("set -e\nip link set lo up\n{}\nexec \"$0\" --exact \"$1\" --ignored --nocapture", network.0);
    let own = std::env::current_exe().unwrap();
    let output = Command::new("unshare").args(["-rnm", "sh", "-c", &script]).arg(own).arg(test).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Connections that were opened in this network, by the kernel's count.
///
/// # Panics
/// The kernel does not say.
#[must_use]
pub fn opened() -> usize {
    let counters = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut lines = counters.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let at = names.split(' ').position(|name| name == "ActiveOpens").unwrap();
    values.split(' ').nth(at).unwrap().parse().unwrap()
}
