//! SQL of the links by which senders decide about their held mail. A token is never here, only its hash.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::link::{Decided, Linked, NewLink};
use crate::base::{Address, Ref, Timestamp};
use crate::store::StoreError;

pub(super) fn add(db: &Connection, hash: &[u8; 32], link: &NewLink) -> Result<(), StoreError> {
    let mut put = db.prepare_cached("INSERT INTO held_link (hash, ref, sender, subject, ends) VALUES (?, ?, ?, ?, ?)")?;
    let ends = link.ends.map(Timestamp::as_millisecond);
    put.execute(params![hash, link.reference.as_str(), link.sender.to_string(), link.subject, ends])?;
    Ok(())
}

/// What stands there of a link that has not ended, without its jobs.
pub(super) fn find(db: &Connection, hash: &[u8; 32], now: Timestamp) -> Result<Option<Linked>, StoreError> {
    let mut look =
        db.prepare_cached("SELECT ref, sender, subject, decided FROM held_link WHERE hash = ? AND (ends IS NULL OR ends > ?)")?;
    look.query_row(params![hash, now.as_millisecond()], row).optional()?.transpose()
}

/// Marks it used up; it is forgotten later.
pub(super) fn decide(db: &Connection, hash: &[u8; 32], decided: Decided, forgotten: Timestamp) -> Result<(), StoreError> {
    let mut put = db.prepare_cached("UPDATE held_link SET decided = ?, ends = ? WHERE hash = ?")?;
    put.execute(params![decided.word(), forgotten.as_millisecond(), hash])?;
    Ok(())
}

pub(super) fn forget(db: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let mut sweep = db.prepare_cached(
        "DELETE FROM held_link WHERE ends <= ? OR (decided IS NULL AND NOT EXISTS
         (SELECT 1 FROM job WHERE job.ref = held_link.ref AND job.next_try IS NULL))",
    )?;
    sweep.execute([now.as_millisecond()])?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<Result<Linked, StoreError>> {
    let (reference, decided) = (row.get::<_, String>(0)?, row.get::<_, Option<String>>(3)?);
    let (sender, subject) = (row.get::<_, String>(1)?, row.get(2)?);
    let damaged = |what: &str| StoreError::Damaged(format!("a link's {what}"));
    Ok(Ref::parse(&reference).map_err(StoreError::Damaged).and_then(|reference| {
        let word = |word: String| Decided::ALL.into_iter().find(|d| d.word() == word).ok_or_else(|| damaged("decision"));
        let sender = Address::parse(&sender).map_err(|_| damaged("sender"))?;
        Ok(Linked { reference, sender, subject, decided: decided.map(word).transpose()?, jobs: Vec::new() })
    }))
}
