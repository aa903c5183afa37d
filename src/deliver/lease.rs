//! What delivery asks of the queue, and what it gives back.
//!
//! The live implementation is the queue's own; tests play one in memory. A lease that is dropped unsettled goes back to the queue.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::base::{Address, Ref};
use crate::ledger::Event;
use crate::queue::{Job, Leased, Post, Queue, Settlement, State};
use crate::store::StoreError;

/// Where jobs come from.
pub trait Source: Clone + Send + Sync + 'static {
    /// A job that is ours until it is settled or dropped.
    type Lease: Lease;

    /// Waits until a job of that route is due; each is leased to one asker.
    fn next(&self, route: &str) -> impl Future<Output = Self::Lease> + Send;
}

/// One job in hand.
pub trait Lease: Send + Sync + 'static {
    /// Why the queue could not do what was asked; its text tells the operator.
    type Error: fmt::Display + Send;

    /// The job.
    fn job(&self) -> &Job;

    /// The copy as it is to be sent.
    fn content(&self) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;

    /// Says what became of it, in one commit.
    fn settle(self, settled: Settled) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Makes a mail of our own ready for the queue: gives it a reference, a header of its way, a retention class and a route.
pub trait Issue: Send + Sync + 'static {
    /// The mail with everything that must be durable with it.
    fn prepare(&self, mail: OwnMail) -> Post;
}

/// The queue, with what makes reports ready for it.
#[derive(Clone)]
pub(super) struct LiveQueue {
    pub(super) queue: Queue,
    pub(super) issue: Arc<dyn Issue>,
}

/// A job of the queue.
pub(super) struct LiveLease {
    leased: Leased,
    issue: Arc<dyn Issue>,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Recipients who need nothing more.
    pub done: Vec<Address>,
    /// The state of those who wait.
    pub waiting: Option<State>,
    /// Reports to be sent.
    pub mails: Vec<OwnMail>,
    /// For the ledger.
    pub events: Vec<Event>,
}

/// A mail of the gateway itself, to be sent with a null reverse path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMail {
    pub to: Address,
    /// For the ledger, such as `failed` or `delayed`.
    pub kind: String,
    /// The mail it is about.
    pub about: Option<Ref>,
    pub raw: Vec<u8>,
}

impl Source for LiveQueue {
    type Lease = LiveLease;

    async fn next(&self, route: &str) -> LiveLease {
        LiveLease { leased: self.queue.next(route).await, issue: self.issue.clone() }
    }
}

impl Lease for LiveLease {
    type Error = StoreError;

    fn job(&self) -> &Job {
        self.leased.job()
    }

    async fn content(&self) -> Result<Vec<u8>, StoreError> {
        self.leased.content().await
    }

    async fn settle(self, settled: Settled) -> Result<(), StoreError> {
        let Settled { done, waiting, mails, events } = settled;
        let posts = mails.into_iter().map(|mail| self.issue.prepare(mail)).collect();
        self.leased.settle(Settlement { done, waiting, posts, events }).await
    }
}
