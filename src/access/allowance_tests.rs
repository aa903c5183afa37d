use super::{Allowance, Over, Quota};
use crate::base::Timestamp;
use crate::config;
use crate::store::Store;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const MAILS: Quota = Quota { mails: Some(2), recipients: None };

#[test]
fn the_third_mail_waits_until_the_first_is_an_hour_old() {
    let allowance = Allowance::default();
    allowance.reserve("a", MAILS, 1, at("2026-11-23T08:10:30Z")).unwrap().keep();
    allowance.reserve("a", MAILS, 1, at("2026-11-23T08:40:00Z")).unwrap().keep();
    let over = allowance.look("a", MAILS, 1, at("2026-11-23T08:50:00Z")).unwrap_err();
    assert_eq!(over, Over::Mails { limit: 2, again: at("2026-11-23T09:10:00Z") });
    assert!(allowance.look("b", MAILS, 1, at("2026-11-23T08:50:00Z")).is_ok(), "another sender");
    assert!(allowance.reserve("a", MAILS, 1, at("2026-11-23T09:09:59Z")).is_err());
    assert!(allowance.reserve("a", MAILS, 1, at("2026-11-23T09:10:00Z")).is_ok());
}

#[test]
fn a_mail_that_was_not_accepted_does_not_count() {
    let (allowance, now) = (Allowance::default(), at("2026-11-23T08:00:00Z"));
    for _ in 0..10 {
        drop(allowance.reserve("a", MAILS, 1, now).unwrap());
    }
    let (_one, _two) = (allowance.reserve("a", MAILS, 1, now).unwrap(), allowance.reserve("a", MAILS, 1, now).unwrap());
    assert!(allowance.reserve("a", MAILS, 1, now).is_err(), "mails under way count");
}

#[test]
fn recipients_count_together() {
    let (allowance, now) = (Allowance::default(), at("2026-11-23T08:00:00Z"));
    let quota = Quota { mails: None, recipients: Some(10) };
    allowance.reserve("a", quota, 6, now).unwrap().keep();
    assert!(allowance.look("a", quota, 4, now).is_ok());
    let over = allowance.look("a", quota, 5, now).unwrap_err();
    assert_eq!(over, Over::Recipients { limit: 10, again: at("2026-11-23T09:00:00Z") });
    assert!(allowance.look("a", Quota::default(), 1_000_000, now).is_ok(), "no limit is no limit");
}

#[test]
fn senders_beyond_number_are_counted_together() {
    let (allowance, now) = (Allowance::default(), at("2026-11-23T08:00:00Z"));
    for n in 0..crate::base::limits::SENDERS_COUNTED {
        allowance.reserve(&n.to_string(), MAILS, 1, now).unwrap().keep();
    }
    allowance.reserve("new", MAILS, 1, now).unwrap().keep();
    allowance.reserve("newer", MAILS, 1, now).unwrap().keep();
    assert!(allowance.reserve("newest", MAILS, 1, now).is_err());
    assert!(allowance.reserve("7", MAILS, 1, now).is_ok(), "who was known goes on");
    let later = at("2026-11-23T09:00:00Z");
    assert!(allowance.reserve("newest", MAILS, 1, later).is_ok(), "and an hour later all is forgotten");
    assert!(allowance.lock().senders.len() < 3);
}

#[tokio::test]
async fn what_was_sent_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    crate::store::MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    let now = at("2026-11-23T08:00:00Z");
    let allowance = Allowance::open(&store, now).await.unwrap();
    for _ in 0..2 {
        let reserved = allowance.reserve("a", MAILS, 7, now).unwrap();
        store.write(reserved.write()).await.unwrap();
        reserved.keep();
    }
    let again = Allowance::open(&store, at("2026-11-23T08:59:00Z")).await.unwrap();
    assert!(again.look("a", MAILS, 1, at("2026-11-23T08:59:00Z")).is_err());
    let later = Allowance::open(&store, at("2026-11-23T09:00:00Z")).await.unwrap();
    assert!(later.look("a", MAILS, 1, at("2026-11-23T09:00:00Z")).is_ok());
    store.close().await;
}
