//! Mail out of files: single mails, mboxes and Maildirs, for an archive that begins with what a school has kept so far.
//!
//! In: paths ([`Walk`] finds the files below them, [`Opened`] the mails in a file). Out: [`Found`] mails byte for byte, or why something is none;
//! and a [`Mark`] for each, by which the store knows what it has: an import that is run again, or goes on after it was broken off,
//! takes nothing twice. A mark is a hash of the file's path and of the mail's bytes, written in the commit of the mail itself: the
//! same mail in two folders is two mails, for that is what the school kept.
//!
//! Line ends stay as they are in the file. What can fail: reading; it costs what could not be read, and is said.

mod imports_sql;
mod mbox;
mod opened;
mod walk;

use std::collections::HashSet;

use bytes::Bytes;
use ring::digest::{SHA256, digest};

use crate::base::Ref;
use crate::store::{SourceFile, Store, StoreError, Tx};

pub use mbox::Escaping;
pub use opened::Opened;
pub use walk::{Survey, Walk};

/// A mail in a file.
#[derive(Debug)]
pub struct Found {
    pub raw: Bytes,
    pub file: SourceFile,
    pub mark: Mark,
}

/// What is no mail, or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub path: String,
    pub why: String,
}

/// By which a mail of a file is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark([u8; 32]);

impl Mark {
    /// Of a mail's bytes at a place.
    #[must_use]
    pub fn of(place: &[u8], raw: &[u8]) -> Self {
        let mut text = digest(&SHA256, raw).as_ref().to_vec();
        text.extend_from_slice(place);
        let mut mark = [0; 32];
        mark.copy_from_slice(digest(&SHA256, &text).as_ref());
        Self(mark)
    }

    /// Writes that a mail is here, in the commit that keeps it.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where another import was faster, else what the store says.
    pub fn remember(&self, tx: &Tx<'_>, reference: &Ref) -> Result<(), StoreError> {
        match imports_sql::add(tx.sql(), &self.0, reference)? {
            true => Ok(()),
            false => Err(StoreError::Duplicate(reference.clone())),
        }
    }
}

/// Which of these the store has, or had: what was let go since does not come back by a second import.
///
/// # Errors
/// What the store says.
pub async fn known(store: &Store, marks: Vec<Mark>) -> Result<HashSet<Mark>, StoreError> {
    store.read(move |db| imports_sql::known(db, &marks)).await
}

#[cfg(test)]
mod tests;
