//! A provider that is down for a minute, and a model that stands in: nobody fails, and soon after its recovery the
//! provider answers again. It recovers at the worst moment, just after a request has found it down.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Options;
use super::client::{Answer, Client, post};
use super::provider::{After, Provider, completion, json, stream};
use super::server::Server;
use super::system::pause;
use super::table::Table;

/// How long everything takes, and the settings that go with it.
struct Scale {
    down: Duration,
    between: Duration,
    back_within: Duration,
    settings: &'static str,
}

/// As a user has it who sets nothing.
const FULL: Scale = Scale {
    down: Duration::from_secs(60),
    between: Duration::from_secs(4),
    back_within: Duration::from_secs(30),
    settings: "",
};

/// The same, twenty times as fast.
const SMALL: Scale = Scale {
    down: Duration::from_secs(3),
    between: Duration::from_millis(200),
    back_within: Duration::from_millis(1500),
    settings: "[breaker]\nopen = \"50ms\"\nopen_max = \"200ms\"\n",
};

/// A provider that is down while it is told to be.
struct Switched {
    provider: Provider,
    down: Arc<AtomicBool>,
    /// Requests that came while it was.
    in_vain: Arc<AtomicU64>,
}

impl Switched {
    fn start(name: &'static str) -> anyhow::Result<Self> {
        let (down, in_vain) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (is_down, count) = (down.clone(), in_vain.clone());
        let provider = Provider::start(move |body, socket| {
            let answer = if is_down.load(Ordering::SeqCst) {
                count.fetch_add(1, Ordering::SeqCst);
                json(503, r#"{"error":{"message":"down","type":"server_error","param":null,"code":null}}"#)
            } else if body.contains("\"stream\":true") {
                stream(name)
            } else {
                completion(name)
            };
            socket.write_all(answer.as_bytes()).map(|()| After::Next)
        })?;
        Ok(Self { provider, down, in_vain })
    }
}

/// What callers saw.
#[derive(Default)]
struct Seen {
    requests: u64,
    failed: u64,
    stood_in: u64,
    slowest: Duration,
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let scale = if options.small { &SMALL } else { &FULL };
    let directory = tempfile::tempdir()?;
    let (primary, other) = (Switched::start("primary")?, Switched::start("other")?);
    let config = format!(
        "workers = 2\n{}[log]\nrequests = \"failures\"\n[providers.primary]\nbase_url = \"http://{}/v1\"\n\
         [providers.other]\nbase_url = \"http://{}/v1\"\n\
         [models.m]\ndeployments = [{{ provider = \"primary\", model = \"m\" }}]\nfallbacks = [{{ model = \"n\" }}]\n\
         [models.n]\ndeployments = [{{ provider = \"other\", model = \"n\" }}]\n",
        scale.settings, primary.provider.address, other.provider.address
    );
    let mut server = Server::start(options, &directory.path().join("data"), Some(&config))?;
    let key = server.key()?;
    let mut seen = Seen::default();
    let ask = |seen: &mut Seen| ask(&server, &key, seen);

    let before = (0..3).filter(|_| ask(&mut seen) == Some("primary")).count();
    primary.down.store(true, Ordering::SeqCst);
    let went = Instant::now();
    let mut turn = 0;
    while went.elapsed() < scale.down {
        ask(&mut seen);
        turn += 1;
        pause((scale.between * turn).saturating_sub(went.elapsed()).min(scale.down.saturating_sub(went.elapsed())));
    }
    ask(&mut seen);
    let while_down = turn + 1;
    primary.down.store(false, Ordering::SeqCst);
    let recovered = Instant::now();
    let back = loop {
        pause(scale.between);
        if ask(&mut seen) == Some("primary") {
            break Some(recovered.elapsed());
        }
        if recovered.elapsed() > scale.back_within * 2 {
            break None;
        }
    };
    let after = (0..5).filter(|_| ask(&mut seen) == Some("primary")).count();

    let mut table = Table::default();
    table.note("the primary is down for", format!("{:?}", scale.down));
    table.bar("answered by it before", "3 of 3", before, before == 3);
    table.none(format!("failures of {} requests", seen.requests), seen.failed);
    table.note(format!("of {while_down} requests meanwhile, answered by the model that stands in"), seen.stood_in);
    table.note("attempts at the primary while it was down", primary.in_vain.load(Ordering::SeqCst));
    table.note("slowest answer", format!("{:.1} ms", seen.slowest.as_secs_f64() * 1e3));
    let held = back.is_some_and(|back| back <= scale.back_within);
    let shown = back.map_or("never".to_owned(), |back| format!("{:.2} s", back.as_secs_f64()));
    table.bar("back on the primary after its recovery within", format!("{:?}", scale.back_within), shown, held);
    table.bar("answered by it then", "5 of 5", after, after == 5);
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}

/// One request, every second one for a stream; who answered it.
fn ask(server: &Server, key: &str, seen: &mut Seen) -> Option<&'static str> {
    let streams = seen.requests % 2 == 1;
    let body = format!(r#"{{"model":"m","stream":{streams},"messages":[{{"role":"user","content":"hi"}}]}}"#);
    let began = Instant::now();
    let answer = Client::connect(server.address)
        .map_err(anyhow::Error::from)
        .and_then(|mut client| client.ask(&post("/v1/chat/completions", key, body.as_bytes())));
    seen.requests += 1;
    seen.slowest = seen.slowest.max(began.elapsed());
    let who = answer.ok().and_then(|answer| who(&answer, streams));
    seen.failed += u64::from(who.is_none());
    seen.stood_in += u64::from(who == Some("other"));
    who
}

/// Who gave an answer that is whole.
fn who(answer: &Answer, streams: bool) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&answer.body);
    let whole = answer.status == 200 && (!streams || text.ends_with("data: [DONE]\n\n"));
    let named = ["primary", "other"].into_iter().find(|name| text.contains(&format!("\"content\":\"{name}\"")));
    named.filter(|name| whole && answer.header("x-tollgate-provider") == Some(*name))
}
