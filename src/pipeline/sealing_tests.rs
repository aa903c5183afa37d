//! What a way that fails at the last moment leads to.

use std::collections::HashMap;

use super::{Ring, seal};
use crate::base::Timestamp;
use crate::config::{Actions, Fields, Method, OnError, Party, Rule};
use crate::message::Message;
use crate::pipeline::{Judged, RuleSet};
use crate::plan::{self, Copy};
use crate::policy::sample::{address, config, rule, submission};
use crate::policy::{Known, Rules};
use crate::protect::Certificate;
use crate::protect::keys::Public;
use crate::queue::State;

/// A certificate for mail that is valid from now on for a year.
fn certificate() -> Certificate {
    let mut params = rcgen::CertificateParams::new(vec!["a@out.test".to_owned()]).unwrap();
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyEncipherment, rcgen::KeyUsagePurpose::KeyAgreement];
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    Certificate::read_file(params.self_signed(&key).unwrap().pem().as_bytes()).unwrap().remove(0)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Draws a plan by these ways and seals it at that time.
fn sealed(methods: &[Method], now: Timestamp) -> (Judged, usize) {
    let act = Actions { encrypt: methods.to_vec(), ..Actions::default() };
    let when = Fields { to: Some(vec![Party::Outside]), ..Fields::default() };
    let set = RuleSet::new(config(vec![Rule { on_error: Some(OnError::Hold), ..rule("c", when, act) }])).unwrap();
    let mail = submission("staff@school.test", &["a@out.test"], "From: staff@school.test\nTo: a@out.test\nSubject: S\n\nHello\n");
    let mut ring = HashMap::new();
    ring.insert((address("a@out.test").key(), "smime"), Public::Smime(certificate()));
    let ring = Ring(ring);
    let message = Message::parse(mail.raw.clone());
    let known = Known { keys: ring.known(), ..Known::default() };
    let verdicts = Rules::compile(&set.config).judge_knowing(&mail, &message, &known);
    let plan = plan::draw(&set.config, &mail, &message, &verdicts, &plan::SchoolNotices);
    assert!(plan.copies.iter().all(Copy::is_unsealed));
    let (judged, made) = seal(&set, &mail, Judged { message, verdicts, plan }, &ring, now);
    assert!(!judged.plan.copies.iter().any(Copy::is_unsealed));
    (judged, made.told.len())
}

#[test]
fn a_key_that_ended_between_closes_its_way_and_the_next_is_taken() {
    let ways = [Method::Smime, Method::PasswordArchive];
    let (judged, told) = sealed(&ways, at("2026-11-23T08:00:00Z"));
    let way = |judged: &Judged| judged.plan.copies[0].encrypt.as_ref().map(|encryption| encryption.method.clone());
    assert_eq!((way(&judged), told), (Some(Method::Smime), 0));
    let (judged, told) = sealed(&ways, at("2028-11-23T08:00:00Z"));
    assert_eq!((way(&judged), told), (Some(Method::PasswordArchive), 1));
    let passed = &judged.plan.copies[0].encrypt.as_ref().unwrap().passed_over;
    assert!(passed[0].contains("it ended on 2027-01-01"), "{passed:?}");
}

#[test]
fn where_the_last_way_fails_it_is_held() {
    let (judged, _) = sealed(&[Method::Smime], at("2028-11-23T08:00:00Z"));
    let State::Held { why, .. } = &judged.plan.copies[0].job.state else { panic!("not held") };
    assert!(why.contains("it ended on 2027-01-01"), "{why}");
    assert!(!why.contains("a@out.test"), "{why}");
}
