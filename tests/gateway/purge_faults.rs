//! Being killed at every operation of a purge: what it was about is there whole, or gone whole, and a hold keeps what it names.
//!
//! As in `store_faults`: the purge runs in a child under the shim; afterwards the store is opened without it and looked at.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use schoolgate::archive::{clock, holds, purge, verify};
use schoolgate::base::hash::sha256_hex;
use schoolgate::base::{Envelope, Ref, ReversePath, Timestamp};
use schoolgate::config::{self, Retention};
use schoolgate::ledger::{self, Event};
use schoolgate::store::{Keeping, Mail, RecordHeader, Store, StoreError};

use crate::store_faults::{FOLDER, folder, options, shim};

const NOW: &str = "2026-10-01T00:00:00Z";
const CLASSES: &[Retention] = &[];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reference(number: u8) -> Ref {
    Ref::new(time("2026-03-02T08:00:00Z"), [0, 0, number])
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
#[ignore = "the purge itself: run by the tests below, under the shim"]
fn child() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("run by the tests below"));
    runtime().block_on(async {
        let Ok(store) = Store::open(&options(&folder)) else { return };
        if let Ok(outcome) = purge::run(&store, CLASSES, "it", time(NOW)).await {
            println!("purged {}", outcome.purged.len());
        }
        store.close().await;
    });
}

/// Two mails of March whose time is over, one of them held, and one of June.
async fn fill(options: &config::Store) {
    let store = Store::open(options).unwrap();
    for (number, month, until) in [(1, "2026-03", NOW), (2, "2026-03", NOW), (3, "2026-06", "2027-01-01T00:00:00Z")] {
        let raw = Bytes::from(format!("Subject: {number}\r\n\r\n{}\r\n", "word ".repeat(5000)));
        let (received_at, sha256) = (time(&format!("{month}-02T08:00:00Z")), sha256_hex(&raw));
        let header = RecordHeader {
            reference: reference(number),
            received_at,
            envelope: Envelope::new(ReversePath::Null, Vec::new()),
            origin: None,
            issued: None,
            provenance: None,
            sha256: sha256.clone(),
        };
        let keep = Keeping { class: "ordinary".into(), until: time(until) };
        let shared = std::iter::once(14..20_000).collect();
        let event = Event::MailAccepted {
            reference: reference(number),
            from: String::new(),
            recipients: Vec::new(),
            size: 0,
            sha256,
            class: "ordinary".into(),
            rules: Vec::new(),
            rule_set: String::new(),
        };
        let mail = Mail { keep, header, copies: Vec::new(), raw, shared };
        store.commit(vec![mail], move |tx| ledger::append(tx, received_at, &event)).await.unwrap();
    }
    let named = holds::Named::References(vec![reference(2)]);
    let asked = holds::Asked { named, reason: "tribunal".into(), owner: "the clerk".into(), case: None };
    holds::set(&store, asked, 1, "it", time(NOW)).await.unwrap();
    clock::confirm(&store, "it", time(NOW)).await.unwrap();
    store.index(1).await.unwrap().connect(256).unwrap().execute_batch("CREATE TABLE words (word TEXT)").unwrap();
    store.close().await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

async fn has(store: &Store, number: u8) -> bool {
    match store.place(&reference(number)).await {
        Ok(place) => store.fetch(&place).await.map(|_| true).unwrap(),
        Err(StoreError::Missing(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn check(options: &config::Store, said: bool, at: &str) {
    let store = Store::open(options).unwrap_or_else(|error| panic!("{at}: {error}"));
    let report = verify::run(&store, None, &std::sync::Arc::default()).await.unwrap();
    assert!(report.is_whole(), "{at}: {:?}", report.faults);
    assert!(has(&store, 2).await && has(&store, 3).await, "{at}: what is held or not over is lost");
    let gone = !has(&store, 1).await;
    assert!(gone || !said, "{at}: the purge was said to be done");
    let partitions = store.partitions().await.unwrap();
    let expected: Vec<String> =
        partitions.iter().filter(|one| one.bytes > 0).map(|one| format!("{}-{}", one.class, one.month)).collect();
    let there = names(&options.path.join("segments"));
    assert!(expected.iter().all(|name| there.contains(name)), "{at}: {expected:?} {there:?}");
    if gone {
        assert_eq!(report.certificates, 1, "{at}");
        assert!(!there.iter().any(|name| name == "ordinary-2026-03"), "{at}: segments are left");
        assert!(names(&options.path.join("index")).is_empty(), "{at}: its index is left");
    }
    purge::run(&store, CLASSES, "it", time(NOW)).await.unwrap_or_else(|error| panic!("{at}: {error}"));
    assert!(!has(&store, 1).await && has(&store, 2).await, "{at}: the next run finishes it");
    assert!(verify::run(&store, None, &std::sync::Arc::default()).await.unwrap().is_whole(), "{at}");
    store.close().await;
}

#[test]
fn killed_at_any_step_of_a_purge_a_partition_is_there_whole_or_gone_whole() {
    let Some(shim) = shim() else { return };
    let runtime = runtime();
    let full = folder();
    runtime.block_on(fill(&options(full.path())));
    for kind in ["kill", "torn"] {
        for number in 1..1000 {
            let folder = tempfile::tempdir().unwrap();
            copy(full.path(), folder.path());
            let marker = folder.path().join("reached");
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "purge_faults::child", "--ignored", "--nocapture", "--test-threads=1"]);
            child.env("LD_PRELOAD", shim).env(FOLDER, folder.path()).env("FAULT_PATH", folder.path().join("store"));
            child.envs([("FAULT_OPS", "all"), ("FAULT_KIND", kind), ("FAULT_AT", &number.to_string())]);
            let out = child.env("FAULT_MARK", &marker).stdin(Stdio::null()).output().unwrap();
            let said = String::from_utf8_lossy(&out.stdout).contains("purged 1");
            assert_ne!(out.status.code(), Some(101), "{}", String::from_utf8_lossy(&out.stderr));
            runtime.block_on(check(&options(folder.path()), said, &format!("{kind} at operation {number}")));
            if !marker.exists() {
                assert!(said && number > 20, "only {number} operations were seen");
                break;
            }
        }
    }
}
