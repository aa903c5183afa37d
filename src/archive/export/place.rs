//! An export as it lies before whoever checks it: a folder or a zip file, out of anybody's hands.
//!
//! In: a path. Out: the names of its files, and each file's bytes or checksum, read one at a time where it lies; nothing is unpacked.
//! Invariants: no name leads out of the place; a file is held only up to a bound, and a sum is made in pieces; a zip file whose entries share
//! bytes or names, as no export has them and bombs do, is refused, so that reading takes no longer than its size allows. What can
//! fail: the disk, and whatever strangers put there; each is a sentence.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use crate::base::hash::Summing;

/// A place that was opened.
pub(super) enum Place {
    Folder(PathBuf),
    Zip(Box<ZipArchive<BufReader<File>>>),
}

impl Place {
    pub(super) fn open(at: &Path) -> Result<Self, String> {
        let failed = |why: &dyn std::fmt::Display| format!("{} cannot be read: {why}", at.display());
        if fs::metadata(at).map_err(|e| failed(&e))?.is_dir() {
            return Ok(Self::Folder(at.to_owned()));
        }
        let file = File::open(at).map_err(|e| failed(&e))?;
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| failed(&e))?;
        if zip.has_duplicate_names() || zip.has_overlapping_entries().map_err(|e| failed(&e))? {
            return Err(failed(&"two of its files have the same name or the same bytes, which no export has"));
        }
        Ok(Self::Zip(Box::new(zip)))
    }

    /// All files, as paths within it.
    pub(super) fn files(&self, wrong: &mut Vec<String>) -> Vec<String> {
        let zip = match self {
            Self::Folder(folder) => return files(folder, wrong),
            Self::Zip(zip) => zip,
        };
        let mut found = Vec::new();
        for name in zip.file_names() {
            match name {
                Ok(name) if !leads_inside(name.trim_end_matches('/')) => wrong.push(format!("{name} leads out of the export")),
                Ok(name) if name.ends_with('/') => {}
                Ok(name) => found.push(name.into_owned()),
                Err(error) => wrong.push(format!("the name of a file cannot be read: {error}")),
            }
        }
        found
    }

    /// A file's bytes, where there are no more than `most`.
    pub(super) fn read(&mut self, path: &str, most: u64) -> Result<Vec<u8>, String> {
        let read = self.with(path, |file| {
            let mut bytes = Vec::new();
            file.take(most + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let bytes = read?;
        if bytes.len() as u64 > most { Err(format!("{path} is larger than such a file is")) } else { Ok(bytes) }
    }

    /// The same as text.
    pub(super) fn text(&mut self, path: &str, most: u64) -> Result<String, String> {
        String::from_utf8(self.read(path, most)?).map_err(|_| format!("{path} cannot be read: it is not UTF-8"))
    }

    /// SHA-256 of a file of any size, in hexadecimal.
    pub(super) fn sum(&mut self, path: &str) -> Result<String, String> {
        self.with(path, |file| {
            let mut summing = Summing::new(file);
            io::copy(&mut summing, &mut io::sink())?;
            Ok(summing.sha256_hex())
        })
    }

    fn with<T>(&mut self, path: &str, look: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<T, String> {
        let failed = |why: &dyn std::fmt::Display| format!("{path} cannot be read: {why}");
        if !leads_inside(path) {
            return Err(format!("{path} leads out of the export"));
        }
        match self {
            Self::Folder(folder) => {
                let place = folder.join(path);
                // A link or a pipe may lead anywhere and end never.
                if !fs::symlink_metadata(&place).map_err(|e| failed(&e))?.is_file() {
                    return Err(failed(&"it is no plain file"));
                }
                File::open(&place).and_then(|mut file| look(&mut file)).map_err(|e| failed(&e))
            }
            Self::Zip(zip) => {
                let mut file = zip.by_name(path).map_err(|e| failed(&e))?;
                look(&mut file).map_err(|e| failed(&e))
            }
        }
    }
}

/// Whether a path stays where it begins (RFC 8493 section 5.2).
pub(super) fn leads_inside(path: &str) -> bool {
    !path.is_empty() && !path.contains('\\') && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn files(folder: &Path, wrong: &mut Vec<String>) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) => {
                wrong.push(format!("{} cannot be read: {error}", next.display()));
                continue;
            }
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if let Ok(inside) = path.strip_prefix(folder) {
                found.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    found
}
