//! NHS numbers: NHS Data Dictionary, NHS NUMBER. Ten figures, the last by modulus 11.
//!
//! One random number in eleven passes, and every ISBN-10 without an X (the same weights and modulus), so passing is little: a label, a
//! header, a column of them or a person beside it must join. Ranges of issue are not asked: test numbers (999…) stand for real ones in
//! training mails, and Scottish and Irish ones use ranges of their own.

use super::super::kind::Kind;
use super::{Family, Worth, figures, is_filler, weighted, worth};

pub(super) const TEN: &str = r"(?-u:\b)(?:\d{10}|\d{3}[ \-./*_]{1,3}\d{3}[ \-./*_]{1,3}\d{4}|\d{5}[ \-./*_]{1,3}\d{5}|\d{4}[ \-./*_]{1,3}\d{3}[ \-./*_]{1,3}\d{3}|\d{4}[ \-./*_]{1,3}\d{4}[ \-./*_]{1,3}\d{2}|\d{3}[ \-./*_]{1,3}\d{4}[ \-./*_]{1,3}\d{3}|\d{2}(?:[ \-.*_]{1,3}\d{2}){4}|\d{3}(?:[ \-.*_]{1,3}\d{3}){2}[ \-.*_]{1,3}\d)(?-u:\b)";

pub(super) const FAMILY: Family = Family { kind: Kind::NhsNumber, pattern: TEN, figures: 10, check, lengths: &[10] };

fn check(value: &str, _: &str) -> Option<Worth> {
    let figures = figures(value).filter(|figures| figures.len() == 10)?;
    let passes = weighted(&figures, (1..=10).rev()) % 11 == 0;
    if passes && !is_filler(value) { worth(1) } else { None }
}
