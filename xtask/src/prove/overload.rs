//! Twice as much as the server can do: it goes on doing what it can, and refuses the rest at once.
//!
//! The server has one core to itself, callers have the others. First its peak is sought: callers that ask again as soon
//! as they are answered, more of them each time. Then twice that rate is offered, whatever comes back: every caller
//! sends when its turn has come, on a connection that is free at that moment, or one more. Two things can be short, and
//! each is tried: the processor (requests that are expensive for the server itself, the sandbox's vectors), and places
//! (a provider that takes its time, and a limit of requests in flight).

pub(super) mod generator;

use std::io::Write;
use std::time::Duration;

use super::Options;
use super::client::{Client, PATIENCE, chat, post, wait_until};
use super::provider::{After, Provider, completion};
use super::records::recorded;
use super::server::Server;
use super::system::{pause, pin, processor_time};
use super::table::{Table, percentile};
use generator::Seen;

/// Requests in flight where a provider takes its time, and the time it takes.
const PLACES: usize = 100;
const PROVIDER: Duration = Duration::from_millis(100);

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::default();
    for short in [Short::Processor, Short::Places] {
        one(options, short, &mut table)?;
    }
    Ok(table)
}

/// What is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    Processor,
    Places,
}

fn one(options: &Options, short: Short, table: &mut Table) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let provider = Provider::start(|_, socket| {
        pause(PROVIDER);
        socket.write_all(completion("hi").as_bytes()).map(|()| After::Next)
    })?;
    let mut server = Server::start(options, &data, Some(&config(short, &provider)))?;
    let cores = pin_all(&server)?;
    let (key, address) = (server.key()?, server.address);
    let (request, steps) = match short {
        Short::Processor => (vectors(&key), [4, 8, 16]),
        Short::Places => (chat(&key, "m"), [PLACES / 2, PLACES - 20, PLACES]),
    };
    let seconds = |full: u64, small: u64| Duration::from_secs(if options.small { small } else { full });

    let (mut peak, mut callers, mut served) = (0.0f64, 0, 0);
    for count in steps {
        let seen = generator::closed(address, &request, count, seconds(4, 1))?;
        served += seen.served.len();
        if seen.goodput() > peak {
            (peak, callers) = (seen.goodput(), count);
        }
    }
    let before = processor_time(server.pid())?;
    let probes = generator::probes(address);
    let seen = generator::open(address, &request, 2.0 * peak, seconds(25, 4))?;
    let busy = (processor_time(server.pid())? - before).as_secs_f64() / seen.time.as_secs_f64();
    let slowest_probe = probes.finish()?;
    let back = wait_until(PATIENCE, || Ok(Client::connect(address)?.ask(&request)?.status == 200))?;
    let again = generator::closed(address, &request, callers, seconds(4, 1))?;
    served += seen.served.len() + 1 + again.served.len();

    table.note(format!("{short:?} short: cores of the server, and of its callers"), cores);
    table.note("peak, answered per second", format!("{peak:.0} with {callers} callers at once"));
    judge(table, options, peak, &seen);
    table.note("processor time of the server meanwhile", format!("{:.0} %", 100.0 * busy));
    table.at_most("slowest answer of /livez and /readyz", 1.0, "s", slowest_probe.as_secs_f64());
    table.at_most("after it, a request is served within", 1.0, "s", back.as_secs_f64());
    let as_before = again.goodput() >= 0.9 * peak && again.refused.is_empty();
    let after = format!("{:.0} %, {} refused", 100.0 * again.goodput() / peak, again.refused.len());
    table.bar("after it, the same callers get", "≥ 90 % of the peak, 0 refused", after, options.small || as_before);
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    server.stop();
    let recorded = recorded(&data)?;
    let settled = recorded.settled.iter().filter(|record| record.status == 200).count();
    table.bar("answered, and recorded as answered", served.to_string(), settled, settled == served);
    table.none("let in and never settled", recorded.open.len() as u64);
    Ok(())
}

fn judge(table: &mut Table, options: &Options, peak: f64, seen: &Seen) {
    // A small run shares its cores with other tests.
    let (goodput, refusal) = if options.small { (50.0, 500.0) } else { (90.0, 50.0) };
    let percent = 100.0 * seen.goodput() / peak;
    table.note("offered per second; sent late at most", format!("{:.0}; {:.1?}", seen.offered(), seen.latest));
    table.bar("goodput meanwhile", format!("≥ {goodput} % of the peak"), format!("{percent:.1} %"), percent >= goodput);
    table.note("answered, ms at p50, p99, most", generator::spread(&seen.served));
    table.note("refused per second", format!("{:.0}", seen.refused.len() as f64 / seen.time.as_secs_f64()));
    table.note("refused, ms at p50, p99, most", generator::spread(&seen.refused));
    table.at_most("refused within, at p99", refusal, "ms", percentile(&seen.refused, 99.0));
    table.none("answers but 200 and 503 with error object and Retry-After", seen.wrong);
    table.none("refused, reset or cut connections, requests without an answer", seen.lost);
}

fn config(short: Short, provider: &Provider) -> String {
    let places = if short == Short::Places { PLACES } else { 10_000 };
    format!(
        "workers = 1\n[limits]\nin_flight = {places}\n[log]\nlevel = \"error\"\nrequests = \"failures\"\n\
         [providers.slow]\nbase_url = \"http://{}/v1\"\n\
         [models.m]\ndeployments = [{{ provider = \"slow\", model = \"m-1\" }}]\n",
        provider.address
    )
}

/// A request that is expensive for the server itself, about as a stream of fifty events is, and small: vectors of the
/// sandbox, of long texts.
fn vectors(key: &str) -> Vec<u8> {
    let words: Vec<String> = (0..300).map(|n| format!("{n:05}")).collect();
    let text = serde_json::json!(words.join(" "));
    let body = format!(
        r#"{{"model":"text-embedding-3-large","input":[{text},{text},{text},{text},{text},{text}],"dimensions":256,"encoding_format":"base64"}}"#
    );
    post("/v1/embeddings", key, body.as_bytes())
}

/// Gives the first core to the server, and the others to everybody else.
fn pin_all(server: &Server) -> anyhow::Result<String> {
    let others: Vec<usize> = (1..std::thread::available_parallelism()?.get().max(2)).collect();
    pin(server.pid(), &[0])?;
    pin(std::process::id(), &others)?;
    Ok(format!("0; {others:?}"))
}
