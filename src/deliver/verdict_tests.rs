use std::time::Duration;

use super::{Moment, ReportKind, judge, put_off};
use crate::base::{Notify, ReversePath};
use crate::deliver::dialogue::Fate;
use crate::deliver::tests_kit::{at, job_to};
use crate::ledger::Event;
use crate::queue::{Job, Outcome, State};

fn moment(text: &str) -> Moment {
    Moment { now: at(text), chance: 0 }
}

fn delivered(dsn_supported: bool) -> Fate {
    Fate { outcome: Outcome::Delivered { reply: "250 ok".into(), dsn_supported }, host: None, said: None }
}

fn tried(job: &mut Job, attempts: u32, delay_told: bool) {
    job.copy.state = State::Waiting { next_try: job.received_at, attempts, last_error: Some("x".into()), delay_told };
}

#[test]
fn each_recipient_gets_its_own_end() {
    let job = job_to(&["a@x.example", "b@x.example", "c@x.example"]);
    let fates = vec![delivered(true), Fate::deferred("later"), Fate::failed("5.1.1", "nobody")];
    let verdict = judge(&job, fates, moment("2026-11-23T08:00:01Z"), Vec::new());
    assert_eq!(verdict.done.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a@x.example", "c@x.example"]);
    let Some(State::Waiting { next_try, attempts: 1, last_error: Some(why), delay_told: false }) = verdict.waiting else {
        panic!("{:?}", verdict.waiting)
    };
    assert_eq!((next_try, why.as_str()), (at("2026-11-23T08:05:01Z"), "later"));
    assert_eq!(verdict.reports.len(), 1);
    assert_eq!((verdict.reports[0].kind, verdict.reports[0].rows.len()), (ReportKind::Failed, 1));
    assert!(verdict.events.iter().any(|e| matches!(e, Event::DeliveryFailed { recipients, .. } if recipients.len() == 1)));
    assert!(verdict.events.iter().any(|e| matches!(e, Event::DeliveryDeferred { recipients, .. } if recipients.len() == 1)));
}

#[test]
fn a_delay_is_told_once_after_four_hours() {
    let mut job = job_to(&["a@x.example"]);
    tried(&mut job, 5, false);
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2026-11-23T11:59:59Z"), Vec::new());
    assert!(verdict.reports.is_empty());
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2026-11-23T12:00:00Z"), Vec::new());
    assert_eq!(verdict.reports[0].kind, ReportKind::Delayed);
    job.copy.state = verdict.waiting.unwrap();
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2026-11-23T13:00:00Z"), Vec::new());
    assert!(verdict.reports.is_empty());
}

#[test]
fn a_mail_is_given_up_after_five_days_and_enough_tries() {
    let mut job = job_to(&["a@x.example"]);
    tried(&mut job, 30, true);
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2026-11-28T08:00:00Z"), Vec::new());
    assert_eq!((verdict.done.len(), &verdict.waiting), (1, &None));
    assert_eq!(verdict.reports[0].rows[0].status, "4.4.7");
    tried(&mut job, 2, true);
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2036-11-28T08:00:00Z"), Vec::new());
    assert!(verdict.waiting.is_some(), "a clock that jumped gives nothing up");
    let verdict = judge(&job, vec![Fate::deferred("later")], moment("2016-11-28T08:00:00Z"), Vec::new());
    assert!(verdict.waiting.is_some(), "nor one that went back");
}

#[test]
fn nothing_is_ever_reported_to_the_null_sender() {
    let mut job = job_to(&["a@x.example", "b@x.example"]);
    job.copy.reverse_path = ReversePath::Null;
    job.copy.recipients[1].notify = Some(Notify { success: true, failure: true, delay: true });
    let verdict =
        judge(&job, vec![Fate::failed("5.1.1", "nobody"), delivered(false)], moment("2026-11-23T08:00:01Z"), Vec::new());
    assert!(verdict.reports.is_empty());
    assert_eq!(verdict.done.len(), 2);
}

#[test]
fn wishes_are_kept() {
    let mut job = job_to(&["a@x.example", "b@x.example", "c@x.example"]);
    let wish = |success, failure| Some(Notify { success, failure, delay: false });
    job.copy.recipients[0].notify = wish(false, false);
    job.copy.recipients[1].notify = wish(true, false);
    job.copy.recipients[2].notify = wish(true, false);
    let fates = vec![Fate::failed("5.1.1", "nobody"), delivered(false), delivered(true)];
    let verdict = judge(&job, fates, moment("2026-11-23T08:00:01Z"), Vec::new());
    assert_eq!(verdict.reports.len(), 1);
    assert_eq!((verdict.reports[0].kind, verdict.reports[0].rows.len()), (ReportKind::Relayed, 1));
}

#[test]
fn what_is_put_off_is_tried_again_soon_and_told_once() {
    let mut job = job_to(&["a@x.example"]);
    let pause = Duration::from_secs(30);
    let verdict = put_off(&job, pause, "down", moment("2026-11-23T08:00:01Z"));
    assert_eq!(verdict.events.len(), 1);
    let State::Waiting { attempts: 0, next_try, .. } = verdict.waiting.clone().unwrap() else { panic!("{:?}", verdict.waiting) };
    assert_eq!(next_try, at("2026-11-23T08:05:01Z"));
    job.copy.state = verdict.waiting.unwrap();
    assert!(put_off(&job, pause, "down", moment("2026-11-23T08:04:00Z")).events.is_empty());
    assert_eq!(put_off(&job, pause, "other", moment("2026-11-23T08:04:00Z")).events.len(), 1);
    tried(&mut job, 9, true);
    let Some(State::Waiting { attempts: 10, next_try, .. }) =
        put_off(&job, pause, "down", moment("2026-11-24T08:00:00Z")).waiting
    else {
        panic!("a day of rest counts")
    };
    assert_eq!(next_try, at("2026-11-24T08:15:00Z"));
}
