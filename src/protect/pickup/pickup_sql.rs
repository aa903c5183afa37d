//! SQL of the pickup messages. A link's secret is never here, only its hash.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::shelf::{Closed, NewPickup, Pickup};
use crate::base::{Address, Ref, Timestamp};
use crate::store::StoreError;

const COLUMNS: &str = "id, sent_hash, ref, sender, recipient, passphrase, made_at, ends, opened_at, closed";

pub(super) fn add(db: &Connection, new: &NewPickup) -> Result<(), StoreError> {
    let pickup = &new.pickup;
    let (made_at, ends) = (pickup.made_at.as_millisecond(), pickup.ends.as_millisecond());
    let (sender, recipient) = (pickup.sender.to_string(), pickup.recipient.to_string());
    let put = "INSERT INTO pickup (hash, id, sent_hash, ref, sender, recipient, wrapped, made_at, ends) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let reference = pickup.reference.as_str();
    db.execute(put, params![new.hash, pickup.id, pickup.sent_hash, reference, sender, recipient, new.wrapped, made_at, ends])?;
    Ok(())
}

pub(super) fn find(db: &Connection, hash: &[u8; 32]) -> Result<Option<Pickup>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM pickup WHERE hash = ?"))?;
    look.query_row(params![hash], row).optional()?.transpose()
}

pub(super) fn sent(db: &Connection, hash: &[u8; 32]) -> Result<Vec<Pickup>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM pickup WHERE sent_hash = ? ORDER BY recipient, id"))?;
    let rows = look.query_map(params![hash], row)?;
    rows.map(|row| row?).collect()
}

/// Open ones whose time is over.
pub(super) fn ended(db: &Connection, now: Timestamp) -> Result<Vec<Pickup>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM pickup WHERE closed IS NULL AND ends <= ?"))?;
    let rows = look.query_map([now.as_millisecond()], row)?;
    rows.map(|row| row?).collect()
}

pub(super) fn wrapped(db: &Connection, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let mut look = db.prepare_cached("SELECT wrapped FROM pickup WHERE hash = ? AND closed IS NULL")?;
    Ok(look.query_row(params![hash], |row| row.get(0)).optional()?.flatten())
}

/// Notes the first opening; false where there was one.
pub(super) fn opened(db: &Connection, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let note = "UPDATE pickup SET opened_at = ? WHERE hash = ? AND opened_at IS NULL AND closed IS NULL";
    Ok(db.execute(note, params![now.as_millisecond(), hash])? > 0)
}

pub(super) fn set_passphrase(db: &Connection, id: &str, hash: Option<&str>) -> Result<bool, StoreError> {
    let set = "UPDATE pickup SET passphrase = ? WHERE id = ? AND opened_at IS NULL AND closed IS NULL";
    Ok(db.execute(set, params![hash, id])? > 0)
}

/// Takes the key away; false where it is closed already.
pub(super) fn close(db: &Connection, id: &str, why: Closed, now: Timestamp) -> Result<bool, StoreError> {
    let close = "UPDATE pickup SET wrapped = NULL, passphrase = NULL, closed = ?, closed_at = ? WHERE id = ? AND closed IS NULL";
    Ok(db.execute(close, params![why.word(), now.as_millisecond(), id])? > 0)
}

pub(super) fn forget(db: &Connection, before: Timestamp) -> Result<(), StoreError> {
    db.execute("DELETE FROM pickup WHERE closed_at < ?", [before.as_millisecond()])?;
    Ok(())
}

/// The names of the files that are still needed.
pub(super) fn open_ids(db: &Connection) -> Result<HashSet<String>, StoreError> {
    let mut look = db.prepare_cached("SELECT id FROM pickup WHERE closed IS NULL")?;
    let rows = look.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Result<Pickup, StoreError>> {
    let texts: [String; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
    let (made_at, ends, opened_at) = (row.get(6)?, row.get(7)?, row.get::<_, Option<i64>>(8)?);
    let (id, sent_hash, passphrase, closed) = (row.get(0)?, row.get(1)?, row.get(5)?, row.get::<_, Option<String>>(9)?);
    Ok(read(&texts, (made_at, ends, opened_at), closed.as_deref())
        .map(|pickup| Pickup { id, sent_hash, passphrase, ..pickup })
        .ok_or_else(|| StoreError::Damaged("a row of a pickup message".to_owned())))
}

fn read([reference, sender, recipient]: &[String; 3], times: (i64, i64, Option<i64>), closed: Option<&str>) -> Option<Pickup> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).ok();
    let closed = match closed {
        Some(word) => Some(Closed::ALL.into_iter().find(|closed| closed.word() == word)?),
        None => None,
    };
    Some(Pickup {
        id: String::new(),
        sent_hash: [0; 32],
        reference: Ref::parse(reference).ok()?,
        sender: Address::parse(sender).ok()?,
        recipient: Address::parse(recipient).ok()?,
        passphrase: None,
        made_at: at(times.0)?,
        ends: at(times.1)?,
        opened_at: times.2.and_then(at),
        closed,
    })
}
