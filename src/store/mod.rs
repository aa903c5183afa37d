//! The store: one folder that holds everything durable, encrypted under the master key.
//!
//! ```text
//! lock                               held by the running gateway
//! root.key, key.lock                 what all keys come from, sealed under the master key
//! store.db, -wal, -shm               SQLCipher: ledger, queue, accounts, wrapped keys, places of mails
//! segments/CLASS-YYYY-MM/NNNNNN.seg  the mails themselves, append-only, each packed, then sealed under its partition's key
//! index/CLASS-YYYY-MM.db             what the room `search` knows of them; derived, under a key from the partition's key
//! aside/ID                           pickup messages, sealed under keys that only the links in notices open (`aside`)
//! ```
//!
//! In: mails and pieces of work on the tables. Out: results, once they would survive losing power.
//! All writing goes through one thread that commits whatever waits together (`writer`); sealing happens in the callers, in
//! parallel. Reading has connections of its own and never waits for writing.
//!
//! Invariants: nothing is answered `Ok` before mail, rows and ledger are synced; [`Stored`] is made by that commit alone; what
//! was answered with an error is not there afterwards; mail bytes touch the disk only sealed.
//!
//! What can fail: [`StoreError`], to the caller, who answers 4yz; and to the observer of [`Store::observe`], once for each
//! trouble and once for its end. Not here: what the tables of other rooms mean.

mod aside;
mod checkpoint;
mod database;
mod disk;
mod error;
mod health;
pub mod key;
mod pack;
mod partition;
mod places_sql;
mod provenance;
mod record;
mod removal;
mod removal_sql;
mod root;
mod schema_sql;
mod seal;
mod segment;
mod snapshot;
mod snapshot_sql;
mod wrap;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use bytes::Bytes;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot, watch};

pub use self::database::Database;
pub use self::disk::{belong, lock};
pub use self::error::StoreError;
pub use self::key::{KeyError, MasterKey};
pub use self::provenance::{Addressed, AddressedBy, Form, Provenance, SourceFile, Wrapping};
pub use self::record::{
    Issued, Keeping, KeptCopy, Mail, MailRow, PartitionInfo, PartitionName, Place, Record, RecordHeader, Stored,
};
pub use self::removal::{Examined, Leaf, Move, Removed, leaf_or_name};
pub use self::removal_sql::each_leaf;
pub use self::root::{Rotated, rotate};
pub use self::snapshot::{Keys, RESTORING, SegmentFile, Snapshot, fingerprint, no_longer_waits, nothing_indexed};
pub use self::writer::Tx;

use self::disk::Room;
use self::health::Health;
use self::pack::{Packed, PartName, Skeleton};
use self::partition::{Partition, Partitions};
use self::places_sql::MailFacts;
use self::segment::Spot;
use self::writer::{Message, Piece, Sealed, What, Writer};
use crate::base::hash::hex;
use crate::base::{Ref, Timestamp};
use crate::config;

/// Connections for reading, at most so many at a time.
const READERS: usize = 4;
/// Bytes from which on sealing and opening leave the async threads.
const LARGE: usize = 128 << 10;

/// The open store; a clone is another hold on the same one.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    partitions: Arc<Partitions>,
    folder: PathBuf,
    room: Room,
    health: Arc<Health>,
    to_writer: mpsc::Sender<Message>,
    readers: Mutex<Vec<Connection>>,
    reading: Semaphore,
    outside: watch::Receiver<u64>,
    /// The writer and the checkpointer.
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
    /// Under which the names of contacts are hashed.
    contacts_key: hmac::Key,
    /// Signs checkpoints.
    signer: Ed25519KeyPair,
    /// By which a backup's manifest is known to be ours.
    manifest_key: hmac::Key,
    /// Held as long as the gateway runs.
    _lock: Option<File>,
}

impl Store {
    /// Opens the store for the gateway: alone, and with what was never acknowledged cut off.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where another gateway runs, [`StoreError::Key`] where the key is missing or does not fit, and
    /// whatever the disk says.
    pub fn open(options: &config::Store) -> Result<Self, StoreError> {
        Self::start(options, true)
    }

    /// Opens the store for a command that works beside a running gateway.
    ///
    /// # Errors
    /// As [`Store::open`], without `Taken`.
    pub fn open_beside(options: &config::Store) -> Result<Self, StoreError> {
        Self::start(options, false)
    }

    fn start(options: &config::Store, alone: bool) -> Result<Self, StoreError> {
        MasterKey::load(&options.key_file)?; // before anything is made: what is wrong with the key is to be said first
        snapshot::refuse_half(&options.path)?;
        disk::make_folder(&options.path)?;
        let root::Unlocked { root: key, .. } = root::unlock(options)?;
        let segments = options.path.join("segments");
        disk::make_folder(&segments)?;
        let lock = if alone { Some(disk::lock(&options.path)?) } else { None };
        let database = Arc::new(Database::wiping(options.path.join("store.db"), key.database()));
        prepare(&database, &options.path, alone)?;
        let partitions = Arc::new(Partitions::new(&options.path, key.wrapping()?));
        let health = Arc::new(Health::default());
        let (outside_in, outside) = watch::channel(0);
        let (to_writer, threads) = spawn((&database, &partitions, &health), outside_in)?;
        Ok(Self(Arc::new(Inner {
            database,
            folder: options.path.clone(),
            partitions,
            room: Room::new(options.path.clone()),
            health,
            to_writer,
            readers: Mutex::new(Vec::new()),
            reading: Semaphore::new(READERS),
            outside,
            threads: Mutex::new(threads),
            signer: signer(&key)?,
            contacts_key: hmac::Key::new(hmac::HMAC_SHA256, &*key.derive(b"contacts")),
            manifest_key: hmac::Key::new(hmac::HMAC_SHA256, &*key.derive(b"backup manifest")),
            _lock: lock,
        })))
    }

    /// Runs a piece of work in the next commit and answers when it is safe. When it fails, nothing of it is kept.
    ///
    /// # Errors
    /// What the work itself says, or why the commit failed.
    pub async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.hand_over(Vec::new(), |tx, _| work(tx)).await
    }

    /// Keeps mails and runs the work that belongs to them, all in one commit. The proofs come in the order of the mails.
    ///
    /// # Errors
    /// [`StoreError::Full`] before the disk is, [`StoreError::Duplicate`] where a reference is taken, else as [`Store::write`].
    pub async fn commit<T, W>(&self, mails: Vec<Mail>, work: W) -> Result<(T, Vec<Stored>), StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let size: usize = mails.iter().map(|mail| mail.raw.len()).sum();
        if !mails.is_empty() {
            self.room(size as u64)?;
        }
        let mut sealed = Vec::with_capacity(mails.len());
        for mail in mails {
            let partition = self.partition(&mail.keep.class, mail.header.received_at).await?;
            sealed.extend(self.seal(partition, mail).await?);
        }
        let done = self.hand_over(sealed, |tx, stored| Ok((work(tx)?, stored.to_vec()))).await;
        if matches!(done, Err(StoreError::Missing(_))) {
            self.0.partitions.forget(); // one of them may have been purged meanwhile: the next try finds a new one
        }
        done
    }

    /// Looks at the tables as they were at one moment, beside whatever is being written.
    ///
    /// # Errors
    /// What the looking says.
    pub async fn read<T, L>(&self, look: L) -> Result<T, StoreError>
    where
        T: Send + 'static,
        L: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = self.0.clone();
        let _turn = self.0.reading.acquire().await.map_err(|_| StoreError::Stopped)?;
        let looked = tokio::task::spawn_blocking(move || inner.with_reader(look)).await;
        looked.map_err(|_| StoreError::Stopped)?
    }

    /// Reads a mail back. Every bit of it is checked.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the disk holds something else than was written.
    pub async fn fetch(&self, place: &Place) -> Result<Record, StoreError> {
        let (inner, id) = (self.0.clone(), place.partition);
        let partition = match self.0.partitions.numbered(id) {
            Some(partition) => partition,
            None => self.read(move |db| inner.partition(db, id)).await?,
        };
        // Opening a large mail takes its time, and none of the few connections for it: only shared parts are looked up.
        let (of, place) = (partition.clone(), place.clone());
        let opened = tokio::task::spawn_blocking(move || skeleton(&of, &place)).await;
        let skeleton = opened.map_err(|_| StoreError::Stopped)??;
        match skeleton.lacks()? {
            lacks if lacks.is_empty() => skeleton.complete(&[]),
            _ => self.read(move |db| whole(db, &partition, skeleton)).await,
        }
    }

    /// Mails in the order of receipt, from after the number `after` on.
    ///
    /// # Errors
    /// What the store says.
    pub async fn rows(&self, after: u64, limit: u32) -> Result<Vec<MailRow>, StoreError> {
        self.read(move |db| places_sql::rows(db, after, limit)).await
    }

    /// Mails that the index does not hold yet, oldest first, each with how often it was put on their list while it stood there.
    ///
    /// # Errors
    /// What the store says.
    pub async fn unindexed(&self, limit: u32) -> Result<Vec<(MailRow, u64)>, StoreError> {
        self.read(move |db| places_sql::unindexed(db, limit)).await
    }

    /// Says that the index holds these mails now, as they were when [`Store::unindexed`] gave them: number and times. What was put on the
    /// list again since waits on.
    ///
    /// # Errors
    /// What the store says.
    pub async fn indexed(&self, taken: Vec<(u64, u64)>) -> Result<(), StoreError> {
        self.write(move |tx| places_sql::indexed(tx.sql(), &taken)).await
    }

    /// How many mails the index does not hold yet.
    ///
    /// # Errors
    /// What the store says.
    pub async fn awaiting_index(&self) -> Result<u64, StoreError> {
        self.read(places_sql::awaiting).await
    }

    /// How many mails of a partition the index does not hold yet.
    ///
    /// # Errors
    /// What the store says.
    pub async fn awaiting_index_of(&self, partition: i64) -> Result<u64, StoreError> {
        self.read(move |db| places_sql::awaiting_of(db, partition)).await
    }

    /// How many mails of each partition the index should hold, all at one moment.
    ///
    /// # Errors
    /// What the store says.
    pub async fn indexed_each(&self) -> Result<Vec<(i64, u64)>, StoreError> {
        self.read(places_sql::indexed_each).await
    }

    /// Mails that the index of a partition holds though they were moved or purged, as partition and number.
    ///
    /// # Errors
    /// What the store says.
    pub async fn displaced(&self, limit: u32) -> Result<Vec<(i64, u64)>, StoreError> {
        self.read(move |db| places_sql::displaced(db, limit)).await
    }

    /// Says that the index holds them no more.
    ///
    /// # Errors
    /// What the store says.
    pub async fn let_go(&self, gone: Vec<(i64, u64)>) -> Result<(), StoreError> {
        self.write(move |tx| places_sql::let_go(tx.sql(), &gone)).await
    }

    /// Says that the index of a partition is lost, or all of it: its mails wait for the index again.
    ///
    /// # Errors
    /// What the store says.
    pub async fn index_again(&self, partition: Option<i64>) -> Result<(), StoreError> {
        self.write(move |tx| places_sql::await_index(tx.sql(), partition)).await
    }

    /// All partitions by name, newest month first: quick, however many mails they hold.
    ///
    /// # Errors
    /// What the store says.
    pub async fn partition_names(&self) -> Result<Vec<PartitionName>, StoreError> {
        self.read(places_sql::partition_names).await
    }

    /// A mail as the store lists it; nothing where no mail has that name.
    ///
    /// # Errors
    /// What the store says.
    pub async fn row(&self, reference: &Ref) -> Result<Option<MailRow>, StoreError> {
        let wanted = reference.clone();
        self.read(move |db| places_sql::row(db, &wanted)).await
    }

    /// All partitions, oldest month first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn partitions(&self) -> Result<Vec<PartitionInfo>, StoreError> {
        self.read(places_sql::partitions).await
    }

    /// The index file of a partition, which need not be there yet: derived, and in nobody's way when it is lost.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such partition, and what the store says.
    pub async fn index(&self, partition: i64) -> Result<Database, StoreError> {
        let inner = self.0.clone();
        let partition = self.read(move |db| inner.partition(db, partition)).await?;
        disk::make_folder(partition.index.parent().unwrap_or(&partition.index))?;
        Ok(Database::new(partition.index.clone(), key::raw(&partition.key.derive(b"index")?)))
    }

    /// The turn of the one process that fills the index, given back when the file is closed; nothing where another has it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn index_turn(&self) -> Result<Option<File>, StoreError> {
        disk::try_lock(&self.0.database.file().with_file_name("index.lock"))
    }

    /// Where a mail lies.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where no mail has that name.
    pub async fn place(&self, reference: &Ref) -> Result<Place, StoreError> {
        let wanted = reference.clone();
        let found = self.read(move |db| places_sql::place(db, &wanted)).await?;
        found.ok_or_else(|| StoreError::Missing(format!("mail {reference}")))
    }

    /// A mail as the store lists it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where no mail has that name.
    pub async fn row_of(&self, reference: &Ref) -> Result<MailRow, StoreError> {
        let wanted = reference.clone();
        let found = self.read(move |db| places_sql::row_of(db, &wanted)).await?;
        found.ok_or_else(|| StoreError::Missing(format!("mail {reference}")))
    }

    /// Whether there is room for one more mail of that size, well before the disk is full.
    ///
    /// # Errors
    /// [`StoreError::Full`], or that the disk cannot be asked.
    pub fn room(&self, bytes: u64) -> Result<(), StoreError> {
        let answer = self.0.room.fits(bytes);
        self.0.health.room(&answer);
        answer
    }

    /// What is wrong with the store now, if anything.
    #[must_use]
    pub fn wrong(&self) -> Option<StoreError> {
        self.0.health.wrong()
    }

    /// Tells `observer` of each trouble with its reason, and of the end of each with nothing. It must not wait.
    pub fn observe(&self, observer: impl Fn(Option<&StoreError>) + Send + Sync + 'static) {
        self.0.health.observe(Box::new(observer));
    }

    /// Changes each time another process has changed the store, within a third of a second.
    #[must_use]
    pub fn outside_changes(&self) -> watch::Receiver<u64> {
        self.0.outside.clone()
    }

    /// The key under which the names of contacts are hashed; it comes from the master key and serves nothing else.
    #[must_use]
    pub fn contacts_key(&self) -> &hmac::Key {
        &self.0.contacts_key
    }

    /// What signs checkpoints; it comes from the master key and serves nothing else.
    #[must_use]
    pub fn signer(&self) -> &Ed25519KeyPair {
        &self.0.signer
    }

    /// Finishes what was handed over and closes the files. Later work is answered with [`StoreError::Stopped`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.to_writer.send(Message::Stop(done)).is_ok() {
            let _ = closed.await; // an error means that the writer is gone already
        }
        let inner = self.0.clone();
        let _ = tokio::task::spawn_blocking(move || inner.join()).await; // a thread that panicked has ended too
        self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn hand_over<T, W>(&self, frames: Vec<Sealed>, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Tx<'_>, &[Stored]) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let piece = Box::new(Waiting { frames, work: Some(work), made: None, reply });
        self.0.to_writer.send(Message::Work(piece)).map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// Seals a mail, and those of its shared parts that its partition does not hold yet.
    async fn seal(&self, partition: Arc<Partition>, mail: Mail) -> Result<Vec<Sealed>, StoreError> {
        if mail.shared.is_empty() && mail.raw.len() < LARGE {
            return seal_mail(&partition, &mail, |_| false);
        }
        let work = move |db: &Connection| {
            seal_mail(&partition, &mail, |name| places_sql::has_blob(db, partition.id, name).unwrap_or(false))
        };
        self.read(work).await
    }

    async fn partition(&self, class: &str, at: Timestamp) -> Result<Arc<Partition>, StoreError> {
        let month = places_sql::month(at);
        if let Some(known) = self.0.partitions.named(class, &month) {
            return Ok(known);
        }
        let (partitions, class) = (self.0.partitions.clone(), class.to_owned());
        let row = self.write(move |tx| partitions.find_or_make(tx.sql(), &class, &month)).await?;
        self.0.partitions.learn(row)
    }
}

impl Drop for Inner {
    /// Who forgot to close the store waits here for its threads.
    fn drop(&mut self) {
        let _ = self.to_writer.send(Message::Stop(oneshot::channel().0)); // an error means that the writer is gone already
        self.join();
    }
}

impl Inner {
    /// Waits for the threads to end. One that is still at work on the database when the process ends can crash it: libcrypto is gone by
    /// then. The last hold on the store may be let go by one of them, which does not wait for itself.
    fn join(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let here = thread::current().id();
        threads.into_iter().filter(|thread| thread.thread().id() != here).for_each(|thread| drop(thread.join()));
    }

    /// A partition by its number.
    fn partition(&self, db: &Connection, id: i64) -> Result<Arc<Partition>, StoreError> {
        self.partitions.numbered(id).map_or_else(|| self.partitions.open(db, id), Ok)
    }

    /// Reads a mail back, with what only those who look closely ask for.
    fn examined(&self, db: &Connection, place: &Place) -> Result<Examined, StoreError> {
        let partition = self.partition(db, place.partition)?;
        let skeleton = skeleton(&partition, place)?;
        let (leaf, shared) = (skeleton.leaf, skeleton.ranges());
        Ok(Examined { record: whole(db, &partition, skeleton)?, leaf, shared })
    }

    fn with_reader<T>(&self, look: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let waiting = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match waiting {
            Some(db) => db,
            None => self.database.connect_to_read()?,
        };
        // One snapshot for all that is looked at: what was written in between would fit neither before nor after.
        let found = db.unchecked_transaction().map_err(StoreError::from).and_then(|moment| look(&moment));
        // After trouble a connection is not used again.
        if !found.as_ref().is_err_and(StoreError::is_trouble) {
            self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(db);
        }
        found
    }
}

/// Work on its way through the writer.
struct Waiting<T, W> {
    frames: Vec<Sealed>,
    work: Option<W>,
    made: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Piece for Waiting<T, W>
where
    T: Send,
    W: FnOnce(&Tx<'_>, &[Stored]) -> Result<T, StoreError> + Send,
{
    fn frames(&mut self) -> Vec<Sealed> {
        std::mem::take(&mut self.frames)
    }

    fn run(&mut self, tx: &Tx<'_>, stored: &[Stored]) -> Result<(), StoreError> {
        let work = self.work.take().ok_or(StoreError::Stopped)?;
        self.made = Some(work(tx, stored)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { made, reply, .. } = *self;
        let answer = outcome.and_then(|()| made.ok_or(StoreError::Stopped));
        let _ = reply.send(answer); // who asked may have gone; the work is done all the same
    }
}

fn seal_mail(partition: &Arc<Partition>, mail: &Mail, known: impl Fn(&PartName) -> bool) -> Result<Vec<Sealed>, StoreError> {
    let mut sealed = Vec::new();
    let parts = pack::parts(&partition.key, mail)?;
    for (name, range) in &parts {
        if !known(name) {
            let (magic, plain) = pack::part(mail.raw.get(range.clone()).unwrap_or_default())?;
            let frame = seal::seal(&partition.key, magic, &part_name(name), &plain)?;
            sealed.push(Sealed { partition: partition.clone(), what: What::Part(*name), frame });
        }
    }
    let Packed { plain, leaf } = pack::record(mail, &parts)?;
    let reference = mail.header.reference.clone();
    let frame = seal::seal(&partition.key, pack::RECORD, reference.as_str(), &plain)?;
    let facts = MailFacts { received_at: mail.header.received_at, until: mail.keep.until, leaf };
    sealed.push(Sealed { partition: partition.clone(), what: What::Mail(reference, facts), frame });
    Ok(sealed)
}

/// What the frame of a shared part is bound to.
fn part_name(name: &PartName) -> String {
    format!("part {}", hex(name))
}

/// Reads a mail back but for the parts that it shares with others.
fn skeleton(partition: &Partition, place: &Place) -> Result<Skeleton, StoreError> {
    let Place { reference, segment, offset, length, .. } = place;
    let spot = Spot { partition: partition.id, segment: *segment, offset: *offset, length: *length };
    let (magic, plain) = seal::open(&partition.key, reference.as_str(), segment::read(partition, &spot)?)?;
    pack::read(magic, plain)
}

/// Puts those parts back.
fn whole(db: &Connection, partition: &Partition, skeleton: Skeleton) -> Result<Record, StoreError> {
    let parts: Result<Vec<_>, StoreError> = skeleton.lacks()?.iter().map(|name| part(db, partition, name)).collect();
    skeleton.complete(&parts?)
}

/// Reads a shared part back.
fn part(db: &Connection, partition: &Partition, name: &PartName) -> Result<Bytes, StoreError> {
    let gone = || StoreError::Damaged(format!("an attachment ({}) is not there any more", part_name(name)));
    let spot = places_sql::blob(db, partition.id, name)?.ok_or_else(gone)?;
    let (magic, plain) = seal::open(&partition.key, &part_name(name), segment::read(partition, &spot)?)?;
    pack::read_part(magic, &plain)
}

fn signer(key: &MasterKey) -> Result<Ed25519KeyPair, StoreError> {
    Ed25519KeyPair::from_seed_unchecked(&*key.derive(b"checkpoints")).map_err(|_| StoreError::Key(KeyError::WrongKey))
}

/// Makes the database and its tables where they are not there, and cuts off what was never acknowledged.
fn prepare(database: &Database, folder: &Path, alone: bool) -> Result<(), StoreError> {
    let new = !database.file.exists();
    if new {
        disk::private_file(&database.file)?;
    }
    let db = database.connect(512)?;
    schema_sql::migrate(&db)?;
    if new {
        disk::sync_folder(folder)?;
    }
    if !alone {
        return Ok(());
    }
    segment::recover(&db, &folder.join("segments"))?;
    segment::recover_indexes(&db, &folder.join("index"))?;
    Database::empty_log(&db).map(drop) // what was purged just before a crash may still stand in it
}

/// Starts the writer and the checkpointer.
fn spawn(
    (database, partitions, health): (&Arc<Database>, &Arc<Partitions>, &Arc<Health>),
    outside: watch::Sender<u64>,
) -> Result<(mpsc::Sender<Message>, Vec<thread::JoinHandle<()>>), StoreError> {
    let (wake, woken) = mpsc::sync_channel(1);
    let overdue = Arc::new(AtomicBool::new(false));
    let writer = Writer::new((database.clone(), partitions.clone(), health.clone()), outside, (wake, overdue.clone()))?;
    let db = database.connect(256)?;
    let (to_writer, inbox) = mpsc::channel();
    let health = health.clone();
    let failed = |e: std::io::Error| StoreError::Io { doing: "starting a thread".to_owned(), why: e.to_string() };
    let carry = move || checkpoint::run(&db, &woken, &overdue, &health);
    let carry = thread::Builder::new().name("checkpoint".to_owned()).spawn(carry).map_err(failed)?;
    let write = thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(&inbox)).map_err(failed)?;
    Ok((to_writer, vec![write, carry]))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
#[cfg(test)]
pub(crate) mod tests_kit;
