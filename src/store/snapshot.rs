//! Copies of the store: the database at one moment, and the files that go with it.
//!
//! In: an open store, and where the copy shall lie. Out: a [`Snapshot`], the copy synced and opened for looking at, with the
//! segments that it names and how far each is committed. Segments are append-only, so what a copy of the database names is
//! whole on the disk for as long as its partition is.
//!
//! Invariants: the copy is encrypted under the store's own key; it is a consistent state, of a moment after the call began.
//! What can fail: the disk and the database. Not here: where backups lie and what is in them (room `backup`).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ring::hmac;
use rusqlite::Connection;

use super::error::StoreError;
use super::key::KeyError;
use super::{Database, MasterKey, Store, Tx, partition, root, snapshot_sql};
use crate::config;

/// The folder in which a store is put together out of a backup; while it is there, nobody opens the store.
pub const RESTORING: &str = "restoring";

/// A copy of the database, open for looking.
pub struct Snapshot {
    pub segments: Vec<SegmentFile>,
    pub mails: u64,
    db: Connection,
}

/// A file of mails, as a database names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFile {
    /// From the store's folder on.
    pub path: PathBuf,
    /// Bytes of it that are committed.
    pub length: u64,
}

/// The keys as they lie beside a database.
pub struct Keys {
    /// Fingerprint of the master key that opens it.
    pub fingerprint: String,
    /// The sealed root.
    pub root: Option<Vec<u8>>,
}

impl Snapshot {
    /// The copy's tables.
    #[must_use]
    pub fn sql(&self) -> &Connection {
        &self.db
    }
}

impl Store {
    /// Copies the database to a new file, beside whatever is being written.
    ///
    /// # Errors
    /// What the disk and the database say.
    pub async fn snapshot(&self, into: &Path) -> Result<Snapshot, StoreError> {
        let (database, into) = (self.0.database.clone(), into.to_owned());
        tokio::task::spawn_blocking(move || take(&database, &into)).await.map_err(|_| StoreError::Stopped)?
    }

    /// The files that the database names.
    ///
    /// # Errors
    /// What the store says.
    pub async fn segment_files(&self) -> Result<Vec<SegmentFile>, StoreError> {
        self.read(segment_files).await
    }

    /// The key that says of a backup's manifest that it was written by who had this store open.
    #[must_use]
    pub fn manifest_key(&self) -> &hmac::Key {
        &self.0.manifest_key
    }

    /// What must lie beside a copy of the database so that the master key opens it.
    ///
    /// # Errors
    /// That the keys cannot be read.
    pub fn keys(options: &config::Store) -> Result<Keys, KeyError> {
        let root::Unlocked { key, sealed, .. } = root::unlock(options)?;
        Ok(Keys { fingerprint: key, root: sealed })
    }
}

/// Takes out the copies of a partition's mails that still waited.
///
/// # Errors
/// What the store says.
pub fn no_longer_waits(tx: &Tx<'_>, partition: i64) -> Result<(), StoreError> {
    snapshot_sql::no_longer_waits(tx.sql(), partition)
}

/// Says that there is no index: every mail waits for it.
///
/// # Errors
/// What the store says.
pub fn nothing_indexed(tx: &Tx<'_>) -> Result<(), StoreError> {
    snapshot_sql::nothing_indexed(tx.sql())
}

/// Refuses a store that is half put together.
pub(super) fn refuse_half(store: &Path) -> Result<(), StoreError> {
    match store.join(RESTORING).exists() && !store.join("store.db").exists() {
        true => Err(StoreError::Refused(format!(
            "a restore into {} was interrupted: run `schoolgate restore` again",
            store.display()
        ))),
        false => Ok(()),
    }
}

fn take(database: &Database, into: &Path) -> Result<Snapshot, StoreError> {
    let failed = |doing: &str, error: &std::io::Error| StoreError::io(doing, into, error);
    match fs::remove_file(into) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed("removing", &error)),
        _ => {}
    }
    super::disk::private_file(into)?;
    let text = into.to_str().ok_or_else(|| StoreError::Refused(format!("{} is no plain path", into.display())))?;
    snapshot_sql::copy(&database.connect(512)?, text)?;
    File::open(into).and_then(|file| file.sync_all()).map_err(|error| failed("syncing", &error))?;
    let db = database.at(into).look()?;
    Ok(Snapshot { segments: segment_files(&db)?, mails: snapshot_sql::mails(&db)?, db })
}

fn segment_files(db: &Connection) -> Result<Vec<SegmentFile>, StoreError> {
    let file = |row: snapshot_sql::SegmentRow| SegmentFile {
        path: Path::new("segments").join(partition::folder_name(&row.class, &row.month)).join(format!("{:06}.seg", row.number)),
        length: row.committed,
    };
    Ok(snapshot_sql::segments(db)?.into_iter().map(file).collect())
}

/// The fingerprint of a master key in a file.
///
/// # Errors
/// That the file cannot be read.
pub fn fingerprint(file: &Path) -> Result<String, KeyError> {
    MasterKey::load(file).map(|key| key.fingerprint())
}
