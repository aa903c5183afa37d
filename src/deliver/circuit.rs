//! Rest for a next hop that cannot be reached, so that each waiting mail does not spend a connect timeout of its own.
//!
//! Pure: it is told the time and what happened, and answers whether to try. After a failure to connect the hop rests, 30 s at
//! first and twice as long after each further failure, up to five minutes; then one mail goes ahead as a probe while the others
//! are put off. A probe that never reports (its task died) is forgotten after a while, so a hop can never rest for ever.

use std::time::{Duration, Instant};

use crate::base::limits;

/// What is known of one next hop.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    pause: Duration,
    why: String,
    probing_since: Option<Instant>,
}

/// Whether to try.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Go,
    /// Put it off: for how long, and why.
    Rest(Duration, String),
}

impl Circuit {
    /// Asks whether a connection may be tried now. The answer `Go` must be followed by [`Self::failed`] or [`Self::reached`].
    pub(super) fn ask(&mut self, now: Instant) -> Gate {
        let Some(rest) = &mut self.rest else { return Gate::Go };
        if now < rest.until {
            return Gate::Rest(rest.until - now, rest.why.clone());
        }
        let probed_lately = rest.probing_since.is_some_and(|since| now < since + limits::ROUTE_REST_LONGEST);
        if probed_lately {
            return Gate::Rest(limits::ROUTE_REST_FIRST, rest.why.clone());
        }
        rest.probing_since = Some(now);
        Gate::Go
    }

    /// It could not be reached. Says whether this is news.
    pub(super) fn failed(&mut self, now: Instant, why: &str) -> bool {
        let pause = match &self.rest {
            None => limits::ROUTE_REST_FIRST,
            // Several connections that fail together are one failure.
            Some(rest) if now < rest.until => return false,
            Some(rest) => (rest.pause * 2).min(limits::ROUTE_REST_LONGEST),
        };
        let is_news = self.rest.as_ref().is_none_or(|rest| rest.why != why);
        self.rest = Some(Rest { until: now + pause, pause, why: why.to_owned(), probing_since: None });
        is_news
    }

    /// It was reached. Says whether it had been resting.
    pub(super) fn reached(&mut self) -> bool {
        self.rest.take().is_some()
    }

    /// Whether nothing is held against it.
    pub(super) fn is_well(&self) -> bool {
        self.rest.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Circuit, Gate};

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn it_rests_ever_longer_and_lets_one_probe_through() {
        let start = Instant::now();
        let mut circuit = Circuit::default();
        assert_eq!(circuit.ask(start), Gate::Go);
        assert!(circuit.failed(start, "refused"));
        assert!(!circuit.failed(start + S, "refused"), "a second connection that fails is no news");
        assert!(matches!(circuit.ask(start + 29 * S), Gate::Rest(left, why) if left == S && why == "refused"));
        assert_eq!(circuit.ask(start + 30 * S), Gate::Go);
        assert!(matches!(circuit.ask(start + 30 * S), Gate::Rest(..)), "one probe at a time");
        assert!(!circuit.failed(start + 31 * S, "refused"), "the same reason is no news");
        assert!(matches!(circuit.ask(start + 90 * S), Gate::Rest(left, _) if left == S));
        assert_eq!(circuit.ask(start + 91 * S), Gate::Go);
        assert!(circuit.reached());
        assert!(circuit.is_well());
        assert!(!circuit.reached());
    }

    #[test]
    fn a_rest_is_never_longer_than_five_minutes_and_a_lost_probe_is_forgotten() {
        let mut now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit.failed(now, "x");
            now += 300 * S;
            assert_eq!(circuit.ask(now), Gate::Go);
        }
        assert!(matches!(circuit.ask(now), Gate::Rest(..)));
        assert_eq!(circuit.ask(now + 300 * S), Gate::Go);
    }
}
