//! SQL of the accounts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::people::{Account, Role, Suspension};
use crate::base::{Address, Timestamp};
use crate::store::StoreError;

const COLUMNS: &str = "address, role, hash, version, added_at, added_by, suspended_at, suspended_by, suspended_why";

/// An account with what only signing in needs.
pub(super) struct AccountRow {
    pub account: Account,
    /// PHC string.
    pub hash: String,
    /// Changes with the password and with each suspension.
    pub version: i64,
}

/// Adds an account; false where it is there already.
pub(super) fn add(db: &Connection, account: &Account, hash: &str) -> Result<bool, StoreError> {
    let put = "INSERT INTO account (key, address, role, hash, version, added_at, added_by) VALUES (?, ?, ?, ?, 1, ?, ?)
               ON CONFLICT DO NOTHING";
    let Account { address, role, added_at, added_by, .. } = account;
    let at = added_at.as_millisecond();
    Ok(db.execute(put, params![address.key(), address.to_string(), role.as_str(), hash, at, added_by])? == 1)
}

pub(super) fn find(db: &Connection, address: &Address) -> Result<Option<AccountRow>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE key = ?"))?;
    look.query_row([address.key()], row).optional()?.transpose()
}

pub(super) fn all(db: &Connection) -> Result<Vec<Account>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY key"))?;
    let rows = look.query_map([], row)?;
    rows.map(|row| Ok(row??.account)).collect()
}

/// Sets or ends a suspension; false where there is no such account.
pub(super) fn suspend(db: &Connection, address: &Address, suspension: Option<&Suspension>) -> Result<bool, StoreError> {
    let put = "UPDATE account SET suspended_at = ?, suspended_by = ?, suspended_why = ?, version = version + 1 WHERE key = ?";
    let (at, by, why) = match suspension {
        Some(s) => (Some(s.at.as_millisecond()), Some(&s.by), Some(&s.why)),
        None => (None, None, None),
    };
    Ok(db.execute(put, params![at, by, why, address.key()])? == 1)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Result<AccountRow, StoreError>> {
    let (address, role) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    let (hash, version) = (row.get(2)?, row.get(3)?);
    let (added_at, added_by) = (at(row.get(4)?), row.get(5)?);
    let suspended = match row.get::<_, Option<i64>>(6)? {
        Some(since) => Some(Suspension { at: at(since), by: row.get(7)?, why: row.get(8)? }),
        None => None,
    };
    let read = Address::parse(&address).ok().zip(Role::parse(&role));
    let known = read.ok_or_else(|| StoreError::Damaged("an account that cannot be read".to_owned()));
    Ok(known.map(|(address, role)| AccountRow {
        account: Account { address, role, added_at, added_by, suspended },
        hash,
        version,
    }))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
