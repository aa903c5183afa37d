//! The one writer: a thread that takes all work that waits, makes it durable together, and only then answers.
//!
//! A batch goes: frames into the segments, segments synced; then one transaction in which each piece of work has a savepoint of
//! its own (one that fails gets its own error, the others go on); the commit syncs the log; then everyone is answered. So a
//! mail's bytes are safe before anything names them, and nothing is acknowledged before both are.
//!
//! When a commit fails, its frames may stand in the log all the same: the log is written before it is synced, and a process
//! that starts later would read them as committed. The writer therefore overwrites them at once with a commit of nothing
//! ([`Writer::mend`]), goes on in new segment files and on a new connection, and answers errors until that has worked. What was
//! answered with an error never leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::database::{BUSY, Database};
use super::error::StoreError;
use super::health::Health;
use super::pack::PartName;
use super::partition::{Partition, Partitions};
use super::places_sql::{self, MailFacts};
use super::record::{Place, Stored};
use super::segment::{Flushed, Segments, Spot};
use crate::base::Ref;

/// How often the writer looks whether another process has changed the store, when it has nothing else to do.
const LOOK_OUTSIDE: Duration = Duration::from_millis(300);
/// Pause between two checkpoints under load.
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(500);
/// Work taken into one batch: enough to fill a sync, few enough that the first does not wait for the last.
const BATCH_PIECES: usize = 256;
/// Page cache of the writing connection, KiB.
const CACHE: u32 = 4096;

/// The transaction that a piece of work runs in.
pub struct Tx<'db>(&'db Connection);

/// A frame sealed by its caller, ready to be appended.
pub(super) struct Sealed {
    pub partition: Arc<Partition>,
    pub what: What,
    pub frame: Vec<u8>,
}

/// What is in a frame, as the tables know it.
pub(super) enum What {
    Mail(Ref, MailFacts),
    /// One that lies in this partition now, and is put into another.
    Moved(Ref, MailFacts, i64),
    /// A part that the partition's mails share.
    Part(PartName),
}

/// One piece of work, its result kept until it is safe.
pub(super) trait Piece: Send {
    /// Gives its frames away.
    fn frames(&mut self) -> Vec<Sealed>;
    /// Runs inside the transaction.
    fn run(&mut self, tx: &Tx<'_>, stored: &[Stored]) -> Result<(), StoreError>;
    /// Hears how it ended.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// What the writer is told.
pub(super) enum Message {
    Work(Box<dyn Piece>),
    /// A partition has gone.
    Forget,
    Stop(oneshot::Sender<()>),
}

pub(super) struct Writer {
    pub database: Arc<Database>,
    pub partitions: Arc<Partitions>,
    pub db: Connection,
    pub segments: Segments,
    pub health: Arc<Health>,
    /// Counts changes by other processes.
    pub outside: watch::Sender<u64>,
    /// Wakes the checkpointer.
    pub checkpoint: SyncSender<()>,
    /// Set by the checkpointer when the log has grown long.
    pub overdue: Arc<AtomicBool>,
    state: State,
}

struct State {
    /// The last commit failed and what it left is not yet overwritten.
    broken: bool,
    uncheckpointed: bool,
    last_checkpoint: Instant,
    last_look: Instant,
    version: i64,
}

impl State {
    fn new(version: i64) -> Self {
        let now = Instant::now();
        Self { broken: false, uncheckpointed: true, last_checkpoint: now, last_look: now, version }
    }
}

/// A piece of work with where its frames lie.
struct InFlight {
    piece: Box<dyn Piece>,
    rows: Vec<(What, Spot)>,
    outcome: Result<(), StoreError>,
}

impl Tx<'_> {
    /// The connection; everything done on it belongs to this piece of work.
    #[must_use]
    pub fn sql(&self) -> &Connection {
        self.0
    }
}

impl Writer {
    pub(super) fn new(
        (database, partitions, health): (Arc<Database>, Arc<Partitions>, Arc<Health>),
        outside: watch::Sender<u64>,
        (checkpoint, overdue): (SyncSender<()>, Arc<AtomicBool>),
    ) -> Result<Self, StoreError> {
        let db = database.connect(CACHE)?;
        let (segments, state) = (Segments::default(), State::new(version(&db)?));
        Ok(Self { database, partitions, db, segments, health, outside, checkpoint, overdue, state })
    }

    /// Works until it is told to stop or nobody is left to tell it.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            match inbox.recv_timeout(LOOK_OUTSIDE) {
                Ok(Message::Work(first)) => {
                    let (batch, other) = gather(first, inbox);
                    self.batch(batch);
                    self.between();
                    match other {
                        Some(Message::Stop(stop)) => return self.stop(stop),
                        Some(Message::Forget) => self.forget(),
                        _ => {}
                    }
                }
                Ok(Message::Forget) => self.forget(),
                Ok(Message::Stop(stop)) => return self.stop(stop),
                Err(RecvTimeoutError::Timeout) => self.between(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn stop(self, stop: oneshot::Sender<()>) {
        let Self { db, .. } = self;
        drop(db); // the last connection to close carries the log into the database
        let _ = stop.send(());
    }

    /// Makes a batch durable and answers it.
    fn batch(&mut self, batch: Vec<Box<dyn Piece>>) {
        let began = Instant::now();
        let count = batch.len();
        let mut work: Vec<InFlight> =
            batch.into_iter().map(|piece| InFlight { piece, rows: Vec::new(), outcome: Ok(()) }).collect();
        let result = self.mended().and_then(|()| {
            let flushed = self.place(&mut work);
            self.transact(&mut work, &flushed)
        });
        if let Err(error) = &result {
            self.segments.abandon();
            for each in &mut work {
                each.outcome = Err(error.clone());
            }
            self.health.trouble(error);
        } else if work.iter().all(|each| !each.outcome.as_ref().is_err_and(StoreError::is_trouble)) {
            self.health.well();
        }
        for each in work {
            each.piece.answer(each.outcome);
        }
        metrics::histogram!("schoolgate_store_commit_seconds").record(began.elapsed().as_secs_f64());
        metrics::counter!("schoolgate_store_work_total").increment(count as u64);
    }

    /// Appends and syncs the mails of a batch. Where that fails the pieces that bring mails fail; what only changes rows goes
    /// on, so that a full disk does not stop what makes room.
    fn place(&mut self, work: &mut [InFlight]) -> Vec<Flushed> {
        let mut appended = work.iter_mut().try_for_each(|each| {
            for Sealed { partition, what, frame } in each.piece.frames() {
                let spot = self.segments.push(&self.db, &partition, frame);
                each.rows.push((what, spot.inspect_err(|error| each.outcome = Err(error.clone()))?));
            }
            Ok(())
        });
        let mut flushed = Vec::new();
        if appended.is_ok() {
            appended = self.segments.flush().map(|done| flushed = done);
        }
        if let Err(error) = appended {
            self.segments.abandon();
            self.health.trouble(&error);
            // Frames not yet taken are taken now: every piece that brought any has failed.
            for each in work.iter_mut() {
                if !each.rows.is_empty() || !each.piece.frames().is_empty() {
                    each.outcome = Err(error.clone());
                }
            }
        }
        flushed
    }

    fn transact(&mut self, work: &mut [InFlight], flushed: &[Flushed]) -> Result<(), StoreError> {
        if work.iter().all(|each| each.outcome.is_err()) {
            return Ok(());
        }
        let done = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            flushed.iter().try_for_each(|segment| segment.record(&self.db))?;
            for each in work.iter_mut().filter(|each| each.outcome.is_ok()) {
                each.outcome = self.piece(each.piece.as_mut(), &each.rows);
                if self.db.is_autocommit() {
                    // The database gave up the whole transaction, as it does when the disk is full.
                    return Err(each.outcome.clone().err().unwrap_or(StoreError::Stopped));
                }
            }
            self.execute("COMMIT")
        });
        if done.is_err() {
            self.state.broken = true;
            let _ = self.mended(); // at once, while nobody has been told; tried again before the next batch
        }
        self.state.uncheckpointed = true;
        done
    }

    /// Runs one piece of work in its own savepoint.
    fn piece(&self, piece: &mut dyn Piece, rows: &[(What, Spot)]) -> Result<(), StoreError> {
        self.execute("SAVEPOINT piece")?;
        let done = self.keep(rows).and_then(|stored| piece.run(&Tx(&self.db), &stored));
        if done.is_err() && !self.db.is_autocommit() {
            self.execute("ROLLBACK TO piece")?;
        }
        if !self.db.is_autocommit() {
            self.execute("RELEASE piece")?;
        }
        done
    }

    /// Writes down where the frames of a piece lie.
    fn keep(&self, rows: &[(What, Spot)]) -> Result<Vec<Stored>, StoreError> {
        let mut stored = Vec::new();
        for (what, spot) in rows {
            match what {
                What::Part(name) => places_sql::add_blob(&self.db, name, spot)?,
                What::Moved(reference, facts, from) => {
                    let Spot { partition, segment, offset, length } = *spot;
                    let place = Place { reference: reference.clone(), partition, segment, offset, length };
                    places_sql::move_mail(&self.db, *from, &place, facts)?;
                }
                What::Mail(reference, facts) => {
                    let Spot { partition, segment, offset, length } = *spot;
                    let place = Place { reference: reference.clone(), partition, segment, offset, length };
                    places_sql::add_mail(&self.db, &place, facts)?;
                    stored.push(Stored::new(place));
                }
            }
        }
        Ok(stored)
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Overwrites what a failed commit left, and takes a new connection.
    fn mended(&mut self) -> Result<(), StoreError> {
        if !self.state.broken {
            return Ok(());
        }
        if !self.db.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        places_sql::mend(&self.db)?;
        self.look_outside(); // the new connection counts anew
        self.db = self.database.connect(CACHE)?;
        self.state.version = version(&self.db)?;
        self.state.broken = false;
        Ok(())
    }

    /// What is to be done between two batches: mend, ask for a checkpoint, look for changes by others.
    fn between(&mut self) {
        if self.state.broken && self.mended().is_ok() {
            self.health.well();
        }
        let pause_over = self.state.last_checkpoint.elapsed() >= CHECKPOINT_PAUSE;
        if self.state.uncheckpointed && pause_over && self.checkpoint.try_send(()).is_ok() {
            self.state.last_checkpoint = Instant::now();
            self.state.uncheckpointed = false;
        }
        if self.overdue.swap(false, Ordering::Relaxed) {
            // Only the few pages since the checkpointer's last round are left to carry over; then the log begins anew.
            if let Err(error) = self.begin_log_anew() {
                self.health.trouble(&error);
            }
        }
        if self.state.last_look.elapsed() >= LOOK_OUTSIDE {
            self.look_outside();
        }
    }

    /// Where somebody still reads from the log, as a backup does for as long as it takes, the next round has its turn: mail must not
    /// wait for a reader.
    fn begin_log_anew(&self) -> Result<(), StoreError> {
        self.db.busy_timeout(Duration::ZERO)?;
        let begun_anew = self.db.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
        self.db.busy_timeout(BUSY)?;
        match begun_anew {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
            done => Ok(done?),
        }
    }

    fn look_outside(&mut self) {
        self.state.last_look = Instant::now();
        let Ok(version) = version(&self.db) else { return };
        if self.state.version != version {
            self.forget(); // another process may have purged
            self.outside.send_modify(|count| *count += 1);
        }
        self.state.version = version;
    }

    /// Lets go of keys and files of partitions that are there no more.
    fn forget(&mut self) {
        if let Ok(known) = places_sql::partition_ids(&self.db) {
            self.partitions.retain(&known);
        }
        self.segments.close();
    }
}

/// A number that changes when another connection commits; it means something on one connection alone.
fn version(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "data_version", |row| row.get(0))?)
}

/// Takes all that waits, up to the bounds of a batch.
fn gather(first: Box<dyn Piece>, inbox: &Receiver<Message>) -> (Vec<Box<dyn Piece>>, Option<Message>) {
    let mut batch = vec![first];
    while batch.len() < BATCH_PIECES {
        match inbox.try_recv() {
            Ok(Message::Work(piece)) => batch.push(piece),
            Ok(other) => return (batch, Some(other)),
            Err(_) => break,
        }
    }
    (batch, None)
}
