use proptest::prelude::*;

use super::*;
use crate::search::query::Fact;
use crate::search::sample::{self, Chance};
use crate::search::{Query, marks, matches};

proptest! {
    #[test]
    fn all_forms_of_a_stem_begin_alike(word in "[a-z]{1,14}") {
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
    let mails: Vec<Document> = (0..200).map(|seq| sample::document(&mut chance, seq)).collect();
    let (mut asked, mut met) = (0, 0);
    while asked < 1000 {
        let query = sample::query(&mut chance);
        let Node::Fact(fact) = &query.root else { continue };
        let Some(mark) = marks::of_fact(fact) else { continue };
        asked += 1;
        for mail in &mails {
            let holds = matches(&query, mail);
            met += usize::from(holds);
            assert_eq!(marks::of_document(mail).contains(&mark), holds, "{fact:?} {mail:?}");
        }
    }
    assert!(met > 1000);
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
