//! Room on the disk, and the lock that keeps a second gateway away.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::segment::belong;
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
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.map_err(|e| StoreError::io("opening the lock", &path, &e))?;
    belong(&path);
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Taken(folder.to_owned())),
        Err(std::fs::TryLockError::Error(e)) => Err(StoreError::io("locking", &path, &e)),
    }
}

/// Makes an empty file that only its owner may read; what is there already is left alone.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|e| StoreError::io("making", path, &e))?;
    belong(path);
    Ok(())
}
