use super::{Vocabulary, Where};
use crate::extract::{Passage, Place};
use crate::policy::fold::readings;

/// Where each of the words stands.
fn found(words: &[&str], subjects: &[&str], passages: &[(Place, &str)]) -> Vec<(String, Where)> {
    let mut vocabulary = Vocabulary::default();
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    let condition = vocabulary.take(&words);
    let dictionary = vocabulary.compile();
    let subjects: Vec<_> = subjects.iter().map(|subject| readings(subject)).collect();
    let passages: Vec<_> = passages.iter().map(|&(place, text)| Passage { place, text: text.to_owned() }).collect();
    let found = dictionary.search(&subjects, &passages);
    found.of(&condition).map(|(number, place)| (dictionary.written(number).to_owned(), place)).collect()
}

fn in_body(word: &str, body: &str) -> bool {
    !found(&[word], &[], &[(Place::Body, body)]).is_empty()
}

#[test]
fn whole_words_and_phrases_are_found_over_line_ends_and_through_disguise() {
    assert!(in_body("blockhead", "you BLOCKHEAD!"));
    assert!(in_body("chain letter", "this is a chain\r\nletter, send it on"));
    assert!(in_body("chain  letter", "chain - letter"));
    assert!(in_body("blockhead", "block\u{200b}head"));
    assert!(in_body("blockhead", "bl\u{43e}ckhe\u{430}d"));
    assert!(in_body("blockhead", "\u{ff42}\u{ff4c}\u{ff4f}\u{ff43}\u{ff4b}\u{ff48}\u{ff45}\u{ff41}\u{ff44}"));
    assert!(in_body("дурак", "Ты ДУРАК."));
    assert!(in_body("ばか", "ばか"));
    assert!(in_body("crème brûlée", "CRE\u{300}ME BRU\u{302}LE\u{301}E"));
    assert!(in_body("blockhead", "the cafe\u{301} \u{2019} is a blockhead"));
    assert!(in_body("blockhead", "see https://a.test/x then blockhead"));
    assert!(in_body("blockhead", "\u{202e}daehkcolb\u{202c} he said"));
}

#[test]
fn longer_words_web_addresses_and_signs_are_not_words() {
    for body in
        ["blockheads", "ablockhead", "block head", "block\r\nhead", "https://a.test/blockhead", "www.blockhead.test/x", ""]
    {
        assert!(!in_body("blockhead", body), "{body}");
    }
    assert!(!in_body("!!!", "well!!! really"));
    assert!(in_body("blockhead", "the word awww.blockhead is no web address"));
}

#[test]
fn every_word_is_found_also_in_the_middle_of_another_phrase() {
    let words = ["a b", "b", "b c", "a b c d", "z"];
    let all = found(&words, &[], &[(Place::Body, "a b c")]);
    assert_eq!(all.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>(), ["a b", "b", "b c"]);
}

#[test]
fn the_strongest_place_counts() {
    let one = |subjects: &[&str], passages: &[(Place, &str)]| found(&["x"], subjects, passages).first().map(|(_, place)| *place);
    assert_eq!(one(&["x"], &[(Place::Body, "x")]), Some(Where::Subject));
    assert_eq!(one(&["y", "x"], &[]), Some(Where::OneSubject));
    assert_eq!(one(&["x", "x"], &[]), Some(Where::Subject));
    assert_eq!(one(&["y"], &[(Place::Quoted, "x"), (Place::FileName, "x.pdf")]), Some(Where::FileName));
    assert_eq!(one(&[], &[(Place::Quoted, "x")]), Some(Where::Quoted));
    assert!(!Where::Quoted.is_said() && Where::Unshown.is_said() && !Where::Unshown.is_plain());
}

#[test]
fn conditions_share_words_and_see_their_own_only() {
    let mut vocabulary = Vocabulary::default();
    let take = |vocabulary: &mut Vocabulary, words: [&str; 2]| vocabulary.take(&words.map(str::to_owned));
    let (one, other) = (take(&mut vocabulary, ["red", "green"]), take(&mut vocabulary, ["green", "blue"]));
    let dictionary = vocabulary.compile();
    let found = dictionary.search(&[], &[Passage { place: Place::Body, text: "red and green".to_owned() }]);
    let words = |of| found.of(of).map(|(number, _)| dictionary.written(number)).collect::<Vec<_>>();
    assert_eq!((words(&one), words(&other)), (vec!["red", "green"], vec!["green"]));
    assert_eq!((one.count, other.count), (2, 2));
}

#[test]
fn a_long_text_is_read_in_pieces_that_part_no_phrase_and_cut_no_word() {
    let near = super::WINDOW - 12;
    for before in near..near + 24 {
        let text = format!("{}chain\u{e9} letter, blockheads and more {}", "x ".repeat(before / 2), "y ".repeat(5000));
        assert!(in_body("chain\u{e9} letter", &text), "{before}");
        assert!(!in_body("blockhead", &text), "{before}");
    }
    let endless = "\u{e9}".repeat(super::WINDOW) + " blockhead";
    assert!(in_body("blockhead", &endless));
}

proptest::proptest! {
    /// Whatever a text is made of, it is read without a panic, and a word set apart in it is found.
    #[test]
    fn odd_texts_are_read(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "://", "www.", "a", "\u{e9}", "\u{202e}", "\u{202c}", "\u{200b}", " ", "\n", "<", ".", ":", "\u{1f170}", "\u{ac00}", "\u{3002}", "x",
    ]), 0..40)) {
        let text = format!("{} blockhead {}", pieces.concat().replace('\u{202e}', ""), pieces.concat());
        proptest::prop_assert!(in_body("blockhead", &text), "{}", text.escape_unicode());
    }
}
