use std::collections::HashSet;

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
    for (id, until) in [("<first@school.test>", 1000), (" first@school.test", 500)] {
        let lines = threads.lines(id, &["secret".to_owned()], at(until));
        store.write(move |tx| lines.iter().try_for_each(|line| line.write(tx))).await.unwrap();
    }
    let rules = || vec!["other".to_owned(), "secret".to_owned()];
    let by = async |header: &str| threads.protected_by(&mail(header), rules()).await.unwrap();
    let secret = HashSet::from(["secret".to_owned()]);
    for header in [
        "In-Reply-To: <first@school.test>",
        "References: <other@x.test>\r\n <first@school.test>",
        "References: <first@school.test> <between@x.test>\r\nIn-Reply-To: <between@x.test>",
    ] {
        assert_eq!(by(header).await, secret, "{header}");
    }
    for header in ["Subject: no thread", "In-Reply-To: <other@x.test>", "Message-ID: <first@school.test>"] {
        assert_eq!(by(header).await, HashSet::new(), "{header}");
    }
    threads.forget(at(999)).await.unwrap();
    assert_eq!(by("In-Reply-To: <first@school.test>").await, secret, "the longer time counts");
    threads.forget(at(1001)).await.unwrap();
    assert_eq!(by("In-Reply-To: <first@school.test>").await, HashSet::new());
    store.close().await;
}

#[test]
fn of_very_many_ids_the_nearest_count() {
    let many: String = (0..500).map(|n| format!("<{n}@x.test>\r\n ")).collect();
    let ids = answered(&mail(&format!("References: {many}<last@x.test>")));
    assert_eq!((ids.len(), ids.last().map(String::as_str)), (crate::base::limits::THREAD_IDS, Some("last@x.test")));
}
