//! Files beside the segments: pickup messages, each sealed by its maker under a key that the store does not have.
//!
//! In: sealed bytes under a name of their maker's choosing. Out: the same bytes. A file is on the disk, with its name, before
//! [`Store::put_aside`] returns, so that a row which names it can be committed after. A crash between the two leaves a file that
//! nothing names; whoever keeps the rows sweeps those ([`Store::aside_names`]). Not here: what is in them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::StoreError;
use super::{Store, disk};

const FOLDER: &str = "aside";

impl Store {
    /// Keeps sealed bytes under a name of hexadecimal digits.
    ///
    /// # Errors
    /// [`StoreError::Full`] before the disk is, and whatever it says.
    pub async fn put_aside(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
        self.room(sealed.len() as u64)?;
        let path = self.aside(name)?;
        off_thread(move || write(&path, &sealed)).await
    }

    /// Reads them back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there are none of that name.
    pub async fn read_aside(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.aside(name)?;
        off_thread(move || {
            fs::read(&path).map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => StoreError::Missing("a pickup message".to_owned()),
                _ => StoreError::io("reading", &path, &e),
            })
        })
        .await
    }

    /// Removes them; it is well where they are gone already.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn remove_aside(&self, name: &str) -> Result<(), StoreError> {
        let path = self.aside(name)?;
        off_thread(move || match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("removing", &path, &e)),
            _ => Ok(()),
        })
        .await
    }

    /// The names of all that were written before a moment.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn aside_names(&self, before: SystemTime) -> Result<Vec<String>, StoreError> {
        let folder = self.aside_folder();
        off_thread(move || {
            if !folder.is_dir() {
                return Ok(Vec::new());
            }
            let failed = |e: std::io::Error| StoreError::io("listing", &folder, &e);
            let mut names = Vec::new();
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let is_old = entry.metadata().and_then(|facts| facts.modified()).is_ok_and(|at| at < before);
                names.extend(entry.file_name().into_string().ok().filter(|name| is_old && is_name(name)));
            }
            Ok(names)
        })
        .await
    }

    fn aside_folder(&self) -> PathBuf {
        self.0.folder.join(FOLDER)
    }

    fn aside(&self, name: &str) -> Result<PathBuf, StoreError> {
        if !is_name(name) {
            return Err(StoreError::Damaged("the name of a pickup message".to_owned()));
        }
        Ok(self.aside_folder().join(name))
    }
}

/// Names lead nowhere else.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn write(path: &Path, sealed: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    disk::make_folder(folder)?;
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|e| StoreError::io("making", path, &e))?;
    disk::belong(path);
    let written = file.write_all(sealed).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(path); // what is left of it nobody can open; the sweep tries again
        return Err(StoreError::io("writing", path, &error));
    }
    disk::sync_folder(folder)
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)?
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("00ff"));
        for bad in ["", "..", "../x", "a/b", "g", "a.tmp", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
