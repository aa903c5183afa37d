//! Takes in mail out of files: many at a time, each into its retention class, none twice.
//!
//! In: [`Found`] mails of an import. Out: what became of them, after the commit that keeps them with their ledger entries and their marks.
//! What can fail: the store; then nothing of the batch is kept, and an import that is run again goes on from there.

use std::collections::HashSet;

use super::RuleSet;
use super::filing::{self, Copied};
use super::name::new_reference;
use crate::archive::import::{self, Found, Mark};
use crate::archive::journal::{self, Entry, Reading};
use crate::base::{Ref, Timestamp};
use crate::boxed::Pool;
use crate::extract::{self, Contents};
use crate::ledger::Event;
use crate::message::Message;
use crate::queue::{Post, Queue};
use crate::store::{Provenance, Store, StoreError, Tx};
use tokio::time::Instant;

/// How often a batch is tried whose names or mails another import had first.
const TRIES: u32 = 5;

/// From when on the retention of an imported mail counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The moment of its import.
    Now,
    /// A day that somebody vouches for.
    Day(Timestamp),
    /// What the mail's topmost `Received` says, where that can be: it is what the school's own server wrote. Else the moment of its import.
    Header,
}

/// What is taken in, and how.
pub struct Intake {
    set: RuleSet,
    store: Store,
    queue: Queue,
    /// Where attachments are opened, where a retention class asks for it.
    boxes: Option<Pool>,
    /// The class of all of it, instead of the one that the configuration gives each.
    class: Option<String>,
    since: Since,
    /// Whether journal reports among it are unwrapped.
    reports: bool,
}

/// What became of mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub imported: u64,
    /// Here already.
    pub known: u64,
    /// Of those imported: older than their class keeps them.
    pub expired: u64,
}

impl Intake {
    /// Into a store, by a configuration's classes.
    #[must_use]
    pub fn new(set: RuleSet, store: Store, boxes: Option<Pool>) -> Self {
        let queue = Queue::beside(store.clone());
        Self { set, store, queue, boxes, class: None, since: Since::Now, reports: false }
    }

    /// All into one class, since a day, reports unwrapped or not.
    #[must_use]
    pub fn with(self, class: Option<String>, since: Since, reports: bool) -> Self {
        Self { class, since, reports, ..self }
    }

    /// Keeps those that are not here yet, in one commit.
    ///
    /// # Errors
    /// What the store says; then none of them is kept.
    pub async fn take(&self, batch: &[Found]) -> Result<Taken, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_take(batch).await {
                Err(StoreError::Duplicate(_)) if tries < TRIES => {}
                taken => return taken,
            }
        }
    }

    async fn try_take(&self, batch: &[Found]) -> Result<Taken, StoreError> {
        let mut known = import::known(&self.store, batch.iter().map(|found| found.mark).collect()).await?;
        let (mut posts, mut marks) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        let now = Timestamp::now();
        let mut taken = Taken::default();
        for found in batch {
            if !known.insert(found.mark) {
                taken.known += 1;
                continue;
            }
            let reference = std::iter::repeat_with(|| new_reference(now)).find(|name| names.insert(name.clone()));
            let Some(reference) = reference else { return Err(StoreError::Stopped) };
            let post = self.post(found, reference.clone(), now).await?;
            taken.imported += 1;
            taken.expired += u64::from(post.keep.until < now);
            marks.push((found.mark, reference));
            posts.push(post);
        }
        self.keep(posts, marks).await?;
        Ok(taken)
    }

    async fn keep(&self, posts: Vec<Post>, marks: Vec<(Mark, Ref)>) -> Result<(), StoreError> {
        if posts.is_empty() {
            return Ok(());
        }
        let also = move |tx: &Tx<'_>| marks.iter().try_for_each(|(mark, reference)| mark.remember(tx, reference));
        self.queue.post_all_with(posts, also).await.map(drop)
    }

    async fn post(&self, found: &Found, reference: Ref, now: Timestamp) -> Result<Post, StoreError> {
        let Entry { message, envelope, provenance } = self.read(found);
        let received_at = self.received_at(&message, now);
        let contents = self.contents(&message).await?;
        let mail = Copied { reference, received_at, message, envelope, origin: None, provenance };
        Ok(filing::post(&self.set, mail, contents, self.class.as_deref()))
    }

    fn read(&self, found: &Found) -> Entry {
        let message = Message::parse(found.raw.clone());
        let envelope = journal::of_header(&message);
        let file = Some(found.file.clone());
        if self.reports && journal::is_report(&message) {
            let reading = Reading { reports: true, envelope_fields: Vec::new() };
            let entry = journal::read(found.raw.clone(), envelope, &reading);
            let provenance = Provenance { file, smtp: None, ..entry.provenance };
            return Entry { provenance, ..entry };
        }
        Entry { message, envelope, provenance: Provenance { file, ..Provenance::copy() } }
    }

    fn received_at(&self, message: &Message, now: Timestamp) -> Timestamp {
        match self.since {
            Since::Now => now,
            Since::Day(day) => day,
            Since::Header => message.received().filter(|at| is_likely(*at, now)).unwrap_or(now),
        }
    }

    async fn contents(&self, message: &Message) -> Result<Contents, StoreError> {
        let Some(pool) = self.boxes.as_ref().filter(|_| self.class.is_none()) else { return Ok(Contents::default()) };
        let leaves = extract::leaves(message);
        if leaves.is_empty() {
            return Ok(Contents::default());
        }
        let opened = pool.examine(leaves, Instant::now() + crate::base::limits::INSPECTION_TIME).await;
        let failed =
            |trouble: crate::boxed::Trouble| StoreError::Io { doing: "opening attachments".to_owned(), why: trouble.to_string() };
        opened.map(|(contents, _room)| contents).map_err(failed)
    }
}

/// Whether a mail can have been received then: not in the future, and not before there was mail between schools.
#[must_use]
pub fn is_likely(at: Timestamp, now: Timestamp) -> bool {
    at <= now && at.to_zoned(jiff::tz::TimeZone::UTC).year() >= 1990
}

/// What the ledger says of an import that has come to its end.
#[must_use]
pub fn ended(by: String, paths: Vec<String>, found: u64, refused: u64, taken: Taken) -> Event {
    Event::Imported { by, paths, found, imported: taken.imported, known: taken.known, refused }
}
