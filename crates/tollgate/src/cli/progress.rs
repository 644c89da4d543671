//! How far long work is, in one line of a terminal.
//!
//! In: how much there is, and how much is done. Out: a bar on standard error, where that is a terminal and notes are
//! wanted; nothing else. What is quickly done is not worth a line. Dropped, the line is gone.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::output::{log_lines, voice};

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);
/// Cells of a bar.
const CELLS: u64 = 24;

/// A line about work that takes a while.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    next: Instant,
    is_wanted: bool,
    is_drawn: bool,
}

impl Progress {
    /// Of `total` units; 0 where that is not known.
    pub(super) fn of(what: &'static str, total: u64) -> Self {
        let is_wanted = io::stderr().is_terminal() && !voice::is_quiet() && !log_lines::are_wanted();
        Self { what, total, next: Instant::now() + PATIENCE, is_wanted, is_drawn: false }
    }

    /// So much is done.
    pub(super) fn at(&mut self, done: u64, note: impl FnOnce() -> String) {
        if !self.is_wanted || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + PAUSE;
        self.is_drawn = true;
        let _ = write!(io::stderr(), "\r\x1b[K{}", line(self.what, done, self.total, &note()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_drawn {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(what: &str, done: u64, total: u64, note: &str) -> String {
    if total == 0 {
        return format!("{what}  {note}");
    }
    let done = done.min(total);
    let full = usize::try_from(u128::from(done) * u128::from(CELLS) / u128::from(total)).unwrap_or(0);
    let percent = u128::from(done) * 100 / u128::from(total);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(CELLS as usize - full));
    format!("{what}  {bar} {percent:>3} %  {note}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(line("reading", 0, 10, ""), format!("reading  {}   0 %", "░".repeat(24)));
        assert_eq!(line("reading", 5, 10, "x"), format!("reading  {}{}  50 %  x", "█".repeat(12), "░".repeat(12)));
        assert_eq!(line("reading", 99, 10, ""), format!("reading  {} 100 %", "█".repeat(24)));
        assert_eq!(line("reading", u64::MAX, u64::MAX, ""), format!("reading  {} 100 %", "█".repeat(24)));
        assert_eq!(line("reading", 7, 0, "7 entries"), "reading  7 entries");
    }
}
