//! The ledger: what happened, in order, each entry bound to the one before it by its hash.
//!
//! In: [`Event`]s. Out: entries in the store, one log line and the metrics for each, so the three cannot disagree.
//! [`append`] writes inside a transaction: what a mail's commit says stands there if and only if the mail does. [`Ledger::note`]
//! is for what may not wait (a connection, a refused command): logged at once, written within a second.
//!
//! Invariants: an entry is never changed or taken out; `verify` finds any that was. An event holds no content, no password, no key.
//! What can fail: the store; then noted events wait in memory, at most [`NOTED`] of them, and what is lost beyond that is itself
//! an entry. Not here: who may read the ledger.

mod chain;
pub mod checkpoint;
mod entries_sql;
pub mod event;
mod line;
pub mod tree;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

pub use chain::hash as hash_of;
pub use chain::{Broken, Verified};
pub use checkpoint::Checkpoint;
pub use entries_sql::Entry;
pub use event::Event;

use crate::base::hash::hex;
use crate::base::{Ref, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// Events that may wait to be written.
const NOTED: usize = 10_000;
/// How long a noted event waits at most.
const SOON: Duration = Duration::from_secs(1);

/// A walk over all entries.
pub type Walk<'w> = dyn Fn(&mut dyn FnMut(Entry)) -> Result<(), StoreError> + 'w;

/// The ledger of one store; a clone is another hold on the same one.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    store: Store,
    noted: Mutex<Noted>,
    /// Something is waiting.
    waiting: Notify,
}

#[derive(Default)]
struct Noted {
    events: Vec<(Timestamp, Event)>,
    lost: u64,
}

/// Appends an event inside a transaction. The caller logs it ([`Event::log`]) once the commit is through.
///
/// # Errors
/// What the store says.
pub fn append(tx: &Tx<'_>, at: Timestamp, event: &Event) -> Result<(), StoreError> {
    entries_sql::append(tx.sql(), at, event)
}

/// Number and hash (in hexadecimal) of the newest entry, in a copy of the database.
///
/// # Errors
/// What the database says.
pub fn head(db: &rusqlite::Connection) -> Result<Option<(i64, String)>, StoreError> {
    Ok(entries_sql::last(db)?.map(|(seq, hash)| (seq, hex(&hash))))
}

impl Ledger {
    /// The ledger of a store, with the task that writes what is noted. Needs a running tokio.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let ledger = Self(Arc::new(Inner { store, noted: Mutex::default(), waiting: Notify::new() }));
        let weak = Arc::downgrade(&ledger.0);
        ledger.0.store.observe(move |trouble| tell(&weak, trouble));
        tokio::spawn(write_soon(Arc::downgrade(&ledger.0)));
        ledger
    }

    /// The ledger for one who only reads, or writes and waits: nothing runs beside, and the store's trouble is not written down.
    #[must_use]
    pub fn beside(store: Store) -> Self {
        Self(Arc::new(Inner { store, noted: Mutex::default(), waiting: Notify::new() }))
    }

    /// Shows every entry, oldest first, as they were at one moment: `look` is given the walk.
    ///
    /// # Errors
    /// What the store and `look` say.
    pub async fn walk<T, L>(&self, look: L) -> Result<T, StoreError>
    where
        T: Send + 'static,
        L: FnOnce(&Walk<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let see_all = |db: &rusqlite::Connection, see: &mut dyn FnMut(Entry)| {
            entries_sql::each(db, |entry| {
                see(entry);
                true
            })
        };
        self.0.store.read(move |db| look(&|see| see_all(db, see))).await
    }

    /// Logs an event now and writes it soon.
    pub fn note(&self, event: Event) {
        event.log();
        self.0.hold(event);
    }

    /// Writes events now and answers when they are safe; logs them then.
    ///
    /// # Errors
    /// What the store says; the events are then neither written nor logged.
    pub async fn write(&self, events: Vec<Event>) -> Result<(), StoreError> {
        let copies = events.clone();
        let at = Timestamp::now();
        self.0.store.write(move |tx| copies.iter().try_for_each(|event| append(tx, at, event))).await?;
        events.iter().for_each(Event::log);
        Ok(())
    }

    /// Writes all that was noted. Called before the store is closed.
    ///
    /// # Errors
    /// What the store says; the events wait on.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.0.flush().await
    }

    /// All entries about one mail, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn about(&self, reference: &Ref) -> Result<Vec<Entry>, StoreError> {
        let wanted = reference.clone();
        self.0.store.read(move |db| entries_sql::about(db, &wanted)).await
    }

    /// The newest entries, oldest of them first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn recent(&self, count: u32) -> Result<Vec<Entry>, StoreError> {
        self.0.store.read(move |db| entries_sql::recent(db, count)).await
    }

    /// Shows all entries of these names, oldest first, to `add`, which gathers what it needs of them.
    ///
    /// # Errors
    /// What the store says.
    pub async fn fold<T, A>(&self, names: &'static [&'static str], gathered: T, mut add: A) -> Result<T, StoreError>
    where
        T: Send + 'static,
        A: FnMut(&mut T, &Entry) + Send + 'static,
    {
        let look = move |db: &rusqlite::Connection| {
            let mut gathered = gathered;
            entries_sql::each(db, |entry| {
                if names.contains(&entry.name.as_str()) {
                    add(&mut gathered, &entry);
                }
                true
            })?;
            Ok(gathered)
        };
        self.0.store.read(look).await
    }

    /// Signs what the ledger and the archive are now and writes it down. `origin` says whose log it is.
    ///
    /// # Errors
    /// What the store says.
    pub async fn checkpoint(&self, origin: &str, now: Timestamp) -> Result<Checkpoint, StoreError> {
        let heads = self.0.store.read(checkpoint::heads).await?;
        let made = Checkpoint::sign(origin, heads, now, self.0.store.signer())?;
        let Checkpoint { size, mails, key, note, .. } = made.clone();
        self.write(vec![Event::Checkpoint { size, mails, key, note }]).await?;
        Ok(made)
    }

    /// The newest checkpoint there is.
    ///
    /// # Errors
    /// What the store says.
    pub async fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        let newest = self.0.store.read(|db| entries_sql::newest(db, "checkpoint")).await?;
        Ok(newest.and_then(|entry| checkpoint::of_entry(&entry)))
    }

    /// When the archive was verified last, and how many things were not as they were written.
    ///
    /// # Errors
    /// What the store says.
    pub async fn last_verified(&self) -> Result<Option<(Timestamp, u64)>, StoreError> {
        let newest = self.0.store.read(|db| entries_sql::newest(db, "archive-verified")).await?;
        Ok(newest.and_then(|entry| match serde_json::from_str(&entry.body) {
            Ok(Event::ArchiveVerified { faults, .. }) => Some((entry.at, faults)),
            _ => None,
        }))
    }

    /// The keys that have signed checkpoints, each once.
    ///
    /// # Errors
    /// What the store says.
    pub async fn checkpoint_keys(&self) -> Result<Vec<String>, StoreError> {
        let all = self.0.store.read(|db| entries_sql::named(db, "checkpoint")).await?;
        let mut keys: Vec<String> = all.iter().filter_map(|entry| Some(checkpoint::of_entry(entry)?.key)).collect();
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    /// The hash of one entry, in hexadecimal.
    ///
    /// # Errors
    /// What the store says.
    pub async fn hash_of(&self, seq: i64) -> Result<Option<String>, StoreError> {
        self.0.store.read(move |db| Ok(entries_sql::hash_of(db, seq)?.map(|hash| hex(&hash)))).await
    }

    /// Walks the whole chain.
    ///
    /// # Errors
    /// What the store says; a broken chain is not an error but [`Verified::Broken`].
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        self.0.store.read(chain::verify).await
    }
}

impl Inner {
    fn hold(&self, event: Event) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.events.len() < NOTED {
            noted.events.push((Timestamp::now(), event));
        } else {
            noted.lost += 1;
        }
        drop(noted);
        self.waiting.notify_one();
    }

    async fn flush(&self) -> Result<(), StoreError> {
        let mut taken = std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.lost > 0 {
            let what = format!("{} events were not written: the store did not take them for too long", taken.lost);
            taken.events.push((Timestamp::now(), Event::Trouble { part: "ledger".to_owned(), what }));
        }
        if taken.events.is_empty() {
            return Ok(());
        }
        let events = Arc::new(taken.events);
        let writing = events.clone();
        let written = self.store.write(move |tx| writing.iter().try_for_each(|(at, event)| append(tx, *at, event))).await;
        if written.is_err() {
            self.put_back(&events);
        }
        written
    }

    /// What could not be written goes back in front of what came since.
    fn put_back(&self, events: &[(Timestamp, Event)]) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let since = std::mem::replace(&mut noted.events, events.to_vec());
        let room = NOTED.saturating_sub(noted.events.len());
        noted.lost += since.len().saturating_sub(room) as u64;
        noted.events.extend(since.into_iter().take(room));
    }
}

async fn write_soon(ledger: Weak<Inner>) {
    loop {
        let Some(inner) = ledger.upgrade() else { return };
        // Bounded, so that the task ends soon after the last hold on the ledger is let go.
        let woken = tokio::time::timeout(SOON, inner.waiting.notified()).await.is_ok();
        drop(inner);
        if !woken {
            continue;
        }
        tokio::time::sleep(SOON).await;
        let Some(inner) = ledger.upgrade() else { return };
        if inner.flush().await.is_err() {
            inner.waiting.notify_one(); // the store has told its trouble itself
        }
    }
}

/// What the store says of itself becomes an event.
fn tell(ledger: &Weak<Inner>, trouble: Option<&StoreError>) {
    let part = "store".to_owned();
    let event = match trouble {
        Some(error) => Event::Trouble { part, what: error.to_string() },
        None => Event::Recovered { part },
    };
    event.log();
    if let Some(inner) = ledger.upgrade() {
        inner.hold(event);
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
