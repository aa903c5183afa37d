//! SQL of the job table. A copy is kept as JSON; what is searched by stands in columns of its own.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::job::{Job, JobId, NewJob, State};
use super::schedule::Waiting;
use crate::base::{Ref, Timestamp};
use crate::store::StoreError;

const COLUMNS: &str = "id, ref, received_at, size, copy";

/// Adds a copy of a mail.
pub(super) fn add(db: &Connection, mail: (&Ref, Timestamp, u64), copy: NewJob) -> Result<Job, StoreError> {
    let (reference, received_at, size) = mail;
    let (next_try, until) = times(&copy.state);
    let mut put =
        db.prepare_cached("INSERT INTO job (ref, received_at, size, route, next_try, until, copy) VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    put.execute(params![
        reference.as_str(),
        received_at.as_millisecond(),
        size.cast_signed(),
        copy.route,
        next_try,
        until,
        serde_json::to_string(&copy)?
    ])?;
    Ok(Job { id: JobId(db.last_insert_rowid()), reference: reference.clone(), received_at, size, copy })
}

/// Writes what has changed in a job; a job that somebody has taken away meanwhile stays away.
pub(super) fn change(db: &Connection, id: JobId, copy: &NewJob) -> Result<(), StoreError> {
    let (next_try, until) = times(&copy.state);
    let mut put = db.prepare_cached("UPDATE job SET route = ?, next_try = ?, until = ?, copy = ? WHERE id = ?")?;
    put.execute(params![copy.route, next_try, until, serde_json::to_string(copy)?, id.0])?;
    Ok(())
}

/// Takes a job away.
pub(super) fn remove(db: &Connection, id: JobId) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM job WHERE id = ?")?.execute([id.0])?;
    Ok(())
}

pub(super) fn load(db: &Connection, id: JobId) -> Result<Option<Job>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE id = ?"))?;
    look.query_row([id.0], row).optional()?.transpose()
}

/// All jobs of one mail, or of all mails.
pub(super) fn of(db: &Connection, reference: Option<&Ref>) -> Result<Vec<Job>, StoreError> {
    match reference {
        Some(reference) => jobs(db, "WHERE ref = ? ORDER BY id", params![reference.as_str()]),
        None => jobs(db, "ORDER BY id", params![]),
    }
}

/// Held jobs whose time is over.
pub(super) fn overdue(db: &Connection, now: Timestamp) -> Result<Vec<Job>, StoreError> {
    jobs(db, "WHERE next_try IS NULL AND until <= ? ORDER BY id", params![now.as_millisecond()])
}

/// What waits for delivery, in short.
pub(super) fn waiting(db: &Connection) -> Result<Vec<Waiting>, StoreError> {
    let mut look = db.prepare_cached("SELECT id, route, next_try FROM job WHERE next_try IS NOT NULL")?;
    let rows = look.query_map([], |row| Ok(Waiting { id: JobId(row.get(0)?), route: row.get(1)?, next_try: at(row.get(2)?) }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn jobs(db: &Connection, which: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<Job>, StoreError> {
    let mut look = db.prepare_cached(&format!("SELECT {COLUMNS} FROM job {which}"))?;
    let rows = look.query_map(with, row)?;
    rows.map(|row| row?).collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<Result<Job, StoreError>> {
    let (id, reference, received_at) = (JobId(row.get(0)?), row.get::<_, String>(1)?, at(row.get(2)?));
    let (size, copy) = (row.get::<_, i64>(3)?.cast_unsigned(), row.get::<_, String>(4)?);
    let reference = Ref::parse(&reference).map_err(StoreError::Damaged);
    Ok(reference.and_then(|reference| Ok(Job { id, reference, received_at, size, copy: serde_json::from_str(&copy)? })))
}

fn times(state: &State) -> (Option<i64>, Option<i64>) {
    match state {
        State::Waiting { next_try, .. } => (Some(next_try.as_millisecond()), None),
        State::Held { until, .. } => (None, until.map(Timestamp::as_millisecond)),
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
