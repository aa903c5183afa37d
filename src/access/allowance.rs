//! How much each sender has sent within the last hour, and whether one more mail fits.
//!
//! In: a sender's name, its [`Quota`], a number of recipients and the time. Out: a [`Reserved`] place or [`Over`], which says when
//! to try again. A place counts from the moment it is taken, so sessions side by side cannot slip through together; one that is
//! dropped because the mail was not accepted counts no more. [`Reserved::write`] belongs into the commit that accepts the mail:
//! no sync of its own, and a restart knows what was sent before it.
//!
//! The hour slides in steps of a minute. Looking takes one lock and at most sixty additions. What can fail: the store, when it is
//! opened. Which limit holds for whom is not known here.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::allowance_sql;
use crate::base::{Timestamp, limits};
use crate::store::{Store, StoreError, Tx};

/// Minutes that count.
const HOUR: i64 = 60;

/// What all senders have sent; a clone is another hold on the same numbers.
#[derive(Clone, Default)]
pub struct Allowance(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    senders: HashMap<String, Sent>,
    /// The minute in which those who have sent nothing of late were last taken out.
    swept: i64,
}

/// How much a sender may send in an hour; nothing is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub mails: Option<u32>,
    pub recipients: Option<u32>,
}

/// A sender has sent as much as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Mails { limit: u32, again: Timestamp },
    Recipients { limit: u32, again: Timestamp },
}

/// Minutes in which something was sent, the oldest first.
type Sent = VecDeque<Minute>;

#[derive(Clone, Copy, Debug)]
struct Minute {
    minute: i64,
    mails: u32,
    recipients: u32,
}

/// A mail that counts; dropped unkept, it counts no more.
pub struct Reserved {
    allowance: Allowance,
    sender: String,
    minute: i64,
    recipients: u32,
    kept: bool,
}

impl Quota {
    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.mails.is_none() && self.recipients.is_none()
    }
}

impl Allowance {
    /// Reads what was sent within the last hour, and forgets what was sent before.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        Self::forget(store, now).await?;
        let rows = store.read(move |db| allowance_sql::after(db, minute_of(now) - HOUR)).await?;
        let allowance = Self::default();
        let mut all = allowance.lock();
        for row in rows {
            let minute = Minute { minute: row.minute, mails: row.mails, recipients: row.recipients };
            all.senders.entry(row.sender).or_default().push_back(minute);
        }
        drop(all);
        Ok(allowance)
    }

    /// Forgets in the store what counts no more.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget(store: &Store, now: Timestamp) -> Result<(), StoreError> {
        store.write(move |tx| allowance_sql::forget(tx.sql(), minute_of(now) - HOUR)).await
    }

    /// Whether one more mail with so many recipients would fit now.
    ///
    /// # Errors
    /// Which limit is reached, and when there is room again.
    pub fn look(&self, sender: &str, quota: Quota, recipients: u32, now: Timestamp) -> Result<(), Over> {
        let all = self.lock();
        let nothing = Sent::new();
        fits(all.senders.get(all.name(sender)).unwrap_or(&nothing), quota, recipients, minute_of(now))
    }

    /// Takes a place for one mail.
    ///
    /// # Errors
    /// Which limit is reached, and when there is room again.
    pub fn reserve(&self, sender: &str, quota: Quota, recipients: u32, now: Timestamp) -> Result<Reserved, Over> {
        let minute = minute_of(now);
        let mut all = self.lock();
        all.sweep(minute);
        let sender = all.name(sender).to_owned();
        let sent = all.senders.entry(sender.clone()).or_default();
        while sent.front().is_some_and(|first| minute - first.minute >= HOUR) {
            sent.pop_front();
        }
        fits(sent, quota, recipients, minute)?;
        match sent.iter_mut().rfind(|m| m.minute == minute) {
            Some(m) => {
                m.mails = m.mails.saturating_add(1);
                m.recipients = m.recipients.saturating_add(recipients);
            }
            None => sent.push_back(Minute { minute, mails: 1, recipients }),
        }
        drop(all);
        Ok(Reserved { allowance: self.clone(), sender, minute, recipients, kept: false })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// The name that a sender is counted under: its own, or, where there are more than can be, one that all newcomers share.
    fn name<'s>(&self, sender: &'s str) -> &'s str {
        let room = self.senders.len() < limits::SENDERS_COUNTED;
        if room || self.senders.contains_key(sender) { sender } else { "" }
    }

    /// Takes out who has sent nothing within the hour, once a minute at most and only when there are many.
    fn sweep(&mut self, minute: i64) {
        if self.senders.len() >= limits::SENDERS_COUNTED / 2 && self.swept != minute {
            self.senders.retain(|_, sent| sent.back().is_some_and(|last| minute - last.minute < HOUR));
            self.swept = minute;
        }
    }
}

impl Reserved {
    /// What is to be written in the commit that accepts the mail.
    pub fn write(&self) -> impl FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static {
        let (sender, minute, recipients) = (self.sender.clone(), self.minute, self.recipients);
        move |tx| allowance_sql::add(tx.sql(), &sender, minute, recipients)
    }

    /// The mail was accepted: it counts for an hour.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let mut all = self.allowance.lock();
        let taken = all.senders.get_mut(&self.sender).and_then(|sent| sent.iter_mut().rfind(|m| m.minute == self.minute));
        if let Some(m) = taken {
            m.mails = m.mails.saturating_sub(1);
            m.recipients = m.recipients.saturating_sub(self.recipients);
        }
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn fits(sent: &Sent, quota: Quota, recipients: u32, now: i64) -> Result<(), Over> {
    if let Some((limit, again)) = over(sent, quota.mails, 1, now, |m| m.mails) {
        return Err(Over::Mails { limit, again });
    }
    match over(sent, quota.recipients, recipients, now, |m| m.recipients) {
        Some((limit, again)) => Err(Over::Recipients { limit, again }),
        None => Ok(()),
    }
}

/// The limit, where so many more go beyond it, and when enough of what was sent is an hour old.
fn over(sent: &Sent, limit: Option<u32>, more: u32, now: i64, count: impl Fn(&Minute) -> u32) -> Option<(u32, Timestamp)> {
    let limit = limit?;
    let counted = || sent.iter().filter(|m| now - m.minute < HOUR);
    let mut total: u64 = counted().map(|m| u64::from(count(m))).sum::<u64>() + u64::from(more);
    if total <= u64::from(limit) {
        return None;
    }
    let mut free_at = now + HOUR;
    for m in counted() {
        total -= u64::from(count(m));
        if total <= u64::from(limit) {
            free_at = m.minute + HOUR;
            break;
        }
    }
    Some((limit, Timestamp::from_second(free_at * 60).unwrap_or(Timestamp::MAX)))
}

#[cfg(test)]
#[path = "allowance_tests.rs"]
mod tests;
