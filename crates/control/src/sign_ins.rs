//! Bounds on signing in: guessing is slow, and no flood of attempts keeps administration from anybody.
//!
//! In: an address of mail, where from, and the time. Out: leave to try, or how long to wait. Attempts are counted in this process
//! and forgotten with it. One password is hashed at a time; who comes meanwhile is asked to come again, so that the
//! other threads of administration stay free.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Attempts are counted over so many seconds from the first.
const WINDOW: i64 = 300;
/// For one user from one place: slips of the hand, and no dictionary.
const OF_BOTH: u32 = 5;
/// From one place, for whomever: an office behind one address.
const OF_PLACE: u32 = 30;
/// For one user from wherever: more than he needs himself, few enough that many addresses do not help.
const OF_USER: u32 = 50;
/// Counters that are kept at once; beyond that the oldest is forgotten.
const KEPT: usize = 10_000;

/// What is counted, and how passwords are hashed one by one.
#[derive(Debug, Default)]
pub struct SignIns {
    counters: Mutex<HashMap<Of, Counter>>,
    hashing: Mutex<()>,
}

/// Whose attempts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Of {
    Both(String, IpAddr),
    Place(IpAddr),
    User(String),
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    since: i64,
    attempts: u32,
}

impl SignIns {
    /// Counts an attempt at `now` (Unix seconds), before it is looked at.
    ///
    /// # Errors
    /// How long to wait, where there have been too many.
    pub fn attempt(&self, email: &str, peer: IpAddr, now: i64) -> Result<(), Duration> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let [both, place, user] = counted(email, peer);
        for (of, most) in [(&both, OF_BOTH), (&place, OF_PLACE), (&user, OF_USER)] {
            if let Some(counter) = counters.get(of).filter(|counter| counter.holds(now) && counter.attempts >= most) {
                let wait = (counter.since + WINDOW - now).clamp(1, WINDOW);
                return Err(Duration::from_secs(wait.unsigned_abs()));
            }
        }
        for of in [both, place, user] {
            make_room(&mut counters, now);
            let counter = counters.entry(of).or_insert(Counter { since: now, attempts: 0 });
            if !counter.holds(now) {
                *counter = Counter { since: now, attempts: 0 };
            }
            counter.attempts += 1;
        }
        Ok(())
    }

    /// The last attempt was right: it was no guess. Those before it go on counting, for an address may have another password in
    /// another organization, and whoever knows the one is not to guess at the other without end.
    pub fn was_right(&self, email: &str, peer: IpAddr) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for of in counted(email, peer) {
            if let Some(counter) = counters.get_mut(&of) {
                counter.attempts = counter.attempts.saturating_sub(1);
            }
        }
    }

    /// Leave to hash a password, until it is dropped; `None` while another is being hashed.
    pub fn hashing(&self) -> Option<MutexGuard<'_, ()>> {
        self.hashing.try_lock().ok()
    }
}

impl Counter {
    fn holds(self, now: i64) -> bool {
        now < self.since + WINDOW
    }
}

fn counted(email: &str, peer: IpAddr) -> [Of; 3] {
    let place = place(peer);
    [Of::Both(email.to_owned(), place), Of::Place(place), Of::User(email.to_owned())]
}

/// Whoever has an IPv6 address has 2^64 of them.
fn place(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn make_room(counters: &mut HashMap<Of, Counter>, now: i64) {
    if counters.len() < KEPT {
        return;
    }
    counters.retain(|_, counter| counter.holds(now));
    if counters.len() >= KEPT
        && let Some(oldest) = counters.iter().min_by_key(|(_, counter)| counter.since).map(|(of, _)| of.clone())
    {
        counters.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_user_is_guessed_at_five_times_from_one_place_and_then_waited_for() {
        let sign_ins = SignIns::default();
        let (here, there) = (from("192.0.2.1"), from("192.0.2.2"));

        for second in 0..5 {
            assert_eq!(sign_ins.attempt("ada@example.com", here, second), Ok(()));
        }
        assert_eq!(sign_ins.attempt("ada@example.com", here, 5), Err(Duration::from_secs(295)));
        assert_eq!(sign_ins.attempt("ada@example.com", there, 5), Ok(()), "she herself may come from elsewhere");
        assert_eq!(sign_ins.attempt("bob@example.com", here, 5), Ok(()));
        assert_eq!(sign_ins.attempt("ada@example.com", here, 300), Ok(()));
    }

    #[test]
    fn what_was_right_does_not_count() {
        let sign_ins = SignIns::default();
        for _ in 0..100 {
            assert_eq!(sign_ins.attempt("ada@example.com", from("192.0.2.1"), 0), Ok(()));
            sign_ins.was_right("ada@example.com", from("192.0.2.1"));
        }
    }

    #[test]
    fn who_knows_one_password_guesses_at_another_no_faster() {
        let sign_ins = SignIns::default();
        let here = from("192.0.2.1");
        for _ in 0..5 {
            assert_eq!(sign_ins.attempt("ada@example.com", here, 0), Ok(()), "a guess");
            if sign_ins.attempt("ada@example.com", here, 0).is_ok() {
                sign_ins.was_right("ada@example.com", here);
            }
        }

        assert!(sign_ins.attempt("ada@example.com", here, 0).is_err());
    }

    #[test]
    fn many_addresses_help_no_guesser_and_one_network_of_ipv6_is_one_place() {
        let sign_ins = SignIns::default();
        let refused = |texts: &dyn Fn(u32) -> String, email: &dyn Fn(u32) -> String| {
            (0..100).find(|&n| sign_ins.attempt(&email(n), from(&texts(n)), 0).is_err())
        };

        assert_eq!(refused(&|n| format!("192.0.2.{n}"), &|_| "ada@example.com".to_owned()), Some(OF_USER));
        assert_eq!(refused(&|n| format!("2001:db8::{n:x}"), &|n| format!("u{n}@example.com")), Some(OF_PLACE));
    }

    #[test]
    fn memory_stays_bounded_under_a_flood() {
        let sign_ins = SignIns::default();
        for n in 0..4000_u32 {
            let _ = sign_ins.attempt(&format!("u{n}@example.com"), IpAddr::V4(n.into()), 0);
        }

        assert!(sign_ins.counters.lock().unwrap().len() <= KEPT);
    }

    #[test]
    fn one_password_is_hashed_at_a_time() {
        let sign_ins = SignIns::default();

        let first = sign_ins.hashing();
        assert!(first.is_some() && sign_ins.hashing().is_none());
        drop(first);
        assert!(sign_ins.hashing().is_some());
    }
}
