//! What parts words and what does not, and that FTS5 agrees, character by character.

use proptest::prelude::*;
use rusqlite::Connection;

use super::{BOUNDARY, fold, words};

#[test]
fn case_accents_and_ligatures_fold() {
    for (text, folded) in [
        ("Café", "cafe"),
        ("Cafe\u{301}", "cafe"),
        ("STRASSE Straße", "strasse strasse"),
        ("Sørensen Łukasz Æther", "sorensen lukasz aether"),
        ("ﬁle ＡＢＣ １２", "file abc 12"),
        ("soft\u{ad}hyphen zero\u{200b}width", "softhyphen zerowidth"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("İstanbul", "istanbul"),
        ("𝐁𝐨𝐥𝐝", "bold"),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
}

#[test]
fn addresses_names_of_files_and_figures_are_their_parts() {
    for (text, folded) in [
        ("anna.smith@x.example.uk", "anna smith x example uk"),
        ("well-being", "well being"),
        ("report_2026-09-01(v2).pdf", "report 2026 09 01 v2 pdf"),
        ("1,234.50", "1 234 50"),
        ("O'Brien’s", "o brien s"),
        ("", ""),
        ("!!! -- ::", ""),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
}

#[test]
fn scripts_without_blanks_give_a_word_for_each_character() {
    assert_eq!(fold("修学旅行abc"), "修 学 旅 行 abc");
    assert_eq!(words("한국어 학교").len(), 2);
}

#[test]
fn long_runs_are_cut_and_nothing_is_lost() {
    let run = "x".repeat(1000);
    assert_eq!(words(&run).concat(), run);
    assert!(words(&run).iter().all(|word| word.len() <= crate::base::limits::SEARCH_WORD_CHARACTERS));
}

#[test]
fn no_word_can_be_the_boundary() {
    assert_eq!(fold(BOUNDARY), "");
}

/// Every character there is, alone and between letters: what FTS5 makes of our words is our words.
#[test]
fn fts5_neither_parts_nor_changes_a_word() {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(
        "create virtual table t using fts5(x, tokenize = 'unicode61 remove_diacritics 0');
         create virtual table v using fts5vocab(t, 'instance');",
    )
    .unwrap();
    let all: Vec<char> = ('\0'..=char::MAX).filter(|c| !words(&c.to_string()).is_empty()).collect();
    let mut expected: Vec<String> = Vec::new();
    for block in all.chunks(1024) {
        let text: String = block.iter().map(|c| format!("a{c}b ")).collect();
        let ours = words(&text);
        db.execute("insert into t(x) values (?1)", [ours.join(" ")]).unwrap();
        expected.extend(ours);
    }
    assert!(expected.len() > 100_000, "too few to be all: {}", expected.len());
    let mut read = db.prepare("select term from v order by doc, offset").unwrap();
    let theirs: Vec<String> = read.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let wrong = expected.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    assert_eq!((wrong, expected.len()), (None, theirs.len()));
}

#[test]
fn the_fold_of_every_folded_character_is_itself() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for block in all.chunks(256) {
        let text: String = block.iter().map(|c| format!("a{c}b ")).collect();
        let once = words(&text);
        assert_eq!(words(&once.join(" ")), once, "from U+{:04X} on", block.first().map_or(0, |c| u32::from(*c)));
    }
}

proptest! {
    #[test]
    fn a_fold_folds_to_itself(text in "\\PC{0,80}") {
        prop_assert_eq!(words(&fold(&text)), words(&text));
    }

    #[test]
    fn words_of_two_texts_are_the_words_of_both(a in "\\PC{0,40}", b in "\\PC{0,40}") {
        let both = [words(&a), words(&b)].concat();
        prop_assert_eq!(words(&format!("{a} {b}")), both);
    }
}
