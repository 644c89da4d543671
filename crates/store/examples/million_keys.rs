//! Proves what a million keys cost: to load, to keep, to change, to look up.
//!
//! In: nothing, or the number of keys. Out: a table on standard output, and exit code 1 when a bar is missed. It runs
//! itself again to write the keys, so that the memory that is measured was never used for anything else. A change
//! waits for one sync of the disk; since that is the machine's, the bar on the slowest changes is put on their
//! processor time, and a bare sync of the same size is measured beside each. Wants an idle machine. Run it in
//! release: `cargo run --release -p tollgate-store --example million_keys`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::key::{KEY_LEN, Pepper, Secret, Status};
use tollgate_core::policy::{ModelRules, Policy};
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_store::admin::keys::Access;
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::{self, organizations};
use tollgate_store::database::Database;
use tollgate_store::feed::Follower;
use tollgate_store::keys::{self, Metadata, NewKey};
use tollgate_store::projects;

const NOW: i64 = 1_800_000_000;
const FEW: usize = 10_000;
const CHANGES: usize = 1_000;
const PROJECTS: usize = 100;
/// What one change writes to SQLite's log: about six pages.
const CHANGE_BYTES: usize = 24 * 1024;

type Failed = Box<dyn Error>;

fn main() -> Result<ExitCode, Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, data_dir, count] if word == "write" => {
            write(Path::new(data_dir), count.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        [] => prove(1_000_000),
        [count] => prove(count.parse()?),
        _ => Err("usage: million_keys [number of keys]".into()),
    }
}

fn prove(count: usize) -> Result<ExitCode, Failed> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data");
    let start = Instant::now();
    let written = Command::new(std::env::current_exe()?).arg("write").arg(&path).arg(count.to_string()).status()?;
    if !written.success() {
        return Err("the keys could not be written".into());
    }
    let size = fs::metadata(path.join("tollgate.db"))?.len();
    println!(
        "{count} keys written in {:.1} s, {} bytes on disk each",
        start.elapsed().as_secs_f64(),
        size / count as u64
    );

    let pepper = pepper();
    let snapshot = Arc::new(KeySnapshot::new(pepper.clone()));
    let before = resident_bytes()?;
    let (start, processor_start) = (Instant::now(), processor_time()?);
    let mut follower = Follower::open(&path.join("tollgate.db"), snapshot.clone())?;
    let (load, load_processor) = (start.elapsed(), processor_time()? - processor_start);
    let each = resident_bytes()?.saturating_sub(before) as f64 / count as f64;
    assert_eq!(snapshot.len(), count);

    let changes = changes(&path, &mut follower, &snapshot, count)?;
    let pages = pages(&path)?;
    let few = Arc::new(KeySnapshot::new(pepper));
    write(&directory.path().join("few"), FEW.min(count))?;
    Follower::open(&directory.path().join("few/tollgate.db"), few.clone())?;
    let (among_few, among_all) = look_ups(&few, &snapshot, count);

    let rows = [
        ("load at the start", load.as_secs_f64(), "s", Some(3.0)),
        ("  of it processor time", load_processor.as_secs_f64(), "s", None),
        ("memory per key", each, "bytes", Some(250.0)),
        ("one change, commit to snapshot, p50", changes.elapsed.milliseconds(50), "ms", Some(5.0)),
        ("one change, commit to snapshot, p99", changes.elapsed.milliseconds(99), "ms", None),
        ("  of it processor time, p50", changes.processor.milliseconds(50), "ms", None),
        ("  of it processor time, p99", changes.processor.milliseconds(99), "ms", Some(5.0)),
        ("this disk alone, 24 KiB and a sync, p50", changes.disk.milliseconds(50), "ms", None),
        ("this disk alone, 24 KiB and a sync, p99", changes.disk.milliseconds(99), "ms", None),
        ("a page of 100 keys of a project, p50", pages.milliseconds(50), "ms", None),
        ("a page of 100 keys of a project, most", pages.milliseconds(100), "ms", Some(20.0)),
        ("look-up among ten thousand, median", among_few, "ns", None),
        ("look-up among all, median", among_all, "ns", None),
        ("look-up, difference", among_all - among_few, "ns", Some(500.0)),
    ];
    println!("{:40} {:>10} {:6} {:>8}", "", "measured", "", "bar");
    for (what, measured, unit, bar) in rows {
        let bar_text = bar.map_or(String::new(), |bar| format!("{bar:.0}"));
        let missed = if bar.is_some_and(|bar| measured > bar) { "  MISSED" } else { "" };
        println!("{what:40} {measured:>10.2} {unit:6} {bar_text:>8}{missed}");
    }
    let missed = rows.iter().any(|(_, measured, _, bar)| bar.is_some_and(|bar| *measured > bar));
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Writes the keys in one transaction, over a hundred projects and eight policies.
fn write(data_dir: &Path, count: usize) -> Result<(), Failed> {
    let database = Database::open(data_dir)?;
    let organization = projects::create_organization(&database, "Acme", NOW)?;
    let names = (0..PROJECTS).map(|i| format!("project {i}"));
    let projects: Vec<String> = names
        .map(|name| projects::create(&database, &organization, &name, NOW).map(|project| project.id))
        .collect::<Result<_, _>>()?;
    let pepper = pepper();
    let new = |i: usize| {
        let secret = secret(i);
        NewKey {
            id: secret.id(),
            digest: pepper.digest(secret.reveal().as_bytes()),
            last_four: secret.last_four(),
            name: format!("key number {i}"),
            project: projects[i % PROJECTS].clone(),
            policy: policy(i),
            expires_at: i.is_multiple_of(3).then_some(NOW + 1_000_000),
            metadata: Metadata::new(),
        }
    };
    keys::insert_many(&database, (0..count).map(new), NOW)?;
    Ok(())
}

/// Pages of a hundred keys, through all of one project, as administration reads them.
fn pages(data_dir: &Path) -> Result<Times, Failed> {
    let database = Database::open(data_dir)?;
    let organization = organizations::oldest(&database)?.ok_or("no organization")?.row;
    let first = Part { after: None, limit: 1, order: Order::OldestFirst };
    let project = admin::projects::list(&database, organization, false, &first)?.rows.remove(0).row;
    let (mut after, mut times) = (None, Vec::new());
    loop {
        let part = Part { after, limit: 100, order: Order::OldestFirst };
        let start = Instant::now();
        let page = admin::keys::list(&database, project, Access::Any, &part)?;
        times.push(start.elapsed());
        after = page.rows.last().map(|key| key.id.to_string());
        if !page.has_more {
            return Ok(Times::of(times));
        }
    }
}

struct Changes {
    elapsed: Times,
    processor: Times,
    /// A write of a change's size and a sync, without any of our code: the part of the time that is the machine's.
    disk: Times,
}

/// Changes random keys, one transaction each, and brings the snapshot up after each.
fn changes(data_dir: &Path, follower: &mut Follower, snapshot: &KeySnapshot, count: usize) -> Result<Changes, Failed> {
    let database = Database::open(data_dir)?;
    let mut random = sequence(42);
    let (mut elapsed, mut processor, mut disk) = (Vec::new(), Vec::new(), Vec::new());
    let raw = fs::File::create(data_dir.join("raw"))?;
    for i in 0..CHANGES {
        let secret = secret(random() as usize % count);
        let (start, processor_start) = (Instant::now(), processor_time()?);
        keys::set_status(&database, secret.id(), Status::Disabled, NOW)?;
        follower.catch_up()?;
        elapsed.push(start.elapsed());
        processor.push(processor_time()? - processor_start);
        assert!(matches!(snapshot.find(secret.reveal().as_bytes(), NOW), Found::Refused(..)));
        keys::set_status(&database, secret.id(), Status::Active, NOW)?;
        follower.catch_up()?;
        let start = Instant::now();
        raw.write_all_at(&[7; CHANGE_BYTES], (i % 200 * CHANGE_BYTES) as u64)?;
        raw.sync_data()?;
        disk.push(start.elapsed());
    }
    Ok(Changes { elapsed: Times::of(elapsed), processor: Times::of(processor), disk: Times::of(disk) })
}

/// Nanoseconds per look-up of random keys in the small snapshot and in the large one: the median of batches of a
/// thousand, in turns, over a million texts each, so that the large one does not stay in the processor's caches and
/// what else the machine does falls on both.
fn look_ups(few: &KeySnapshot, all: &KeySnapshot, count: usize) -> (f64, f64) {
    let texts = |among: usize| {
        let mut random = sequence(7);
        let text = |i: usize| -> [u8; KEY_LEN] { secret(i).reveal().as_bytes().try_into().expect("a whole key") };
        (0..count).map(|_| text(random() as usize % among)).collect::<Vec<_>>()
    };
    let batch = |snapshot: &KeySnapshot, texts: &[[u8; KEY_LEN]]| {
        let start = Instant::now();
        for text in texts {
            assert!(matches!(black_box(snapshot.find(text, NOW)), Found::Key(_)));
        }
        start.elapsed() / texts.len() as u32
    };
    let (few_texts, all_texts) = (texts(FEW.min(count)), texts(count));
    let (mut few_times, mut all_times) = (Vec::new(), Vec::new());
    for (few_texts, all_texts) in few_texts.chunks(1000).zip(all_texts.chunks(1000)) {
        few_times.push(batch(few, few_texts));
        all_times.push(batch(all, all_texts));
    }
    let nanoseconds = |times| Times::of(times).milliseconds(50) * 1e6;
    (nanoseconds(few_times), nanoseconds(all_times))
}

/// Times in order, for percentiles.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    fn milliseconds(&self, percent: usize) -> f64 {
        self.0[(self.0.len() - 1) * percent / 100].as_secs_f64() * 1e3
    }
}

/// How long this thread has run on a processor so far.
fn processor_time() -> Result<Duration, Failed> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().ok_or("schedstat is empty")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn pepper() -> Pepper {
    Pepper::new(&[9; 32]).expect("32 bytes are enough")
}

/// Key `i`, the same in both processes: for a measurement only, a key drawn from a known sequence protects nothing.
fn secret(i: usize) -> Secret {
    let mut random = sequence(i as u64 + 1_000_003);
    Secret::generate(|| (random() >> 24) as u8)
}

fn policy(i: usize) -> Policy {
    let allow = vec![format!("gpt-{}*", i % 8)];
    Policy { models: ModelRules { allow, deny: Vec::new() }, ..Policy::default() }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn sequence(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x2545_F491_4F6C_DD1D);
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn resident_bytes() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}
