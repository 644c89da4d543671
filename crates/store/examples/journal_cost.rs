//! What the journal costs the serving thread, in nanoseconds per entry, for groups of 1, 4 and 16 entries.
//!
//! Run with `cargo run --release -p tollgate-store --example journal_cost [directory] [seconds per line]`. Half of the
//! entries are admissions, half settlements, of usual size. An entry's cost is append, both polls of its wait, and its
//! share of the flush. The directory should be on the disk that will hold the journal: the background thread
//! synchronises every 10 ms, which writes feel.

use std::path::PathBuf;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, Entry, Outcome, Recorder, Settlement};
use tollgate_core::usage::Usage;
use tollgate_store::journal::{Journal, Settings, Sync, Writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let temporary = tempfile::tempdir()?;
    let directory = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let seconds = arguments.next().and_then(|s| s.to_str()?.parse().ok()).unwrap_or(1);
    for (name, sync, pause) in [
        ("as fast as it goes", Sync::default(), Duration::ZERO),
        ("at 100,000 entries/s", Sync::default(), Duration::from_micros(10)),
    ] {
        for group in [1, 4, 16] {
            let settings = Settings { sync, ..Settings::default() };
            let journal = Journal::open(&directory.join(format!("{group}-{}", pause.as_micros())), settings, 1)?;
            let writer = journal.writer(0)?;
            measure(&journal, &writer, 1, Duration::from_millis(50), pause)?;
            let mut costs = measure(&journal, &writer, group, Duration::from_secs(seconds), pause)?;
            let mean = costs.iter().sum::<u64>() / costs.len() as u64;
            costs.sort_unstable();
            let at = |permille: usize| costs[(costs.len() - 1) * permille / 1000] / group as u64;
            println!(
                "{name}, groups of {group:2}: {:4} ns per entry on average; groups at the median {:4}, at 99 % {:5}, at 99.9 % {:6}, slowest {:8}",
                mean / group as u64,
                at(500),
                at(990),
                at(999),
                at(1000),
            );
        }
    }
    Ok(())
}

/// Nanoseconds of each group, over `time`, with a busy wait of `pause` per entry between groups.
fn measure(
    journal: &Journal,
    writer: &Writer,
    group: usize,
    time: Duration,
    pause: Duration,
) -> Result<Vec<u64>, Box<dyn std::error::Error>> {
    let key = KeyId::from_digits(b"0123456789Ab").ok_or("twelve digits")?;
    let mut positions = Vec::with_capacity(group);
    let mut costs = Vec::with_capacity(1 << 22);
    let mut cx = Context::from_waker(Waker::noop());
    let start = Instant::now();
    let mut n = 0;
    while start.elapsed() < time {
        let began = Instant::now();
        positions.clear();
        for _ in 0..group {
            let request = RequestId::new(1, n / 2);
            let entry = if n % 2 == 0 { admission(request, key) } else { settlement(request) };
            let position = writer.append(&entry)?;
            let _ = writer.poll_written(position, &mut cx);
            positions.push(position);
            n += 1;
        }
        writer.flush();
        for &position in &positions {
            if writer.poll_written(position, &mut cx).is_pending() {
                return Err("a flushed entry is not written".into());
            }
        }
        let cost = began.elapsed();
        costs.push(cost.as_nanos() as u64);
        while began.elapsed() < pause * group as u32 {
            std::hint::spin_loop();
        }
        if journal.health().fill_permille().is_none_or(|fill| fill > 800) {
            break;
        }
    }
    Ok(costs)
}

fn admission(request: RequestId, key: KeyId) -> Entry<'static> {
    Entry::Admission(Admission {
        request,
        key,
        operation: Operation::ALL[0],
        stream: true,
        request_bytes: 1200,
        project: "proj_0123456789",
        model_asked: "gpt-4o-mini",
        model_sent: "gpt-4o-mini",
        deployment: "openai/gpt-4o-mini",
    })
}

fn settlement(request: RequestId) -> Entry<'static> {
    Entry::Settlement(Settlement {
        request,
        status: 200,
        attempts: 1,
        outcome: Outcome::Complete,
        usage: Usage { input: 300, output: 200, ..Usage::default() },
        first_byte_us: 300_000,
        duration_us: 2_000_000,
        upstream_us: 1_900_000,
        answer_bytes: 4000,
        cause: "",
        model_answered: "gpt-4o-mini-2024-07-18",
        deployment: "",
        fallback: "",
        upstream_request_id: "req_0123456789abcdef0123456789abcdef",
        evidence: "",
        failed_attempts: "",
        estimated: false,
        on_own_account: false,
        identity: None,
    })
}
