use super::*;
use crate::store::tests_kit;

async fn ledger() -> (Ledger, Store, tempfile::TempDir) {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    (Ledger::new(store.clone()), store, folder)
}

fn event(number: u32) -> Event {
    Event::Trouble { part: "test".into(), what: format!("number {number}") }
}

async fn three() -> (Ledger, Store, tempfile::TempDir) {
    let (ledger, store, folder) = ledger().await;
    ledger.write((1..=3).map(event).collect()).await.unwrap();
    (ledger, store, folder)
}

#[tokio::test]
async fn entries_stand_in_order_and_bound_to_each_other() {
    let (ledger, store, _folder) = three().await;
    let entries = ledger.recent(10).await.unwrap();
    assert_eq!(entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(entries[2].prev, entries[1].hash);
    assert_eq!(serde_json::from_str::<Event>(&entries[0].body).unwrap(), event(1));
    assert!(matches!(ledger.verify().await.unwrap(), Verified::Whole { entries: 3, .. }));
    store.close().await;
}

#[tokio::test]
async fn any_change_is_found_where_it_was_made() {
    for (sql, seq) in [
        ("UPDATE ledger SET body = replace(body, 'number', 'nothing') WHERE seq = 2", 2),
        ("UPDATE ledger SET at = at + 1 WHERE seq = 2", 2),
        ("UPDATE ledger SET name = 'other' WHERE seq = 3", 3),
        ("UPDATE ledger SET ref = 'x' WHERE seq = 1", 1),
        ("UPDATE ledger SET prev = zeroblob(32) WHERE seq = 2", 2),
        ("UPDATE ledger SET hash = zeroblob(32) WHERE seq = 2", 2),
        ("DELETE FROM ledger WHERE seq = 1", 2),
        ("DELETE FROM ledger WHERE seq = 2", 3),
    ] {
        let (ledger, store, _folder) = three().await;
        store.write(move |tx| Ok(tx.sql().execute_batch(sql)?)).await.unwrap();
        match ledger.verify().await.unwrap() {
            Verified::Broken(broken) => assert_eq!(broken.seq, seq, "{sql}"),
            whole => panic!("{sql}: {whole:?}"),
        }
        store.close().await;
    }
}

#[tokio::test]
async fn what_is_noted_is_written_within_moments() {
    let (ledger, store, _folder) = ledger().await;
    ledger.note(event(1));
    let written = async {
        while ledger.recent(1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap();
    ledger.note(event(2));
    ledger.flush().await.unwrap();
    assert_eq!(ledger.recent(9).await.unwrap().len(), 2);
    store.close().await;
}

#[tokio::test]
async fn what_the_store_does_not_take_waits_within_a_bound_and_is_counted() {
    let (ledger, store, _folder) = ledger().await;
    store.close().await;
    (0..NOTED + 7).for_each(|_| ledger.0.hold(event(1)));
    assert!(ledger.flush().await.is_err());
    let noted = ledger.0.noted.lock().unwrap();
    assert!(noted.events.len() <= NOTED + 1, "{}", noted.events.len());
    assert!(noted.events.iter().any(|(_, e)| matches!(e, Event::Trouble { what, .. } if what.starts_with("7 events"))));
}

#[test]
fn the_name_is_the_tag_and_a_line_never_has_two() {
    let event = Event::SignInFailed { client: [192, 0, 2, 1].into(), account: "a\r\nb".into() };
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["event"], event.name());
    assert_eq!(event.sentence(), "sign-in as a  b from 192.0.2.1 failed");
}

#[test]
fn a_virus_is_told_with_part_and_name_and_without_the_name_of_the_file() {
    let at: crate::base::Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let event = Event::VirusFound {
        reference: crate::base::Ref::new(at, [0; 3]),
        from: "office@school.example".to_owned(),
        recipients: vec![crate::base::Address::parse("a@b.example").unwrap()],
        client: [192, 0, 2, 1].into(),
        account: None,
        part: Some("1.2".to_owned()),
        file: Some("letter about somebody.doc".to_owned()),
        virus: "Eicar\r\nx".to_owned(),
    };
    let sentence = event.sentence();
    assert_eq!(sentence, "virus Eicar  x in part 1.2, from <office@school.example> (192.0.2.1) to a@b.example");
    assert_eq!((event.name(), event.reference().is_some()), ("virus-found", true));
    let whole = Event::Unscanned { reference: crate::base::Ref::new(at, [0; 3]), part: None, why: "too big".to_owned() };
    assert_eq!(whole.sentence(), "not scanned, the mail as a whole: too big");
}

#[test]
fn a_release_of_an_earlier_version_says_neither_why_nor_how() {
    let old = r#"{"event":"mail-released","reference":"5m2c9q0wk3t7h","recipients":["a@x.test"],"by":"it"}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(event.sentence(), "it released it to a@x.test");
    assert_eq!(serde_json::to_string(&event).unwrap(), old, "what is not said is not written");
    let new = old.replace("\"it\"", "\"it\",\"why\":\"agreed\\nBcc: x\",\"encrypt\":\"tls-verified\"");
    let event: Event = serde_json::from_str(&new).unwrap();
    assert_eq!(event.sentence(), "it released it to a@x.test, encrypted (tls-verified): agreed Bcc: x");
}
