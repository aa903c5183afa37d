//! Connections to `store.db` and to the files of the index: SQLCipher, write-ahead log, every commit synced.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::disk;
use super::error::StoreError;

/// How long a connection waits for another process to finish its commit.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// What opens a database again and again: its file and its key.
pub struct Database {
    pub(super) file: PathBuf,
    key: Zeroizing<String>,
    /// Whether what is deleted is overwritten.
    wipes: bool,
}

impl Database {
    pub(crate) fn new(file: PathBuf, key: Zeroizing<String>) -> Self {
        Self { file, key, wipes: false }
    }

    /// One in which what is deleted is overwritten: a wrapped key must not be left in a corner of a page.
    pub(super) fn wiping(file: PathBuf, key: Zeroizing<String>) -> Self {
        Self { file, key, wipes: true }
    }

    /// Where it lies.
    #[must_use]
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }

    /// Another file under the same key.
    pub(super) fn at(&self, file: &std::path::Path) -> Self {
        Self::new(file.to_owned(), self.key.clone())
    }

    /// A connection that only looks and leaves no trace beside the file: for a copy that nobody writes to.
    pub(super) fn look(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.file, flags)?;
        db.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        db.pragma_update(None, "key", self.key.as_str())?;
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(db)
    }

    /// A connection that may write, and makes the file where there is none. `cache` is in KiB.
    ///
    /// # Errors
    /// What the database says; a key that does not fit is [`StoreError::Key`].
    pub fn connect(&self, cache: u32) -> Result<Connection, StoreError> {
        let is_empty = self.file.metadata().map_or(true, |about| about.len() == 0);
        if !self.file.exists() {
            disk::private_file(&self.file)?; // the files beside it take over who may read it
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.file, flags)?;
        db.busy_timeout(BUSY)?;
        // Else SQLCipher writes lines of its own to standard error when a key does not fit; the error says it already.
        db.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        db.pragma_update(None, "key", self.key.as_str())?;
        // The first reading shows whether the key fits.
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        if is_empty && !self.wipes {
            db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?; // what an index has freed can go back to the disk
        }
        let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(StoreError::Sql(format!(
                "the write-ahead log cannot be used here (journal mode {mode}); is the store on a network file system?"
            )));
        }
        db.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -{cache}; PRAGMA temp_store = MEMORY;"
        ))?;
        if self.wipes {
            db.execute_batch("PRAGMA secure_delete = ON;")?;
        }
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    }

    /// Carries the whole log into the database and empties it, so that no old page is left there. False where a reader holds it.
    pub(super) fn empty_log(db: &Connection) -> Result<bool, StoreError> {
        Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
    }

    /// A connection that reads.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub fn connect_to_read(&self) -> Result<Connection, StoreError> {
        let db = self.connect(512)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    }
}
