//! Sections that the contract promises and this version cannot do yet: their keys are known, using them is a mistake.

use super::reader::{Reader, Table};

pub(super) const PICKUP: &[&str] = &["address", "public_url", "keep"];
pub(super) const CONSOLE: &[&str] = &["address", "public_url", "saml"];
pub(super) const SAML: &[&str] = &["idp_metadata", "roles"];
pub(super) const ROLES: &[&str] = &["technician", "auditor", "approver", "dpo"];

/// Reads `[pickup]` and `[console]`.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    if let Some(table) = root.get("pickup").and_then(|v| r.open(&v, "[pickup]", PICKUP, &[])) {
        r.later(&table.span, "[pickup]");
    }
    if let Some(table) = root.get("console").and_then(|v| r.open(&v, "[console]", CONSOLE, &[])) {
        r.later(&table.span, "[console]");
        let saml = table.get("saml").and_then(|v| r.open(&v, "[console.saml]", SAML, &[]));
        if let Some(roles) = saml.and_then(|saml| saml.get("roles")) {
            r.open(&roles, "`roles`", ROLES, &[]);
        }
    }
}
