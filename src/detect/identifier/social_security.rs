//! Social security numbers of the United States: nine figures 3-2-4; area not 000, 666 or 900 and above, no group or serial of noughts.
//!
//! American families and staff of English schools write them on forms; nothing can be checked, so a label is needed.

use super::super::kind::Kind;
use super::{Family, Worth, labelled};

pub(super) const FAMILY: Family =
    Family { kind: Kind::UsSsn, pattern: r"(?-u:\b)\d{3}[ \-.]?\d{2}[ \-.]?\d{4}(?-u:\b)", figures: 9, check, lengths: &[9] };

fn check(value: &str, _: &str) -> Option<Worth> {
    let (area, group, serial) = (value.get(..3)?, value.get(3..5)?, value.get(5..9)?);
    let is_figures = value.len() == 9 && value.bytes().all(|b| b.is_ascii_digit());
    let is_issued = area != "000" && area != "666" && area < "900" && group != "00" && serial != "0000";
    if is_figures && is_issued { labelled(2) } else { None }
}
