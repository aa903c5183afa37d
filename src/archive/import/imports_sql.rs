//! SQL of what was imported.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use crate::base::Ref;
use crate::store::StoreError;

use super::Mark;

/// Those of the marks that are known.
pub(super) fn known(db: &Connection, marks: &[Mark]) -> Result<HashSet<Mark>, StoreError> {
    let mut look = db.prepare_cached("SELECT 1 FROM imported WHERE mark = ?")?;
    let mut found = HashSet::new();
    for mark in marks {
        if look.exists([&mark.0[..]])? {
            found.insert(*mark);
        }
    }
    Ok(found)
}

/// Adds a mark; false where it is there already.
pub(super) fn add(db: &Connection, mark: &[u8], reference: &Ref) -> Result<bool, StoreError> {
    let mut put = db.prepare_cached("INSERT INTO imported (mark, ref) VALUES (?, ?) ON CONFLICT DO NOTHING")?;
    Ok(put.execute(params![mark, reference.as_str()])? == 1)
}
