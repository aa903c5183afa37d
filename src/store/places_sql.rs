//! SQL of what the store itself keeps: partitions with their wrapped keys, segments with their committed length, places of mails.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::record::{MailRow, PartitionInfo, PartitionName, Place};
use super::segment::Spot;
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

/// The numbers of all partitions.
pub(super) fn partition_ids(db: &Connection) -> Result<HashSet<i64>, StoreError> {
    let mut look = db.prepare_cached("SELECT id FROM partition")?;
    Ok(look.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
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
        "INSERT INTO segment (partition, number, committed) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM partition WHERE id = ?1)
         ON CONFLICT (partition, number) DO UPDATE SET committed = ?3",
    )?;
    put.execute(params![partition, number, length.cast_signed()])?;
    Ok(())
}

/// What a mail's row says beside its place.
#[derive(Clone)]
pub(super) struct MailFacts {
    pub received_at: Timestamp,
    pub until: Timestamp,
    pub leaf: [u8; 32],
}

/// Adds a mail that the index does not hold yet, and lets its partition live as long as the mail must.
pub(super) fn add_mail(db: &Connection, place: &Place, facts: &MailFacts) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO mail (ref, partition, segment, at, length, received_at, leaf) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )?;
    let Place { reference, partition, segment, offset, length } = place;
    let (offset, length, received_at) = (offset.cast_signed(), length.cast_signed(), facts.received_at.as_millisecond());
    if put.execute(params![reference.as_str(), partition, segment, offset, length, received_at, facts.leaf])? == 0 {
        return Err(StoreError::Duplicate(reference.clone()));
    }
    db.prepare_cached("INSERT INTO unindexed (seq) VALUES (?)")?.execute([db.last_insert_rowid()])?;
    live_until(db, *partition, facts.until)
}

/// Puts a mail into another place. Its number and its leaf stay; the index takes it in anew.
pub(super) fn move_mail(db: &Connection, from: i64, place: &Place, facts: &MailFacts) -> Result<(), StoreError> {
    let Place { reference, partition, segment, offset, length } = place;
    let mut note = db.prepare_cached(
        "INSERT OR IGNORE INTO moved (seq, class, until) SELECT seq, class, expires_at FROM mail JOIN partition ON partition.id = mail.partition
         WHERE ref = ? AND partition = ?",
    )?;
    note.execute(params![reference.as_str(), from])?;
    let mut put =
        db.prepare_cached("UPDATE mail SET partition = ?, segment = ?, at = ?, length = ? WHERE ref = ? AND partition = ?")?;
    let (offset, length) = (offset.cast_signed(), length.cast_signed());
    if put.execute(params![partition, segment, offset, length, reference.as_str(), from])? == 0 {
        return Err(StoreError::Missing(format!("mail {reference} in its partition")));
    }
    live_until(db, *partition, facts.until)
}

/// Lets a partition live as long as a mail in it must.
fn live_until(db: &Connection, partition: i64, until: Timestamp) -> Result<(), StoreError> {
    let mut last = db.prepare_cached("UPDATE partition SET expires_at = max(ifnull(expires_at, 0), ?) WHERE id = ?")?;
    match last.execute(params![until.as_millisecond(), partition])? {
        0 => Err(gone(partition)),
        _ => Ok(()),
    }
}

/// A partition that was purged while a mail was on its way to it.
fn gone(partition: i64) -> StoreError {
    StoreError::Missing(format!("partition {partition}"))
}

/// Whether a partition holds a shared part already.
pub(super) fn has_blob(db: &Connection, partition: i64, name: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("SELECT 1 FROM blob WHERE partition = ? AND name = ?")?.exists(params![partition, name])?)
}

/// Adds a shared part; where two mails bring the same one at the same time, the first stays.
pub(super) fn add_blob(db: &Connection, name: &[u8; 32], spot: &Spot) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO blob (partition, name, segment, at, length) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )?;
    put.execute(params![spot.partition, name, spot.segment, spot.offset.cast_signed(), spot.length.cast_signed()])?;
    Ok(())
}

/// Where a shared part lies.
pub(super) fn blob(db: &Connection, partition: i64, name: &[u8; 32]) -> Result<Option<Spot>, StoreError> {
    let mut look = db.prepare_cached("SELECT segment, at, length FROM blob WHERE partition = ? AND name = ?")?;
    let found = look.query_row(params![partition, name], |row| {
        Ok(Spot { partition, segment: row.get(0)?, offset: length(row, 1)?, length: length(row, 2)? })
    });
    Ok(found.optional()?)
}

pub(super) const ROW: &str = "seq, ref, partition, segment, at, length, received_at, leaf";

pub(super) fn place(db: &Connection, reference: &Ref) -> Result<Option<Place>, StoreError> {
    Ok(row(db, reference)?.map(|row| row.place))
}

/// A mail by its reference.
pub(super) fn row(db: &Connection, reference: &Ref) -> Result<Option<MailRow>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {ROW} FROM mail WHERE ref = ?"))?;
    look.query_row([reference.as_str()], mail_row).optional()?.transpose()
}

/// A mail by its reference.
pub(super) fn row_of(db: &Connection, reference: &Ref) -> Result<Option<MailRow>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {ROW} FROM mail WHERE ref = ?"))?;
    look.query_row([reference.as_str()], mail_row).optional()?.transpose()
}

/// Mails in the order of receipt, from after `seq` on.
pub(super) fn rows(db: &Connection, after: u64, limit: u32) -> Result<Vec<MailRow>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {ROW} FROM mail WHERE seq > ? ORDER BY seq LIMIT ?"))?;
    look.query_map(params![after.cast_signed(), limit], mail_row)?.map(|row| row?).collect()
}

/// Mails that wait for the index, oldest first, each with how often it was put on the list.
pub(super) fn unindexed(db: &Connection, limit: u32) -> Result<Vec<(MailRow, u64)>, StoreError> {
    let mut look =
        db.prepare_cached(&format!("SELECT {ROW}, times FROM unindexed JOIN mail USING (seq) ORDER BY seq LIMIT ?"))?;
    let rows = look.query_map([limit], |row| Ok((mail_row(row)?, length(row, 8)?)))?;
    rows.map(|row| row.map_err(StoreError::from).and_then(|(row, times)| Ok((row?, times)))).collect()
}

/// What the index has taken in waits no more, unless it was put on the list again since.
pub(super) fn indexed(db: &Connection, taken: &[(u64, u64)]) -> Result<(), StoreError> {
    let mut done = db.prepare_cached("DELETE FROM unindexed WHERE seq = ? AND times = ?")?;
    taken.iter().try_for_each(|(seq, times)| done.execute([seq.cast_signed(), times.cast_signed()]).map(drop))?;
    Ok(())
}

/// How many mails wait for the index.
pub(super) fn awaiting(db: &Connection) -> Result<u64, StoreError> {
    Ok(db.prepare_cached("SELECT count(*) FROM unindexed JOIN mail USING (seq)")?.query_row([], |row| length(row, 0))?)
}

/// How many mails of a partition wait for the index.
pub(super) fn awaiting_of(db: &Connection, partition: i64) -> Result<u64, StoreError> {
    let mut look = db.prepare_cached("SELECT count(*) FROM unindexed JOIN mail USING (seq) WHERE mail.partition = ?")?;
    Ok(look.query_row([partition], |row| length(row, 0))?)
}

/// How many mails of each partition the index holds.
pub(super) fn indexed_each(db: &Connection) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut look = db.prepare_cached(
        "SELECT partition.id, count(mail.seq) - count(unindexed.seq) FROM partition LEFT JOIN mail ON mail.partition = partition.id
         LEFT JOIN unindexed ON unindexed.seq = mail.seq GROUP BY partition.id",
    )?;
    Ok(look.query_map([], |row| Ok((row.get(0)?, length(row, 1)?)))?.collect::<Result<_, _>>()?)
}

/// Partitions and numbers of mails that an index holds though they lie there no more.
pub(super) fn displaced(db: &Connection, limit: u32) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut look = db.prepare_cached("SELECT partition, seq FROM displaced LIMIT ?")?;
    Ok(look.query_map([limit], |row| Ok((row.get(0)?, length(row, 1)?)))?.collect::<Result<_, _>>()?)
}

/// What the index has let go is displaced no more.
pub(super) fn let_go(db: &Connection, gone: &[(i64, u64)]) -> Result<(), StoreError> {
    let mut done = db.prepare_cached("DELETE FROM displaced WHERE partition = ? AND seq = ?")?;
    gone.iter().try_for_each(|(partition, seq)| done.execute([*partition, seq.cast_signed()]).map(drop))?;
    Ok(())
}

/// Lets all mails of a partition wait for the index, or all there are.
pub(super) fn await_index(db: &Connection, partition: Option<i64>) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO unindexed (seq) SELECT seq FROM mail WHERE ?1 IS NULL OR partition = ?1
         ON CONFLICT (seq) DO UPDATE SET times = times + 1",
    )?;
    put.execute([partition])?;
    Ok(())
}

/// All partitions without what takes long to count, newest month first.
pub(super) fn partition_names(db: &Connection) -> Result<Vec<PartitionName>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, class, month, expires_at FROM partition ORDER BY month DESC, class")?;
    let rows = look.query_map([], |row| {
        let expires_at = row.get::<_, Option<i64>>(3)?.map(time);
        Ok(PartitionName { id: row.get(0)?, class: row.get(1)?, month: row.get(2)?, expires_at })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn partitions(db: &Connection) -> Result<Vec<PartitionInfo>, StoreError> {
    let mut look = db.prepare_cached(
        "SELECT id, class, month, expires_at, (SELECT count(*) FROM mail WHERE partition = id),
         (SELECT ifnull(sum(committed), 0) FROM segment WHERE partition = id) FROM partition ORDER BY month, class",
    )?;
    let rows = look.query_map([], |row| {
        Ok(PartitionInfo {
            id: row.get(0)?,
            class: row.get(1)?,
            month: row.get(2)?,
            expires_at: row.get::<_, Option<i64>>(3)?.map(time),
            mails: length(row, 4)?,
            bytes: length(row, 5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn mail_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<MailRow, StoreError>> {
    let reference = Ref::parse(&row.get::<_, String>(1)?).map_err(StoreError::Damaged);
    let (partition, segment, offset, length_) = (row.get(2)?, row.get(3)?, length(row, 4)?, length(row, 5)?);
    let (seq, received_at, leaf) = (length(row, 0)?, time(row.get(6)?), row.get(7)?);
    Ok(reference.map(|reference| {
        let place = Place { reference, partition, segment, offset, length: length_ };
        MailRow { seq, place, received_at, leaf }
    }))
}

pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::UNIX_EPOCH } else { Timestamp::MAX })
}

/// SQLite's integers are signed; lengths never reach the sign.
pub(super) fn length(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
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
