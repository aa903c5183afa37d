//! Great Britain driver numbers: DVLA. Five of the surname (filled with 9), decade, month (50 more for women), day, year, two initials,
//! then an arbitrary figure and two computer-made characters.
//!
//! The check characters are not published; sixteen characters with a date inside are rare enough to stand by themselves.

use super::super::kind::Kind;
use super::{Family, Worth, worth};

pub(super) const FAMILY: Family = Family {
    kind: Kind::DrivingLicence,
    pattern: r"(?i-u)\b[A-Z](?:[A-Z]{4}|[A-Z]{3}9|[A-Z]{2}9{2}|[A-Z]9{3}|9{4})[ \-.]{0,2}\d[0156]\d[0-3]\d\d[ \-.]{0,2}[A-Z][A-Z9][ \-.]{0,2}[A-Z0-9][ \-.]{0,2}[A-Z]{2}\b",
    figures: 7,
    check,
    lengths: &[16],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    let name = value.get(..5)?;
    let month: u32 = value.get(6..8)?.parse().ok()?;
    let day: u32 = value.get(8..10)?.parse().ok()?;
    let date = value.get(5..11)?;
    let letters = name.trim_end_matches('9');
    let initials = value.get(11..13)?;
    let is_formed = value.len() == 16
        && !letters.is_empty()
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && date.bytes().all(|b| b.is_ascii_digit())
        && matches!(month, 1..=12 | 51..=62)
        && (1..=31).contains(&day)
        && initials.bytes().all(|b| b.is_ascii_uppercase() || b == b'9')
        && value.get(14..)?.bytes().all(|b| b.is_ascii_uppercase());
    if is_formed { worth(4) } else { None }
}
