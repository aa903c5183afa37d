//! How often something happened lately, for each of many: codes mailed, wrong codes, replies.
//!
//! Pure: time comes in. Bounded: when it is full of what still counts, nobody new is let in, for whoever counts here could else
//! make room for themselves by filling it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::base::limits;

pub(super) struct Tally<K> {
    most: usize,
    window: Duration,
    seen: HashMap<K, VecDeque<Instant>>,
}

impl<K: Eq + Hash + Clone> Tally<K> {
    /// So many in so long.
    pub(super) fn new(most: usize, window: Duration) -> Self {
        Self { most, window, seen: HashMap::new() }
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self, key: &K, now: Instant) -> bool {
        let counting =
            |times: &VecDeque<Instant>| times.iter().filter(|at| now.saturating_duration_since(**at) < self.window).count();
        self.seen.get(key).map_or(0, counting) < self.most
    }

    /// Counts one; false, and nothing is counted, where there is no room.
    pub(super) fn count(&mut self, key: &K, now: Instant) -> bool {
        let window = self.window;
        if self.seen.len() >= limits::PICKUP_REMEMBERED && !self.seen.contains_key(key) {
            self.seen.retain(|_, times| times.back().is_some_and(|at| now.saturating_duration_since(*at) < window));
            if self.seen.len() >= limits::PICKUP_REMEMBERED {
                return false;
            }
        }
        let times = self.seen.entry(key.clone()).or_default();
        while times.front().is_some_and(|at| now.saturating_duration_since(*at) >= window) {
            times.pop_front();
        }
        let room = times.len() < self.most;
        if room {
            times.push_back(now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Tally;

    #[test]
    fn each_has_its_own_room_and_time_gives_it_back() {
        let mut tally = Tally::new(2, Duration::from_secs(60));
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        assert!(tally.count(&'a', at(0)) && tally.count(&'a', at(30)));
        assert!(!tally.has_room(&'a', at(59)) && !tally.count(&'a', at(59)) && tally.count(&'b', at(59)));
        assert!(tally.count(&'a', at(60)) && !tally.has_room(&'a', at(61)));
    }
}
