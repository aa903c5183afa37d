use bytes::Bytes;

use super::*;
use crate::archive::purge;
use crate::base::{Envelope, Ref, ReversePath, Timestamp};
use crate::config;
use crate::ledger::Ledger;
use crate::store::{Keeping, Mail, RecordHeader, Store};

/// A store with a mail in each of two classes.
async fn store(options: &config::Store) -> Store {
    let store = Store::open(options).unwrap();
    for (number, class) in ["ordinary", "head"].into_iter().enumerate() {
        let reference = Ref::new(Timestamp::now(), [0, 0, number as u8]);
        let (received_at, envelope) = (reference.received_at(), Envelope::new(ReversePath::Null, Vec::new()));
        let header = RecordHeader {
            reference,
            received_at,
            envelope,
            origin: None,
            issued: None,
            provenance: None,
            sha256: String::new(),
        };
        let mail = Mail {
            keep: Keeping::for_ever(class),
            header,
            raw: Bytes::from_static(b"Subject: x\r\n\r\ny\r\n"),
            copies: Vec::new(),
            shared: Vec::new(),
        };
        store.commit(vec![mail], |_| Ok(())).await.unwrap();
    }
    store
}

#[tokio::test]
async fn what_a_certificate_of_the_lost_store_names_does_not_come_back() {
    let (folder, options) = crate::store::tests_kit::place();
    let lost = store(&options).await;
    let to = folder.path().join("backup");
    let wish = Wish { folder: &to, check: false, by: "it".to_owned() };
    make((&lost, &options), &wish, |_| ()).await.unwrap();
    let head = lost.partitions().await.unwrap().into_iter().find(|partition| partition.class == "head").unwrap();
    let month = head.month;
    purge::again(&lost, head.id, "it", Timestamp::now()).await.unwrap();
    lost.close().await;
    for (over, left_out) in [(None, vec![]), (Some(options.path.clone()), vec![format!("head {month}")])] {
        let place = config::Store { path: folder.path().join(format!("new-{}", left_out.len())), ..options.clone() };
        let terms = Terms { release_queue: false, over, despite_damage: false, classes: Vec::new(), by: "it".to_owned() };
        let restored = restore(&place, &to, &terms, |_| ()).await.unwrap();
        assert_eq!(restored.left_out, left_out);
        assert_eq!(restored.mails, 2 - left_out.len() as u64);
        let store = Store::open(&place).unwrap();
        assert_eq!(store.unindexed(10).await.unwrap().len() as u64, restored.mails, "every mail waits for the index");
        assert_eq!(Ledger::new(store.clone()).fold(&["restored"], 0, |count, _| *count += 1).await.unwrap(), 1);
        store.close().await;
    }
}

#[tokio::test]
async fn a_backup_is_of_one_moment_and_goes_on_from_there() {
    let (folder, options) = crate::store::tests_kit::place();
    let store = store(&options).await;
    let to = folder.path().join("deep/backup");
    let wish = Wish { folder: &to, check: false, by: "it".to_owned() };
    let first = make((&store, &options), &wish, |_| ()).await.unwrap();
    assert_eq!((first.manifest.mails, first.manifest.segments.len(), first.files), (2, 2, 4));
    let second = make((&store, &options), &wish, |_| ()).await.unwrap();
    assert_eq!((second.files, second.removed), (2, 2), "the database and the root key alone");
    assert_eq!(second.manifest.segments, first.manifest.segments);
    assert_eq!(Manifest::read(&to).unwrap().unwrap(), second.manifest);
    assert!(second.manifest.ledger.seq > first.manifest.ledger.seq, "the first stands in the ledger");
    store.close().await;
}

#[tokio::test]
async fn a_file_of_mails_that_is_gone_is_named_and_the_backup_before_stays() {
    let (folder, options) = crate::store::tests_kit::place();
    let store = store(&options).await;
    let to = folder.path().join("backup");
    let wish = Wish { folder: &to, check: false, by: "it".to_owned() };
    let first = make((&store, &options), &wish, |_| ()).await.unwrap();
    let segment = options.path.join(&first.manifest.segments[0].file);
    let bytes = std::fs::read(&segment).unwrap();
    std::fs::remove_file(&segment).unwrap();
    let why = make((&store, &options), &wish, |_| ()).await.unwrap_err().to_string();
    assert!(why.contains(segment.to_str().unwrap()), "{why}");
    std::fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
    let other = Wish { folder: &folder.path().join("other"), ..wish };
    let why = make((&store, &options), &other, |_| ()).await.unwrap_err().to_string();
    assert!(why.contains("is shorter than what was written to it"), "{why}");
    assert_eq!(Manifest::read(&to).unwrap().unwrap(), first.manifest);
    store.close().await;
    let place = config::Store { path: folder.path().join("new"), ..options.clone() };
    let terms = Terms { release_queue: false, over: None, despite_damage: false, classes: Vec::new(), by: "it".to_owned() };
    assert_eq!(restore(&place, &to, &terms, |_| ()).await.unwrap().mails, 2);
}

#[tokio::test]
async fn files_beside_the_segments_come_and_go_with_the_store() {
    let (folder, options) = crate::store::tests_kit::place();
    let store = store(&options).await;
    let to = folder.path().join("backup");
    let wish = Wish { folder: &to, check: false, by: "it".to_owned() };
    std::fs::create_dir(options.path.join("aside")).unwrap();
    for name in ["0a", "0b"] {
        std::fs::write(options.path.join("aside").join(name), name).unwrap();
    }
    assert_eq!(make((&store, &options), &wish, |_| ()).await.unwrap().manifest.aside.len(), 2);
    std::fs::remove_file(options.path.join("aside/0a")).unwrap();
    make((&store, &options), &wish, |_| ()).await.unwrap();
    assert!(!to.join("aside/0a").exists());
    store.close().await;
    let place = config::Store { path: folder.path().join("new"), ..options.clone() };
    let terms = Terms { release_queue: false, over: None, despite_damage: false, classes: Vec::new(), by: "it".to_owned() };
    restore(&place, &to, &terms, |_| ()).await.unwrap();
    assert_eq!(std::fs::read(place.path.join("aside/0b")).unwrap(), b"0b");
    assert!(!place.path.join("aside/0a").exists());
}

#[tokio::test]
async fn a_manifest_that_was_changed_is_refused() {
    let (folder, options) = crate::store::tests_kit::place();
    let store = store(&options).await;
    let to = folder.path().join("backup");
    let wish = Wish { folder: &to, check: false, by: "it".to_owned() };
    make((&store, &options), &wish, |_| ()).await.unwrap();
    let manifest = std::fs::read(to.join("manifest.json")).unwrap();
    let place = config::Store { path: folder.path().join("new"), ..options.clone() };
    for at in (0..manifest.len()).step_by(11) {
        let mut changed = manifest.clone();
        changed[at] ^= 4;
        if serde_json::from_slice::<Manifest>(&changed).ok() == serde_json::from_slice(&manifest).ok() {
            continue; // white space
        }
        std::fs::write(to.join("manifest.json"), changed).unwrap();
        let terms = Terms { release_queue: false, over: None, despite_damage: true, classes: Vec::new(), by: "it".to_owned() };
        assert!(restore(&place, &to, &terms, |_| ()).await.is_err(), "byte {at}");
        assert!(make((&store, &options), &wish, |_| ()).await.is_err(), "byte {at}");
    }
    std::fs::write(to.join("manifest.json"), manifest).unwrap();
    make((&store, &options), &wish, |_| ()).await.unwrap();
    store.close().await;
}

#[test]
fn a_manifest_that_leads_out_of_its_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |file: &str| format!("{{\"file\":\"{file}\",\"length\":1,\"sha256\":\"\"}}");
    let manifest = |database: &str| {
        format!(
            "{{\"version\":1,\"generation\":1,\"made_at\":\"2026-11-26T01:00:00Z\",\"program\":\"0\",\"key\":\"\",\"ledger\":\
             {{\"seq\":0,\"hash\":\"\"}},\"mails\":0,\"database\":{},\"root_key\":null,\"segments\":[],\"aside\":[],\"mac\":\"\"}}",
            kept(database)
        )
    };
    for (database, fits) in [("store-1.db", true), ("../store-1.db", false), ("/etc/passwd", false), ("..", false)] {
        std::fs::write(folder.path().join("manifest.json"), manifest(database)).unwrap();
        assert_eq!(Manifest::read(folder.path()).is_ok(), fits, "{database}");
    }
    std::fs::write(folder.path().join("manifest.json"), manifest("store-1.db").replace("\"version\":1", "\"version\":2"))
        .unwrap();
    assert!(Manifest::read(folder.path()).unwrap_err().to_string().contains("this program knows 1"));
}
