//! The tables of `store.db`, and the way from each version of them to the next.
//!
//! `PRAGMA user_version` counts the steps that were taken. A step never changes once released; a new one is added.
//! Times are milliseconds since 1970 in UTC.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use super::error::StoreError;
use crate::base::Ref;

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
    -- Mails that had to be encrypted, as keyed hashes of their Message-IDs, and how long they are kept.
    CREATE TABLE protected_thread (
        hash  BLOB PRIMARY KEY,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    -- When the last mail of a partition may go; empty where earlier versions did not note it.
    ALTER TABLE partition ADD COLUMN expires_at INTEGER;

    -- seq is the order of receipt, and the row's number in the index. leaf is SHA-256 over the record's header and copies.
    CREATE TABLE mail_in_order (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        ref         TEXT NOT NULL UNIQUE,
        partition   INTEGER NOT NULL,
        segment     INTEGER NOT NULL,
        at          INTEGER NOT NULL,
        length      INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        leaf        BLOB
    ) STRICT;
    INSERT INTO mail_in_order (ref, partition, segment, at, length, received_at)
        SELECT ref, partition, segment, at, length, received_at(ref) FROM mail ORDER BY ref;
    DROP TABLE mail;
    ALTER TABLE mail_in_order RENAME TO mail;
    CREATE INDEX mail_partition ON mail (partition);

    -- Mails that the index does not hold yet.
    CREATE TABLE unindexed (seq INTEGER PRIMARY KEY) STRICT;
    INSERT INTO unindexed SELECT seq FROM mail;

    -- Parts of mails that a partition keeps once, by a keyed hash of their bytes.
    CREATE TABLE blob (
        partition INTEGER NOT NULL,
        name      BLOB NOT NULL,
        segment   INTEGER NOT NULL,
        at        INTEGER NOT NULL,
        length    INTEGER NOT NULL,
        PRIMARY KEY (partition, name)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Cases: the leave to read, asked and decided.
    CREATE TABLE leave (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        body   TEXT NOT NULL
    ) STRICT;
",
    "
    -- Mails that were imported out of files: SHA-256 over path and content, so that none is taken twice.
    CREATE TABLE imported (
        mark BLOB PRIMARY KEY,
        ref  TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    -- MTA-STS policies as they were fetched (RFC 8461). used is when a mail last asked for it, to a day.
    CREATE TABLE sts_policy (
        domain  TEXT PRIMARY KEY,
        id      TEXT NOT NULL,
        policy  TEXT NOT NULL,
        fetched INTEGER NOT NULL,
        ends    INTEGER NOT NULL,
        used    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Counts how often a mail was put on the list while it stood there: what is asked after it was read is not done by having read it.
    ALTER TABLE unindexed ADD COLUMN times INTEGER NOT NULL DEFAULT 0;

    -- What was decided about a held mail can be searched for: the index takes the mail in again.
    CREATE TRIGGER index_released AFTER UPDATE OF next_try ON job WHEN OLD.next_try IS NULL AND NEW.next_try IS NOT NULL
    BEGIN
        INSERT INTO unindexed (seq) SELECT seq FROM mail WHERE ref = NEW.ref ON CONFLICT (seq) DO UPDATE SET times = times + 1;
    END;
    CREATE TRIGGER index_refused AFTER DELETE ON job WHEN OLD.next_try IS NULL
    BEGIN
        INSERT INTO unindexed (seq) SELECT seq FROM mail WHERE ref = OLD.ref ON CONFLICT (seq) DO UPDATE SET times = times + 1;
    END;

    -- Mails that the index of a partition holds though they lie there no more.
    CREATE TABLE displaced (
        partition INTEGER NOT NULL,
        seq       INTEGER NOT NULL,
        PRIMARY KEY (partition, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER mail_moved AFTER UPDATE OF partition ON mail WHEN OLD.partition <> NEW.partition
    BEGIN
        INSERT OR IGNORE INTO displaced VALUES (OLD.partition, OLD.seq);
        DELETE FROM displaced WHERE partition = NEW.partition AND seq = NEW.seq;
        INSERT INTO unindexed (seq) VALUES (NEW.seq) ON CONFLICT (seq) DO UPDATE SET times = times + 1;
    END;
    CREATE TRIGGER mail_gone AFTER DELETE ON mail
    BEGIN
        INSERT OR IGNORE INTO displaced VALUES (OLD.partition, OLD.seq);
        DELETE FROM unindexed WHERE seq = OLD.seq;
    END;
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
    "
    -- Partitions go. Their numbers are never used twice: a writer may still have a file of the last one open.
    CREATE TABLE partition_anew (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        class      TEXT NOT NULL,
        month      TEXT NOT NULL,
        wrapped    BLOB NOT NULL,
        expires_at INTEGER,
        UNIQUE (class, month)
    ) STRICT;
    INSERT INTO partition_anew SELECT id, class, month, wrapped, expires_at FROM partition;
    DROP TABLE partition;
    ALTER TABLE partition_anew RENAME TO partition;

    -- What is left of a mail that went with its partition: its place in the order of receipt and its leaf.
    CREATE TABLE gone (
        seq       INTEGER PRIMARY KEY,
        ref       TEXT NOT NULL,
        partition INTEGER NOT NULL,
        leaf      BLOB
    ) STRICT;
    CREATE INDEX gone_ref ON gone (ref);

    -- Holds, and the mails that were moved for one: the class they were kept in before, and until when.
    CREATE TABLE hold (
        id   INTEGER PRIMARY KEY AUTOINCREMENT,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE moved (
        seq   INTEGER PRIMARY KEY,
        class TEXT NOT NULL,
        until INTEGER
    ) STRICT;

    -- Up to which entry of the ledger, and to which time, the clock is trusted. doubted is the time that a person was told of.
    CREATE TABLE clock (seq INTEGER NOT NULL, at INTEGER NOT NULL, doubted INTEGER) STRICT;
    INSERT INTO clock VALUES (0, 0, NULL);
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
        db.create_scalar_function("received_at", 1, FunctionFlags::SQLITE_DETERMINISTIC, received_at)?;
        steps.iter().try_for_each(|step| db.execute_batch(step))?;
        db.pragma_update(None, "user_version", known)?;
        Ok(db.execute_batch("COMMIT")?)
    });
    if done.is_err() && !db.is_autocommit() {
        let _ = db.execute_batch("ROLLBACK"); // the first failure is the one to tell
    }
    done
}

/// Milliseconds since 1970 that a mail's reference tells.
fn received_at(of: &Context<'_>) -> rusqlite::Result<i64> {
    let text: String = of.get(0)?;
    Ok(Ref::parse(&text).map_or(0, |reference| reference.received_at().as_millisecond()))
}

fn version(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    #[test]
    fn mails_of_an_earlier_version_keep_their_order_and_get_their_time_from_their_reference() {
        const BEFORE: usize = 6;
        let db = Connection::open_in_memory().unwrap();
        STEPS[..BEFORE].iter().for_each(|step| db.execute_batch(step).unwrap());
        db.pragma_update(None, "user_version", BEFORE as i64).unwrap();
        let times: [Timestamp; 2] = ["2026-11-23T08:00:00.123Z".parse().unwrap(), "2026-11-24T08:00:00Z".parse().unwrap()];
        for at in times.iter().rev() {
            let reference = Ref::new(*at, [1, 2, 3]);
            assert_eq!(reference.received_at(), *at);
            db.execute("INSERT INTO mail VALUES (?, 1, 1, 0, 100)", [reference.as_str()]).unwrap();
        }
        migrate(&db).unwrap();
        let mut look = db.prepare("SELECT seq, received_at FROM mail JOIN unindexed USING (seq) ORDER BY seq").unwrap();
        let rows: Vec<(i64, i64)> =
            look.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [(1, times[0].as_millisecond()), (2, times[1].as_millisecond())]);
    }
}
