//! Unique learner numbers: HESA's field ULN, Learning Records Service. Ten figures, not beginning with 0, whose weighted sum leaves 10.
//!
//! An NHS number leaves 0 with the same weights, so no number is both. As with those, passing alone is little.

use super::super::kind::Kind;
use super::{Family, Worth, figures, is_filler, nhs, weighted, worth};

pub(super) const FAMILY: Family = Family { kind: Kind::Uln, pattern: nhs::TEN, figures: 10, check, lengths: &[10] };

fn check(value: &str, _: &str) -> Option<Worth> {
    let figures = figures(value).filter(|figures| figures.len() == 10)?;
    let passes = figures.first() != Some(&0) && weighted(&figures, (1..=10).rev()) % 11 == 10;
    // A stem that leaves 0 has no check figure and is never issued.
    let stem = weighted(&figures, (2..=10).rev()) % 11;
    if passes && stem != 0 && !is_filler(value) { worth(1) } else { None }
}
