//! Sections that the contract promises and this version cannot do yet: their keys are known, using them is a mistake.

use super::reader::{Reader, Table};

pub(super) const ANTIVIRUS: &[&str] = &["clamd", "timeout"];
pub(super) const PICKUP: &[&str] = &["address", "public_url", "keep"];

/// Reads `[antivirus]` and `[pickup]`.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    antivirus(r, root);
    if let Some(table) = root.get("pickup").and_then(|v| r.open(&v, "[pickup]", PICKUP, &[])) {
        r.later(&table.span, "[pickup]");
    }
}

/// `clamd = "off"` is what this version does; anything else would promise a scan that does not happen.
fn antivirus<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    let Some(table) = root.get("antivirus").and_then(|v| r.open(&v, "[antivirus]", ANTIVIRUS, &[])) else { return };
    let Some(clamd) = r.need(&table, "clamd", "\"off\"") else { return };
    match r.text(&clamd).as_deref() {
        Some("off") | None => {}
        Some(_) => {
            r.wrong(&clamd.span, "scanning with clamd is not available yet in this version")
                .help("write clamd = \"off\" until a version that has it is installed");
        }
    }
    if let Some(v) = table.get("timeout") {
        r.duration(&v);
    }
}
