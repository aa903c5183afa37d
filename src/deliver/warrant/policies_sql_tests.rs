//! What is kept of policies, and for how long.

use super::*;
use crate::deliver::warrant::policy::Mode;
use crate::store::{MasterKey, Store};

fn kept(id: &str, mode: &str, ends: Timestamp) -> (Kept, String) {
    let text = format!("version: STSv1\nmode: {mode}\nmx: mx.x.example\nmax_age: 100\n");
    (Kept { id: id.to_owned(), policy: Policy::read(&text).unwrap(), ends }, text)
}

#[tokio::test]
async fn a_policy_lasts_until_its_end_and_is_fetched_anew_while_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let options = crate::config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    let second = |n: i64| Timestamp::from_second(n).unwrap();
    let domain = Domain::parse("x.example").unwrap();
    store
        .write(move |tx| {
            let db = tx.sql();
            let (old, text) = kept("1", "testing", second(1000));
            put(db, &domain, &old, &text, second(100))?;
            assert_eq!(get(db, &domain, second(999))?, Some((old.clone(), second(100))));
            assert_eq!(get(db, &domain, second(1000))?, None, "it has ended");
            assert_eq!(get(db, &Domain::parse("y.example").unwrap(), second(100))?, None);

            assert_eq!(stale(db, second(101), second(99))?, [(domain.clone(), "1".to_owned())]);
            assert_eq!(stale(db, second(100), second(99))?, [], "it was fetched lately");
            assert_eq!(stale(db, second(101), second(100))?, [], "nobody uses it");
            touch(db, &domain, second(200))?;
            assert_eq!(stale(db, second(101), second(199))?.len(), 1);

            let (new, text) = kept("1", "enforce", second(2000));
            renew(db, &domain, &new, &text, second(300))?;
            let (found, used) = get(db, &domain, second(1500))?.unwrap();
            assert_eq!((found.policy.mode, found.ends, used), (Mode::Enforce, second(2000), second(200)));
            let (other, text) = kept("2", "none", second(9000));
            renew(db, &domain, &other, &text, second(300))?;
            assert_eq!(get(db, &domain, second(1500))?.unwrap().0, new, "another took its place while it was fetched");

            forget_ended(db, second(1999))?;
            assert!(get(db, &domain, second(1500))?.is_some());
            forget_ended(db, second(2000))?;
            assert_eq!(get(db, &domain, second(1500))?, None);
            Ok(())
        })
        .await
        .unwrap();
    store.close().await;
}
