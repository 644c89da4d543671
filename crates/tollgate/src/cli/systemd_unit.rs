//! `tollgate systemd-unit`: prints units that run the server with as few rights as it needs.
//!
//! In: where the program and its configuration are. Out: text for /etc/systemd/system. It installs nothing.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::output::{self, Label};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cd /etc/systemd/system
  tollgate systemd-unit > tollgate.service
  tollgate systemd-unit --socket 127.0.0.1:4000 > tollgate.socket
  tollgate systemd-unit > tollgate@.service

With the last one, upgrades have no gap: after systemctl start tollgate@a, \
systemctl start tollgate@b takes over from it.")]
pub(super) struct Args {
    /// The program [default: this one]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Its configuration file
    #[arg(long, value_name = "FILE", default_value = "/etc/tollgate/tollgate.toml")]
    config: PathBuf,
    /// An existing user to run as, instead of one that systemd makes up
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Print the unit of a socket instead, which systemd opens and keeps while the service restarts
    #[arg(long, value_name = "ADDR", value_parser = address)]
    socket: Option<std::net::SocketAddr>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let text = match args.socket {
        Some(address) => socket(address),
        None => service(args)?,
    };
    output::line(text.trim_end())
}

fn socket(address: std::net::SocketAddr) -> String {
    format!(
        "\
# /etc/systemd/system/tollgate.socket, from: tollgate systemd-unit --socket
# The setting `listen` must name the same address.

[Unit]
Description=Socket of Tollgate

[Socket]
ListenStream={address}
Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
"
    )
}

fn service(args: &Args) -> anyhow::Result<String> {
    // systemd reads neither against the directory that this command runs in.
    let absolute = |path: &Path| std::path::absolute(path).context("the working directory is unknown");
    let binary = match &args.binary {
        Some(binary) => absolute(binary)?,
        None => std::env::current_exe().context("the place of this program is unknown; name it with --binary")?,
    };
    let config = absolute(&args.config)?;
    for path in [&binary, &config].into_iter().filter(|path| is_in_a_home(path)) {
        let message = format!("the service will not see {}: ProtectHome=yes hides it", path.display());
        output::say(
            Label::Warning,
            &format!("{message}; put it elsewhere, such as into /usr/local/bin or /etc/tollgate"),
        );
    }
    let user = match &args.user {
        Some(name) => format!("User={name}"),
        None => "DynamicUser=yes\nUser=tollgate".to_owned(),
    };
    Ok(SERVICE
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{binary}", &quoted(&binary))
        .replace("{config}", &quoted(&config))
        .replace("{user}", &user))
}

fn address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse().map_err(|_| "expected ADDRESS:PORT, for example 127.0.0.1:4000 or [::1]:4000".to_owned())
}

/// What `ProtectHome=yes` makes empty (systemd.exec(5)).
fn is_in_a_home(path: &Path) -> bool {
    ["/home", "/root", "/run/user"].iter().any(|home| path.starts_with(home))
}

/// A word of a command line (systemd.service(5)): quoted, with what is special in units doubled.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string().replace('%', "%%").replace('$', "$$");
    match text.contains([' ', '"', '\\', '\'']) {
        false => text,
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

const SERVICE: &str = "\
# /etc/systemd/system/tollgate.service, from: tollgate systemd-unit (version {version})
# As tollgate@.service it can be upgraded without a gap: `systemctl start tollgate@b` takes the sockets from tollgate@a,
# which finishes its requests and ends.
# systemd before 253 does not know notify-reload: use Type=notify and ExecReload=kill -HUP $MAINPID there.

[Unit]
Description=Tollgate, an OpenAI-compatible gateway
Wants=network-online.target
After=network-online.target

[Service]
Type=notify-reload
ExecStart={binary} serve --config {config} --data-dir %S/tollgate
# Provider keys for `credential = { env = \"…\" }`, one NAME=value per line, readable by root alone.
EnvironmentFile=-/etc/tollgate/environment
Restart=on-failure
RestartSec=1s
WatchdogSec=30s
TimeoutStartSec=2min
# More than timeouts.drain_pause and timeouts.drain together.
TimeoutStopSec=45s
KillMode=mixed
LimitNOFILE=524288

# The database, the journal and the server's secrets: /var/lib/tollgate, for this service alone.
{user}
StateDirectory=tollgate
StateDirectoryMode=0700
UMask=0077

# For a port below 1024, CAP_NET_BIND_SERVICE in both.
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
PrivateDevices=yes
PrivateTmp=yes
DevicePolicy=closed
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_command_line_keep_their_meaning() {
        assert_eq!(quoted("/usr/bin/tollgate".as_ref()), "/usr/bin/tollgate");
        assert_eq!(quoted("/opt/my gate/50%".as_ref()), "\"/opt/my gate/50%%\"");
    }
}
