//! A job in a worker's hands, and the one way it comes back with a result.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::job::{Job, JobId, State};
use super::post::Post;
use super::{Inner, jobs_sql};
use crate::base::{Address, Timestamp};
use crate::ledger::Event;
use crate::store::StoreError;

/// How often settling is tried while the store fails, with a pause of twice as long each time up to a minute: a quarter of an hour.
const SETTLE_TRIES: u32 = 24;
const SETTLE_PAUSE: Duration = Duration::from_millis(100);

/// A job leased to one worker. Dropped without [`Leased::settle`], it goes back as it was.
pub struct Leased {
    lease: Lease,
    job: Job,
    /// The mail, where it is still in memory.
    raw: Option<Bytes>,
}

/// What became of a try.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// Recipients who are done: delivered, failed for good, or relayed elsewhere.
    pub done: Vec<Address>,
    /// The state of the rest; as it was, where nothing is said.
    pub waiting: Option<State>,
    /// Mail of our own that this gives rise to.
    pub posts: Vec<Post>,
    pub events: Vec<Event>,
}

/// The mark in the schedule; gives the job back when dropped.
struct Lease {
    queue: Arc<Inner>,
    id: JobId,
    ended: bool,
    /// When it may be tried again if it goes back.
    not_before: Timestamp,
}

impl Leased {
    /// Fetches a job that the schedule has just leased; nothing where it is gone, held, or not due by now.
    pub(super) async fn take(queue: &Arc<Inner>, id: JobId) -> Result<Option<Self>, StoreError> {
        let mut lease = Lease { queue: queue.clone(), id, ended: false, not_before: Timestamp::MIN };
        let warm = queue.warm().take(id);
        if let Some((job, raw)) = warm {
            return Ok(Some(Self { lease, job, raw: Some(raw) }));
        }
        let found = queue.store.read(move |db| jobs_sql::load(db, id)).await?;
        match found {
            Some(job) if matches!(job.copy.state, State::Waiting { .. }) => Ok(Some(Self { lease, job, raw: None })),
            _ => {
                lease.ended = true;
                queue.schedule().remove(id);
                Ok(None)
            }
        }
    }

    /// The job.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The copy as it is to be sent: the mail as archived with this copy's edits.
    ///
    /// # Errors
    /// That the mail cannot be read back.
    pub async fn content(&self) -> Result<Vec<u8>, StoreError> {
        let edits = &self.job.copy.edits;
        if let Some(raw) = &self.raw {
            return Ok(edits.apply(raw));
        }
        let store = &self.lease.queue.store;
        let place = store.place(&self.job.reference).await?;
        let raw = store.fetch(&place).await?.raw;
        if edits.is_empty() { Ok(raw.into()) } else { Ok(edits.apply(&raw)) }
    }

    /// Records what became of the job, in one commit. While the store fails it tries on, since what was delivered must not be
    /// delivered again.
    ///
    /// # Errors
    /// That it could not be recorded for a quarter of an hour; the job then waits for its next try.
    pub async fn settle(mut self, settlement: Settlement) -> Result<(), StoreError> {
        let mut pause = SETTLE_PAUSE;
        for _ in 1..SETTLE_TRIES {
            match self.try_settle(settlement.clone()).await {
                Err(error) if error.is_trouble() => tokio::time::sleep(pause).await,
                settled => return self.end(settled),
            }
            pause = (pause * 2).min(Duration::from_secs(60));
        }
        let settled = self.try_settle(settlement).await;
        self.end(settled)
    }

    fn end(&mut self, settled: Result<(), StoreError>) -> Result<(), StoreError> {
        if settled.is_err() {
            self.lease.not_before = super::schedule::retry_at(Timestamp::now(), 1, 0);
        }
        settled
    }

    async fn try_settle(&mut self, settlement: Settlement) -> Result<(), StoreError> {
        let Settlement { done, waiting, posts, events } = settlement;
        let id = self.job.id;
        let mut copy = self.job.copy.clone();
        copy.recipients.retain(|recipient| !done.iter().any(|address| address == &recipient.address));
        if let Some(state) = waiting {
            copy.state = state;
        }
        let rest = (!copy.recipients.is_empty()).then_some(copy);
        let written = rest.clone();
        let queue = self.lease.queue.clone();
        let commit = queue.commit(posts, events, move |tx| {
            match written {
                Some(copy) => jobs_sql::change(tx.sql(), id, &copy)?,
                None => jobs_sql::remove(tx.sql(), id)?,
            }
            Ok(((), Vec::new()))
        });
        commit.await?;
        self.lease.ended = true;
        match rest {
            Some(copy) => queue.place(id, &copy.route, &copy.state),
            None => queue.schedule().remove(id),
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.ended {
            self.queue.schedule().give_back(self.id, self.not_before);
            self.queue.wake_all();
        }
    }
}
