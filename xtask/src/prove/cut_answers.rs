//! A provider whose answers come in two parts, cut at every byte of their framing: each arrives whole.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Options;
use super::client::{Client, post};
use super::server::Server;
use super::table::Table;
use super::upstream::{Upstream, in_chunks, whole};

const CALLERS: usize = 16;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let directory = tempfile::tempdir()?;
    let upstream = Upstream::start()?;
    let mut server = Server::start(options, &directory.path().join("data"), Some(&upstream.config("")))?;
    let key = server.key()?;
    let mut table = Table::default();
    for (streams, what) in [(true, "stream"), (false, "JSON answer")] {
        let cuts = in_chunks(streams).len();
        let next = AtomicUsize::new(1);
        let broken = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    loop {
                        let cut = next.fetch_add(1, Ordering::Relaxed);
                        if cut >= cuts {
                            return;
                        }
                        if ask(&server, &key, streams, cut).unwrap_or_default() != whole(streams)
                            && let Ok(mut broken) = broken.lock()
                        {
                            broken.push(cut);
                        }
                    }
                });
            }
        });
        let mut broken = broken.into_inner().unwrap_or_default();
        broken.sort_unstable();
        let seen = format!(
            "{} {:.60}",
            broken.len(),
            if broken.is_empty() { String::new() } else { format!("at {broken:?}") }
        );
        table.bar(format!("{what}: not whole, of {} cuts", cuts - 1), "0", seen, broken.is_empty());
    }
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}

/// The body that a caller gets.
fn ask(server: &Server, key: &str, streams: bool, cut: usize) -> anyhow::Result<String> {
    let body = format!(
        r#"{{"model":"m","stream":{streams},"messages":[],"cut":{cut},"stream_options":{{"include_usage":true}}}}"#
    );
    let request = post("/v1/chat/completions", key, body.as_bytes());
    let answer = Client::connect(server.address)?.ask(&request)?;
    Ok(String::from_utf8(answer.body)?)
}
