//! What the kernel knows about processes and cores, read from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Length of a tick in `/proc/*/stat`: the kernel shows 100 per second whatever its own rate is.
const TICK: Duration = Duration::from_millis(10);

/// CPU time used so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cpu {
    /// Name and time of every living thread, by process and thread id.
    threads: BTreeMap<(u32, u32), (String, Duration)>,
    /// Of the processes whole, threads that have ended included; in ticks.
    ticked: Duration,
}

/// CPU time between two readings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spent {
    /// By name of the thread, numbers at its end left out.
    pub(crate) threads: BTreeMap<String, Duration>,
    pub(crate) process: Duration,
}

impl Cpu {
    /// Reads the time of `pids`; one that has ended counts nothing.
    pub(crate) fn read(pids: &[u32]) -> Self {
        let mut cpu = Self::default();
        for &pid in pids {
            cpu.ticked += ticks(&format!("/proc/{pid}/stat"));
            for tid in children(&format!("/proc/{pid}/task")) {
                let task = format!("/proc/{pid}/task/{tid}");
                let name = fs::read_to_string(format!("{task}/comm")).unwrap_or_default();
                cpu.threads.insert((pid, tid), (name.trim().to_owned(), on_cpu(&task)));
            }
        }
        cpu
    }

    /// What was spent since `before`.
    pub(crate) fn since(&self, before: &Self) -> Spent {
        let mut spent = Spent::default();
        for (id, (name, time)) in &self.threads {
            let earlier = before.threads.get(id).map_or(Duration::ZERO, |(_, time)| *time);
            *spent.threads.entry(stem(name)).or_default() += time.saturating_sub(earlier);
        }
        let alive: Duration = spent.threads.values().sum();
        // Ticks know of threads that came and went between the readings, nanoseconds are exact.
        spent.process = alive.max(self.ticked.saturating_sub(before.ticked));
        spent
    }
}

impl Spent {
    /// Of the threads whose name begins with `prefix`.
    pub(crate) fn of(&self, prefix: &str) -> Option<Duration> {
        let mut named = self.threads.iter().filter(|(name, _)| name.starts_with(prefix)).peekable();
        named.peek()?;
        Some(named.map(|(_, time)| *time).sum())
    }
}

/// Nanoseconds on a CPU, from the scheduler; where it keeps no such account, ticks.
fn on_cpu(task: &str) -> Duration {
    let account = fs::read_to_string(format!("{task}/schedstat")).unwrap_or_default();
    match account.split(' ').next().and_then(|text| text.parse().ok()) {
        Some(ns) if ns > 0 => Duration::from_nanos(ns),
        _ => ticks(&format!("{task}/stat")),
    }
}

/// User and system time of a `stat` file: fields 14 and 15, counted behind the name, which may hold anything.
fn ticks(path: &str) -> Duration {
    let text = fs::read_to_string(path).unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u32>().ok()).map(|n| TICK * n).sum()
}

fn children(folder: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

fn stem(name: &str) -> String {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_', '/', ':']).to_owned()
}

/// The processes that `pid` has started.
pub(crate) fn started_by(pid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|text| text.parse().ok()).collect()
}

/// Resident memory of `pids` in KB.
pub(crate) fn resident_kb(pids: &[u32]) -> u64 {
    pids.iter().map(|pid| field(&format!("/proc/{pid}/status"), "VmRSS:")).sum()
}

fn field(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Time that a core was busy or taken away from us since the machine started.
pub(crate) fn busy(core: usize) -> Duration {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("cpu{core} ")));
    // user nice system idle iowait irq softirq steal
    let fields = line.into_iter().flat_map(str::split_whitespace).enumerate();
    let busy = fields.filter(|(index, _)| matches!(index, 0..=2 | 5..=7));
    busy.filter_map(|(_, text)| text.parse::<u32>().ok()).map(|n| TICK * n).sum()
}

/// Whether `path` lies in memory instead of on a disk.
pub(crate) fn is_in_memory(path: &str) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let holds = |point: &str| point == "/" || path == point || path.starts_with(&format!("{point}/"));
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let here = fields.filter(|f| f.len() > 2 && holds(f[1])).max_by_key(|f| f[1].len());
    here.is_some_and(|f| matches!(f[2], "tmpfs" | "ramfs"))
}

/// The machine in one line.
pub(crate) fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let release = read("/proc/sys/kernel/osrelease");
    format!("{cores} × {}, Linux {}", model.map_or("?", |(_, name)| name), release.trim())
}

/// How many tasks ran or waited over the last minute.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_pool_are_one_line() {
        assert_eq!(stem("serve-0"), "serve");
        assert_eq!(stem("tokio-runtime-w"), "tokio-runtime-w");
        assert_eq!(stem("journal"), "journal");
    }

    #[test]
    fn work_done_shows_in_the_account() {
        let pid = std::process::id();
        let before = Cpu::read(&[pid]);

        let mut sum = 0u64;
        for n in 0..50_000_000u64 {
            sum = std::hint::black_box(sum ^ n);
        }

        let spent = Cpu::read(&[pid]).since(&before);
        assert!(spent.process > Duration::from_millis(1), "{spent:?} for {sum}");
    }
}
