//! SQL of partitions that go, and of what is looked at closely.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::pack::PartName;
use super::places_sql::{ROW, length, mail_row, time};
use super::removal::{Leaf, Removed, leaf_or_name};
use super::segment::Spot;
use crate::base::Ref;

/// All that goes with a partition.
pub(super) fn what_goes(db: &Connection, partition: i64) -> Result<Removed, StoreError> {
    let mut look = db.prepare_cached("SELECT class, month, expires_at FROM partition WHERE id = ?")?;
    let named =
        look.query_row([partition], |row| Ok((partition, row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?.map(time))));
    let named = named.optional()?.ok_or_else(|| StoreError::Missing(format!("partition {partition}")))?;
    let files = segments(db, partition)?;
    let bytes = files.iter().map(|(_, length)| length).sum();
    let mut removed = Removed::of(named, bytes, files.into_iter().map(|(number, _)| number).collect());
    let mut look = db.prepare_cached(&format!("SELECT {ROW} FROM mail WHERE partition = ? ORDER BY seq"))?;
    let mut rows = look.query([partition])?;
    while let Some(row) = rows.next()? {
        let row = mail_row(row)??;
        removed.add(row.seq, row.received_at, leaf_or_name(row.leaf, &row.place.reference));
    }
    Ok(removed)
}

/// Takes a partition and all that lies in it out of the tables. What is left of its mails is their number and their leaf.
pub(super) fn remove(db: &Connection, partition: i64) -> Result<(), StoreError> {
    for step in [
        "INSERT INTO gone (seq, ref, partition, leaf) SELECT seq, ref, partition, leaf FROM mail WHERE partition = ?",
        "DELETE FROM unindexed WHERE seq IN (SELECT seq FROM mail WHERE partition = ?)",
        "DELETE FROM moved WHERE seq IN (SELECT seq FROM mail WHERE partition = ?)",
        "DELETE FROM mail WHERE partition = ?",
        "DELETE FROM blob WHERE partition = ?",
        "DELETE FROM segment WHERE partition = ?",
        "DELETE FROM partition WHERE id = ?",
    ] {
        db.prepare_cached(step)?.execute([partition])?;
    }
    Ok(())
}

/// The files of a partition with their committed length.
pub(super) fn segments(db: &Connection, partition: i64) -> Result<Vec<(u32, u64)>, StoreError> {
    let mut look = db.prepare_cached("SELECT number, committed FROM segment WHERE partition = ? ORDER BY number")?;
    Ok(look.query_map([partition], |row| Ok((row.get(0)?, length(row, 1)?)))?.collect::<Result<_, _>>()?)
}

/// The parts that the mails of a partition share.
pub(super) fn parts(db: &Connection, partition: i64) -> Result<Vec<(PartName, Spot)>, StoreError> {
    let mut look = db.prepare_cached("SELECT name, segment, at, length FROM blob WHERE partition = ? ORDER BY segment, at")?;
    let rows = look.query_map(params![partition], |row| {
        Ok((row.get(0)?, Spot { partition, segment: row.get(1)?, offset: length(row, 2)?, length: length(row, 3)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Shows the leaf of every mail that there ever was, in the order of receipt, and whether it is gone.
///
/// # Errors
/// What the store says.
pub fn each_leaf(db: &Connection, mut see: impl FnMut(u64, &Ref, Leaf, bool)) -> Result<(), StoreError> {
    let mut look =
        db.prepare("SELECT seq, ref, leaf, 0 FROM mail UNION ALL SELECT seq, ref, leaf, partition FROM gone ORDER BY seq")?;
    let mut rows = look.query([])?;
    while let Some(row) = rows.next()? {
        let reference = Ref::parse(&row.get::<_, String>(1)?).map_err(StoreError::Damaged)?;
        see(length(row, 0)?, &reference, leaf_or_name(row.get(2)?, &reference), row.get::<_, i64>(3)? != 0);
    }
    Ok(())
}

/// The leaves of mails that went with a partition, in the order of receipt.
pub(super) fn gone_with(db: &Connection, partition: i64) -> Result<Vec<Leaf>, StoreError> {
    let mut look = db.prepare_cached("SELECT ref, leaf FROM gone WHERE partition = ? ORDER BY seq")?;
    let rows = look.query_map([partition], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (reference, leaf) = row?;
        Ok(leaf_or_name(leaf, &Ref::parse(&reference).map_err(StoreError::Damaged)?))
    })
    .collect()
}
