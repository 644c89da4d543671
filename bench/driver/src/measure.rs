//! Takes the figures of a scenario: rounds over the candidates, so that a neighbour's noise meets all of them alike.

use std::collections::BTreeMap;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http;
use crate::kernel::{self, Cpu};
use crate::process::Process;
use crate::scenario::{Candidate, Kind, Load, Scenario};
use crate::stage::{Folder, Kit, Provider, Stage, Target, UPSTREAM};

/// Events of a stream, the provider's default.
const CHUNKS: u64 = 50;
/// Bytes of its plain answer.
const ANSWER_BYTES: u64 = 606;
/// Longest run.
const RUN: Duration = Duration::from_secs(300);
/// How long memory is given to come to rest before it is read.
const REST: Duration = Duration::from_secs(2);
/// Longest wait for what a gateway does after the last answer.
const DRAIN: Duration = Duration::from_secs(10);
/// A process that uses less than this in a tenth of a second has nothing left to do.
const QUIET: Duration = Duration::from_millis(1);

/// What the load generator reports.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) ok: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) wall_s: f64,
    pub(crate) rps: f64,
    pub(crate) bytes: u64,
    pub(crate) chunks: u64,
    pub(crate) ttft_p50_us: Option<f64>,
    pub(crate) ttft_p99_us: Option<f64>,
    pub(crate) total_p50_us: Option<f64>,
    pub(crate) total_p99_us: Option<f64>,
    pub(crate) transit_p50_us: Option<f64>,
    pub(crate) transit_p99_us: Option<f64>,
}

/// One run of one candidate. Times of CPU in microseconds per request.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Run {
    pub(crate) round: usize,
    /// Of the threads that serve, up to the last answer.
    pub(crate) serving_us: f64,
    /// Of the whole process, until it had nothing left to do.
    pub(crate) process_us: f64,
    /// By name of the thread, over the same time as the process.
    pub(crate) threads_us: BTreeMap<String, f64>,
    /// Seconds of CPU that the serving threads spent in this run.
    pub(crate) serving_s: f64,
    /// How long the process worked on after the last answer.
    pub(crate) drain_s: f64,
    /// Share of the gateway's core that somebody else took.
    pub(crate) foreign: f64,
    /// How busy the core of the provider and the load generator was.
    pub(crate) load_core: f64,
    pub(crate) rss_kb: u64,
    pub(crate) load: Report,
}

/// Memory of a candidate in KB.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Memory {
    pub(crate) at_rest_kb: u64,
    /// With the streams open, or with the load's connections still open.
    pub(crate) loaded_kb: u64,
    pub(crate) after_kb: u64,
    pub(crate) opened_s: f64,
    pub(crate) streams: usize,
}

/// A candidate's figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) candidate: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<Memory>,
    /// Milliseconds from start to the first line, by whether the data folder was new.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) start_ms: BTreeMap<&'static str, Vec<f64>>,
}

impl Row {
    fn of(candidate: Candidate) -> Self {
        Self { candidate: candidate.name(), runs: Vec::new(), memory: None, start_ms: BTreeMap::new() }
    }
}

/// A scenario's figures and what is to be known about them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
    /// Worth knowing.
    pub(crate) notes: Vec<String>,
    /// The figures do not count.
    pub(crate) problems: Vec<String>,
}

/// Measures `scenario`. A problem is part of the outcome: the other scenarios still count.
pub(crate) fn scenario(kit: &Kit, scenario: &Scenario, rounds: usize, scale: f64) -> Outcome {
    let candidates: Vec<_> = scenario.candidates.iter().copied().filter(|c| kit.has(*c)).collect();
    let rows = candidates.iter().copied().map(Row::of).collect();
    let mut outcome =
        Outcome { name: scenario.name, title: scenario.title, rows, notes: Vec::new(), problems: Vec::new() };
    let done = match scenario.kind {
        Kind::Cpu(load) | Kind::Latency(load) => loads(kit, &candidates, load, rounds, scale, &mut outcome),
        Kind::IdleStreams(streams) => idle_streams(kit, &candidates, streams, &mut outcome),
        Kind::Memory(load) => memory(kit, &candidates, load, scale, &mut outcome),
        Kind::Start(times) => start(kit, times, &mut outcome),
    };
    if let Err(error) = done {
        outcome.problems.push(format!("{error:#}"));
    }
    outcome
}

fn loads(
    kit: &Kit,
    candidates: &[Candidate],
    load: Load,
    rounds: usize,
    scale: f64,
    outcome: &mut Outcome,
) -> Result<()> {
    let provider = Provider { tls: load.tls, chunk_delay_ms: load.chunk_delay_ms, idle: false };
    let stage = Stage::set(kit, outcome.name, candidates, provider)?;
    compare_headers(&stage, candidates, load, outcome)?;
    for round in 1..=rounds {
        for (index, &candidate) in candidates.iter().enumerate() {
            let target = stage.target(candidate, load.stream)?;
            let mut load = Load { requests: (load.requests as f64 * scale).ceil() as u64, ..load };
            if candidate == Candidate::Direct && load.chunk_delay_ms > 0 {
                load.requests = (load.requests / 4).max(load.conns as u64);
            }
            let run = one(kit, &target, load, round).with_context(|| format!("{}, round {round}", candidate.name()))?;
            eprintln!(
                "  {:16} round {round}: {:8.2} µs/request, {:8.0} requests/s",
                candidate.name(),
                run.serving_us,
                run.load.rps
            );
            check(&run.load, load, &candidate.name(), outcome);
            outcome.rows[index].runs.push(run);
        }
    }
    Ok(())
}

/// One run: warm up, read the account, load, read the account.
fn one(kit: &Kit, target: &Target, load: Load, round: usize) -> Result<Run> {
    let before = stats(load);
    let mut client = start_load(kit, target, load)?;
    client.line(RUN)?;
    let start = (Cpu::read(&target.pids), kernel::busy(kit.gateway_core), kernel::busy(kit.load_core), Instant::now());
    writeln!(client.stdin.as_mut().context("the load generator's stdin")?)?;
    let report: Report = serde_json::from_str(&client.line(RUN)?).context("the load generator's report")?;
    let served = Cpu::read(&target.pids).since(&start.0);
    let wall = start.3.elapsed().as_secs_f64();
    let busy = kernel::busy(kit.gateway_core).saturating_sub(start.1).as_secs_f64();
    let load_busy = kernel::busy(kit.load_core).saturating_sub(start.2).as_secs_f64();
    let drained = Instant::now();
    drain(&target.pids);
    let drain_s = (drained.elapsed().as_secs_f64() - 0.2).max(0.0);
    let whole = Cpu::read(&target.pids).since(&start.0);

    let serving = serving(&served, target)?;
    let per = |time: Duration| time.as_secs_f64() * 1e6 / (report.ok.max(1) as f64);
    let arrived = stats(load).saturating_sub(before);
    ensure!(load.tls || arrived >= report.ok, "only {arrived} of {} requests reached the provider", report.ok);
    Ok(Run {
        round,
        serving_us: per(serving),
        process_us: per(whole.process),
        threads_us: whole.threads.iter().map(|(name, time)| (name.clone(), per(*time))).collect(),
        serving_s: serving.as_secs_f64(),
        drain_s,
        foreign: ((busy - served.process.as_secs_f64()) / wall).max(0.0),
        load_core: load_busy / wall,
        rss_kb: kernel::resident_kb(&target.pids),
        load: report,
    })
}

/// Of the threads that serve; in nanoseconds, unlike the whole process.
fn serving(served: &kernel::Spent, target: &Target) -> Result<Duration> {
    if target.pids.is_empty() {
        return Ok(Duration::ZERO);
    }
    let stem = target.serving.trim_end_matches('-');
    served.of(stem).with_context(|| format!("no thread is named {}N: {:?}", target.serving, served.threads.keys()))
}

fn start_load(kit: &Kit, target: &Target, load: Load) -> Result<Process> {
    let paced = load.chunk_delay_ms > 0;
    let warmup = if paced { load.conns as u64 } else { (load.requests / 20).max(2 * load.conns as u64) };
    let mut arguments: Vec<String> = Vec::new();
    let mut option = |name: &str, value: String| arguments.extend([format!("--{name}"), value]);
    option("addr", target.addr.clone());
    option("key", target.key.clone());
    option("conns", load.conns.to_string());
    option("requests", load.requests.to_string());
    option("warmup", warmup.to_string());
    option("pad", load.pad.to_string());
    option("ramp-ms", load.ramp_ms.to_string());
    if load.rate > 0 {
        option("rate", load.rate.to_string());
    }
    if load.stream {
        arguments.extend(["--stream", "--usage"].map(str::to_owned));
    }
    arguments.push("--gate".to_owned());
    Process::pinned(kit.load_core, &kit.programs.join("bench-load"), &arguments, &kit.tmp)
}

/// Chat completions that have reached the provider; unknown where it speaks only TLS.
fn stats(load: Load) -> u64 {
    if load.tls {
        return 0;
    }
    let body = http::ask(UPSTREAM, "GET", "/stats", "", "").map(|answer| answer.body).unwrap_or_default();
    let stats: Value = serde_json::from_str(&body).unwrap_or_default();
    ["completions", "streams"].iter().filter_map(|name| stats[*name].as_u64()).sum()
}

/// Waits until a process has nothing left to do: two tenths of a second in a row without work to speak of.
fn drain(pids: &[u32]) {
    let start = Instant::now();
    let mut quiet = 0;
    while quiet < 2 && start.elapsed() < DRAIN {
        let before = Cpu::read(pids);
        thread::sleep(Duration::from_millis(100));
        quiet = if Cpu::read(pids).since(&before).process < QUIET { quiet + 1 } else { 0 };
    }
}

/// Whether every answer was what the provider said.
fn check(report: &Report, load: Load, who: &str, outcome: &mut Outcome) {
    let mut problem = |text: String| outcome.problems.push(format!("{who}: {text}"));
    if report.errors > 0 || report.ok != load.requests {
        let first = report.first_error.as_deref().unwrap_or("no error was noted");
        problem(format!("{} of {} requests failed: {first}", report.errors, load.requests));
    }
    let chunks = if load.stream { CHUNKS * report.ok } else { 0 };
    if report.chunks != chunks {
        problem(format!("{} events arrived instead of {chunks}", report.chunks));
    }
    if !load.stream && report.bytes != ANSWER_BYTES * report.ok {
        problem(format!("{} bytes per answer instead of {ANSWER_BYTES}", report.bytes / report.ok.max(1)));
    }
}

/// Headers that say nothing about whose work is greater.
const OF_ANY_SERVER: &[&str] =
    &["connection", "content-length", "content-type", "date", "keep-alive", "server", "transfer-encoding"];

/// The yardstick must send what Tollgate sends: says where it does not.
fn compare_headers(stage: &Stage, candidates: &[Candidate], load: Load, outcome: &mut Outcome) -> Result<()> {
    let (ours, theirs) = (Candidate::Tollgate { workers: 1 }, Candidate::NginxHeaders);
    if !(candidates.contains(&ours) && candidates.contains(&theirs)) {
        return Ok(());
    }
    let body =
        format!(r#"{{"model":"gpt-4o-mini","stream":{},"messages":[{{"role":"user","content":"hi"}}]}}"#, load.stream);
    let names = |candidate| -> Result<Vec<String>> {
        let target = stage.target(candidate, load.stream)?;
        let answer = http::ask(&target.addr, "POST", "/v1/chat/completions", &target.key, &body)?;
        ensure!(answer.status == 200, "{}: status {}: {}", Candidate::name(candidate), answer.status, answer.body);
        Ok(answer.headers.into_iter().filter(|name| !OF_ANY_SERVER.contains(&name.as_str())).collect())
    };
    let (ours, theirs) = (names(ours)?, names(theirs)?);
    let only = |a: &[String], b: &[String]| -> Vec<String> { a.iter().filter(|n| !b.contains(n)).cloned().collect() };
    let (more, less) = (only(&ours, &theirs), only(&theirs, &ours));
    outcome.notes.push(if more.is_empty() && less.is_empty() {
        format!("nginx + headers and Tollgate send the same {} headers", ours.len())
    } else {
        format!("headers differ: only Tollgate sends {more:?}, only nginx sends {less:?}; see nginx-headers.conf")
    });
    Ok(())
}

fn idle_streams(kit: &Kit, candidates: &[Candidate], streams: usize, outcome: &mut Outcome) -> Result<()> {
    for (index, &candidate) in candidates.iter().enumerate() {
        // One at a time: two gateways would share the load generator's and the provider's descriptors.
        let stage = Stage::set(kit, outcome.name, &[candidate], Provider { idle: true, ..Provider::default() })?;
        let target = stage.target(candidate, true)?;
        let mut memory = Memory { streams, at_rest_kb: kernel::resident_kb(&target.pids), ..Memory::default() };
        let mut arguments = vec!["--hold".to_owned(), streams.to_string(), "--gate".to_owned()];
        arguments.extend(["--addr".to_owned(), target.addr.clone(), "--key".to_owned(), target.key.clone()]);
        let mut client = Process::pinned(kit.load_core, &kit.programs.join("bench-load"), &arguments, &kit.tmp)?;
        let opened: Value = serde_json::from_str(&client.line(RUN)?)?;
        thread::sleep(REST);
        memory.opened_s = opened["wall_s"].as_f64().unwrap_or_default();
        memory.loaded_kb = kernel::resident_kb(&target.pids);
        http::ask(UPSTREAM, "POST", "/release", "", "")?;
        let ended: Value = serde_json::from_str(&client.line(RUN)?)?;
        client.ended(REST);
        drop(client);
        drain(&target.pids);
        thread::sleep(REST);
        memory.after_kb = kernel::resident_kb(&target.pids);
        if ended["ended"].as_u64() != Some(streams as u64) {
            outcome.problems.push(format!("{}: {opened} {ended}", candidate.name()));
        }
        eprintln!("  {:16} {} KB at rest, {} KB open", candidate.name(), memory.at_rest_kb, memory.loaded_kb);
        outcome.rows[index].memory = Some(memory);
    }
    Ok(())
}

fn memory(kit: &Kit, candidates: &[Candidate], load: Load, scale: f64, outcome: &mut Outcome) -> Result<()> {
    let load = Load { requests: (load.requests as f64 * scale).ceil() as u64, ..load };
    for (index, &candidate) in candidates.iter().enumerate() {
        let stage = Stage::set(kit, outcome.name, &[candidate], Provider::default())?;
        let target = stage.target(candidate, false)?;
        thread::sleep(REST);
        let at_rest_kb = kernel::resident_kb(&target.pids);
        let run = one(kit, &target, load, 1)?;
        check(&run.load, load, &candidate.name(), outcome);
        thread::sleep(REST);
        let after_kb = kernel::resident_kb(&target.pids);
        let memory = Memory { at_rest_kb, loaded_kb: run.rss_kb, after_kb, ..Memory::default() };
        outcome.rows[index].memory = Some(memory);
    }
    Ok(())
}

/// `tollgate up` in a new data folder, and again in the same one.
fn start(kit: &Kit, times: usize, outcome: &mut Outcome) -> Result<()> {
    let Some(program) = &kit.tollgate else { return Ok(()) };
    for time in 0..times {
        let folder = Folder::create(kit.tmp.join(format!("start-{time}")))?;
        let data = folder.0.join("data").display().to_string();
        let arguments = ["up", "--json", "--data-dir", &data].map(str::to_owned);
        for which in ["new data folder", "second start"] {
            let begun = Instant::now();
            let process = Process::plain(program, &arguments, &folder.0)?;
            process.line(RUN)?;
            let ms = begun.elapsed().as_secs_f64() * 1000.0;
            outcome.rows[0].start_ms.entry(which).or_default().push(ms);
        }
    }
    Ok(())
}
