//! National Insurance numbers: HMRC manual NIM39110. Two letters, six figures, A to D.
//!
//! No check digit: the prefix rules are all there is. The two letters and the last one make it rare in other text, so a whole one stands
//! by itself; part numbers of that form are spoken against by their label. Without the last letter a label is needed.

use super::super::kind::Kind;
use super::{Family, Worth, labelled, worth};

pub(super) const FAMILY: Family = Family {
    kind: Kind::Nino,
    pattern: r"(?i-u)\b[A-CEGHJ-PR-TW-Z][ .]?[A-CEGHJ-NPR-TW-Z][ \-./*_]{0,3}\d{2}[ \-./*_]{0,3}\d{2}[ \-./*_]{0,3}\d{2}(?:[ \-./*_]{0,3}[A-D]\b|\b)",
    figures: 6,
    check,
    lengths: &[8, 9],
};

fn check(value: &str, raw: &str) -> Option<Worth> {
    let prefix = value.get(..2)?;
    let figures = value.get(2..8)?;
    let suffix = value.get(8..)?;
    let is_allowed = prefix.bytes().all(|b| b.is_ascii_uppercase())
        && !prefix.contains(['D', 'F', 'I', 'Q', 'U', 'V'])
        && !prefix.ends_with('O')
        && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&prefix)
        && figures.bytes().all(|b| b.is_ascii_digit());
    if !is_allowed {
        return None;
    }
    let is_spaced_words = raw.get(2..3) == Some(" ") && raw.starts_with(|c: char| c.is_ascii_lowercase());
    match suffix {
        "A" | "B" | "C" | "D" if !is_spaced_words => worth(3),
        "A" | "B" | "C" | "D" => labelled(2),
        "" => labelled(1),
        _ => None,
    }
}
