//! SQL of the threads: one row for each mail that had to be encrypted, as long as it is kept.

use rusqlite::{Connection, params};

use crate::base::Timestamp;
use crate::store::StoreError;

/// Whether one of these is remembered.
pub(super) fn has_any(db: &Connection, hashes: &[[u8; 16]]) -> Result<bool, StoreError> {
    let mut look = db.prepare_cached("SELECT 1 FROM protected_thread WHERE hash = ?")?;
    for hash in hashes {
        if look.exists([hash.as_slice()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Remembers one, or longer than before.
pub(super) fn put(db: &Connection, hash: &[u8], until: Timestamp) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO protected_thread (hash, until) VALUES (?, ?)
         ON CONFLICT (hash) DO UPDATE SET until = max(until, excluded.until)",
    )?;
    put.execute(params![hash, until.as_millisecond()])?;
    Ok(())
}

/// Forgets those whose time is over.
pub(super) fn forget(db: &Connection, now: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM protected_thread WHERE until < ?")?.execute([now.as_millisecond()])?;
    Ok(())
}
