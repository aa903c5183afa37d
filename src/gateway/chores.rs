//! What has to be done from time to time: held mail whose time is over, numbers to read off, the watchdog.

use std::time::Duration;

use super::Gateway;
use crate::base::Timestamp;
use crate::front::Shared;
use crate::ledger::Event;
use crate::ops::metrics::Standing;
use crate::ops::systemd;
use crate::pipeline::review;
use crate::queue::Queue;

/// How often held mail is looked at.
const HOLDS: Duration = Duration::from_secs(30);

impl Gateway {
    /// Starts them all.
    pub(super) fn chores(&self) {
        let store = self.store.clone();
        let alive = move || {
            let store = store.clone();
            async move { store.write(|_| Ok(())).await.is_ok() }
        };
        self.rest.spawn(systemd::watchdog(alive, self.stop_rest.clone()));
        let (queue, config, ledger, stop) =
            (self.queue.clone(), self.config.subscribe(), self.ledger.clone(), self.stop_rest.clone());
        self.rest.spawn(async move {
            let mut tick = tokio::time::interval(HOLDS);
            while stop.run_until_cancelled(tick.tick()).await.is_some() {
                let config = config.borrow().clone();
                if let Err(error) = review::let_time_decide(&queue, &config, Timestamp::now()).await {
                    ledger.note(Event::Trouble { part: "held mail".to_owned(), what: error.to_string() });
                }
            }
        });
    }
}

/// What the metrics read off.
pub(super) async fn standing(queue: Queue, shared: Shared) -> Standing {
    let jobs = queue.list().await.unwrap_or_default();
    let waiting: Vec<_> = jobs.iter().filter(|job| job.state == "waiting").collect();
    let oldest = waiting.iter().map(|job| job.received_at).min();
    Standing {
        queued: waiting.len() as u64,
        oldest: oldest.and_then(|at| Timestamp::now().duration_since(at).try_into().ok()).unwrap_or_default(),
        held: (jobs.len() - waiting.len()) as u64,
        sessions: shared.turnstile.connections() as u64,
    }
}
