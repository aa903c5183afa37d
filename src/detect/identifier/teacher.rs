//! Teacher reference numbers: HESA's field TRN. Seven figures in England and Wales, six in Scotland, written 12/34567 by many.
//!
//! No check digit, and seven figures are also an establishment's number (LAESTAB), so a label or a header must name it.

use super::super::kind::Kind;
use super::{Family, Worth, is_filler, labelled};

pub(super) const FAMILY: Family = Family {
    kind: Kind::TeacherReference,
    pattern: r"(?i-u)\b(?:RP[ ]?)?(?:\d{7}|\d{2}[/\-. ]\d{5}|\d{3}[ \-./]\d{4}|\d{5}/\d{2})\b",
    figures: 7,
    check,
    lengths: &[7],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    let figures = value.trim_start_matches("RP");
    if figures.len() == 7 && !is_filler(figures) { labelled(1) } else { None }
}
