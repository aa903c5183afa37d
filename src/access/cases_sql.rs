//! SQL of the cases. A case is kept as JSON: it is looked up by its number alone.

use rusqlite::{Connection, OptionalExtension, params};

use super::cases::Case;
use crate::store::StoreError;

/// Adds a case under the next number.
pub(super) fn add(db: &Connection, case: Case) -> Result<Case, StoreError> {
    db.execute("INSERT INTO leave (body) VALUES ('{}')", [])?;
    let case = Case { number: db.last_insert_rowid().cast_unsigned(), ..case };
    save(db, &case)?;
    Ok(case)
}

pub(super) fn save(db: &Connection, case: &Case) -> Result<(), StoreError> {
    db.execute("UPDATE leave SET body = ? WHERE number = ?", params![serde_json::to_string(case)?, case.number.cast_signed()])?;
    Ok(())
}

pub(super) fn find(db: &Connection, number: u64) -> Result<Option<Case>, StoreError> {
    let mut look = db.prepare_cached("SELECT body FROM leave WHERE number = ?")?;
    let body: Option<String> = look.query_row([number.cast_signed()], |row| row.get(0)).optional()?;
    body.map(|body| Ok(serde_json::from_str(&body)?)).transpose()
}

pub(super) fn all(db: &Connection) -> Result<Vec<Case>, StoreError> {
    let mut look = db.prepare_cached("SELECT body FROM leave ORDER BY number")?;
    let bodies = look.query_map([], |row| row.get::<_, String>(0))?;
    bodies.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}
