//! What it costs to read the journal into the database of records: time, processor, disk.
//!
//! Run with `cargo run --release -p tollgate-store --example ingest_cost [requests] [data directory]`. Requests of 200
//! keys and 20 models, of which 2 % fail, spread over the last 30 days, are written to a journal and read from it as a
//! server does, the carrying on of sums and the deletion of old ones included; only the reading is measured. With a
//! directory, the data stay there, for `tollgate usage --data-dir …`.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Outcome, Recorder, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{Journal, Settings, Writer};
use tollgate_store::records::{FILE_NAME, Ingester, Limits, Pass, Query, Records, Source, usage};

type Failed = Box<dyn std::error::Error>;

const MONTH_MS: u64 = 30 * 86_400_000;
const KEYS: u64 = 200;
const MODELS: u64 = 20;
/// Requests written before it is the reader's turn: about three seconds of a busy server.
const TURN: u64 = 50_000;

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args_os().skip(1);
    let requests = arguments.next().and_then(|n| n.to_str()?.parse().ok()).unwrap_or(1_000_000);
    let temporary = tempfile::tempdir()?;
    let data = arguments.next().map_or_else(|| temporary.path().join("data"), PathBuf::from);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&data)?;
    let journal = Journal::open(&data.join("journal"), Settings::default(), 1)?;
    let writer = journal.writer(0)?;
    let mut ingester = Ingester::new(data.clone(), Source::Journal(journal.clone()), Limits::default());
    let end_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let load = Load::new(end_ms - MONTH_MS, requests);
    let mut cost = Cost::default();

    for from in (0..requests).step_by(TURN as usize) {
        let to = (from + TURN).min(requests);
        (from..to).try_for_each(|n| load.write(&writer, n))?;
        let simulated = i64::try_from(load.at_ms(to) / 1000)?;
        cost.measure(|cost| read(&mut ingester, simulated, cost))?;
    }
    drop((writer, ingester, journal));
    cost.print(requests, &data)?;
    check(requests, &data, load.start_ms)
}

/// Everything is there, and the sums know of it.
fn check(requests: u64, data: &Path, start_ms: u64) -> Result<(), Failed> {
    let records = Records::open_reader(data)?.ok_or("there are no records")?;
    let start = i64::try_from(start_ms / 1000)?;
    let query = Query { span: start - 86_400..start + 40 * 86_400, ..Query::default() };
    let summed: i64 = usage(&records, &query)?.groups.iter().map(|(_, total)| total.requests).sum();
    let is_whole = u64::try_from(summed)? == requests;
    if is_whole { Ok(()) } else { Err(format!("the sums know of {summed} requests").into()) }
}

/// Reads what there is, and does what has to be done now and then.
fn read(ingester: &mut Ingester, now: i64, cost: &mut Cost) -> Result<(), Failed> {
    loop {
        let began = Instant::now();
        let pass = ingester.pass()?;
        cost.longest = cost.longest.max(began.elapsed());
        match pass {
            Pass::Read { more: true, .. } => {}
            Pass::Read { more: false, .. } => break,
            Pass::Elsewhere => return Err("another process reads this journal".into()),
        }
    }
    while ingester.maintain(now)? {}
    Ok(())
}

#[derive(Debug, Default)]
struct Cost {
    wall: Duration,
    processor: Duration,
    /// The longest transaction.
    longest: Duration,
}

impl Cost {
    fn measure(&mut self, run: impl FnOnce(&mut Self) -> Result<(), Failed>) -> Result<(), Failed> {
        let (began, before) = (Instant::now(), processor_time());
        run(self)?;
        self.wall += began.elapsed();
        self.processor += processor_time() - before;
        Ok(())
    }

    fn print(&self, requests: u64, data: &Path) -> Result<(), Failed> {
        let records = fs::metadata(data.join(FILE_NAME))?.size();
        let each = |total: Duration| total.as_secs_f64() * 1e6 / requests as f64;
        println!("{requests} requests ({} journal entries)", requests * 2);
        println!("  wall       {:8.1} s, {:.2} us per request", self.wall.as_secs_f64(), each(self.wall));
        println!("  processor  {:8.1} s, {:.2} us per request", self.processor.as_secs_f64(), each(self.processor));
        println!("  longest transaction {:.0} ms", self.longest.as_secs_f64() * 1e3);
        println!("  {FILE_NAME} {:6} MiB, {} bytes per request", records >> 20, records / requests.max(1));
        Ok(())
    }
}

/// Of this thread, in which everything is read and written.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Who asks what, and when.
struct Load {
    start_ms: u64,
    requests: u64,
    keys: Vec<(KeyId, String)>,
    models: Vec<[String; 3]>,
}

impl Load {
    fn new(start_ms: u64, requests: u64) -> Self {
        let key = |n: u64| {
            let id = KeyId::from_digits(format!("{n:012}").as_bytes()).expect("twelve digits are an id");
            (id, format!("proj_{:024}", n % 5))
        };
        let model = |n: u64| [format!("model-{n}"), format!("provider/model-{n}"), format!("model-{n}-2026-01-01")];
        Self { start_ms, requests, keys: (0..KEYS).map(key).collect(), models: (0..MODELS).map(model).collect() }
    }

    fn at_ms(&self, n: u64) -> u64 {
        self.start_ms + (u128::from(n) * u128::from(MONTH_MS) / u128::from(self.requests.max(1))) as u64
    }

    /// Writes admission and settlement of request `n`. Some keys ask much more than others, each mostly for one model.
    fn write(&self, writer: &Writer, n: u64) -> Result<(), Failed> {
        let chance = mixed(n);
        let share = (chance % 1000) as f64 / 1000.0;
        let number = (share.powi(3) * KEYS as f64) as u64;
        let model = if (chance >> 10).is_multiple_of(5) { (chance >> 20) % MODELS } else { number % MODELS };
        let (key, project) = &self.keys[number as usize];
        let [asked, deployment, answered] = &self.models[model as usize];
        let request = RequestId::new(self.at_ms(n), u128::from(mixed(chance)));
        let failed = (chance >> 30).is_multiple_of(50);
        let output = (chance >> 40) % 2000;
        let answered_id = format!("req_{:032x}", u128::from(chance) << 64 | u128::from(n));
        writer.append(&Entry::Admission(Admission {
            request,
            key: *key,
            operation: Operation::ChatCompletions,
            stream: chance & 1 == 0,
            request_bytes: 400 + (chance >> 12) as u32 % 20_000,
            project,
            model_asked: asked,
            model_sent: asked,
            deployment,
        }))?;
        writer.append(&Entry::Settlement(Settlement {
            request,
            status: if failed { 429 } else { 200 },
            attempts: 1,
            outcome: if failed { Outcome::Failed } else { Outcome::Complete },
            usage: Usage { input: 100 + output as u32 * 3, output: output as u32, ..Usage::default() },
            first_byte_us: 300_000 + (chance >> 8) as u32 % 200_000,
            duration_us: 900_000 + (chance >> 16) as u32 % 9_000_000,
            upstream_us: 890_000,
            answer_bytes: 300 + output * 40,
            cause: if failed { "upstream_rate_limited" } else { "" },
            model_answered: answered,
            deployment: "",
            fallback: "",
            upstream_request_id: &answered_id,
            evidence: if failed { "the provider answered 429: Rate limit reached for requests" } else { "" },
            failed_attempts: "",
            estimated: false,
            on_own_account: false,
            identity: None,
        }))?;
        writer.flush();
        Ok(())
    }
}

/// Numbers without a pattern, the same in every run.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
