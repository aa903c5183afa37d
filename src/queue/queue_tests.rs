use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::*;
use crate::base::{Address, Envelope, Recipient, Ref, ReversePath};
use crate::config::{AfterHold, Holder};
use crate::ledger::{Ledger, Verified};
use crate::message::Edit;
use crate::store::{Keeping, RecordHeader, tests_kit};

const SOON: Duration = Duration::from_secs(20);

struct Bench {
    _folder: tempfile::TempDir,
    options: crate::config::Store,
}

impl Bench {
    fn new() -> Self {
        let (folder, options) = tests_kit::place();
        Self { _folder: folder, options }
    }

    fn store(&self) -> Store {
        Store::open(&self.options).unwrap()
    }

    fn beside(&self) -> Store {
        Store::open_beside(&self.options).unwrap()
    }
}

fn reference(number: u8) -> Ref {
    Ref::new("2026-11-23T08:00:00Z".parse().unwrap(), [0, 0, number])
}

fn held(until: Option<Timestamp>) -> State {
    State::Held { rule: "big".into(), why: "it is big".into(), whom: Holder::Technician, until, then: AfterHold::Refuse }
}

fn copy(number: u32, to: &[&str], state: State) -> NewJob {
    let recipients = to.iter().map(|to| Recipient::new(Address::parse(to).unwrap())).collect();
    let head = ReversePath::Address(Address::parse("head@school.example").unwrap());
    NewJob { copy: number, state, ..NewJob::new(Envelope::new(head, recipients), Timestamp::UNIX_EPOCH) }
}

fn post(number: u8, raw: &[u8], copies: Vec<NewJob>) -> Post {
    let reference = reference(number);
    let recipients: Vec<Recipient> = copies.iter().flat_map(|copy| copy.recipients.clone()).collect();
    let event = Event::MailAccepted {
        reference: reference.clone(),
        from: "head@school.example".into(),
        recipients: recipients.iter().map(|r| r.address.clone()).collect(),
        size: raw.len() as u64,
        sha256: String::new(),
        class: "ordinary".into(),
        rules: Vec::new(),
        rule_set: String::new(),
    };
    let header = RecordHeader {
        reference,
        received_at: "2026-11-23T08:00:00Z".parse().unwrap(),
        envelope: Envelope::new(ReversePath::Null, recipients),
        origin: None,
        issued: None,
        provenance: None,
        sha256: String::new(),
    };
    Post {
        keep: Keeping::for_ever("ordinary"),
        header,
        raw: Bytes::copy_from_slice(raw),
        shared: Vec::new(),
        copies,
        events: vec![event],
    }
}

fn done(addresses: &[&str]) -> Settlement {
    Settlement { done: addresses.iter().map(|a| Address::parse(a).unwrap()).collect(), ..Settlement::default() }
}

async fn next(queue: &Queue) -> Leased {
    timeout(SOON, queue.next("default")).await.expect("a job is due")
}

async fn none_due(queue: &Queue) -> bool {
    timeout(Duration::from_millis(150), queue.next("default")).await.is_err()
}

#[tokio::test]
async fn a_mail_goes_through_and_leaves_only_archive_and_ledger() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let mut edited = copy(1, &["a@x.example", "b@x.example"], State::due(Timestamp::now()));
    edited.edits.add(Edit { range: 0..0, with: b"Received: by us\r\n".to_vec(), what: "trace".into() });

    let stored = queue.post(post(1, b"Subject: hi\r\n\r\nbody\r\n", vec![edited])).await.unwrap();
    let leased = next(&queue).await;
    assert_eq!(leased.job().reference, *stored.reference());
    assert_eq!(leased.content().await.unwrap(), b"Received: by us\r\nSubject: hi\r\n\r\nbody\r\n");
    assert!(none_due(&queue).await, "a job is leased once");
    leased.settle(done(&["a@x.example", "b@x.example"])).await.unwrap();

    assert!(queue.list().await.unwrap().is_empty());
    assert_eq!(store.fetch(stored.place()).await.unwrap().raw, b"Subject: hi\r\n\r\nbody\r\n".as_slice());
    let ledger = Ledger::new(store.clone());
    assert!(matches!(ledger.verify().await.unwrap(), Verified::Whole { entries: 1, .. }));
    store.close().await;
}

#[tokio::test]
async fn who_is_left_waits_and_survives_a_restart() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    queue.post(post(1, b"x", vec![copy(1, &["a@x.example", "b@x.example"], State::due(Timestamp::now()))])).await.unwrap();
    let later = Timestamp::now() + Duration::from_secs(1);
    let rest = Settlement { waiting: Some(State::due(later)), ..done(&["a@x.example"]) };
    next(&queue).await.settle(rest).await.unwrap();
    store.close().await;
    drop((queue, store));

    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let leased = next(&queue).await;
    assert!(Timestamp::now() >= later);
    assert_eq!(leased.job().addresses(), [Address::parse("b@x.example").unwrap()]);
    assert_eq!(leased.content().await.unwrap(), b"x");
    store.close().await;
}

#[tokio::test]
async fn a_dropped_lease_goes_back() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    queue.post(post(1, b"x", vec![copy(1, &["a@x.example"], State::due(Timestamp::now()))])).await.unwrap();
    drop(next(&queue).await);
    assert_eq!(next(&queue).await.content().await.unwrap(), b"x");
    store.close().await;
}

#[tokio::test]
async fn each_job_is_leased_once_among_many_workers() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while let Ok(leased) = timeout(Duration::from_secs(1), queue.next("default")).await {
                    seen.push(leased.job().id);
                    leased.settle(done(&["a@x.example"])).await.unwrap();
                }
                seen
            })
        })
        .collect();
    for number in 0..50 {
        queue.post(post(number, b"x", vec![copy(1, &["a@x.example"], State::due(Timestamp::now()))])).await.unwrap();
    }
    let mut seen = Vec::new();
    for worker in workers {
        seen.extend(worker.await.unwrap());
    }
    seen.sort();
    let all = seen.len();
    seen.dedup();
    assert_eq!((all, seen.len()), (50, 50));
    store.close().await;
}

#[tokio::test]
async fn a_second_mail_of_one_name_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let first = queue.post(post(1, b"first", vec![])).await.unwrap();
    let second = queue.post(post(1, b"second", vec![copy(1, &["a@x.example"], State::due(Timestamp::now()))])).await;
    assert_eq!(second.unwrap_err(), StoreError::Duplicate(reference(1)));
    assert!(queue.list().await.unwrap().is_empty());
    assert_eq!(store.fetch(first.place()).await.unwrap().raw, b"first".as_slice());
    store.close().await;
}

#[tokio::test]
async fn held_mail_waits_until_a_command_releases_it() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    queue.post(post(1, b"x", vec![copy(1, &["a@x.example"], held(None))])).await.unwrap();
    assert!(none_due(&queue).await);

    let beside = bench.beside();
    let command = Queue::beside(beside.clone());
    let listed = command.list().await.unwrap();
    assert_eq!((listed[0].state, listed[0].rule.as_deref(), listed[0].next_try), ("held", Some("big"), None));
    assert_eq!(command.release(Which::Mail(reference(1)), Release::by("it")).await.unwrap(), 1);
    assert_eq!(next(&queue).await.job().reference, reference(1));
    assert!(command.release(Which::Mail(reference(1)), Release::by("it")).await.unwrap_err().to_string().contains("is held"));
    beside.close().await;
    store.close().await;
}

#[tokio::test]
async fn refusing_held_mail_posts_its_report_in_the_same_commit() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let over = Timestamp::now() - Duration::from_secs(1);
    let copies = vec![copy(1, &["a@x.example"], held(Some(over))), copy(2, &["b@x.example"], held(None))];
    queue.post(post(1, b"x", copies)).await.unwrap();
    let due = queue.due_holds(Timestamp::now()).await.unwrap();
    assert_eq!(due.iter().map(|job| job.copy.copy).collect::<Vec<_>>(), [1]);
    let report = post(2, b"report", vec![copy(1, &["head@school.example"], State::due(Timestamp::now()))]);
    assert_eq!(queue.refuse(&due, "it", "too big", vec![report.clone()]).await.unwrap(), 1);
    assert_eq!(next(&queue).await.content().await.unwrap(), b"report");
    let again = queue.refuse(&due, "it", "too big", vec![Post { header: post(3, b"", vec![]).header, ..report }]).await;
    assert!(matches!(again, Err(StoreError::Refused(_))));
    assert!(store.place(&reference(3)).await.is_err(), "a refusal that comes too late posts nothing");
    assert_eq!(queue.list().await.unwrap().len(), 2);
    store.close().await;
}

#[tokio::test]
async fn retry_and_drop_work_beside_the_gateway() {
    let bench = Bench::new();
    let store = bench.store();
    let queue = Queue::open(store.clone()).await.unwrap();
    let far = Timestamp::now() + Duration::from_secs(3600);
    for number in 1..=2 {
        queue.post(post(number, b"x", vec![copy(1, &["a@x.example"], State::due(far))])).await.unwrap();
    }
    let beside = bench.beside();
    let command = Queue::beside(beside.clone());
    assert_eq!(command.drop_mail(&reference(1), "it", "spam").await.unwrap(), 1);
    assert_eq!(command.retry(Which::All, "it").await.unwrap(), 1);
    let leased = next(&queue).await;
    assert_eq!(leased.job().reference, reference(2));
    assert!(none_due(&queue).await);
    let ledger = Ledger::new(store.clone());
    let names: Vec<_> = ledger.about(&reference(1)).await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["mail-accepted", "dropped"]);
    assert!(matches!(ledger.verify().await.unwrap(), Verified::Whole { entries: 4, .. }));
    beside.close().await;
    store.close().await;
}
