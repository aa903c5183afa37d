//! The index of an archive of many months, which the library takes in and compacts as the gateway does.

use std::sync::Arc;

use schoolgate::boxed::{Options, Pool};
use schoolgate::config;
use schoolgate::ledger::Ledger;
use schoolgate::search::Reader;
use schoolgate::search::intake::Intake;
use schoolgate::store::Store;
use tokio::sync::watch;

use super::*;
use crate::world::free_port;

const MONTHS: usize = 7;
const EACH: usize = 3;

/// Mails of many months, imported by a gateway that does not run.
fn old_mails() -> Gateway {
    let gateway = Gateway::prepare(free_port(), "");
    for month in 1..=MONTHS {
        let folder = gateway.path(&format!("old{month}"));
        std::fs::create_dir(&folder).unwrap();
        for number in 1..=EACH {
            let mail = format!("From: office@oakfield.example.sch.uk\nSubject: trip\n\nword{month} number{number}\n");
            std::fs::write(folder.join(format!("{number}.eml")), mail).unwrap();
        }
        let received = format!("2024-{month:02}-10");
        gateway.succeed(&["archive", "import", "--received", &received, folder.to_str().unwrap()], "");
    }
    gateway
}

async fn intake(gateway: &Gateway) -> (Intake, Store) {
    let loaded = config::read(&gateway.config()).expect("a sound configuration").config;
    let store = Store::open_beside(&loaded.store).expect("a store");
    let options = Options { program: env!("CARGO_BIN_EXE_schoolgate").into(), ..Options::default() };
    let pool = Pool::open(options).await.expect("a child");
    let config = watch::channel(Arc::new(loaded)).1;
    (Intake::new(Reader::new(store.clone(), Ledger::beside(store.clone()), pool, config)), store)
}

async fn compact(intake: &mut Intake) {
    tokio::time::timeout(Duration::from_secs(60), async { while intake.compact().await.expect("a disk") {} })
        .await
        .expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_of_many_months_are_taken_in_once_and_found_when_the_months_are_compacted() {
    let gateway = tokio::task::spawn_blocking(old_mails).await.unwrap();
    let (mut intake, store) = intake(&gateway).await;
    assert_eq!(intake.step().await.expect("a disk"), MONTHS * EACH);
    assert_eq!(store.awaiting_index().await.unwrap(), 0, "none waits again, though not all indexes are kept open");
    compact(&mut intake).await;
    assert!(intake.lost().is_empty());

    // An index that a disk has damaged is made anew, whoever notices it.
    let partition = store.partition_names().await.unwrap()[2].id;
    let file = store.index(partition).await.unwrap().file().to_owned();
    intake.close().await;
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.iter_mut().skip(4096).step_by(512).for_each(|byte| *byte ^= 1);
    std::fs::write(&file, bytes).unwrap();
    let (mut intake, _) = self::intake(&gateway).await;
    compact(&mut intake).await;
    assert_eq!(intake.lost().len(), 1);
    assert_eq!(intake.step().await.unwrap(), EACH);
    compact(&mut intake).await;
    intake.close().await;
    store.close().await;

    let found = tokio::task::spawn_blocking(move || {
        let of = |query: &str| everything(&gateway, query)["total"].as_u64();
        [of("subject:trip"), of("word5"), of("number2"), of("\"word7 number3\"")]
    });
    assert_eq!(found.await.unwrap(), [Some(21), Some(3), Some(7), Some(1)]);
}
