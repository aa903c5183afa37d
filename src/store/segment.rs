//! Segments: the append-only files that mails lie in.
//!
//! In: sealed frames. Out: their places, once [`Segments::flush`] has synced the files, and the folder of each new file. A
//! file belongs to the one process that holds its lock, so commands beside a running gateway write files of their own and
//! never wait. A file is continued only at its committed length; after any failure the writer goes on in a new file, since
//! what a failed sync has left in the old one is not known (the kernel may call lost pages clean). What lies beyond the
//! committed length was never acknowledged and is cut off by [`recover`] when the store is opened, and so is what a purge left.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::disk::{belong, make_folder, sync_folder};
use super::error::StoreError;
use super::partition::{self, Partition};
use super::places_sql;

/// Bytes after which a new file is begun.
const ROLL_AT: u64 = 256 << 20;

/// The files being written.
#[derive(Default)]
pub(super) struct Segments {
    open: HashMap<i64, Segment>,
    /// Full in this batch: to be synced with the rest, then closed.
    full: Vec<Segment>,
    /// After a failure no file is continued.
    only_new: bool,
}

struct Segment {
    partition: i64,
    number: u32,
    path: PathBuf,
    file: File,
    /// Length with all that is pending.
    end: u64,
    pending: Vec<Vec<u8>>,
    /// Whether its name is not yet safe in its folder.
    unnamed: bool,
}

impl Segments {
    /// Takes a frame for the next flush and says where it will lie.
    pub(super) fn push(&mut self, db: &Connection, partition: &Partition, frame: Vec<u8>) -> Result<Spot, StoreError> {
        if self.open.get(&partition.id).is_some_and(|s| s.end >= ROLL_AT) {
            self.full.extend(self.open.remove(&partition.id));
        }
        let segment = match self.open.remove(&partition.id) {
            Some(segment) => segment,
            None => self.next(db, partition)?,
        };
        let segment = self.open.entry(partition.id).or_insert(segment);
        let (offset, length) = (segment.end, frame.len() as u64);
        segment.end += length;
        segment.pending.push(frame);
        Ok(Spot { partition: partition.id, segment: segment.number, offset, length })
    }

    /// Writes and syncs all that was pushed, and records the new lengths in the transaction that follows.
    pub(super) fn flush(&mut self) -> Result<Vec<Flushed>, StoreError> {
        let mut flushed = Vec::new();
        for segment in self.full.iter_mut().chain(self.open.values_mut()).filter(|s| !s.pending.is_empty()) {
            segment.flush()?;
            flushed.push(Flushed { partition: segment.partition, number: segment.number, length: segment.end });
        }
        self.full.clear();
        Ok(flushed)
    }

    /// Closes all files; what is written next opens its own again. One that was removed is given back to the disk by that.
    pub(super) fn close(&mut self) {
        self.open.clear();
        self.full.clear();
    }

    /// Trusts no open file any more.
    pub(super) fn abandon(&mut self) {
        self.open.clear();
        self.full.clear();
        self.only_new = true;
    }

    fn next(&self, db: &Connection, partition: &Partition) -> Result<Segment, StoreError> {
        let newest = places_sql::newest_segment(db, partition.id)?;
        if let Some((number, committed)) = newest.filter(|(_, committed)| *committed < ROLL_AT && !self.only_new)
            && let Some(segment) = Segment::resume(partition, number, committed)?
        {
            return Ok(segment);
        }
        Segment::create(partition, newest.map_or(1, |(number, _)| number + 1))
    }
}

/// Where a frame lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub partition: i64,
    pub segment: u32,
    pub offset: u64,
    pub length: u64,
}

/// How far a file is safe now.
pub(super) struct Flushed {
    pub partition: i64,
    pub number: u32,
    pub length: u64,
}

impl Flushed {
    pub(super) fn record(&self, db: &Connection) -> Result<(), StoreError> {
        places_sql::set_committed(db, self.partition, self.number, self.length)
    }
}

impl Segment {
    /// Goes on in a file that nobody else writes to.
    fn resume(partition: &Partition, number: u32, committed: u64) -> Result<Option<Self>, StoreError> {
        let path = path(&partition.folder, number);
        let Ok(mut file) = OpenOptions::new().write(true).open(&path) else { return Ok(None) };
        if file.try_lock().is_err() || file.metadata().map_or(0, |m| m.len()) < committed {
            return Ok(None);
        }
        let ready = file.set_len(committed).and_then(|()| file.seek(SeekFrom::Start(committed)));
        ready.map_err(|e| StoreError::io("opening the file", &path, &e))?;
        Ok(Some(Self { partition: partition.id, number, path, file, end: committed, pending: Vec::new(), unnamed: false }))
    }

    /// Begins a new file, with the first number from `number` on that is free.
    fn create(partition: &Partition, number: u32) -> Result<Self, StoreError> {
        make_folder(&partition.folder)?;
        for number in number..u32::MAX {
            let path = path(&partition.folder, number);
            let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(StoreError::io("making the file", &path, &e)),
            };
            // Between making and locking it, a gateway that is starting may take it for a leftover and remove it.
            if file.try_lock().is_ok() && file.metadata().is_ok_and(|m| m.nlink() > 0) {
                belong(&path);
                return Ok(Self { partition: partition.id, number, path, file, end: 0, pending: Vec::new(), unnamed: true });
            }
        }
        Err(StoreError::Missing(format!("free number in {}", partition.folder.display())))
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let frames = std::mem::take(&mut self.pending);
        let mut slices: Vec<IoSlice<'_>> = frames.iter().map(|frame| IoSlice::new(frame)).collect();
        write_all(&mut self.file, &mut slices).map_err(|e| StoreError::io("writing", &self.path, &e))?;
        self.file.sync_data().map_err(|e| StoreError::io("syncing", &self.path, &e))?;
        if self.unnamed {
            sync_folder(self.path.parent().unwrap_or(&self.path))?;
            self.unnamed = false;
        }
        Ok(())
    }
}

fn write_all(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> std::io::Result<()> {
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// What a file lacks of what was written to it.
pub(super) fn lacks(partition: &Partition, number: u32, committed: u64) -> Option<String> {
    let path = path(&partition.folder, number);
    match fs::metadata(&path).map(|file| file.len()) {
        Ok(length) if length >= committed => None,
        Ok(length) => Some(format!("{} has {length} bytes, and {committed} were written", path.display())),
        Err(error) => Some(format!("{}: {error}", path.display())),
    }
}

/// Reads one frame.
pub(super) fn read(partition: &Partition, spot: &Spot) -> Result<Vec<u8>, StoreError> {
    let path = path(&partition.folder, spot.segment);
    let file = File::open(&path).map_err(|e| StoreError::io("opening", &path, &e))?;
    let length = usize::try_from(spot.length).map_err(|_| StoreError::Damaged(format!("a length in {}", path.display())))?;
    let known = file.metadata().map_err(|e| StoreError::io("reading", &path, &e))?.len();
    if spot.offset.checked_add(spot.length).is_none_or(|end| end > known) {
        return Err(StoreError::Damaged(format!("{} ends before what was written at byte {}", path.display(), spot.offset)));
    }
    let mut frame = vec![0; length];
    file.read_exact_at(&mut frame, spot.offset).map_err(|e| StoreError::io("reading", &path, &e))?;
    Ok(frame)
}

/// Cuts off what was never acknowledged: the tail of each file beyond its committed length, and files that nothing was
/// committed in. Files that another process holds are left alone.
pub(super) fn recover(db: &Connection, root: &Path) -> Result<(), StoreError> {
    for folder in entries(root)?.into_iter().filter(|p| p.is_dir()) {
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        for path in entries(&folder)? {
            if let Some(number) = number(&path) {
                recover_file(&path, committed(db, &name, number)?)?;
            }
        }
        if !is_named(db, &name)? {
            let _ = fs::remove_dir(&folder); // not empty where another process is about to begin in it
        }
    }
    Ok(())
}

/// Removes index files of partitions that are there no more.
pub(super) fn recover_indexes(db: &Connection, root: &Path) -> Result<(), StoreError> {
    if !root.is_dir() {
        return Ok(());
    }
    for path in entries(root)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((name, _)) = name.split_once(".db") else { continue };
        if !is_named(db, name)? {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes the files that a partition had: these segments, and its index.
pub(super) fn discard(partition: &Partition, segments: &[u32]) -> Result<(), StoreError> {
    for number in segments {
        remove(&path(&partition.folder, *number))?;
    }
    let _ = fs::remove_dir(&partition.folder); // not empty where a partition of the same name was begun meanwhile
    for end in ["", "-wal", "-shm"] {
        let mut file = partition.index.clone().into_os_string();
        file.push(end);
        remove(Path::new(&file))?;
    }
    sync_folder(partition.folder.parent().unwrap_or(&partition.folder))
}

/// Removes a file; that it is not there is well.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("removing", path, &e)),
        _ => Ok(()),
    }
}

/// Whether there is a partition of that folder.
fn is_named(db: &Connection, folder: &str) -> Result<bool, StoreError> {
    let Some((class, month)) = partition::of_folder(folder) else { return Ok(true) };
    Ok(places_sql::partition_named(db, &class, &month)?.is_some())
}

fn committed(db: &Connection, folder: &str, number: u32) -> Result<Option<u64>, StoreError> {
    let Some((class, month)) = partition::of_folder(folder) else { return Ok(None) };
    places_sql::committed(db, &class, &month, number)
}

fn recover_file(path: &Path, committed: Option<u64>) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::io("recovering", path, &e);
    let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    match committed {
        _ if file.try_lock().is_err() => Ok(()),
        None => fs::remove_file(path).map_err(failed),
        Some(committed) if committed < length => file.set_len(committed).and_then(|()| file.sync_all()).map_err(failed),
        Some(committed) if committed > length => {
            tracing::error!(file = %path.display(), length, committed, "a file of the store is shorter than what was written to it");
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |e: std::io::Error| StoreError::io("reading the folder", folder, &e);
    fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|e| e.path()).map_err(failed)).collect()
}

fn number(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok()
}

fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.seg"))
}
