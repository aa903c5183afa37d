use super::{Kind, ROWS};

#[test]
fn every_kind_has_a_row_of_its_own() {
    // The enum's last kind closes the table, and serde knows every kind by name: the two counts agree only if none is missing.
    let named = (0..=Kind::Unknown as usize).count();
    assert_eq!(ROWS.len(), named);
    for (place, row) in ROWS.iter().enumerate() {
        assert_eq!(row.kind as usize, place, "{}: rows stand in the order of the enum", row.word);
        assert_eq!(Kind::of_word(row.word), Some(row.kind));
        assert_eq!((row.kind.word(), row.kind.media()), (row.word, row.media));
    }
}

#[test]
fn words_and_endings_are_as_rules_write_them() {
    let mut words: Vec<&str> = Kind::words().collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), ROWS.len(), "no word twice");
    for row in ROWS {
        assert!(row.word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", row.word);
        assert!(row.media.contains('/'), "{}", row.media);
        assert!(row.endings.iter().all(|e| !e.starts_with('.') && *e == e.to_lowercase()), "{}", row.word);
        assert!(!(row.kind.runs() && row.kind.holds_no_text()));
    }
    assert_eq!(Kind::with_ending("mht").collect::<Vec<_>>(), [Kind::Html, Kind::Mail]);
}
