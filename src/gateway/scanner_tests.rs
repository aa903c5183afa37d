use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::time::Instant;

use super::*;
use crate::config::{Antivirus, ClamdAddress};
use crate::extract::Leaf;
use crate::scan::Outcome;
use crate::store::{MasterKey, Store};

const LONG: Duration = Duration::from_secs(60);

fn scanner_at(socket: &Path) -> Scanner {
    let clamd = Some(ClamdAddress::Unix(socket.to_owned()));
    Scanner::new(&Antivirus { clamd, timeout: LONG, clamd_conf: None })
}

async fn scan(scanner: &Scanner) -> Outcome {
    let leaf = |part: &str| Leaf { part: part.to_owned(), name: String::new(), bytes: part.to_owned().into() };
    scanner.scan("mail".into(), vec![leaf("1"), leaf("2")], Instant::now() + LONG).await.whole
}

/// A clamd that calls everything clean.
async fn call_all_clean(socket: PathBuf) {
    let listener = UnixListener::bind(socket).unwrap();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(&[0, 0, 0, 0]) && client.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {}
        client.write_all(b"stream: OK\0").await.unwrap();
    }
}

async fn told(ledger: &Ledger, count: usize) -> Vec<Event> {
    let give_up = Instant::now() + LONG;
    loop {
        ledger.flush().await.unwrap();
        let events: Vec<Event> =
            ledger.recent(10).await.unwrap().iter().map(|entry| serde_json::from_str(&entry.body).unwrap()).collect();
        if events.len() >= count {
            return events;
        }
        assert!(Instant::now() < give_up, "{events:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn each_turn_of_the_scanner_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    MasterKey::create(&key_file).unwrap();
    let store = Store::open(&crate::config::Store { path: folder.path().join("store"), key_file }).unwrap();
    let (ledger, stop) = (Ledger::new(store.clone()), CancellationToken::new());
    let socket = folder.path().join("clamd.ctl");
    let (scanner, _) = watch::channel(scanner_at(&folder.path().join("another")));
    let telling = tokio::spawn(tell(scanner.subscribe(), ledger.clone(), stop.clone()));
    let in_force = scanner_at(&socket);
    scanner.send_replace(in_force.clone()); // a reload: the one that is gone is no end of the telling
    for _ in 0..3 {
        assert!(matches!(scan(&in_force).await, Outcome::Down(_)));
    }
    let events = told(&ledger, 1).await;
    assert!(matches!(&events[0], Event::Trouble { part, what } if part == "clamd" && what.contains("there is no socket")));
    let clamd = tokio::spawn(call_all_clean(socket));
    let give_up = Instant::now() + LONG;
    while scan(&in_force).await != Outcome::Clean {
        assert!(Instant::now() < give_up, "the trial was never let through");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut events = told(&ledger, 2).await;
    events.sort_by_key(|event| event.name());
    assert_eq!(events.iter().map(Event::name).collect::<Vec<_>>(), ["recovered", "trouble"]);
    stop.cancel();
    tokio::time::timeout(LONG, telling).await.unwrap().unwrap();
    clamd.abort();
    store.close().await;
}
