//! Passport numbers: nine figures on British ones, a letter and six to eight figures on older and foreign ones.
//!
//! Nothing in the number can be checked, so a label or a header must name it: trip lists and right-to-work checks do.

use super::super::kind::Kind;
use super::{Family, Worth, is_filler, labelled};

pub(super) const FAMILY: Family = Family {
    kind: Kind::Passport,
    pattern: r"(?i-u)\b(?:\d{9}|\d{3}[ \-.]{1,2}\d{3}[ \-.]{1,2}\d{3}|[A-Z]{1,2}[ ]?\d{6,8}|\d{6}[A-Z]|\d{2}[A-Z]{2}\d{5})\b",
    figures: 6,
    check,
    lengths: &[9],
};

fn check(value: &str, raw: &str) -> Option<Worth> {
    let is_written_out = raw.len() > value.len() + 4;
    let figures = value.bytes().filter(u8::is_ascii_digit).count();
    if is_filler(value) || is_written_out || figures < 6 { None } else { labelled(1) }
}
