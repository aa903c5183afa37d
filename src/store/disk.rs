//! The disk below the store: room on it, the lock that keeps a second gateway away, and folders and files that are the owner's alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::StoreError;
use crate::base::limits;

/// How long an answer about free space is good for.
const FRESH: Duration = Duration::from_secs(1);

/// Free space of the store's disk, asked at most once a second.
pub(super) struct Room {
    folder: PathBuf,
    seen: Mutex<Option<(Instant, u64)>>,
}

impl Room {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, seen: Mutex::new(None) }
    }

    /// Whether one more mail of that size fits and leaves the reserve free.
    pub(super) fn fits(&self, bytes: u64) -> Result<(), StoreError> {
        let free = self.free()?;
        if free.saturating_sub(bytes) < limits::DISK_RESERVE { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Bytes free for us.
    pub(super) fn free(&self) -> Result<u64, StoreError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, free)) = *seen
            && at.elapsed() < FRESH
        {
            return Ok(free);
        }
        let disk =
            rustix::fs::statvfs(&self.folder).map_err(|e| StoreError::io("asking for free space of", &self.folder, &e.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        *seen = Some((Instant::now(), free));
        metrics::gauge!("schoolgate_store_free_bytes").set(free as f64);
        Ok(free)
    }
}

/// Takes the lock of a running gateway; it is given back when the file is closed, however the process ends.
///
/// # Errors
/// [`StoreError::Taken`] where a gateway has it, and what the disk says.
pub fn lock(folder: &Path) -> Result<File, StoreError> {
    try_lock(&folder.join("lock"))?.ok_or_else(|| StoreError::Taken(folder.to_owned()))
}

/// Takes a lock, the same way; nothing where another process has it.
pub(super) fn try_lock(path: &Path) -> Result<Option<File>, StoreError> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = opened.map_err(|e| StoreError::io("opening the lock", path, &e))?;
    belong(path);
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(e)) => Err(StoreError::io("locking", path, &e)),
    }
}

/// Makes an empty file that only its owner may read; what is there already is left alone.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|e| StoreError::io("making", path, &e))?;
    belong(path);
    Ok(())
}

/// Makes a folder that only its owner may enter; its name is safe when this returns.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let failed = |e: std::io::Error| StoreError::io("making the folder", folder, &e);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    belong(folder);
    sync_folder(folder.parent().unwrap_or(folder))
}

/// Makes the names in a folder safe.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|f| f.sync_all());
    synced.map_err(|e| StoreError::io("syncing the folder", folder, &e))
}

/// Gives what root made to the owner of the folder it lies in, so that a command run by root leaves nothing that the gateway
/// cannot open.
pub fn belong(path: &Path) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    if let Some(folder) = path.parent().and_then(|p| fs::metadata(p).ok()) {
        // Where it cannot be given away, the gateway says so itself when it cannot open it.
        let _ = std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid()));
    }
}
