use bytes::Bytes;

use super::{Contacts, Met};
use crate::base::{Address, BodyKind, Envelope, Recipient, Ref, ReversePath, Timestamp};
use crate::config::{AfterHold, Holder};
use crate::message::Edits;
use crate::queue::{Demand, NewJob, Post, Queue, Release, State, Which};
use crate::store::{Keeping, MasterKey, RecordHeader, Store};

const DAY: i64 = 86_400;

struct School {
    _folder: tempfile::TempDir,
    options: crate::config::Store,
    store: Store,
    contacts: Contacts,
    queue: Queue,
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn staff() -> Address {
    address("Staff@school.test")
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * DAY).unwrap()
}

impl School {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("master.key");
        MasterKey::create(&key_file).unwrap();
        let options = crate::config::Store { path: folder.path().join("store"), key_file };
        let store = Store::open(&options).unwrap();
        let queue = Queue::open(store.clone()).await.unwrap();
        Self { _folder: folder, options, contacts: Contacts::new(store.clone()), store, queue }
    }

    /// A mail of staff's to one person, accepted; whether anything had to be written.
    async fn accept(&self, number: u8, to: &str, waits: bool, day: i64) -> bool {
        let reference = Ref::new(at(day), [0, 0, number]);
        let met = [Met { recipient: address(to), waits }];
        let lines = self.contacts.lines(&reference, at(day), &staff(), &met);
        let also = lines.clone();
        let posts = vec![post(&reference, to, waits)];
        self.queue.post_all_with(posts, move |tx| also.map_or(Ok(()), |lines| lines.write(tx))).await.unwrap();
        lines.iter().for_each(|lines| self.contacts.written(lines));
        lines.is_some()
    }

    /// Whether staff, somebody else and the school have written to a person before.
    async fn knows(&self, to: &str) -> (bool, bool, bool) {
        let key = address(to).key();
        let known = self.contacts.look(&staff(), vec![address(to)]).await.unwrap();
        let other = self.contacts.look(&address("other@school.test"), vec![address(to)]).await.unwrap();
        assert_eq!(known.of_school, other.of_school);
        (known.of_sender.contains(&key), other.of_sender.contains(&key), known.of_school.contains(&key))
    }

    async fn count(&self, what: &'static str) -> i64 {
        self.store.read(move |db| Ok(db.query_row(what, [], |row| row.get(0))?)).await.unwrap()
    }
}

fn post(reference: &Ref, to: &str, waits: bool) -> Post {
    let held = State::Held {
        rule: "first".into(),
        why: "first contact".into(),
        whom: Holder::Sender,
        until: None,
        then: AfterHold::Refuse,
    };
    let waiting =
        State::Waiting { next_try: "2040-01-01T00:00:00Z".parse().unwrap(), attempts: 0, last_error: None, delay_told: false };
    let recipients = vec![Recipient::new(address(to))];
    let copy = NewJob {
        copy: 1,
        reverse_path: ReversePath::Address(staff()),
        recipients: recipients.clone(),
        body: BodyKind::SevenBit,
        smtputf8: false,
        ret: None,
        envid: None,
        edits: Edits::default(),
        kept: None,
        route: "default".into(),
        demand: Demand::AsRoute,
        state: if waits { held } else { waiting },
    };
    let envelope = Envelope {
        reverse_path: ReversePath::Address(staff()),
        recipients,
        body: BodyKind::SevenBit,
        smtputf8: false,
        ret: None,
        envid: None,
    };
    let header = RecordHeader {
        reference: reference.clone(),
        received_at: at(0),
        envelope,
        origin: None,
        issued: None,
        provenance: None,
        sha256: String::new(),
    };
    Post {
        keep: Keeping::for_ever("ordinary"),
        header,
        raw: Bytes::from_static(b"x"),
        shared: Vec::new(),
        copies: vec![copy],
        events: Vec::new(),
    }
}

#[tokio::test]
async fn an_accepted_mail_makes_a_contact_of_its_sender_and_of_the_school() {
    let school = School::open().await;
    assert_eq!(school.knows("a@out.test").await, (false, false, false));
    assert!(school.accept(1, "a@out.test", false, 0).await);
    assert_eq!(school.knows("A@Out.test").await, (true, false, true), "case aside");
    assert_eq!(school.knows("b@out.test").await, (false, false, false));
    assert!(!school.accept(2, "a@out.test", false, 0).await, "what is known is not written again");
    let (store, options) = (school.store.clone(), school.options.clone());
    store.close().await;
    drop((store, school.store, school.queue, school.contacts));
    let again = Contacts::new(Store::open_beside(&options).unwrap());
    let known = again.look(&staff(), vec![address("a@out.test")]).await.unwrap();
    assert!(known.of_sender.contains("a@out.test"), "it outlives a restart");
}

#[tokio::test]
async fn a_held_mail_makes_a_contact_when_it_is_released_and_none_when_it_is_refused() {
    let school = School::open().await;
    school.accept(1, "a@out.test", true, 0).await;
    school.accept(2, "b@out.test", true, 0).await;
    assert_eq!(school.knows("a@out.test").await, (false, false, false));
    school.queue.release(Which::Mail(Ref::new(at(0), [0, 0, 1])), Release::by("technician")).await.unwrap();
    assert_eq!(school.knows("a@out.test").await, (true, false, true));
    let refused = school.queue.jobs(Which::Mail(Ref::new(at(0), [0, 0, 2]))).await.unwrap();
    school.queue.refuse(&refused, "technician", "wrong person", Vec::new()).await.unwrap();
    assert_eq!(school.knows("b@out.test").await, (false, false, false));
    assert_eq!(school.count("SELECT count(*) FROM contact WHERE waits_for <> ''").await, 0, "nothing waits any more");
    school.accept(3, "b@out.test", true, 0).await;
    assert_eq!(school.count("SELECT count(*) FROM contact WHERE waits_for <> ''").await, 2, "the next one waits anew");
}

#[tokio::test]
async fn a_domain_is_frequent_after_three_days() {
    let school = School::open().await;
    for (number, day) in [(1, 0), (2, 0), (3, 1)] {
        school.accept(number, &format!("p{number}@often.test"), false, day).await;
    }
    school.accept(4, "p@once.test", false, 1).await;
    school.accept(5, "p@held.test", true, 1).await;
    assert_eq!(school.count("SELECT days FROM contact_domain WHERE domain = 'often.test'").await, 2);
    school.accept(6, "p1@often.test", false, 2).await;
    let known = school.contacts.look(&staff(), Vec::new()).await.unwrap();
    assert_eq!(known.frequent.iter().map(|domain| domain.as_str()).collect::<Vec<_>>(), ["often.test"]);
    assert_eq!(school.count("SELECT count(*) FROM contact_domain WHERE domain = 'held.test'").await, 0);
}

#[tokio::test]
async fn the_table_tells_no_name() {
    let school = School::open().await;
    school.accept(1, "a@out.test", false, 0).await;
    assert_eq!(school.count("SELECT count(*) FROM contact WHERE length(hash) = 16").await, 2);
    let elsewhere = School::open().await;
    elsewhere.accept(1, "a@out.test", false, 0).await;
    let hashes = |school: &School| {
        let store = school.store.clone();
        async move {
            store.read(|db| Ok(db.query_row("SELECT hex(hash) FROM contact LIMIT 1", [], |row| row.get::<_, String>(0))?)).await
        }
    };
    assert_ne!(hashes(&school).await.unwrap(), hashes(&elsewhere).await.unwrap(), "another school's key gives other hashes");
}
