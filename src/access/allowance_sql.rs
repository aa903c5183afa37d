//! SQL of what senders have sent within the last hour.

use rusqlite::{Connection, params};

use crate::store::StoreError;

/// A sender's mails and recipients within one minute.
pub(super) struct SentRow {
    pub sender: String,
    pub minute: i64,
    pub mails: u32,
    pub recipients: u32,
}

/// Counts one more mail.
pub(super) fn add(db: &Connection, sender: &str, minute: i64, recipients: u32) -> Result<(), StoreError> {
    let mut put = db.prepare_cached(
        "INSERT INTO sent (sender, minute, mails, recipients) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (sender, minute) DO UPDATE SET mails = mails + 1, recipients = recipients + ?3",
    )?;
    put.execute(params![sender, minute, recipients])?;
    Ok(())
}

/// What was sent after a minute, the oldest first.
pub(super) fn after(db: &Connection, minute: i64) -> Result<Vec<SentRow>, StoreError> {
    let mut look = db.prepare_cached("SELECT sender, minute, mails, recipients FROM sent WHERE minute > ? ORDER BY minute")?;
    let rows = look.query_map([minute], |row| {
        Ok(SentRow { sender: row.get(0)?, minute: row.get(1)?, mails: row.get(2)?, recipients: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets what was sent up to a minute.
pub(super) fn forget(db: &Connection, minute: i64) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM sent WHERE minute <= ?")?.execute([minute])?;
    Ok(())
}
