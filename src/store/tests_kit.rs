//! A place for a store, for the tests of every room that keeps something.

use rusqlite::Connection;

use super::{MasterKey, root};
use crate::config;

/// The database of a store, as somebody with the key sees it.
pub(crate) fn sql(options: &config::Store) -> Connection {
    let root = root::unlock(options).unwrap().root;
    let db = Connection::open(options.path.join("store.db")).unwrap();
    db.pragma_update(None, "key", root.database().as_str()).unwrap();
    db
}

/// An empty folder with a new key, and the options that lead there. The folder goes when it is dropped.
pub(crate) fn place() -> (tempfile::TempDir, config::Store) {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    MasterKey::create(&key_file).unwrap();
    let options = config::Store { path: folder.path().join("store"), key_file };
    (folder, options)
}
