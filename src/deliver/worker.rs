//! The lane of one route: takes its jobs as they fall due, carries each, says what became of it.
//!
//! In: leases. Out: each settled with its outcome, reports and events in one commit. Invariants: no more than `route.connections`
//! deliveries at a time, and none waits busily; a mail that was delivered and could not be settled (the disk is full) is not
//! delivered again by this process, only settled again. What can fail: the store, told by a line in the log and a pause.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::carry::Carrier;
use super::lease::{Lease, OwnMail, Settled, Source};
use super::verdict::{self, Verdict};
use super::{Office, report};
use crate::base::limits;
use crate::config::Config;
use crate::queue::{Job, JobId};

/// One route at work.
pub(super) struct Lane<S> {
    route: String,
    source: S,
    office: Arc<Office>,
    carrier: Carrier,
    /// What became of jobs and could not be written down yet.
    unsettled: Mutex<HashMap<JobId, Settled>>,
    permits: Arc<Semaphore>,
}

impl<S: Source> Lane<S> {
    pub(super) fn new(route: &str, source: S, office: Arc<Office>) -> Self {
        Self {
            route: route.to_owned(),
            source,
            carrier: Carrier::new(route, office.clone()),
            office,
            unsettled: Mutex::default(),
            permits: Arc::new(Semaphore::new(0)),
        }
    }

    /// Works until told to stop, then lets what is open end, within bounds.
    pub(super) async fn run(self, stop: CancellationToken) {
        let lane = Arc::new(self);
        let tasks = TaskTracker::new();
        let mut granted = 0;
        while let Some((permit, lease)) = stop.run_until_cancelled(lane.next(&mut granted)).await {
            let lane = lane.clone();
            tasks.spawn(async move {
                lane.take(lease).await;
                drop(permit);
            });
        }
        tasks.close();
        if tokio::time::timeout(lane.office.times.stop, tasks.wait()).await.is_err() {
            tracing::warn!(
                route = lane.route,
                open = tasks.len(),
                "deliveries were still open at the stop; they go back to the queue"
            );
        }
        lane.carrier.close();
    }

    async fn next(&self, granted: &mut usize) -> (OwnedSemaphorePermit, S::Lease) {
        self.grant(granted);
        loop {
            match self.permits.clone().acquire_owned().await {
                Ok(permit) => return (permit, self.source.next(&self.route).await),
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// As many deliveries at a time as the route's configuration says by now.
    fn grant(&self, granted: &mut usize) {
        let config = self.office.config.borrow();
        let wanted = route_of(&config, &self.route).map_or(1, |route| route.connections.max(1));
        if wanted > *granted {
            self.permits.add_permits(wanted - *granted);
            *granted = wanted;
        } else {
            *granted -= self.permits.forget_permits(*granted - wanted);
        }
    }

    /// One job, from lease to settlement.
    async fn take(&self, lease: S::Lease) {
        let id = lease.job().id;
        let known = self.unsettled().get(&id).cloned();
        let settled = match known {
            Some(settled) => settled,
            None => match self.deliver(&lease).await {
                Ok(settled) => settled,
                Err(why) => {
                    tracing::error!(route = self.route, "a queued mail cannot be read: {why}");
                    return tokio::time::sleep(self.office.times.store_pause).await;
                }
            },
        };
        if let Err(why) = lease.settle(settled.clone()).await {
            tracing::error!(route = self.route, "what became of a mail cannot be written down: {why}; it is tried again");
            self.unsettled().insert(id, settled);
            return tokio::time::sleep(self.office.times.store_pause).await;
        }
        self.unsettled().remove(&id);
    }

    async fn deliver(&self, lease: &S::Lease) -> Result<Settled, String> {
        let config = self.office.config.borrow().clone();
        let job = lease.job();
        let content = lease.content().await.map_err(|e| e.to_string())?;
        let verdict = match route_of(&config, &self.route) {
            Some(route) => self.carrier.carry(job, &content, route, &config).await,
            None => {
                let why = format!("the configuration has no route {} and no default any more", self.route);
                verdict::put_off(job, limits::RETRY_FIRST, &why, self.office.moment())
            }
        };
        Ok(self.settled(verdict, job, &content, &config))
    }

    fn unsettled(&self) -> MutexGuard<'_, HashMap<JobId, Settled>> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settled(&self, verdict: Verdict, job: &Job, content: &[u8], config: &Config) -> Settled {
        let now = (self.office.now)();
        let mails = job.copy.reverse_path.address().map(|to| {
            let mail = |report: &verdict::Report| OwnMail {
                to: to.clone(),
                kind: report.kind.word().to_owned(),
                about: Some(job.reference.clone()),
                raw: report::write(report, to, job, content, &config.school, now),
            };
            verdict.reports.iter().map(mail).collect()
        });
        Settled { done: verdict.done, waiting: verdict.waiting, mails: mails.unwrap_or_default(), events: verdict.events }
    }
}

/// A route by its name; mail of a route that a reload took away goes by the default.
fn route_of<'c>(config: &'c Config, name: &str) -> Option<&'c crate::config::Route> {
    config.routes.get(name).or_else(|| config.routes.get("default"))
}
