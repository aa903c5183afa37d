//! International bank account numbers: ISO 13616. Country, two check figures, and as many characters as the country says; modulus 97.
//!
//! One in 97 passes by chance and the length must fit as well: it stands by itself.

use super::super::kind::Kind;
use super::{Family, Worth, worth};

pub(super) const FAMILY: Family = Family {
    kind: Kind::Iban,
    pattern: r"(?i-u)\b(?:GB\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?\d){14}|IE\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?\d){14}|NL\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?\d){10}|RO\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?[A-Z0-9]){16}|BG\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?\d){14}|LV\d{2}[ \-.]?[A-Z]{4}(?:[ \-.]?[A-Z0-9]){13}|(?:PL|HU|CY|AL)\d{2}(?:[ \-.]?\d){24}|(?:ES|SE|SK|CZ)\d{2}(?:[ \-.]?\d){20}|(?:DE)\d{2}(?:[ \-.]?\d){18}|(?:LT|AT|EE)\d{2}(?:[ \-.]?\d){16}|EE\d{2}(?:[ \-.]?\d){16}|PT\d{2}(?:[ \-.]?\d){21}|(?:FR)\d{2}(?:[ \-.]?\d){10}(?:[ \-.]?[A-Z0-9]){11}(?:[ \-.]?\d){2}|IT\d{2}[ \-.]?[A-Z](?:[ \-.]?\d){10}(?:[ \-.]?[A-Z0-9]){12}|BE\d{2}(?:[ \-.]?\d){12}|(?:DK|FI|NO)\d{2}(?:[ \-.]?\d){14}|GR\d{2}(?:[ \-.]?\d){7}(?:[ \-.]?[A-Z0-9]){16}|HR\d{2}(?:[ \-.]?\d){17}|CH\d{2}(?:[ \-.]?\d){5}(?:[ \-.]?[A-Z0-9]){12}|TR\d{2}(?:[ \-.]?\d){22})\b",
    figures: 12,
    check,
    lengths: &[18, 20, 22, 24, 26, 27, 28],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    if value.len() < 15 || !value.get(..2)?.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let turned = value.chars().skip(4).chain(value.chars().take(4));
    let mut rest = 0;
    for c in turned {
        let figure = c.to_digit(36)?;
        rest = if figure < 10 { rest * 10 + figure } else { rest * 100 + figure } % 97;
    }
    if rest == 1 { worth(4) } else { None }
}
