//! Makes a backup of a store while a gateway runs on it, into a folder that may hold an earlier one.
//!
//! Order: a copy of the database under a new name, with its root key; the segments that the copy names, each continued at the
//! length that the last manifest says; the manifest, in one renaming; then what no manifest names any more is removed, mail that was
//! purged among it. So whenever it is interrupted the manifest in the folder names whole files, of this backup or the one before.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::carry::{self, Carried};
use super::manifest::{Head, Kept, Manifest};
use super::{ASIDE, Step, io, refused};
use crate::base::Timestamp;
use crate::config;
use crate::ledger::{self, Event, Ledger};
use crate::store::{Store, StoreError};

/// How often it begins anew where a partition was purged in its middle.
const TRIES: u32 = 3;

/// What shall be done.
pub struct Wish<'w> {
    /// Where to.
    pub folder: &'w Path,
    /// Read also those files of the earlier backup that have not grown, and mend what has changed.
    pub check: bool,
    /// Who does it.
    pub by: String,
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub manifest: Manifest,
    /// Bytes written, and files written to.
    pub copied: u64,
    pub files: u64,
    /// Files of the earlier backup that were not as they were written, and were carried anew.
    pub mended: Vec<PathBuf>,
    /// Files that were removed: earlier copies of the database, and mail that the store does not keep any more.
    pub removed: u64,
}

/// Makes a backup and says so in the ledger.
///
/// # Errors
/// Why it is not made; a backup that the folder held before is as good as it was.
pub async fn make(
    (store, options): (&Store, &config::Store),
    wish: &Wish<'_>,
    mut show: impl FnMut(Step),
) -> Result<Made, StoreError> {
    let folder = wish.folder;
    is_outside(&options.path, folder)?;
    carry::make_folder(folder)?;
    let _lock = lock(folder)?;
    let before = Manifest::read(folder)?;
    let ledger = Ledger::new(store.clone());
    is_ours(folder, before.as_ref(), &ledger).await?;
    before.as_ref().map_or(Ok(()), |before| before.is_ours(store.manifest_key()))?;
    let mut made = Made { manifest: empty(before.as_ref()), copied: 0, files: 0, mended: Vec::new(), removed: 0 };
    for turn in 1.. {
        made = Made { manifest: empty(before.as_ref()), copied: made.copied, files: 0, mended: made.mended, removed: 0 };
        match gather((store, options), wish, before.as_ref(), &mut made, &mut show).await {
            Ok(()) => break,
            // A segment that is not there any more went with its partition since the copy of the database was made.
            Err(StoreError::Missing(_)) if turn < TRIES => {}
            Err(error) => return Err(error),
        }
    }
    made.manifest.made_at = Timestamp::now();
    made.manifest = made.manifest.signed(store.manifest_key())?;
    made.manifest.write(folder)?;
    made.removed = sweep(folder, &made.manifest)?;
    let (seq, copied, mails) = (made.manifest.ledger.seq, made.copied, made.manifest.mails);
    let to = folder.display().to_string();
    ledger.write(vec![Event::BackupMade { by: wish.by.clone(), folder: to, entry: seq.cast_unsigned(), mails, copied }]).await?;
    Ok(made)
}

fn empty(before: Option<&Manifest>) -> Manifest {
    let nothing = Kept { file: PathBuf::new(), length: 0, sha256: String::new() };
    Manifest {
        version: Manifest::version(),
        generation: before.map_or(1, |before| before.generation + 1),
        made_at: Timestamp::UNIX_EPOCH,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        key: String::new(),
        ledger: Head { seq: 0, hash: String::new() },
        mails: 0,
        database: nothing,
        root_key: None,
        segments: Vec::new(),
        aside: Vec::new(),
        mac: String::new(),
    }
}

/// Carries everything and fills the manifest.
async fn gather(
    (store, options): (&Store, &config::Store),
    wish: &Wish<'_>,
    before: Option<&Manifest>,
    made: &mut Made,
    show: &mut impl FnMut(Step),
) -> Result<(), StoreError> {
    let folder = wish.folder;
    let name = PathBuf::from(format!("store-{}.db", made.manifest.generation));
    let snapshot = store.snapshot(&folder.join(&name)).await?;
    carry::sync_name(&folder.join(&name))?;
    let (length, sha256) = carry::sum(&folder.join(&name))?;
    made.copied += length;
    made.files += 1;
    made.manifest.database = Kept { file: name, length, sha256 };
    made.manifest.mails = snapshot.mails;
    let (seq, hash) = ledger::head(snapshot.sql())?.unwrap_or_default();
    made.manifest.ledger = Head { seq, hash };
    keep_keys(options, folder, made)?;
    let all = snapshot.segments.iter().map(|segment| segment.length).sum();
    let mut done = 0;
    for segment in &snapshot.segments {
        let known = before.and_then(|before| before.segment(&segment.path));
        let (from, to) = (options.path.join(&segment.path), folder.join(&segment.path));
        let carried = continued((&from, &to), segment.length, known, wish.check)?;
        let kept = made_of(made, &segment.path, segment.length, carried);
        made.manifest.segments.push(kept);
        done += segment.length;
        show(Step { done, all, files: made.manifest.segments.len() as u64 });
    }
    aside(options, wish, before, made)
}

fn continued((from, to): (&Path, &Path), length: u64, known: Option<&Kept>, check: bool) -> Result<Carried, StoreError> {
    if !from.exists() {
        return Err(StoreError::Missing(format!("file {}; run `schoolgate archive verify`", from.display())));
    }
    carry::continued(from, to, length, known, check)
}

/// Counts what was carried.
fn made_of(made: &mut Made, file: &Path, length: u64, Carried { sha256, copied, mended }: Carried) -> Kept {
    made.copied += copied;
    made.files += u64::from(copied > 0);
    if mended {
        made.mended.push(file.to_owned());
    }
    Kept { file: file.to_owned(), length, sha256 }
}

/// The root key, as it is sealed now. No key lies in a backup in clear.
fn keep_keys(options: &config::Store, folder: &Path, made: &mut Made) -> Result<(), StoreError> {
    let keys = Store::keys(options)?;
    made.manifest.key = keys.fingerprint;
    let Some(root) = keys.root else { return Ok(()) };
    let name = PathBuf::from(format!("root-{}.key", made.manifest.generation));
    let path = folder.join(&name);
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(|mut out| {
        out.write_all(&root)?;
        out.sync_all()
    });
    written.map_err(|error| io("writing", &path, &error))?;
    carry::sync_name(&path)?;
    let (length, sha256) = carry::sum(&path)?;
    made.copied += length;
    made.files += 1;
    made.manifest.root_key = Some(Kept { file: name, length, sha256 });
    Ok(())
}

/// Files that never change, once they have their name. One that goes meanwhile has served its time.
fn aside(options: &config::Store, wish: &Wish<'_>, before: Option<&Manifest>, made: &mut Made) -> Result<(), StoreError> {
    for from in listed(&options.path.join(ASIDE))?.into_iter().filter(|path| path.is_file()) {
        let (Some(name), Ok(about)) = (from.file_name(), fs::metadata(&from)) else { continue };
        let file = Path::new(ASIDE).join(name);
        let known = before.and_then(|before| before.aside.iter().find(|kept| kept.file == file));
        match carry::continued(&from, &wish.folder.join(&file), about.len(), known, wish.check) {
            Ok(carried) => {
                let kept = made_of(made, &file, about.len(), carried);
                made.manifest.aside.push(kept);
            }
            Err(_) if !from.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A backup beside the mails would go with them, and be taken for some of them.
fn is_outside(store: &Path, folder: &Path) -> Result<(), StoreError> {
    let absolute =
        |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    match absolute(folder).starts_with(absolute(store)) {
        true => Err(refused(format!("{} lies in the store itself: a backup belongs on another disk", folder.display()))),
        false => Ok(()),
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.map_err(|error| io("opening the lock", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(refused(format!("another backup into {} is under way", folder.display()))),
        Err(TryLockError::Error(error)) => Err(io("locking", &path, &error)),
    }
}

/// Whether the folder is empty, or holds a backup of which this store is the continuation: its ledger has the entry that the
/// backup's ended with. Anything else would be spoilt.
async fn is_ours(folder: &Path, before: Option<&Manifest>, ledger: &Ledger) -> Result<(), StoreError> {
    let Some(before) = before else {
        let foreign = listed(folder)?.into_iter().find(|path| !is_known_name(path));
        return foreign.map_or(Ok(()), |path| {
            Err(refused(format!("{} holds {} and no backup: name an empty folder", folder.display(), path.display())))
        });
    };
    let Head { seq, hash } = &before.ledger;
    match *seq == 0 || ledger.hash_of(*seq).await?.as_ref() == Some(hash) {
        true => Ok(()),
        false => Err(refused(format!(
            "{} holds the backup of another store, or of what this store was before it was restored from an older backup: name an \
             empty folder, and keep this one until you know that nothing in it is missed",
            folder.display()
        ))),
    }
}

/// A name that backups give in their folder.
fn is_known_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    ["lock", "segments", ASIDE, "manifest.json", "manifest.json.new", "lost+found"].contains(&name) || is_generation(name)
}

fn is_generation(name: &str) -> bool {
    let number = |start: &str, end: &str| name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).map(str::to_owned);
    let number = number("store-", ".db").or_else(|| number("store-", ".db-journal")).or_else(|| number("root-", ".key"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Removes what no manifest names: earlier databases, leftovers, and mail that the store does not keep any more.
fn sweep(folder: &Path, manifest: &Manifest) -> Result<u64, StoreError> {
    let named: BTreeSet<PathBuf> = manifest.files().map(|kept| folder.join(&kept.file)).collect();
    let mut removed = 0;
    for path in listed(folder)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_generation(name) && !named.contains(&path) {
            remove(&path, &mut removed)?;
        }
    }
    for below in listed(&folder.join("segments"))?.into_iter().chain([folder.join(ASIDE)]) {
        for path in listed(&below)?.into_iter().filter(|path| path.is_file() && !named.contains(path)) {
            remove(&path, &mut removed)?;
        }
        if below.is_dir() && listed(&below)?.is_empty() {
            fs::remove_dir(&below).map_err(|error| io("removing", &below, &error))?;
        }
    }
    carry::sync_name(&folder.join("lock"))?;
    Ok(removed)
}

fn remove(path: &Path, removed: &mut u64) -> Result<(), StoreError> {
    *removed += 1;
    fs::remove_file(path).map_err(|error| io("removing", path, &error))
}

/// What a folder holds; nothing where it is not there.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(|error| io("reading the folder", folder, &error))?,
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| io("reading the folder", folder, &error))).collect()
}
