//! SQL of copies of the database: making one, what it names, and what is done to it when it comes back.

use rusqlite::{Connection, params};

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

/// Takes out a partition: its key, its mails, and copies of them that still waited. Answers how many mails.
pub(super) fn forget(db: &Connection, partition: i64) -> Result<u64, StoreError> {
    db.pragma_update(None, "secure_delete", true)?; // the key must not lie on in a page that nothing uses
    db.execute("DELETE FROM job WHERE ref IN (SELECT ref FROM mail WHERE partition = ?)", [partition])?;
    db.execute("DELETE FROM unindexed WHERE seq IN (SELECT seq FROM mail WHERE partition = ?)", [partition])?;
    let mails = db.execute("DELETE FROM mail WHERE partition = ?", [partition])?;
    for rows in ["DELETE FROM blob WHERE partition = ?", "DELETE FROM segment WHERE partition = ?"] {
        db.execute(rows, [partition])?;
    }
    db.execute("DELETE FROM partition WHERE id = ?", params![partition])?;
    Ok(mails as u64)
}

/// Says that there is no index: every mail waits for it, and none is to be taken out.
pub(super) fn nothing_indexed(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM displaced", [])?;
    db.execute("INSERT OR IGNORE INTO unindexed (seq) SELECT seq FROM mail", [])?;
    Ok(())
}
