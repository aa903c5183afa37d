//! The manifest: which files a backup is made of, how long each is, and its SHA-256.
//!
//! In: JSON, from a folder that others may have had in their hands, so no name in it is used as a path before it was looked at.
//! Out: the same, with a code over all of it under a key that only an open store has ([`Manifest::is_ours`]): who can write to the
//! folder can destroy a backup, not make one. It is written last and put in its place by one renaming: what it names is on the disk by then.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::hmac;
use serde::{Deserialize, Serialize};

use super::{io, refused};
use crate::base::hash::hex;
use crate::base::{Timestamp, limits};
use crate::store::StoreError;

/// The form that this program writes and reads.
const VERSION: u32 = 1;
const NAME: &str = "manifest.json";

/// What a backup is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    /// Counts the backups in this folder; the names of `database` and `root_key` end with it.
    pub generation: u64,
    pub made_at: Timestamp,
    /// The program's version.
    pub program: String,
    /// Fingerprint of the master key that opens it.
    pub key: String,
    pub ledger: Head,
    pub mails: u64,
    pub database: Kept,
    /// Not where the master key is the root.
    pub root_key: Option<Kept>,
    pub segments: Vec<Kept>,
    /// Files that never change, from the store's folder `aside`.
    pub aside: Vec<Kept>,
    /// HMAC-SHA256 of the manifest without it, in hexadecimal.
    pub mac: String,
}

/// The newest entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: i64,
    pub hash: String,
}

/// A file of the backup. Of a segment, the first `length` bytes count: more may follow, of a backup that came to no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// From the backup's folder on.
    pub file: PathBuf,
    pub length: u64,
    pub sha256: String,
}

impl Manifest {
    /// The form that is written now.
    pub(super) fn version() -> u32 {
        VERSION
    }

    /// Reads the manifest of a folder; nothing where there is none.
    ///
    /// # Errors
    /// That it is not one.
    pub fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(NAME);
        let opened = match File::open(&path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io("opening", &path, &error)),
        };
        let mut text = Vec::new();
        opened.take(limits::MANIFEST_OCTETS).read_to_end(&mut text).map_err(|error| io("reading", &path, &error))?;
        let damaged = |why: String| refused(format!("{} is no manifest of a backup, or it is damaged: {why}", path.display()));
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if manifest.version != VERSION {
            return Err(refused(format!("{} is of form {}, this program knows {VERSION}", path.display(), manifest.version)));
        }
        let plain = |kept: &Kept| kept.file.components().count() == 1 && kept.file.file_name().is_some();
        if !plain(&manifest.database) || !manifest.root_key.as_ref().is_none_or(plain) {
            return Err(damaged("it names a file outside the folder".to_owned()));
        }
        Ok(Some(manifest))
    }

    /// The manifest with the code of its store.
    pub(super) fn signed(self, key: &hmac::Key) -> Result<Self, StoreError> {
        let mac = hex(hmac::sign(key, &self.bare()?).as_ref());
        Ok(Self { mac, ..self })
    }

    /// Whether it is as the store wrote it.
    pub(super) fn is_ours(&self, key: &hmac::Key) -> Result<(), StoreError> {
        // Nobody learns anything from the time that this takes: the manifest lies open.
        match hex(hmac::sign(key, &self.bare()?).as_ref()) == self.mac {
            true => Ok(()),
            false => Err(refused(
                "manifest.json of the backup is not as it was written: somebody or the disk has changed it".to_owned(),
            )),
        }
    }

    fn bare(&self) -> Result<Vec<u8>, StoreError> {
        Ok(serde_json::to_vec(&Self { mac: String::new(), ..self.clone() })?)
    }

    /// Puts it in its place.
    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let (path, new) = (folder.join(NAME), folder.join(format!("{NAME}.new")));
        let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).and_then(|mut out| {
            out.write_all(&serde_json::to_vec_pretty(self)?)?;
            out.sync_all()
        });
        written.map_err(|error| io("writing", &new, &error))?;
        let placed = fs::rename(&new, &path).and_then(|()| File::open(folder)?.sync_all());
        placed.map_err(|error| io("renaming", &new, &error))
    }

    /// All its files.
    pub fn files(&self) -> impl Iterator<Item = &Kept> {
        [&self.database].into_iter().chain(&self.root_key).chain(&self.segments).chain(&self.aside)
    }

    /// Bytes of all its files.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.files().map(|kept| kept.length).sum()
    }

    /// The file of that name.
    #[must_use]
    pub fn segment(&self, file: &Path) -> Option<&Kept> {
        self.segments.iter().find(|kept| kept.file == file)
    }
}
