//! Address cards (RFC 6350, and vCard 2.1 and 3.0, which telephones write).
//!
//! In: a file. Out: a block of text for each card, and the files in it, by way of [`calendar`]. Can fail: a bound.

use super::Draft;
use super::calendar::{self, Property};
use crate::extract::contents::Unread;

/// Reads cards.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    calendar::components(bytes, draft, words)
}

/// Names and addresses stand in pieces: the given name before the family's, as people write it; an address from the inside out.
fn words(property: &Property) -> String {
    let joined = |pieces: &mut dyn Iterator<Item = &str>, with: &str| {
        pieces.map(str::trim).filter(|piece| !piece.is_empty()).map(str::to_owned).collect::<Vec<_>>().join(with)
    };
    let text = property.text();
    match property.name.as_str() {
        "N" => {
            let pieces: Vec<&str> = text.split(';').collect();
            let order = [3, 1, 2, 0, 4];
            joined(&mut order.iter().filter_map(|place| pieces.get(*place).copied()), " ")
        }
        "ADR" | "ORG" => joined(&mut text.split(';'), ", "),
        _ => text,
    }
}

#[cfg(test)]
#[path = "vcard_tests.rs"]
mod tests;
