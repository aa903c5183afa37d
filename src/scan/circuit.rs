//! Rest for a scanner that gives no answer, so that a dead or hanging clamd does not hold every connection for its timeout.
//!
//! Pure: it is told the time and what happened, and answers whether to try. `deliver` has the like for next hops; this one waits for
//! a few failures in a row, since one slow file is no outage. Then the scanner rests, longer after each failed trial, and one scan at
//! a time is let through as the trial. A trial that never reports (its mail was given up) is forgotten after a while.

use std::time::{Duration, Instant};

use crate::base::limits;

/// What is known of the scanner.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    /// Failures in a row while nothing rests.
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    pause: Duration,
    why: String,
    trying_since: Option<Instant>,
}

impl Circuit {
    /// Why not to wait for a place at the scanner, where it rests. Unlike [`Self::ask`] it promises nothing.
    pub(super) fn resting(&self, now: Instant) -> Option<&str> {
        let rest = self.rest.as_ref()?;
        (now < rest.until || rest.is_tried(now)).then_some(&rest.why)
    }

    /// Asks whether to scan now.
    ///
    /// # Errors
    /// Why not. `Ok` must be followed by [`Self::failed`], [`Self::reached`] or [`Self::given_up`].
    pub(super) fn ask(&mut self, now: Instant) -> Result<(), String> {
        let Some(rest) = &mut self.rest else { return Ok(()) };
        if now < rest.until || rest.is_tried(now) {
            return Err(rest.why.clone());
        }
        rest.trying_since = Some(now);
        Ok(())
    }

    /// There was no answer. Says whether the scanner begins to rest with this.
    pub(super) fn failed(&mut self, now: Instant, why: &str) -> bool {
        let pause = match &self.rest {
            None => {
                self.failures += 1;
                if self.failures < limits::SCAN_FAILURES {
                    return false;
                }
                limits::SCANNER_REST_FIRST
            }
            // Scans that were under way when the rest began are no further failures.
            Some(rest) if now < rest.until => return false,
            Some(rest) => (rest.pause * 2).min(limits::SCANNER_REST_LONGEST),
        };
        let is_news = self.rest.is_none();
        self.rest = Some(Rest { until: now + pause, pause, why: why.to_owned(), trying_since: None });
        is_news
    }

    /// It answered. Says whether it had been resting.
    pub(super) fn reached(&mut self) -> bool {
        self.failures = 0;
        self.rest.take().is_some()
    }

    /// The scan was given up before the scanner had had its time: nothing is known.
    pub(super) fn given_up(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.trying_since = None;
        }
    }
}

impl Rest {
    fn is_tried(&self, now: Instant) -> bool {
        self.trying_since.is_some_and(|since| now < since + limits::SCANNER_REST_LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Circuit;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn it_opens_after_three_failures_in_a_row_and_closes_with_an_answer() {
        let start = Instant::now();
        let mut circuit = Circuit::default();
        assert!(!circuit.failed(start, "gone") && !circuit.failed(start, "gone"));
        assert!(!circuit.reached(), "it did not rest yet");
        assert!(!circuit.failed(start, "gone") && !circuit.failed(start, "gone"), "the row began anew");
        assert!(circuit.failed(start, "gone"));
        assert!(!circuit.failed(start + S, "gone"), "one that was under way");
        assert_eq!(circuit.ask(start + 4 * S), Err("gone".to_owned()));
        assert_eq!(circuit.resting(start + 4 * S), Some("gone"));
        assert_eq!(circuit.resting(start + 5 * S), None);
        assert_eq!(circuit.ask(start + 5 * S), Ok(()));
        assert!(circuit.ask(start + 5 * S).is_err() && circuit.resting(start + 5 * S).is_some(), "one trial at a time");
        assert!(!circuit.failed(start + 6 * S, "still gone"), "no news");
        assert_eq!(circuit.ask(start + 15 * S), Err("still gone".to_owned()), "the second rest is twice as long");
        assert_eq!(circuit.ask(start + 16 * S), Ok(()));
        assert!(circuit.reached() && !circuit.reached());
        assert_eq!(circuit.ask(start + 16 * S), Ok(()));
    }

    #[test]
    fn a_rest_is_never_longer_than_a_minute_and_a_lost_trial_is_forgotten() {
        let mut now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit.failed(now, "x");
            now += 60 * S;
            assert_eq!(circuit.ask(now), Ok(()));
        }
        assert!(circuit.ask(now + 59 * S).is_err());
        assert_eq!(circuit.ask(now + 60 * S), Ok(()));
        circuit.given_up();
        assert_eq!(circuit.ask(now + 60 * S), Ok(()));
    }
}
