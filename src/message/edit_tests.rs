use super::{Edit, Edits};

fn edit(range: std::ops::Range<usize>, with: &str) -> Edit {
    Edit { range, with: with.as_bytes().to_vec(), what: String::new() }
}

fn applied(edits: impl IntoIterator<Item = Edit>, original: &str) -> String {
    String::from_utf8(Edits::from_iter(edits).apply(original.as_bytes())).unwrap()
}

#[test]
fn edits_change_their_range_and_nothing_else() {
    assert_eq!(applied([edit(2..4, "XYZ")], "abcdef"), "abXYZef");
    assert_eq!(applied([edit(4..6, "2"), edit(0..1, "1")], "abcdef"), "1bcd2");
    assert_eq!(applied([edit(0..0, "<"), edit(6..6, ">")], "abcdef"), "<abcdef>");
    assert_eq!(applied([edit(3..3, "")], "abcdef"), "abcdef");
}

#[test]
fn of_two_insertions_at_one_place_the_first_added_stands_first() {
    assert_eq!(applied([edit(1..1, "1"), edit(1..1, "2"), edit(1..2, "B")], "abc"), "a12Bc");
    assert_eq!(applied([edit(1..2, "B"), edit(2..2, "3"), edit(1..1, "1")], "abc"), "a1B3c");
}

#[test]
fn edits_beyond_the_end_are_cut() {
    assert_eq!(applied([edit(2..90, "X"), edit(95..99, "Y")], "abc"), "abXY");
}

#[test]
#[cfg_attr(debug_assertions, should_panic(expected = "overlap"))]
fn an_edit_that_overlaps_another_is_left_out() {
    assert_eq!(applied([edit(1..4, "X"), edit(3..5, "Y")], "abcdef"), "aXef");
}

#[test]
fn edits_are_kept_and_read_back_whole() {
    let edits = Edits::from_iter([Edit { range: 1..3, with: vec![0, 255, b'\n'], what: "notice".into() }]);
    let json = serde_json::to_string(&edits).unwrap();
    assert_eq!(json, r#"[{"range":{"start":1,"end":3},"with":"AP8K","what":"notice"}]"#);
    assert_eq!(serde_json::from_str::<Edits>(&json).unwrap(), edits);
}
