//! What has to be done from time to time: held mail whose time is over, numbers to read off, the watchdog.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Gateway, keeping};
use crate::access::Allowance;
use crate::base::Timestamp;
use crate::config::Config;
use crate::front::Shared;
use crate::ledger::{Event, Ledger};
use crate::ops::metrics::Standing;
use crate::ops::systemd;
use crate::pipeline::review;
use crate::protect::pickup::Shelf;
use crate::queue::Queue;
use crate::store::Store;
use crate::threads::Threads;

/// How often held mail is looked at.
const HOLDS: Duration = Duration::from_secs(30);
/// How often rules that watch are looked at: the date they wait for comes at midnight.
const WATCHES: Duration = Duration::from_secs(60);
/// How often what counts no more is forgotten.
const FORGET: Duration = Duration::from_secs(600);
/// How often pickup messages are looked at whose time may be over; the pages tell the time by themselves.
const PICKUPS: Duration = Duration::from_secs(60);

impl Gateway {
    /// Starts them all.
    pub(super) fn chores(&self) {
        let store = self.store.clone();
        let alive = move || {
            let store = store.clone();
            async move { store.write(|_| Ok(())).await.is_ok() }
        };
        self.rest.spawn(systemd::watchdog(alive, self.stop_rest.clone()));
        self.rest.spawn(tell_of_watches(self.config.subscribe(), self.ledger.clone(), self.stop_rest.clone()));
        self.rest.spawn(forget_sent(self.store.clone(), self.ledger.clone(), self.stop_rest.clone()));
        self.rest.spawn(forget_threads(Threads::new(self.store.clone()), self.ledger.clone(), self.stop_rest.clone()));
        self.rest.spawn(forget_links(self.queue.clone(), self.ledger.clone(), self.stop_rest.clone()));
        self.rest.spawn(sweep_pickups(Shelf::new(self.store.clone()), self.ledger.clone(), self.stop_rest.clone()));
        let keeper = keeping::Keeper {
            store: self.store.clone(),
            ledger: self.ledger.clone(),
            queue: self.queue.clone(),
            config: self.config.subscribe(),
        };
        self.rest.spawn(keeper.clone().nights(self.stop_rest.clone()));
        self.rest.spawn(keeper.run(self.stop_rest.clone()));
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

/// Says once of each rule that its time to watch is over: it goes on watching, and somebody has to decide.
async fn tell_of_watches(config: watch::Receiver<Arc<Config>>, ledger: Ledger, stop: CancellationToken) {
    let mut told = HashSet::new();
    let mut tick = tokio::time::interval(WATCHES);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let config = config.borrow().clone();
        for rule in config.watched_out(jiff::Zoned::now().date()) {
            if told.insert((rule.id.clone(), format!("{:?}", rule.mode))) {
                let what =
                    "its watch_until has passed and it still only watches: write mode = \"enforce\" or \"off\", or a later date";
                ledger.note(Event::Trouble { part: format!("rule {}", rule.id), what: what.to_owned() });
            }
        }
    }
}

/// Takes what was sent more than an hour ago off the store.
async fn forget_sent(store: Store, ledger: Ledger, stop: CancellationToken) {
    let mut tick = tokio::time::interval(FORGET);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = Allowance::forget(&store, Timestamp::now()).await {
            ledger.note(Event::Trouble { part: "limits".to_owned(), what: error.to_string() });
        }
    }
}

/// Takes the links off the store that decide nothing any more.
async fn forget_links(queue: Queue, ledger: Ledger, stop: CancellationToken) {
    let mut tick = tokio::time::interval(FORGET);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = queue.forget_links(Timestamp::now()).await {
            ledger.note(Event::Trouble { part: "links to held mail".to_owned(), what: error.to_string() });
        }
    }
}

/// Takes the threads off the store whose mails are kept no longer.
async fn forget_threads(threads: Threads, ledger: Ledger, stop: CancellationToken) {
    let mut tick = tokio::time::interval(FORGET);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = threads.forget(Timestamp::now()).await {
            ledger.note(Event::Trouble { part: "protected threads".to_owned(), what: error.to_string() });
        }
    }
}

/// Destroys pickup messages whose time is over, and what nothing leads to.
async fn sweep_pickups(shelf: Shelf, ledger: Ledger, stop: CancellationToken) {
    let mut tick = tokio::time::interval(PICKUPS);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = shelf.sweep(Timestamp::now()).await {
            ledger.note(Event::Trouble { part: "pickup messages".to_owned(), what: error.to_string() });
        }
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
