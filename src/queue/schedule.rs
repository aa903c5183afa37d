//! When which job is due: pure, in memory, made from the jobs in the store. Also when to try again and when to give up.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::job::JobId;
use crate::base::{Timestamp, limits};

/// Tries before age alone may end a mail: a clock that jumped ahead, or a gateway that was off for a week, gives nothing up.
const TRIES_BEFORE_GIVING_UP: u32 = 10;

/// What a row of the job table says about time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub id: JobId,
    pub route: String,
    pub next_try: Timestamp,
}

/// All jobs that wait for delivery.
#[derive(Default)]
pub(super) struct Schedule {
    routes: HashMap<Arc<str>, BinaryHeap<Reverse<(Timestamp, JobId)>>>,
    jobs: HashMap<JobId, Entry>,
    leased: usize,
}

struct Entry {
    route: Arc<str>,
    next_try: Timestamp,
    leased: bool,
}

/// What a route has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// This job, now leased; `more` are due after it.
    Now { id: JobId, more: bool },
    /// Nothing for so long.
    In(Duration),
}

impl Schedule {
    /// Puts a job in, or moves it; it is then not leased.
    pub(super) fn put(&mut self, id: JobId, route: &str, next_try: Timestamp) {
        self.remove(id);
        let route = match self.routes.get_key_value(route) {
            Some((known, _)) => known.clone(),
            None => Arc::from(route),
        };
        self.routes.entry(route.clone()).or_default().push(Reverse((next_try, id)));
        self.jobs.insert(id, Entry { route, next_try, leased: false });
    }

    /// As [`Schedule::put`], but leaves a leased job and one that stands there already.
    pub(super) fn put_unless_leased(&mut self, id: JobId, route: &str, next_try: Timestamp) {
        let stands = self.jobs.get(&id).is_some_and(|e| e.leased || (e.next_try == next_try && *e.route == *route));
        if !stands {
            self.put(id, route, next_try);
        }
    }

    /// Takes a job out. Its place in the heap is passed over later.
    pub(super) fn remove(&mut self, id: JobId) {
        if self.jobs.remove(&id).is_some_and(|entry| entry.leased) {
            self.leased -= 1;
        }
    }

    /// Ends a lease: the job is due again at its time, or at `not_before` where that is later.
    pub(super) fn give_back(&mut self, id: JobId, not_before: Timestamp) {
        if let Some(entry) = self.jobs.get(&id).filter(|entry| entry.leased) {
            let (route, next_try) = (entry.route.clone(), entry.next_try.max(not_before));
            self.put(id, &route, next_try);
        }
    }

    /// Leases the first job of a route that is due.
    pub(super) fn due(&mut self, route: &str, now: Timestamp) -> Due {
        let Some(heap) = self.routes.get_mut(route) else { return Due::In(Duration::MAX) };
        let jobs = &self.jobs;
        let stands =
            |(at, id): (Timestamp, JobId)| jobs.get(&id).is_some_and(|e| !e.leased && e.next_try == at && *e.route == *route);
        let Some(id) = first(heap, stands).filter(|(at, _)| is_due(*at, now)).map(|(_, id)| id) else {
            return Due::In(first(heap, stands).map_or(Duration::MAX, |(at, _)| wait(at, now)));
        };
        heap.pop();
        let more = first(heap, |(at, next)| next != id && stands((at, next))).is_some_and(|(at, _)| is_due(at, now));
        if let Some(entry) = self.jobs.get_mut(&id) {
            entry.leased = true;
            self.leased += 1;
        }
        Due::Now { id, more }
    }

    /// All jobs known.
    pub(super) fn known(&self) -> HashSet<JobId> {
        self.jobs.keys().copied().collect()
    }

    /// Jobs in all, and leased ones.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.jobs.len(), self.leased)
    }
}

/// The first of a heap that still stands; what does not is taken away.
fn first(
    heap: &mut BinaryHeap<Reverse<(Timestamp, JobId)>>,
    stands: impl Fn((Timestamp, JobId)) -> bool,
) -> Option<(Timestamp, JobId)> {
    while let Some(Reverse(top)) = heap.peek().copied() {
        if stands(top) {
            return Some(top);
        }
        heap.pop();
    }
    None
}

/// Due when its time has come, and also when that lies further ahead than any retry is ever set: the clock was then set back.
fn is_due(at: Timestamp, now: Timestamp) -> bool {
    at <= now || at.duration_since(now).unsigned_abs() > limits::RETRY_LONGEST * 2
}

fn wait(at: Timestamp, now: Timestamp) -> Duration {
    at.duration_since(now).unsigned_abs()
}

/// Jobs that were known and are not among the rows any more.
pub(super) fn gone(before: &HashSet<JobId>, rows: &[Waiting]) -> Vec<JobId> {
    let there: HashSet<JobId> = rows.iter().map(|row| row.id).collect();
    before.difference(&there).copied().collect()
}

/// When to try again after `attempts` tries: 5 minutes, then twice as long each time up to 4 hours (RFC 5321 section 4.5.4.1 asks
/// for at least 30 minutes for a host that failed before; the first tries come sooner for greylisting). `chance` is any random
/// number: up to an eighth is added, so that what failed together does not come back together.
#[must_use]
pub fn retry_at(now: Timestamp, attempts: u32, chance: u8) -> Timestamp {
    let doubled = limits::RETRY_FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    let wait = doubled.min(limits::RETRY_LONGEST);
    let spread = wait / 8 * u32::from(chance) / 255;
    now.checked_add(wait + spread).unwrap_or(Timestamp::MAX)
}

/// Whether a mail is to be given up: old enough, and tried often enough that its age is not just a clock's word.
#[must_use]
pub fn given_up(received_at: Timestamp, attempts: u32, now: Timestamp) -> bool {
    let age = now.duration_since(received_at);
    attempts >= TRIES_BEFORE_GIVING_UP && age.is_positive() && age.unsigned_abs() >= limits::GIVE_UP_AFTER
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
