//! SQL of the ledger's table: append, look up, walk.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::chain;
use super::event::Event;
use crate::base::{Ref, Timestamp};
use crate::store::StoreError;

/// An entry as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub at: Timestamp,
    /// The event's name: `mail-accepted`.
    pub name: String,
    /// The mail it is about.
    pub reference: Option<String>,
    /// The event as JSON.
    pub body: String,
    pub prev: Vec<u8>,
    pub hash: Vec<u8>,
}

const COLUMNS: &str = "seq, at, name, ref, body, prev, hash";

/// Number and hash of the newest entry.
pub(super) fn last(db: &Connection) -> Result<Option<(i64, [u8; 32])>, StoreError> {
    let mut last = db.prepare_cached("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")?;
    Ok(last.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The hash of one entry.
pub(super) fn hash_of(db: &Connection, seq: i64) -> Result<Option<[u8; 32]>, StoreError> {
    let mut look = db.prepare_cached("SELECT hash FROM ledger WHERE seq = ?")?;
    Ok(look.query_row([seq], |row| row.get(0)).optional()?)
}

pub(super) fn append(db: &Connection, at: Timestamp, event: &Event) -> Result<(), StoreError> {
    let (seq, prev) = last(db)?.map_or((1, chain::START), |(seq, hash)| (seq + 1, hash));
    let (name, reference) = (event.name(), event.reference().map(Ref::as_str));
    let (at, body) = (at.as_millisecond(), serde_json::to_string(event)?);
    let hash = chain::hash(&prev, seq, at, [name, reference.unwrap_or_default(), &body]);
    let mut put = db.prepare_cached("INSERT INTO ledger (seq, at, name, ref, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    put.execute(params![seq, at, name, reference, body, prev, hash])?;
    Ok(())
}

pub(super) fn about(db: &Connection, reference: &Ref) -> Result<Vec<Entry>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM ledger WHERE ref = ? ORDER BY seq"))?;
    let found = look.query_map([reference.as_str()], entry)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn recent(db: &Connection, count: u32) -> Result<Vec<Entry>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM ledger ORDER BY seq DESC LIMIT ?"))?;
    let mut found: Vec<Entry> = look.query_map([count], entry)?.collect::<Result<_, _>>()?;
    found.reverse();
    Ok(found)
}

/// The newest entry of a kind.
pub(super) fn newest(db: &Connection, name: &str) -> Result<Option<Entry>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM ledger WHERE name = ? ORDER BY seq DESC LIMIT 1"))?;
    Ok(look.query_row([name], entry).optional()?)
}

/// All entries of a kind, oldest first.
pub(super) fn named(db: &Connection, name: &str) -> Result<Vec<Entry>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM ledger WHERE name = ? ORDER BY seq"))?;
    let found = look.query_map([name], entry)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Shows the hash of every entry, oldest first.
pub(super) fn each_hash(db: &Connection, mut see: impl FnMut(&[u8])) -> Result<(), StoreError> {
    let mut look = db.prepare("SELECT hash FROM ledger ORDER BY seq")?;
    let mut rows = look.query([])?;
    while let Some(row) = rows.next()? {
        see(&row.get::<_, Vec<u8>>(0)?);
    }
    Ok(())
}

/// Shows every entry, oldest first, until `go_on` has seen enough.
pub(super) fn each(db: &Connection, mut go_on: impl FnMut(Entry) -> bool) -> Result<(), StoreError> {
    let mut look = db.prepare(&format!("SELECT {COLUMNS} FROM ledger ORDER BY seq"))?;
    let mut rows = look.query([])?;
    while let Some(row) = rows.next()? {
        if !go_on(entry(row)?) {
            break;
        }
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        at: Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH),
        name: row.get(2)?,
        reference: row.get(3)?,
        body: row.get(4)?,
        prev: row.get(5)?,
        hash: row.get(6)?,
    })
}
