//! Payment cards: ISO/IEC 7812. The scheme's first figures and length, and the Luhn sum.
//!
//! One random number in ten passes Luhn: grouping as on a card or in one run is a little, words of paying (card, expiry, security code) or a person make
//! it one. Cards ending "…1234" are no card.

use super::super::kind::Kind;
use super::{Family, Worth, figures, worth};

pub(super) const FAMILY: Family = Family {
    kind: Kind::PaymentCard,
    pattern: r"(?-u:\b)(?:\d{4}(?:[ \-.]{0,2}\d{4}){2}[ \-.]{0,2}\d{1,7}|\d{4}[ \-.]{0,2}\d{6}[ \-.]{0,2}\d{4,5})(?-u:\b)",
    figures: 12,
    check,
    lengths: &[14, 15, 16],
};

fn check(value: &str, raw: &str) -> Option<Worth> {
    let figures = figures(value)?;
    let head = |n: usize| value.get(..n).and_then(|head| head.parse::<u32>().ok()).unwrap_or_default();
    let is_issued = match value.len() {
        13 | 16 | 19 if value.starts_with('4') => true,
        16 => {
            matches!(head(2), 51..=55 | 65)
                || matches!(head(4), 2221..=2720 | 6011 | 3528..=3589)
                || matches!(head(3), 644..=649)
                || matches!(head(2), 50 | 56..=58 | 67)
        }
        15 => matches!(head(2), 34 | 37),
        14 => matches!(head(3), 300..=305) || matches!(head(2), 36 | 38),
        12 | 13 | 17..=19 => matches!(head(2), 50 | 56..=58 | 67),
        _ => false,
    };
    let is_sixteen = matches!(value.len(), 15 | 16);
    let is_grouped = raw.len() > value.len() && is_sixteen;
    let weight = i32::from(is_sixteen) + i32::from(is_grouped);
    if is_issued && luhn(&figures) { worth(weight) } else { None }
}

fn luhn(figures: &[u32]) -> bool {
    let sum: u32 = figures
        .iter()
        .rev()
        .enumerate()
        .map(|(at, figure)| match (at % 2, figure * 2) {
            (0, _) => *figure,
            (_, double @ 0..=9) => double,
            (_, double) => double - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}
