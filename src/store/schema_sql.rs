//! The tables of `store.db`, and the way from each version of them to the next.
//!
//! `PRAGMA user_version` counts the steps that were taken. A step never changes once released; a new one is added.
//! Times are milliseconds since 1970 in UTC.

use rusqlite::Connection;

use super::error::StoreError;

/// What a store needs to come from version n to n + 1.
const STEPS: &[&str] = &[
    "
    -- Counts the times the writer had to overwrite what a failed commit may have left in the log.
    CREATE TABLE mend (times INTEGER NOT NULL) STRICT;
    INSERT INTO mend VALUES (0);

    -- Mails of one retention class received in one month, under one key. To forget them is to forget the key.
    CREATE TABLE partition (
        id      INTEGER PRIMARY KEY,
        class   TEXT NOT NULL,
        month   TEXT NOT NULL,
        wrapped BLOB NOT NULL,
        UNIQUE (class, month)
    ) STRICT;

    -- Files of a partition. What lies beyond `committed` was never acknowledged.
    CREATE TABLE segment (
        partition INTEGER NOT NULL REFERENCES partition (id),
        number    INTEGER NOT NULL,
        committed INTEGER NOT NULL,
        PRIMARY KEY (partition, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE mail (
        ref       TEXT PRIMARY KEY,
        partition INTEGER NOT NULL,
        segment   INTEGER NOT NULL,
        at        INTEGER NOT NULL,
        length    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- One copy of a mail and who still waits for it. next_try is empty where the copy is held; until is when a hold ends.
    -- Numbers are never used twice, so what is leased cannot be mistaken for what came later.
    CREATE TABLE job (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        ref         TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        size        INTEGER NOT NULL,
        route       TEXT NOT NULL,
        next_try    INTEGER,
        until       INTEGER,
        copy        TEXT NOT NULL
    ) STRICT;
    CREATE INDEX job_ref ON job (ref);

    -- Each entry's hash is over the hash before it and all its own fields.
    CREATE TABLE ledger (
        seq  INTEGER PRIMARY KEY,
        at   INTEGER NOT NULL,
        name TEXT NOT NULL,
        ref  TEXT,
        body TEXT NOT NULL,
        prev BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX ledger_ref ON ledger (ref) WHERE ref IS NOT NULL;

    -- version changes with the password and with each suspension, so that nothing remembered outlives them.
    CREATE TABLE account (
        key              TEXT PRIMARY KEY,
        address          TEXT NOT NULL,
        role             TEXT NOT NULL,
        hash             TEXT NOT NULL,
        version          INTEGER NOT NULL,
        added_at         INTEGER NOT NULL,
        added_by         TEXT NOT NULL,
        suspended_at     INTEGER,
        suspended_by     TEXT,
        suspended_why    TEXT
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Accepted mails and their recipients, for each sender and minute of the last hour.
    CREATE TABLE sent (
        sender     TEXT NOT NULL,
        minute     INTEGER NOT NULL,
        mails      INTEGER NOT NULL,
        recipients INTEGER NOT NULL,
        PRIMARY KEY (sender, minute)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Who has written to whom, as keyed hashes; those of a held mail wait for its release.
    CREATE TABLE contact (
        hash      BLOB NOT NULL,
        waits_for TEXT NOT NULL,
        PRIMARY KEY (hash, waits_for)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX contact_waits ON contact (waits_for) WHERE waits_for <> '';
    CREATE TRIGGER contact_released AFTER UPDATE OF next_try ON job WHEN OLD.next_try IS NULL AND NEW.next_try IS NOT NULL
    BEGIN
        INSERT OR IGNORE INTO contact SELECT hash, '' FROM contact WHERE waits_for = NEW.ref AND waits_for <> '';
        DELETE FROM contact WHERE waits_for = NEW.ref AND waits_for <> '';
    END;
    CREATE TRIGGER contact_refused AFTER DELETE ON job WHEN OLD.next_try IS NULL
    BEGIN
        DELETE FROM contact WHERE waits_for = OLD.ref AND waits_for <> '';
    END;

    -- On how many days mail went to a domain; days are counted from 1970.
    CREATE TABLE contact_domain (
        domain   TEXT PRIMARY KEY,
        days     INTEGER NOT NULL,
        last_day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    -- How a sender decides about their own held mail: SHA-256 of the secret in the letter, what it is about, and what was decided.
    -- ends is when the link is forgotten: with the hold, or some days after the decision.
    CREATE TABLE held_link (
        hash    BLOB PRIMARY KEY,
        ref     TEXT NOT NULL,
        sender  TEXT NOT NULL,
        subject TEXT NOT NULL,
        ends    INTEGER,
        decided TEXT
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Certificates and public keys that mail to an address is encrypted to; nothing in them is secret.
    CREATE TABLE recipient_key (
        key         TEXT NOT NULL,
        address     TEXT NOT NULL,
        kind        TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        material    BLOB NOT NULL,
        valid_from  INTEGER NOT NULL,
        valid_until INTEGER,
        added_at    INTEGER NOT NULL,
        added_by    TEXT NOT NULL,
        PRIMARY KEY (key, kind, fingerprint)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Messages that people outside pick up on a page: one for each recipient, its bytes in the file aside/ID. hash is SHA-256 of the
    -- secret in the recipient's link, which also opens wrapped; sent_hash that of the sender's link, one for each mail. Once closed,
    -- for whatever reason, wrapped is empty and the file is gone.
    CREATE TABLE pickup (
        hash       BLOB PRIMARY KEY,
        id         TEXT NOT NULL UNIQUE,
        sent_hash  BLOB NOT NULL,
        ref        TEXT NOT NULL,
        sender     TEXT NOT NULL,
        recipient  TEXT NOT NULL,
        wrapped    BLOB,
        passphrase TEXT,
        made_at    INTEGER NOT NULL,
        ends       INTEGER NOT NULL,
        opened_at  INTEGER,
        closed     TEXT,
        closed_at  INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pickup_sent ON pickup (sent_hash);
",
];

/// Brings the tables to what this program knows, in one transaction.
pub(super) fn migrate(db: &Connection) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if version(db)? == known {
        return Ok(());
    }
    db.execute_batch("BEGIN IMMEDIATE")?;
    let found = version(db)?;
    let steps = usize::try_from(found).ok().and_then(|done| STEPS.get(done..)).ok_or(StoreError::TooNew { found, known });
    let done = steps.and_then(|steps| {
        steps.iter().try_for_each(|step| db.execute_batch(step))?;
        db.pragma_update(None, "user_version", known)?;
        Ok(db.execute_batch("COMMIT")?)
    });
    if done.is_err() && !db.is_autocommit() {
        let _ = db.execute_batch("ROLLBACK"); // the first failure is the one to tell
    }
    done
}

fn version(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
