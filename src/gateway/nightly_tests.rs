use std::sync::Arc;

use tokio::sync::watch;

use super::*;
use crate::base::Ref;
use crate::config::Config;
use crate::ledger::{Entry, Ledger};
use crate::pipeline::issue::issue_notice;
use crate::policy::sample;
use crate::queue::Queue;
use crate::store::{Store, tests_kit};

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn hours(wait: Duration) -> f64 {
    wait.as_secs_f64() / 3600.0
}

#[test]
fn it_waits_for_half_past_two_by_the_clock_on_the_wall() {
    assert_eq!(hours(until_night(&at("2026-11-26T01:00:00[Europe/London]"))), 1.5);
    assert_eq!(hours(until_night(&at("2026-11-26T02:30:00[Europe/London]"))), 24.0);
    assert_eq!(hours(until_night(&at("2026-11-26T23:30:00[Europe/London]"))), 3.0);
    // The night from winter to summer has 23 hours, that back has 25.
    assert_eq!(hours(until_night(&at("2026-03-28T03:00:00[Europe/London]"))), 22.5);
    assert_eq!(hours(until_night(&at("2026-10-24T03:00:00[Europe/London]"))), 24.5);
    // In Berlin there is no half past two on that night.
    assert_eq!(hours(until_night(&at("2026-03-29T01:00:00[Europe/Berlin]"))), 1.5);
}

#[test]
fn a_gateway_that_is_off_at_night_catches_up_an_hour_after_a_start() {
    let morning = at("2026-11-26T08:00:00[Europe/London]");
    assert_eq!(hours(first(&morning, true)), 1.0);
    assert_eq!(hours(first(&morning, false)), 18.5);
    assert_eq!(hours(first(&at("2026-11-26T02:00:00[Europe/London]"), true)), 0.5);
}

struct Bench {
    keeper: Keeper,
    folder: tempfile::TempDir,
    _config: watch::Sender<Arc<Config>>,
}

impl Bench {
    async fn open() -> Self {
        let (folder, options) = tests_kit::place();
        let store = Store::open(&options).unwrap();
        let (sender, config) = watch::channel(Arc::new(sample::config(Vec::new())));
        let (ledger, queue) = (Ledger::new(store.clone()), Queue::open(store.clone()).await.unwrap());
        Self { keeper: Keeper { store, ledger, queue, config }, folder, _config: sender }
    }

    /// A mail in the archive.
    async fn keep(&self) -> Ref {
        let config = self.keeper.config.borrow().clone();
        let post = issue_notice(&config, &Letter::checkpoint(config.school.postmaster.clone(), "a note\n"), Timestamp::now());
        let reference = post.header.reference.clone();
        self.keeper.queue.post(post).await.unwrap();
        reference
    }

    async fn entries(&self, name: &str) -> Vec<Entry> {
        self.keeper.ledger.flush().await.unwrap();
        self.keeper.ledger.recent(1000).await.unwrap().into_iter().filter(|entry| entry.name == name).collect()
    }

    /// What the gateway wrote to the postmaster about damage, as it lies in the archive.
    async fn letters(&self) -> Vec<String> {
        let mut letters = Vec::new();
        for row in self.keeper.store.rows(0, 1000).await.unwrap() {
            let Ok(record) = self.keeper.store.fetch(&row.place).await else { continue };
            if record.header.issued.is_some_and(|issued| issued.kind == "archive-damaged") {
                letters.push(String::from_utf8(record.raw.to_vec()).unwrap());
            }
        }
        letters
    }
}

#[tokio::test]
async fn damage_is_told_once_by_a_letter_that_names_it() {
    let bench = Bench::open().await;
    let (whole, damaged) = (bench.keep().await, bench.keep().await);
    bench.keeper.verify().await.unwrap();
    assert_eq!(bench.keeper.ledger.last_verified().await.unwrap().unwrap().1, 0);
    assert!(bench.letters().await.is_empty() && bench.entries("trouble").await.is_empty());

    let row = bench.keeper.store.row(&damaged).await.unwrap().unwrap();
    let month = std::fs::read_dir(bench.folder.path().join("store/segments")).unwrap().next().unwrap().unwrap().path();
    let segment = std::fs::read_dir(month).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[usize::try_from(row.place.offset).unwrap() + 60] ^= 1;
    std::fs::write(&segment, bytes).unwrap();

    bench.keeper.verify().await.unwrap();
    bench.keeper.verify().await.unwrap(); // a night later
    assert_eq!(bench.keeper.ledger.last_verified().await.unwrap().unwrap().1, 1);
    assert_eq!(bench.entries("archive-verified").await.len(), 3);
    assert_eq!(bench.entries("trouble").await.len(), 2);
    let letters = bench.letters().await;
    assert_eq!(letters.len(), 1, "the same damage is told once");
    assert!(letters[0].contains(damaged.as_str()) && !letters[0].contains(whole.as_str()), "{}", letters[0]);
    bench.keeper.store.close().await;
}
