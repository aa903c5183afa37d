//! Backups: a copy of the store while the gateway runs, and a store out of such a copy.
//!
//! ```text
//! manifest.json                      which of the files below count, how long each is, its SHA-256 (`manifest`)
//! store-N.db, root-N.key             the database at one moment, and the root that was sealed under the master key then
//! segments/…                         as in the store; what follows the manifest's length does not count
//! lock                               held by the backup that is under way
//! ```
//!
//! In: an open store and a folder. Out: what was made or restored, and an event in the ledger. The index is derived and not in it.
//!
//! Invariants: nothing in the folder is in clear, and no key is; the manifest names whole files at every moment; a restore brings
//! nothing back whose time is over. What can fail: the disk, the store ([`StoreError`]). Not here: when backups are made.

mod carry;
mod make;
mod manifest;
mod restore;

use std::path::Path;

pub use make::{Made, Wish, make};
pub use manifest::{Head, Kept, Manifest};
pub use restore::{Restored, Terms, restore};

use crate::store::StoreError;

/// Where the store keeps files that never change.
const ASIDE: &str = "aside";

/// How far it has come, in bytes, and with how many files.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub done: u64,
    pub all: u64,
    pub files: u64,
}

fn refused(why: String) -> StoreError {
    StoreError::Refused(why)
}

/// A failed file operation. A full disk is named, for it need not be the store's.
fn io(doing: &str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io { doing: format!("{doing} {}", path.display()), why: error.to_string() }
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
