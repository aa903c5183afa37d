//! SQL of retention, of holds, and of how far the clock is trusted.

use rusqlite::{Connection, OptionalExtension, params};

use crate::base::{Ref, Timestamp};
use crate::store::StoreError;

/// Up to which entry of the ledger, and to which time, the clock is trusted.
pub(super) struct Trusted {
    pub seq: i64,
    pub at: i64,
    /// The last moment before a jump that a person was told of.
    pub doubted: Option<i64>,
}

pub(super) fn clock(db: &Connection) -> Result<Trusted, StoreError> {
    let mut look = db.prepare_cached("SELECT seq, at, doubted FROM clock")?;
    Ok(look.query_row([], |row| Ok(Trusted { seq: row.get(0)?, at: row.get(1)?, doubted: row.get(2)? }))?)
}

/// Shows number and time of each entry of the ledger from after one on, until `go_on` has seen enough.
pub(super) fn times_after(db: &Connection, seq: i64, mut go_on: impl FnMut(i64, i64) -> bool) -> Result<(), StoreError> {
    let mut look = db.prepare_cached("SELECT seq, at FROM ledger WHERE seq > ? ORDER BY seq")?;
    let mut rows = look.query([seq])?;
    while let Some(row) = rows.next()? {
        if !go_on(row.get(0)?, row.get(1)?) {
            break;
        }
    }
    Ok(())
}

pub(super) fn last_entry(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.prepare_cached("SELECT ifnull(max(seq), 0) FROM ledger")?.query_row([], |row| row.get(0))?)
}

pub(super) fn trust_clock(db: &Connection, seq: i64, at: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE clock SET seq = ?, at = ?")?.execute([seq, at])?;
    Ok(())
}

pub(super) fn doubt_clock(db: &Connection, before: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE clock SET doubted = ?")?.execute([before])?;
    Ok(())
}

/// The partitions of a class that hold mail, each with the receipt of its last one and when it may go.
pub(super) fn last_received(db: &Connection, class: &str) -> Result<Vec<(i64, Timestamp, Option<i64>)>, StoreError> {
    let mut look = db.prepare_cached(
        "SELECT id, max(received_at), expires_at FROM partition JOIN mail ON mail.partition = partition.id WHERE class = ? GROUP BY id",
    )?;
    let rows = look.query_map([class], |row| Ok((row.get(0)?, time(row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_off(db: &Connection, partition: i64, until: Timestamp) -> Result<(), StoreError> {
    let mut put = db.prepare_cached("UPDATE partition SET expires_at = max(ifnull(expires_at, 0), ?) WHERE id = ?")?;
    put.execute(params![until.as_millisecond(), partition])?;
    Ok(())
}

/// How many mails of a partition are still on their way or held in the queue.
pub(super) fn on_their_way(db: &Connection, partition: i64) -> Result<u64, StoreError> {
    let mut look =
        db.prepare_cached("SELECT count(DISTINCT job.ref) FROM job JOIN mail ON mail.ref = job.ref WHERE mail.partition = ?")?;
    Ok(look.query_row([partition], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// The number of the last mail of a partition.
pub(super) fn last_mail(db: &Connection, partition: i64) -> Result<u64, StoreError> {
    let mut look = db.prepare_cached("SELECT ifnull(max(seq), 0) FROM mail WHERE partition = ?")?;
    Ok(look.query_row([partition], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// The mails of a partition from after one on.
pub(super) fn references(db: &Connection, partition: i64, after: u64, limit: u32) -> Result<Vec<(u64, Ref)>, StoreError> {
    let mut look = db.prepare_cached("SELECT seq, ref FROM mail WHERE partition = ? AND seq > ? ORDER BY seq LIMIT ?")?;
    let rows = look.query_map(params![partition, after.cast_signed(), limit], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        row.map_err(StoreError::from).and_then(|(seq, text)| Ok((seq, Ref::parse(&text).map_err(StoreError::Damaged)?)))
    })
    .collect()
}

pub(super) fn add_hold(db: &Connection, body: &str) -> Result<u64, StoreError> {
    db.prepare_cached("INSERT INTO hold (body) VALUES (?)")?.execute([body])?;
    Ok(db.last_insert_rowid().cast_unsigned())
}

pub(super) fn set_hold(db: &Connection, id: u64, body: &str) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE hold SET body = ? WHERE id = ?")?.execute(params![body, id.cast_signed()])?;
    Ok(())
}

pub(super) fn hold(db: &Connection, id: u64) -> Result<Option<String>, StoreError> {
    let mut look = db.prepare_cached("SELECT body FROM hold WHERE id = ?")?;
    Ok(look.query_row([id.cast_signed()], |row| row.get(0)).optional()?)
}

pub(super) fn holds(db: &Connection) -> Result<Vec<(u64, String)>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, body FROM hold ORDER BY id")?;
    let rows = look.query_map([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::UNIX_EPOCH } else { Timestamp::MAX })
}

/// The number that the last mail ever kept was given.
pub(super) fn mails_ever(db: &Connection) -> Result<u64, StoreError> {
    let mut look = db.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'mail'")?;
    let found = look.query_row([], |row| row.get::<_, i64>(0)).optional()?;
    Ok(found.unwrap_or(0).cast_unsigned())
}

/// The partitions that mails have gone with.
pub(super) fn gone(db: &Connection) -> Result<Vec<i64>, StoreError> {
    let mut look = db.prepare_cached("SELECT DISTINCT partition FROM gone ORDER BY partition")?;
    Ok(look.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
