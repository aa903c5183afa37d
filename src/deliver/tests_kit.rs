//! Small values for the tests of delivery.

use crate::base::{Address, BodyKind, Recipient, Ref, ReversePath, Timestamp};
use crate::message::Edits;
use crate::queue::{Demand, Job, JobId, NewJob, State};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn copy_to(recipients: &[&str]) -> NewJob {
    NewJob {
        copy: 1,
        reverse_path: ReversePath::Address(Address::parse("head@school.example").unwrap()),
        recipients: recipients.iter().map(|r| Recipient::new(Address::parse(r).unwrap())).collect(),
        body: BodyKind::SevenBit,
        smtputf8: false,
        ret: None,
        envid: None,
        edits: Edits::default(),
        route: "default".into(),
        demand: Demand::AsRoute,
        state: State::Waiting { next_try: at("2026-11-23T08:00:00Z"), attempts: 0, last_error: None, delay_told: false },
    }
}

pub(crate) fn job_to(recipients: &[&str]) -> Job {
    let received_at = at("2026-11-23T08:00:00Z");
    Job { id: JobId(1), reference: Ref::new(received_at, [1, 2, 3]), received_at, size: 100, copy: copy_to(recipients) }
}
