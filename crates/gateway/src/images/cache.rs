//! What was seen at addresses lately, within the tenant that named them.
//!
//! In: a tenant and an address. Out: what was seen, while it is young. Nobody learns from it what another has named: two
//! tenants share nothing. Entries and bytes are bounded, the oldest goes first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_providers::openai::links::What;

use super::look::{Keep, Seen};

const ENTRIES_MAX: usize = 1000;
const BYTES_MAX: usize = 64 << 20;
/// A larger one is fetched again.
const CONTENTS_MAX: usize = 8 << 20;
/// For how long what was seen counts.
const LASTS: Duration = Duration::from_secs(300);
/// For how long a fault counts: whoever has mended it wants to see that.
const FAULT_LASTS: Duration = Duration::from_secs(30);

/// What an entry is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    tenant: Box<str>,
    url: Box<str>,
    what: What,
}

impl Key {
    pub(super) fn new(tenant: &str, url: &str, what: What) -> Self {
        Self { tenant: tenant.into(), url: url.into(), what }
    }
}

struct Entry {
    seen: Arc<Seen>,
    at: Instant,
    until: Instant,
    /// Tells it from an earlier one of the same key.
    number: u64,
}

impl Entry {
    /// A fault is told with its age, for it may be mended since.
    fn told(&self, now: Instant) -> Arc<Seen> {
        match &self.seen.problem {
            Some(problem) => {
                let problem = problem.seen_before(now.saturating_duration_since(self.at).as_secs());
                Arc::new(Seen { problem: Some(problem), ..Seen::clone(&self.seen) })
            }
            None => self.seen.clone(),
        }
    }
}

/// What was seen lately.
#[derive(Default)]
pub(super) struct Cache {
    entries: HashMap<Key, Entry>,
    order: VecDeque<(u64, Key)>,
    bytes: usize,
    number: u64,
}

impl Cache {
    /// What was seen, with its contents where those are wanted.
    pub(super) fn get(&self, key: &Key, keep: Keep, now: Instant) -> Option<Arc<Seen>> {
        let entry = self.entries.get(key).filter(|entry| now < entry.until)?;
        let enough = keep == Keep::Nothing || entry.seen.problem.is_some() || entry.seen.contents.is_some();
        enough.then(|| entry.told(now))
    }

    pub(super) fn put(&mut self, key: Key, seen: Arc<Seen>, now: Instant) {
        if weight(&seen) > CONTENTS_MAX {
            return;
        }
        let until = now + if seen.problem.is_some() { FAULT_LASTS } else { LASTS };
        self.number += 1;
        self.bytes += weight(&seen);
        self.order.push_back((self.number, key.clone()));
        if let Some(old) = self.entries.insert(key, Entry { seen, at: now, until, number: self.number }) {
            self.bytes -= weight(&old.seen);
        }
        while self.order.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let Some((number, key)) = self.order.pop_front() else { break };
            if self.entries.get(&key).is_some_and(|entry| entry.number == number)
                && let Some(old) = self.entries.remove(&key)
            {
                self.bytes -= weight(&old.seen);
            }
        }
    }
}

fn weight(seen: &Seen) -> usize {
    seen.contents.as_ref().map_or(0, |contents| contents.len())
}

#[cfg(test)]
mod tests {
    use super::super::finding;
    use super::*;

    fn seen(bytes: usize) -> Arc<Seen> {
        Arc::new(Seen { contents: (bytes > 0).then(|| "a".repeat(bytes).into()), ..Seen::default() })
    }

    fn key(tenant: &str, number: usize) -> Key {
        Key::new(tenant, &format!("https://a.example/{number}.png"), What::Image)
    }

    #[test]
    fn what_one_tenant_has_seen_is_unknown_to_another_and_grows_old() {
        let (mut cache, now) = (Cache::default(), Instant::now());
        cache.put(key("a", 1), seen(0), now);

        assert!(cache.get(&key("a", 1), Keep::Nothing, now).is_some());
        assert!(cache.get(&key("b", 1), Keep::Nothing, now).is_none());
        assert!(cache.get(&key("a", 1), Keep::Contents, now).is_none(), "it was kept without its contents");
        assert!(cache.get(&key("a", 1), Keep::Nothing, now + LASTS).is_none());
    }

    #[test]
    fn a_fault_counts_for_half_a_minute_and_is_told_with_its_age() {
        let (mut cache, now) = (Cache::default(), Instant::now());
        let fault = finding::of_status(http::StatusCode::FORBIDDEN);
        cache.put(key("a", 1), Arc::new(Seen { problem: Some(fault), ..Seen::default() }), now);

        let known = cache.get(&key("a", 1), Keep::Nothing, now + Duration::from_secs(12)).unwrap();

        assert_eq!(known.problem.as_ref().unwrap().what, "the host answered 403 Forbidden (seen 12 s ago)");
        assert!(cache.get(&key("a", 1), Keep::Nothing, now + Duration::from_secs(30)).is_none());
    }

    #[test]
    fn entries_and_bytes_are_bounded_and_the_oldest_goes_first() {
        let (mut cache, now) = (Cache::default(), Instant::now());
        for number in 0..=ENTRIES_MAX {
            cache.put(key("a", number), seen(0), now);
        }
        assert!(cache.get(&key("a", 0), Keep::Nothing, now).is_none());
        assert!(cache.get(&key("a", 1), Keep::Nothing, now).is_some());

        for number in 0..20 {
            cache.put(key("b", number), seen(CONTENTS_MAX), now);
            cache.put(key("b", number), seen(CONTENTS_MAX), now);
        }
        assert!(cache.bytes <= BYTES_MAX, "{}", cache.bytes);
        assert!(cache.get(&key("b", 19), Keep::Contents, now).is_some());
        assert!(cache.order.len() <= ENTRIES_MAX && cache.entries.len() <= cache.order.len());
    }
}
