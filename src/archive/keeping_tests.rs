//! Retention, holds, purge and verify together, on a store of their own, with the time given.

use bytes::Bytes;
use rusqlite::Connection;

use super::clock::{self, Clock};
use super::holds::{self, Asked, Hold, Named};
use super::proof::Prover;
use super::purge::{self, Outcome};
use super::retention;
use super::verify::{self, Report};
use crate::base::hash::sha256_hex;
use crate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp};
use crate::config::{self, Keep, Retention};
use crate::ledger::{self, Checkpoint, Event, Ledger};
use crate::store::{Keeping, KeptCopy, Mail, RecordHeader, Store, StoreError, tests_kit};

struct Bench {
    folder: tempfile::TempDir,
    options: config::Store,
    store: Store,
}

fn classes(months: i64) -> Vec<Retention> {
    vec![Retention { id: "ordinary".to_owned(), when: None, keep: Keep(jiff::Span::new().months(months)) }]
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reference(number: u8, at: &str) -> Ref {
    Ref::new(time(at), [0, 0, number])
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A mail received then; its Date header tells of another century.
fn mail(number: u8, at: &str, to: &str) -> (Mail, Vec<Event>) {
    let body = "concern ".repeat(50 * usize::from(number));
    let raw = format!(
        "From: Head <head@oakfield.example.sch.uk>\r\nDate: Mon, 1 Jan 1990 00:00:00 +0000\r\nSubject: {number}\r\n\r\n{body}"
    );
    let attached: Vec<u8> = (0..30_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let start = raw.len();
    let raw = Bytes::from([raw.as_bytes(), &attached, b"\r\n"].concat());
    let envelope = Envelope::new(ReversePath::Null, vec![Recipient::new(address(to))]);
    let (reference, received_at) = (reference(number, at), time(at));
    let sha256 = sha256_hex(&raw);
    let header = RecordHeader {
        reference: reference.clone(),
        received_at,
        envelope,
        origin: None,
        issued: None,
        provenance: None,
        sha256: sha256.clone(),
    };
    let accepted = Event::MailAccepted {
        reference: reference.clone(),
        from: String::new(),
        recipients: vec![address(to)],
        size: raw.len() as u64,
        sha256: sha256.clone(),
        class: "ordinary".into(),
        rules: Vec::new(),
        rule_set: String::new(),
    };
    let delivered = Event::Delivered {
        reference,
        copy: 1,
        recipients: vec![address(to)],
        route: "default".into(),
        host: "h".into(),
        reply: "250 ok".into(),
        tls: None,
        proof: None,
        sha256,
    };
    let copies = vec![KeptCopy { number: 1, recipients: vec![address(to)], edits: crate::message::Edits::default() }];
    let keep = Keeping { class: "ordinary".into(), until: classes(6)[0].ends(received_at) };
    let shared = std::iter::once(start..start + attached.len()).collect();
    (Mail { keep, header, copies, raw, shared }, vec![accepted, delivered])
}

async fn bench() -> Bench {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    Bench { folder, options, store }
}

impl Bench {
    async fn keep(&self, number: u8, at: &'static str, to: &str) -> Ref {
        let (mail, events) = mail(number, at, to);
        self.store
            .commit(vec![mail], move |tx| events.iter().try_for_each(|event| ledger::append(tx, time(at), event)))
            .await
            .unwrap();
        reference(number, at)
    }

    /// Three mails of March and one of June, and a ledger that goes on each day until a day before `now`.
    async fn filled(now: &str) -> Self {
        let bench = bench().await;
        bench.keep(1, "2026-03-02T08:00:00Z", "a@example.com").await;
        bench.keep(2, "2026-03-05T08:00:00Z", "b@example.com").await;
        bench.keep(3, "2026-03-31T23:59:00Z", "c@example.com").await;
        bench.keep(4, "2026-06-15T08:00:00Z", "a@example.com").await;
        clock::confirm(&bench.store, "it", time("2026-06-16T08:00:00Z")).await.unwrap();
        bench.days_until(time("2026-06-17T08:00:00Z"), time(now)).await;
        bench
    }

    async fn days_until(&self, mut at: Timestamp, now: Timestamp) {
        self.store
            .write(move |tx| {
                while at < now {
                    ledger::append(tx, at, &Event::Retried { reference: reference(9, "2026-01-01T00:00:00Z"), by: "it".into() })?;
                    at = at.checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
                }
                Ok(())
            })
            .await
            .unwrap();
    }

    async fn purge(&self, now: &str) -> Outcome {
        purge::run(&self.store, &classes(6), "it", time(now)).await.unwrap()
    }

    async fn verify(&self) -> Report {
        verify::run(&self.store, None, &std::sync::Arc::default()).await.unwrap()
    }

    async fn events(&self, name: &str) -> Vec<Event> {
        let entries = Ledger::beside(self.store.clone()).recent(10_000).await.unwrap();
        entries.iter().filter(|entry| entry.name == name).map(|entry| serde_json::from_str(&entry.body).unwrap()).collect()
    }

    async fn has(&self, reference: &Ref) -> bool {
        match self.store.place(reference).await {
            Ok(place) => self.store.fetch(&place).await.is_ok(),
            Err(StoreError::Missing(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn hold(&self, named: Named, now: &str) -> Hold {
        let asked = Asked { named, reason: "tribunal".into(), owner: "the clerk".into(), case: None };
        holds::set(&self.store, asked, 1, "it", time(now)).await.unwrap()
    }

    /// The database, as somebody with the key sees it.
    fn sql(&self) -> Connection {
        tests_kit::sql(&self.options)
    }

    fn segments(&self) -> Vec<std::path::PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(self.options.path.join("segments"))
            .unwrap()
            .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect();
        all.sort();
        all
    }
}

const MARCH_IS_OVER: &str = "2026-10-01T00:00:00Z";

#[tokio::test]
async fn purge_goes_by_receipt_and_leaves_a_certificate_that_explains_every_gap() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    assert!(bench.purge("2026-09-30T23:58:00Z").await.purged.is_empty(), "not before its last mail's time, whatever a Date says");
    let wrapped: Vec<u8> =
        bench.sql().query_row("SELECT wrapped FROM partition WHERE month = '2026-03'", [], |row| row.get(0)).unwrap();

    let outcome = bench.purge(MARCH_IS_OVER).await;
    assert_eq!(outcome.purged.len(), 1);
    assert!(outcome.purged[0].files_removed && outcome.purged[0].log_emptied);
    for (number, at) in [(1, "2026-03-02T08:00:00Z"), (2, "2026-03-05T08:00:00Z"), (3, "2026-03-31T23:59:00Z")] {
        assert!(!bench.has(&reference(number, at)).await);
    }
    assert!(bench.has(&reference(4, "2026-06-15T08:00:00Z")).await);
    assert_eq!(bench.segments().len(), 1);
    let [Event::Purged { mails, first, last, class, month, .. }] = &bench.events("purged").await[..] else {
        panic!("one certificate")
    };
    assert_eq!((*mails, class.as_str(), month.as_str()), (3, "ordinary", "2026-03"));
    assert_eq!((*first, *last), (Some(time("2026-03-02T08:00:00Z")), Some(time("2026-03-31T23:59:00Z"))));
    let report = bench.verify().await;
    assert!(report.is_whole(), "{:?}", report.faults);
    assert_eq!((report.mails, report.certificates), (1, 1));

    // The wrapped key stands nowhere: neither in the pages, decrypted, nor in what is left of the log.
    bench.store.close().await;
    let plain = bench.folder.path().join("plain.db");
    let db = bench.sql();
    db.execute_batch(&format!("ATTACH '{}' AS plain KEY ''; SELECT sqlcipher_export('plain'); DETACH plain;", plain.display()))
        .unwrap();
    drop(db);
    let contains =
        |file: &std::path::Path| std::fs::read(file).unwrap_or_default().windows(wrapped.len()).any(|bytes| bytes == wrapped);
    assert!(!contains(&plain));
    assert_eq!(std::fs::metadata(bench.options.path.join("store.db-wal")).map_or(0, |file| file.len()), 0);
}

#[tokio::test]
async fn purge_waits_for_mail_on_its_way_and_takes_it_the_next_time() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    let on_its_way = reference(1, "2026-03-02T08:00:00Z");
    let job = "INSERT INTO job (ref, received_at, size, route, next_try, copy) VALUES (?, 0, 0, 'default', 0, '{}')";
    bench.sql().execute(job, [on_its_way.as_str()]).unwrap();
    let outcome = bench.purge(MARCH_IS_OVER).await;
    assert!(outcome.purged.is_empty());
    assert!(outcome.skipped[0].why.contains("on their way"), "{:?}", outcome.skipped);
    bench.sql().execute("DELETE FROM job", []).unwrap();
    assert_eq!(bench.purge(MARCH_IS_OVER).await.purged.len(), 1);
    bench.store.close().await;
}

#[tokio::test]
async fn purge_beside_a_running_gateway_makes_it_forget_the_key_and_begin_anew() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    let beside = Store::open_beside(&bench.options).unwrap();
    let outcome = purge::run(&beside, &classes(6), "it", time(MARCH_IS_OVER)).await.unwrap();
    assert_eq!(outcome.purged.len(), 1);
    beside.close().await;
    // A mail that is dated into the old month by its import finds a new partition, at the latest at the second try.
    let (late, events) = mail(7, "2026-03-09T08:00:00Z", "late@example.com");
    let mut kept = Err(StoreError::Stopped);
    for _ in 0..2 {
        let events = events.clone();
        kept = bench
            .store
            .commit(vec![late.clone()], move |tx| events.iter().try_for_each(|event| ledger::append(tx, Timestamp::now(), event)))
            .await;
        if kept.is_ok() {
            break;
        }
    }
    let (_, stored) = kept.unwrap();
    assert!(bench.has(&reference(7, "2026-03-09T08:00:00Z")).await);
    assert!(stored[0].place().partition > outcome.purged[0].partition, "numbers of partitions are not used twice");
    assert!(bench.verify().await.is_whole());
    bench.store.close().await;
}

#[tokio::test]
async fn holds_beat_retention_and_what_they_name_is_byte_for_byte_the_same() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    let held = reference(2, "2026-03-05T08:00:00Z");
    let before = bench.store.fetch(&bench.store.place(&held).await.unwrap()).await.unwrap();
    let by_address = bench.hold(Named::Address(address("B@example.com")), "2026-09-01T00:00:00Z").await;
    let by_ref = bench.hold(Named::References(vec![reference(3, "2026-03-31T23:59:00Z")]), "2026-09-01T00:00:00Z").await;
    let calendar = purge::calendar(&bench.store, &classes(6), time(MARCH_IS_OVER)).await.unwrap();
    assert_eq!((calendar[0].mails, calendar[0].held, calendar[0].due), (3, 2, true));

    let outcome = bench.purge(MARCH_IS_OVER).await;
    assert_eq!((outcome.purged.len(), outcome.held_aside), (1, 2));
    assert!(!bench.has(&reference(1, "2026-03-02T08:00:00Z")).await);
    let row = bench.store.row_of(&held).await.unwrap();
    let after = bench.store.fetch(&row.place).await.unwrap();
    assert_eq!((after.raw, after.header, after.copies), (before.raw, before.header, before.copies));
    assert!(
        bench.store.unindexed(100).await.unwrap().iter().any(|(waiting, _)| waiting.seq == row.seq),
        "the index takes it in anew"
    );
    let partitions = bench.store.partitions().await.unwrap();
    let mine = partitions.iter().find(|partition| partition.class == by_address.class()).unwrap();
    assert_eq!((mine.month.as_str(), mine.mails), ("2026-03", 1));
    assert!(bench.verify().await.is_whole());
    assert_eq!(bench.events("held-aside").await.len(), 2);
    assert!(bench.purge(MARCH_IS_OVER).await.purged.is_empty(), "it stays as long as the hold stands");

    // Lifted: thirty days of grace, then it goes with its original time.
    holds::lift(&bench.store, by_address.id, "decided", 1, "it", time(MARCH_IS_OVER)).await.unwrap();
    assert!(holds::lift(&bench.store, by_address.id, "again", 1, "it", time(MARCH_IS_OVER)).await.is_err());
    bench.days_until(time(MARCH_IS_OVER), time("2026-10-30T00:30:00Z")).await;
    assert!(bench.purge("2026-10-30T23:00:00Z").await.purged.is_empty());
    assert!(bench.has(&held).await);
    assert_eq!(bench.purge("2026-10-31T01:00:00Z").await.purged.len(), 1);
    assert!(!bench.has(&held).await);
    assert!(bench.has(&reference(3, "2026-03-31T23:59:00Z")).await, "hold {} stands", by_ref.id);
    assert!(bench.verify().await.is_whole());
    bench.store.close().await;
}

#[tokio::test]
async fn a_hold_set_on_mail_that_another_hold_kept_keeps_it_too() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    let first = bench.hold(Named::Address(address("b@example.com")), "2026-09-01T00:00:00Z").await;
    bench.purge(MARCH_IS_OVER).await;
    bench.hold(Named::References(vec![reference(2, "2026-03-05T08:00:00Z")]), MARCH_IS_OVER).await;
    holds::lift(&bench.store, first.id, "decided", 1, "it", time(MARCH_IS_OVER)).await.unwrap();
    bench.days_until(time(MARCH_IS_OVER), time("2026-11-02T00:00:00Z")).await;
    let outcome = bench.purge("2026-11-02T00:00:00Z").await;
    assert_eq!((outcome.purged.len(), outcome.held_aside), (1, 1));
    assert!(bench.has(&reference(2, "2026-03-05T08:00:00Z")).await);
    assert!(bench.verify().await.is_whole());
    bench.store.close().await;
}

#[tokio::test]
async fn retention_is_lengthened_by_the_configuration_and_never_shortened() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    let now = time("2026-09-01T00:00:00Z");
    let ends = async || bench.store.partitions().await.unwrap()[0].expires_at.unwrap().to_string();
    assert_eq!(ends().await, "2026-09-30T23:59:00Z");
    assert!(retention::lengthen(&bench.store, &classes(6), now).await.unwrap().is_empty());
    assert!(retention::lengthen(&bench.store, &classes(3), now).await.unwrap().is_empty());
    assert_eq!(ends().await, "2026-09-30T23:59:00Z");
    let events = retention::lengthen(&bench.store, &classes(36), now).await.unwrap();
    assert!(matches!(&events[..], [Event::RetentionLengthened { partitions: 2, .. }]), "{events:?}");
    assert_eq!(ends().await, "2029-03-31T23:59:00Z");
    assert!(bench.purge(MARCH_IS_OVER).await.purged.is_empty());
    // A store of an earlier version knows no dates: they count from the end of the month.
    bench.sql().execute("UPDATE partition SET expires_at = NULL", []).unwrap();
    let march = bench.store.partitions().await.unwrap().remove(0);
    assert_eq!(retention::ends(&march, &classes(6)).unwrap().to_string(), "2026-09-30T23:59:59.999Z");
    assert_eq!(retention::ends(&march, &[]), None, "a class that nobody knows any more is not purged");
    bench.store.close().await;
}

#[tokio::test]
async fn a_clock_that_jumped_purges_nothing_until_somebody_confirms_it() {
    let bench = Bench::filled("2026-07-01T00:00:00Z").await;
    let far = "2027-03-01T00:00:00Z";
    let outcome = bench.purge(far).await;
    assert!(matches!(outcome.doubt, Some(Clock::Jumped { news: true, .. })), "{outcome:?}");
    assert!(matches!(bench.purge(far).await.doubt, Some(Clock::Jumped { news: false, .. })), "told once");
    assert_eq!(bench.events("clock-doubted").await.len(), 1);
    // A gateway that was started by the wrong clock has written by it: that does not make it right.
    bench.days_until(time("2027-02-25T00:00:00Z"), time(far)).await;
    assert!(bench.purge(far).await.doubt.is_some());
    clock::confirm(&bench.store, "it", time(far)).await.unwrap();
    assert_eq!(bench.purge(far).await.purged.len(), 2);
    bench.store.close().await;
}

#[tokio::test]
async fn a_clock_that_went_back_purges_nothing() {
    let bench = Bench::filled("2026-10-02T00:00:00Z").await;
    let outcome = bench.purge("2026-10-01T00:00:00Z").await;
    assert!(matches!(outcome.doubt, Some(Clock::Back { .. })), "{outcome:?}");
    assert_eq!(bench.purge("2026-10-02T08:00:00Z").await.purged.len(), 1);
    bench.store.close().await;
}

#[tokio::test]
async fn verify_names_a_flipped_bit_wherever_it_is_in_a_segment() {
    let bench = Bench::filled(MARCH_IS_OVER).await;
    for file in bench.segments() {
        let whole = std::fs::read(&file).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&file, bytes).unwrap();
            let report = bench.verify().await;
            let month = file.parent().unwrap().to_str().unwrap().split("ordinary-").nth(1).unwrap();
            assert!(!report.is_whole(), "{}: bit at {at} was not found", file.display());
            assert!(report.faults.iter().all(|fault| fault.file.as_ref().unwrap().contains(month)), "{:?}", report.faults);
        }
        std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert!(bench.verify().await.faults.iter().any(|fault| fault.what == "file"), "cut short");
        std::fs::write(&file, whole).unwrap();
    }
    assert!(bench.verify().await.is_whole());
    bench.store.close().await;
}

#[tokio::test]
async fn verify_names_every_row_that_was_changed_by_somebody_with_the_key() {
    let changes = [
        ("UPDATE mail SET leaf = zeroblob(32) WHERE seq = 2", "mail"),
        ("UPDATE mail SET at = at + 1 WHERE seq = 2", "mail"),
        ("UPDATE mail SET received_at = 0 WHERE seq = 4", "mail"),
        ("UPDATE mail SET partition = 77 WHERE seq = 1", "mail"),
        ("DELETE FROM mail WHERE seq = 2", "order"),
        ("DELETE FROM mail WHERE seq = 4", "order"),
        ("UPDATE partition SET wrapped = zeroblob(60)", "mail"),
        ("DELETE FROM blob", "mail"),
        ("UPDATE blob SET name = zeroblob(32)", "attachment"),
        ("UPDATE ledger SET body = replace(body, 'a@example.com', 'z@example.com') WHERE seq = 1", "ledger"),
        ("DELETE FROM ledger WHERE seq = 3", "ledger"),
        ("INSERT INTO gone SELECT seq + 4, ref || '', 99, leaf FROM mail WHERE seq = 1", "certificate"),
    ];
    for (change, what) in changes {
        let bench = Bench::filled("2026-07-01T00:00:00Z").await;
        bench.store.close().await; // nothing is remembered from before
        bench.sql().execute(change, []).unwrap();
        let store = Store::open_beside(&bench.options).unwrap();
        let report = verify::run(&store, None, &std::sync::Arc::default()).await.unwrap();
        assert!(report.faults.iter().any(|fault| fault.what == what), "{change}: {:?}", report.faults);
        store.close().await;
    }
}

#[tokio::test]
async fn verify_finds_by_a_witness_that_the_store_was_put_back_or_written_anew() {
    let bench = Bench::filled("2026-07-01T00:00:00Z").await;
    let ledger = Ledger::beside(bench.store.clone());
    let old = ledger.checkpoint("mail.oakfield.example.sch.uk/schoolgate", time("2026-07-01T00:00:00Z")).await.unwrap();
    let Bench { folder, options, store } = bench;
    store.close().await;
    drop((store, ledger));
    let copy = std::fs::read(options.path.join("store.db")).unwrap();
    let store = Store::open(&options).unwrap();
    let again = Bench { folder, options, store };
    again.keep(5, "2026-07-01T08:00:00Z", "e@example.com").await;
    let ledger = Ledger::beside(again.store.clone());
    let new = ledger.checkpoint("mail.oakfield.example.sch.uk/schoolgate", time("2026-07-02T00:00:00Z")).await.unwrap();
    let look = async |store: &Store, by: &Checkpoint| verify::run(store, Some(by), &std::sync::Arc::default()).await.unwrap();
    assert!(look(&again.store, &old).await.is_whole());
    assert!(look(&again.store, &new).await.is_whole());
    let Bench { folder, options, store } = again;
    store.close().await;
    drop((store, ledger));

    // Rolled back to before: whole in itself, and found by the witness alone.
    std::fs::write(options.path.join("store.db"), &copy).unwrap();
    let store = Store::open(&options).unwrap();
    assert!(verify::run(&store, None, &std::sync::Arc::default()).await.unwrap().is_whole());
    let report = look(&store, &new).await;
    assert!(report.faults.iter().all(|fault| fault.what == "checkpoint" && fault.why.contains("cut off")), "{:?}", report.faults);
    assert_eq!(report.faults.len(), 2, "entries and mails");
    assert!(look(&store, &old).await.is_whole());
    // Another mail in the place of the one that was cut off.
    let forged = Bench { folder, options, store };
    forged.keep(6, "2026-07-01T08:00:00Z", "f@example.com").await;
    forged.days_until(time("2026-07-01T09:00:00Z"), time("2026-07-02T10:00:00Z")).await;
    let report = look(&forged.store, &new).await;
    assert!(report.faults.iter().any(|fault| fault.why.contains("they were changed")), "{:?}", report.faults);
    forged.store.close().await;
}

#[tokio::test]
async fn verify_is_done_offline_by_the_proof_of_a_mail() {
    let bench = Bench::filled("2026-07-01T00:00:00Z").await;
    let ledger = Ledger::beside(bench.store.clone());
    let signed = ledger.checkpoint("mail.oakfield.example.sch.uk/schoolgate", time("2026-07-01T00:00:00Z")).await.unwrap();
    let prover = Prover::new(&bench.store, signed.clone()).await.unwrap();
    let wanted = reference(2, "2026-03-05T08:00:00Z");
    let raw = bench.store.fetch(&bench.store.place(&wanted).await.unwrap()).await.unwrap().raw;
    let proof = prover.prove(&bench.store, &wanted).await.unwrap();
    let proof: super::proof::Proof = serde_json::from_str(&serde_json::to_string(&proof).unwrap()).unwrap();
    assert_eq!(Checkpoint::read(&proof.note, &signed.key).unwrap(), signed);
    proof.check(&sha256_hex(&raw), Some(&proof.leaf.clone()), &signed).unwrap();
    assert!(proof.check(&sha256_hex(b"another"), None, &signed).is_err());
    assert_eq!(proof.of_copy(1, &sha256_hex(&raw), &signed), Ok(true));
    assert_eq!(proof.of_copy(2, &sha256_hex(&raw), &signed), Ok(false));
    assert!(proof.of_copy(1, &sha256_hex(b"another"), &signed).unwrap_err().contains("copy 1"));
    assert!(proof.check(&sha256_hex(&raw), Some(&[0; 32]), &signed).is_err());
    let mut forged = proof.clone();
    forged.entry.body = forged.entry.body.replace("b@example.com", "z@example.com");
    assert!(forged.check(&sha256_hex(&raw), None, &signed).is_err());
    // A true entry about a mail that says nothing of its bytes proves none.
    let hashes = ledger.walk(|walk| {
        let mut hashes: Vec<Vec<u8>> = Vec::new();
        walk(&mut |entry| hashes.push(entry.hash))?;
        Ok(hashes)
    });
    let hashes = hashes.await.unwrap();
    let retried = ledger.about(&reference(9, "2026-01-01T00:00:00Z")).await.unwrap().remove(0);
    let size = usize::try_from(signed.size).unwrap();
    let inclusion = crate::ledger::tree::inclusion(&hashes[..size], retried.seq.unsigned_abs() - 1).unwrap();
    let mut other = super::proof::Proof { reference: reference(9, "2026-01-01T00:00:00Z"), ledger: inclusion, ..proof.clone() };
    let (at, prev) = (retried.at.as_millisecond(), retried.prev.try_into().unwrap());
    other.entry = super::proof::ProvenEntry { seq: retried.seq, at, name: retried.name, body: retried.body, prev };
    assert!(other.check(&sha256_hex(b"any"), None, &signed).unwrap_err().contains("does not tell how it came"));
    let late = bench.keep(8, "2026-07-01T08:00:00Z", "l@example.com").await;
    assert!(prover.prove(&bench.store, &late).await.is_err());
    bench.store.close().await;
}
