//! Carries the log into the database, beside the writer, so that no commit waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::error::StoreError;
use super::health::Health;

/// Pages in the log (of 4 KiB) from which on it is begun anew: 16 MiB.
const LONG_LOG: i64 = 4096;

/// Runs a checkpoint each time it is woken, until nobody can wake it any more.
///
/// A passive checkpoint waits for nobody. Under steady load it never catches up with the writer, so when the log has grown
/// long the writer is asked to begin it anew, which is quick just after a checkpoint.
pub(super) fn run(db: &Connection, woken: &Receiver<()>, overdue: &AtomicBool, health: &Arc<Health>) {
    while woken.recv().is_ok() {
        match checkpoint(db) {
            Ok(pages) if pages > LONG_LOG => overdue.store(true, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => health.trouble(&error),
        }
    }
}

fn checkpoint(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?)
}
