//! How mails leave a partition: with it, when it is purged, or before, when they are moved to another; and how each is looked at closely.
//!
//! In: the number of a partition and the work that must be as safe as its going (the certificate); or mails and the class they go to. Out: what
//! went. One commit takes the wrapped key and every row; files go after it, and what a crash leaves of them goes at the next start. A
//! mail keeps its number and its leaf wherever it lies, and they outlive it in the table of what is gone.
//!
//! Invariants: a partition is there whole or not at all; when [`Store::purge`] returns, its wrapped key stands on no page of the
//! database or its log. What can fail: the store; a reader that holds the log for long is told by [`Removed::log_emptied`].

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ring::digest;
use rusqlite::Connection;

use super::database::Database;
use super::error::StoreError;
use super::record::{Keeping, Mail, MailRow, Record};
use super::writer::{Message, Sealed, Tx, What};
use super::{Inner, Store, pack, part_name, places_sql, removal_sql, seal, seal_mail, segment};
use crate::base::{Ref, Timestamp};

/// How often emptying the log is tried, a second apart: longer than any reading takes.
const TRIES: u32 = 15;

/// Stands for a mail in the tree over all mails.
pub type Leaf = [u8; 32];

/// What went with a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    pub partition: i64,
    pub class: String,
    pub month: String,
    pub expires_at: Option<Timestamp>,
    /// Receipt of the first and the last of its mails.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Of its mails, in the order of receipt.
    pub leaves: Vec<Leaf>,
    /// Number of the last of its mails; 0 where there was none.
    pub last: u64,
    /// Of its segments.
    pub bytes: u64,
    /// Whether its files are gone; else they go at the next start.
    pub files_removed: bool,
    /// Whether the database's log was emptied; else it is at the next purge or start.
    pub log_emptied: bool,
    segments: Vec<u32>,
}

/// A mail that is to lie in another partition.
#[derive(Clone, Debug)]
pub struct Move {
    pub row: MailRow,
    /// As long it is kept at least.
    pub until: Timestamp,
}

/// A mail read back with all that can be compared.
#[derive(Clone, Debug)]
pub struct Examined {
    pub record: Record,
    /// Made anew from what was read; nothing for mails of earlier versions.
    pub leaf: Option<Leaf>,
    /// Ranges of the mail that its partition keeps once for all its mails.
    pub shared: Vec<Range<usize>>,
}

impl Removed {
    pub(super) fn of(
        (partition, class, month, expires_at): (i64, String, String, Option<Timestamp>),
        bytes: u64,
        segments: Vec<u32>,
    ) -> Self {
        let (span, leaves, last) = (None, Vec::new(), 0);
        Self {
            partition,
            class,
            month,
            expires_at,
            span,
            leaves,
            last,
            bytes,
            files_removed: false,
            log_emptied: false,
            segments,
        }
    }

    pub(super) fn add(&mut self, seq: u64, received_at: Timestamp, leaf: Leaf) {
        let (first, last) = self.span.unwrap_or((received_at, received_at));
        self.span = Some((first.min(received_at), last.max(received_at)));
        self.leaves.push(leaf);
        self.last = seq;
    }
}

/// The leaf of a mail; where an earlier version of the store made none, a hash of its name stands for it.
#[must_use]
pub fn leaf_or_name(leaf: Option<Leaf>, reference: &Ref) -> Leaf {
    leaf.unwrap_or_else(|| {
        let mut sum = digest::Context::new(&digest::SHA256);
        sum.update(b"mail without a leaf: ");
        sum.update(reference.as_str().as_bytes());
        let mut leaf = [0; 32];
        leaf.copy_from_slice(sum.finish().as_ref());
        leaf
    })
}

impl Store {
    /// Lets a partition go with everything in it. `work` runs in the same commit before anything is deleted, and may refuse.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it is gone already, what `work` says, and what the store says; then it is there as it was.
    pub async fn purge<W>(&self, partition: i64, work: W) -> Result<Removed, StoreError>
    where
        W: FnOnce(&Tx<'_>, &Removed) -> Result<(), StoreError> + Send + 'static,
    {
        let inner = self.0.clone();
        let opened = self.read(move |db| inner.partition(db, partition)).await?;
        let mut removed = self
            .write(move |tx| {
                let removed = removal_sql::what_goes(tx.sql(), partition)?;
                work(tx, &removed)?;
                removal_sql::remove(tx.sql(), partition)?;
                Ok(removed)
            })
            .await?;
        let _ = self.0.to_writer.send(Message::Forget); // a writer that has stopped holds nothing
        let segments = removed.segments.clone();
        let discarded = tokio::task::spawn_blocking(move || segment::discard(&opened, &segments)).await;
        removed.files_removed = matches!(discarded, Ok(Ok(())));
        removed.log_emptied = self.empty_log().await?;
        Ok(removed)
    }

    /// Empties the log of the database, so that no page from before a purge is left in it. False where readers hold it all the time.
    async fn empty_log(&self) -> Result<bool, StoreError> {
        let inner = self.0.clone();
        let emptied = tokio::task::spawn_blocking(move || {
            let db = inner.database.connect(256)?;
            for _ in 0..TRIES {
                if Database::empty_log(&db)? {
                    return Ok(true);
                }
                std::thread::sleep(Duration::from_secs(1));
            }
            Ok(false)
        });
        emptied.await.map_err(|_| StoreError::Stopped)?
    }

    /// Moves mails to partitions of another class, each of the month of its receipt: sealed anew there, byte for byte the same, under the
    /// same number. What they leave behind goes with their old partition. All of them are moved or none is.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where one of them was moved or purged meanwhile, [`StoreError::Damaged`] where one is not as it was
    /// written, and what the store says.
    pub async fn move_mails(&self, mails: Vec<Move>, class: &str) -> Result<(), StoreError> {
        let mut sealed = Vec::new();
        for Move { row, until } in mails {
            let partition = self.partition(class, row.received_at).await?;
            self.room(row.place.length)?;
            let (inner, class) = (self.0.clone(), class.to_owned());
            sealed.extend(self.read(move |db| inner.sealed_anew(db, &row, (partition, class, until))).await?);
        }
        let moved = self.hand_over(sealed, |_, _| Ok(())).await;
        if matches!(moved, Err(StoreError::Missing(_))) {
            self.0.partitions.forget();
        }
        moved
    }

    /// Reads a mail back with all that can be compared.
    ///
    /// # Errors
    /// As [`Store::fetch`].
    pub async fn examine(&self, row: &MailRow) -> Result<Examined, StoreError> {
        let (inner, row) = (self.0.clone(), row.clone());
        self.read(move |db| inner.examined(db, &row.place)).await
    }

    /// The same for many mails in one go, each shown to `see` together with its row.
    ///
    /// # Errors
    /// What the store says where nothing of it can be read.
    pub async fn examine_all<T, S>(&self, rows: Vec<MailRow>, see: S) -> Result<Vec<T>, StoreError>
    where
        T: Send + 'static,
        S: Fn(&MailRow, Result<Examined, StoreError>) -> T + Send + 'static,
    {
        let inner = self.0.clone();
        self.read(move |db| Ok(rows.iter().map(|row| see(row, inner.examined(db, &row.place))).collect())).await
    }

    /// The leaves of the mails that went with a partition, in the order of receipt.
    ///
    /// # Errors
    /// What the store says.
    pub async fn gone_with(&self, partition: i64) -> Result<Vec<Leaf>, StoreError> {
        self.read(move |db| removal_sql::gone_with(db, partition)).await
    }

    /// Reads every part that the mails of a partition share, and names those that are not as they were written.
    ///
    /// # Errors
    /// What the store says of anything but the parts.
    pub async fn examine_parts(&self, partition: i64) -> Result<(u64, Vec<String>), StoreError> {
        let inner = self.0.clone();
        self.read(move |db| inner.examined_parts(db, partition)).await
    }

    /// Says of each file of a partition that is missing or shorter than what was written to it.
    ///
    /// # Errors
    /// What the store says.
    pub async fn examine_files(&self, partition: i64) -> Result<Vec<String>, StoreError> {
        let inner = self.0.clone();
        self.read(move |db| {
            let opened = inner.partition(db, partition)?;
            let files = removal_sql::segments(db, partition)?;
            Ok(files.into_iter().filter_map(|(number, length)| segment::lacks(&opened, number, length)).collect())
        })
        .await
    }
}

impl Inner {
    fn sealed_anew(
        &self,
        db: &Connection,
        row: &MailRow,
        (partition, class, until): (Arc<super::Partition>, String, Timestamp),
    ) -> Result<Vec<Sealed>, StoreError> {
        let Examined { record, leaf, shared } = self.examined(db, &row.place)?;
        let Record { header, copies, raw } = record;
        let mail = Mail { keep: Keeping { class, until }, header, copies, raw, shared };
        let from = row.place.partition;
        let known = |name: &pack::PartName| places_sql::has_blob(db, partition.id, name).unwrap_or(false);
        let mut sealed = seal_mail(&partition, &mail, known)?;
        for each in &mut sealed {
            if let What::Mail(reference, facts) = &each.what {
                if leaf.is_some_and(|leaf| leaf != facts.leaf) || row.leaf.is_some_and(|leaf| leaf != facts.leaf) {
                    return Err(StoreError::Damaged(format!("{reference} cannot be moved: it would not be the same")));
                }
                each.what = What::Moved(reference.clone(), facts.clone(), from);
            }
        }
        Ok(sealed)
    }

    fn examined_parts(&self, db: &Connection, partition: i64) -> Result<(u64, Vec<String>), StoreError> {
        let opened = self.partition(db, partition)?;
        let mut wrong = Vec::new();
        let parts = removal_sql::parts(db, partition)?;
        for (name, spot) in &parts {
            let read = segment::read(&opened, spot).and_then(|frame| seal::open(&opened.key, &part_name(name), frame));
            let read = read.and_then(|(magic, plain)| pack::read_part(magic, &plain));
            let good = read.and_then(|bytes| pack::is_named(&opened.key, name, &bytes));
            if !matches!(good, Ok(true)) {
                let why = good.err().map_or_else(|| "its bytes have another name".to_owned(), |error| error.to_string());
                wrong.push(format!("segment {:06}, byte {}: a shared attachment: {why}", spot.segment, spot.offset));
            }
        }
        Ok((parts.len() as u64, wrong))
    }
}
