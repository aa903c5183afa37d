//! Slows guessing: after some free failures each further one doubles the time before the next try is looked at.
//!
//! Pure: time comes in. Kept apart for accounts, where a guesser comes from many addresses, and for addresses, where he tries
//! many accounts; an address may be a whole school behind one router, so it has more free failures. Bounded: when full, what is
//! oldest goes.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// One failure is forgiven for each so long without any.
const FORGIVE_EACH: Duration = Duration::from_secs(60);
/// After so long without a failure nothing is kept.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Names kept at a time.
const MOST: usize = 10_000;

/// Failures by name: accounts, addresses.
pub struct Throttle<K> {
    free: u32,
    longest: Duration,
    seen: HashMap<K, Failures>,
}

struct Failures {
    count: u32,
    last: Instant,
    /// No try is looked at before.
    until: Instant,
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// So many failures are free, and no wait is longer than that.
    #[must_use]
    pub fn new(free: u32, longest: Duration) -> Self {
        Self { free, longest, seen: HashMap::new() }
    }

    /// How long to wait before a try is looked at; nothing when it may be now.
    #[must_use]
    pub fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let wait = self.seen.get(key)?.until.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a failure.
    pub fn failed(&mut self, key: &K, now: Instant) {
        self.make_room(now);
        let failures = self.seen.entry(key.clone()).or_insert(Failures { count: 0, last: now, until: now });
        let quiet = now.saturating_duration_since(failures.last).as_secs() / FORGIVE_EACH.as_secs();
        failures.count = failures.count.saturating_sub(u32::try_from(quiet).unwrap_or(u32::MAX)).saturating_add(1);
        failures.last = now;
        if let Some(beyond) = failures.count.checked_sub(self.free + 1) {
            failures.until = now + Duration::from_secs(1 << beyond.min(16)).min(self.longest);
        }
    }

    /// Forgets the failures of one that succeeded.
    pub fn succeeded(&mut self, key: &K) {
        self.seen.remove(key);
    }

    fn make_room(&mut self, now: Instant) {
        if self.seen.len() < MOST {
            return;
        }
        self.seen.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGET_AFTER);
        if self.seen.len() >= MOST
            && let Some(oldest) = self.seen.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone())
        {
            self.seen.remove(&oldest);
        }
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
