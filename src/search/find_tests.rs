//! The index against the matcher: what is found, its number and its order, page by page, in several partitions.

use bytes::Bytes;

use super::*;
use crate::base::{Envelope, Ref, ReversePath};
use crate::search::document::Document;
use crate::search::query::{Text, Times};
use crate::search::sample::{self, Chance};
use crate::search::{index, matches};
use crate::store::{Keeping, Mail, RecordHeader, tests_kit};

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    mails: Vec<Document>,
}

/// Mails by chance, in the partitions of their classes and months, all in the index.
async fn bench(count: u64) -> Bench {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    let mut chance = Chance::new(7);
    let mut mails: Vec<Document> = (1..=count).map(|seq| sample::document(&mut chance, seq)).collect();
    for mail in &mails {
        let envelope = Envelope::new(ReversePath::Null, Vec::new());
        let (reference, received_at) = (mail.reference.clone(), mail.received_at);
        let header = RecordHeader {
            reference,
            received_at,
            envelope,
            origin: None,
            issued: None,
            provenance: None,
            sha256: String::new(),
        };
        let keep = match mail.expires {
            Some(until) => Keeping { class: mail.class.clone(), until },
            None => Keeping::for_ever(mail.class.clone()),
        };
        let mail = Mail { keep, header, copies: Vec::new(), raw: Bytes::from_static(b"\r\n"), shared: Vec::new() };
        store.commit(vec![mail], |_| Ok(())).await.unwrap();
    }
    let names = store.partition_names().await.unwrap();
    let mut parted: HashMap<i64, Vec<(Document, Shown)>> = HashMap::new();
    for row in store.rows(0, u32::MAX).await.unwrap() {
        let mail = mails.iter_mut().find(|mail| mail.reference == row.place.reference).unwrap();
        let name = names.iter().find(|name| name.id == row.place.partition).unwrap();
        // All mails of a partition go together.
        mail.expires = name.expires_at.filter(|at| *at < Timestamp::MAX - 1.hour());
        mail.seq = row.seq;
        parted.entry(name.id).or_default().push((mail.clone(), shown(mail)));
    }
    assert!(parted.len() >= 6, "three classes, two months");
    for (partition, mails) in parted {
        let index = Index::write(&store.index(partition).await.unwrap()).unwrap();
        index.put(&mails).unwrap();
        index.put(&mails[..mails.len() / 2]).unwrap(); // twice is once
    }
    let all = store.unindexed(u32::MAX).await.unwrap();
    store.indexed(all.iter().map(|(row, times)| (row.seq, *times)).collect()).await.unwrap();
    mails.sort_by_key(|mail| std::cmp::Reverse((mail.received_at.strftime("%Y-%m").to_string(), mail.seq)));
    Bench { _folder: folder, store, mails }
}

fn shown(mail: &Document) -> Shown {
    Shown {
        reference: mail.reference.clone(),
        time: mail.received_at,
        direction: mail.direction.word().to_owned(),
        from: String::new(),
        to: Vec::new(),
        subject: mail.subject.clone(),
        size: mail.size,
        attachments: Vec::new(),
        unread: None,
    }
}

impl Bench {
    fn live(&self) -> Live {
        let held = self.mails.iter().filter(|mail| mail.is_held).map(|mail| mail.seq).collect();
        Live { held, named: self.mails.iter().map(|mail| (mail.reference.clone(), mail.seq)).collect() }
    }

    /// What the matcher finds, in the order of receipt.
    fn read(&self, scope: &Scope, query: &Query) -> Vec<&Ref> {
        let within = |mail: &&Document| matches(&scope.query(), mail) && matches(query, mail);
        self.mails.iter().filter(within).map(|mail| &mail.reference).collect()
    }
}

async fn every_page(finder: &Finder, scope: &Scope, query: &Query, live: &Live, limit: usize) -> (Vec<Ref>, Found) {
    let (mut refs, mut after) = (Vec::new(), None);
    loop {
        let found = finder.find_in(scope, query, &Page { limit, after }, live.clone()).await.unwrap();
        assert!(found.hits.len() <= limit);
        refs.extend(found.hits.iter().map(|hit| hit.shown.reference.clone()));
        let Some(next) = &found.next else { return (refs, found) };
        assert_eq!(found.hits.len(), limit);
        after = Some(next.to_string().parse().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_finds_what_reading_every_mail_finds() {
    let bench = bench(200).await;
    let (finder, live) = (Finder::new(bench.store.clone()), bench.live());
    let mut chance = Chance::new(23);
    let (mut asked, mut hits, mut stems) = (0, 0, 0);
    while asked < 2000 {
        let query = sample::query(&mut chance);
        let scope = match chance.below(3) {
            0 => Scope::everything(),
            _ => Scope::new(sample::scope(&mut chance)),
        };
        let scoped = scope.query();
        let within: Vec<&Document> = bench.mails.iter().filter(|mail| matches(&scoped, mail)).collect();
        let expected: Vec<&Ref> = within.iter().filter(|mail| matches(&query, mail)).map(|mail| &mail.reference).collect();
        let limit = 1 + chance.below(500);
        let page = Page { limit, after: None };
        let found = finder.find_in(&scope, &query, &page, live.clone()).await.unwrap();
        let refs: Vec<&Ref> = found.hits.iter().map(|hit| &hit.shown.reference).collect();
        assert_eq!(found.total, expected.len() as u64, "{scope:?} {query}");
        assert_eq!(refs, expected[..expected.len().min(limit)], "{scope:?} {query}");
        assert_eq!(found.next.is_some(), expected.len() > limit, "{query}");
        let unread = within.iter().filter(|mail| mail.is_unsearchable).count();
        assert_eq!(found.unsearchable, unread as u64, "{scope:?}");
        asked += 1;
        hits += expected.len();
        stems += usize::from(matches!(&query.root, Node::Text { text: Text::Stem(_), .. }));
    }
    assert!(hits > 5_000 && stems > 15, "{hits} hits, {stems} stems: the queries ask for what is there");
    bench.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_meant_is_all_that_is_meant_and_beyond_it_only_what_cannot_be_read() {
    let bench = bench(200).await;
    let finder = Finder::new(bench.store.clone());
    let covered = crate::access::Scope::whole();
    let mut chance = Chance::new(29);
    let (mut exact, mut beyond, mut left_out) = (0, 0, 0);
    for _ in 0..1000 {
        let query = sample::query(&mut chance);
        if query.unsteady().is_some() {
            continue;
        }
        let mut seqs = std::collections::HashSet::new();
        for name in bench.store.partition_names().await.unwrap() {
            let found = finder.possible(name.id, &Scope::over(&covered), &query).await.unwrap();
            assert_eq!(found.unindexed, 0);
            seqs.extend(found.seqs);
        }
        for mail in &bench.mails {
            match (matches(&query, mail), seqs.contains(&mail.seq)) {
                (true, true) => exact += 1,
                (false, true) => {
                    assert!(mail.is_unsearchable, "{query}: {}", mail.seq);
                    beyond += 1;
                }
                (true, false) => panic!("{query}: {} is meant and would go", mail.seq),
                (false, false) => left_out += u32::from(mail.is_unsearchable),
            }
        }
    }
    assert!(exact > 2_000 && beyond > 500 && left_out > 500, "{exact} {beyond} {left_out}");
    bench.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_wait_for_the_index_are_counted_where_something_may_be_meant() {
    let bench = bench(60).await;
    let finder = Finder::new(bench.store.clone());
    let name = bench.store.partition_names().await.unwrap().remove(0);
    bench.store.index_again(Some(name.id)).await.unwrap();
    let scope = Scope::over(&crate::access::Scope::whole());
    let waiting = bench.store.awaiting_index_of(name.id).await.unwrap();
    let found = finder.possible(name.id, &scope, &Query::everything()).await.unwrap();
    assert!(waiting > 0 && found.unindexed == waiting);
    Index::throw_away(bench.store.index(name.id).await.unwrap().file()).unwrap();
    bench
        .store
        .indexed(bench.store.unindexed(u32::MAX).await.unwrap().iter().map(|(row, times)| (row.seq, *times)).collect())
        .await
        .unwrap();
    let found = finder.possible(name.id, &scope, &Query::everything()).await.unwrap();
    assert_eq!(found.unindexed, waiting, "an index that is lost holds none of them");
    bench.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_without_gap_or_overlap_while_mail_arrives() {
    let bench = bench(120).await;
    let (finder, live) = (Finder::new(bench.store.clone()), bench.live());
    let everything = Scope::everything();
    for limit in [1, 7, 50, 120, 500] {
        let (refs, found) = every_page(&finder, &everything, &Query::everything(), &live, limit).await;
        assert_eq!(refs.iter().collect::<Vec<_>>(), bench.read(&everything, &Query::everything()));
        assert_eq!(found.total, 120);
    }
    let now = "2026-11-26T09:30:00Z".parse().unwrap();
    let best = Query::parse("school OR trip sort:relevance", now).unwrap();
    let (mut refs, _) = every_page(&finder, &everything, &best, &live, 9).await;
    let (whole, _) = every_page(&finder, &everything, &best, &live, 500).await;
    assert_eq!(refs, whole);
    refs.sort();
    let mut expected: Vec<Ref> = bench.read(&everything, &best).into_iter().cloned().collect();
    expected.sort();
    assert_eq!(refs, expected);

    // What arrives later stands before the first page, and moves no later one.
    let page = Page { limit: 10, after: None };
    let first = finder.find_in(&everything, &Query::everything(), &page, live.clone()).await.unwrap();
    let newest = first.hits[0].clone();
    let name = bench.store.partition_names().await.unwrap().into_iter().find(|name| name.id == newest.partition).unwrap();
    let mut late = sample::document(&mut Chance::new(5), 4000);
    late.received_at = newest.shown.time;
    Index::write(&bench.store.index(name.id).await.unwrap()).unwrap().put(&[(late.clone(), shown(&late))]).unwrap();
    let again = finder.find_in(&everything, &Query::everything(), &page, live.clone()).await.unwrap();
    assert_eq!((again.hits[0].seq, again.total), (4000, 121));
    let second = Page { limit: 200, after: first.next };
    let rest = finder.find_in(&everything, &Query::everything(), &second, live).await.unwrap();
    assert_eq!(rest.hits.len(), 110);
    bench.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_index_is_said_and_its_mails_wait_again() {
    let bench = bench(60).await;
    let (finder, live) = (Finder::new(bench.store.clone()), bench.live());
    let partitions = bench.store.partitions().await.unwrap();
    let (scope, query, page) = (Scope::everything(), Query::everything(), Page { limit: 50, after: None });
    assert_eq!(finder.find_in(&scope, &query, &page, live.clone()).await.unwrap().unindexed, 0);

    // One bit of every page of one file, and another file away.
    let file = bench.store.index(partitions[0].id).await.unwrap().file().to_owned();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.iter_mut().step_by(4096).for_each(|byte| *byte ^= 1);
    std::fs::write(&file, bytes).unwrap();
    let wal = file.with_file_name(format!("{}-wal", file.file_name().unwrap().to_string_lossy()));
    let _ = std::fs::remove_file(wal);
    let other = bench.store.index(partitions[1].id).await.unwrap().file().to_owned();
    index::Index::throw_away(&other).unwrap();

    let finder = Finder::new(bench.store.clone());
    let found = finder.find_in(&scope, &query, &page, live.clone()).await.unwrap();
    let lost = partitions[0].mails + partitions[1].mails;
    assert_eq!((found.total, found.unindexed), (60 - lost, lost));
    assert!(!file.exists());
    bench.store.close().await;
}

#[test]
fn a_cursor_that_was_not_ours_is_refused() {
    for text in ["", "2026-11", "2026-13.4", "best.1", "2026-11.-4", "2026-11.4.4", "best.x.4"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

#[test]
fn a_month_is_from_its_first_instant_to_that_of_the_next() {
    let at = |text: &str| text.parse().unwrap();
    assert_eq!(month("2026-12"), Some((at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))));
    assert_eq!(month("2026"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deepest_query_and_the_longest_are_answered() {
    let bench = bench(60).await;
    let (finder, live) = (Finder::new(bench.store.clone()), bench.live());
    let word = |text: &str| Node::phrase(crate::search::query::Place::Subject, vec![text.to_owned()]);
    let time = || Node::Fact(Fact::Sent(Times { from: Some(Timestamp::UNIX_EPOCH), until: None }));
    let mut deep = word("school");
    for level in 0..limits::QUERY_DEPTH {
        let other = if level % 8 == 7 { time() } else { word("trip") };
        deep = match level % 3 {
            0 => Node::any(vec![other, deep]),
            1 => Node::all(vec![Node::not(other), deep]),
            _ => Node::not(Node::all(vec![other, deep])),
        };
    }
    let long = Node::any((0..limits::QUERY_TERMS).map(|number| word(&format!("w{number}"))).chain([word("school")]).collect());
    for node in [deep, long] {
        let query = Query::new(node);
        let found = finder.find_in(&Scope::everything(), &query, &Page { limit: 5, after: None }, live.clone()).await.unwrap();
        assert_eq!(found.total, bench.read(&Scope::everything(), &query).len() as u64);
        assert!(found.total > 0);
    }
    bench.store.close().await;
}
