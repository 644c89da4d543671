//! Idle keep-alive connections: what each costs, and whether its memory comes back.

use std::time::Duration;

use super::Options;
use super::client::{Client, chat, wait_until};
use super::server::Server;
use super::system::{pause, resident};
use super::table::Table;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(9000, 1000);
    let directory = tempfile::tempdir()?;
    let config = "[log]\nrequests = \"failures\"\n";
    let mut server = Server::start(options, &directory.path().join("data"), Some(config))?;
    let request = chat(&server.key()?, "sandbox");
    for _ in 0..200 {
        Client::connect(server.address)?.ask(&request)?;
    }
    let before = resident(server.pid())?;
    let mut idle = Vec::with_capacity(count);
    for _ in 0..count {
        let mut client = Client::connect(server.address)?;
        client.ask(&request)?;
        idle.push(client);
    }
    pause(Duration::from_secs(1));
    let held = resident(server.pid())?.saturating_sub(before) as f64;
    let answered = idle.iter_mut().filter_map(|client| client.ask(&request).ok()).filter(|a| a.status == 200).count();
    drop(idle);
    let mut left = f64::MAX;
    let returned = wait_until(Duration::from_secs(5), || {
        left = resident(server.pid())?.saturating_sub(before) as f64;
        Ok(left <= held / 4.0)
    });

    let mut table = Table::default();
    table.bar("idle connections that answer again", count.to_string(), answered, answered == count);
    table.at_most("memory per idle connection", 10.0, "KiB", held / 1024.0 / count as f64);
    let seen = format!("{:.1} of {:.1} MiB left", left / 1048576.0, held / 1048576.0);
    table.bar("memory returns within 5 s of closing", "≤ a quarter is left", seen, returned.is_ok());
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}
