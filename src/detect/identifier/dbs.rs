//! Certificates of the Disclosure and Barring Service: twelve figures that begin with 00.
//!
//! No check digit; the two noughts make it rare, a label or a column must still name it.

use super::super::kind::Kind;
use super::{Family, Worth, figures, labelled};

pub(super) const FAMILY: Family = Family {
    kind: Kind::DbsCertificate,
    pattern: r"(?-u:\b)00[ \-.]?\d{2}(?:[ \-.]?\d{4}){2}(?-u:\b)|(?-u:\b)00\d(?:[ \-.]?\d{3}){3}(?-u:\b)",
    figures: 12,
    check,
    lengths: &[12],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    let figures = figures(value).filter(|figures| figures.len() == 12)?;
    if figures.starts_with(&[0, 0]) && figures.get(2) != Some(&0) || value.starts_with("001") { labelled(2) } else { None }
}
