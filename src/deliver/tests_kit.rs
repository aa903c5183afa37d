//! Small values for the tests of delivery.

use crate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp};
use crate::queue::{Job, JobId, NewJob};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn copy_to(recipients: &[&str]) -> NewJob {
    let recipients = recipients.iter().map(|r| Recipient::new(Address::parse(r).unwrap())).collect();
    let head = ReversePath::Address(Address::parse("head@school.example").unwrap());
    NewJob::new(Envelope::new(head, recipients), at("2026-11-23T08:00:00Z"))
}

pub(crate) fn job_to(recipients: &[&str]) -> Job {
    let received_at = at("2026-11-23T08:00:00Z");
    Job { id: JobId(1), reference: Ref::new(received_at, [1, 2, 3]), received_at, size: 100, copy: copy_to(recipients) }
}
