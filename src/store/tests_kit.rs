//! A place for a store, for the tests of every room that keeps something.

use super::MasterKey;
use crate::config;

/// An empty folder with a new key, and the options that lead there. The folder goes when it is dropped.
pub(crate) fn place() -> (tempfile::TempDir, config::Store) {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    MasterKey::create(&key_file).unwrap();
    let options = config::Store { path: folder.path().join("store"), key_file };
    (folder, options)
}
