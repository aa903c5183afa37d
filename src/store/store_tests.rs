use bytes::Bytes;

use super::*;
use crate::base::{Envelope, ReversePath};

struct Bench {
    folder: tempfile::TempDir,
    options: config::Store,
}

fn bench() -> Bench {
    let (folder, options) = tests_kit::place();
    Bench { folder, options }
}

fn mail(number: u8, class: &str, raw: Vec<u8>) -> Mail {
    let envelope = Envelope::new(ReversePath::Null, Vec::new());
    let received_at = "2026-11-23T08:00:00Z".parse().unwrap();
    let reference = Ref::new(received_at, [0, 0, number]);
    let header =
        RecordHeader { reference, received_at, envelope, origin: None, issued: None, provenance: None, sha256: String::new() };
    Mail { keep: Keeping::for_ever(class), header, copies: Vec::new(), raw: Bytes::from(raw), shared: Vec::new() }
}

async fn keep(store: &Store, mail: Mail) -> Stored {
    store.commit(vec![mail], |_| Ok(())).await.unwrap().1.remove(0)
}

#[tokio::test]
async fn two_gateways_on_one_store_are_refused_with_a_sentence() {
    let bench = bench();
    let first = Store::open(&bench.options).unwrap();
    let why = Store::open(&bench.options).err().unwrap().to_string();
    assert!(why.contains("another gateway already runs"), "{why}");
    let beside = Store::open_beside(&bench.options).unwrap();
    beside.close().await;
    first.close().await;
}

#[tokio::test]
async fn another_key_does_not_open_the_store() {
    let bench = bench();
    Store::open(&bench.options).unwrap().close().await;
    let key_file = bench.folder.path().join("other");
    MasterKey::create(&key_file).unwrap();
    let other = config::Store { key_file, ..bench.options.clone() };
    assert_eq!(Store::open_beside(&other).err(), Some(StoreError::Key(KeyError::WrongKey)));
}

#[tokio::test]
async fn mails_of_two_processes_and_odd_classes_come_back_after_a_restart() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    let beside = Store::open_beside(&bench.options).unwrap();
    let large = vec![b'l'; 3 * LARGE];
    let kept = [
        keep(&store, mail(1, "ordinary", b"one".to_vec())).await,
        keep(&beside, mail(2, "ordinary", b"two".to_vec())).await,
        keep(&store, mail(3, "../odd/ß", large.clone())).await,
    ];
    assert_ne!(kept[0].place().segment, kept[1].place().segment, "each process writes files of its own");
    beside.close().await;
    store.close().await;
    drop((store, beside));

    let store = Store::open(&bench.options).unwrap();
    for (stored, raw) in kept.iter().zip([b"one".to_vec(), b"two".to_vec(), large]) {
        assert_eq!(store.place(stored.reference()).await.unwrap(), *stored.place());
        assert_eq!(store.fetch(stored.place()).await.unwrap().raw, raw);
    }
    let folders = std::fs::read_dir(bench.options.path.join("segments")).unwrap().count();
    assert_eq!(folders, 2, "no class leaves the folder of segments");
    store.close().await;
}

#[tokio::test]
async fn one_piece_of_work_that_fails_leaves_the_others_alone() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    let good = store.write(|tx| Ok(tx.sql().execute("UPDATE mend SET times = times + 10", [])?));
    let bad = store.write::<(), _>(|tx| {
        tx.sql().execute("UPDATE mend SET times = times + 100", [])?;
        Err(StoreError::Refused("no".into()))
    });
    let (good, bad) = tokio::join!(good, bad);
    assert_eq!((good, bad), (Ok(1), Err(StoreError::Refused("no".into()))));
    let times = store.read(|db| Ok(db.query_row("SELECT times FROM mend", [], |row| row.get::<_, i64>(0))?)).await;
    assert_eq!(times, Ok(10));
    store.close().await;
    assert_eq!(store.write(|_| Ok(())).await, Err(StoreError::Stopped));
}

#[tokio::test]
async fn a_disk_running_full_is_told_once_and_its_end_once() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    store.observe(move |what| hears.lock().unwrap().push(what.cloned()));
    for bytes in [u64::MAX, u64::MAX, 1, 1] {
        assert_eq!(store.room(bytes).is_err(), bytes == u64::MAX);
    }
    assert_eq!(*told.lock().unwrap(), [Some(StoreError::Full), None]);
    store.close().await;
}

#[tokio::test]
async fn a_changed_byte_in_a_segment_is_damage_and_not_a_mail() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    let stored = keep(&store, mail(1, "ordinary", vec![b'x'; 5000])).await;
    let file = bench.options.path.join("segments/ordinary-2026-11/000001.seg");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(matches!(store.fetch(stored.place()).await, Err(StoreError::Damaged(_))));
    store.close().await;
}

#[tokio::test]
async fn an_attachment_that_two_mails_share_is_kept_once_in_a_partition() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    let file: Vec<u8> = (0..60_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let with = |number: u8, class: &str| {
        let raw = [format!("To: {number}\r\n\r\n").as_bytes(), &file, b"\r\nend"].concat();
        let at = raw.len() - 5 - file.len();
        Mail { shared: std::iter::once(at..at + file.len()).collect(), ..mail(number, class, raw) }
    };
    let kept = [with(1, "ordinary"), with(2, "ordinary"), with(3, "other")];
    let mut sizes = Vec::new();
    for mail in &kept {
        let stored = keep(&store, mail.clone()).await;
        assert_eq!(store.fetch(stored.place()).await.unwrap().raw, mail.raw);
        sizes.push(store.partitions().await.unwrap().iter().map(|partition| partition.bytes).sum::<u64>());
    }
    assert!(sizes[1] - sizes[0] < 1000, "the second in the same partition costs its own words: {sizes:?}");
    assert!(sizes[2] - sizes[1] > 100_000, "nothing is shared between partitions: {sizes:?}");
    let rows = store.rows(0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let waiting: Vec<(MailRow, u64)> = rows.into_iter().map(|row| (row, 0)).collect();
    assert_eq!(store.unindexed(2).await.unwrap(), waiting[..2]);
    store.indexed(vec![(1, 0)]).await.unwrap();
    assert_eq!(store.unindexed(10).await.unwrap(), waiting[1..]);
    store.close().await;
}

#[tokio::test]
async fn a_mail_that_is_moved_or_gone_is_let_go_by_the_index_of_where_it_lay() {
    let bench = bench();
    let store = Store::open(&bench.options).unwrap();
    for number in 1..=3 {
        keep(&store, mail(number, "ordinary", b"one".to_vec())).await;
    }
    keep(&store, mail(4, "kept", b"two".to_vec())).await;
    store.indexed(vec![(1, 0), (2, 0), (3, 0), (4, 0)]).await.unwrap();
    let (from, to) = (store.rows(0, 9).await.unwrap()[0].place.partition, store.rows(0, 9).await.unwrap()[3].place.partition);
    let change = |text: &'static str, seq: i64, to: i64| store.write(move |tx| Ok(tx.sql().execute(text, [seq, to])?));
    change("UPDATE mail SET partition = ?2 WHERE seq = ?1", 2, to).await.unwrap();
    change("DELETE FROM mail WHERE seq = ?1 AND ?2 > 0", 3, to).await.unwrap();
    assert_eq!(store.displaced(9).await.unwrap(), [(from, 2), (from, 3)]);
    assert_eq!(store.unindexed(9).await.unwrap().iter().map(|(row, times)| (row.seq, *times)).collect::<Vec<_>>(), [(2, 0)]);
    assert_eq!((store.awaiting_index().await.unwrap(), store.indexed_each().await.unwrap()), (1, vec![(from, 1), (to, 1)]));
    store.index_again(Some(to)).await.unwrap();
    store.indexed(vec![(2, 0), (4, 0)]).await.unwrap(); // of what was read before that, 2 waits on
    assert_eq!(store.awaiting_index().await.unwrap(), 1);
    store.let_go(vec![(from, 2), (from, 3)]).await.unwrap();
    change("UPDATE mail SET partition = ?2 WHERE seq = ?1", 2, from).await.unwrap();
    assert_eq!(store.displaced(9).await.unwrap(), [(to, 2)], "where it lies again it is not displaced");
    store.close().await;
}
