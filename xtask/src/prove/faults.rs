//! A crowd of requests at once to a provider that does everything wrong: every answer is its own request's, or says
//! truly that there is none, and a moment later all is well.
//!
//! It is done twice: once with breakers off, so that every fault is really met, once as a user has it who sets nothing.

mod kinds;

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use self::kinds::{Expected, KINDS, Kind};
use super::Options;
use super::client::{Answer, Client, Filled, post};
use super::provider::{After, Provider, completion, member, stream};
use super::server::Server;
use super::system::{Random, pause, resident};
use super::table::Table;

/// No answer takes longer: silence twice, and the crowd.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon all has to be well again.
const HEALTHY: Duration = Duration::from_secs(5);
/// Memory of a caller's thread.
const STACK: usize = 128 << 10;

/// Every fault shows itself: no breaker opens, and whatever may be repeated is.
const BARE: &str = "[retry]\nattempts = 2\nbudget_percent = 100\n[breaker]\nfailures = 0\n";

/// One request of the crowd.
#[derive(Clone)]
struct Ask {
    kind: &'static Kind,
    /// Whether the model has a good deployment beside the faulty one.
    beside: bool,
    /// What it says; nobody else does.
    marker: String,
}

/// What came back.
#[derive(Default)]
struct Got {
    /// All bytes that came behind the head.
    text: String,
    status: u16,
    provider: String,
    error: bool,
    cause: String,
    /// The framing ended as it should.
    whole: bool,
}

/// The faulty provider and the good one.
struct Providers {
    faulty: Provider,
    good: Provider,
    healed: Arc<AtomicBool>,
    /// How often each marker came to the faulty one.
    asked: Arc<Mutex<HashMap<String, u32>>>,
    /// Requests that held another marker than one.
    mixed: Arc<AtomicBool>,
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(1500, 200);
    let mut table = Table::default();
    table.note("kinds of fault, and answers that are right", KINDS.len());
    for (name, settings, bare) in [("breakers off", BARE, true), ("defaults", "", false)] {
        crowd(options, count, name, settings, bare, &mut table)?;
    }
    Ok(table)
}

/// One crowd at one server.
fn crowd(
    options: &Options,
    count: usize,
    name: &str,
    settings: &str,
    bare: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let providers = Providers::start()?;
    let mut server =
        Server::start(options, &directory.path().join("data"), Some(&config(&providers, settings, options.small)))?;
    let key = server.key()?;
    let mut random = Random::new(count as u64);
    let asks: Vec<Ask> = (0..count)
        .map(|n| Ask {
            // Each kind comes, then by lot.
            kind: KINDS.get(n / 2).unwrap_or_else(|| &KINDS[random.below(KINDS.len())]),
            beside: if n / 2 < KINDS.len() { n % 2 == 1 } else { random.below(2) == 1 },
            marker: format!("marker-{n:06}"),
        })
        .collect();
    warm_up(&server, &key)?;
    let before = resident(server.pid())?;
    let (got, most) = all_at_once(&server, &key, &asks)?;

    let mut row = |figure: &str, seen: u64| table.none(format!("{name}: {figure}"), seen);
    let strange = |ask: &Ask, got: &Got| markers(&got.text).any(|marker| marker != ask.marker);
    let each = || asks.iter().zip(&got);
    let seen = |of: &dyn Fn(&Ask, &Got) -> bool| each().filter(|(ask, got)| of(ask, got)).count() as u64;
    row(&format!("answers of {count} with another request's bytes"), seen(&strange));
    row("requests at the provider with another's bytes", u64::from(providers.mixed.load(Ordering::SeqCst)));
    let wrong: Vec<String> = each().filter_map(|(ask, got)| wrong(ask, got, bare)).collect();
    wrong.iter().take(10).for_each(|wrong| eprintln!("{name}: {wrong}"));
    row("answers that are not what their fault calls for", wrong.len() as u64);
    row("[DONE] behind an answer that is not whole", seen(&|ask, got| false_done(ask, got)));
    let again = |ask: &Ask| {
        let asked = providers.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(&ask.marker).is_some_and(|times| *times > 1)
    };
    let committed = |ask: &Ask| matches!(ask.kind.alone, Expected::Broken | Expected::Cut);
    row("requests repeated after the caller's first byte", seen(&|ask, _| committed(ask) && again(ask)));

    providers.healed.store(true, Ordering::SeqCst);
    let well = healthy(&server, &key);
    pause(Duration::from_secs(1));
    let after = resident(server.pid())?;
    let shown = well.map_or("never".to_owned(), |well| format!("{:.2} s", well.as_secs_f64()));
    let saved = seen(&|ask, got| ask.beside && got.provider == "good" && got.status == 200);
    table.note(format!("{name}: answered by the good deployment beside"), saved);
    let open = got.iter().filter(|got| got.cause == "circuit_open").count();
    table.note(format!("{name}: told that all is left alone"), open);
    table.bar(
        format!("{name}: all {} deployments well after", KINDS.len()),
        format!("{HEALTHY:?}"),
        shown,
        well.is_some_and(|well| well <= HEALTHY),
    );
    let mib = |bytes: u64| bytes.saturating_sub(before) as f64 / f64::from(1 << 20);
    table.at_most(format!("{name}: memory kept"), 50.0, "MiB", mib(after));
    table.note(format!("{name}: memory meanwhile"), format!("{:.1} MiB", mib(most)));
    table.none(format!("{name}: panics"), server.panics());
    table.bar(format!("{name}: the same process is alive"), "yes", server.alive(), server.alive());
    Ok(())
}

fn config(providers: &Providers, settings: &str, small: bool) -> String {
    // Longer than the crowd needs for anything but silence.
    let limit = if small { "1500ms" } else { "4s" };
    let mut config = format!(
        "workers = 2\n{settings}[log]\nrequests = \"failures\"\n[providers.faulty]\nbase_url = \"http://{}/v1\"\n\
         timeouts = {{ first_byte = \"{limit}\", first_token = \"{limit}\", idle = \"{limit}\" }}\n\
         [providers.good]\nbase_url = \"http://{}/v1\"\n",
        providers.faulty.address, providers.good.address
    );
    for Kind { name, .. } in KINDS {
        let faulty = format!("{{ provider = \"faulty\", model = \"{name}\" }}");
        let good = format!("{{ provider = \"good\", model = \"{name}\" }}");
        config += &format!("[models.alone-{name}]\ndeployments = [{faulty}]\n");
        config += &format!("[models.beside-{name}]\ndeployments = [{faulty}, {good}]\n");
    }
    config
}

impl Providers {
    fn start() -> anyhow::Result<Self> {
        let healed = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let mixed = Arc::new(AtomicBool::new(false));
        let (is_healed, counts, is_mixed) = (healed.clone(), asked.clone(), mixed.clone());
        let faulty = Provider::start(move |body, socket| {
            let kind = member(body, "model").and_then(|model| KINDS.iter().find(|kind| kind.name == model));
            let found: Vec<&str> = markers(body).collect();
            let (Some(kind), &[marker]) = (kind, found.as_slice()) else {
                is_mixed.store(true, Ordering::SeqCst);
                return Ok(After::Close);
            };
            *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(marker.to_owned()).or_default() += 1;
            if is_healed.load(Ordering::SeqCst) {
                answer_well(body, marker, socket)
            } else {
                (kind.say)(marker, socket)
            }
        })?;
        let good = Provider::start(|body, socket| answer_well(body, markers(body).next().unwrap_or(""), socket))?;
        Ok(Self { faulty, good, healed, asked, mixed })
    }
}

fn answer_well(body: &str, marker: &str, socket: &mut std::net::TcpStream) -> std::io::Result<After> {
    let answer = if body.contains("\"stream\":true") { stream(marker) } else { completion(marker) };
    socket.write_all(answer.as_bytes()).map(|()| After::Next)
}

/// The markers in a text.
fn markers(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("marker-").filter_map(|(at, _)| text.get(at..at + 13))
}

fn body(ask: &Ask) -> Vec<u8> {
    let model = format!("{}-{}", if ask.beside { "beside" } else { "alone" }, ask.kind.name);
    format!(
        r#"{{"model":"{model}","stream":{},"messages":[{{"role":"user","content":"{}"}}]}}"#,
        ask.kind.streams, ask.marker
    )
    .into_bytes()
}

/// Connections, threads and buffers that any crowd would make.
fn warm_up(server: &Server, key: &str) -> anyhow::Result<()> {
    for _ in 0..100 {
        Client::connect(server.address)?.ask(&super::client::chat(key, "sandbox"))?;
    }
    Ok(())
}

/// Sends them all, each from a thread of its own, and the most memory the server had meanwhile.
fn all_at_once(server: &Server, key: &str, asks: &[Ask]) -> anyhow::Result<(Vec<Got>, u64)> {
    let barrier = Barrier::new(asks.len() + 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut callers = Vec::with_capacity(asks.len());
        for ask in asks {
            let barrier = &barrier;
            callers.push(std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                let client = Client::connect(server.address);
                barrier.wait();
                read(client, &post("/v1/chat/completions", key, &body(ask))).unwrap_or_default()
            })?);
        }
        let watching = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::SeqCst) {
                most = most.max(resident(server.pid()).unwrap_or(0));
                pause(Duration::from_millis(20));
            }
            most
        });
        barrier.wait();
        let got = callers.into_iter().map(|caller| caller.join().unwrap_or_default()).collect();
        done.store(true, Ordering::SeqCst);
        Ok((got, watching.join().unwrap_or(u64::MAX)))
    })
}

/// Sends a request and reads what comes until the answer or the connection has ended.
fn read(client: std::io::Result<Client>, request: &[u8]) -> anyhow::Result<Got> {
    let mut client = client?;
    client.send(request)?;
    loop {
        let so_far = client.bytes().clone();
        if let Some(answer) = Answer::take(client.bytes(), false)? {
            return Ok(Got { whole: true, ..got(&answer) });
        }
        match client.fill(PATIENCE)? {
            Filled::Bytes => {}
            Filled::End => {
                let end = so_far.windows(4).position(|w| w == b"\r\n\r\n").context("no head")?;
                let head = String::from_utf8_lossy(&so_far[..end + 2]).into_owned();
                let status = head.get(9..12).and_then(|s| s.parse().ok()).context("no status")?;
                return Ok(got(&Answer { status, head, body: so_far[end + 4..].to_vec() }));
            }
            Filled::Nothing => anyhow::bail!("nothing came"),
        }
    }
}

fn got(answer: &Answer) -> Got {
    Got {
        text: String::from_utf8_lossy(&answer.body).into_owned(),
        status: answer.status,
        provider: answer.header("x-tollgate-provider").unwrap_or("").to_owned(),
        error: answer.error().is_some(),
        cause: answer.header("x-tollgate-cause").unwrap_or("").to_owned(),
        whole: false,
    }
}

/// What is wrong with what came, if anything.
fn wrong(ask: &Ask, got: &Got, bare: bool) -> Option<String> {
    let own = got.text.contains(&ask.marker);
    let complete = got.whole && own && (!ask.kind.streams || got.text.ends_with("data: [DONE]\n\n"));
    let held = |expected: Expected| match expected {
        Expected::Whole => got.status == 200 && complete,
        Expected::Told(statuses) => statuses.contains(&got.status) && got.error && got.whole && !own,
        Expected::Broken => got.status == 200 && got.whole && own && got.text.contains("data: {\"error\":"),
        Expected::Cut => got.status == 200 && !got.whole,
    };
    let right = if ask.beside && ask.kind.saved { held(Expected::Whole) } else { held(ask.kind.alone) };
    // As a user has it: a breaker may have opened, and the budget may have been spent on others.
    let may = !bare && (held(ask.kind.alone) || (got.cause == "circuit_open" && got.status == 503 && got.error));
    let side = if ask.beside { "beside" } else { "alone" };
    let text = &got.text[..got.text.floor_char_boundary(200)];
    (!right && !may).then(|| format!("{} {side}: {} {} {text}", ask.kind.name, got.status, got.cause))
}

fn false_done(ask: &Ask, got: &Got) -> bool {
    let may_end = matches!(ask.kind.alone, Expected::Whole) || (ask.beside && ask.kind.saved);
    got.text.contains("[DONE]") && !may_end
}

/// How long until every deployment answers again.
fn healthy(server: &Server, key: &str) -> Option<Duration> {
    let began = Instant::now();
    let mut ill: Vec<&Kind> = KINDS.iter().collect();
    while !ill.is_empty() && began.elapsed() < HEALTHY * 6 {
        ill.retain(|kind| {
            let ask = Ask { kind, beside: false, marker: "marker-999999".to_owned() };
            let asked = read(Client::connect(server.address), &post("/v1/chat/completions", key, &body(&ask)));
            !asked.is_ok_and(|got| got.status == 200 && got.whole && got.text.contains(&ask.marker))
        });
        pause(Duration::from_millis(50));
    }
    ill.is_empty().then(|| began.elapsed())
}
