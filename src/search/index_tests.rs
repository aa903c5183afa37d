use proptest::prelude::*;

use super::*;
use crate::search::query::Fact;
use crate::search::sample::{self, Chance};
use crate::search::{Query, marks, matches};

proptest! {
    #[test]
    fn all_forms_of_a_stem_begin_alike(word in "([a-z]{1,14}|[a-z]{1,4}(s|es|ies|ied|ing|ings|ed|edly|ingly|eed|eedly|y|ly|er|ness|iveness|fulness|ational|ization|ously|bly|bility|ically|e|ement|ion|ance|logi|ive|ize))") {
        let stem = stem(&word);
        prop_assert!(word.starts_with(common_beginning(&stem)), "{word} {stem}");
    }
}

#[test]
fn words_that_the_stemmer_knows_one_by_one_begin_alike_too() {
    let odd = [
        "skis", "skies", "dying", "lying", "tying", "idly", "gently", "ugly", "early", "only", "singly", "news", "howe", "atlas",
    ];
    for word in
        odd.into_iter().chain(["hoping", "hopped", "happiness", "relational", "valency", "digitizer", "sensibility", "ties"])
    {
        assert!(word.starts_with(common_beginning(&stem(word))), "{word} {}", stem(word));
    }
}

#[test]
fn a_mail_has_the_mark_of_a_condition_where_the_condition_holds() {
    let mut chance = Chance::new(3);
    let mails: Vec<Document> = (0..100).map(|seq| sample::document(&mut chance, seq)).collect();
    let marked: Vec<_> = mails.iter().map(marks::of_document).collect();
    let (mut asked, mut met) = (0, 0);
    while asked < 1000 {
        let query = Query::new(sample::scope(&mut chance));
        let Node::Fact(fact) = &query.root else { continue };
        let Some(mark) = marks::of_fact(fact) else { continue };
        asked += 1;
        for (mail, marks) in mails.iter().zip(&marked) {
            let holds = matches(&query, mail);
            met += usize::from(holds);
            assert_eq!(marks.contains(&mark), holds, "{fact:?} {mail:?}");
        }
    }
    assert!(met > 1000);
}

#[test]
fn what_is_taken_out_is_found_no_more_and_what_stands_twice_is_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = Database::new(folder.path().join("index.db"), zeroize::Zeroizing::new(format!("x'{}'", "ab".repeat(32))));
    assert!(Index::read(&place).unwrap().is_none(), "there is no file, and reading makes none");
    assert!(!place.file().exists());
    let index = Index::write(&place).unwrap();
    let mails: Vec<(Document, Shown)> =
        (1..=20).map(|seq| sample::document(&mut Chance::new(seq), seq)).map(|mail| (mail.clone(), shown(&mail))).collect();
    index.put(&mails).unwrap();
    index.put(&mails).unwrap();
    index.remove(&[3, 4, 999]).unwrap();
    assert_eq!(index.mails().unwrap(), 18);
    let live = condition::Live::default();
    let span = (Timestamp::MIN, Timestamp::MAX);
    let about = About { class: "", span, expires: None, live: &live };
    let all = index.ask(&Node::everything(), &about).unwrap().unwrap();
    let seqs = index.newest(&all, Some(10), 100).unwrap();
    assert_eq!(seqs, [9, 8, 7, 6, 5, 2, 1]);
    assert_eq!((index.shown(3).unwrap(), index.shown(5).unwrap().unwrap().reference), (None, mails[4].0.reference.clone()));
    drop(index);
    let other = Database::new(place.file().to_owned(), zeroize::Zeroizing::new(format!("x'{}'", "cd".repeat(32))));
    assert!(matches!(Index::read(&other), Err(IndexError::Damaged(_))));
}

#[test]
fn a_compacted_index_finds_the_same_in_less_room() {
    let folder = tempfile::tempdir().unwrap();
    let place = Database::new(folder.path().join("index.db"), zeroize::Zeroizing::new(format!("x'{}'", "ab".repeat(32))));
    let index = Index::write(&place).unwrap();
    let mut chance = Chance::new(5);
    let mails: Vec<(Document, Shown)> =
        (1..=4000).map(|seq| sample::document(&mut chance, seq)).map(|mail| (mail.clone(), shown(&mail))).collect();
    for batch in mails.chunks(50) {
        index.put(batch).unwrap();
    }
    index.put(&mails[..500]).unwrap();
    index.remove(&(1..=900).collect::<Vec<_>>()).unwrap();
    index.settle().unwrap();
    let size = || place.file().metadata().unwrap().len();
    let live = condition::Live::default();
    let about = About { class: "", span: (Timestamp::MIN, Timestamp::MAX), expires: None, live: &live };
    let queries: Vec<Query> = (0..300).map(|_| sample::query(&mut chance)).collect();
    let found = || {
        let of = |query: &Query| index.ask(&query.root, &about).unwrap().map(|asked| index.newest(&asked, None, 5000).unwrap());
        queries.iter().map(of).collect::<Vec<_>>()
    };
    let (before, was) = (found(), size());
    let steps = (1..).take_while(|_| !index.compact().unwrap()).count();
    index.settle().unwrap();
    assert!(steps > 1, "in steps");
    assert!(size() < was * 9 / 10, "{} of {was}", size());
    assert_eq!(found(), before);
    assert!(index.compact().unwrap(), "nothing is left to do");
}

fn shown(mail: &Document) -> Shown {
    Shown {
        reference: mail.reference.clone(),
        time: mail.received_at,
        direction: String::new(),
        from: String::new(),
        to: Vec::new(),
        subject: mail.subject.clone(),
        size: mail.size,
        attachments: Vec::new(),
        unread: None,
    }
}

#[test]
fn no_text_holds_a_mark() {
    let mark = marks::of_fact(&Fact::HasAttachment).unwrap();
    assert!(crate::search::words::words(&mark).iter().all(|word| !mark.contains('\u{e001}') || *word != mark));
    assert_eq!(
        Query::parse(&mark, "2026-11-26T09:30:00Z".parse().unwrap()).unwrap().root,
        Query::parse("a", "2026-11-26T09:30:00Z".parse().unwrap()).unwrap().root
    );
}
