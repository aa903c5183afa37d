//! SQL of copies of the database: making one, what it names, and what is done to it when it comes back.

use rusqlite::Connection;

use super::error::StoreError;

/// A segment as the database names it.
pub(super) struct SegmentRow {
    pub class: String,
    pub month: String,
    pub number: u32,
    pub committed: u64,
}

/// Writes a whole copy under the same key; `into` is not there, or empty. Not inside a transaction.
pub(super) fn copy(db: &Connection, into: &str) -> Result<(), StoreError> {
    db.execute("VACUUM INTO ?", [into])?;
    Ok(())
}

/// All segments that something was committed to.
pub(super) fn segments(db: &Connection) -> Result<Vec<SegmentRow>, StoreError> {
    let mut look = db.prepare(
        "SELECT class, month, number, committed FROM segment JOIN partition ON partition.id = segment.partition
         ORDER BY month, class, number",
    )?;
    let rows = look.query_map([], |row| {
        let committed = row.get::<_, i64>(3)?.cast_unsigned();
        Ok(SegmentRow { class: row.get(0)?, month: row.get(1)?, number: row.get(2)?, committed })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn mails(db: &Connection) -> Result<u64, StoreError> {
    Ok(db.query_row("SELECT count(*) FROM mail", [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// Takes out the copies of a partition's mails that still waited.
pub(super) fn no_longer_waits(db: &Connection, partition: i64) -> Result<(), StoreError> {
    db.execute("DELETE FROM job WHERE ref IN (SELECT ref FROM mail WHERE partition = ?)", [partition])?;
    Ok(())
}

/// Says that there is no index: every mail waits for it, and none is to be taken out.
pub(super) fn nothing_indexed(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM displaced", [])?;
    db.execute("INSERT OR IGNORE INTO unindexed (seq) SELECT seq FROM mail", [])?;
    Ok(())
}
