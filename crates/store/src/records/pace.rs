//! Work in short stretches, so that a thread which serves and shares the processor waits a moment and never long.
//!
//! A thread that always has something to do gets the processor for milliseconds at a time, in which every request on it
//! stands still. One that rests after half a millisecond of work gives it back by itself.

use std::cell::Cell;
use std::ffi::c_int;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::setpriority_process;
use rustix::time::{ClockId, clock_gettime};

/// Processor time between two rests.
const STRETCH: Duration = Duration::from_micros(500);
const REST: Duration = Duration::from_micros(200);
/// Steps of SQLite's machine between two looks at the clock: about a tenth of a millisecond.
const STEPS: c_int = 2000;
/// A quarter of a processor that somebody else wants whole: enough to keep up with what one thread can serve.
const NICE: i32 = 5;

thread_local! {
    /// Processor time of this thread at its last rest.
    static RESTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Lets this thread stand back behind others. Where the system refuses, it competes as an equal.
pub(super) fn stand_back() {
    let _ = setpriority_process(None, NICE);
}

/// Has whatever is done on a connection rest now and then.
pub(super) fn spread(connection: &mut Connection) -> rusqlite::Result<()> {
    let look = || {
        rest_if_due();
        false
    };
    connection.progress_handler(STEPS, Some(look))
}

/// Rests if there has been a stretch of work since the last time.
pub(super) fn rest_if_due() {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let now = Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0));
    RESTED.with(|rested| {
        if now.saturating_sub(rested.get()) >= STRETCH {
            thread::park_timeout(REST);
            rested.set(now);
        }
    });
}
