//! Partitions: the mails of one retention class and month, in a folder of their own under a key of their own.
//!
//! The keys lie in the database, wrapped by the master key; here they are kept open, one for each partition in use.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::key::{self, WrappingKey};
use super::places_sql::{self, PartitionRow};
use super::seal::SealingKey;

/// A partition that can be written to and read from.
pub(super) struct Partition {
    pub(super) id: i64,
    /// Where its segments lie.
    pub(super) folder: PathBuf,
    /// Its index.
    pub(super) index: PathBuf,
    pub(super) key: SealingKey,
}

/// All partitions opened so far.
pub(super) struct Partitions {
    segments: PathBuf,
    indexes: PathBuf,
    wrapping: WrappingKey,
    by_name: RwLock<HashMap<(String, String), Arc<Partition>>>,
    by_id: RwLock<HashMap<i64, Arc<Partition>>>,
}

impl Partitions {
    pub(super) fn new(store: &Path, wrapping: WrappingKey) -> Self {
        let (segments, indexes) = (store.join("segments"), store.join("index"));
        Self { segments, indexes, wrapping, by_name: RwLock::default(), by_id: RwLock::default() }
    }

    /// One that was opened before.
    pub(super) fn named(&self, class: &str, month: &str) -> Option<Arc<Partition>> {
        let known = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(class.to_owned(), month.to_owned())).cloned()
    }

    pub(super) fn numbered(&self, id: i64) -> Option<Arc<Partition>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Opens a partition by its number.
    pub(super) fn open(&self, db: &Connection, id: i64) -> Result<Arc<Partition>, StoreError> {
        let row = places_sql::partition(db, id)?.ok_or_else(|| StoreError::Missing(format!("partition {id}")))?;
        self.learn(row)
    }

    /// Opens a partition, and makes it with a new key where there is none. Runs inside a transaction; the key is used only
    /// after that transaction was committed.
    pub(super) fn find_or_make(&self, db: &Connection, class: &str, month: &str) -> Result<PartitionRow, StoreError> {
        if let Some(row) = places_sql::partition_named(db, class, month)? {
            return Ok(row);
        }
        let key = Zeroizing::new(key::random()?);
        let wrapped = self.wrapping.wrap(&key, &about(class, month))?;
        places_sql::add_partition(db, class, month, &wrapped)?;
        places_sql::partition_named(db, class, month)?.ok_or_else(|| StoreError::Missing(format!("partition {class} {month}")))
    }

    /// Opens the key of a partition and remembers it.
    pub(super) fn learn(&self, row: PartitionRow) -> Result<Arc<Partition>, StoreError> {
        let key = self.wrapping.unwrap(&row.wrapped, &about(&row.class, &row.month))?;
        let name = folder_name(&row.class, &row.month);
        let (folder, index) = (self.segments.join(&name), self.indexes.join(format!("{name}.db")));
        let opened = Arc::new(Partition { id: row.id, folder, index, key: SealingKey::new(&key) });
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(row.id, opened.clone());
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).insert((row.class, row.month), opened.clone());
        Ok(opened)
    }

    /// Forgets the keys of partitions that are there no more.
    pub(super) fn retain(&self, known: &HashSet<i64>) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).retain(|_, partition| known.contains(&partition.id));
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).retain(|id, _| known.contains(id));
    }

    /// Forgets all keys; they are read again where they are still there.
    pub(super) fn forget(&self) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn about(class: &str, month: &str) -> String {
    format!("{class} {month}")
}

/// The folder of a partition. A class's id is the school's own word, so what is no plain letter or digit is written as `%XX`.
pub(super) fn folder_name(class: &str, month: &str) -> String {
    let mut name = String::new();
    for byte in class.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("{name}-{month}")
}

/// The class and the month of a partition by its folder: what [`folder_name`] was given.
pub(super) fn of_folder(folder: &str) -> Option<(String, String)> {
    const MONTH: usize = "2026-11".len();
    let at = folder.len().checked_sub(MONTH + 1)?;
    Some((class_of(folder.get(..at)?), folder.get(at + 1..)?.to_owned()))
}

fn class_of(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%').then(|| name.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => (plain.push(byte), at += 3),
            None => (plain.push(byte), at += 1),
        };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{folder_name, of_folder};

    #[test]
    fn a_folder_says_its_class_and_month() {
        for class in ["ordinary", "six-months", "Sonderp\u{e4}dagogik 2", "50%", "../up", ""] {
            let folder = folder_name(class, "2026-11");
            assert!(!folder.contains(['/', '.', ' ']), "{folder}");
            assert_eq!(of_folder(&folder), Some((class.to_owned(), "2026-11".to_owned())), "{folder}");
        }
        assert_eq!(of_folder("short"), None);
    }
}
