//! Slows guessing: after some free failures each further one doubles the time before the next try is looked at.
//!
//! Pure: time comes in. Kept apart for accounts, where a guesser comes from many addresses, and for addresses, where he tries
//! many accounts; an address may be a whole school behind one router, so it has more free failures and waits shorter than a
//! person would notice as broken. Bounded: when full, what is oldest goes.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Failures that nobody remembers after so long.
const FORGET_AFTER: Duration = Duration::from_secs(15 * 60);
/// Names kept at a time.
const MOST: usize = 10_000;

pub(super) struct Throttle<K> {
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
    pub(super) fn new(free: u32, longest: Duration) -> Self {
        Self { free, longest, seen: HashMap::new() }
    }

    /// How long to wait before a try is looked at; nothing when it may be now.
    pub(super) fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let wait = self.seen.get(key)?.until.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a failure.
    pub(super) fn failed(&mut self, key: &K, now: Instant) {
        self.make_room(now);
        let failures = self.seen.entry(key.clone()).or_insert(Failures { count: 0, last: now, until: now });
        if now.saturating_duration_since(failures.last) >= FORGET_AFTER {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        if let Some(beyond) = failures.count.checked_sub(self.free + 1) {
            failures.until = now + Duration::from_secs(1 << beyond.min(16)).min(self.longest);
        }
    }

    /// Forgets the failures of one that succeeded.
    pub(super) fn succeeded(&mut self, key: &K) {
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
