//! SQL of the contacts. `waits_for` is empty for those that are known, else the mail whose release would make them so.

use rusqlite::{Connection, params};

use crate::base::{Domain, Ref};
use crate::store::StoreError;

/// Days on which mail must have gone to a domain before it counts as often written to: a mistake made twice is still one.
const DAYS: i64 = 3;
/// Frequent domains that are compared with, the most frequent first.
const MOST: i64 = 500;

pub(super) fn is_known(db: &Connection, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("SELECT 1 FROM contact WHERE hash = ? AND waits_for = ''")?.exists([hash])?)
}

pub(super) fn add(db: &Connection, hash: &[u8], waits_for: Option<&Ref>) -> Result<(), StoreError> {
    let mut put = db.prepare_cached("INSERT OR IGNORE INTO contact (hash, waits_for) VALUES (?, ?)")?;
    put.execute(params![hash, waits_for.map_or("", Ref::as_str)])?;
    Ok(())
}

/// Counts a day on which mail went to a domain, once.
pub(super) fn count(db: &Connection, domain: &Domain, day: i64) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO contact_domain (domain, days, last_day) VALUES (?, 1, ?)
         ON CONFLICT (domain) DO UPDATE SET days = days + 1, last_day = excluded.last_day WHERE last_day < excluded.last_day",
    )?;
    put.execute(params![domain.as_str(), day])?;
    Ok(())
}

pub(super) fn frequent(db: &Connection) -> Result<Vec<Domain>, StoreError> {
    let mut look = db.prepare_cached("SELECT domain FROM contact_domain WHERE days >= ? ORDER BY days DESC LIMIT ?")?;
    let names = look.query_map([DAYS, MOST], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(names.iter().filter_map(|name| Domain::parse(name).ok()).collect())
}
