//! The root key: thirty-two random bytes that the store's own keys come from, and how the master key opens them.
//!
//! ```text
//! root.key   in the store's folder: the root, AES-256-GCM under a key from the master key
//! key.lock   held while one of the two is made or changed
//! ```
//!
//! In: the options of the store. Out: the root. A new master key seals the same root anew ([`rotate`]), so that nothing else on
//! the disk changes and a running gateway, which has the root already, notices nothing. Stores made before there was a root key
//! have no such file until they are rotated: there the master key is the root.
//!
//! A rotation goes in four steps, each safe on disk before the next: `KEYFILE.new` is written; `root.key.new` is written;
//! it is renamed over `root.key`; `KEYFILE.new` is renamed over `KEYFILE`. Until the third the old key opens the store, from
//! then on the new one, and whoever opens the store between the third and the fourth takes the key that fits and finishes.
//!
//! What can fail: [`KeyError`]. Not here: what the root is used for.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::disk::belong;
use super::key::{KeyError, MasterKey, sync_parent, trouble};
use crate::config;

const HEADER: &str = "schoolgate root key 1";
/// Octets of the file: header, and 60 bytes as text.
const FILE_OCTETS: u64 = 256;
/// How often it is looked again where a rotation is under way, and after what time.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// The root, opened.
pub(super) struct Unlocked {
    /// What the store's keys come from.
    pub root: MasterKey,
    /// The master key's fingerprint.
    pub key: String,
    /// The file's content; nothing where the master key is the root.
    pub sealed: Option<Vec<u8>>,
    /// The key that fits still bears the name that it was made under.
    unnamed: bool,
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Fingerprints of the two master keys.
    pub old: String,
    pub new: String,
    /// The store is from before there were root keys: its root is the old master key for ever.
    pub old_is_root: bool,
}

/// Opens the root of a store, and makes one where the store is new.
pub(super) fn unlock(options: &config::Store) -> Result<Unlocked, KeyError> {
    if is_new(&options.path) {
        make(options)?;
    }
    let unlocked = open(options)?;
    if unlocked.unnamed
        && let Ok(lock) = open_lock(&options.path)
        && lock.try_lock().is_ok()
        && let Err(error) = give_name(&key_file(options))
    {
        let (new, file) = (new_name(&key_file(options)), key_file(options));
        tracing::warn!(
            "a key rotation was interrupted and cannot be finished here: `mv {} {}` ({error})",
            new.display(),
            file.display()
        );
    }
    Ok(unlocked)
}

/// Makes a new master key for a store, whether a gateway runs on it or not. The caller has seen that the old one opens it.
///
/// # Errors
/// What the disk says; the store is then opened by the old key or by the new one, and either is there.
pub fn rotate(options: &config::Store) -> Result<Rotated, KeyError> {
    let lock = lock(&options.path)?;
    let Unlocked { root, key: old, sealed, unnamed } = open(options)?;
    let file = key_file(options);
    if unnamed {
        give_name(&file)?;
    }
    let new = new_name(&file);
    remove(&new)?; // of a rotation that came no further than its first step; nothing was ever sealed under it
    MasterKey::create(&new)?;
    own_like(&new, &file)?;
    let fresh = MasterKey::load(&new)?; // as it will be read
    write(&options.path, &fresh.seal_root(&root)?)?;
    give_name(&file)?;
    drop(lock);
    Ok(Rotated { old, new: fresh.fingerprint(), old_is_root: sealed.is_none() })
}

/// Where the sealed root lies.
pub(super) fn file(store: &Path) -> PathBuf {
    store.join("root.key")
}

/// A folder without a database has no keys yet.
fn is_new(store: &Path) -> bool {
    !store.join("store.db").exists() && !file(store).exists()
}

fn make(options: &config::Store) -> Result<(), KeyError> {
    let key = MasterKey::load(&key_file(options))?;
    let _lock = lock(&options.path)?;
    if is_new(&options.path) {
        write(&options.path, &key.seal_root(&MasterKey::random()?)?)?;
    }
    Ok(())
}

/// Opens the root with the key file, or with the one that is about to take its place.
fn open(options: &config::Store) -> Result<Unlocked, KeyError> {
    let named = key_file(options);
    for turn in 1.. {
        // The key first: a root that is found afterwards is as old as the key, or newer.
        let key = MasterKey::load(&named);
        let Some(sealed) = read(&options.path)? else {
            let root = key?;
            return Ok(Unlocked { key: root.fingerprint(), root, sealed: None, unnamed: false });
        };
        let why = match key.and_then(|key| unlocked(&key, &sealed, false)) {
            Ok(unlocked) => return Ok(unlocked),
            Err(why) => why,
        };
        if let Ok(unlocked) = MasterKey::load(&new_name(&named)).and_then(|key| unlocked(&key, &sealed, true)) {
            return Ok(unlocked);
        }
        // Between the two readings a rotation may have changed both.
        if turn == TRIES || !is_locked(&options.path) && turn > 1 {
            return Err(why);
        }
        std::thread::sleep(PAUSE);
    }
    Err(KeyError::WrongKey)
}

fn unlocked(key: &MasterKey, sealed: &[u8], unnamed: bool) -> Result<Unlocked, KeyError> {
    let text = std::str::from_utf8(sealed).ok().and_then(|text| text.strip_prefix(HEADER)?.strip_prefix('\n'));
    let wrapped = text.and_then(|text| BASE64_STANDARD.decode(text.trim()).ok()).ok_or(KeyError::RootDamaged)?;
    Ok(Unlocked { root: key.open_root(&wrapped)?, key: key.fingerprint(), sealed: Some(sealed.to_vec()), unnamed })
}

/// Whether somebody is changing the keys of a store just now.
fn is_locked(store: &Path) -> bool {
    open_lock(store).is_ok_and(|lock| lock.try_lock().is_err())
}

fn open_lock(store: &Path) -> Result<File, KeyError> {
    let path = store.join("key.lock");
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let lock = opened.map_err(|error| trouble(&path, &error))?;
    belong(&path);
    Ok(lock)
}

fn lock(store: &Path) -> Result<File, KeyError> {
    let lock = open_lock(store)?;
    lock.lock().map_err(|error| trouble(&store.join("key.lock"), &error))?;
    Ok(lock)
}

fn read(store: &Path) -> Result<Option<Vec<u8>>, KeyError> {
    let path = file(store);
    let opened = match File::open(&path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(trouble(&path, &error)),
    };
    let mut bytes = Vec::new();
    opened.take(FILE_OCTETS).read_to_end(&mut bytes).map_err(|error| trouble(&path, &error))?;
    Ok(Some(bytes))
}

/// Puts a sealed root in its place: the old one, or the new one whole.
fn write(store: &Path, wrapped: &[u8]) -> Result<(), KeyError> {
    let path = file(store);
    let new = new_name(&path);
    let text = format!("{HEADER}\n{}\n", BASE64_STANDARD.encode(wrapped));
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        out.sync_all()
    });
    written.map_err(|error| trouble(&new, &error))?;
    belong(&new);
    rename(&new, &path)
}

/// Gives a new master key the name of the old one. Another process may have been quicker.
fn give_name(file: &Path) -> Result<(), KeyError> {
    rename(&new_name(file), file)
}

fn rename(from: &Path, to: &Path) -> Result<(), KeyError> {
    let renamed = match fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && to.exists() => Ok(()),
        done => done,
    };
    renamed.and_then(|()| sync_parent(to)).map_err(|error| trouble(to, &error))
}

fn remove(file: &Path) -> Result<(), KeyError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(trouble(file, &error)),
        _ => Ok(()),
    }
}

/// The key file itself, where the configuration names a link to it: a link must not be replaced by a file.
fn key_file(options: &config::Store) -> PathBuf {
    fs::canonicalize(&options.key_file).unwrap_or_else(|_| options.key_file.clone())
}

fn new_name(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".new");
    PathBuf::from(name)
}

/// Gives what root made to whom the old key belongs to.
fn own_like(new: &Path, old: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::MetadataExt;
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let given = fs::metadata(old).and_then(|about| std::os::unix::fs::chown(new, Some(about.uid()), Some(about.gid())));
    given.map_err(|error| trouble(new, &error))
}

#[cfg(test)]
#[path = "root_tests.rs"]
mod tests;
