use bytes::Bytes;

use super::{Threads, answered};
use crate::base::Timestamp;
use crate::message::Message;
use crate::store::{MasterKey, Store};

fn mail(header: &str) -> Message {
    Message::parse(Bytes::from(format!("{header}\r\n\r\ntext\r\n")))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn an_answer_is_known_by_either_field_until_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let options = crate::config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    let threads = Threads::new(store.clone());
    let line = threads.line("<first@school.test>", at(1000));
    store.write(move |tx| line.write(tx)).await.unwrap();
    let again = threads.line("first@school.test", at(500));
    store.write(move |tx| again.write(tx)).await.unwrap();
    for header in [
        "In-Reply-To: <first@school.test>",
        "References: <other@x.test>\r\n <first@school.test>",
        "References: <first@school.test> <between@x.test>\r\nIn-Reply-To: <between@x.test>",
    ] {
        assert!(threads.is_protected(&mail(header)).await.unwrap(), "{header}");
    }
    for header in ["Subject: no thread", "In-Reply-To: <other@x.test>", "Message-ID: <first@school.test>"] {
        assert!(!threads.is_protected(&mail(header)).await.unwrap(), "{header}");
    }
    threads.forget(at(999)).await.unwrap();
    assert!(threads.is_protected(&mail("In-Reply-To: <first@school.test>")).await.unwrap(), "the longer time counts");
    threads.forget(at(1001)).await.unwrap();
    assert!(!threads.is_protected(&mail("In-Reply-To: <first@school.test>")).await.unwrap());
    store.close().await;
}

#[test]
fn of_very_many_ids_the_nearest_count() {
    let many: String = (0..500).map(|n| format!("<{n}@x.test>\r\n ")).collect();
    let ids = answered(&mail(&format!("References: {many}<last@x.test>")));
    assert_eq!((ids.len(), ids.last().map(String::as_str)), (crate::base::limits::THREAD_IDS, Some("last@x.test")));
}
