//! From the fates of a copy's recipients to what the queue is told: who is done, when the others are tried again, what the
//! sender hears, what stands in the ledger.
//!
//! Pure: it is told the time. In: a job, a fate for each of its recipients. Out: a [`Verdict`]. Invariants: every recipient is
//! either done or waits; nobody is given up before `limits::GIVE_UP_AFTER`; a delay is told once; nothing is reported to a null
//! sender (RFC 5321 section 6.1). Nothing can fail.

use std::time::Duration;

use super::dialogue::Fate;
use crate::base::{Address, Notify, Recipient, Timestamp, limits};
use crate::ledger::Event;
use crate::queue::schedule::{given_up, retry_at};
use crate::queue::{Job, Outcome, State};

/// What is to be settled.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) done: Vec<Address>,
    pub(super) waiting: Option<State>,
    pub(super) events: Vec<Event>,
    pub(super) reports: Vec<Report>,
}

/// A report to be sent to the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) kind: ReportKind,
    pub(super) rows: Vec<Row>,
}

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportKind {
    Failed,
    Delayed,
    /// Handed to a host that does not send reports of success itself (RFC 3461 section 5.2.2).
    Relayed,
}

/// What a report says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) recipient: Recipient,
    pub(super) status: String,
    /// For people.
    pub(super) why: String,
    /// The host that said it.
    pub(super) host: Option<String>,
    /// What it said, code and all.
    pub(super) said: Option<String>,
}

/// When a verdict is made, and a random number that spreads the next tries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) chance: u8,
}

/// Decides about a copy after a try. `events` are those of the try itself and go first.
pub(super) fn judge(job: &Job, fates: Vec<Fate>, moment: Moment, events: Vec<Event>) -> Verdict {
    let attempts = attempts(job).saturating_add(1);
    let next_try = retry_at(moment.now, attempts, moment.chance);
    Trial::of(job, fates, moment.now, attempts, next_try).sum_up(events)
}

/// A copy is put off because its next hop rests: it is tried again soon, and the ledger is told once for each reason.
pub(super) fn put_off(job: &Job, pause: Duration, why: &str, moment: Moment) -> Verdict {
    let before = attempts(job);
    let wait = |tries| retry_at(moment.now, tries, moment.chance).duration_since(moment.now).unsigned_abs();
    // It counts as a try once the mail is as old as the wait that would follow; so a mail is given up in the end, but does not
    // wait for hours after a short outage.
    let attempts = if age(job, moment.now) >= wait(before + 1) { before.saturating_add(1) } else { before };
    let next_try = later(moment.now, wait(before + 1).min(limits::RESTING_RETRY_LONGEST).max(pause));
    let fates = vec![Fate::deferred(why); job.copy.recipients.len()];
    let mut verdict = Trial::of(job, fates, moment.now, attempts, next_try).sum_up(Vec::new());
    if matches!(&job.copy.state, State::Waiting { last_error: Some(told), .. } if told == why) {
        verdict.events.retain(|event| !matches!(event, Event::DeliveryDeferred { .. }));
    }
    verdict
}

/// Tries so far.
fn attempts(job: &Job) -> u32 {
    match job.copy.state {
        State::Waiting { attempts, .. } => attempts,
        State::Held { .. } => 0,
    }
}

/// Age of a mail; nothing where the clock went back.
fn age(job: &Job, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(job.received_at)).unwrap_or(Duration::ZERO)
}

struct Trial<'a> {
    job: &'a Job,
    now: Timestamp,
    /// Tries, this one included.
    attempts: u32,
    next_try: Timestamp,
    done: Vec<Address>,
    failed: Vec<Row>,
    waiting: Vec<Row>,
    relayed: Vec<Row>,
}

impl<'a> Trial<'a> {
    fn of(job: &'a Job, fates: Vec<Fate>, now: Timestamp, attempts: u32, next_try: Timestamp) -> Self {
        let (done, failed, waiting, relayed) = Default::default();
        let mut trial = Self { job, now, attempts, next_try, done, failed, waiting, relayed };
        for (recipient, fate) in job.copy.recipients.iter().zip(fates) {
            trial.take(recipient, fate);
        }
        trial
    }

    fn take(&mut self, recipient: &Recipient, fate: Fate) {
        let row = |status: &str, why: String| Row {
            recipient: recipient.clone(),
            status: status.to_owned(),
            why,
            host: fate.host.clone(),
            said: fate.said.as_ref().map(ToString::to_string),
        };
        match fate.outcome {
            Outcome::Delivered { reply, dsn_supported } => {
                self.done.push(recipient.address.clone());
                if !dsn_supported {
                    self.relayed.push(row("2.0.0", reply));
                }
            }
            Outcome::Failed { status, why } => {
                self.done.push(recipient.address.clone());
                self.failed.push(row(&status, why));
            }
            Outcome::Deferred { why } if given_up(self.job.received_at, self.attempts, self.now) => {
                self.done.push(recipient.address.clone());
                let days = limits::GIVE_UP_AFTER.as_secs() / 86_400;
                self.failed.push(row("4.4.7", format!("given up after {days} days; the last try: {why}")));
            }
            Outcome::Deferred { why } => {
                let status = fate
                    .said
                    .as_ref()
                    .filter(|said| said.code / 100 == 4)
                    .map_or_else(|| "4.4.1".into(), super::said::Said::status);
                self.waiting.push(row(&status, why));
            }
        }
    }

    fn sum_up(mut self, mut events: Vec<Event>) -> Verdict {
        events.extend(by_reason(&self.failed).map(|(why, recipients)| self.failure(why, recipients)));
        let (waiting, delayed) = self.next_try(&mut events);
        let reports = [
            (ReportKind::Failed, std::mem::take(&mut self.failed), (|n: Notify| n.failure) as fn(Notify) -> bool),
            (ReportKind::Delayed, delayed, |n: Notify| n.delay),
            (ReportKind::Relayed, std::mem::take(&mut self.relayed), |n: Notify| n.success),
        ];
        let has_sender = !self.job.copy.reverse_path.is_null();
        let reports = reports.into_iter().filter(|_| has_sender).filter_map(|(kind, mut rows, wished)| {
            rows.retain(|row| wished(row.recipient.wishes()));
            (!rows.is_empty()).then_some(Report { kind, rows })
        });
        Verdict { reports: reports.collect(), done: self.done, waiting, events }
    }

    /// The state of those who wait, and what to tell the sender of their delay.
    fn next_try(&self, events: &mut Vec<Event>) -> (Option<State>, Vec<Row>) {
        let Some(first) = self.waiting.first() else { return (None, Vec::new()) };
        let told = matches!(self.job.copy.state, State::Waiting { delay_told: true, .. });
        let next_try = self.next_try;
        events.extend(by_reason(&self.waiting).map(|(why, recipients)| Event::DeliveryDeferred {
            reference: self.job.reference.clone(),
            copy: self.job.copy.copy,
            recipients,
            route: self.job.copy.route.clone(),
            why,
            next_try,
        }));
        let tell = !told && age(self.job, self.now) >= limits::DELAY_REPORT_AFTER;
        let last_error = Some(first.why.clone());
        let state = State::Waiting { next_try, attempts: self.attempts, last_error, delay_told: told || tell };
        (Some(state), if tell { self.waiting.clone() } else { Vec::new() })
    }

    fn failure(&self, why: String, recipients: Vec<Address>) -> Event {
        Event::DeliveryFailed {
            reference: self.job.reference.clone(),
            copy: self.job.copy.copy,
            recipients,
            route: self.job.copy.route.clone(),
            why,
        }
    }
}

/// Recipients gathered by what became of them, in order.
fn by_reason(rows: &[Row]) -> impl Iterator<Item = (String, Vec<Address>)> {
    let mut gathered: Vec<(String, Vec<Address>)> = Vec::new();
    for row in rows {
        match gathered.iter_mut().find(|(why, _)| *why == row.why) {
            Some((_, addresses)) => addresses.push(row.recipient.address.clone()),
            None => gathered.push((row.why.clone(), vec![row.recipient.address.clone()])),
        }
    }
    gathered.into_iter()
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
