//! Takes mails into the index: in the running gateway, from within a second after each was accepted; or for `archive reindex`.
//!
//! In: the mails that the store says wait for the index, oldest first, in batches; each is read (`reading`), some at a time, while the batch before is
//! written. Out: the index of each partition, one commit a batch; then the store is told that they wait no more. So what the store says is indexed is
//! on disk in an index, and what is lost on the way is done again: putting twice is putting once.
//!
//! Invariants: nothing here keeps a mail from being accepted, kept or delivered. A mail that cannot be read is taken in by what is known of it. One process
//! takes in at a time ([`Store::index_turn`]). An index that is damaged, missing, or holds another number of mails than it should, is thrown away and made anew.
//! What can fail: disk, store and box; it is told once, by the ledger, and tried again until it works.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use metrics::gauge;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::document::Document;
use super::index::{FileId, Index, IndexError, Shown};
use super::reading::{Reader, ReadingError};
use crate::base::{Timestamp, limits};
use crate::ledger::{Event, Ledger};
use crate::store::{Database, MailRow, Store, StoreError};

/// Between two looks for mails that wait.
const LOOK: Duration = Duration::from_millis(500);
/// Before what failed is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether all files are still there, and what lies idle is closed.
const TIDY: Duration = Duration::from_secs(60);
/// Indexes that are kept open to write.
const OPEN: usize = 4;
/// The name of all this in the ledger.
const PART: &str = "index";

/// Takes mails in.
pub struct Intake {
    reader: Reader,
    open: Arc<Mutex<HashMap<i64, Index>>>,
    /// The batch that is being written.
    flight: Option<Flight>,
    lost: Vec<Lost>,
    /// Partitions whose index has been compacted and not been written to since.
    compacted: HashSet<i64>,
}

/// An index that was thrown away, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// `CLASS-YYYY-MM`.
    pub partition: String,
    pub why: String,
}

struct Flight {
    /// Number and times of each mail.
    waited: HashMap<u64, u64>,
    writing: JoinHandle<Vec<Written>>,
}

/// The mails of one partition, to be written or written.
struct Load {
    partition: i64,
    name: String,
    place: Database,
    mails: Vec<(Document, Shown)>,
}

struct Written {
    load: Load,
    /// The file that it was written to.
    done: Result<FileId, IndexError>,
}

/// A mail read, and how often it was put on the list.
type Read = Vec<((MailRow, u64), Document, Shown)>;

impl Intake {
    /// An intake that has done nothing yet.
    #[must_use]
    pub fn new(reader: Reader) -> Self {
        Self { reader, open: Arc::default(), flight: None, lost: Vec::new(), compacted: HashSet::new() }
    }

    fn store(&self) -> &Store {
        self.reader.store()
    }

    /// Takes the next batch in; says how many mails it began with, none where none wait.
    ///
    /// # Errors
    /// Disk, store or box do not work; what was begun is done again.
    pub async fn step(&mut self) -> Result<usize, ReadingError> {
        self.let_go().await?;
        let under_way = self.flight.as_ref().map(|flight| flight.waited.clone()).unwrap_or_default();
        let limit = limits::INDEX_BATCH + under_way.len();
        let rows = self.store().unindexed(u32::try_from(limit).unwrap_or(u32::MAX)).await?;
        let rows: Vec<(MailRow, u64)> = rows.into_iter().filter(|(row, _)| !under_way.contains_key(&row.seq)).collect();
        let is_last = rows.len() < limits::INDEX_BATCH;
        let read = self.read(rows).await?;
        let begun = read.len();
        self.land().await?;
        self.start(read).await?;
        if is_last {
            self.land().await?;
        }
        Ok(begun)
    }

    /// Takes out what was moved to another partition or purged.
    async fn let_go(&mut self) -> Result<(), ReadingError> {
        let gone = self.store().displaced(u32::try_from(limits::INDEX_BATCH * 10).unwrap_or(u32::MAX)).await?;
        if gone.is_empty() {
            return Ok(());
        }
        self.land().await?;
        let mut parted: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for (partition, seq) in &gone {
            parted.entry(*partition).or_default().push(*seq);
        }
        for (partition, seqs) in parted {
            self.compacted.remove(&partition);
            let place = match self.store().index(partition).await {
                Err(StoreError::Missing(_)) => continue, // the file went with the partition
                place => place?,
            };
            let name = name_of(&place);
            let open = self.open.clone();
            let removed = tokio::task::spawn_blocking(move || remove(&open, partition, &place, &seqs)).await;
            self.done(partition, name, removed.map_err(|_| StoreError::Stopped)?).await?;
        }
        Ok(self.store().let_go(gone).await?)
    }

    /// Indexes that were thrown away since the last time this was asked.
    pub fn lost(&mut self) -> Vec<Lost> {
        std::mem::take(&mut self.lost)
    }

    /// Reads mails, as many at a time as there are processors.
    async fn read(&self, rows: Vec<(MailRow, u64)>) -> Result<Read, ReadingError> {
        let classes: HashMap<i64, String> =
            self.store().partition_names().await?.into_iter().map(|name| (name.id, name.class)).collect();
        let turns = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));
        let (mut tasks, mut of_task) = (JoinSet::new(), HashMap::new());
        for (row, times) in rows {
            let class = classes.get(&row.place.partition).cloned().unwrap_or_default();
            let (reader, turns, wanted) = (self.reader.clone(), turns.clone(), row.clone());
            let task = tasks.spawn(async move {
                let _turn = turns.acquire_owned().await;
                reader.read(&wanted, &class).await
            });
            of_task.insert(task.id(), (row, times));
        }
        let (mut read, mut octets, mut gone) = (Vec::new(), 0, Vec::new());
        while let Some(done) = tasks.join_next_with_id().await {
            let (id, outcome) = match done {
                Ok((id, outcome)) => (id, Some(outcome)),
                // A mail that our own reading fails on costs that one mail its words.
                Err(error) => (error.id(), None),
            };
            let Some((row, times)) = of_task.remove(&id) else { continue };
            let class = classes.get(&row.place.partition).map_or("", String::as_str);
            let (document, shown) = match outcome {
                Some(Ok(pair)) => pair,
                None => self.reader.facts(&row, class, "reading it failed").await?,
                Some(Err(ReadingError::Store(StoreError::Missing(_)))) => {
                    gone.push((row.seq, times)); // purged, or moved, meanwhile
                    continue;
                }
                Some(Err(ReadingError::Later)) => continue,
                Some(Err(error)) => return Err(error),
            };
            octets += document.body.len() + document.attachments.iter().map(|file| file.text.len()).sum::<usize>();
            read.push(((row, times), document, shown));
            if octets > limits::INDEX_BATCH_OCTETS {
                break; // the others wait on
            }
        }
        if !gone.is_empty() {
            self.store().indexed(gone).await?;
        }
        Ok(read)
    }

    /// Starts to write what was read.
    async fn start(&mut self, read: Read) -> Result<(), ReadingError> {
        if read.is_empty() {
            return Ok(());
        }
        let waited = read.iter().map(|((row, times), ..)| (row.seq, *times)).collect();
        let mut parted: BTreeMap<i64, Vec<(Document, Shown)>> = BTreeMap::new();
        for ((row, _), document, shown) in read {
            parted.entry(row.place.partition).or_default().push((document, shown));
        }
        let mut loads = Vec::new();
        for (partition, mut mails) in parted {
            mails.sort_unstable_by_key(|(mail, _)| mail.seq); // rows in order are cheaper for the index
            let place = self.store().index(partition).await?;
            let name = name_of(&place);
            self.compacted.remove(&partition);
            loads.push(Load { partition, name, place, mails });
        }
        let open = self.open.clone();
        let writing = tokio::task::spawn_blocking(move || write_all(&open, loads));
        self.flight = Some(Flight { waited, writing });
        Ok(())
    }

    /// Waits for the batch that is being written, and tells the store.
    async fn land(&mut self) -> Result<(), ReadingError> {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        let written = (&mut flight.writing).await;
        let waited = std::mem::take(&mut flight.waited);
        self.flight = None;
        let written = written.map_err(|_| StoreError::Stopped)?;
        let mut failed = Ok(());
        for Written { load, done } in written {
            match done {
                Ok(file) => self.keep(&load, file, &waited).await?,
                Err(IndexError::Damaged(why)) => self.begin_anew(load.partition, load.name, why).await?,
                Err(IndexError::Failed(error)) => failed = Err(error.into()),
            }
        }
        failed
    }

    /// What is committed waits no more, unless its file was taken away meanwhile.
    async fn keep(&mut self, load: &Load, file: FileId, waited: &HashMap<u64, u64>) -> Result<(), StoreError> {
        let taken = load.mails.iter().filter_map(|(mail, _)| Some((mail.seq, *waited.get(&mail.seq)?)));
        self.store().indexed(taken.collect()).await?;
        if file.is_at(load.place.file()) { Ok(()) } else { self.store().index_again(Some(load.partition)).await }
    }

    /// What was done on an index; nothing where it was thrown away, which is then made anew.
    async fn done<T>(&mut self, partition: i64, name: String, done: Result<T, IndexError>) -> Result<Option<T>, StoreError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(IndexError::Damaged(why)) => self.begin_anew(partition, name, why).await.map(|()| None),
            Err(IndexError::Failed(error)) => Err(error),
        }
    }

    /// An index that was thrown away is made anew.
    async fn begin_anew(&mut self, partition: i64, name: String, why: String) -> Result<(), StoreError> {
        self.opened().remove(&partition);
        self.store().index_again(Some(partition)).await?;
        self.lost.push(Lost { partition: name, why });
        Ok(())
    }

    /// Looks whether each partition has an index with as many mails as it should hold, and throws away what is not so. Before the first
    /// step only: mails that are on their way would be missed.
    ///
    /// # Errors
    /// What the store says.
    pub async fn compare(&mut self) -> Result<(), ReadingError> {
        while !self.store().displaced(1).await?.is_empty() {
            self.let_go().await?;
        }
        for (partition, expected) in self.store().indexed_each().await? {
            let place = match self.store().index(partition).await {
                Err(StoreError::Missing(_)) => continue,
                place => place?,
            };
            let name = name_of(&place);
            let compared = tokio::task::spawn_blocking(move || compare(&place, expected)).await;
            self.done(partition, name, compared.map_err(|_| StoreError::Stopped)?).await?;
        }
        Ok(())
    }

    /// Closes what lies idle, and lets the mails of indexes whose files are gone wait again.
    async fn tidy(&mut self) -> Result<(), StoreError> {
        let idle = std::mem::take(&mut *self.opened());
        let _ = tokio::task::spawn_blocking(move || idle.values().try_for_each(Index::settle)).await; // the log stays, and is read
        for name in self.store().partition_names().await? {
            let place = match self.store().index(name.id).await {
                Err(StoreError::Missing(_)) => continue,
                place => place?,
            };
            if !place.file().exists() {
                self.store().index_again(Some(name.id)).await?;
            }
        }
        Ok(())
    }

    /// Does some of the work on an index whose month is over: it is read for years and hardly written to any more. False where nothing is left to
    /// do. Mails come first: it is meant for when none wait.
    ///
    /// # Errors
    /// Disk or store do not work.
    pub async fn compact(&mut self) -> Result<bool, ReadingError> {
        let month = Timestamp::now().strftime("%Y-%m").to_string();
        let names = self.store().partition_names().await?;
        let Some(name) = names.into_iter().find(|name| name.month < month && !self.compacted.contains(&name.id)) else {
            return Ok(false);
        };
        let place = match self.store().index(name.id).await {
            Ok(place) if place.file().exists() => place,
            Ok(_) | Err(StoreError::Missing(_)) => {
                self.compacted.insert(name.id);
                return Ok(true);
            }
            Err(error) => return Err(error.into()),
        };
        let (open, partition) = (self.open.clone(), name_of(&place));
        let done = tokio::task::spawn_blocking(move || compact(&open, name.id, &place)).await;
        if self.done(name.id, partition, done.map_err(|_| StoreError::Stopped)?).await? == Some(true) {
            self.compacted.insert(name.id);
        }
        Ok(true)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Index>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what is being written, so that no thread is at work when the process ends.
    pub async fn close(&mut self) {
        let _ = self.land().await; // what it did not tell the store is done again
        self.opened().clear();
    }
}

/// Takes mails in until told to stop.
pub async fn run(reader: Reader, ledger: Ledger, stop: CancellationToken) {
    let store = reader.store().clone();
    let mut intake = Intake::new(reader);
    let mut trouble = Told::default();
    let Some(_turn) = turn(&store, &ledger, &mut trouble, &stop).await else { return };
    while let Some(Err(error)) = stop.run_until_cancelled(intake.compare()).await {
        trouble.say(&ledger, &error.to_string());
        let _ = stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
    }
    let mut tidied = Instant::now();
    while !stop.is_cancelled() {
        let done = stop.run_until_cancelled(step(&mut intake, &mut tidied)).await;
        for Lost { partition, why } in intake.lost() {
            let what = format!("the index of {partition} is made anew: {why}");
            ledger.note(Event::Trouble { part: PART.to_owned(), what });
        }
        let wait = match done {
            None => break,
            Some(Ok(0)) => LOOK,
            Some(Ok(_)) => Duration::ZERO,
            Some(Err(error)) => {
                trouble.say(&ledger, &error.to_string());
                AGAIN
            }
        };
        if wait < AGAIN {
            trouble.end(&ledger);
        }
        let _ = stop.run_until_cancelled(tokio::time::sleep(wait)).await;
    }
    intake.close().await;
}

async fn step(intake: &mut Intake, tidied: &mut Instant) -> Result<usize, ReadingError> {
    let mut begun = intake.step().await?;
    if begun == 0 && tidied.elapsed() > TIDY {
        intake.tidy().await?;
        *tidied = Instant::now();
    }
    if begun == 0 {
        begun = usize::from(intake.compact().await?);
    }
    let waiting = intake.store().awaiting_index().await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge, not an account")]
    gauge!("schoolgate_archive_unindexed").set(waiting as f64);
    Ok(begun)
}

/// Waits until no other process takes in: an `archive reindex` that began before the gateway.
async fn turn(store: &Store, ledger: &Ledger, trouble: &mut Told, stop: &CancellationToken) -> Option<std::fs::File> {
    loop {
        match store.index_turn() {
            Ok(Some(turn)) => return Some(turn),
            Ok(None) => {}
            Err(error) => trouble.say(ledger, &error.to_string()),
        }
        stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await?;
    }
}

/// A trouble is told when it begins and when it has ended, not at each try.
#[derive(Default)]
struct Told(bool);

impl Told {
    fn say(&mut self, ledger: &Ledger, what: &str) {
        if !std::mem::replace(&mut self.0, true) {
            ledger.note(Event::Trouble { part: PART.to_owned(), what: what.to_owned() });
        }
    }

    fn end(&mut self, ledger: &Ledger) {
        if std::mem::take(&mut self.0) {
            ledger.note(Event::Recovered { part: PART.to_owned() });
        }
    }
}

/// `CLASS-YYYY-MM`.
fn name_of(place: &Database) -> String {
    place.file().file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn write_all(open: &Mutex<HashMap<i64, Index>>, loads: Vec<Load>) -> Vec<Written> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    loads.into_iter().map(|load| Written { done: write(&mut open, &load), load }).collect()
}

fn write(open: &mut HashMap<i64, Index>, load: &Load) -> Result<FileId, IndexError> {
    with(open, (load.partition, &load.place), |index| index.put(&load.mails).map(|()| index.file_id()))
}

fn remove(open: &Mutex<HashMap<i64, Index>>, partition: i64, place: &Database, seqs: &[u64]) -> Result<(), IndexError> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    with(&mut open, (partition, place), |index| index.remove(seqs))
}

fn compact(open: &Mutex<HashMap<i64, Index>>, partition: i64, place: &Database) -> Result<bool, IndexError> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    let is_done = with(&mut open, (partition, place), Index::compact)?;
    if is_done {
        open.remove(&partition).map_or(Ok(()), |index| index.settle())?;
    }
    Ok(is_done)
}

/// Works on an index that is kept open; one that is damaged is thrown away.
fn with<T>(
    open: &mut HashMap<i64, Index>,
    (partition, place): (i64, &Database),
    work: impl FnOnce(&Index) -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    let kept = open.remove(&partition).filter(Index::is_current);
    if open.len() >= OPEN {
        open.drain().try_for_each(|(_, idle)| idle.settle())?; // each takes memory for its pages
    }
    let opened = kept.map_or_else(|| Index::write(place), Ok);
    let done = opened.and_then(|index| {
        let done = work(&index)?;
        open.insert(partition, index);
        Ok(done)
    });
    if let Err(IndexError::Damaged(_)) = &done {
        Index::throw_away(place.file())?;
    }
    done
}

/// Whether an index holds as many mails as it should; else it is thrown away.
fn compare(place: &Database, expected: u64) -> Result<(), IndexError> {
    let held = Index::read(place).and_then(|index| index.map_or(Ok(0), |index| index.mails()));
    let differs = match held {
        Ok(held) if held == expected => return Ok(()),
        Ok(held) => IndexError::Damaged(format!("it held {held} mails of {expected}")),
        Err(error) => error,
    };
    if let IndexError::Damaged(_) = &differs {
        Index::throw_away(place.file())?;
    }
    Err(differs)
}
