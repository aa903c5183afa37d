//! SQL of the MTA-STS policies that were fetched: one of each domain, until it ends.

use rusqlite::{Connection, OptionalExtension, params};

use super::policies::Kept;
use super::policy::Policy;
use crate::base::{Domain, Timestamp};
use crate::store::StoreError;

pub(super) fn put(db: &Connection, domain: &Domain, kept: &Kept, text: &str, now: Timestamp) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR REPLACE INTO sts_policy (domain, id, policy, fetched, ends, used) VALUES (?, ?, ?, ?, ?, ?)",
        params![domain.as_str(), kept.id, text, now.as_millisecond(), kept.ends.as_millisecond(), now.as_millisecond()],
    )?;
    Ok(())
}

/// A policy that was fetched again; that is no use of it.
pub(super) fn renew(db: &Connection, domain: &Domain, kept: &Kept, text: &str, now: Timestamp) -> Result<(), StoreError> {
    db.execute(
        "UPDATE sts_policy SET policy = ?, fetched = ?, ends = ? WHERE domain = ? AND id = ?",
        params![text, now.as_millisecond(), kept.ends.as_millisecond(), domain.as_str(), kept.id],
    )?;
    Ok(())
}

pub(super) fn get(db: &Connection, domain: &Domain, now: Timestamp) -> Result<Option<(Kept, Timestamp)>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, policy, ends, used FROM sts_policy WHERE domain = ? AND ends > ?")?;
    let row = look.query_row(params![domain.as_str(), now.as_millisecond()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    });
    let Some((id, text, ends, used)) = row.optional()? else { return Ok(None) };
    let policy = Policy::read(&text).map_err(|why| StoreError::Damaged(format!("a kept MTA-STS policy: {why}")))?;
    Ok(Some((Kept { id, policy, ends: at(ends) }, at(used))))
}

pub(super) fn touch(db: &Connection, domain: &Domain, now: Timestamp) -> Result<(), StoreError> {
    db.execute("UPDATE sts_policy SET used = ? WHERE domain = ?", params![now.as_millisecond(), domain.as_str()])?;
    Ok(())
}

pub(super) fn forget_ended(db: &Connection, now: Timestamp) -> Result<(), StoreError> {
    db.execute("DELETE FROM sts_policy WHERE ends <= ?", [now.as_millisecond()])?;
    Ok(())
}

/// Domains whose policy was fetched before `fetched` and used after `used`.
pub(super) fn stale(db: &Connection, fetched: Timestamp, used: Timestamp) -> Result<Vec<(Domain, String)>, StoreError> {
    let mut look =
        db.prepare_cached("SELECT domain, id FROM sts_policy WHERE fetched < ? AND used > ? ORDER BY fetched LIMIT 1000")?;
    let rows = look.query_map([fetched.as_millisecond(), used.as_millisecond()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().filter_map(|(domain, id)| Some((Domain::parse(&domain).ok()?, id))).collect())
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
#[path = "policies_sql_tests.rs"]
mod tests;
