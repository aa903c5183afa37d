use bytes::Bytes;

use super::*;
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
    let month = lost.partitions().await.unwrap()[0].month.clone();
    let body = format!("{{\"event\":\"purged\",\"class\":\"head\",\"month\":\"{month}\",\"mails\":1}}");
    lost.write(move |tx| {
        let put = "INSERT INTO ledger VALUES ((SELECT max(seq) + 1 FROM ledger), 0, 'purged', NULL, ?, x'', x'')";
        Ok(tx.sql().execute(put, [body]).map(drop)?)
    })
    .await
    .unwrap();
    lost.close().await;
    for (over, left_out) in [(None, vec![]), (Some(options.path.clone()), vec![format!("head {month}")])] {
        let place = config::Store { path: folder.path().join(format!("new-{}", left_out.len())), ..options.clone() };
        let terms = Terms { release_queue: false, over, despite_damage: false, by: "it".to_owned() };
        let restored = restore(&place, &to, &terms, |_| ()).await.unwrap();
        assert_eq!(restored.left_out, left_out);
        assert_eq!(restored.mails, 2 - left_out.len() as u64);
        let store = Store::open(&place).unwrap();
        assert_eq!(store.unindexed(10).await.unwrap().len() as u64, restored.mails, "every mail waits for the index");
        assert_eq!(Ledger::new(store.clone()).named("restored").await.unwrap().len(), 1);
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

#[test]
fn a_manifest_that_leads_out_of_its_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |file: &str| format!("{{\"file\":\"{file}\",\"length\":1,\"sha256\":\"\"}}");
    let manifest = |database: &str| {
        format!(
            "{{\"version\":1,\"generation\":1,\"made_at\":\"2026-11-26T01:00:00Z\",\"program\":\"0\",\"key\":\"\",\"ledger\":\
             {{\"seq\":0,\"hash\":\"\"}},\"mails\":0,\"database\":{},\"root_key\":null,\"segments\":[],\"aside\":[]}}",
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
