//! Mail on its way and mail held.
//!
//! In: a [`Post`], one mail with everything that must be durable together. Out: [`Leased`] jobs, each to one worker at a time,
//! which come back by [`Leased::settle`]. A job is one copy of a mail and the recipients who still wait for it.
//!
//! # States
//!
//! | state | on the disk | if the process dies now |
//! |---|---|---|
//! | being posted | sealed bytes beyond a segment's committed length | nothing was promised; the bytes are cut off at the next start; the client tries again |
//! | posted, before the answer | mail, ledger, jobs, all synced | it will be delivered; the client, who heard nothing, may send it again: twice, never zero times |
//! | waiting | a job with `next_try` | waits on; the schedule in memory is made from the jobs |
//! | leased | as waiting: a lease is in memory alone | tried again at the next start |
//! | being delivered | as waiting | where the next hop had taken it and the answer was lost: delivered twice, never zero times |
//! | tried, before the settling | as waiting | the same |
//! | settled, some recipients left | the job without those who are done, the ledger with what was done | goes on with those who are left |
//! | settled, none left | no job; mail and ledger stay in the archive | nothing |
//! | held | a job without `next_try`, with its reason | waits on for a person or for the end of its time |
//! | released | a job with `next_try` now | delivered after the next start |
//! | refused or dropped | no job; the ledger says who and why; a report, where one is due, is a mail of its own in the same commit | nothing |
//!
//! Each line is reached from the one before by exactly one commit, and what a commit was not told to be safe never happened.
//!
//! Invariants: every recipient of an accepted mail stands in exactly one job until an event in the ledger says what became of
//! him; a job is leased once at a time; `Leased` that is dropped goes back.
//! What can fail: the store. [`Leased::settle`] then tries on, since what was delivered must not be delivered again; a worker
//! that cannot settle stops there, and so does delivery. Not here: how to deliver, what reports say, who may release.

pub mod job;
mod jobs_sql;
mod lease;
pub mod link;
mod links_sql;
mod people;
mod post;
pub mod schedule;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

pub use job::{Demand, Job, JobId, NewJob, Outcome, State};
pub use lease::{Leased, Settlement};
pub use link::{Choice, Decided, Linked, NewLink, Token};
pub use people::{Listed, Release, Which};
pub use post::Post;

use self::post::Warm;
use self::schedule::{Due, Schedule};
use crate::base::Timestamp;
use crate::ledger::Event;
use crate::store::{Store, StoreError, Stored, Tx};

/// The longest sleep of a worker, so that a clock that was set is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after the store failed to give a job.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// The queue of one store; a clone is another hold on the same one.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    store: Store,
    schedule: Mutex<Schedule>,
    /// One for each route somebody has asked for.
    wakers: Mutex<HashMap<String, Arc<Notify>>>,
    /// Jobs just posted, with their mail, so that quick delivery reads nothing.
    warm: Mutex<Warm>,
    /// Whether a schedule is kept: not for commands beside a running gateway.
    running: bool,
}

impl Queue {
    /// The queue of the running gateway: reads all jobs and follows what other processes change.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(store: Store) -> Result<Self, StoreError> {
        let mut changes = store.outside_changes();
        let queue = Self::with(store, true);
        queue.0.refresh().await?;
        let weak = Arc::downgrade(&queue.0);
        tokio::spawn(async move { while changes.changed().await.is_ok() && follow(&weak).await {} });
        Ok(queue)
    }

    /// The queue for a command beside a running gateway: lists and changes jobs, hands none out.
    #[must_use]
    pub fn beside(store: Store) -> Self {
        Self::with(store, false)
    }

    fn with(store: Store, running: bool) -> Self {
        let (schedule, wakers, warm) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { store, schedule, wakers, warm, running }))
    }

    /// Makes a mail durable with its ledger entries and its jobs, in one commit; then wakes delivery.
    ///
    /// # Errors
    /// Why it is not safe; nothing of it is kept then, and it never leaves.
    pub async fn post(&self, post: Post) -> Result<Stored, StoreError> {
        let reference = post.header.reference.clone();
        let ((), mut stored) = self.0.commit(vec![post], Vec::new(), |_| Ok(((), Vec::new()))).await?;
        stored.pop().ok_or_else(|| StoreError::Missing(format!("place of the mail {reference}")))
    }

    /// Makes several mails durable in one commit, all or none: a mail and our own letters about it. The proofs come in their order.
    ///
    /// # Errors
    /// As [`Queue::post`].
    pub async fn post_all(&self, posts: Vec<Post>) -> Result<Vec<Stored>, StoreError> {
        self.post_all_with(posts, |_| Ok(())).await
    }

    /// The same, with work of another room that must be as safe as the mails.
    ///
    /// # Errors
    /// As [`Queue::post`], and what that work says.
    pub async fn post_all_with<W>(&self, posts: Vec<Post>, also: W) -> Result<Vec<Stored>, StoreError>
    where
        W: FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    {
        let ((), stored) = self.0.commit(posts, Vec::new(), |tx| Ok((also(tx)?, Vec::new()))).await?;
        Ok(stored)
    }

    /// The next job of a route, as soon as one is due.
    pub async fn next(&self, route: &str) -> Leased {
        let waker = self.0.waker(route);
        loop {
            let due = self.0.schedule().due(route, Timestamp::now());
            match due {
                Due::Now { id, more } => {
                    if more {
                        waker.notify_one();
                    }
                    match Leased::take(&self.0, id).await {
                        Ok(Some(leased)) => return leased,
                        Ok(None) => {}
                        Err(_) => tokio::time::sleep(AFTER_TROUBLE).await,
                    }
                }
                Due::In(wait) => {
                    // Either way the schedule is looked at again.
                    let _ = tokio::time::timeout(wait.min(LOOK_AGAIN), waker.notified()).await;
                }
            }
        }
    }

    /// How many jobs wait for delivery and how many of them are leased, for the metrics.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        self.0.schedule().depth()
    }
}

impl Inner {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn warm(&self) -> MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waker(&self, route: &str) -> Arc<Notify> {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        match wakers.get(route) {
            Some(waker) => waker.clone(),
            None => wakers.entry(route.to_owned()).or_default().clone(),
        }
    }

    /// Schedules a job that waits, and forgets one that does not.
    fn place(&self, id: JobId, route: &str, state: &State) {
        match state {
            State::Waiting { next_try, .. } if self.running => {
                self.schedule().put(id, route, *next_try);
                self.waker(route).notify_one();
            }
            _ => self.schedule().remove(id),
        }
    }

    /// Brings the schedule to what stands in the store.
    async fn refresh(&self) -> Result<(), StoreError> {
        let before = self.schedule().known();
        let rows = self.store.read(jobs_sql::waiting).await?;
        let mut schedule = self.schedule();
        for id in schedule::gone(&before, &rows) {
            schedule.remove(id);
        }
        for row in &rows {
            schedule.put_unless_leased(row.id, &row.route, row.next_try);
        }
        drop(schedule);
        self.wake_all();
        Ok(())
    }

    fn wake_all(&self) {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|waker| waker.notify_one());
    }
}

/// Follows one change by another process; false when the queue is no more.
async fn follow(queue: &Weak<Inner>) -> bool {
    let Some(inner) = queue.upgrade() else { return false };
    if let Err(error) = inner.refresh().await {
        Event::Trouble { part: "queue".to_owned(), what: format!("changes made by a command are not seen yet: {error}") }.log();
    }
    true
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
