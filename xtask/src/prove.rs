//! Full-size proofs: `cargo xtask prove <name>` runs the release binary against one promise and prints what was seen.
//!
//! In: a name, perhaps a number or `--small`. Out: a table of figures, their bars and what was seen; an error where a
//! bar is missed. Everything here speaks to the server from outside, over sockets and its command line, and takes
//! away what it made. Each proof is in the file of its name.

mod administration_speed;
mod changes;
mod client;
mod cut_answers;
mod database_away;
mod explain;
mod failover;
mod faults;
mod idle_connections;
mod journal_full;
mod kill;
mod malformed;
mod million_keys;
mod mixed_clients;
mod other_server;
mod overload;
mod probe;
mod provider;
mod records;
mod restart;
mod server;
mod slow_headers;
mod system;
mod table;
mod upstream;

use std::path::PathBuf;

use anyhow::{Context, bail};

const USAGE: &str = "\
usage: cargo xtask prove <name> [N] [--small] [--locked] [--binary FILE]

  malformed [20000]          malformed requests: no panic, no 5xx, no hang, an error object for every refusal
  slow-headers [5000]        half heads, bytes that trickle, silence: cut in time, cheap, nobody else suffers
  journal-full               the bound, and a disk that is full: nothing is served unmetered, nothing is lost
  kill [200]                 kill -9 under load: nothing answered is lost or recorded twice, ready again within 1 s
  million-keys [1000000]     start, memory and revocation with so many keys
  administration-speed [10000000]
                             pages among a million keys and events, usage of so many requests, serving meanwhile
  idle-connections [9000]    memory of idle keep-alive connections
  mixed-clients [50]         callers that ask for a stream and do not read it
  changes [100]              revoked, disabled, denied, narrowed, archived: refused on the next request
  database-away [60]         both databases away for so many seconds: known keys go on, no record is lost
  cut-answers                a provider's answer in two parts, cut at every byte
  explain [1000]             a pasted error explained by a process of its own, 5 MB of nonsense too: 50 ms each
  failover                   a provider down for a minute, a model that stands in: no failure, soon back
  faults [1500]              so many requests at once to a provider that does everything wrong: no answer but its own
  other-server               LiteLLM's proxy as provider, OpenAI's Python SDK as caller
  overload                   twice what the server can do: it does what it can, and refuses the rest within 50 ms
  restart [20]               overlapping restarts under load: nobody refused, reset or cut off

--small: a size for every test run. --binary: another one than target/release/tollgate. --locked (kill): for half of the
run another process holds the lock of the records.";

/// What the command line asked for.
struct Options {
    /// How many, where the proof counts something.
    count: Option<usize>,
    small: bool,
    locked: bool,
    binary: PathBuf,
}

impl Options {
    /// The number asked for, or the size of this run.
    fn count(&self, full: usize, small: usize) -> usize {
        self.count.unwrap_or(if self.small { small } else { full })
    }
}

/// The clone this runs in, as cargo says; what was there at the build may have been another one.
#[expect(clippy::disallowed_methods, reason = "a tool of the workspace, told by cargo where it stands")]
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from("."), |package| PathBuf::from(package).join(".."))
}

/// Where cargo puts what it builds.
#[expect(clippy::disallowed_methods, reason = "a tool of the workspace, told by cargo where it builds")]
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |target| root().join(target))
}

/// Runs the proof that the arguments name.
///
/// # Errors
/// A bar is missed, or the proof could not be carried out.
pub(crate) fn run(mut args: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let binary = target().join("release/tollgate");
    let mut options = Options { count: None, small: false, locked: false, binary };
    let mut name = None;
    while let Some(argument) = args.next() {
        match argument.as_str() {
            "--small" => options.small = true,
            "--locked" => options.locked = true,
            "--binary" => options.binary = args.next().context("--binary needs a file")?.into(),
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(());
            }
            number if name.is_some() => options.count = Some(number.parse().context(USAGE)?),
            _ => name = Some(argument),
        }
    }
    if !options.binary.is_file() {
        bail!("{} is missing; build it: cargo build --release -p tollgate", options.binary.display());
    }
    system::raise_file_limit();
    let table = match name.as_deref() {
        Some("malformed") => malformed::prove(&options),
        Some("slow-headers") => slow_headers::prove(&options),
        Some("journal-full") => journal_full::prove(&options),
        Some("kill") => kill::prove(&options),
        Some("million-keys") => million_keys::prove(&options),
        Some("idle-connections") => idle_connections::prove(&options),
        Some("administration-speed") => administration_speed::prove(&options),
        Some("changes") => changes::prove(&options),
        Some("database-away") => database_away::prove(&options),
        Some("cut-answers") => cut_answers::prove(&options),
        Some("explain") => explain::prove(&options),
        Some("failover") => failover::prove(&options),
        Some("faults") => faults::prove(&options),
        Some("other-server") => other_server::prove(&options),
        Some("overload") => overload::prove(&options),
        Some("restart") => restart::prove(&options),
        Some("mixed-clients") => mixed_clients::prove(&options),
        _ => bail!("{USAGE}"),
    }?;
    table.print();
    match table.missed() {
        0 => Ok(()),
        missed => bail!("{missed} bar(s) missed"),
    }
}
