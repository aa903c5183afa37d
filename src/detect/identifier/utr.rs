//! Unique taxpayer references: GDSC "Unique Tax Reference". Ten figures of which the first checks the others; some write a K.
//!
//! One random number in ten passes, so a label is needed; supply staff and self-employed tutors write them on invoices.

use super::super::kind::Kind;
use super::{Family, Worth, figures, is_filler, labelled, weighted};

pub(super) const FAMILY: Family = Family {
    kind: Kind::Utr,
    pattern: r"(?i-u)\bK?(?:\d{10}|\d{5}[ \-.]{1,3}\d{5}|\d{3}[ \-.]{1,3}\d{3}[ \-.]{1,3}\d{4}|\d{4}[ \-.]{1,3}\d{3}[ \-.]{1,3}\d{3}|\d{2}(?:[ \-.]{1,3}\d{4}){2}|\d{4}[ \-.]{1,3}\d{4}[ \-.]{1,3}\d{2}|\d{2}(?:[ \-.]{1,3}\d{2}){4})K?\b",
    figures: 10,
    check,
    lengths: &[10],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    let value = value.trim_matches('K');
    let figures = figures(value).filter(|figures| figures.len() == 10)?;
    let sum = weighted(figures.get(1..)?, [6, 7, 8, 9, 10, 5, 4, 3, 2]) as usize;
    let expected = "21987654321".chars().nth(sum % 11)?.to_digit(10)?;
    if figures.first() == Some(&expected) && !is_filler(value) { labelled(1) } else { None }
}
