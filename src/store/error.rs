//! What can go wrong in the store, each with what the operator does about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::key::KeyError;
use crate::base::Ref;

/// Why the store did not do what was asked. Cheap to copy: one failed commit answers everyone who waited in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Less than `limits::DISK_RESERVE` is free, or the disk said it is full.
    Full,
    /// Another gateway runs on this store.
    Taken(PathBuf),
    /// The master key cannot be used.
    Key(KeyError),
    /// A file operation failed.
    Io { doing: String, why: String },
    /// The database failed.
    Sql(String),
    /// Bytes on the disk are not what was written.
    Damaged(String),
    /// A mail of this name is already kept.
    Duplicate(Ref),
    /// What was asked for is not there.
    Missing(String),
    /// A piece of work was refused for the reason given, which is fit for the person who asked.
    Refused(String),
    /// The store was made by a newer version of the program.
    TooNew { found: i64, known: i64 },
    /// The store is being closed.
    Stopped,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                f.write_str("the disk of the store is full or nearly so: free some space, or move [store] path to a larger disk")
            }
            Self::Taken(path) => write!(
                f,
                "another gateway already runs on the store {}: stop it first, or give this one a store of its own",
                path.display()
            ),
            Self::Key(why) => why.fmt(f),
            Self::Io { doing, why } => write!(f, "{doing}: {why}"),
            Self::Sql(why) => write!(f, "the store's database: {why}"),
            Self::Damaged(what) => write!(
                f,
                "the store is damaged: {what}; run `schoolgate archive verify` and restore what it names from the backup"
            ),
            Self::Duplicate(reference) => write!(f, "a mail with the reference {reference} is already kept"),
            Self::Missing(what) => write!(f, "there is no {what}"),
            Self::Refused(why) => f.write_str(why),
            Self::TooNew { found, known } => {
                write!(
                    f,
                    "the store has schema {found}, this program knows {known}: it was written by a newer version; run that one"
                )
            }
            Self::Stopped => f.write_str("the store is being closed"),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// A failed file operation, in the operator's words. A full disk is told apart, since it has an answer of its own.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { doing: format!("{doing} {}", path.display()), why: error.to_string() },
        }
    }

    /// Whether the failure says something about the disk or the database, and not about what was asked.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Full | Self::Io { .. } | Self::Sql(_) | Self::Damaged(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Key(KeyError::WrongKey),
            _ => Self::Sql(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(format!("an entry that cannot be read ({error})"))
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}
