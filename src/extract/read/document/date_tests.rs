use super::{Shown, of_iso, of_serial};

#[test]
fn serial_numbers_are_dates_in_both_systems() {
    for (serial, is_1904, date) in [
        (1.0, false, "01/01/1900"),
        (59.0, false, "28/02/1900"),
        (60.0, false, "29/02/1900"),
        (61.0, false, "01/03/1900"),
        (42_049.0, false, "14/02/2015"),
        (40_587.0, true, "14/02/2015"),
        (36_585.0, false, "29/02/2000"),
        (0.0, true, "01/01/1904"),
        (2_958_465.0, false, "31/12/9999"),
    ] {
        assert_eq!(of_serial(serial, is_1904, Shown::Date).as_deref(), Some(date));
    }
    assert_eq!(of_serial(42_049.395_833_333, false, Shown::Both).as_deref(), Some("14/02/2015 09:30"));
    assert_eq!(of_serial(0.5, false, Shown::Time).as_deref(), Some("12:00"));
    for odd in [-1.0, 3e9, f64::NAN, f64::INFINITY] {
        assert_eq!(of_serial(odd, false, Shown::Both), None);
    }
}

#[test]
fn iso_dates_are_turned_and_anything_else_stays() {
    assert_eq!(of_iso("2015-02-14"), "14/02/2015");
    assert_eq!(of_iso("2015-02-14T00:00:00"), "14/02/2015");
    assert_eq!(of_iso("2015-02-14T09:30:00"), "14/02/2015 09:30");
    for odd in ["", "14/02/2015", "2015-2-14", "2015-02-14x", "T", "é-02-14"] {
        assert_eq!(of_iso(odd), odd);
    }
}
