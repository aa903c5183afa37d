//! The archive is verified each night, so that damage is heard of while a backup still has what it took.
//!
//! At half past two by the machine's clock everything is recomputed, as `schoolgate archive verify` does it; a gateway that is off at night
//! does it an hour after a start, once a week. The ledger says `archive-verified`, well or not. Where something is wrong, the postmaster gets
//! a letter that names it: the first time, and when it is more or less than the last time. What can fail: the store; it is told as trouble,
//! and tried the next night.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Time, time};
use jiff::{SignedDuration, Zoned};
use metrics::gauge;
use tokio_util::sync::CancellationToken;

use super::keeping::Keeper;
use crate::archive::verify::{self, Report};
use crate::base::Timestamp;
use crate::ledger::Event;
use crate::pipeline::letter::Letter;
use crate::store::StoreError;

/// When nobody waits for mail.
const AT: Time = time(2, 30, 0, 0);
/// A gateway that is off at night verifies so long after a start, ...
const AFTER_START: Duration = Duration::from_secs(60 * 60);
/// ... where it has not done it for so long.
const OVERDUE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Faults that the letter names; the command names more.
const NAMED: usize = 20;
/// The name of all this in the ledger.
const PART: &str = "archive";

impl Keeper {
    /// Verifies each night, until it is told to stop.
    pub(super) async fn nights(self, stop: CancellationToken) {
        let last = self.ledger.last_verified().await.ok().flatten();
        let is_overdue = last.is_none_or(|(at, _)| Timestamp::now().duration_since(at) > OVERDUE);
        if let Some((_, faults)) = last {
            tell(faults);
        }
        let mut wait = first(&Zoned::now(), is_overdue);
        while stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
            let Some(done) = stop.run_until_cancelled(self.verify()).await else { return };
            self.tell_trouble(PART, done);
            wait = until_night(&Zoned::now());
        }
    }

    async fn verify(&self) -> Result<(), StoreError> {
        let before = self.ledger.last_verified().await?;
        let report = verify::run(&self.store, None, &Arc::default()).await?;
        let (Report { mails, copies, entries, .. }, faults) = (&report, report.wrong());
        self.ledger.write(vec![Event::ArchiveVerified { mails: *mails, copies: *copies, entries: *entries, faults }]).await?;
        tell(faults);
        if faults == 0 {
            return Ok(());
        }
        let what = "not all is as it was written; `schoolgate archive verify` says what".to_owned();
        self.ledger.note(Event::Trouble { part: PART.to_owned(), what });
        if before.is_some_and(|(_, known)| known == faults) {
            return Ok(());
        }
        let config = self.config.borrow().clone();
        let named: Vec<String> = report.faults.iter().take(NAMED).map(ToString::to_string).collect();
        let letter = Letter::archive_damaged(config.school.postmaster.clone(), &named, faults - named.len() as u64);
        self.post(&config, letter, Timestamp::now()).await
    }
}

fn tell(faults: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge, not an account")]
    gauge!("schoolgate_archive_faults").set(faults as f64);
}

/// How long the first one waits.
fn first(now: &Zoned, is_overdue: bool) -> Duration {
    let night = until_night(now);
    if is_overdue { night.min(AFTER_START) } else { night }
}

/// How long it is until half past two. On the night when the clock jumps over it, it is half past three (RFC 5545 section 3.3.5 reads it so).
fn until_night(now: &Zoned) -> Duration {
    let today = now.datetime().with().time(AT).build().and_then(|at| at.to_zoned(now.time_zone().clone()));
    let next = today.and_then(|at| if at > *now { Ok(at) } else { at.checked_add(jiff::Span::new().days(1)) });
    next.map_or(Duration::from_secs(24 * 60 * 60), |at| now.duration_until(&at).unsigned_abs())
}

#[cfg(test)]
#[path = "nightly_tests.rs"]
mod tests;
