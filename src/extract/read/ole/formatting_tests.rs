//! What a reader sees of a number.

use super::{Shape, built_in, shape, show};

#[test]
fn numbers_are_shown_as_excel_shows_them() {
    let cases = [
        (40_000.0, built_in(14), "06/07/2009"),
        (1.0, built_in(14), "01/01/1900"),
        (59.0, built_in(14), "28/02/1900"),
        (61.0, built_in(14), "01/03/1900"),
        (40_000.5, built_in(22), "06/07/2009 12:00"),
        (0.5, built_in(20), "12:00"),
        (40_000.0, shape("dd/mm/yyyy;@"), "06/07/2009"),
        (40_000.0, shape(r#"[$-809]d" of "mmmm\ yyyy"#), "06/07/2009"),
        (4_000_000_012.0, shape("General"), "4000000012"),
        (9_434_765_919.0, shape("0"), "9434765919"),
        (9_434_765_919.0, shape("000 000 0000"), "943 476 5919"),
        (7_700_900_123.0, shape("00000000000"), "07700900123"),
        (0.1 + 0.2, Shape::Plain, "0.3"),
        (12.5, shape("#,##0.00"), "12.5"),
        (3.0, shape(r#""days" 0"#), "3"),
        (-5.0, shape("dd/mm/yyyy"), "-5"),
        (f64::NAN, Shape::Date, "NaN"),
        (1e300, Shape::Time, "1e300"),
    ];
    for (number, shape, expected) in cases {
        assert_eq!(show(number, &shape, false), expected, "{number} as {shape:?}");
    }
    assert_eq!(show(38_538.0, &Shape::Date, true), "06/07/2009", "a workbook of an old Mac");
}
