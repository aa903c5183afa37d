use super::find;

fn zones(text: &str) -> Vec<&str> {
    find(text).into_iter().map(|zone| &text[zone.range]).collect()
}

#[test]
fn a_zone_holds_a_number_whole() {
    for (text, number) in [
        ("the National Insurance number is AB 12 34 56 C thank you", "AB 12 34 56 C"),
        ("licence MORGA 657054 SM9IJ expires", "MORGA 657054 SM9IJ"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 please", "GB29 NWBK 6016 1331 9268 19"),
        ("born 12th September 2012 in Hull", "12th September 2012"),
        ("A\tB 123\tC", "B 123"),
    ] {
        assert!(zones(text).iter().any(|zone| zone.contains(number)), "{text}: {:?}", zones(text));
    }
}

#[test]
fn prose_and_cells_part_zones() {
    assert_eq!(zones("nothing here at all"), Vec::<&str>::new());
    assert_eq!(zones("12\t34\n56|78"), ["12", "34", "56", "78"]);
    assert!(zones("7 pupils went to the museum yesterday with 8 adults").len() == 2);
}

#[test]
fn zones_do_not_overlap_and_stay_within_the_text() {
    let text = "é1 ü22 日本3 12 Jan 2012 x9 ".repeat(50);
    let found = find(&text);
    for pair in found.windows(2) {
        assert!(pair[0].range.end <= pair[1].range.start);
    }
    assert!(found.iter().all(|zone| text.get(zone.range.clone()).is_some()));
}
