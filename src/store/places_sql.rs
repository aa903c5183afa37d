//! SQL of what the store itself keeps: partitions with their wrapped keys, segments with their committed length, places of mails.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::record::Place;
use crate::base::{Ref, Timestamp};

/// A partition as the database has it.
pub(super) struct PartitionRow {
    pub id: i64,
    pub class: String,
    pub month: String,
    pub wrapped: Vec<u8>,
}

pub(super) fn partition_named(db: &Connection, class: &str, month: &str) -> Result<Option<PartitionRow>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, class, month, wrapped FROM partition WHERE class = ? AND month = ?")?;
    Ok(look.query_row([class, month], partition_row).optional()?)
}

pub(super) fn partition(db: &Connection, id: i64) -> Result<Option<PartitionRow>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, class, month, wrapped FROM partition WHERE id = ?")?;
    Ok(look.query_row([id], partition_row).optional()?)
}

fn partition_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PartitionRow> {
    Ok(PartitionRow { id: row.get(0)?, class: row.get(1)?, month: row.get(2)?, wrapped: row.get(3)? })
}

pub(super) fn add_partition(db: &Connection, class: &str, month: &str, wrapped: &[u8]) -> Result<(), StoreError> {
    db.execute("INSERT INTO partition (class, month, wrapped) VALUES (?, ?, ?)", params![class, month, wrapped])?;
    Ok(())
}

/// The newest segment of a partition and its committed length.
pub(super) fn newest_segment(db: &Connection, partition: i64) -> Result<Option<(u32, u64)>, StoreError> {
    let mut look = db.prepare_cached("SELECT number, committed FROM segment WHERE partition = ? ORDER BY number DESC LIMIT 1")?;
    Ok(look.query_row([partition], |row| Ok((row.get(0)?, length(row, 1)?))).optional()?)
}

/// Committed length of one segment, where it has ever been committed.
pub(super) fn committed(db: &Connection, class: &str, month: &str, number: u32) -> Result<Option<u64>, StoreError> {
    let mut look = db.prepare_cached(
        "SELECT committed FROM segment JOIN partition ON partition.id = segment.partition
         WHERE class = ? AND month = ? AND number = ?",
    )?;
    Ok(look.query_row(params![class, month, number], |row| length(row, 0)).optional()?)
}

pub(super) fn set_committed(db: &Connection, partition: i64, number: u32, length: u64) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO segment (partition, number, committed) VALUES (?1, ?2, ?3)
         ON CONFLICT (partition, number) DO UPDATE SET committed = ?3",
    )?;
    put.execute(params![partition, number, length.cast_signed()])?;
    Ok(())
}

pub(super) fn add_mail(db: &Connection, place: &Place) -> Result<(), StoreError> {
    let mut put = db
        .prepare_cached("INSERT INTO mail (ref, partition, segment, at, length) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")?;
    let Place { reference, partition, segment, offset, length } = place;
    match put.execute(params![reference.as_str(), partition, segment, offset.cast_signed(), length.cast_signed()])? {
        0 => Err(StoreError::Duplicate(reference.clone())),
        _ => Ok(()),
    }
}

pub(super) fn place(db: &Connection, reference: &Ref) -> Result<Option<Place>, StoreError> {
    let mut look = db.prepare_cached("SELECT partition, segment, at, length FROM mail WHERE ref = ?")?;
    let found = look.query_row([reference.as_str()], |row| {
        Ok(Place {
            reference: reference.clone(),
            partition: row.get(0)?,
            segment: row.get(1)?,
            offset: length(row, 2)?,
            length: length(row, 3)?,
        })
    });
    Ok(found.optional()?)
}

/// SQLite's integers are signed; lengths never reach the sign.
fn length(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

/// Overwrites in the log whatever a failed commit left there; see `writer`.
pub(super) fn mend(db: &Connection) -> Result<(), StoreError> {
    db.execute("UPDATE mend SET times = times + 1", [])?;
    Ok(())
}

/// The month that names a partition.
pub(super) fn month(at: Timestamp) -> String {
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("{:04}-{:02}", date.year(), date.month())
}
