//! From the fates of a copy's recipients to what the queue is told: who is done, when the others are tried again, what the
//! sender hears, what stands in the ledger.
//!
//! Pure: it is told the time. In: a job, a fate for each of its recipients. Out: a [`Verdict`]. Invariants: every recipient is
//! either done or waits; nobody is given up before `limits::GIVE_UP_AFTER`; a delay is told once; nothing is reported to a null
//! sender (RFC 5321 section 6.1). Nothing can fail.

use std::time::Duration;

use super::dialogue::Fate;
use crate::base::{Address, Notify, Recipient, Timestamp, limits};
use crate::ledger::event::Event;
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

/// Decides about a copy after a try. `events` are those of the try itself and go first.
pub(super) fn judge(job: &Job, fates: Vec<Fate>, now: Timestamp, events: Vec<Event>) -> Verdict {
    let mut trial = Trial { job, now, failed: Vec::new(), waiting: Vec::new(), relayed: Vec::new(), done: Vec::new() };
    for (recipient, fate) in job.copy.recipients.iter().zip(fates) {
        trial.take(recipient, fate);
    }
    trial.sum_up(events)
}

/// A copy is put off because its next hop rests: soon tried again, without counting as a try of its own.
pub(super) fn put_off(job: &Job, pause: Duration, why: &str, now: Timestamp) -> Verdict {
    let fates = vec![Fate::deferred(why); job.copy.recipients.len()];
    let mut verdict = judge(job, fates, now, Vec::new());
    let (attempts, said_before) = match &job.copy.state {
        State::Waiting { attempts, last_error, .. } => (*attempts, last_error.as_deref() == Some(why)),
        State::Held { .. } => (0, false),
    };
    let wait = backoff(attempts + 1).min(limits::RESTING_RETRY_LONGEST).max(pause);
    if let Some(State::Waiting { next_try, attempts: tries, .. }) = &mut verdict.waiting {
        *next_try = later(now, wait);
        *tries = attempts;
        // One entry for each reason, not one for each mail and quarter of an hour.
        verdict.events.retain(|event| !(said_before && matches!(event, Event::DeliveryDeferred { .. })));
    }
    for event in &mut verdict.events {
        if let Event::DeliveryDeferred { next_try, .. } = event {
            *next_try = later(now, wait);
        }
    }
    verdict
}

/// How long to wait after so many tries (RFC 5321 section 4.5.4.1).
pub(super) fn backoff(attempts: u32) -> Duration {
    let factor = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    limits::RETRY_FIRST.saturating_mul(factor).min(limits::RETRY_LONGEST)
}

struct Trial<'a> {
    job: &'a Job,
    now: Timestamp,
    done: Vec<Address>,
    failed: Vec<Row>,
    waiting: Vec<Row>,
    relayed: Vec<Row>,
}

impl Trial<'_> {
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
            Outcome::Deferred { why } if self.age() >= limits::GIVE_UP_AFTER => {
                self.done.push(recipient.address.clone());
                let days = limits::GIVE_UP_AFTER.as_secs() / 86_400;
                self.failed.push(row("4.4.7", format!("given up after {days} days; the last try: {why}")));
            }
            Outcome::Deferred { why } => {
                let status = fate.said.as_ref().filter(|said| said.code / 100 == 4).map_or_else(|| "4.4.1".into(), super::said::Said::status);
                self.waiting.push(row(&status, why));
            }
        }
    }

    /// Age of the mail; nothing where the clock went back.
    fn age(&self) -> Duration {
        Duration::try_from(self.now.duration_since(self.job.received_at)).unwrap_or(Duration::ZERO)
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
        let (attempts, told) = match self.job.copy.state {
            State::Waiting { attempts, delay_told, .. } => (attempts.saturating_add(1), delay_told),
            State::Held { .. } => (1, false),
        };
        let next_try = later(self.now, backoff(attempts));
        events.extend(by_reason(&self.waiting).map(|(why, recipients)| Event::DeliveryDeferred {
            reference: self.job.reference.clone(),
            copy: self.job.copy.copy,
            recipients,
            route: self.job.copy.route.clone(),
            why,
            next_try,
        }));
        let tell = !told && self.age() >= limits::DELAY_REPORT_AFTER;
        let last_error = Some(first.why.clone());
        let state = State::Waiting { next_try, attempts, last_error, delay_told: told || tell };
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
