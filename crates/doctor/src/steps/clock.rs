//! Whether both sides have the same time, by the `Date` header.

use std::time::SystemTime;

use tollgate_errors::catalog;

use super::tls::now;
use crate::call::Heard;
use crate::certificate::moment;
use crate::check::Check;
use crate::examine::Sight;

/// Signatures and tokens live for minutes.
const TOLERATED: i64 = 300;

/// The finding, where the clocks differ.
pub(super) fn judge(heard: &Heard) -> Option<Sight> {
    let (skew, theirs) = skew(heard)?;
    (skew.abs() > TOLERATED).then(|| {
        let side = if skew > 0 { "ahead of" } else { "behind" };
        let what = format!("this machine's clock is {} {side} the server's", words(skew.abs()));
        Sight::finding(Check::Clock, &catalog::CLOCK_SKEW, what)
            .evidence(format!("here {}, there {}", moment(now()), moment(theirs)))
            .remedy("set the clock: `timedatectl set-ntp true`, or restart the virtual machine that was suspended")
    })
}

/// The same where they do not.
pub(super) fn agreed(heard: &Heard) -> Sight {
    match skew(heard) {
        Some((skew, _)) => Sight::fine(Check::Clock, format!("{} apart", words(skew.abs()))),
        None => Sight::passed_over(Check::Clock, "the server tells no time"),
    }
}

/// Whether an answer says what time it is.
pub(super) fn is_told(heard: &Heard) -> bool {
    skew(heard).is_some()
}

/// Seconds by which this machine is ahead, and the server's time.
fn skew(heard: &Heard) -> Option<(i64, i64)> {
    // A copy out of a cache has the time at which it was made.
    if heard.header("age").is_some() {
        return None;
    }
    let date = httpdate::parse_http_date(heard.header("date")?).ok()?;
    let theirs = date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let theirs = i64::try_from(theirs).ok()?;
    Some((now() - theirs, theirs))
}

fn words(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
