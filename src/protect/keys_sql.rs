//! SQL of the keyring. A key stands once for each address, kind and fingerprint.

use rusqlite::{Connection, Row, params};

use super::keys::{Key, Kind};
use crate::base::{Address, Timestamp};
use crate::store::StoreError;

const COLUMNS: &str = "address, kind, fingerprint, material, valid_from, valid_until, added_at, added_by";

/// Puts a key in; one of the same fingerprint is replaced, for its owner may have given it a later end.
pub(super) fn put(db: &Connection, key: &Key) -> Result<(), StoreError> {
    let until = key.valid_until.map(Timestamp::as_millisecond);
    let (from, added) = (key.valid_from.as_millisecond(), key.added_at.as_millisecond());
    let words = (key.address.key(), key.address.to_string(), key.kind.as_str());
    let put = "INSERT OR REPLACE INTO recipient_key
               (key, address, kind, fingerprint, material, valid_from, valid_until, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    db.execute(put, params![words.0, words.1, words.2, key.fingerprint, key.material, from, until, added, key.added_by])?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> Result<Vec<Key>, StoreError> {
    let mut look =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM recipient_key ORDER BY key, kind, valid_from DESC, fingerprint"))?;
    let rows = look.query_map([], row)?;
    rows.map(|row| row?).collect()
}

pub(super) fn of(db: &Connection, address: &Address) -> Result<Vec<Key>, StoreError> {
    let mut look = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM recipient_key WHERE key = ? ORDER BY kind, valid_from DESC, fingerprint"
    ))?;
    let rows = look.query_map([address.key()], row)?;
    rows.map(|row| row?).collect()
}

pub(super) fn remove(db: &Connection, key: &Key) -> Result<(), StoreError> {
    let Key { address, kind, fingerprint, .. } = key;
    let remove = "DELETE FROM recipient_key WHERE key = ? AND kind = ? AND fingerprint = ?";
    db.execute(remove, params![address.key(), kind.as_str(), fingerprint])?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<Result<Key, StoreError>> {
    let (address, kind) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    let (fingerprint, material) = (row.get(2)?, row.get(3)?);
    let (valid_from, valid_until) = (at(row.get(4)?), row.get::<_, Option<i64>>(5)?.map(at));
    let (added_at, added_by) = (at(row.get(6)?), row.get(7)?);
    let known = Address::parse(&address).ok().zip(Kind::parse(&kind));
    let known = known.ok_or_else(|| StoreError::Damaged("a recipient's key that cannot be read".to_owned()));
    Ok(known.map(|(address, kind)| Key { address, kind, fingerprint, valid_from, valid_until, added_at, added_by, material }))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
