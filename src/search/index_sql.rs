//! SQL of one partition's index: the full-text index of SQLite (FTS5) without its texts, and beside it what is shown of a mail.
//!
//! `words` has the columns of [`Column`] and one of marks (`marks`); its row numbers are those of the mails in the order of receipt, so the
//! newest come first without sorting. It keeps no text (`content=''`): what is found is read from the mail itself. Times are microseconds
//! since 1970 in UTC. The tables are thrown away and made anew where another version made them: there is nothing in them that the
//! mails do not say.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::condition::{Condition, name};
use super::document::Document;
use super::marks;
use super::query::{Column, Times};
use crate::base::Timestamp;
use crate::store::{KeyError, StoreError};

/// Counts the forms that these tables have had.
const VERSION: i64 = 2;

/// How much a word in a column counts where the best matches come first, in the order of the columns; marks do not count.
const WEIGHTS: &str = "1, 3, 3, 2, 2, 1, 5, 3, 1, 0";

/// Octets of a leaf of the full-text index: with its row's head it just fills a page of SQLCipher's, of which 80 octets are salt and tag. One of the
/// usual size would lie on two.
const LEAF: u32 = 3970;
/// Octets of memory for the words of one commit, so that it becomes one part of the index.
const GATHERED: u32 = 8 << 20;
/// Leaves that one step of merging writes: some hundredths of a second.
const MERGED: i64 = if cfg!(test) { 20 } else { 500 };
/// Pages that one step gives back to the disk.
const RETURNED: i64 = 4 * MERGED;

/// Why an index did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexError {
    /// It cannot be read: it is thrown away and made anew.
    Damaged(String),
    /// Something else; the index may be sound.
    Failed(StoreError),
}

impl From<rusqlite::Error> for IndexError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<StoreError> for IndexError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Key(KeyError::WrongKey) => Self::Damaged("its first page cannot be opened".to_owned()),
            other => Self::Failed(other),
        }
    }
}

impl std::fmt::Display for IndexError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged(why) => write!(f, "the index is damaged ({why})"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IndexError {}

/// Makes the tables in an empty file.
pub(super) fn prepare(db: &Connection) -> Result<(), IndexError> {
    if is_ready(db)? {
        return Ok(());
    }
    let columns: Vec<String> = Column::ALL.iter().map(|column| name(*column)).collect();
    db.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
             {}, marks, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 0\"
         );
         INSERT INTO words (words, rank) VALUES ('pgsz', {LEAF}), ('hashsize', {GATHERED});
         CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, 'row');
         CREATE TABLE IF NOT EXISTS fact (
             seq         INTEGER PRIMARY KEY,
             received_at INTEGER NOT NULL,
             sent_at     INTEGER,
             size        INTEGER NOT NULL
         ) STRICT;
         CREATE TABLE IF NOT EXISTS shown (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
         PRAGMA user_version = {VERSION};
         COMMIT;",
        columns.join(", ")
    ))?;
    Ok(())
}

/// Whether the tables are those of this program; another version's are as good as damaged.
pub(super) fn is_ready(db: &Connection) -> Result<bool, IndexError> {
    match db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? {
        0 => Ok(false),
        VERSION => Ok(true),
        other => Err(IndexError::Damaged(format!("another version of the program made it, with tables of form {other}"))),
    }
}

/// Lets a writer's log be taken over into the file now and then.
pub(super) fn tidy_log(db: &Connection) -> Result<(), IndexError> {
    Ok(db.execute_batch("PRAGMA wal_autocheckpoint = 2000;")?)
}

/// KiB of memory for pages.
pub(super) fn remember(db: &Connection, cache: u32) -> Result<(), IndexError> {
    Ok(db.pragma_update(None, "cache_size", -i64::from(cache))?)
}

/// Takes the whole log over, where nobody reads just now.
pub(super) fn close_log(db: &Connection) -> Result<(), IndexError> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

pub(super) fn begin(db: &Connection) -> Result<(), IndexError> {
    Ok(db.execute_batch("BEGIN IMMEDIATE")?)
}

pub(super) fn commit(db: &Connection) -> Result<(), IndexError> {
    Ok(db.execute_batch("COMMIT")?)
}

pub(super) fn roll_back(db: &Connection) {
    if !db.is_autocommit() {
        let _ = db.execute_batch("ROLLBACK"); // the failure before is the one to tell
    }
}

/// Puts a mail in, in the place of what was known of it before.
pub(super) fn put(db: &Connection, mail: &Document, shown: &str) -> Result<(), IndexError> {
    let seq = mail.seq.cast_signed();
    remove(db, mail.seq)?;
    let mut texts: Vec<String> = Column::ALL.iter().map(|column| mail.column(*column).join(" ")).collect();
    texts.push(marks::of_document(mail).into_iter().collect::<Vec<_>>().join(" "));
    let marks = vec!["?"; texts.len() + 1].join(", ");
    let row = std::iter::once(Value::Integer(seq)).chain(texts.into_iter().map(Value::Text));
    let names: Vec<String> = Column::ALL.iter().map(|column| name(*column)).collect();
    db.prepare_cached(&format!("INSERT INTO words (rowid, {}, marks) VALUES ({marks})", names.join(", ")))?
        .execute(params_from_iter(row))?;
    let (received_at, sent_at) = (mail.received_at.as_microsecond(), mail.sent_at.map(Timestamp::as_microsecond));
    db.prepare_cached("INSERT INTO fact (seq, received_at, sent_at, size) VALUES (?, ?, ?, ?)")?.execute(params![
        seq,
        received_at,
        sent_at,
        mail.size.cast_signed()
    ])?;
    db.prepare_cached("INSERT INTO shown (seq, body) VALUES (?, ?)")?.execute(params![seq, shown])?;
    Ok(())
}

/// Takes a mail out, if it is there.
pub(super) fn remove(db: &Connection, seq: u64) -> Result<(), IndexError> {
    let seq = seq.cast_signed();
    if db.prepare_cached("DELETE FROM fact WHERE seq = ?")?.execute([seq])? == 0 {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM words WHERE rowid = ?")?.execute([seq])?;
    db.prepare_cached("DELETE FROM shown WHERE seq = ?")?.execute([seq])?;
    Ok(())
}

/// Merges some of the parts that commits left into one; true where no two are left.
pub(super) fn merge(db: &Connection) -> Result<bool, IndexError> {
    let mut merge = db.prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?)")?;
    // Below zero it says that all parts are to become one, whatever their sizes; said again, it goes on. Where nothing was done, fewer than two
    // changes are counted.
    let before = db.total_changes();
    merge.execute([-MERGED])?;
    Ok(db.total_changes() - before < 2)
}

/// Gives some pages that nothing uses back to the disk; true where none can be given.
pub(super) fn shrink(db: &Connection) -> Result<bool, IndexError> {
    let unused = || db.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
    let before = unused()?;
    db.prepare(&format!("PRAGMA incremental_vacuum({RETURNED})"))?.query_map([], |_| Ok(()))?.try_for_each(|row| row)?;
    let left = unused()?;
    Ok(left == 0 || left == before)
}

/// How many mails it holds.
pub(super) fn held(db: &Connection) -> Result<u64, IndexError> {
    Ok(db.query_row("SELECT count(*) FROM fact", [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// Words that begin so. Those of mails that were taken out may be among them.
pub(super) fn beginning(db: &Connection, prefix: &str) -> Result<Vec<String>, IndexError> {
    let mut look = db.prepare_cached("SELECT term FROM vocabulary WHERE term >= ? AND term < ?")?;
    let words = look.query_map([prefix.to_owned(), format!("{prefix}\u{10ffff}")], |row| row.get(0))?;
    Ok(words.collect::<Result<_, _>>()?)
}

/// What is shown of a mail.
pub(super) fn shown(db: &Connection, seq: u64) -> Result<Option<String>, IndexError> {
    let mut look = db.prepare_cached("SELECT body FROM shown WHERE seq = ?")?;
    Ok(look.query_row([seq.cast_signed()], |row| row.get(0)).optional()?)
}

/// A statement in the making, with its values.
struct Statement {
    text: String,
    values: Vec<Value>,
}

impl Statement {
    /// `SELECT what` from the mails that match the expression and all conditions.
    fn select(what: &str, words: Option<&str>, rest: &[Condition]) -> Self {
        let mut statement = Self { text: String::new(), values: Vec::new() };
        // CROSS JOIN keeps the order: the index gives numbers newest first, and each row is looked up by its number.
        let from = match (words, rest.is_empty()) {
            (Some(_), true) => "words",
            (Some(_), false) => "words CROSS JOIN fact ON fact.seq = words.rowid",
            (None, _) => "fact",
        };
        statement.text = format!("SELECT {what} FROM {from} WHERE ");
        match words {
            Some(words) => statement.add("words MATCH ?", words.to_owned()),
            None => statement.text.push_str("true"),
        }
        for condition in rest {
            statement.text.push_str(" AND ");
            statement.condition(condition);
        }
        statement
    }

    fn add(&mut self, text: &str, value: impl Into<Value>) {
        self.text.push_str(text);
        self.values.push(value.into());
    }

    /// Never NULL, so that its negation is its complement.
    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) => self.group(parts, "true", " AND "),
            Condition::Any(parts) => self.group(parts, "false", " OR "),
            Condition::Not(part) => {
                self.text.push_str("NOT ");
                self.condition(part);
            }
            Condition::Words(words) => {
                self.add("fact.seq IN (SELECT words.rowid FROM words WHERE words MATCH ?)", words.clone());
            }
            Condition::Size(least, most) => {
                self.add("(fact.size BETWEEN ?", octets(least.unwrap_or(0)));
                self.add(" AND ?)", octets(most.unwrap_or(u64::MAX)));
            }
            Condition::Received(times) => self.times("fact.received_at", *times),
            Condition::Sent(times) => {
                self.text.push_str("(fact.sent_at IS NOT NULL AND ");
                self.times("fact.sent_at", *times);
                self.text.push(')');
            }
            Condition::OneOf(seqs) => {
                let seqs: Vec<String> = seqs.iter().map(u64::to_string).collect();
                self.text.push_str(&format!("fact.seq IN ({})", seqs.join(", ")));
            }
        }
    }

    fn group(&mut self, parts: &[Condition], none: &str, between: &str) {
        self.text.push('(');
        if parts.is_empty() {
            self.text.push_str(none);
        }
        for (number, part) in parts.iter().enumerate() {
            self.text.push_str(if number == 0 { "" } else { between });
            self.condition(part);
        }
        self.text.push(')');
    }

    fn times(&mut self, column: &str, times: Times) {
        let from = times.from.map_or(i64::MIN, ceiling);
        let until = times.until.map_or(i64::MAX, ceiling);
        self.add(&format!("({column} >= ?"), from);
        self.add(&format!(" AND {column} < ?)"), until);
    }
}

fn octets(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Rows are kept in whole microseconds, rounded down: what is not before the instant is not before the next whole one.
fn ceiling(at: Timestamp) -> i64 {
    let whole = at.as_microsecond();
    whole.saturating_add(i64::from(at.subsec_nanosecond() % 1000 > 0))
}

/// The numbers of the newest mails that match, below a number where one is given.
pub(super) fn newest(
    db: &Connection,
    (words, rest): (Option<&str>, &[Condition]),
    below: Option<u64>,
    limit: usize,
) -> Result<Vec<u64>, IndexError> {
    let number = if words.is_some() { "words.rowid" } else { "fact.seq" };
    let mut statement = Statement::select(number, words, rest);
    if let Some(below) = below {
        statement.add(&format!(" AND {number} < ?"), octets(below));
    }
    statement.add(&format!(" ORDER BY {number} DESC LIMIT ?"), octets(limit as u64));
    let mut look = db.prepare(&statement.text)?;
    let seqs = look.query_map(params_from_iter(statement.values), |row| row.get::<_, i64>(0))?;
    Ok(seqs.map(|seq| seq.map(i64::cast_unsigned)).collect::<Result<_, _>>()?)
}

/// The best matches with their rank, the best first; a lower rank is better.
pub(super) fn best(
    db: &Connection,
    (words, rest): (&str, &[Condition]),
    below: Option<u64>,
    limit: usize,
) -> Result<Vec<(f64, u64)>, IndexError> {
    let what = format!("bm25(words, {WEIGHTS}) AS best, words.rowid");
    let mut statement = Statement::select(&what, Some(words), rest);
    if let Some(below) = below {
        statement.add(" AND words.rowid < ?", octets(below));
    }
    statement.add(" ORDER BY best, words.rowid DESC LIMIT ?", octets(limit as u64));
    let mut look = db.prepare(&statement.text)?;
    let found = look.query_map(params_from_iter(statement.values), |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    Ok(found.map(|found| found.map(|(rank, seq)| (rank, seq.cast_unsigned()))).collect::<Result<_, _>>()?)
}

/// How many mails match.
pub(super) fn count(db: &Connection, (words, rest): (Option<&str>, &[Condition])) -> Result<u64, IndexError> {
    let statement = Statement::select("count(*)", words, rest);
    let mut look = db.prepare(&statement.text)?;
    Ok(look.query_row(params_from_iter(statement.values), |row| row.get::<_, i64>(0))?.cast_unsigned())
}
