//! What the archive needs each day: purge what is over, sign a checkpoint, tell the witness; and at each new configuration, longer classes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::archive::clock::Clock;
use crate::archive::{purge, retention};
use crate::base::Timestamp;
use crate::config::Config;
use crate::ledger::{Event, Ledger};
use crate::pipeline::issue::issue_notice;
use crate::pipeline::letter::Letter;
use crate::queue::Queue;
use crate::store::{Store, StoreError};

/// After the start the first mails come first.
const FIRST: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A checkpoint that is younger is today's.
const TODAYS: jiff::SignedDuration = jiff::SignedDuration::from_hours(20);
/// Who purges, for the ledger.
const BY: &str = "schoolgate";

/// What the work is done on.
#[derive(Clone)]
pub(super) struct Keeper {
    pub store: Store,
    pub ledger: Ledger,
    pub queue: Queue,
    pub config: watch::Receiver<Arc<Config>>,
}

impl Keeper {
    /// Works until it is told to stop.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + FIRST, DAY);
        self.lengthen().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.config.changed() => match changed {
                    Ok(()) => self.lengthen().await,
                    Err(_) => return,
                },
                _ = tick.tick() => self.tell_trouble("purge", self.day(Timestamp::now()).await),
            }
        }
    }

    async fn lengthen(&self) {
        let config = self.config.borrow().clone();
        let done = retention::lengthen(&self.store, &config.retention, Timestamp::now()).await;
        self.tell_trouble("retention", done.map(drop));
    }

    async fn day(&self, now: Timestamp) -> Result<(), StoreError> {
        let config = self.config.borrow().clone();
        let outcome = purge::run(&self.store, &config.retention, BY, now).await?;
        if let Some(Clock::Jumped { before, after, news: true }) = outcome.doubt {
            self.post(&config, Letter::clock_doubted(config.school.postmaster.clone(), before, after), now).await?;
        }
        let newest = self.ledger.newest_checkpoint().await?;
        let fresh = newest.is_some_and(|newest| now.duration_since(newest.at) < TODAYS);
        if fresh && outcome.purged.is_empty() {
            return Ok(());
        }
        let made = self.ledger.checkpoint(&config.origin(), now).await?;
        match &config.witness {
            Some(witness) => self.post(&config, Letter::checkpoint(witness.clone(), &made.note), now).await,
            None => Ok(()),
        }
    }

    pub(super) async fn post(&self, config: &Config, letter: Letter, now: Timestamp) -> Result<(), StoreError> {
        self.queue.post(issue_notice(config, &letter, now)).await.map(drop)
    }

    pub(super) fn tell_trouble(&self, part: &str, done: Result<(), StoreError>) {
        if let Err(error) = done {
            self.ledger.note(Event::Trouble { part: part.to_owned(), what: error.to_string() });
        }
    }
}
