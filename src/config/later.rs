//! Sections that the contract promises and this version cannot do yet: their keys are known, using them is a mistake.

use super::reader::{Reader, Table};

pub(super) const PICKUP: &[&str] = &["address", "public_url", "keep"];

/// Reads `[pickup]`.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    if let Some(table) = root.get("pickup").and_then(|v| r.open(&v, "[pickup]", PICKUP, &[])) {
        r.later(&table.span, "[pickup]");
    }
}
