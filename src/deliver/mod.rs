//! Delivery: everything from a leased job of the queue to the next hop, and the reports about it.
//!
//! In: jobs of the queue, route by route. Out: each settled: delivered, deferred or failed for each recipient, with events for the
//! ledger and reports for the sender. Invariants: a mail is never lost: a job leaves the queue only with the commit that says what
//! became of it; it may arrive twice when a connection or this process dies after the final dot, and the ledger says so where it
//! can be known; mail that demands a verified connection never goes over another. What can fail: next hops, told to the sender by
//! reports and to the operator by `Trouble`; the store, told in the log.
//! It does not judge mail, edit it, or read it beyond what the commands need.
//!
//! ```text
//! worker ─ takes leases ─► carry ─► route (whither) ─► pool / connect (TLS, sign-in) ─► dialogue (one transaction)
//!    ▲                       ├────► warrant (who vouches for the host)                      │ fate of each recipient
//!    │                       └────► circuit (rest)                                          │
//!    └── settles ◄── report (what the sender reads) ◄── verdict (done, waiting, told) ◄─────┘
//! ```

mod carry;
mod circuit;
mod command;
mod connect;
mod dialogue;
mod lease;
mod names;
mod pool;
mod report;
mod route;
mod said;
mod trust;
mod verdict;
mod warrant;
mod wire;
mod worker;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use lease::{Issue, Lease, OwnMail, Settled, Source};
pub use names::{Answer, Exchangers, Names, Signed, SystemNames, Tlsa};
pub use warrant::{NoWarrant, Warrants};

use crate::base::{Timestamp, limits};
use crate::config::Config;
use crate::queue::Queue;
use lease::LiveQueue;
use verdict::Moment;
use worker::Lane;

/// How long each stage may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// DNS, TCP and TLS, each.
    pub connect: Duration,
    /// Greeting, EHLO, MAIL, RCPT, each.
    pub command: Duration,
    /// The reply to DATA.
    pub data: Duration,
    /// Each megabyte of the mail.
    pub block: Duration,
    /// The reply after the final dot.
    pub last: Duration,
    /// How long a connection is kept for the next mail.
    pub idle: Duration,
    /// How long open deliveries get to end at a stop.
    pub stop: Duration,
    /// The pause after the store could not take what became of a job.
    pub store_pause: Duration,
}

/// What delivery stands on besides the queue; tests bring their own.
pub struct Options {
    pub times: Times,
    pub names: Arc<dyn Names>,
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// What vouches for hosts that the DNS names; made over `names`, without a store, where there is none.
    pub warrants: Option<Arc<Warrants>>,
}

/// What all lanes share.
struct Office {
    config: watch::Receiver<Arc<Config>>,
    times: Times,
    names: Arc<dyn Names>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    warrants: Arc<Warrants>,
    stop: CancellationToken,
}

impl Office {
    fn moment(&self) -> Moment {
        let [chance, ..] = RandomState::new().hash_one(()).to_be_bytes();
        Moment { now: (self.now)(), chance }
    }
}

impl Default for Times {
    /// RFC 5321 section 4.5.3.2.
    fn default() -> Self {
        Self {
            connect: limits::CONNECT_TIME,
            command: limits::UPSTREAM_COMMAND_TIME,
            data: limits::UPSTREAM_DATA_TIME,
            block: limits::UPSTREAM_BLOCK_TIME,
            last: limits::UPSTREAM_FINAL_TIME,
            idle: limits::UPSTREAM_IDLE_TIME,
            stop: limits::DELIVERY_STOP_TIME,
            store_pause: Duration::from_secs(5),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { times: Times::default(), names: Arc::new(SystemNames::new()), now: Arc::new(Timestamp::now), warrants: None }
    }
}

/// Delivers what the queue holds until told to stop; `issue` makes the reports ready.
///
/// # Errors
/// As [`run_over`].
pub async fn run(
    config: watch::Receiver<Arc<Config>>,
    queue: Queue,
    issue: Arc<dyn Issue>,
    options: Options,
    stop: CancellationToken,
) -> Result<(), String> {
    run_over(config, LiveQueue { queue, issue }, options, stop).await
}

/// Delivers until told to stop; returns when what was open has ended, within bounds. A reload that brings new routes starts them.
///
/// # Errors
/// A sentence, when TLS cannot be set up at all.
pub async fn run_over<S: Source>(
    config: watch::Receiver<Arc<Config>>,
    source: S,
    options: Options,
    stop: CancellationToken,
) -> Result<(), String> {
    let Options { times, names, now, warrants } = options;
    let warrants = match warrants {
        Some(warrants) => warrants,
        None => Arc::new(Warrants::new(names.clone(), None, now.clone())?),
    };
    let mut changes = config.clone();
    let office = Arc::new(Office { config, times, names, now, warrants, stop: stop.clone() });
    let lanes = TaskTracker::new();
    let fresh = office.clone();
    lanes.spawn(async move { fresh.warrants.keep_fresh(fresh.config.clone(), &fresh.stop).await });
    let mut started = HashSet::new();
    loop {
        let routes: Vec<String> = changes.borrow_and_update().routes.keys().cloned().collect();
        for route in routes {
            if started.insert(route.clone()) {
                lanes.spawn(Lane::new(&route, source.clone(), office.clone()).run(stop.clone()));
            }
        }
        match stop.run_until_cancelled(changes.changed()).await {
            Some(Ok(())) => {}
            Some(Err(_)) => stop.cancelled().await,
            None => break,
        }
        if stop.is_cancelled() {
            break;
        }
    }
    lanes.close();
    lanes.wait().await;
    Ok(())
}

#[cfg(test)]
mod tests_kit;
