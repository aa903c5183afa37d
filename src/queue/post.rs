//! Posting: one mail, its ledger entries and its jobs in one commit.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use bytes::Bytes;

use super::job::{Job, JobId, NewJob, State};
use super::{Inner, jobs_sql};
use crate::base::{Ref, Timestamp};
use crate::ledger::{self, Event};
use crate::store::{Keeping, KeptCopy, Mail, RecordHeader, StoreError, Stored, Tx};

/// One mail with all that must be durable together.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its retention class and how long it lasts.
    pub keep: Keeping,
    /// The mail's reference, time, envelope and origin.
    pub header: RecordHeader,
    pub raw: Bytes,
    /// Byte ranges of `raw` that other mails may hold too.
    pub shared: Vec<Range<usize>>,
    /// What is to be delivered or held; may be none, for mail that is only kept.
    pub copies: Vec<NewJob>,
    /// What the ledger says of it.
    pub events: Vec<Event>,
}

/// What of a post goes into the tables.
struct Rows {
    reference: Ref,
    received_at: Timestamp,
    size: u64,
    copies: Vec<NewJob>,
    events: Vec<Event>,
    raw: Bytes,
}

/// What a commit wrote and what is to be done now that it is safe.
struct Written {
    jobs: Vec<(Job, Bytes)>,
    events: Vec<Event>,
}

impl Inner {
    /// One commit of mails, events and whatever else belongs to it; then the log lines, the schedule and the wakers.
    pub(super) async fn commit<T, W>(&self, posts: Vec<Post>, events: Vec<Event>, also: W) -> Result<(T, Vec<Stored>), StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Tx<'_>) -> Result<(T, Vec<Event>), StoreError> + Send + 'static,
    {
        let (mails, rows): (Vec<Mail>, Vec<Rows>) = posts.into_iter().map(Post::split).unzip();
        let work = move |tx: &Tx<'_>| {
            let (made, mut more) = also(tx)?;
            more.extend(events);
            Ok((made, write(tx, rows, more)?))
        };
        let ((made, written), stored) = self.store.commit(mails, work).await?;
        written.events.iter().for_each(Event::log);
        for (job, raw) in written.jobs {
            let (id, route, state) = (job.id, job.copy.route.clone(), job.copy.state.clone());
            if self.running && matches!(state, State::Waiting { .. }) {
                self.warm().put(job, raw);
            }
            self.place(id, &route, &state);
        }
        Ok((made, stored))
    }
}

impl Post {
    fn split(self) -> (Mail, Rows) {
        let Self { keep, header, raw, shared, copies, events } = self;
        let kept = |job: &NewJob| KeptCopy {
            number: job.copy,
            recipients: job.recipients.iter().map(|to| to.address.clone()).collect(),
            edits: job.kept.as_ref().unwrap_or(&job.edits).clone(),
        };
        let kept = copies.iter().map(kept).collect();
        let (reference, received_at, size) = (header.reference.clone(), header.received_at, raw.len() as u64);
        let rows = Rows { reference, received_at, size, copies, events, raw: raw.clone() };
        (Mail { keep, header, copies: kept, raw, shared }, rows)
    }
}

fn write(tx: &Tx<'_>, posts: Vec<Rows>, mut events: Vec<Event>) -> Result<Written, StoreError> {
    let mut jobs = Vec::new();
    for post in posts {
        for copy in post.copies {
            let job = jobs_sql::add(tx.sql(), (&post.reference, post.received_at, post.size), copy)?;
            jobs.push((job, post.raw.clone()));
        }
        events.extend(post.events);
    }
    let at = Timestamp::now();
    events.iter().try_for_each(|event| ledger::append(tx, at, event))?;
    Ok(Written { jobs, events })
}

/// Jobs just posted and their mail, within a bound of bytes; the oldest go first.
#[derive(Default)]
pub(super) struct Warm {
    jobs: HashMap<JobId, (Job, Bytes)>,
    order: VecDeque<JobId>,
    bytes: usize,
}

impl Warm {
    /// All mails kept here together.
    const BYTES: usize = 16 << 20;
    /// What a job costs beside its mail, roughly.
    const JOB: usize = 2 << 10;

    pub(super) fn put(&mut self, job: Job, raw: Bytes) {
        let size = raw.len() + Self::JOB;
        if size > Self::BYTES / 4 {
            return;
        }
        while self.bytes + size > Self::BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            self.take(oldest);
        }
        self.bytes += size;
        self.order.push_back(job.id);
        self.jobs.insert(job.id, (job, raw));
    }

    pub(super) fn take(&mut self, id: JobId) -> Option<(Job, Bytes)> {
        let taken = self.jobs.remove(&id)?;
        self.bytes -= taken.1.len() + Self::JOB;
        if self.order.len() > 64 && self.order.len() > 2 * self.jobs.len() {
            self.order.retain(|id| self.jobs.contains_key(id));
        }
        Some(taken)
    }
}
