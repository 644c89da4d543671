//! Where a server that starts listens: on the sockets of one that runs, on those of the service manager, or on its own.
//!
//! In: settings and a wish. Out: a [`Place`], or why there is none. Serving threads share their port, and so would two
//! servers, unseen: calls would reach either, and half of the keys be unknown. Hence a port that a stranger has is
//! refused, and that of another server on the same data directory is taken over.

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use listenfd::ListenFd;
use tollgate_gateway::Listen;

use super::output::Refused;
use crate::handover::{self, Found, TakeError, Taken};
use crate::settings::Settings;

/// How a start treats a server that runs on its data directory already.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PlaceArgs {
    /// Fail where a server of this data directory listens at the address already, instead of taking over from it
    #[arg(long)]
    no_take_over: bool,
}

/// Where to listen.
pub(super) struct Place {
    pub(super) listen: Listen,
    /// The server that listened there before, and still does.
    pub(super) before: Option<Taken>,
}

impl PlaceArgs {
    /// Finds the place of a server with these settings.
    pub(super) fn find(&self, settings: &Settings) -> anyhow::Result<Place> {
        let address = settings.gateway.listen;
        match handover::ask(&settings.data_dir, address).map_err(refused)? {
            Found::Taken(taken) if self.no_take_over => {
                let process = taken.process;
                let message = format!("process {process} serves this data directory at {address} already");
                Err(Refused::failed(message).help("without --no-take-over it would be replaced").into())
            }
            Found::Taken(mut taken) => {
                let listen = Listen::Inherited(std::mem::take(&mut taken.sockets));
                Ok(Place { listen, before: Some(taken) })
            }
            Found::Nobody => Ok(Place { listen: kept_or_own(address)?, before: None }),
        }
    }
}

fn kept_or_own(address: SocketAddr) -> anyhow::Result<Listen> {
    let kept = kept_sockets().context("the sockets of the service manager cannot be used")?;
    for socket in &kept {
        let given = socket.local_addr()?;
        // What may be reached from where is the settings' to say.
        if given != address {
            let message = format!("the service manager gives a socket at {given}, and the settings say {address}");
            return Err(Refused::usage(message).help("make ListenStream= and the setting listen the same").into());
        }
    }
    if kept.is_empty() {
        refuse_taken(address)?;
        return Ok(Listen::Own);
    }
    Ok(Listen::Kept(kept))
}

/// Those that systemd hands over (sd_listen_fds(3)).
fn kept_sockets() -> io::Result<Vec<TcpListener>> {
    let mut given = ListenFd::from_env();
    (0..given.len()).filter_map(|index| given.take_tcp_listener(index).transpose()).collect()
}

fn refuse_taken(address: SocketAddr) -> anyhow::Result<()> {
    match TcpListener::bind(address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let message = format!("cannot listen on {address}: another program does");
            Err(Refused::failed(message).help("choose another port with --listen, or stop the other one").into())
        }
        _ => Ok(()),
    }
}

fn refused(error: TakeError) -> anyhow::Error {
    match error {
        TakeError::Busy { process } => {
            Refused::failed(format!("{error}")).help(format!("wait for that, or stop process {process} first")).into()
        }
        other => other.into(),
    }
}
