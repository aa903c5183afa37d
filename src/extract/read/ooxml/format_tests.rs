use super::Format;

#[test]
fn codes_are_known_for_what_they_show() {
    for (code, format) in [
        ("dd/mm/yyyy", Format::Date),
        ("[$-809]d mmmm yyyy;@", Format::Date),
        ("mmm-yy", Format::Date),
        ("yyyy\\-mm\\-dd hh:mm", Format::DateAndTime),
        ("[h]:mm:ss", Format::Time),
        ("h:mm AM/PM", Format::Time),
        ("General", Format::General),
        ("#,##0.00", Format::General),
        ("0.00E+00", Format::General),
        ("\"day\" 0", Format::General),
        ("[Red]0.00", Format::General),
        ("0.0%", Format::Percent),
        ("000 000 0000", Format::Digits("000 000 0000".to_owned())),
    ] {
        assert_eq!(Format::of_code(code), format, "{code}");
    }
}

#[test]
fn numbers_lose_no_digit_and_gain_none() {
    for (raw, shown) in [
        ("9434765919", "9434765919"),
        ("9.434765919E9", "9434765919"),
        ("1.23456789012345E14", "123456789012345"),
        ("0.30000000000000004", "0.3"),
        ("12.50", "12.5"),
        ("-3", "-3"),
        ("12345678901234567890", "12345678901234567890"),
        ("no number", "no number"),
    ] {
        assert_eq!(Format::General.show(raw, false), shown);
    }
    assert_eq!(Format::of_code("00000000000").show("7700900123", false), "07700900123");
    assert_eq!(Format::of_code("(000) 000").show("1234567", false), "(1234) 567");
    assert_eq!(Format::built_in(14).show("42049", false), "14/02/2015");
    assert_eq!(Format::built_in(14).show("-5", false), "-5");
    assert_eq!(Format::Percent.show("0.125", false), "12.5%");
}
