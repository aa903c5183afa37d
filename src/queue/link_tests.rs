use std::time::Duration;

use super::{Choice, Decided, NewLink, Token};
use crate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp, limits};
use crate::config::{AfterHold, Holder};
use crate::ledger::Ledger;
use crate::queue::{Demand, NewJob, Post, Queue, Release, State, Which};
use crate::store::{Keeping, RecordHeader, Store, StoreError, tests_kit};

#[test]
fn tokens_are_long_differ_and_are_never_printed() {
    let (one, other) = (Token::new().unwrap(), Token::new().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.reveal().len(), 40);
    assert_eq!(Token::read(one.reveal()).as_ref(), Some(&one));
    assert_ne!(one.hash(), other.hash());
    assert_eq!(format!("{one:?}"), "(token)");
}

#[test]
fn what_cannot_be_a_token_is_none() {
    let good = "a1".repeat(20);
    assert!(Token::read(&good).is_some());
    let short = "a".repeat(39);
    for bad in [String::new(), short.clone(), "a".repeat(41), format!("{short}="), format!("{short}A"), "\u{e9}".repeat(20)] {
        assert!(Token::read(&bad).is_none(), "{bad}");
    }
}

const HOUR: Duration = Duration::from_secs(3600);

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn head() -> Address {
    Address::parse("head@school.test").unwrap()
}

/// A mail with one copy for each of these holds, and the link about it.
async fn posted(queue: &Queue, number: u8, holds: &[(Holder, Option<Timestamp>)]) -> (Ref, Token) {
    let reference = Ref::new(noon(), [0, 0, number]);
    let copy = |(n, (whom, until)): (usize, &(Holder, Option<Timestamp>))| {
        let to = vec![Recipient::new(Address::parse(&format!("p{n}@x.test")).unwrap())];
        let (rule, why, then) = ("marks".to_owned(), "marks".to_owned(), AfterHold::Refuse);
        let state = State::Held { rule, why, whom: *whom, until: *until, then };
        NewJob { copy: n as u32 + 1, state, ..NewJob::new(Envelope::new(ReversePath::Address(head()), to), noon()) }
    };
    let copies: Vec<NewJob> = holds.iter().enumerate().map(copy).collect();
    let envelope = Envelope::new(ReversePath::Address(head()), copies.iter().flat_map(|copy| copy.recipients.clone()).collect());
    let header = RecordHeader {
        reference: reference.clone(),
        received_at: noon(),
        envelope,
        origin: None,
        issued: None,
        provenance: None,
        sha256: String::new(),
    };
    let post =
        Post { keep: Keeping::for_ever("ordinary"), header, raw: "x".into(), shared: Vec::new(), copies, events: Vec::new() };
    let token = Token::new().unwrap();
    let ends: Option<Vec<Timestamp>> = holds.iter().filter(|hold| hold.0 == Holder::Sender).map(|hold| hold.1).collect();
    let link = NewLink::new(&token, reference.clone(), head(), "Marks".to_owned(), ends.and_then(|ends| ends.into_iter().max()));
    queue.post_all_with(vec![post], move |tx| link.write(tx)).await.unwrap();
    (reference, token)
}

fn queue() -> (tempfile::TempDir, Store, Queue) {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    (folder, store.clone(), Queue::beside(store))
}

#[tokio::test]
async fn a_link_is_about_what_waits_for_its_sender_until_that_is_over() {
    let (_folder, _, queue) = queue();
    let holds = [(Holder::Sender, Some(noon() + HOUR)), (Holder::Sender, Some(noon() + HOUR * 2)), (Holder::Technician, None)];
    let (_, token) = posted(&queue, 1, &holds).await;
    let copies = async |at| queue.linked(&token, at).await.unwrap().map(|linked| linked.jobs.len());
    assert_eq!(copies(noon()).await, Some(2));
    assert_eq!(copies(noon() + HOUR).await, Some(1), "the first copy is time's to decide now");
    assert_eq!(copies(noon() + HOUR * 2).await, None);
    let late = queue.decide(&token, Choice::Stop, noon() + HOUR * 2).await;
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
    assert_eq!(queue.list().await.unwrap().len(), 3, "nothing was done");
    assert!(queue.linked(&Token::new().unwrap(), noon()).await.unwrap().is_none());
}

#[tokio::test]
async fn it_decides_once_and_the_ledger_says_how() {
    let (_folder, store, queue) = queue();
    let (reference, token) = posted(&queue, 1, &[(Holder::Sender, None), (Holder::Approver, None)]).await;
    queue.decide(&token, Choice::Encrypted(Demand::VerifiedTls), noon()).await.unwrap();
    let jobs = queue.jobs(Which::Mail(reference.clone())).await.unwrap();
    assert_eq!((jobs[0].copy.demand, jobs[1].copy.demand), (Demand::VerifiedTls, Demand::AsRoute));
    assert!(matches!((&jobs[0].copy.state, &jobs[1].copy.state), (State::Waiting { .. }, State::Held { .. })));
    let again = queue.decide(&token, Choice::Stop, noon()).await;
    assert!(matches!(again, Err(StoreError::Refused(_))), "{again:?}");
    let told = Ledger::new(store).about(&reference).await.unwrap();
    let told: Vec<_> = told.iter().filter(|entry| entry.name.starts_with("mail-")).map(|entry| entry.body.as_str()).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(r#""by":"head@school.test""#) && told[0].contains(r#""encrypt":"tls-verified""#), "{told:?}");

    assert_eq!(queue.linked(&token, noon()).await.unwrap().unwrap().decided, Some(Decided::Encrypted));
    let later = noon() + limits::DECIDED_LINK_TIME;
    assert!(queue.linked(&token, later).await.unwrap().is_none(), "after some days nothing is said any more");
}

#[tokio::test]
async fn links_that_decide_nothing_are_forgotten_and_others_are_not() {
    let (_folder, store, queue) = queue();
    let sender = |until| [(Holder::Sender, until)];
    let (_, open) = posted(&queue, 1, &sender(None)).await;
    let (_, over) = posted(&queue, 2, &sender(Some(noon() + HOUR))).await;
    let (released, by_others) = posted(&queue, 3, &sender(None)).await;
    let (_, decided) = posted(&queue, 4, &sender(None)).await;
    queue.decide(&decided, Choice::AsItIs { why: "agreed".to_owned() }, noon()).await.unwrap();
    queue.release(Which::Mail(released), Release::by("it")).await.unwrap();
    queue.forget_links(noon() + HOUR).await.unwrap();
    let kept =
        store.read(|db| Ok(db.query_row("SELECT count(*) FROM held_link", [], |row| row.get::<_, i64>(0))?)).await.unwrap();
    assert_eq!(kept, 2);
    for (token, is_kept) in [(&open, true), (&over, false), (&by_others, false), (&decided, true)] {
        assert_eq!(queue.linked(token, noon()).await.unwrap().is_some(), is_kept);
    }
}
