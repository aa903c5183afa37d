//! Connections kept open for the next mail of the same way.
//!
//! A connection is kept for `limits::UPSTREAM_IDLE_TIME` and `limits::MAILS_PER_UPSTREAM` mails; the one used last is taken
//! first, so that the others grow old and are closed. Only connections opened under the same policy are shared: what demands a
//! verified host never meets one that was not. Nothing here can fail; a kept connection that has died shows at its first command.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::connect::Session;
use super::route::Destination;
use crate::base::limits;
use crate::config::RouteTls;

/// What a connection must agree in to be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) to: Destination,
    pub(super) tls: RouteTls,
    /// The rule set it was opened under: a reload may have changed the route.
    pub(super) rules: String,
}

/// Idle connections of one route.
#[derive(Clone, Default)]
pub(super) struct Pool {
    kept: Arc<Mutex<Kept>>,
    /// Told whenever one is given back.
    given: Arc<Notify>,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Idle>,
    /// Whether a task watches their age.
    watched: bool,
}

struct Idle {
    way: Way,
    since: Instant,
    session: Session,
}

impl Pool {
    /// A connection for this way, if one is kept.
    pub(super) fn take(&self, way: &Way) -> Option<Session> {
        let mut kept = self.lock();
        let at = kept.idle.iter().rposition(|idle| idle.way == *way)?;
        Some(kept.idle.remove(at).session)
    }

    /// Waits for a connection of this way to be given back.
    pub(super) async fn wait(&self, way: &Way, time: Duration) -> Option<Session> {
        let end = tokio::time::Instant::now() + time;
        loop {
            let given = self.given.notified();
            if let Some(session) = self.take(way) {
                return Some(session);
            }
            tokio::time::timeout_at(end, given).await.ok()?;
        }
    }

    /// Keeps a connection for a time, or says goodbye to one that has done its share.
    pub(super) fn give(&self, way: Way, session: Session, time: Duration) {
        if session.mails >= limits::MAILS_PER_UPSTREAM {
            tokio::spawn(session.quit());
            return;
        }
        let mut kept = self.lock();
        kept.idle.push(Idle { way, since: Instant::now(), session });
        self.given.notify_waiters();
        if !std::mem::replace(&mut kept.watched, true) {
            tokio::spawn(self.clone().watch(time));
        }
    }

    /// Closes all.
    pub(super) fn close(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        idle.into_iter().for_each(|idle| drop(tokio::spawn(idle.session.quit())));
    }

    /// Closes what grows old, until nothing is left.
    async fn watch(self, time: Duration) {
        loop {
            tokio::time::sleep(time / 4).await;
            let mut kept = self.lock();
            let (old, young): (Vec<_>, Vec<_>) =
                std::mem::take(&mut kept.idle).into_iter().partition(|idle| idle.since.elapsed() >= time);
            kept.idle = young;
            old.into_iter().for_each(|idle| drop(tokio::spawn(idle.session.quit())));
            if kept.idle.is_empty() {
                kept.watched = false;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
