use super::{Closed, Link, NewPickup, Shelf};
use crate::base::{Address, Ref, Timestamp};
use crate::store::Store;
use crate::{config, store};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn open_store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let options = config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    store::MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    (folder, store)
}

async fn put(shelf: &Shelf, store: &Store, text: &str, sent: &Link) -> Link {
    let reference = Ref::new(at(0), [0, 0, 1]);
    let (a, b) = (address("a@school.test"), address("b@x.test"));
    let (link, mut new) = NewPickup::seal(text.as_bytes().to_vec(), (&reference, &a, &b), sent, (at(0), at(100))).unwrap();
    shelf.put(&mut new).await.unwrap();
    store.write(move |tx| new.write(tx)).await.unwrap();
    link
}

#[test]
fn a_link_is_read_as_it_was_written_and_not_otherwise() {
    let link = Link::new().unwrap();
    assert_eq!(Link::read(link.reveal()), Some(link.clone()));
    assert_eq!(link.reveal().len(), 40);
    for bad in [
        "",
        &link.reveal()[1..],
        &link.reveal().to_uppercase().replace(|c: char| c.is_ascii_digit(), "G"),
        &format!("{}0", link.reveal()),
    ] {
        assert_eq!(Link::read(bad), None, "{bad}");
    }
    assert_eq!(format!("{link:?}"), "(link)");
}

#[tokio::test]
async fn a_message_opens_by_its_own_link_until_it_is_closed() {
    let (_folder, store) = open_store();
    let shelf = Shelf::new(store.clone());
    let sent = Link::new().unwrap();
    let (one, other) = (put(&shelf, &store, "first words", &sent).await, put(&shelf, &store, "second words", &sent).await);
    let first = shelf.find(&one, at(1)).await.unwrap().unwrap();
    let second = shelf.find(&other, at(1)).await.unwrap().unwrap();
    assert_eq!(shelf.open(&one, &first).await.unwrap(), b"first words");
    assert!(shelf.open(&one, &second).await.is_err(), "the key of another message");
    assert!(shelf.find(&Link::new().unwrap(), at(1)).await.unwrap().is_none());
    assert!(shelf.find(&one, at(100)).await.unwrap().is_none(), "its time is over");
    assert_eq!(shelf.sent(&sent).await.unwrap().len(), 2);
    assert!(shelf.close(&first, Closed::Revoked, at(2)).await.unwrap());
    assert!(!shelf.close(&first, Closed::Revoked, at(3)).await.unwrap(), "once");
    assert!(shelf.find(&one, at(3)).await.unwrap().is_none() && shelf.open(&one, &first).await.is_err());
    assert!(store.read_aside(&first.id).await.is_err() && store.read_aside(&second.id).await.is_ok());
    shelf.sweep(at(200)).await.unwrap();
    assert!(store.read_aside(&second.id).await.is_err(), "expired, and destroyed");
    let left = shelf.sent(&sent).await.unwrap();
    let closed: Vec<_> = left.iter().map(|pickup| pickup.closed.unwrap()).collect();
    assert!(closed.contains(&Closed::Revoked) && closed.contains(&Closed::Expired), "{closed:?}");
    shelf.sweep(at(40 * 24 * 3600)).await.unwrap();
    assert!(shelf.sent(&sent).await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn the_store_alone_opens_nothing() {
    let (folder, store) = open_store();
    let shelf = Shelf::new(store.clone());
    let link = put(&shelf, &store, "quarterdeck words", &Link::new().unwrap()).await;
    let pickup = shelf.find(&link, at(1)).await.unwrap().unwrap();
    let sealed = store.read_aside(&pickup.id).await.unwrap();
    assert!(!sealed.windows(11).any(|w| w == b"quarterdeck"));
    let dump = store
        .read(|db| {
            let mut look = db.prepare("SELECT * FROM pickup").unwrap();
            let columns = look.column_count();
            let mut rows = look.query([]).unwrap();
            let row = rows.next().unwrap().unwrap();
            Ok((0..columns).map(|n| format!("{:?}", row.get_ref(n).unwrap())).collect::<String>())
        })
        .await
        .unwrap();
    assert!(!dump.contains(link.reveal()) && !dump.contains(&format!("{:?}", link.reveal().as_bytes())), "{dump}");
    // Any other link of the same form does not open it, also where the row says that it leads there.
    assert!(shelf.open(&Link::new().unwrap(), &pickup).await.is_err());
    // A changed bit is noticed.
    let path = folder.path().join("store/aside").join(&pickup.id);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(shelf.open(&link, &pickup).await.is_err());
    store.close().await;
}
